"""Which frame of a recording's video a row of a table is about."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ExportError, GrimaceError, RecordingError
from napari_grimace.exchange.archive import picture_name
from napari_grimace.exchange.frames import (
    find_video,
    frames_of,
    matching_video,
    times_of,
)
from napari_grimace.exchange.score_cells import is_blank, number_of
from napari_grimace.exchange.scores_table import FRAME, TIME

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

_ROUNDED = 1e-3  # s; times in tables are often rounded to so much


class FrameFinder:
    """Finds frames of a recording by number, time or picture name.

    Parameters
    ----------
    recording
        The recording.
    place
        Its folder, beside which the video is looked for.
    """

    def __init__(self, recording: xr.Dataset, place: Path) -> None:
        self._recording = recording
        self._place = place

    def find(self, way: str, cell: object) -> int:
        """Give the frame that a cell tells.

        Parameters
        ----------
        way
            How: ``"frame"``, ``"time"`` or ``"name"``.
        cell
            The cell's value.

        Raises
        ------
        RecordingError
            If there is no such frame; says why.
        """
        if is_blank(cell):
            raise RecordingError("is blank, but the row has scores")
        if way == FRAME:
            return self._by_number(cell)
        return self._by_time(cell) if way == TIME else self._by_name(cell)

    def seconds(self, frame: int) -> float | None:
        """Give the time of a frame in s, where it is known."""
        known, times = (self._recording[name].values for name in ("frame", "time"))
        if frame not in known:
            try:
                known, times = self._times
            except GrimaceError:  # the numbers hold without the video, too
                return None
        at = int(np.searchsorted(known, frame))
        return float(times[at]) if at < len(known) and known[at] == frame else None

    def _by_number(self, cell: object) -> int:
        number = number_of(cell)
        if number is None or number != int(number) or number < 0:
            raise RecordingError(f"{cell!r} is no frame number (whole, from 0)")
        count = self._recording.attrs.get("frame_count")
        if count is not None and number >= int(count):
            raise RecordingError(
                f"the video has {count} frames, numbered from 0: there is no {cell}"
            )
        return int(number)

    def _by_time(self, cell: object) -> int:
        seconds = seconds_of(cell)
        frames, times = self._times
        if not len(frames):
            raise RecordingError(
                "times of the frames are not known: put the video beside the recording"
            )
        at = int(np.abs(times - seconds).argmin())
        if abs(times[at] - seconds) > self._duration / 2 + _ROUNDED:
            raise RecordingError(
                f"no frame is shown at {seconds:g} s: the nearest is frame "
                f"{frames[at]}, at {times[at]:.3f} s"
            )
        return int(frames[at])

    def _by_name(self, cell: object) -> int:
        name = Path(str(cell).strip().replace("\\", "/")).name
        if self._names is not None:
            if name.casefold() not in self._names:
                raise RecordingError(f"the folder of pictures has no {name!r}")
            return self._names[name.casefold()]
        form = re.fullmatch(r"(?P<start>.*_)(?P<number>\d+)\.\w+", name)
        source = str(self._recording.attrs.get("source", ""))
        usual = picture_name(source, 0).rpartition("_")[0] + "_"
        if form is None or form["start"] != usual:
            raise RecordingError(
                f"{name!r} does not tell a frame of {source!r} (as {usual}000012.jpg "
                "does): add a column of frame numbers or times"
            )
        return self._by_number(form["number"])

    @cached_property
    def _video(self) -> Path | None:
        try:
            return find_video(self._recording, self._place)
        except ExportError:
            return None

    @cached_property
    def _times(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Frames and their times: the video's, or else those that were analysed."""
        frames = np.asarray(self._recording["frame"].values)
        times = np.asarray(self._recording["time"].values)
        if self._video is not None:
            with matching_video(self._recording, self._video) as video:
                frames, times = frames_of(video), times_of(video)
        known = np.isfinite(times)
        return frames[known], times[known]

    @cached_property
    def _duration(self) -> float:
        """For how long a frame is shown, in s."""
        rate = float(self._recording.attrs.get("frame_rate") or 0)
        return 1 / rate if rate > 0 else 0.0

    @cached_property
    def _names(self) -> dict[str, int] | None:
        """Frames by the name of their file, where the video is a folder of pictures."""
        if self._video is None or not self._video.is_dir():
            return None
        from napari_grimace.video.images import image_files

        files = image_files(self._video)
        return {file.name.casefold(): index for index, file in enumerate(files)}


def seconds_of(cell: object) -> float:
    """Read a time in s, mm:ss or hh:mm:ss.

    Raises
    ------
    RecordingError
        If it is none.
    """
    number = number_of(cell)
    if number is not None:
        return number
    form = re.fullmatch(r"(?:(\d+):)?(\d+):(\d{1,2}(?:[.,]\d*)?)", str(cell).strip())
    if form is None or float(form[3].replace(",", ".")) >= 60:
        raise RecordingError(
            f"{str(cell)!r} is no time: write seconds, mm:ss or hh:mm:ss"
        )
    hours, minutes = int(form[1] or 0), int(form[2])
    return hours * 3600 + minutes * 60 + float(form[3].replace(",", "."))
