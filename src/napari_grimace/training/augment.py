"""Cheap changes to images and boxes, so that no picture is seen twice."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

SMALLEST = 4.0
"""Boxes with a shorter side than this (pixels) are not asked for."""
_VISIBLE = 0.4


def fit(
    image: NDArray[np.uint8],
    box: NDArray[np.float32],
    size: tuple[int, int],
    rng: Generator,
    focus: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]:
    """Place an image in a frame: scaled, shifted, mirrored, all at random.

    Parameters
    ----------
    image
        (y, x, rgb).
    box
        (row, 4) y_min, x_min, y_max, x_max.
    size
        Height and width of the frame.
    rng
        Source of chance.
    focus
        A box to bring close, as the second look at a face does; by default the whole
        image is shown.

    Returns
    -------
    tuple
        The frame; the boxes in it, cut at its edges; and which boxes remain: those of
        which enough is left, and not too small to be seen.
    """
    scale, centre, place = _view(image.shape[:2], size, rng, focus)
    stretch = np.exp(rng.normal(0, 0.05))
    ratio = np.array([scale * stretch, scale / stretch])
    matrix = np.array([[ratio[1], 0.0, 0.0], [0.0, ratio[0], 0.0]])
    if scale < 0.75:
        # Shrinking by an affine map alone would alias.
        target = np.maximum(np.round(np.array(image.shape[:2]) * ratio), 8).astype(int)
        ratio = target / np.array(image.shape[:2])
        shape = (int(target[1]), int(target[0]))
        small = cv2.resize(image, shape, interpolation=cv2.INTER_AREA)
        image, matrix = np.asarray(small, np.uint8), np.eye(2, 3)
    shift = place - centre * ratio
    matrix[:, 2] = shift[::-1]
    mirrored = rng.random() < 0.5
    if mirrored:
        matrix[0] = -matrix[0] + [0, 0, size[1]]
    frame = _warped(image, matrix, size, rng)
    moved = (box * np.tile(ratio, 2) + np.tile(shift, 2)).astype(np.float32)
    if mirrored:
        moved[:, [1, 3]] = size[1] - moved[:, [3, 1]]
    return frame, *_cut(moved, size)


def _view(
    shape: tuple[int, ...],
    size: tuple[int, int],
    rng: Generator,
    focus: NDArray[np.float32] | None,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Scale, a point of the image, and where in the frame that point goes."""
    frame = np.array(size, np.float64)
    if focus is None:
        whole = np.array(shape, np.float64)
        scale = (frame / whole).min() * np.exp(rng.uniform(np.log(0.62), np.log(1.45)))
        slack = frame - whole * scale
        # What overlaps the frame is mostly kept centred; what fits in it goes anywhere.
        place = np.where(slack >= 0, rng.random(2), rng.normal(0.5, 0.2, 2))
        return float(scale), whole / 2, slack * place + whole * scale / 2
    side = float((focus[2:] - focus[:2]).max())
    scale = min(rng.uniform(0.45, 0.95) * min(size) / side, 2.0)
    centre = ((focus[:2] + focus[2:]) / 2).astype(np.float64)
    return float(scale), centre, frame * rng.normal(0.5, 0.06, 2)


def _warped(
    image: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    rng: Generator,
) -> NDArray[np.uint8]:
    # OpenCV places pixel centres at whole numbers, boxes here edges.
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2].sum(1) * 0.5 - 0.5
    border = (cv2.BORDER_CONSTANT, cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE)
    grey = int(rng.choice([114, 0, 255, int(rng.integers(256))]))
    return np.asarray(
        cv2.warpAffine(
            image,
            centred,
            (size[1], size[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=border[int(rng.integers(3))],
            borderValue=(grey, grey, grey),
        ),
        np.uint8,
    )


def _cut(
    box: NDArray[np.float32], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    limit = np.array([*size, *size], np.float32)
    inside = np.clip(box, 0, limit)
    before = np.prod(box[:, 2:] - box[:, :2], axis=1)
    sides = inside[:, 2:] - inside[:, :2]
    kept = (np.prod(sides, axis=1) > _VISIBLE * before) & (sides.min(1) >= SMALLEST)
    return inside, kept


def photograph(image: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Change light, colour, sharpness, noise and compression at random."""
    image = _toned(image, rng)
    if rng.random() < 0.35:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        image = np.repeat(grey[..., None], 3, axis=2)
    if rng.random() < 0.2:
        sigma = rng.uniform(0.4, 1.4)
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
    if rng.random() < 0.3:
        image = _noisy(image, rng)
    if rng.random() < 0.25:
        image = _compressed(image, int(rng.integers(25, 85)))
    return image


def _toned(image: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    level = np.arange(256) / 255.0
    gamma = np.exp(rng.normal(0, 0.3))
    gain = np.exp(rng.normal(0, 0.2))
    offset = rng.normal(0, 0.08)
    cast = np.exp(rng.normal(0, 0.06, 3)) if rng.random() < 0.5 else np.ones(3)
    curves = (level[:, None] ** gamma - 0.5) * gain * cast + 0.5 + offset
    if rng.random() < 0.03:
        curves = 1 - curves
    table = (np.clip(curves, 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[None]), np.uint8)


@cache
def _grain() -> NDArray[np.int16]:
    return np.asarray(
        np.random.default_rng(0).normal(0, 64, (640, 640, 3)), dtype=np.int16
    )


def _noisy(image: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    grain = _grain()
    height, width = image.shape[:2]
    y = int(rng.integers(0, grain.shape[0] - height + 1))
    x = int(rng.integers(0, grain.shape[1] - width + 1))
    part = grain[y : y + height, x : x + width]
    if rng.random() < 0.5:
        part = np.repeat(part[..., :1], 3, axis=2)
    strength = rng.uniform(2, 16) / 64
    mixed = cv2.addWeighted(image.astype(np.int16), 1.0, part, strength, 0.0)
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)


def _compressed(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
