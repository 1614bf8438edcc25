"""Journals are read, and what people rated is put into the recording."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import GrimaceError, GrimaceWarning, RecordingError
from napari_grimace.recording.build import rater_block
from napari_grimace.recording.join import widened
from napari_grimace.recording.journal import (
    JOURNAL_VERSION,
    Record,
    Value,
    check_change,
)
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.schema import (
    NOT_FOUND,
    NOT_RATED,
    SCORED,
    STATES,
    VARIABLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import xarray as xr

    Key = tuple[int, str, str]  # frame, field, unit or region


@dataclass(frozen=True, slots=True)
class Journal:
    """What one writer wrote for one rater, in order."""

    path: Path
    writer: str
    rater: Rater
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two writers changed the same old value of one rater.

    Attributes
    ----------
    rater, frame, field, at
        Where; see `Change`.
    values
        For each writer what it last set, and when: (writer, time, value).
    kept
        The value that is used until the conflict is settled: the last set.
    """

    rater: str
    frame: int
    field: str
    at: str
    values: tuple[tuple[str, str, Value], ...]
    kept: Value

    def __str__(self) -> str:
        place = f"{self.field} {self.at}".strip()
        told = ", ".join(f"{value!r} ({time})" for _, time, value in self.values)
        return f"{self.rater}, frame {self.frame}, {place}: {told}; used: {self.kept!r}"


@dataclass(frozen=True, slots=True)
class _Step:
    """A change, with who made it and when."""

    time: str
    writer: str
    old: Value
    new: Value
    settles: bool

    @property
    def turn(self) -> tuple[bool, str, str]:
        """Order among steps of several writers; what settles them comes last."""
        return self.settles, self.time, self.writer


def read_journals(folder: Path, label: str | None = None) -> list[Journal]:
    """Read the journals of a recording, oldest first.

    Parameters
    ----------
    folder
        The recording's folder of journals.
    label
        The rater whose journals to read; without it, all are read.

    Raises
    ------
    RecordingError
        If a file cannot be read, or was written by a newer version.

    Warns
    -----
    GrimaceWarning
        If a record is torn or damaged and was left out.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        if label is not None and _label_of(path) not in (None, label):
            continue
        lines = _lines(path)
        if lines:
            found.append((str(lines[0][1].get("time", "")), _journal(path, lines)))
    return [journal for _, journal in sorted(found, key=lambda item: item[0])]


def apply_journals(
    block: xr.Dataset | None, journals: Sequence[Journal]
) -> tuple[xr.Dataset, list[Conflict]]:
    """Put what one rater's journals tell into the rater's block.

    Parameters
    ----------
    block
        The frames that the rater has in the recording's store, or None.
    journals
        All journals of this rater, at least one.

    Returns
    -------
    block : Dataset
        A recording of the rater, with the frames of the journals added.
    conflicts : list of Conflict
        Where writers contradict each other.
    """
    rater = journals[0].rater
    records = [record for journal in journals for record in journal.records]
    block = _with_frames(block, rater, records)
    values = _Values(block)
    conflicts = []
    for key, steps in _steps(journals).items():
        final, contradicted = _resolve(steps, values.get(key))
        values.put(key, final)
        if contradicted:
            last = tuple((s[-1].writer, s[-1].time, s[-1].new) for s in steps)
            conflicts.append(Conflict(rater.label, *key, values=last, kept=final))
    return values.block(), conflicts


def notes_in(journals: Iterable[Journal]) -> dict[int, str]:
    """Give one rater's notes by frame; they are in the journals only."""
    steps = {key: told for key, told in _steps(journals).items() if key[1] == "note"}
    finals = {key[0]: _resolve(told, None)[0] for key, told in steps.items()}
    return {frame: str(note) for frame, note in finals.items() if note is not None}


