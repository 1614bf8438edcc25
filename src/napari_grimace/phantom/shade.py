"""Light on surfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.arrays import Floats, floats
from napari_grimace.phantom.raster import FAR

if TYPE_CHECKING:
    from napari_grimace.phantom.paint import Drawn
    from napari_grimace.phantom.scene import Light


def lit(
    colour: Floats,
    normal: Floats,
    light: Light,
    *,
    through: float = 0.0,
    sheen: float = 0.0,
) -> Floats:
    """Light a colour (y, x, 3) whose normals (y, x, 3) are in camera axes.

    Parameters
    ----------
    colour, normal
        The surface.
    light
        The lamp.
    through
        How much light from behind comes through, for ears.
    sheen
        Brightness of the gloss.
    """
    lamp = floats(light.direction)
    lamp = lamp / np.linalg.norm(lamp)
    faces = normal @ lamp
    # Fur scatters: light wraps around.
    shade = light.ambient + light.strength * np.clip(faces * 0.7 + 0.3, 0, 1)
    if through:
        shade = shade + through * light.strength * np.clip(-faces, 0, 1) * 0.8
    edge = np.clip(1 - normal[..., 2], 0, 1) ** 2.5
    side = np.clip(
        0.5 + 0.5 * (normal[..., 0] * light.rim_side - normal[..., 1] * 0.5), 0, 1
    )
    rim = light.rim * edge * side * 0.5
    tinted = colour * shade[..., None] * floats(light.colour)
    if through and light.backlight:
        glow = floats([1.0, 0.45, 0.35]) * (light.backlight * through * 0.6)
        tinted = tinted + glow * colour
    if sheen:
        half = lamp + floats([0, 0, 1])
        half = half / np.linalg.norm(half)
        tinted = tinted + (sheen * np.clip(normal @ half, 0, 1) ** 10)[..., None]
    return np.asarray(tinted + rim[..., None] * (0.25 + 0.75 * colour), np.float32)


def crevices(depth: Floats, scale: float, strength: float) -> Floats:
    """Darkening (y, x), 0 to 1, of places that lie deeper than their surroundings.

    Parameters
    ----------
    depth
        Pixels towards the camera.
    scale
        Pixels per head length.
    strength
        How dark, 0 to 1.
    """
    seen = depth > FAR / 2
    if not seen.any():
        return np.ones_like(depth)
    floor = float(depth[seen].min())
    filled = np.where(seen, depth, floor)
    # The blur is wide: half resolution serves.
    small = cv2.resize(filled, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), max(1.0, scale * 0.035))
    soft = cv2.resize(soft, depth.shape[::-1], interpolation=cv2.INTER_LINEAR)
    below = np.clip((soft - filled) / (scale * 0.10), 0, 1)
    return np.asarray(1 - strength * below, np.float32)


def cast_shadow(picture: Floats, drawn: Drawn, light: Light) -> None:
    """Darken what lies behind an animal, away from the lamp, in place."""
    height, width = drawn.cover.shape
    small = cv2.resize(
        drawn.cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA
    )
    step = drawn.view.scale * 0.25 * 0.12
    away = -floats(light.direction[:2]) * step
    shift = floats([[1, 0, away[0]], [0, 1, away[1] + step * 0.5]])
    moved = cv2.warpAffine(small, shift, small.shape[::-1])
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.7, drawn.view.scale * 0.25 * 0.07))
    shade = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    picture *= (1 - floats(0.75 * light.occlusion) * shade)[..., None]
