"""Eyes, painted on the head in the plane of each: open, almond, slit, shut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.arrays import Floats, Mask, floats
from napari_grimace.phantom.levels import eye_aperture

if TYPE_CHECKING:
    from napari_grimace.phantom.outline import Spot
    from napari_grimace.phantom.pose import View
    from napari_grimace.phantom.scene import Animal

WHOLE = 1.22
"""Width of the box that a person draws, in parts of the opening's."""


@dataclass(frozen=True, slots=True)
class Lids:
    """Outline of one eye's opening in its own plane, in eye radii."""

    height: float
    tilt: float
    bow: float

    @classmethod
    def of(cls, tightening: float, rng: np.random.Generator) -> Lids:
        """Lids of an eye as tight as given."""
        height = eye_aperture(tightening) * rng.uniform(0.93, 1.0)
        return cls(height, float(rng.normal(0.1, 0.1)), 0.16 * tightening)

    def edges(self, a: Floats) -> tuple[Floats, Floats]:
        """Upper and lower lid at places along the eye."""
        # The corners sharpen as the lids close.
        power = 0.5 + 0.45 * (1 - self.height)
        lens = np.clip(1 - a * a, 0, 1) ** power
        middle = self.tilt * a * (1 - self.height) - self.bow * (1 - a * a) * 0.5
        return middle + lens * self.height, middle - lens * self.height * 0.96


def plane(place: Floats, spot: Spot) -> tuple[Floats, Floats, Floats]:
    """Coordinates of points in a spot's plane, in its radii: ahead, up, out."""
    away = (place - spot.at) / floats(spot.radius)
    return away @ spot.ahead, away @ spot.up, away @ spot.out


def whole_eye(a: Floats, b: Floats, out: Floats, lids: Lids) -> Mask:
    """Tell what a person boxes: the opening or its crease, with the lids around."""
    tall = max(lids.height * 1.18, 0.30)
    middle = -lids.bow * 0.5
    return ((a / WHOLE) ** 2 + ((b - middle) / tall) ** 2 < 1) & (np.abs(out) < 1.3)


