"""Nose, nostrils, mouth and whisker pads, painted on the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.arrays import Floats, floats
from napari_grimace.phantom.pose import window

if TYPE_CHECKING:
    from napari_grimace.phantom.anatomy import Head
    from napari_grimace.phantom.pose import View
    from napari_grimace.phantom.scene import Animal

NOSE_LENGTH = 0.23
"""How far behind the tip the nose's box reaches, head lengths."""


def _step(value: Floats, soft: float) -> Floats:
    return np.clip(value / floats(soft) + 0.5, 0, 1)


def paint_muzzle(
    colour: Floats,
    place: Floats,
    animal: Animal,
    head: Head,
    view: View,
    rng: np.random.Generator,
) -> None:
    """Paint the end of the snout into the fur's colour (y, x, 3), in place."""
    x, y, z = place[..., 0], place[..., 1], place[..., 2]
    tip = head.grid[0, 0]
    x, z = x - tip[0], z - tip[2]
    soft = 1.2 / view.scale
    _paint_pads(colour, place, head, view, rng)
    # Short pale fur of the lips and round the nose.
    front = np.exp(-((x / 0.12) ** 2) - (z / 0.11) ** 2)
    pale = floats(animal.coat.nose) * 0.4 + 0.6 * np.maximum(
        floats(animal.coat.fur), 0.25
    )
    colour += (front * rng.uniform(0.15, 0.6))[..., None] * (pale - colour)
    wide = 0.036 * rng.uniform(0.9, 1.25)
    leather = _step(
        1 - np.hypot(np.hypot(y / wide, (z - 0.002) / (wide * 0.85)), x / 0.045),
        soft / wide,
    )
    nose = floats(animal.coat.nose) * rng.uniform(0.85, 1.15)
    shine = 1 + 0.5 * animal.extras.wet * np.exp(-(((z - 0.02) / 0.012) ** 2))
    colour += leather[..., None] * (nose * shine[..., None] - colour)
    for side in (1, -1):
        hole = np.hypot(
            (y - side * 0.02) / 0.013, (z + 0.002 + 0.35 * (np.abs(y) - 0.02)) / 0.008
        )
        colour *= 1 - 0.8 * (_step(1 - hole, soft / 0.010) * (x > -0.06))[..., None]
    cleft = (
        np.exp(-((y / max(0.006, soft * 0.6)) ** 2))
        * (z < -0.02)
        * (z > -0.075)
        * (x > -0.07)
    )
    colour *= 1 - 0.5 * cleft[..., None]
    # The mouth runs back below the pads.
    lip = -0.082 - 0.10 * np.abs(x) + 0.05 * np.abs(y)
    mouth = np.exp(-(((z - lip) / max(0.009, soft * 0.7)) ** 2)) * (x > -0.2)
    colour *= 1 - 0.45 * mouth[..., None]


def _paint_pads(
    colour: Floats,
    place: Floats,
    head: Head,
    view: View,
    rng: np.random.Generator,
) -> None:
    """Rows of dots at the whiskers' roots, with lighter fur round them."""
    light = rng.uniform(0, 0.22)
    dark = rng.uniform(0.1, 0.5)
    size = max(0.0045, 0.5 / view.scale)
    faint = float(np.clip(view.scale * 0.006, 0.15, 1))
    for side, pad in enumerate(head.pads):
        at = window(pad, 0.16, place, view)
        if at is None:
            continue
        away = place[at] - pad.at
        a, b = away @ pad.ahead, away @ pad.up
        near = np.exp(-(a**2 + b**2) / 0.006)
        shown = colour[at]
        shown += (near * light)[..., None] * (floats(0.95) - shown)
        if view.scale < 60:
            continue
        dots = np.zeros_like(a)
        for root in (head.roots[side] - pad.at) @ np.stack([pad.ahead, pad.up], 1):
            d = (a - root[0]) ** 2 + (b - root[1]) ** 2
            dots += np.exp(-d / floats(size * size))
        shown *= 1 - (dark * faint) * np.minimum(dots, 1)[..., None]
