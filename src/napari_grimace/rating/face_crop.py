"""Faces are cut out of frames, all at one size and none of them stretched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from napari_grimace.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_GREY = 128  # what lies outside the frame


def crop_to_face(
    frame: NDArray[np.uint8],
    box: Sequence[float] | NDArray[np.floating],
    margin: float = 0.25,
    size: int = 512,
) -> NDArray[np.uint8]:
    """Cut a square round a face out of a frame; nothing is stretched.

    Parameters
    ----------
    frame
        (y, x, rgb) uint8.
    box
        Edges y_min, x_min, y_max, x_max of the face in px; pixel i covers [i, i + 1).
    margin
        Surround on each side, as a share of the box's longer side.
    size
        Side of the result in px.

    Returns
    -------
    ndarray
        (size, size, rgb) uint8, resampled by Lanczos' filter; mid grey where the
        square leaves the frame.

    Raises
    ------
    RecordingError
        If the box has no extent.
    """
    top, left, bottom, right = square_round(box, margin)
    y_min, x_min = int(np.floor(top)), int(np.floor(left))
    y_max, x_max = int(np.ceil(bottom)), int(np.ceil(right))
    canvas = np.full((y_max - y_min, x_max - x_min, 3), _GREY, np.uint8)
    rows = slice(max(y_min, 0), min(y_max, frame.shape[0]))
    columns = slice(max(x_min, 0), min(x_max, frame.shape[1]))
    if rows.start < rows.stop and columns.start < columns.stop:
        canvas[
            rows.start - y_min : rows.stop - y_min,
            columns.start - x_min : columns.stop - x_min,
        ] = frame[rows, columns]
    edges = (left - x_min, top - y_min, right - x_min, bottom - y_min)
    cut = Image.fromarray(canvas).resize(
        (size, size), Image.Resampling.LANCZOS, box=edges
    )
    return np.asarray(cut)


def square_round(
    box: Sequence[float] | NDArray[np.floating], margin: float = 0.25
) -> tuple[float, float, float, float]:
    """Give the edges of the square that `crop_to_face` cuts out; they may be outside.

    Raises
    ------
    RecordingError
        If the box has no extent.
    """
    y_min, x_min, y_max, x_max = (float(edge) for edge in box)
    side = max(y_max - y_min, x_max - x_min) * (1 + 2 * margin)
    if not (np.isfinite([y_min, x_min, y_max, x_max]).all() and side > 0):
        raise RecordingError(
            f"The face's box {(y_min, x_min, y_max, x_max)} has no extent: draw it, "
            "or choose frames in which the face was found."
        )
    y, x = (y_min + y_max) / 2, (x_min + x_max) / 2
    return y - side / 2, x - side / 2, y + side / 2, x + side / 2
