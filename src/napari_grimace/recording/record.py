"""What people did, record by record, and what their scales allow of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec.structs import force_setattr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.rater import is_line
from napari_grimace.recording.schema import NOT_FOUND, NOT_SCORABLE, STATES
from napari_grimace.scales import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_grimace.recording.rater import Rater

Place = tuple[str, str]
"""Field of a `Change`, and the unit or region; see there."""

SHOWN, PAUSED = "shown", "paused"
"""Events of records."""

Value = float | bool | str | tuple[float, ...] | None


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One value that was changed.

    Attributes
    ----------
    field
        ``"score"``, ``"box"``, ``"region_score"``, ``"flag"``, ``"confirmed"`` or
        ``"note"``.
    at
        The unit of a score; the region of a box or a region's score; the label of the
        rater whose scores are confirmed, where these are not one's own; else empty.
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
        force_setattr(self, "old", _single(self.old))
        force_setattr(self, "new", _single(self.new))

    def undone(self) -> Change:
        """Give the change that takes this one back."""
        return Change(self.field, self.at, self.new, self.old)

    @property
    def is_of_another(self) -> bool:
        """Whether another rater's scores are confirmed."""
        return self.field == "confirmed" and self.at != ""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
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
        Whether it settles a conflict between writers, or takes that back (`undoes`).
    batch
        Shared by the records that were made in one go, and are taken back in one go;
        else empty.
    event
        What happened without a change: `SHOWN` when a frame came before the rater's
        eyes, `PAUSED` when the work was interrupted; else empty.
    """

    id: str
    time: str
    rater: str
    frame: int
    seconds: float | None
    if TYPE_CHECKING:
        changes: tuple[Change, ...]
    else:
        changes: msgspec.Raw  # until `decoded` has seen to it
    reason: str = ""
    undoes: str = ""
    settles: bool = False
    batch: str = ""
    event: str = ""


def now() -> str:
    """Give the time as records tell it: UTC, as ISO text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def check_change(change: Change, rater: Rater) -> None:
    """Raise `RecordingError` for a change that does not fit the rater's scale."""
    fault = _fault(change, rater)
    if fault:
        raise RecordingError(
            f"Rater {rater.label!r}: {change.field} {change.at} {change.new!r}: {fault}"
        )


def encoded(told: msgspec.Struct | Mapping[str, Any]) -> bytes:
    """Give a record, or a journal's header, as its line on the disk."""
    return msgspec.json.encode(told) + b"\n"


def decoded(lines: bytes, rater: Rater) -> list[Record]:
    """Read lines of records.

    People choose among few levels, so that the same few changes come again and again:
    each that is told in the same words is read and checked once.

    Raises
    ------
    msgspec.MsgspecError, ValueError, RecordingError
        If any line is damaged, or a change does not fit the rater's scale.
    """
    known: dict[bytes, tuple[Change, ...]] = {}
    records = _RECORD.decode_lines(lines)
    for record in records:
        words = bytes(record.changes)  # type: ignore[arg-type]
        changes = known.get(words)
        if changes is None:
            changes = known[words] = _CHANGES.decode(words)
            for change in changes:
                check_change(change, rater)
        force_setattr(record, "changes", changes)
    return records


_RECORD = msgspec.json.Decoder(Record)
_CHANGES = msgspec.json.Decoder(tuple[Change, ...])


def _fault(change: Change, rater: Rater) -> str:
    scale, new = rater.scale, change.new
    places = {
        "score": scale.unit_names,
        "box": scale.regions,
        "region_score": scale.regions,
        "flag": ("",),
        "confirmed": ("", *((change.at,) if is_line(change.at) else ())),
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
    if isinstance(value, tuple):
        return all(map(math.isfinite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _is_box(value: Value) -> bool:
    if not isinstance(value, tuple) or len(value) != 4 or not _is_finite(value):
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
    levels: tuple[int, ...] = LEVELS
    if change.field == "score":
        levels = rater.scale.unit(change.at).levels
    between = rater.kind == "consensus" or rater.scale.sides == "mean"
    if value in levels or (between and min(levels) <= value <= max(levels)):
        return ""
    return f"the levels are {', '.join(map(str, levels))}"


def _single(value: Any) -> Value:
    """Round numbers to single precision, as recordings keep them."""
    if value is None or isinstance(value, str):
        return value if value is None else str(value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    with np.errstate(over="ignore"):  # it is infinite then, and refused
        rounded = np.asarray(value, np.float64).astype(np.float32)
    if rounded.ndim:
        return tuple(rounded.astype(np.float64).tolist())
    return float(rounded)
