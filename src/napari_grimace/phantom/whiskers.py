"""Whiskers: spread and drooping at rest, stiff, clumped and laid forward or back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.arrays import Floats, floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.phantom.anatomy import Head
    from napari_grimace.phantom.pose import View
    from napari_grimace.phantom.scene import Animal

_STEPS = 9


def whisker_curves(
    animal: Animal, head: Head, side: int, rng: np.random.Generator
) -> Floats:
    """Curves (whisker, step, 3) of one side in head coordinates."""
    change = animal.units.whiskers
    pad = head.pads[side]
    roots = head.roots[side]
    rise = (roots - pad.at) @ pad.up / 0.05
    fore = (roots - pad.at) @ pad.ahead / 0.05
    # Pain brings them together, forward or back against the cheek.
    forward = 1.0 if rng.random() < 0.5 else -0.75
    spread = 1 - 0.75 * change
    swing = -0.28 + forward * 0.95 * change + 0.42 * fore * spread
    lift = 0.40 * rise * spread - 0.12 + 0.25 * change
    jitter = rng.normal(0, 0.10 * (1.15 - 0.7 * change), (2, len(roots)))
    swing, lift = swing + jitter[0], lift + jitter[1]
    ahead = np.sin(swing)[:, None] * pad.ahead
    out = np.cos(swing)[:, None] * pad.out
    axis = ahead + out + lift[:, None] * pad.up
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    long = (0.34 - 0.13 * fore)[:, None] * rng.uniform(0.7, 1.35, (len(roots), 1))
    droop = (0.34 * (1 - 0.85 * change) + rng.normal(0, 0.08, len(roots)))[:, None]
    t = np.linspace(0, 1, _STEPS)[None, :, None]
    back = rng.normal(0.1, 0.12, (len(roots), 1))
    bend = -(droop * [0, 0, 1]) - back * pad.ahead
    curve = (
        roots[:, None] + t * (axis * long)[:, None] + (t**2) * (bend * long)[:, None]
    )
    return np.asarray(curve, np.float32)


def draw_whiskers(
    image: Floats,
    depth: Floats,
    animal: Animal,
    head: Head,
    view: View,
    rng: np.random.Generator,
) -> None:
    """Draw the whiskers of both sides into an image (y, x, 3) of shares of white.

    Parts behind the animal, which is `depth` (y, x) pixels near, are left out.
    """
    strength = animal.extras.whisker_strength
    if strength <= 0.02:
        return
    layer = np.zeros(depth.shape, np.uint8)
    wide = view.scale * 0.0035
    for side in (0, 1):
        curves = view.project(whisker_curves(animal, head, side, rng))
        curves = curves[rng.random(len(curves)) > 0.25]
        value = 255 * np.clip(wide, 0.25, 1) * strength * rng.uniform(0.6, 1.0)
        _draw_curves(layer, depth, curves, float(value), max(1, round(wide)))
    share = (layer.astype(np.float32) / 255)[..., None]
    shade = floats(animal.extras.whisker_shade)
    image += share * (shade - image)


def _draw_curves(
    layer: NDArray[np.uint8],
    depth: Floats,
    curves: Floats,
    value: float,
    thick: int,
) -> None:
    """Draw what is not behind the animal, fading to the tips."""
    height, width = depth.shape
    x = np.clip(curves[..., 0], 0, width - 1).astype(int)
    y = np.clip(curves[..., 1], 0, height - 1).astype(int)
    seen = curves[..., 2] >= depth[y, x] - 0.005 * max(height, width)
    points = np.clip(np.round(curves[..., :2] * 16), -30000, 60000).astype(np.int32)
    for first in range(0, _STEPS - 1, 2):
        last = min(first + 3, _STEPS)
        whole = seen[:, first:last].all(1)
        fade = 1 - 0.75 * first / _STEPS
        lines = list(points[whole, first:last])
        cv2.polylines(layer, lines, False, int(value * fade), thick, cv2.LINE_AA, 4)
