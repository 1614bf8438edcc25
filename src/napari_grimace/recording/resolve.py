"""What several writers changed becomes one value, or a conflict between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_grimace.scales.scoring import score_of_sides

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from napari_grimace.recording.journal_files import Journal
    from napari_grimace.recording.record import Change, Place, Record, Value
    from napari_grimace.scales.scale import Scale

    Key = tuple[int, str, str]  # frame and place
    Values = dict[Place, dict[int, Value]]  # for each place by frame


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
    """A change, with who made it and when.

    The score of a unit that follows from its sides comes with what was changed of them.
    """

    time: str
    writer: str
    old: Value
    new: Value
    settles: bool
    sides: Mapping[str, Value] | None = None

    @property
    def turn(self) -> tuple[bool, str, str]:
        """Order among steps of several writers; what settles them comes last."""
        return self.settles, self.time, self.writer


def final_values(
    journals: Sequence[Journal], before: Callable[[Key], Value]
) -> tuple[Values, list[Conflict]]:
    """Find the values that one rater's journals come to.

    Parameters
    ----------
    journals
        All journals of the rater.
    before
        Gives the value that was there before any journal.

    Returns
    -------
    values : dict
        For each place, (field, unit or region), the values by frame.
    conflicts : list of Conflict
        Where writers contradict each other.
    """
    finals: Values = {}
    shared: set[Key] = set()
    for values in _last_values(journals).values():
        for place, by_frame in values.items():
            known = finals.setdefault(place, {})
            shared |= {(frame, *place) for frame in known.keys() & by_frame.keys()}
            known.update(by_frame)
    conflicts = []
    scale = journals[0].rater.scale
    steps = _steps(journals, shared)
    # Sides first: their units' scores follow.
    for key in sorted(steps, key=lambda key: key[1] == "score"):
        sides = _Sides(key, finals, before, scale) if key[1] == "score" else None
        final, contradicted = _resolve(steps[key], before(key), sides)
        finals[key[1:]][key[0]] = final
        if contradicted:
            last = tuple((s[-1].writer, s[-1].time, s[-1].new) for s in steps[key])
            label = journals[0].rater.label
            conflicts.append(Conflict(label, *key, values=last, kept=final))
    return finals, conflicts


class _Sides:
    """The sides of a unit whose score several writers changed in one frame."""

    def __init__(
        self, key: Key, finals: Values, before: Callable[[Key], Value], scale: Scale
    ) -> None:
        frame, _, self._unit = key
        self._scale = scale
        self._now: dict[str, Value] = {}
        self._final: dict[str, Value] = {}
        for side in scale.unit(self._unit).regions:
            was = before((frame, "region_score", side))
            self._now[side] = was
            told = finals.get(("region_score", side), {})
            self._final[side] = told.get(frame, was)

    def take(self, step: _Step) -> Value:
        """Change sides as a step does, and give the score that follows."""
        if step.sides is None:  # the whole was scored
            self._now = dict.fromkeys(self._now)
            return step.new
        self._now.update(step.sides)
        return self._score(self._now, step.new)

    def final(self, value: Value) -> Value:
        """Give the score that follows from all that was set of the sides."""
        return self._score(self._final, value)

    def _score(self, sides: Mapping[str, Value], otherwise: Value) -> Value:
        levels = {at: v for at, v in sides.items() if isinstance(v, float)}
        score = score_of_sides(self._scale, self._unit, levels)
        return otherwise if score is None else score


def _last_values(journals: Sequence[Journal]) -> dict[str, Values]:
    """Give what each writer last set: where one is alone, that is the value."""
    found: dict[str, Values] = {}
    for journal in journals:
        values: Values = found.setdefault(journal.writer, defaultdict(dict))
        for record in journal.records:
            frame = record.frame
            for change in record.changes:
                values[change.field, change.at][frame] = change.new
    return found


def _steps(
    journals: Sequence[Journal], keys: Collection[Key]
) -> dict[Key, list[list[_Step]]]:
    """For each of some values: for each writer its changes in order."""
    found: dict[Key, dict[str, list[_Step]]] = {}
    taken_back = _settled_and_taken_back(journals) if keys else set()
    for journal in journals if keys else ():
        for record in journal.records:
            if record.id in taken_back:
                continue
            for change in record.changes:
                key = (record.frame, change.field, change.at)
                if key in keys:
                    step = _Step(
                        record.time,
                        journal.writer,
                        change.old,
                        change.new,
                        record.settles,
                        _sides_changed(record, change, journal.rater.scale),
                    )
                    writers = found.setdefault(key, {})
                    writers.setdefault(journal.writer, []).append(step)
    return {key: list(writers.values()) for key, writers in found.items()}


def _settled_and_taken_back(journals: Sequence[Journal]) -> set[str]:
    """Give the records that settled conflicts but were undone, with their undoing.

    Without them it is as before, with the values that the desks had set. What was
    undone and redone settles as it did at first.
    """
    settling = [r for journal in journals for r in journal.records if r.settles]
    undoes = {record.id: record.undoes for record in settling if record.undoes}
    undoing: dict[str, list[str]] = {}
    for record in undoes:
        first = record
        for _ in undoes:
            first = undoes.get(first, first)
        undoing.setdefault(first, []).append(record)
    found = {record for records in undoing.values() for record in records}
    return found | {first for first, turns in undoing.items() if len(turns) % 2}


def _sides_changed(
    record: Record, change: Change, scale: Scale
) -> dict[str, Value] | None:
    """Give the sides that changed with a unit's score, which follows from them.

    None where it does not: a score of the whole unit takes its sides' scores away.
    """
    if change.field != "score":
        return None
    regions = scale.unit(change.at).regions
    sides = {
        told.at: told.new
        for told in record.changes
        if told.field == "region_score" and told.at in regions
    }
    nothing_left = all(value is None for value in sides.values())
    return None if nothing_left and change.new is not None else sides or None


def _resolve(
    sequences: Sequence[Sequence[_Step]], value: Value, sides: _Sides | None = None
) -> tuple[Value, bool]:
    """Find the final value, and whether writers contradict each other.

    A step that changes the present value follows from it, whatever the clocks of the
    desks say. Where none does, and it is not the same writer who goes on, two writers
    have changed the same old value. Scores that follow from a unit's sides do not
    contradict each other: the sides may, and the score follows from what they come to.
    """
    waiting = [list(steps) for steps in sequences]
    contradicted = False
    last: _Step | None = None
    while any(waiting):
        heads = [steps for steps in waiting if steps]
        chosen = _next(heads, value, last)
        step = chosen.pop(0)
        following = _follows(step, value, last)
        both_sided = last is not None and None not in (step.sides, last.sides)
        if step.settles:
            contradicted = False
        elif not following and step.new != value and not both_sided:
            contradicted |= last is not None and last.writer != step.writer
        value = step.new if sides is None else sides.take(step)
        last = step
    if contradicted:
        value = max((steps[-1] for steps in sequences), key=lambda s: s.time).new
    elif sides is not None and last is not None and last.sides is not None:
        value = sides.final(value)
    return value, contradicted


def _next(
    heads: Sequence[list[_Step]], value: Value, last: _Step | None
) -> list[_Step]:
    """Choose whose step is next."""
    following = [steps for steps in heads if _follows(steps[0], value, last)]
    if following:
        chosen = min(following, key=lambda steps: steps[0].time)
    else:
        chosen = min(heads, key=lambda steps: steps[0].turn)
    if not chosen[0].settles:
        return chosen
    # What settles may seem to follow from what is there, and keep it; what it settles
    # was made before.
    earlier = [
        steps
        for steps in heads
        if not steps[0].settles and steps[0].time < chosen[0].time
    ]
    return min(earlier or [chosen], key=lambda steps: steps[0].turn)


def _follows(step: _Step, value: Value, last: _Step | None) -> bool:
    if step.old == value:
        return True
    # Another desk made the same change of the same old value.
    return (
        last is not None
        and last.writer != step.writer
        and (step.old, step.new) == (last.old, last.new)
    )
