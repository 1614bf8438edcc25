"""Coats: their colours, and how they lie on head and body."""

from __future__ import annotations

import numpy as np

from napari_grimace.phantom.arrays import Floats, floats
from napari_grimace.phantom.fur import clouds, sample
from napari_grimace.phantom.scene import COATS, Coat

Colour = tuple[float, float, float]

_FUR: dict[str, Colour] = {
    "white": (0.90, 0.885, 0.86),
    "black": (0.115, 0.108, 0.104),
    "agouti": (0.34, 0.275, 0.195),
    "hooded": (0.90, 0.885, 0.86),
    "grey": (0.43, 0.425, 0.43),
    "brown": (0.33, 0.22, 0.14),
    "cream": (0.84, 0.74, 0.58),
}


_SECOND = ("black", "black", "brown", "grey", "agouti", "cream")
_RED_EYES: tuple[Colour, ...] = (
    (0.50, 0.10, 0.10), (0.66, 0.16, 0.17), (0.32, 0.05, 0.06), (0.75, 0.30, 0.32),
)  # fmt: skip
_DARK_EYE: Colour = (0.045, 0.035, 0.035)


def _vary(
    rng: np.random.Generator, colour: tuple[float, ...], by: float
) -> tuple[float, float, float]:
    value = (
        np.array(colour) * np.exp(rng.normal(0, by)) * (1 + rng.normal(0, by / 3, 3))
    )
    red, green, blue = np.clip(value, 0.02, 0.98)
    return float(red), float(green), float(blue)


def draw_coat(rng: np.random.Generator, name: str, *, grey: bool = False) -> Coat:
    """Draw a coat of a kind.

    Parameters
    ----------
    rng
        Chance.
    name
        One of `COATS`.
    grey
        Whether the camera sees infrared, in which skin and dark fur are brighter.
    """
    if name not in COATS:
        raise ValueError(f"Coat {name!r} is not one of {', '.join(COATS)}.")
    fur = _vary(rng, _FUR[name], 0.04 if name in ("white", "hooded") else 0.22)
    second = _vary(rng, _FUR[str(rng.choice(_SECOND))], 0.2)
    ear, nose, eye, rim = _draw_skin(rng, name)
    if grey:
        eye = (float(np.mean(eye)) * 0.8,) * 3
        fur = _bright(fur, rng.uniform(0.55, 1.0))
        second = _bright(second, rng.uniform(0.55, 1.0))
        ear = _bright(ear, rng.uniform(0.3, 1.0))
    brindled = {"agouti": 0.2, "brown": 0.12, "grey": 0.12}
    hooded = name == "hooded"
    patches = rng.uniform(0.35, 1.0) * hooded
    return Coat(
        name=name,
        fur=_vary(rng, fur, 0.01),
        second=_vary(rng, second, 0.01),
        ear=_vary(rng, ear, 0.12),
        nose=_vary(rng, nose, 0.12),
        eye=_vary(rng, eye, 0.12),
        rim=_vary(rng, rim, 0.15),
        speckle=float(brindled.get(name, 0.05) * rng.uniform(0.6, 1.5)),
        blaze=float(rng.uniform(0.3, 1) if hooded and rng.random() < 0.3 else 0),
        patches=float(patches),
        belly=float(rng.uniform(0.2, 0.9) if name in brindled else 0),
        mask=float(rng.random() < 0.15 and name in ("cream", "white")),
    )


def _bright(colour: Colour, power: float) -> Colour:
    """Brighten dark colours, as infrared does, with a power below 1."""
    red, green, blue = (min(0.95, value**power) for value in colour)
    return red, green, blue


def _draw_skin(
    rng: np.random.Generator, name: str
) -> tuple[Colour, Colour, Colour, Colour]:
    """Colours of ears, nose, eyes and the lids' rims that go with a coat."""
    dark = name in ("black", "agouti", "grey", "brown")
    dark |= name == "hooded" and rng.random() < 0.7
    ear = (0.40, 0.31, 0.29) if dark else (0.86, 0.62, 0.57)
    nose = (0.30, 0.23, 0.22) if dark and rng.random() < 0.6 else (0.84, 0.56, 0.54)
    odds = {"white": 0.8, "cream": 0.25}.get(name)
    albino = odds is not None and rng.random() < odds
    eye = _RED_EYES[int(rng.integers(len(_RED_EYES)))] if albino else _DARK_EYE
    if not dark:
        rim = (0.80, 0.55, 0.53)
    else:
        rim = (0.45, 0.38, 0.36) if rng.random() < 0.6 else (0.06, 0.05, 0.05)
    return ear, nose, eye, rim


def head_colour(place: Floats, coat: Coat, seed: int) -> Floats:
    """Colour of the fur (y, x, 3) at places (y, x, 3) in head coordinates."""
    fur = floats(coat.fur)
    colour = np.broadcast_to(fur, place.shape).copy()
    x, y, z = place[..., 0], place[..., 1], place[..., 2]
    if coat.patches:
        ragged = sample(clouds(seed % 3), x * 180 + seed % 89, z * 180 + y * 60)
        dark = _smooth(
            (ragged * 0.02 + 0.03 + (z + 0.16) * 1.2 + 0.1 * (coat.patches - 0.5)) * 25
        )
        if coat.blaze:
            streak = (
                np.abs(y) - 0.06 * coat.blaze - 0.06 * np.clip(x, 0, 1) + 0.012 * ragged
            )
            dark *= _smooth(streak * 60)
        dark *= 1 - 0.6 * _smooth((x - 0.44) * 60) * (coat.blaze > 0)
        colour += dark[..., None] * (floats(coat.second) - colour)
    if coat.belly:
        below = _smooth((-z - 0.11 - 0.04 * np.clip(x, 0, 1)) * 22)
        light = np.minimum(fur * 1.9 + 0.15, 0.85)
        colour += (below * coat.belly)[..., None] * (light - colour)
    if coat.mask:
        snout = _smooth((x - 0.22) * 9)
        colour *= 1 - 0.35 * snout[..., None]
    return colour


def body_colour(along: Floats, height: Floats, coat: Coat, seed: int) -> Floats:
    """Colour of the fur (y, x, 3) of the trunk."""
    fur = floats(coat.fur)
    colour = np.broadcast_to(fur, (*along.shape, 3)).copy()
    if coat.patches:
        ragged = sample(clouds(seed % 3), along * 300 + seed % 89, height * 80)
        hood = _smooth((0.12 + 0.16 * coat.patches - along + 0.03 * ragged) * 30)
        stripe = _smooth((height - 0.92 + 0.05 * ragged) * 14) * (seed % 3 > 0)
        dark = np.maximum(hood, stripe)
        colour += dark[..., None] * (floats(coat.second) - colour)
    if coat.belly:
        light = np.minimum(fur * 1.9 + 0.15, 0.85)
        below = _smooth((-height - 0.6) * 6)
        colour += (below * coat.belly)[..., None] * (light - colour)
    return colour


def _smooth(value: Floats) -> Floats:
    t = np.clip(value * 0.5 + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
