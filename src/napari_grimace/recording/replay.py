"""What people rated, as their journals tell, is put into the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_grimace.recording.build import rater_block
from napari_grimace.recording.join import widened
from napari_grimace.recording.resolve import Conflict, final_values
from napari_grimace.recording.schema import (
    NOT_FOUND,
    NOT_RATED,
    SCORED,
    STATES,
    VARIABLES,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.journal_files import Journal
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Place, Record, Value
    from napari_grimace.recording.resolve import Key, Values


class Replayed(NamedTuple):
    """What one rater's journals come to.

    Attributes
    ----------
    block
        A recording of the rater, with the frames of the journals added.
    conflicts
        Where writers contradict each other.
    notes
        Notes by frame; they are in the journals only.
    confirmed
        By label of another rater the frames whose scores this one confirms.
    """

    block: xr.Dataset
    conflicts: list[Conflict]
    notes: dict[int, str]
    confirmed: dict[str, frozenset[int]]


def apply_journals(block: xr.Dataset | None, journals: Sequence[Journal]) -> Replayed:
    """Put what one rater's journals tell into the rater's block.

    Parameters
    ----------
    block
        The frames that the rater has in the recording's store, or None.
    journals
        All journals of this rater, at least one.
    """
    records = [record for journal in journals for record in journal.records]
    block = _with_frames(block, journals[0].rater, records)
    values = _Values(block)
    finals, conflicts = final_values(journals, values.get)
    for place, by_frame in finals.items():
        values.put(place, by_frame)
    return Replayed(block, conflicts, _notes(finals), _confirmed(finals))


def notes_in(journals: Iterable[Journal]) -> dict[int, str]:
    """Give one rater's notes by frame; they are in the journals only."""
    told = list(journals)
    if not told:
        return {}
    finals, _ = final_values(told, lambda _: None)
    return _notes(finals)


def confirmed_by_others(block: xr.Dataset, frames: Collection[int]) -> xr.Dataset:
    """Mark frames of a rater's block, which others have confirmed; lazily."""
    marks = np.isin(block["frame"].values, [*frames])
    confirmed = block["confirmed"]
    return block.assign(confirmed=confirmed.copy(data=confirmed.data | marks))


def _notes(finals: Values) -> dict[int, str]:
    notes = finals.get(("note", ""), {})
    return {frame: str(note) for frame, note in notes.items() if note is not None}


def _confirmed(finals: Values) -> dict[str, frozenset[int]]:
    return {
        at: frozenset(frame for frame, value in by_frame.items() if value is True)
        for (field, at), by_frame in finals.items()
        if field == "confirmed" and at
    }


def _with_frames(
    block: xr.Dataset | None, rater: Rater, records: Sequence[Record]
) -> xr.Dataset:
    """Give a copy of the block, in memory, with the frames of records added."""
    told = {r.frame: r.seconds for r in reversed(records) if r.seconds is not None}
    rated = {record.frame for record in records if not _is_of_others(record)}
    frames = np.array(sorted(rated), np.int64)
    if block is None:
        return rater_block(
            rater, frames, [told.get(f, np.nan) for f in frames.tolist()]
        )
    frames = np.union1d(block["frame"].values, frames)
    block = widened(block, {"frame": frames}).compute().copy(deep=True)
    times = block["time"].values.copy()
    for i in np.flatnonzero(np.isnan(times)):
        times[i] = told.get(int(frames[i]), np.nan)
    return block.assign_coords(time=("frame", times))


def _is_of_others(record: Record) -> bool:
    """Whether a record is of other raters' scores alone."""
    changes = record.changes
    return bool(changes) and all(change.is_of_another for change in changes)


class _Values:
    """The values of a one-rater block, which are changed in place."""

    def __init__(self, block: xr.Dataset) -> None:
        self._arrays = {name: block[name].values[0] for name in VARIABLES}
        self._frames = block["frame"].values
        self._places = {
            (dim, str(name)): i
            for dim in ("unit", "region")
            for i, name in enumerate(block[dim].values)
        }

    def get(self, key: Key) -> Value:
        """Give a value, as a change tells it; a block holds no notes."""
        frame, field, at = key
        if field == "note":
            return None
        if field == "confirmed" and at:  # is another rater's
            return False
        row, place = np.searchsorted(self._frames, frame), self._index(field, at)
        value = self._arrays[field][row, *place]
        if field in ("flag", "confirmed"):
            return bool(value)
        if field == "box":
            if np.isfinite(value).all():
                return tuple(map(float, value))
            absent = self._arrays["box_confidence"][row, *place] == 0
            return STATES[NOT_FOUND] if absent else None
        if field == "score":
            state = int(self._arrays["state"][row, *place])
            if state not in (NOT_RATED, SCORED):
                return STATES[state]
        return float(value) if np.isfinite(value) else None

    def put(self, place: Place, by_frame: Mapping[int, Value]) -> None:
        """Set what one place has in some frames."""
        field, at = place
        if field == "note" or (field == "confirmed" and at):
            return
        frames = np.fromiter(by_frame, np.int64, len(by_frame))
        rows = np.searchsorted(self._frames, frames)
        index = (rows, *self._index(field, at))
        values = [*by_frame.values()]
        if field == "box":
            self._put_boxes(index, values)
            return
        told = [None if value.__class__ is str else value for value in values]
        numbers = np.array(told, np.float64)  # None becomes NaN
        self._arrays[field][index] = numbers
        if field == "score":
            states = np.where(np.isnan(numbers), NOT_RATED, SCORED)
            for i in [i for i, value in enumerate(values) if value.__class__ is str]:
                states[i] = STATES.index(values[i])
            self._arrays["state"][index] = states

    def _put_boxes(self, index: tuple[Any, ...], values: Sequence[Value]) -> None:
        absent = np.array([value == STATES[NOT_FOUND] for value in values])
        nothing = (np.nan,) * 4
        edges = np.array(
            [value if isinstance(value, tuple) else nothing for value in values],
            np.float32,
        )
        confidence = self._arrays["box_confidence"]
        # A confidence belongs to the box that was there before.
        same = _equal(self._arrays["box"][index], edges)
        same &= np.isfinite(edges[:, 0]) | (absent == (confidence[index] == 0))
        self._arrays["box"][index] = edges
        confidence[index] = np.where(
            same, confidence[index], np.where(absent, 0, np.nan)
        )

    def _index(self, field: str, at: str) -> tuple[int, ...]:
        if not at:  # a flag has no place
            return ()
        return (self._places["unit" if field == "score" else "region", at],)


def _equal(some: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    alike = (some == others) | (np.isnan(some) & np.isnan(others))
    return np.asarray(alike.all(axis=-1))
