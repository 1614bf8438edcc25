"""What several writers changed becomes one value, or a conflict between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from napari_grimace.recording.journal_files import Journal
    from napari_grimace.recording.record import Value

    Place = tuple[str, str]  # field, unit or region
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
    for key, steps in _steps(journals, shared).items():
        final, contradicted = _resolve(steps, before(key))
        finals[key[1:]][key[0]] = final
        if contradicted:
            last = tuple((s[-1].writer, s[-1].time, s[-1].new) for s in steps)
            label = journals[0].rater.label
            conflicts.append(Conflict(label, *key, values=last, kept=final))
    return finals, conflicts


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
    for journal in journals if keys else ():
        for record in journal.records:
            for change in record.changes:
                key = (record.frame, change.field, change.at)
                if key in keys:
                    step = _Step(
                        record.time,
                        journal.writer,
                        change.old,
                        change.new,
                        record.settles,
                    )
                    writers = found.setdefault(key, {})
                    writers.setdefault(journal.writer, []).append(step)
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
