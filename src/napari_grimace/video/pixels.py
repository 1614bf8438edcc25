"""Pixels of any depth and number of channels, as 8-bit RGB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import VideoError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

_DEPTHS = (8, 10, 12, 14, 16)


@dataclass(frozen=True)
class Depth:
    """How many bits of each sample are in use.

    Attributes
    ----------
    bits
        8, 10, 12, 14 or 16; more than 8 are brought to 8 by dropping the lowest.
    """

    bits: int = 8

    @classmethod
    def of(cls, pictures: Iterable[NDArray[Any]]) -> Depth:
        """Smallest usual depth that holds some pictures of a series.

        Cameras of 10 to 14 bits store into 16 without saying so; the depth is settled
        once, on the pictures given here, so that all frames are treated alike.
        """
        bits = 8
        for picture in pictures:
            if picture.dtype.kind in "iu" and picture.dtype.itemsize > 1:
                top = int(picture.max(initial=0))
                bits = max(bits, next((d for d in _DEPTHS if top < 1 << d), 16))
        return cls(bits)


def to_rgb(pixels: NDArray[Any], depth: Depth, path: Path) -> NDArray[np.uint8]:
    """Bring pixels (y, x[, channel]) to (y, x, rgb) uint8.

    Parameters
    ----------
    pixels
        Grey, grey and alpha, RGB, or RGBA; bool or integers. Alpha is dropped.
    depth
        Bits in use; brighter pixels than that are white.
    path
        Named in the message.

    Raises
    ------
    VideoError
        If the pixels are of another kind.
    """
    kind = pixels.dtype.kind
    if kind not in "biu" or pixels.ndim not in {2, 3}:
        raise VideoError(
            f"{path.name} has pixels of type {pixels.dtype} in {pixels.ndim} axes; "
            "save it as grey or RGB with 8 or 16 bits."
        )
    if kind == "b":
        pixels = pixels.astype(np.uint8) * 255
    elif pixels.dtype.itemsize > 1:
        top = (1 << depth.bits) - 1
        pixels = np.clip(pixels, 0, top) >> (depth.bits - 8)
    pixels = pixels.astype(np.uint8, copy=False)
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    if pixels.shape[2] < 3:
        return np.repeat(pixels[:, :, :1], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])