def paint_eye(
    colour: Floats,
    place: Floats,
    spot: Spot,
    lids: Lids,
    animal: Animal,
    view: View,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Paint lids and wrinkles into the fur, and say where the eyeball is.

    Parameters
    ----------
    colour
        (y, x, 3) fur, changed in place.
    place
        (y, x, 3) head coordinates.
    spot, lids
        The eye.
    animal, view, rng
        Colours, sharpness and chance.

    Returns
    -------
    ball, ball_colour
        (y, x) share of the pixel that the eyeball fills, and (y, x, 3).
    """
    a, b, out = plane(place, spot)
    near = np.exp(-np.clip((a * a + b * b - 1.2) / 1.4, 0, None)) * (np.abs(out) < 1.6)
    soft = 1.0 / max(spot.radius * view.scale, 2.0)
    upper, lower = lids.edges(a)
    ball = np.clip((upper - b) / soft + 0.5, 0, 1) * np.clip(
        (b - lower) / soft + 0.5, 0, 1
    )
    ball *= np.clip((1 - np.abs(a)) / soft + 0.5, 0, 1) * (np.abs(out) < 1.3)
    ball *= np.clip(lids.height * spot.radius * view.scale / 1.2, 0, 1)
    _paint_lids(colour, a, b, near, lids, animal, soft, rng)
    return ball.astype(np.float32), _eyeball(a, b, lids, animal, rng)


def _paint_lids(
    colour: Floats,
    a: Floats,
    b: Floats,
    near: Floats,
    lids: Lids,
    animal: Animal,
    soft: float,
    rng: np.random.Generator,
) -> None:
    upper, lower = lids.edges(a)
    tight = 1 - lids.height
    outside = np.maximum(np.maximum(b - upper, lower - b), 0)
    along = np.exp(-(np.clip(np.abs(a) - 0.85, 0, None) ** 2) * 14)
    thick = floats(max(0.13, 0.9 * soft))
    rim = np.exp(-((outside / thick) ** 2)) * along * (near > 0.2)
    strength = rng.uniform(0.45, 0.9)
    colour += (rim * strength)[..., None] * (floats(animal.coat.rim) - colour)
    # Shut lids meet in a dark line.
    line = np.exp(-(((b - (upper + lower) / 2) / max(0.10, 0.75 * soft)) ** 2)) * along
    shut = floats(np.clip((tight - 0.55) / 0.4, 0, 1) * rng.uniform(0.55, 0.9))
    colour *= 1 - (line * shut * (np.abs(a) < 1.15))[..., None]
    # Shade above (brow) and light below, and wrinkles that gather at the corners.
    fold = np.sin(
        np.arctan2(b, np.abs(a) + 0.4) * rng.uniform(7, 11) + rng.uniform(0, 6)
    )
    ring = np.exp(-((np.hypot(a * 0.8, b) - 0.95) ** 2) / 0.22)
    wrinkle = fold * ring * tight**1.5 * rng.uniform(0.12, 0.3)
    for level, depth in ((0.42, 0.30), (0.8, 0.2)):
        over = np.exp(
            -(((np.abs(b) - level * (1 - 0.25 * a * a) - lids.height) / 0.12) ** 2)
        )
        wrinkle -= over * depth * tight**2 * (np.abs(a) < 1.3) * rng.uniform(0.3, 1)
    colour *= 1 + (np.clip(wrinkle, -0.55, 0.4) * near)[..., None]


def _eyeball(
    a: Floats,
    b: Floats,
    lids: Lids,
    animal: Animal,
    rng: np.random.Generator,
) -> Floats:
    r2 = a * a + b * b
    base = np.array(animal.coat.eye, np.float32)
    ball = (
        np.broadcast_to(base, (*a.shape, 3)) * (1 - 0.35 * np.clip(r2, 0, 1))[..., None]
    )
    # Light gathers in the half of the ball away from the lamp.
    glow = rng.uniform(0.0, 0.35)
    ball = ball * (1 + glow * np.clip(-b, -1, 1))[..., None]
    pupil = np.clip((rng.uniform(0.3, 0.5) ** 2 - r2) * 6 + 0.5, 0, 1)[..., None]
    bright = animal.extras.bright_pupil
    ball = ball + pupil * (floats(bright * 0.8 + 0.02) - ball) * (
        0.55 if bright == 0 else 0.95
    )
    _upper, lower = lids.edges(a)
    wet = np.exp(-(((b - lower) / 0.08) ** 2)) * rng.uniform(0, 0.25)
    ball = ball + wet[..., None]
    if lids.height > 0.22:
        ball = ball + _highlights(a, b, lids, animal, rng)[..., None]
    return np.asarray(ball, np.float32)


def _highlights(
    a: Floats,
    b: Floats,
    lids: Lids,
    animal: Animal,
    rng: np.random.Generator,
) -> Floats:
    total = np.zeros_like(a)
    for _ in range(animal.extras.highlights):
        angle, away = rng.uniform(0, np.pi * 2), rng.uniform(0, 0.6)
        x, y = away * np.cos(angle), abs(away * np.sin(angle)) * lids.height
        wide = rng.uniform(0.05, 0.2)
        tall = wide * rng.uniform(0.6, 1.4)
        square = rng.random() < 0.3
        d = (
            np.maximum(np.abs(a - x) / wide, np.abs(b - y) / tall)
            if square
            else np.hypot((a - x) / wide, (b - y) / tall)
        )
        total += np.clip(1.6 - d, 0, 1) * rng.uniform(0.5, 1.1)
    # A broad sheen, as of a bright wall or window.
    if rng.random() < 0.4:
        sheen = np.clip(b - 0.15, 0, 1) * np.clip(1 - a * a - b * b, 0, 1)
        total += sheen * rng.uniform(0.1, 0.6)
    return total
