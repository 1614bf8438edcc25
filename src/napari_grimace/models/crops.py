"""Cutting squares out of images, for the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE = 64
MARGIN = {"orbital": 0.6, "ear": 0.45, "nose": 0.6, "whiskers": 0.9, "cheek": 0.7}
"""Width around a unit's box, on each side, in parts of the box's longer side: ears
and noses are judged against what is around them."""


def square(
    box: Sequence[float] | NDArray[np.float32], margin: float
) -> NDArray[np.float64]:
    """Square around a box: y_min, x_min, y_max, x_max.

    Parameters
    ----------
    box
        y_min, x_min, y_max, x_max.
    margin
        Width added on each side, in parts of the box's longer side.
    """
    y_min, x_min, y_max, x_max = map(float, box)
    half = max(y_max - y_min, x_max - x_min, 1.0) * (0.5 + margin)
    y, x = (y_min + y_max) / 2, (x_min + x_max) / 2
    return np.array([y - half, x - half, y + half, x + half])


def cut(
    image: NDArray[np.uint8],
    edges: NDArray[np.float64],
    size: tuple[int, int],
    *,
    mirrored: bool = False,
) -> NDArray[np.uint8]:
    """Cut a rectangle out of an image and bring it to a size.

    Beyond the image's edge its last pixels are repeated.

    Parameters
    ----------
    image
        (y, x) or (y, x, rgb).
    edges
        y_min, x_min, y_max, x_max in pixels of the image; may reach beyond it.
    size
        Height and width of the result.
    mirrored
        Whether to exchange left and right.

    Returns
    -------
    numpy.ndarray
        (y, x) or (y, x, rgb) uint8.
    """
    y_min, x_min, y_max, x_max = edges
    scale_y, scale_x = size[0] / (y_max - y_min), size[1] / (x_max - x_min)
    if min(scale_y, scale_x) < 0.5:
        # An affine map reads four pixels only: shrink the image first, by averaging.
        # A whole factor is four times faster; the part left to the map is 0.55 to 1.
        factor = max(2, int(0.83 / min(scale_y, scale_x)))
        image, edges = _shrunk(image, edges, factor)
        return cut(image, edges, size, mirrored=mirrored)
    matrix = np.array([[scale_x, 0, -x_min * scale_x], [0, scale_y, -y_min * scale_y]])
    if mirrored:
        matrix[0] = -matrix[0] + [0, 0, size[1]]
    # OpenCV places pixel centres at whole numbers; edges here lie between pixels.
    matrix[:, 2] += matrix[:, :2].sum(1) * 0.5 - 0.5
    return np.asarray(
        cv2.warpAffine(
            image,
            matrix,
            (size[1], size[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _shrunk(
    image: NDArray[np.uint8], edges: NDArray[np.float64], factor: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut to the part that is needed, and average blocks of `factor` pixels."""
    height, width = image.shape[:2]
    y_min, x_min = np.clip(
        np.floor(edges[:2]).astype(int) - 2, 0, [height - 1, width - 1]
    )
    y_max, x_max = np.clip(np.ceil(edges[2:]).astype(int) + factor, 1, [height, width])
    rows, columns = (
        max((y_max - y_min) // factor, 1),
        max((x_max - x_min) // factor, 1),
    )
    part = image[y_min:, x_min:][: rows * factor, : columns * factor]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    ratio = np.array([rows / part.shape[0], columns / part.shape[1]] * 2)
    return np.asarray(small, np.uint8), (edges - [y_min, x_min] * 2) * ratio


def unit_crop(
    image: NDArray[np.uint8], box: NDArray[np.float32], unit: str, *, mirrored: bool
) -> NDArray[np.uint8]:
    """Grey crop of a unit's region, (y, x) uint8 of `SIZE`, right sides mirrored."""
    crop = cut(image, square(box, MARGIN[unit]), (SIZE, SIZE), mirrored=mirrored)
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)


def normalised(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Each grey crop with mean 0 and standard deviation 1: light is no cue."""
    values = crops.astype(np.float32)
    mean = values.mean((-2, -1), keepdims=True)
    spread = values.std((-2, -1), keepdims=True)
    return np.asarray((values - mean) / np.maximum(spread, 4.0), np.float32)
