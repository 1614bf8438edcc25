"""Where the rows of a run go: memory, or a recording on disk, block by block."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.recording.build import rater_block
from napari_grimace.recording.files import open_recording
from napari_grimace.recording.store import SUFFIX, RecordingStore

from .batches import Rows
from .quality import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.rater import Rater

BLOCK = 64  # frames
SECONDS = 3.0  # so often a window shows what is new, and no more is lost by a kill


class Sink(Protocol):
    """Takes rows, and gives the recording at the end."""

    def done(self) -> NDArray[np.int64]:
        """Frames of this rater that are there already."""
        ...

    def append(self, rows: Rows) -> None:
        """Add frames."""
        ...

    def result(self) -> xr.Dataset:
        """Give the recording, with the frames that were there before."""
        ...


class MemorySink:
    """Keeps rows in memory: about half a kilobyte a frame."""

    def __init__(
        self,
        rater: Rater,
        attrs: Mapping[str, Any],
        subject: Mapping[str, Any] | None = None,
    ) -> None:
        self._rater = rater
        self._attrs = attrs
        self._subject = subject
        self._parts: list[Rows] = []

    def done(self) -> NDArray[np.int64]:
        """Give the frames that are there already."""
        return np.empty(0, np.int64)

    def append(self, rows: Rows) -> None:
        """Keep frames."""
        self._parts.append(rows)

    def result(self) -> xr.Dataset:
        """Put the recording together."""
        rows = Rows.join(self._parts)
        return block(self._rater, rows, self._attrs, self._subject)


class StoreSink:
    """Adds to a recording on disk, and goes on where an earlier run stopped."""

    def __init__(
        self,
        path: Path,
        rater: Rater,
        attrs: Mapping[str, Any],
        *,
        resume: bool = True,
        subject: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = path
        self._attrs = attrs
        if path.exists():
            self._store = RecordingStore.open(path)
            self._store.check_video(attrs)
        else:
            self._store = RecordingStore.create(path, attrs, subject=subject)
        known = rater.label in {other.label for other in self._store.raters}
        if known and not resume:
            raise RecordingError(
                f"{path} has frames by {rater.label!r} already: choose another "
                "output, or let the run go on after them (resume=True)."
            )
        self._rater = self._store.go_on(rater) if known else rater
        self._store.add_rater(self._rater)

    def done(self) -> NDArray[np.int64]:
        """Give the frames that are there already."""
        return self._store.frames(self._rater.label)

    def append(self, rows: Rows) -> None:
        """Write frames as one block."""
        self._store.append(self._rater.label, block(self._rater, rows, self._attrs))

    def result(self) -> xr.Dataset:
        """Open the recording, lazily."""
        return open_recording(self.path)


class Writer:
    """Gathers batches into blocks; what is left is written on leaving, come what may.

    Small blocks cost time, large ones are lost when the run is killed: a block is
    written when it has 64 frames, or 3 seconds after the one before.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting: list[Rows] = []
        self.written = time.monotonic()

    def add(self, rows: Rows) -> None:
        """Take a batch."""
        self._waiting.append(rows)
        late = time.monotonic() - self.written > SECONDS
        if late or sum(map(len, self._waiting)) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        rows, self._waiting = Rows.join(self._waiting), []
        self._sink.append(rows)
        self.written = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()


def open_sink(
    output: str | Path | None,
    rater: Rater,
    attrs: Mapping[str, Any],
    *,
    resume: bool = True,
    subject: Mapping[str, Any] | None = None,
) -> Sink:
    """Choose where rows go.

    `output` is a recording (NAME.grimace), a folder for it (it becomes
    folder/SOURCE.grimace), or None for memory.
    """
    if output is None:
        return MemorySink(rater, attrs, subject)
    path = recording_path(output, str(attrs.get("source") or "video"))
    return StoreSink(path, rater, attrs, resume=resume, subject=subject)


def recording_path(output: str | Path, source: str) -> Path:
    """Path of the recording of a video named `source` for a given `output`."""
    output = Path(output).expanduser()
    if output.suffix == SUFFIX:
        return output
    return output / (Path(source).stem + SUFFIX)


def block(
    rater: Rater,
    rows: Rows,
    attrs: Mapping[str, Any],
    subject: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Make a valid recording of some frames."""
    return rater_block(
        rater,
        rows.frame,
        rows.time,
        box=rows.box,
        box_confidence=rows.box_confidence,
        score=rows.score,
        state=rows.state,
        probability=rows.probability,
        region_score=rows.region_score,
        region_probability=rows.region_probability,
        flag=rows.flag,
        quality=dict(zip(MEASURES, rows.quality.T, strict=True)),
        face_count=rows.face_count,
        video=attrs,
        subject=subject,
    )
