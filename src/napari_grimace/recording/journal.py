"""Journals: what people rate is on disk as soon as they have rated it.

A journal is a text file of one JSON record per line, for one rater and one writer (a
program that is open at a desk), ``RATER.WRITER.jsonl``. The first record tells the
rater, each following one is a commit: the changes made to one frame at one time. Files
are only ever appended to, so that several writers work on a shared folder safely.

Version 2 added `Record.batch` and `Record.event`, notes, boxes that are not there, and
confirmations of other raters' scores.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.recording.disk import disk_errors, group_name, sync_folder
from napari_grimace.recording.record import (
    Change,
    Record,
    check_change,
    decoded,
    encoded,
    now,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import FileIO

    from napari_grimace.recording.rater import Rater

JOURNAL_VERSION = 2


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
        self._kept = 0  # bytes that are on the disk for sure

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
        lines = b"".join(map(self._line, records))
        with disk_errors(self.path):
            self._write(lines)
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
        file, self._file = self._file, None
        if file is not None:
            file.close()

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
            time=now(),
            rater=self.rater.label,
            frame=int(frame),
            changes=tuple(changes),
            **{**facts, "seconds": _known(facts.get("seconds"))},
        )
        for change in record.changes:
            check_change(change, self.rater)
        return record

    def _line(self, record: Record) -> bytes:
        """Give a record's line, which is sure to be read again."""
        try:
            line = encoded(record)
            decoded(line, self.rater)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise RecordingError(
                f"frame {record.frame}: the rating cannot be written: {error}."
            ) from error
        return line

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

    def _write(self, lines: bytes) -> None:
        file = self._opened()
        lines = lines if self._kept else self._header() + lines
        left = memoryview(lines)
        try:
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            # Without the torn part, the next record can be read. What cannot be taken
            # away now is so before the next record, by a new handle: that of a network
            # share that was away is of no use any more.
            with contextlib.suppress(OSError):
                file.truncate(self._kept)
            with contextlib.suppress(OSError):
                self.close()
            raise
        self._kept += len(lines)

    def _opened(self) -> FileIO:
        """Give the file at the journal's path: it holds what was committed, no more."""
        there = _facts(self.path)
        if self._kept and (there is None or there.st_size < self._kept):
            self.close()
            raise RecordingError(
                f"{self.path}: is not there any more, or not whole: the file, or a "
                "folder above it, was moved, deleted or changed while it was in use. "
                "This rating was not written; those before are in the file. Put it "
                "back and rate again, or open the recording where it is now."
            )
        # Another file of this name is a copy of ours, put back.
        if self._file is not None and there is not None:
            mine = os.fstat(self._file.fileno())
            if not os.path.samestat(mine, there):
                self.close()
        if self._file is None:
            _make_folder(self.path.parent)
            self._file = self.path.open("ab", buffering=0)
            sync_folder(self.path.parent)
        if os.fstat(self._file.fileno()).st_size > self._kept:
            self._file.truncate(self._kept)
        return self._file

    def _header(self) -> bytes:
        return encoded(
            {
                "journal": JOURNAL_VERSION,
                "writer": self.writer,
                "time": now(),
                "rater": self.rater.to_dict(),
            }
        )


def _known(seconds: float | None) -> float | None:
    return float(seconds) if seconds is not None and np.isfinite(seconds) else None


def _facts(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
