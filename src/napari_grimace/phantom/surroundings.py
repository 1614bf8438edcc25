"""Light, camera and backdrop by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.backdrop import KINDS
from napari_grimace.phantom.scene import Backdrop, Camera, Light
from napari_grimace.phantom.things import BEHIND, FRONT

if TYPE_CHECKING:
    from collections.abc import Sequence


def draw_light(rng: np.random.Generator) -> Light:
    """Draw light from any side, hard or soft."""
    direction = rng.normal(0, 1, 3) * [1, 0.8, 0.5] + [0, -0.7, 0.5]
    direction /= np.linalg.norm(direction)
    ambient = float(rng.uniform(0.2, 0.75))
    warm = rng.normal(0, 0.05)
    return Light(
        direction=tuple(float(v) for v in direction),  # type: ignore[arg-type]
        ambient=ambient,
        strength=float(rng.uniform(0.4, 1.3) * (1.15 - ambient)),
        rim=float(rng.uniform(0, 1.1) * (rng.random() < 0.6)),
        rim_side=float(rng.choice([-1, 1])),
        colour=(1.0 + warm, 1.0, 1.0 - warm),
        occlusion=float(rng.uniform(0.25, 0.75)),
        backlight=float(rng.uniform(0, 0.9) * (rng.random() < 0.3)),
    )


def draw_camera(rng: np.random.Generator, *, plain: bool) -> Camera:
    """Draw a camera; a plain one is sharp, quiet and well exposed."""
    infrared = bool(rng.random() < 0.28)
    wash = 0.09 if rng.random() < 0.12 else 0.03
    hard = 0.25 if plain else 1.0
    angle, speed = (
        rng.uniform(0, np.pi),
        rng.uniform(2, 9) * (rng.random() < 0.1) * (not plain),
    )
    return Camera(
        grey=infrared or bool(rng.random() < 0.12),
        infrared=infrared,
        exposure=float(np.exp(rng.normal(0.0, 0.22 * hard))),
        contrast=float(np.exp(rng.normal(0.05, 0.13 * hard))),
        gamma=float(np.exp(rng.normal(-0.1, 0.18 * hard))),
        vignette=float(rng.uniform(0, 0.6) * (rng.random() < 0.5)),
        noise=float(np.clip(abs(rng.normal(0, 0.02)) * hard, 0, 0.07)),
        blur=float(abs(rng.normal(0, 0.7)) * hard),
        motion=(float(np.sin(angle) * speed), float(np.cos(angle) * speed)),
        jpeg=int(rng.uniform(35, 98)) if rng.random() < 0.6 and not plain else 100,
        cast=tuple(float(v) for v in np.exp(rng.normal(0, wash, 3))),  # type: ignore[arg-type]
        spot=float(rng.normal(0, 0.18)),
        shrink=float(rng.uniform(0.35, 0.9))
        if rng.random() < 0.2 and not plain
        else 1.0,
    )


def _some(
    rng: np.random.Generator, names: Sequence[str], mean: float
) -> tuple[str, ...]:
    return tuple(str(n) for n in rng.choice(list(names), int(rng.poisson(mean))))


def draw_backdrop(rng: np.random.Generator, framing: str, *, plain: bool) -> Backdrop:
    """Draw a backdrop that suits a framing; a plain one has nothing in front."""
    kind = str(rng.choice(KINDS, p=(0.2, 0.14, 0.12, 0.12, 0.12, 0.08, 0.11, 0.11)))
    bright = float(rng.uniform(0, 0.06) if kind == "void" else rng.beta(1.1, 1.0))
    busy = {"crop": 1.2, "scene": 3.0, "negative": 5.0}[framing]
    front = _some(
        rng,
        FRONT,
        0.0 if plain else {"crop": 0.3, "scene": 0.5, "negative": 0.6}[framing],
    )
    return Backdrop(
        kind=kind,
        seed=int(rng.integers(2**31)),
        brightness=bright,
        tint=tuple(float(v) for v in np.exp(rng.normal(0, 0.08, 3))),  # type: ignore[arg-type]
        floor=float(rng.uniform(0.45, 1.3)),
        things=_some(rng, BEHIND, busy),
        front=front,
        blur=float(rng.uniform(0, 0.02) * (rng.random() < 0.6)),
    )
