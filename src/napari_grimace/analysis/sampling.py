"""The frames of a video that are to be scored."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from napari_grimace.errors import VideoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.video.source import FrameSource


class Footage(NamedTuple):
    """A video that is open for reading.

    Attributes
    ----------
    video
        What `iter_frames` and `sample_frames` read.
    numbers, times
        (frame,) numbers of the frames there are, and their presentation times in s.
    attrs
        What is known of the video, for the recording.
    """

    video: FrameSource | xr.DataArray
    numbers: NDArray[np.int64]
    times: NDArray[np.float64]
    attrs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the file, as messages use it."""
        return str(self.attrs.get("source") or "the video")

    @property
    def origin(self) -> tuple[float, float]:
        """Where the first pixel lies in the full frame (y, x), in pixels."""
        y_min, x_min = (self.attrs.get("roi") or (0.0, 0.0))[:2]
        return float(y_min), float(x_min)

    def times_of(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Presentation times of frames, in s."""
        return self.times[np.searchsorted(self.numbers, numbers)]


@contextmanager
def opened(
    video: str | Path | FrameSource | xr.DataArray,
    roi: Sequence[float] | None = None,
) -> Iterator[Footage]:
    """Open a video, or take one that is open.

    Raises
    ------
    VideoError
        The video cannot be read, has no such ROI, or is an array without the
        coordinates `frame` and `time` that `open_video` gives it, or with others
        along `y` and `x` than those of neighbouring pixels.
    """
    from napari_grimace.video.arrays import region_of
    from napari_grimace.video.opening import open_source

    if isinstance(video, (str, Path)):
        source = open_source(video, roi)
        try:
            yield Footage(source, source.frames, source.times, source.attrs)
        finally:
            source.close()
        return
    if roi is not None:
        raise VideoError("Give the ROI to open_video: this video is open already.")
    if not isinstance(video, xr.DataArray):
        yield Footage(video, video.frames, video.times, video.attrs)
        return
    missing = [name for name in ("frame", "time") if name not in video.coords]
    if missing:
        raise VideoError(
            f"This array has no coordinate {' or '.join(missing)}: give frame numbers "
            "and times (s) along frame, as open_video does."
        )
    attrs, region = dict(video.attrs), region_of(video)
    if region is not None:
        attrs["roi"] = list(region)
    yield Footage(video, video["frame"].values, video["time"].values, attrs)


def sampled(
    footage: Footage,
    *,
    rate: float | None = None,
    frames: ArrayLike | None = None,
    count: int | None = None,
    every: int | None = None,
) -> tuple[NDArray[np.int64], str]:
    """Give the frame numbers to score, and how they were chosen, in words.

    Parameters are those of `iter_score_video`.

    Raises
    ------
    VideoError
        More than one way is given, or the video has no such frames or rate.
    """
    from napari_grimace.video.sample import sample_frames

    rate = None if rate is None else float(rate)
    ways = {"rate": rate, "frames": frames, "count": count, "every": every}
    given = {name: value for name, value in ways.items() if value is not None}
    if len(given) > 1:
        raise VideoError(f"Choose one of {', '.join(given)}: each says which frames.")
    if frames is not None:
        numbers = _numbers(frames, footage)
        return numbers, f"{len(numbers)} given frames"
    how = given or _default(footage)
    (name, value), *_ = how.items()
    return sample_frames(footage.video, **how), f"{name}={value}"


def _default(footage: Footage) -> dict[str, Any]:
    from napari_grimace.video.sample import rate_of

    return {"rate": 1.0} if rate_of(footage.times) >= 1 else {"every": 1}


def _numbers(frames: ArrayLike, footage: Footage) -> NDArray[np.int64]:
    numbers = np.unique(np.asarray(frames))
    if not numbers.size or not np.issubdtype(numbers.dtype, np.integer):
        raise VideoError("frames must be frame numbers: whole numbers, at least one.")
    absent = np.setdiff1d(numbers, footage.numbers)
    if absent.size:
        raise VideoError(
            f"{footage.name} has no frame {absent[0]}: it has {len(footage.numbers)} "
            f"frames, numbered {footage.numbers[0]} to {footage.numbers[-1]}."
        )
    return numbers.astype(np.int64)
