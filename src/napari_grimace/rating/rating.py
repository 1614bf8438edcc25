"""A person's rating of a recording, while it goes on."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.exchange.passes import one_pass
from napari_grimace.rating.history import History
from napari_grimace.rating.sides import side_scored, whole_scored
from napari_grimace.rating.values import Place, block_of, values_of
from napari_grimace.recording.journal_files import journal_facts
from napari_grimace.recording.record import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from napari_grimace.exchange.passes import RaterPass
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Record, Value
    from napari_grimace.recording.resolve import Conflict
    from napari_grimace.recording.store import RecordingStore

Edges = tuple[float, float, float, float]


class Rating:
    """What one person sets in a recording: boxes, scores, marks; with undo and redo.

    Each call that sets something returns when it is on the disk. Values of other
    raters are never touched.

    Parameters
    ----------
    store
        The recording.
    rater
        The person (or the consensus), who may be there already, and then goes on.
    time
        Gives the presentation time of a frame in s.

    Attributes
    ----------
    conflicts
        Where this rater has set one value differently at two desks.

    Raises
    ------
    RecordingError
        If the rater is a model, another rater has the label, or the recording cannot
        be read.
    """

    def __init__(
        self,
        store: RecordingStore,
        rater: Rater,
        time: Callable[[int], float] | None = None,
    ) -> None:
        self.rater = rater
        self._store = store
        self._time = time
        self._writer = store.journal(rater)
        self.read()

    def read(self) -> None:
        """Read anew what is on the disk, with what was set at other desks."""
        # Looked at before it is read: what comes meanwhile is then read twice.
        self._elsewhere = self._others()
        told = self._store.read_person(self.rater)
        records = [record for journal in told.journals for record in journal.records]
        self._values = values_of(told.block)
        for frame, note in told.notes.items():
            self._values.setdefault(frame, {})["note", ""] = note
        for label, frames in told.confirmed.items():
            for frame in frames:
                self._values.setdefault(frame, {})["confirmed", label] = True
        self._times = dict(
            zip(
                told.block["frame"].values.tolist(),
                told.block["time"].values.tolist(),
                strict=True,
            )
        )
        self.conflicts: list[Conflict] = list(told.conflicts)
        self._history = History(sorted(records, key=lambda record: record.time))

    def changed_elsewhere(self) -> bool:
        """Whether this rater has set anything at another desk since it was read.

        This is quick, for nothing is read; `read` then does.
        """
        known = self._elsewhere
        return any(known.get(name) != facts for name, facts in self._others().items())

    @property
    def frames(self) -> list[int]:
        """Frames on which the rater has set anything of one's own, in order."""
        return sorted(frame for frame, told in self._values.items() if _own(told))

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self._history.last)

    @property
    def can_redo(self) -> bool:
        """Whether anything was taken back last."""
        return bool(self._history.next)

    def values(self, frame: int) -> Mapping[Place, Value]:
        """Give what is set in a frame, by field and place."""
        return self._values.get(frame, {})

    def value(self, frame: int, field: str, at: str = "") -> Value:
        """Give one value; None (for marks False) where it is not set.

        ``confirmed`` is of one's own scores, or of the rater whose label is `at`.
        """
        missing = False if field in ("flag", "confirmed") else None
        return self.values(frame).get((field, at), missing)

    def is_rated(self, frame: int) -> bool:
        """Whether every unit of the scale was scored, or judged, in a frame."""
        told = self.values(frame)
        return all(("score", unit) in told for unit in self.rater.scale.unit_names)

    def score(self, frame: int, unit: str, value: Value, reason: str = "") -> None:
        """Score a unit, both sides at once.

        Parameters
        ----------
        frame
            Number of the frame.
        unit
            Name of the unit.
        value
            A level, ``"not_scorable"``, ``"region_not_found"``, or None: not rated.
        reason
            Why, in words.

        Raises
        ------
        RecordingError
            If the scale does not allow it, or the disk refuses; nothing is set then.
        """
        self.set({frame: whole_scored(self.rater.scale, unit, value)}, reason)

    def score_side(self, frame: int, region: str, value: Value) -> None:
        """Score one side of a unit; the unit's score follows by the scale's rule.

        A score of the whole unit says it of both sides: where no side was scored
        apart, the other side keeps it.

        Parameters
        ----------
        frame, region
            Where; of a unit with one region this is the same as to score the unit.
        value
            A level, or None: not rated, ``"not_scorable"``, ``"region_not_found"``.
            These take away this side's score alone, so that the unit follows from
            the other side; where that was not scored either, the unit gets them.

        Raises
        ------
        RecordingError
            As `score`.
        """
        told = self.values(frame)
        self.set({frame: side_scored(self.rater.scale, told, region, value)})

    def set(
        self,
        changed: Mapping[int, Mapping[Place, Value]],
        reason: str = "",
        *,
        settles: bool = False,
    ) -> list[Record]:
        """Set values in one or several frames, in one go.

        Parameters
        ----------
        changed
            For each frame the new values by field and place; None takes a value away.
        reason
            Why, in words.
        settles
            Whether this settles a conflict between desks: even values that stay as
            they are are then written.

        Returns
        -------
        list of Record
            What was written: only what differs from what was there.

        Raises
        ------
        RecordingError
            If the scale does not allow it, the video has no such frame, or the disk
            refuses; nothing is set then.
        """
        commits = []
        for frame, places in changed.items():
            told = (
                Change(field, at, self.value(frame, field, at), new)
                for (field, at), new in places.items()
            )
            kept = [change for change in told if settles or change.old != change.new]
            if kept:
                commits.append((frame, kept, ""))
        return self._write(commits, reason=reason, settles=settles)

    def undo(self) -> list[int]:
        """Take back what was set last, and give its frames; none if there is nothing.

        Raises
        ------
        RecordingError
            If it has since been set differently at another desk, or the disk refuses.
        """
        return self._take_back(self._history.last)

    def redo(self) -> list[int]:
        """Set anew what was taken back last, and give its frames."""
        return self._take_back(self._history.next)

    def settle(self, conflict: Conflict, value: Value) -> None:
        """Decide between the values that two desks have set."""
        place = conflict.field, conflict.at
        self.set({conflict.frame: {place: value}}, settles=True)
        self.conflicts.remove(conflict)

    def tell(self, frame: int, event: str) -> None:
        """Note that a frame was ``"shown"``, or that the work was ``"paused"``."""
        self._writer.commit(frame, seconds=self._seconds(frame), event=event)

    def as_pass(self) -> RaterPass:
        """Give everything as a pass of this rater, for curves and tables."""
        worked = {frame: self._values[frame] for frame in self.frames}
        return one_pass(block_of(self.rater, worked, self._times))

    def close(self) -> None:
        """End the work; everything is on the disk already."""
        self._writer.close()

    def _others(self) -> dict[str, tuple[int, int]]:
        """Give length and time of this rater's journals of other desks, by name."""
        found: dict[str, tuple[int, int]] = {}
        for label in self._store.names.labels(self.rater):
            found |= journal_facts(self._store.journals, label)
        found.pop(self._writer.path.name, None)
        return found

    def _seconds(self, frame: int) -> float | None:
        return None if self._time is None else self._time(frame)

    def _take_back(self, records: tuple[Record, ...]) -> list[int]:
        commits = []
        for record in reversed(records):
            changes = [change.undone() for change in reversed(record.changes)]
            for change in changes:
                if self.value(record.frame, change.field, change.at) != change.old:
                    self._history.forget(records)
                    raise RecordingError(
                        f"frame {record.frame}: {change.field} {change.at} cannot be "
                        "taken back, for it was set again at another desk. Set it by "
                        "hand."
                    )
            commits.append((record.frame, changes, record.id))
        self._write(commits)
        return sorted({record.frame for record in records})

    def _write(
        self,
        commits: Iterable[tuple[int, list[Change], str]],
        reason: str = "",
        *,
        settles: bool = False,
    ) -> list[Record]:
        told = list(commits)
        if not told:
            return []
        batch = uuid.uuid4().hex if len(told) > 1 else ""
        records = self._writer.commit_all(
            (
                frame,
                changes,
                {
                    "seconds": self._seconds(frame),
                    "reason": reason,
                    "settles": settles,
                    "undoes": undoes,
                    "batch": batch,
                },
            )
            for frame, changes, undoes in told
        )
        for record in records:
            self._take(record)
        self._history.add(records)
        return records

    def _take(self, record: Record) -> None:
        told = self._values.setdefault(record.frame, {})
        if record.seconds is not None:
            self._times[record.frame] = record.seconds
        for change in record.changes:
            if change.new is None or change.new is False:
                told.pop((change.field, change.at), None)
            else:
                told[change.field, change.at] = change.new


def _own(told: Mapping[Place, Value]) -> bool:
    """Whether anything but confirmations of others' scores is among values."""
    return any(not (field == "confirmed" and at) for field, at in told)
