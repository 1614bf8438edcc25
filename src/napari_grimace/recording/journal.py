"""Journals: what people rate is on disk as soon as they have rated it.

A journal is a text file of one JSON record per line, for one rater and one writer (a
program that is open at a desk), ``RATER.WRITER.jsonl``. The first record tells the
rater, each following one is a commit: the changes made to one frame at one time. Files
are only ever appended to, so that several writers work on a shared folder safely.

Version 2 added `Record.batch` and `Record.event`, notes, and boxes that are not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.recording.disk import disk_errors, group_name
from napari_grimace.recording.rater import is_line
from napari_grimace.recording.schema import NOT_FOUND, NOT_SCORABLE, STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import FileIO

    from napari_grimace.recording.rater import Rater

JOURNAL_VERSION = 2

Value = float | bool | str | tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Change:
    """One value that was changed.

    Attributes
    ----------
    field
        ``"score"``, ``"box"``, ``"region_score"``, ``"flag"``, ``"confirmed"`` or
        ``"note"``.
    at
        The unit of a score; the region of a box or a region's score; else empty.
    old, new
        The value before and after. A score is a level, ``"not_scorable"``,
        ``"region_not_found"``, or None for not rated; a box its four edges,
        ``"region_not_found"`` where a model is wrong to see one, or None; a flag or
        confirmation True or False; a note a line of text, or None.
    """

    field: str
    at: str
    old: Value
    new: Value

    def __post_init__(self) -> None:
        for key in ("old", "new"):
            object.__setattr__(self, key, _single(getattr(self, key)))

    def undone(self) -> Change:
        """Give the change that takes this one back."""
        return Change(self.field, self.at, self.new, self.old)


@dataclass(frozen=True, slots=True)
class Record:
    """One commit of a journal.

    Attributes
    ----------
    id
        Unique among all journals.
    time
        When it was made, UTC, as ISO text.
    rater
        The rater's label.
    frame, seconds
        The frame's number and its presentation time in s (None where unknown, which
        is NaN in the recording).
    changes
        What was changed.
    reason
        Why, in words (of a flag, say), or empty.
    undoes
        The record that this one takes back, or empty.
    settles
        Whether it settles a conflict between writers.
    batch
        Shared by the records that were made in one go, and are taken back in one go;
        else empty.
    event
        What happened without a change: ``"shown"`` when a frame came before the
        rater's eyes, ``"paused"`` when the work was interrupted; else empty.
    """

    id: str
    time: str
    rater: str
    frame: int
    seconds: float | None
    changes: tuple[Change, ...]
    reason: str = ""
    undoes: str = ""
    settles: bool = False
    batch: str = ""
    event: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """Build a record from what a line of a journal tells."""
        changes = tuple(Change(**change) for change in data["changes"])
        return cls(**{**data, "frame": int(data["frame"]), "changes": changes})


class JournalWriter:
    """Writes one journal; the file appears with the first commit.

    Parameters
    ----------
    folder
        The recording's folder of journals.
    rater
        Who rates: a person or a consensus.
    frame_count
        Frames of the video, where it is known: no other may be rated.

    Raises
    ------
    RecordingError
        If the rater is a model.
    """

    def __init__(
        self, folder: str | Path, rater: Rater, frame_count: int | None = None
    ) -> None:
        if rater.kind == "model":
            raise RecordingError(
                f"{rater.label!r} is a model: append its frames to the recording; "
                "journals are for people."
            )
        self.rater = rater
        self.frame_count = frame_count
        self.writer = uuid.uuid4().hex
        name = f"{group_name(rater.label)}.{self.writer}.jsonl"
        self.path = Path(folder) / name
        self._file: FileIO | None = None
        self._count = 0

    def commit(
        self,
        frame: int,
        changes: Iterable[Change] = (),
        **facts: Any,
    ) -> Record:
        """Write the changes made to a frame; they are on the disk when this returns.

        Parameters
        ----------
        frame, changes
            See `Record`.
        **facts
            Further fields of `Record`: `seconds`, `reason`, `settles`, `undoes`,
            `batch`, `event`.

        Raises
        ------
        RecordingError
            If the video has no such frame, a change does not fit the rater's scale,
            or the disk refuses; then nothing is written.
        """
        return self.commit_all([(frame, changes, facts)])[0]

    def commit_all(
        self, commits: Iterable[tuple[int, Iterable[Change], Mapping[str, Any]]]
    ) -> list[Record]:
        """Write changes to several frames at once: all, or none.

        Parameters
        ----------
        commits
            For each record the frame, its changes and further fields, as in `commit`.

        Raises
        ------
        RecordingError
            As `commit`.
        """
        records = [
            self._record(number, *commit)
            for number, commit in enumerate(commits, start=self._count + 1)
        ]
        with disk_errors(self.path):
            self._write(b"".join(_line(asdict(record)) for record in records))
        self._count += len(records)
        return records

    def undo(self, record: Record) -> Record:
        """Take a commit back, by a commit of the opposite changes."""
        changes = [change.undone() for change in reversed(record.changes)]
        return self.commit(
            record.frame, changes, seconds=record.seconds, undoes=record.id
        )

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _record(
        self,
        number: int,
        frame: int,
        changes: Iterable[Change],
        facts: Mapping[str, Any],
    ) -> Record:
        self._check_frame(frame)
        record = Record(
            id=f"{self.writer}.{number}",
            time=_now(),
            rater=self.rater.label,
            frame=int(frame),
            changes=tuple(changes),
            **{**facts, "seconds": _known(facts.get("seconds"))},
        )
        for change in record.changes:
            check_change(change, self.rater)
        return record

    def _check_frame(self, frame: int) -> None:
        if not isinstance(frame, int | np.integer) or frame < 0:
            raise RecordingError(
                f"frame {frame!r} cannot be rated: give a whole number from 0."
            )
        if self.frame_count is not None and frame >= self.frame_count:
            raise RecordingError(
                f"frame {frame} is beyond the video, which has {self.frame_count} "
                "frames: give the number of one of them."
            )

    def _write(self, line: bytes) -> None:
        if self._file is None:
            self.path.parent.mkdir(exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
            _sync_folder(self.path.parent)
        whole = os.fstat(self._file.fileno()).st_size
        left = memoryview(line if whole else self._header() + line)
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            # Without the torn part, the next record can be read.
            with contextlib.suppress(OSError):
                self._file.truncate(whole)
            raise

    def _header(self) -> bytes:
        return _line(
            {
                "journal": JOURNAL_VERSION,
                "writer": self.writer,
                "time": _now(),
                "rater": self.rater.to_dict(),
            }
        )


def check_change(change: Change, rater: Rater) -> None:
    """Raise `RecordingError` for a change that does not fit the rater's scale."""
    fault = _fault(change, rater)
    if fault:
        raise RecordingError(
            f"Rater {rater.label!r}: {change.field} {change.at} {change.new!r}: {fault}"
        )


