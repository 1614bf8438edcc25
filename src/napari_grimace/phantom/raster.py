"""Surfaces given as grids of points, drawn into a buffer of depth and parts.

Cells of a grid are sampled densely enough to leave no pixel out, and the nearest
sample of each pixel wins. What wins is remembered as a place on the grid, so anything
known at the grid's points can be had at every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.phantom.arrays import Floats, Mask

FAR = -1e6
_SPACING = 0.7
_COUNTS = np.array([1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 44, 64])
_CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))


@dataclass(slots=True)
class Buffer:
    """What is nearest at each pixel.

    Attributes
    ----------
    depth
        (y, x) pixels towards the camera; `FAR` where nothing is.
    part
        (y, x) number of the part; 0 where nothing is.
    row, column
        (y, x) place on the part's grid.
    """

    depth: Floats
    part: NDArray[np.int16]
    row: Floats
    column: Floats

    @classmethod
    def empty(cls, height: int, width: int) -> Buffer:
        """Make a buffer with nothing in it."""
        shape = (height, width)
        return cls(
            np.full(shape, FAR, np.float32),
            np.zeros(shape, np.int16),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
        )


def splat(buffer: Buffer, grid: Floats, part: int, *, two_sided: bool = False) -> None:
    """Draw a surface.

    Parameters
    ----------
    buffer
        Drawn into.
    grid
        (row, column, 3) x and y in pixels, depth in pixels towards the camera.
    part
        Number that marks the surface.
    two_sided
        Whether the back is drawn too; else only cells that run anticlockwise.
    """
    height, width = buffer.depth.shape
    corner, cell, count = _cells(grid, (height, width), two_sided=two_sided)
    if not len(cell):
        return
    taken = [
        _sample(corner[count == n], cell[count == n], int(n), (height, width))
        for n in np.unique(count)
    ]
    at, depth, row, column = (
        np.concatenate(parts) for parts in zip(*taken, strict=True)
    )
    flat = buffer.depth.reshape(-1)
    np.maximum.at(flat, at, depth)
    won = depth >= flat[at]
    at = at[won]
    buffer.part.reshape(-1)[at] = part
    buffer.row.reshape(-1)[at] = row[won]
    buffer.column.reshape(-1)[at] = column[won]


def facing_area(grid: Floats) -> Floats:
    """Projected area of each cell in pixels, negative where it is turned away."""
    a = grid[1:, 1:, :2] - grid[:-1, :-1, :2]
    b = grid[:-1, 1:, :2] - grid[1:, :-1, :2]
    return (a[..., 1] * b[..., 0] - a[..., 0] * b[..., 1]) / 2


def _cells(
    grid: Floats, size: tuple[int, int], *, two_sided: bool
) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]]:
    """Cells to be drawn: corners (cell, corner, 3), row and column, samples."""
    rows, columns = grid.shape[:2]
    quads = np.stack(
        [grid[r : rows - 1 + r, c : columns - 1 + c] for r, c in _CORNERS], 2
    )
    corners = [quads[:, :, n, :2] for n in range(4)]
    low = np.minimum(np.minimum(*corners[:2]), np.minimum(*corners[2:]))
    high = np.maximum(np.maximum(*corners[:2]), np.maximum(*corners[2:]))
    # Comparisons with NaN are false: rows of NaN part one surface from the next.
    wanted = (high[..., 0] > 0) & (high[..., 1] > 0)
    wanted &= (low[..., 0] < size[1]) & (low[..., 1] < size[0])
    if not two_sided:
        wanted &= facing_area(grid) > 0
    row, column = np.nonzero(wanted)
    corner = quads[row, column]
    span = (high - low)[row, column]
    extent = np.maximum(span[:, 0], span[:, 1])
    count = _COUNTS[
        np.minimum(np.searchsorted(_COUNTS, extent / _SPACING), len(_COUNTS) - 1)
    ]
    return corner, np.stack([row, column], 1), count


def _sample(
    corner: Floats,
    cell: NDArray[np.intp],
    count: int,
    size: tuple[int, int],
) -> tuple[NDArray[np.intp], Floats, Floats, Floats]:
    """Sample count x count points of each cell that lie in the image."""
    at = (np.arange(count, dtype=np.float32) + 0.5) / count
    r, c = (axis.ravel() for axis in np.meshgrid(at, at, indexing="ij"))
    weight = np.stack([(1 - r) * (1 - c), r * (1 - c), (1 - r) * c, r * c], 1)
    point = np.matmul(weight[None], corner)
    # Unsigned, so that what is left of or above the image counts as far right.
    x = np.floor(point[..., 0]).astype(np.int32).view(np.uint32)
    y = np.floor(point[..., 1]).astype(np.int32).view(np.uint32)
    inside = np.flatnonzero((x < size[1]) & (y < size[0]))
    which, sub = np.divmod(inside, count * count)
    at_pixel = y.ravel()[inside].astype(np.intp) * size[1] + x.ravel()[inside]
    row = (cell[which, 0] + r[sub]).astype(np.float32)
    column = (cell[which, 1] + c[sub]).astype(np.float32)
    return at_pixel, point[..., 2].ravel()[inside], row, column


def mend(buffer: Buffer) -> None:
    """Fill single pixels that no sample fell on from a filled neighbour."""
    kernel = np.ones((3, 3), np.uint8)
    seen = (buffer.part > 0).astype(np.uint8)
    closed = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, kernel)
    y, x = np.nonzero(closed > seen)
    if not len(y):
        return
    height, width = seen.shape
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        ny, nx = np.clip(y + dy, 0, height - 1), np.clip(x + dx, 0, width - 1)
        good = (seen[ny, nx] > 0) & (buffer.part[y, x] == 0)
        for plane in (buffer.depth, buffer.part, buffer.row, buffer.column):
            plane[y[good], x[good]] = plane[ny[good], nx[good]]


def extent(mask: Mask) -> tuple[int, int, int, int] | None:
    """Rows and columns that a mask covers: y_min, x_min, y_max, x_max; or None."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def look_up(values: Floats, row: Floats, column: Floats) -> Floats:
    """Values (row, column, channel) of a grid at places (y, x) on it.

    Returns
    -------
    ndarray
        (y, x, channel).
    """
    found = [
        cv2.remap(
            np.ascontiguousarray(values[..., first : first + 4]),
            column,
            row,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).reshape(*row.shape, -1)
        for first in range(0, values.shape[-1], 4)
    ]
    return np.concatenate(found, -1) if len(found) > 1 else np.asarray(found[0])
