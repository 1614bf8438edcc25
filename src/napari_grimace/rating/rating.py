"""A person's rating of a recording, while it goes on."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import RecordingError
from napari_grimace.exchange.passes import one_pass
from napari_grimace.rating.history import History, in_order
from napari_grimace.rating.rater_values import RaterValues
from napari_grimace.rating.settle import decided, to_write
from napari_grimace.rating.sides import side_scored, whole_scored
from napari_grimace.recording.journal_files import journal_facts
from napari_grimace.recording.record import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from napari_grimace.exchange.passes import RaterPass
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Place, Record, Value
    from napari_grimace.recording.resolve import Conflict
    from napari_grimace.recording.store import RecordingStore

Edges = tuple[float, float, float, float]
_Commit = tuple[int, "list[Change]", "Mapping[str, Any]"]  # frame, changes, facts


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
        read = self._store.read_person(self.rater)
        self._values = RaterValues(read)
        self.conflicts: list[Conflict] = list(read.conflicts)
        self._history = History(in_order(j.records for j in read.journals))

    def changed_elsewhere(self) -> bool:
        """Whether this rater has set anything at another desk since it was read.

        This is quick, for nothing is read; `read` then does.
        """
        known = self._elsewhere
        return any(known.get(name) != facts for name, facts in self._others().items())

    @property
    def frames(self) -> list[int]:
        """Frames on which the rater has set anything of one's own, in order."""
        return self._values.frames

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
        return self._values.values(frame)

    def value(self, frame: int, field: str, at: str = "") -> Value:
        """Give one value; None (for marks False) where it is not set.

        ``confirmed`` is of one's own scores, or of the rater whose label is `at`.
        """
        return self._values.value(frame, field, at)

    def is_rated(self, frame: int) -> bool:
        """Whether every unit of the scale was scored, or judged, in a frame."""
        told = self.values(frame)
        return all(("score", unit) in told for unit in self.rater.scale.unit_names)

    def score(
        self, frame: int, unit: str, value: Value, reason: str = ""
    ) -> list[Record]:
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

        Returns
        -------
        list of Record
            What was written; see `set`.

        Raises
        ------
        RecordingError
            If the scale does not allow it, or the disk refuses; nothing is set then.
        """
        return self.set({frame: whole_scored(self.rater.scale, unit, value)}, reason)

    def score_side(self, frame: int, region: str, value: Value) -> list[Record]:
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
        return self.set({frame: side_scored(self.rater.scale, told, region, value)})

    def set(
        self,
        changed: Mapping[int, Mapping[Place, Value]],
        reason: str = "",
    ) -> list[Record]:
        """Set values in one or several frames, in one go.

        What was set differently at two desks is settled by setting it anew, even to
        the value that it has.

        Parameters
        ----------
        changed
            For each frame the new values by field and place; None takes a value away.
        reason
            Why, in words.

        Returns
        -------
        list of Record
            What was written: only what differs from what was there, or settles it.

        Raises
        ------
        RecordingError
            If the scale does not allow it, the video has no such frame, or the disk
            refuses; nothing is set then.
        """
        commits: list[_Commit] = []
        for frame, places in changed.items():
            told = {
                (field, at): Change(field, at, self.value(frame, field, at), new)
                for (field, at), new in places.items()
            }
            divided = {(c.field, c.at) for c in self.conflicts if c.frame == frame}
            new, settling = to_write(self.rater.scale, told, divided)
            commits += [(frame, new, {"reason": reason})] if new else []
            facts = {"reason": reason, "settles": True}
            commits += [(frame, settling, facts)] if settling else []
        records = self._write(commits)
        done = {
            (record.frame, change.field, change.at)
            for record in records
            for change in record.changes
            if record.settles
        }
        self.conflicts = [
            c for c in self.conflicts if (c.frame, c.field, c.at) not in done
        ]
        return records

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
        told, place = self.values(conflict.frame), (conflict.field, conflict.at)
        self.set({conflict.frame: decided(self.rater.scale, told, place, value)})

    def tell(self, frame: int, event: str) -> None:
        """Note that a frame was `SHOWN`, or that the work was `PAUSED`."""
        self._writer.commit(frame, seconds=self._seconds(frame), event=event)

    def as_pass(self) -> RaterPass:
        """Give everything as a pass of this rater, for curves and tables."""
        return one_pass(self._values.block(self.rater))

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
        commits: list[_Commit] = []
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
            facts = {"undoes": record.id, "settles": record.settles}
            commits.append((record.frame, changes, facts))
        self._write(commits)
        if any(record.settles for record in records):
            self.read()  # there is a conflict again, or none any more
        return sorted({record.frame for record in records})

    def _write(self, commits: Sequence[_Commit]) -> list[Record]:
        if not commits:
            return []
        batch = uuid.uuid4().hex if len(commits) > 1 else ""
        records = self._writer.commit_all(
            (frame, changes, {"seconds": self._seconds(frame), "batch": batch, **facts})
            for frame, changes, facts in commits
        )
        for record in records:
            self._values.take(record)
        self._history.add(records)
        return records
