"""What is to be scored, and how: what the form says, as the library takes it."""

from __future__ import annotations

import math
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari_grimace
from napari_grimace.analysis.sinks import recording_path
from napari_grimace.errors import GrimaceError
from napari_grimace.phantom import sample_video
from napari_grimace.recording.store import SUFFIX, RecordingStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_grimace.analysis.chambers import Chamber

    Roi = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sampling:
    """Which frames.

    Attributes
    ----------
    way
        `rate` (frames per second), `every` (every n-th) or `count` (so many, spread
        evenly).
    value
        How many.
    start, stop
        Part of the video in s, on its own clock; None is its start or its end.
    """

    way: str = "rate"
    value: float = 1.0
    start: float | None = None
    stop: float | None = None

    def options(self, video: Path) -> dict[str, Any]:
        """Give what `iter_score_video` takes; for a part of the video, frame numbers.

        Raises
        ------
        VideoError
            If the video cannot be read, or has no such frames.
        """
        way = {self.way: self.value if self.way == "rate" else int(self.value)}
        if self.start is None and self.stop is None:
            return way
        from napari_grimace.video import sample_frames

        frames = sample_frames(video, **way, start=self.start, stop=self.stop)
        return {"frames": frames}


@dataclass(frozen=True)
class Plan:
    """A video, the recordings to make of it, and the models.

    Attributes
    ----------
    video
        The video.
    recordings
        Where each recording goes, and of which part of the picture it is; None is
        the whole.
    sampling
        Which frames.
    scale, detector, scorer, device, setting, subject
        As in `iter_score_video`.
    """

    video: Path
    recordings: Mapping[Path, Roi | None]
    sampling: Sampling = field(default_factory=Sampling)
    scale: str | Path = "mgs-black"
    detector: str | None = None
    scorer: str | None = None
    device: str = "auto"
    setting: str = "fast"
    subject: Mapping[str, str] = field(default_factory=dict)


def recordings_in(
    folder: Path, video: Path, chambers: Iterable[Chamber] | None
) -> dict[Path, Roi | None]:
    """Say where the recordings of a video go, one for each chamber."""
    whole = recording_path(folder, video.name)
    if chambers is None:
        return {whole: None}
    return {
        whole.with_name(f"{video.stem}_{chamber.name}{SUFFIX}"): chamber.roi
        for chamber in chambers
    }


def found_at(path: Path, video: Mapping[str, Any] | None, roi: Roi | None) -> str:
    """Say what is already at the place of a recording; nothing if nothing is there.

    Parameters
    ----------
    path
        The place.
    video
        Attributes of the video; None if they are not known.
    roi
        Part of its picture.
    """
    if not path.exists():
        return ""
    try:
        store = RecordingStore.open(path)
        if video is not None:
            store.check_video({**video, **_roi_attrs(roi)})
    except GrimaceError as problem:
        return f": {problem}"
    return (
        ": is there already; frames that the same models scored before are kept, and "
        "the run goes on with the others"
    )


def _roi_attrs(roi: Roi | None) -> dict[str, list[int]]:
    if roi is None:
        return {}
    low, high = roi[:2], roi[2:]
    return {"roi": [*map(math.floor, low), *map(math.ceil, high)]}


def default_folder(video: Path) -> Path:
    """Where a video's recording goes: beside it, else into the user's home."""
    if not _is_ours(video.parent) and _may_write(video.parent):
        return video.parent
    return Path.home() / "napari-grimace"


def _is_ours(folder: Path) -> bool:
    """Whether a folder is part of the installation, which updates overwrite."""
    ours = [Path(napari_grimace.__file__).parent]
    with suppress(GrimaceError):  # an installation without it
        ours.append(sample_video().parent)
    return any(folder.resolve().is_relative_to(place) for place in ours)


def _may_write(folder: Path) -> bool:
    # What rights say is not all: network drives refuse as they please.
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
