"""Display rotation and mirroring, as the camera wrote them into the file."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import GrimaceWarning

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Orientation:
    """Axes exchanged first, then each axis flipped.

    Attributes
    ----------
    exchanged
        Whether rows become columns.
    flip_y, flip_x
        Whether the result is then turned upside down, or left to right.
    """

    exchanged: bool = False
    flip_y: bool = False
    flip_x: bool = False

    @classmethod
    def of_frame(cls, frame: Any) -> Orientation:
        """Read the display matrix of a decoded frame (av.VideoFrame)."""
        data = frame.side_data.get("DISPLAYMATRIX")
        if data is None:
            return cls()
        return cls.of_matrix(np.frombuffer(bytes(data), np.int32)[:9])

    @classmethod
    def of_matrix(cls, matrix: NDArray[np.int32]) -> Orientation:
        """Read a display matrix, row by row: x' = a x + c y, y' = b x + d y.

        Parameters
        ----------
        matrix
            (9) as in ISO base media files: a, b, u, c, d, v, x, y, w.
        """
        a, b, c, d = (float(matrix[i]) for i in (0, 1, 3, 4))
        straight, turned = abs(a) + abs(d), abs(b) + abs(c)
        if min(straight, turned) > 0.01 * max(straight, turned):
            warnings.warn(
                "The video asks to be shown at an angle that is no multiple of 90 "
                "degrees; it is turned to the nearest one.",
                GrimaceWarning,
                stacklevel=2,
            )
        if turned > straight:
            return cls(True, b < 0, c < 0)
        return cls(False, d < 0, a < 0)

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width after turning."""
        return (width, height) if self.exchanged else (height, width)

    def turn(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn a picture (y, x, rgb) upright."""
        if self == Orientation():
            return picture
        if self.exchanged:
            picture = picture.swapaxes(0, 1)
        step_y, step_x = -1 if self.flip_y else 1, -1 if self.flip_x else 1
        return np.ascontiguousarray(picture[::step_y, ::step_x])
