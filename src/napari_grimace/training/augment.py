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

    Returns
    -------
    tuple
        The frame; the boxes in it, cut at its edges; and which boxes remain: those of
        which enough is left, and not too small to be seen.
    """
    height, width = image.shape[:2]
    base = min(size[0] / height, size[1] / width)
    scale = base * np.exp(rng.uniform(np.log(0.62), np.log(1.45)))
    stretch = np.exp(rng.normal(0, 0.05))
    scale_y, scale_x = scale * stretch, scale / stretch
    if scale < 0.75:
        # Shrinking by an affine map alone would alias.
        target = (max(round(width * scale_x), 8), max(round(height * scale_y), 8))
        small = cv2.resize(image, target, interpolation=cv2.INTER_AREA)
        image = np.asarray(small, np.uint8)
        scale_y, scale_x = target[1] / height, target[0] / width
        matrix = np.eye(2, 3)
    else:
        matrix = np.array([[scale_x, 0, 0], [0, scale_y, 0]])
    slack_y, slack_x = size[0] - height * scale_y, size[1] - width * scale_x
    shift_y, shift_x = slack_y * _place(rng, slack_y), slack_x * _place(rng, slack_x)
    matrix[:, 2] = shift_x, shift_y
    mirrored = rng.random() < 0.5
    if mirrored:
        matrix[0] = -matrix[0] + [0, 0, size[1]]
    frame = _warped(image, matrix, size, rng)
    moved = box * np.array([scale_y, scale_x] * 2, np.float32)
    moved += np.array([shift_y, shift_x] * 2, np.float32)
    if mirrored:
        moved[:, [1, 3]] = size[1] - moved[:, [3, 1]]
    return frame, *_cut(moved, size)


def _place(rng: Generator, slack: float) -> float:
    # What overlaps the frame is mostly kept centred; what fits in it goes anywhere.
    return float(rng.random() if slack >= 0 else rng.normal(0.5, 0.2))


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
