"""The video of a recording: where it is, and that it is the right one."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import ExportError, RecordingError
from napari_grimace.video import arrays, open_source
from napari_grimace.video.arrays import is_array, region_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.video.source import FrameSource

    Video = str | Path | FrameSource | xr.DataArray


def find_video(recording: xr.Dataset, place: str | Path | None = None) -> Path:
    """Find the video of a recording.

    Parameters
    ----------
    recording
        A recording.
    place
        The recording's place on disk: when the video is no longer where it was
        scored, one of its name beside the recording is taken.

    Returns
    -------
    Path
        The video.

    Raises
    ------
    ExportError
        It is in neither place.
    """
    name = str(recording.attrs.get("source", ""))
    scored = str(recording.attrs.get("source_path", ""))
    places = [Path(scored)] if scored else []
    if place is not None and name:
        places.append(Path(place).resolve().parent / name)
    for candidate in places:
        if candidate.exists():
            return candidate
    raise ExportError(
        f"the video of this recording ({name or 'no name kept'}) is not where it was "
        "scored nor beside the recording: say where it is (--video)"
    )


@contextmanager
def matching_video(recording: xr.Dataset, video: Video) -> Iterator[Any]:
    """Open the video of a recording, and close it afterwards.

    Parameters
    ----------
    recording
        A recording.
    video
        A path, or an opened video, which is left open.

    Yields
    ------
    FrameSource or DataArray
        The video, to be given to `iter_frames`.

    Raises
    ------
    RecordingError
        The video is not that of the recording.
    """
    if not isinstance(video, str | Path):
        check_video(recording, video.attrs)
        yield video
        return
    source = open_source(video)
    try:
        check_video(recording, source.attrs)
        yield source
    finally:
        source.close()


def check_video(recording: xr.Dataset, attrs: Mapping[str, Any]) -> None:
    """Raise `RecordingError` where a video is not that of a recording."""
    expected, found = recording.attrs.get("identity"), attrs.get("identity")
    if expected and found and expected != found:
        raise RecordingError(
            f"{attrs.get('source', 'this video')} is not the video of this recording, "
            f"which was made from {recording.attrs.get('source', 'another one')}: "
            "its content differs, so frame numbers would not fit"
        )


def offset_of(video: Any) -> tuple[float, float]:
    """First pixel (y, x) of an opened video's frames in the full frame."""
    roi = region_of(video) if is_array(video) else video.attrs.get("roi")
    return (float(roi[0]), float(roi[1])) if roi else (0.0, 0.0)


def times_of(video: Any) -> NDArray[np.float64]:
    """Presentation times (s) of all frames that an opened video holds."""
    return np.asarray(arrays.times_of(video) if is_array(video) else video.times)


def frames_of(video: Any) -> NDArray[np.int64]:
    """Numbers of all frames that an opened video holds."""
    return np.asarray(arrays.numbers_of(video) if is_array(video) else video.frames)