def _fault(change: Change, rater: Rater) -> str:
    scale, new = rater.scale, change.new
    places = {
        "score": scale.unit_names,
        "box": scale.regions,
        "region_score": scale.regions,
        "flag": ("",),
        "confirmed": ("",),
        "note": ("",),
    }
    if change.field not in places:
        return f"there is no such field; fields are {', '.join(places)}"
    if change.at not in places[change.field]:
        return (
            f"scale {scale.name!r} has no such place: {', '.join(places[change.field])}"
        )
    if not _is_finite(change.old):
        return f"it was {change.old!r} before: give None where there was no value"
    if change.field in ("flag", "confirmed"):
        return "" if isinstance(new, bool) else "give True or False"
    if new is None:
        return ""
    if change.field == "note":
        return "" if is_line(new) else "give a line of text"
    if change.field == "box":
        fits = _is_box(new) or new == STATES[NOT_FOUND]
        return "" if fits else "give y_min, x_min, y_max, x_max"
    return _score_fault(change, rater)


def _is_finite(value: Value) -> bool:
    return not isinstance(value, float | tuple) or bool(np.isfinite(value).all())


def _is_box(value: Value) -> bool:
    if not isinstance(value, tuple) or len(value) != 4 or not np.isfinite(value).all():
        return False
    y_min, x_min, y_max, x_max = value
    return y_min <= y_max and x_min <= x_max


def _score_fault(change: Change, rater: Rater) -> str:
    if change.field == "score" and change.new in (
        STATES[NOT_SCORABLE],
        STATES[NOT_FOUND],
    ):
        return ""
    value = change.new
    if not isinstance(value, float):
        return f"give a level, {STATES[NOT_SCORABLE]!r} or {STATES[NOT_FOUND]!r}"
    levels: tuple[int, ...] = (0, 1, 2)
    if change.field == "score":
        levels = rater.scale.unit(change.at).levels
    between = rater.kind == "consensus" or rater.scale.sides == "mean"
    if value in levels or (between and min(levels) <= value <= max(levels)):
        return ""
    return f"the levels are {', '.join(map(str, levels))}"


def _known(seconds: float | None) -> float | None:
    return float(seconds) if seconds is not None and np.isfinite(seconds) else None


def _single(value: Any) -> Value:
    """Round numbers to single precision, as recordings keep them."""
    if value is None or isinstance(value, str | bool | np.bool_):
        return bool(value) if isinstance(value, np.bool_) else value
    if np.ndim(value):
        return tuple(float(np.float32(edge)) for edge in value)
    return float(np.float32(value))


def _sync_folder(folder: Path) -> None:
    """Make sure that a new file is found after a power cut, where that can be done."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _line(record: dict[str, Any]) -> bytes:
    text = json.dumps(
        record, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return text.encode() + b"\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
