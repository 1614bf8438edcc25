"""TIFF files with several pages as videos."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import VideoError
from napari_grimace.video.identity import file_identity
from napari_grimace.video.images import ASSUMED
from napari_grimace.video.pixels import Depth, to_rgb
from napari_grimace.video.source import PictureSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MIN_IS_WHITE, _PALETTE = 0, 3


class TiffSource(PictureSource):
    """A TIFF file with several pages.

    Parameters
    ----------
    path
        The file: one series axis (time, or any other), y, x and optionally colour.
    roi
        (y_min, x_min, y_max, x_max) in pixels.

    Raises
    ------
    VideoError
        If it cannot be read, or is no series of pictures.
    """

    def __init__(self, path: Path, roi: Sequence[float] | None = None) -> None:
        self.path = path
        self._series: _Series | None = None
        series = self._opened()
        count = series.count
        picks = sorted({0, count // 2, count - 1})
        self._depth = Depth.of([self._pixels(at) for at in picks])
        rate = series.rate
        size, ticks = path.stat().st_size, np.arange(count)
        attrs: dict[str, Any] = {
            "source_size": size,
            "identity": file_identity(path, size, ticks),
            **({"frame_rate": rate} if rate else ASSUMED),
        }
        super().__init__(path, series.size, ticks / (rate or 1.0), attrs, roi=roi)

    def _opened(self) -> _Series:
        if self._series is None:
            try:
                self._series = _Series(self.path)
            except VideoError:
                raise
            except Exception as error:  # tifffile raises many kinds on damaged files
                raise VideoError(
                    f"{self.path.name} cannot be read as a TIFF ({error}); copy it "
                    "again."
                ) from error
        return self._series

    def _pixels(self, position: int) -> NDArray[Any]:
        series = self._opened()
        try:
            return series.read(position)
        except Exception as error:
            raise VideoError(
                f"Page {position} of {self.path.name} is damaged ({error}); leave it "
                "out, or copy the file again."
            ) from error

    def _picture(self, position: int) -> NDArray[np.uint8]:
        return to_rgb(self._pixels(position), self._depth, self.path)

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        with self._lock:
            super().close()
            if self._series is not None:
                self._series.close()
                self._series = None


class _Series:
    """The first image series of a file, picture by picture."""

    def __init__(self, path: Path) -> None:
        import tifffile

        self._tiff = tifffile.TiffFile(path)
        weakref.finalize(self, self._tiff.close)
        series: Any = self._tiff.series[0]
        self._series = series
        axes, shape = series.axes, series.shape
        if axes[-1] == "X" and len(axes) > 3 and shape[-1] in {3, 4}:
            axes = axes[:-3] + "YXS"  # colour last, without being declared so
        inner = [axis for axis in range(len(axes)) if axes[axis] in "YXSC"]
        outer = [axis for axis in range(len(axes)) if axes[axis] not in "YXSC"]
        if len(outer) > 1 or outer not in ([], [0]) or len(inner) > 3:
            raise VideoError(
                f"{path.name} has the axes {axes} of lengths {shape}; a video has one "
                "series of pictures, y, x, and at most one of colours. Split it first."
            )
        self.count = shape[0] if outer else 1
        self._shape = tuple(shape[axis] for axis in inner)
        self._colour_first = axes[inner[0]] in "SC"
        height, width = self._shape[1:] if self._colour_first else self._shape[:2]
        self.size = (int(height), int(width))
        self.rate = _rate(self._tiff)
        self._whole: NDArray[Any] | None = None
        if series.dataoffset is not None:
            order = series.dtype.newbyteorder(self._tiff.byteorder)
            shape = (self.count, *self._shape)
            self._whole = np.memmap(path, order, "r", series.dataoffset, shape)

    def read(self, position: int) -> NDArray[Any]:
        """Pixels (y, x[, channel]) of one picture."""
        if self._whole is not None:
            pixels = np.array(self._whole[position])
        else:
            each = len(self._series.pages) // self.count
            pages = self._series.pages[position * each : (position + 1) * each]
            pixels = np.stack([page.asarray() for page in pages])
            pixels = pixels.reshape(self._shape)
        pixels = self._coloured(pixels)
        return np.moveaxis(pixels, 0, -1) if self._colour_first else pixels

    def _coloured(self, pixels: NDArray[Any]) -> NDArray[Any]:
        page = self._series.keyframe
        if page.photometric == _PALETTE and page.colormap is not None:
            palette: NDArray[np.uint16] = np.moveaxis(page.colormap, 0, -1)
            return np.asarray(palette[pixels] >> 8, np.uint8)
        if page.photometric == _MIN_IS_WHITE:
            return np.asarray(np.invert(pixels))
        return pixels

    def close(self) -> None:
        self._whole = None
        self._tiff.close()


def _rate(tiff: Any) -> float | None:
    """Frames per second from the metadata of ImageJ or OME; None if not stated."""
    imagej = tiff.imagej_metadata or {}
    if imagej.get("finterval"):
        return 1.0 / float(imagej["finterval"])
    if imagej.get("fps"):
        return float(imagej["fps"])
    found = re.search(r'TimeIncrement="([^"]+)"', tiff.ome_metadata or "")
    unit = re.search(r'TimeIncrementUnit="([^"]+)"', tiff.ome_metadata or "")
    if not found or float(found[1]) <= 0:
        return None
    seconds = {"ms": 1e-3, "min": 60.0, "h": 3600.0}.get(unit[1] if unit else "s", 1.0)
    return 1.0 / (float(found[1]) * seconds)