def _label_of(path: Path) -> str | None:
    """Read the rater's label alone; None where reading it all tells what is wrong."""
    try:
        with path.open("rb") as file:
            return str(json.loads(file.readline())["rater"]["label"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read ({error.strerror}). Check its permissions."
        ) from error
    *whole, torn = content.split(b"\n")
    kept = []
    for number, line in enumerate(whole, start=1):
        try:
            kept.append((number, dict(json.loads(line))))
        except (ValueError, TypeError):
            _notice(path, f"line {number} is damaged and was left out")
    if torn:
        _notice(path, "its last record was torn off while it was written: left out")
    return kept


def _journal(path: Path, lines: Sequence[tuple[int, dict[str, Any]]]) -> Journal:
    header = lines[0][1]
    if int(header.get("journal", 0)) > JOURNAL_VERSION:
        raise RecordingError(f"{path}: is of a newer version. Update napari-grimace.")
    try:
        writer, rater = str(header["writer"]), Rater.from_dict(header["rater"])
    except (KeyError, TypeError, ValueError, GrimaceError) as error:
        raise RecordingError(
            f"{path}: its first line does not tell the rater ({error!r}). Put the file "
            "back from a backup, or copy the first line of another of its journals."
        ) from error
    records = []
    for number, line in lines[1:]:
        try:
            record = Record.from_dict(line)
            for change in record.changes:
                check_change(change, rater)
            records.append(record)
        except (KeyError, TypeError, ValueError, GrimaceError) as error:
            _notice(path, f"line {number} was left out ({error})")
    return Journal(path, writer, rater, tuple(records))


def _notice(path: Path, problem: str) -> None:
    warnings.warn(f"{path}: {problem}.", GrimaceWarning, stacklevel=4)


def _with_frames(
    block: xr.Dataset | None, rater: Rater, records: Iterable[Record]
) -> xr.Dataset:
    seconds: dict[int, float | None] = {}
    for record in records:
        if seconds.get(record.frame) is None:
            seconds[record.frame] = record.seconds
    if block is None:
        block = rater_block(rater, [], [])
    frames = np.union1d(block["frame"].values, np.array(list(seconds), np.int64))
    block = widened(block, {"frame": frames}).compute()
    times = block["time"].values.copy()
    for i, frame in enumerate(frames):
        told = seconds.get(int(frame))
        if np.isnan(times[i]) and told is not None:
            times[i] = told
    return block.assign_coords(time=("frame", times))


def _steps(journals: Iterable[Journal]) -> dict[Key, list[list[_Step]]]:
    """For each value that was changed: for each writer its changes in order."""
    found: dict[Key, dict[str, list[_Step]]] = {}
    for journal in journals:
        for record in journal.records:
            for change in record.changes:
                key = (record.frame, change.field, change.at)
                step = _Step(
                    record.time, journal.writer, change.old, change.new, record.settles
                )
                found.setdefault(key, {}).setdefault(journal.writer, []).append(step)
    return {key: list(writers.values()) for key, writers in found.items()}


def _resolve(sequences: Sequence[Sequence[_Step]], value: Value) -> tuple[Value, bool]:
    """Find the final value, and whether writers contradict each other.

    A step that changes the present value follows from it, whatever the clocks of the
    desks say. Where none does, and it is not the same writer who goes on, two writers
    have changed the same old value.
    """
    waiting = [list(steps) for steps in sequences]
    contradicted, writer = False, ""
    while any(waiting):
        heads = [steps for steps in waiting if steps]
        following = [steps for steps in heads if steps[0].old == value]
        chosen = min(following or heads, key=lambda steps: steps[0].turn)
        step = chosen.pop(0)
        if step.settles:
            contradicted = False
        elif not following and step.new != value and writer not in ("", step.writer):
            contradicted = True
        value, writer = step.new, step.writer
    if contradicted:
        value = max((steps[-1] for steps in sequences), key=lambda s: s.time).new
    return value, contradicted


class _Values:
    """The values of a one-rater block, as journals tell them."""

    def __init__(self, block: xr.Dataset) -> None:
        self._block = block
        self._notes: dict[int, Value] = {}
        self._arrays = {name: block[name].values.copy() for name in VARIABLES}
        self._rows = {int(frame): i for i, frame in enumerate(block["frame"].values)}
        self._places = {
            (dim, str(name)): i
            for dim in ("unit", "region")
            for i, name in enumerate(block[dim].values)
        }

    def block(self) -> xr.Dataset:
        """Give the block with the values that were put."""
        arrays = {n: self._block[n].copy(data=a) for n, a in self._arrays.items()}
        return self._block.assign(arrays)

    def get(self, key: Key) -> Value:
        if key[1] == "note":
            return self._notes.get(key[0])
        row, field, place = self._index(key)
        value = self._arrays[field][0, row, place]
        if field in ("flag", "confirmed"):
            return bool(value)
        if field == "box":
            if np.isfinite(value).all():
                return tuple(map(float, value))
            absent = self._arrays["box_confidence"][0, row, place] == 0
            return STATES[NOT_FOUND] if absent else None
        if field == "score":
            state = int(self._arrays["state"][0, row, place])
            if state not in (NOT_RATED, SCORED):
                return STATES[state]
        return float(value) if np.isfinite(value) else None

    def put(self, key: Key, value: Value) -> None:
        if value == self.get(key):
            return
        if key[1] == "note":
            self._notes[key[0]] = value
            return
        row, field, place = self._index(key)
        if field == "score":
            state = STATES.index(value) if isinstance(value, str) else NOT_RATED
            scored = isinstance(value, float)
            self._arrays["state"][0, row, place] = SCORED if scored else state
            value = value if scored else None
        if field == "box":  # a confidence belongs to the box that was there before
            absent = value == STATES[NOT_FOUND]
            self._arrays["box_confidence"][0, row, place] = 0 if absent else np.nan
            value = None if absent else value
        self._arrays[field][0, row, place] = np.nan if value is None else value

    def _index(self, key: Key) -> tuple[int, str, Any]:
        frame, field, at = key
        if not at:  # a flag has no place: what is left is one value
            return self._rows[frame], field, ...
        dim = "unit" if field == "score" else "region"
        return self._rows[frame], field, self._places[dim, at]
