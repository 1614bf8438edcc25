"""Labelled arrays of frames, as the other rooms hand them over."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import numpy as np

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.video.opening import DIMS, lazy_name, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.video.source import FrameSource, Roi

    Video = str | Path | FrameSource | xr.DataArray


def is_array(video: Video) -> TypeGuard[xr.DataArray]:
    """Whether a video is given as a labelled array (looked at without xarray)."""
    return hasattr(video, "dims") and hasattr(video, "coords")


def numbers_of(video: xr.DataArray) -> NDArray[np.int64]:
    """Frame numbers of an array: its `frame` coordinate, else 0, 1, 2, ..."""
    if "frame" in video.coords:
        return np.asarray(video["frame"], np.int64)
    return np.arange(len(video))


def times_of(video: xr.DataArray) -> NDArray[np.float64]:
    """Give the times of an array in seconds.

    Raises
    ------
    VideoError
        If it carries none.
    """
    if "time" not in video.coords:
        raise VideoError(
            "This array of frames has no times: give it a coordinate `time` along "
            "`frame`, in seconds."
        )
    return np.asarray(video["time"], np.float64)


def region_of(video: xr.DataArray) -> Roi | None:
    """Region of the full frame that an array shows: (y_min, x_min, y_max, x_max).

    It begins where the coordinates `y` and `x` begin, or, without them, where the
    attribute `roi` does. None if there is no `roi` and both begin at 0.

    Raises
    ------
    VideoError
        If it is no array of frames, or its coordinates skip or turn pixels.
    """
    check_layout(video)
    roi = video.attrs.get("roi")
    given = (0, 0) if roi is None else (int(roi[0]), int(roi[1]))
    y_min, x_min = (
        _first_pixel(video, axis) if axis in video.coords else start
        for axis, start in zip("yx", given, strict=True)
    )
    if roi is None and y_min == x_min == 0:
        return None
    return y_min, x_min, y_min + video.sizes["y"], x_min + video.sizes["x"]


def _first_pixel(video: xr.DataArray, axis: str) -> int:
    pixels = np.asarray(video[axis])
    if not pixels.size:
        raise VideoError(f"This array has no pixels along {axis}: crop less of it.")
    numbers = pixels.dtype.kind in "iuf"
    neighbours = numbers and np.array_equal(pixels, pixels[0] + np.arange(len(pixels)))
    if not neighbours or pixels[0] < 0 or pixels[0] % 1:
        raise VideoError(
            f"The {axis} coordinates of this array are {_some(pixels)}: they must "
            "number neighbouring pixels of the full frame, from 0 upwards. Crop with "
            "slices without a step; give an array of other pixels without the "
            "coordinates y and x."
        )
    return int(pixels[0])


def _some(values: NDArray[Any]) -> str:
    return ", ".join(str(value) for value in values[:3]) + (
        ", ..." if len(values) > 3 else ""
    )


def check_layout(video: xr.DataArray) -> None:
    """Raise VideoError if an array has other dimensions or another type than frames."""
    if video.dims != DIMS or video.dtype != np.uint8 or video.shape[3] != 3:
        raise VideoError(
            f"A video is an array with dimensions {DIMS} of type uint8, as "
            f"open_video gives it; this one has {video.dims} of type {video.dtype}."
        )


def source_of(video: Video) -> tuple[FrameSource, bool]:
    """Give the source to read a video from, and whether to close it afterwards."""
    if isinstance(video, (str, Path)):
        return open_source(video), True
    if not is_array(video):
        return cast("FrameSource", video), False
    path = video.attrs.get("source_path")
    if path is not None and Path(path).exists():
        with warnings.catch_warnings():  # given when the video was opened
            warnings.simplefilter("ignore", GrimaceWarning)
            source = open_source(path, video.attrs.get("roi"))
        # Only the untouched array is the file; one that was computed from it is not.
        if getattr(video.data, "name", None) == lazy_name(source):
            return source, True
        source.close()
    return ArraySource(video), True


class ArraySource:
    """An array in memory, or one computed from a video, read frame by frame.

    Parameters
    ----------
    video
        (frame, y, x, rgb) uint8.

    Raises
    ------
    VideoError
        If it has other dimensions or another type.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, video: xr.DataArray) -> None:
        check_layout(video)
        count, height, width, _ = video.shape
        self._video = video
        self.shape = (count, height, width, 3)
        self.frames = numbers_of(video)
        self.times = (
            times_of(video) if "time" in video.coords else np.full(count, np.nan)
        )
        self.attrs: dict[str, Any] = dict(video.attrs)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, position: int) -> NDArray[np.uint8]:
        """One frame (y, x, rgb)."""
        return np.array(self._video[position].data, np.uint8)

    def read(
        self,
        positions: Sequence[int],
        on_error: Callable[[VideoError], None] | None = None,
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Pictures at increasing positions."""
        for position in positions:
            try:
                picture = self[position]
            except VideoError as error:
                if on_error is None:
                    raise
                on_error(error)
            else:
                yield position, picture

    def close(self) -> None:
        """Nothing is open."""
