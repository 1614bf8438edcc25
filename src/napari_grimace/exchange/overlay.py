"""A copy of the video with boxes and scores drawn in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ExportError
from napari_grimace.exchange.drawing import draw_frame
from napari_grimace.exchange.frames import (
    frames_of,
    matching_video,
    offset_of,
    times_of,
)
from napari_grimace.exchange.marks import Marks
from napari_grimace.exchange.mp4 import Mp4Writer
from napari_grimace.exchange.passes import one_pass
from napari_grimace.files import written_whole
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.video import iter_frames

if TYPE_CHECKING:
    from collections.abc import Generator

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.exchange.frames import Video
    from napari_grimace.exchange.passes import RaterPass

_SLACK = 1.1  # of the usual time between analysed frames


def iter_write_overlay(
    recording: xr.Dataset,
    video: Video,
    path: str | Path,
    *,
    rater: str | None = None,
    several_faces: bool = False,
    hold: float | None = None,
) -> Generator[Progress, None, None]:
    """Write a copy of the video with boxes and scores drawn in.

    Every frame of the video is copied, at its own time; sound is not. An analysed
    frame shows its boxes with the scores. A frame between two analysed ones shows
    the boxes of the earlier one, thin, dark and without scores, and its number and
    total, for up to `hold` seconds; other frames are marked as not analysed. A frame
    of odd width or height is extended by a pixel, as the encoding asks for.

    Parameters
    ----------
    recording
        A recording.
    video
        Its video: a path, or what `open_video` gives.
    path
        The mp4 file to write (H.264).
    rater
        Label of the rater, where there are several.
    several_faces
        Show totals also in frames in which the rater counted several faces.
    hold
        Seconds for which boxes stay after their frame; by default 1.1 times the
        median time between analysed frames; 0 draws on analysed frames only.

    Yields
    ------
    Progress
        After each frame. Closing the generator cancels; no file is then left.

    Raises
    ------
    ExportError
        There is no rater, not this one, or several and none was named; or the video
        cannot be encoded.
    RecordingError
        The video is not that of the recording.
    """
    done = one_pass(recording, rater, several_faces=several_faces)
    with matching_video(recording, video) as opened, written_whole(path) as aside:
        _spare_the_video(opened.attrs.get("source_path", ""), Path(path))
        frames, times = frames_of(opened), times_of(opened)
        marks = Marks(done, offset_of(opened))
        shown = dict(
            zip(frames.tolist(), _shown(done, frames, times, hold), strict=True)
        )
        clock = dict(zip(frames.tolist(), times - times[0], strict=True))
        origin, rate = done.made_by, float(opened.attrs["frame_rate"])
        with Mp4Writer(aside, rate, origin) as mp4:
            for count, (frame, image) in enumerate(iter_frames(opened, frames), 1):
                mp4.add(_draw(image, marks, frame, shown[frame], origin), clock[frame])
                yield Progress(count, len(frames), "frames drawn", frame)


write_overlay = in_one_go(iter_write_overlay, "write_overlay")


def _spare_the_video(video: str, path: Path) -> None:
    if path.exists() and Path(video).is_file() and path.samefile(video):
        raise ExportError(
            f"{path} is the video itself: choose another name for the copy."
        )


def _shown(
    done: RaterPass,
    frames: NDArray[np.int64],
    times: NDArray[np.float64],
    hold: float | None,
) -> list[int]:
    """For each frame of the video the place of the analysed one to draw, or -1."""
    analysed = done.times
    if not len(analysed):
        return [-1] * len(frames)
    if hold is None:
        hold = _SLACK * float(np.median(np.diff(analysed))) if len(analysed) > 1 else 0
    latest = np.searchsorted(done.frames, frames, side="right") - 1
    current = (latest >= 0) & (times - analysed[latest] <= hold)
    return [int(place) for place in np.where(current, latest, -1)]


def _draw(
    image: NDArray[np.uint8], marks: Marks, frame: int, index: int, origin: str
) -> NDArray[np.uint8]:
    if index < 0:
        caption = f"frame {frame}: not analysed"
        return draw_frame(image, {}, {}, caption=caption, origin=origin)
    stale = marks.frame(index) != frame
    return draw_frame(
        image,
        marks.boxes(index),
        {} if stale else marks.labels(index),
        caption=marks.words(index),
        origin=origin,
        stale=stale,
    )
