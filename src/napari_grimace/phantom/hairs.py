"""Single hairs, drawn as strokes over the fur and beyond its outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.arrays import Floats, floats

if TYPE_CHECKING:
    from napari_grimace.phantom.raster import Buffer

_SHADES = ((180, 1.28), (140, 1.14), (150, 0.76), (120, 0.88))
"""Opacity of a group of hairs (of 255), and its shade of the fur's colour."""


def draw_hairs(
    colour: Floats,
    cover: Floats,
    buffer: Buffer,
    part: int,
    strokes: Floats,
    scale: float,
    rng: np.random.Generator,
) -> None:
    """Draw hairs that grow from the visible surface of a part.

    Parameters
    ----------
    colour, cover
        (y, x, 3) and (y, x), changed in place.
    buffer
        Tells where the part is seen.
    part
        Its number.
    strokes
        (hair, point, 3) x, y and depth in pixels, from root to tip.
    scale
        Pixels per head length.
    rng
        Shades.
    """
    height, width = cover.shape
    root = np.round(strokes[:, 0]).astype(int)
    x, y = np.clip(root[:, 0], 0, width - 1), np.clip(root[:, 1], 0, height - 1)
    inside = (x == root[:, 0]) & (y == root[:, 1]) & (buffer.part[y, x] == part)
    group = rng.integers(0, len(_SHADES), len(strokes))[inside]
    strokes = strokes[inside]
    if not len(strokes):
        return
    low = np.floor(strokes[..., :2].min((0, 1))).astype(int) - 3
    high = np.ceil(strokes[..., :2].max((0, 1))).astype(int) + 4
    left, top = np.clip(low, 0, None)
    at = (slice(top, min(high[1], height)), slice(left, min(high[0], width)))
    points = np.round((strokes[..., :2] - [left, top]) * 8).astype(np.int32)
    blended = _spread(colour[at], cover[at], max(1.0, scale * 0.012))
    free = (buffer.part[at] == part) | (buffer.part[at] == 0)
    thick = max(1, round(scale / 260))
    for number, (opacity, shade) in enumerate(_SHADES):
        mask = np.zeros(free.shape, np.uint8)
        chosen = list(points[group == number])
        cv2.polylines(mask, chosen, False, opacity, thick, cv2.LINE_AA, 3)
        share = mask.astype(np.float32) * floats(1 / 255)
        share *= free
        colour[at] += share[..., None] * (blended * floats(shade) - colour[at])
        np.maximum(cover[at], share, out=cover[at])


def _spread(colour: Floats, cover: Floats, sigma: float) -> Floats:
    """Colour carried on beyond the outline."""
    filled = cv2.GaussianBlur(colour * cover[..., None], (0, 0), sigma)
    weight = cv2.GaussianBlur(cover, (0, 0), sigma)
    return np.asarray(filled / np.maximum(weight, 1e-3)[..., None], np.float32)


def grow(
    grid: Floats,
    normal: Floats,
    facing: Floats,
    count: int,
    length: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Hairs (hair, 3 points, 3) on a surface, more of them at its outline.

    Parameters
    ----------
    grid, normal
        (row, column, 3); hair lies along increasing rows.
    facing
        (row, column) cosine between the normal and the line of sight.
    count
        How many, about.
    length
        (row,) of hair.
    rng
        Chance.
    """
    # Places first, then which of them show: hair stays put while the head turns.
    row = rng.integers(1, grid.shape[0] - 1, 3 * count)
    column = rng.integers(0, grid.shape[1], 3 * count)
    faces = facing[row, column]
    shown = np.where(faces > -0.15, np.exp(-((faces / 0.28) ** 2)) + 0.2, 0)
    keep = rng.random(3 * count) < shown
    chance = rng.random((3 * count, 3))[keep].astype(np.float32)
    wild = rng.normal(0, 0.18, (3 * count, 3))[keep].astype(np.float32)
    row, column = row[keep], column[keep]
    lie = grid[row + 1, column] - grid[row - 1, column]
    lie /= np.maximum(np.linalg.norm(lie, axis=1, keepdims=True), 1e-6)
    away = lie + (0.1 + 0.65 * chance[:, :1]) * normal[row, column] + wild
    long = length[row][:, None] * (0.5 + 0.9 * chance[:, 1:2])
    step = grid[row, (column + 1) % grid.shape[1]] - grid[row, column]
    root = grid[row, column] + step * chance[:, 2:]
    bent = away * 0.55 + 0.05 * normal[row, column]
    points = [root, root + bent * long, root + (away * 0.85 + lie * 0.25) * long]
    return np.stack(points, 1).astype(np.float32)
