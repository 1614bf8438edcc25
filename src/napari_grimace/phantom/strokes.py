"""Marks that things are drawn with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.arrays import Doubles, Floats, floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

Picture = Floats


def somewhere(picture: Picture, rng: np.random.Generator) -> tuple[float, float, float]:
    """Pick a place: x, y, and the length of the picture's shorter side."""
    height, width = picture.shape[:2]
    return (
        float(rng.uniform(-0.05, 1.05) * width),
        float(rng.uniform(-0.05, 1.05) * height),
        float(min(height, width)),
    )


def some_colour(rng: np.random.Generator, vivid: float = 0.15) -> list[float]:
    """Pick a colour, mostly near grey."""
    base = rng.uniform(0.02, 1.0) ** 1.3 * (1 + rng.normal(0, vivid, 3))
    return [float(c) for c in np.clip(base, 0, 1)]


def blend(picture: Picture, mask: NDArray[np.uint8], colour: Floats) -> None:
    """Lay a colour over a picture, in place, as far as a mask (of 255) says."""
    share = (mask.astype(np.float32) / 255)[..., None]
    picture += share * (colour - picture)


def ellipse(
    picture: Picture,
    centre: tuple[float, float],
    axes: Doubles,
    angle: float,
    colour: list[float],
    thick: int,
) -> None:
    """Draw an ellipse by its half axes; a thickness of -1 fills it."""
    box = (centre, (float(axes[0] * 2), float(axes[1] * 2)), angle)
    cv2.ellipse(picture, box, colour, thick, cv2.LINE_8)


def some_curve(picture: Picture, rng: np.random.Generator) -> Floats:
    """Draw the course (30, 2) of a cable or tail, x and y."""
    x, y, unit = somewhere(picture, rng)
    ends = np.array([[x, y], somewhere(picture, rng)[:2]])
    bow = rng.normal(0, 0.3, 2) * unit
    t = np.linspace(0, 1, 30)[:, None]
    curve = ends[0] * (1 - t) + ends[1] * t + bow * (t * (1 - t) * 4)
    return np.asarray(curve, np.float32)


def stroke(
    picture: Picture,
    curve: Floats,
    widths: Doubles,
    colour: list[float],
) -> None:
    """Draw a rounded band along a curve: darker at its sides than in its middle."""
    for share, shade in ((1.0, 0.6), (0.75, 0.85), (0.4, 1.1)):
        mask = np.zeros(picture.shape[:2], np.uint8)
        for a, b, w in zip(curve[:-1], curve[1:], widths, strict=False):
            ends = [
                np.round(np.clip(p, -2000, 4000) * 8).astype(int).tolist()
                for p in (a, b)
            ]
            cv2.line(
                mask, ends[0], ends[1], 255, max(1, round(w * share)), cv2.LINE_AA, 3
            )
        blend(picture, mask, floats(colour) * floats(shade))
