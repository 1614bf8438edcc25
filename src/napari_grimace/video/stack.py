"""Pictures made one by one, as an array."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from napari_grimace.errors import VideoError

_MOST = 2**30  # bytes


class Stack(ABC):
    """A read-only array of pictures, each made when it is asked for.

    Attributes
    ----------
    shape
        (frame, y, x, ...).
    dtype
        uint8.
    ndim
        Number of axes.

    Raises
    ------
    VideoError
        If more than a GiB is asked for at once.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.ndim = len(shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
        key = key if isinstance(key, tuple) else (key,)
        first, rest = (key[0], key[1:]) if key else (slice(None), ())
        if not isinstance(first, slice):
            return self.picture(int(first))[rest]
        positions = range(*first.indices(len(self)))
        size = len(positions) * math.prod(self.shape[1:])
        if size > _MOST:
            raise VideoError(
                f"{len(positions):,} pictures were asked for at once, which would take "
                f"{size / 2**30:.0f} GiB of memory; take fewer. In napari, videos are "
                "shown picture by picture: go back to 2D, and to y and x as axes."
            )
        picked = [self.picture(position)[rest] for position in positions]
        if picked:
            return np.stack(picked)
        return np.empty((0, *self.shape[1:]), np.uint8)[(slice(None), *rest)]

    def __array__(
        self,
        dtype: Any = None,
        copy: bool | None = None,
    ) -> np.ndarray[Any, Any]:
        return np.asarray(self[:], dtype)

    @abstractmethod
    def picture(self, position: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """One picture (y, x, ...)."""
