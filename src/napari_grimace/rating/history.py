"""What can be taken back, and what can be set anew, told from the journals alone."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari_grimace.recording import Record


class _Step(NamedTuple):
    """Records that were made in one go, and those that took them back."""

    made: tuple[Record, ...]
    undone: tuple[Record, ...] = ()


def in_order(journals: Iterable[Iterable[Record]]) -> list[Record]:
    """Bring the records of several journals into one order.

    Each journal's records stay in the order in which they were written, whatever
    happened to that desk's clock; time tells only whose turn it is among journals.
    """
    return list(heapq.merge(*journals, key=lambda record: record.time))


class History:
    """One rater's commits as steps that are undone and redone, without a limit.

    An undo is a commit of its own that names what it takes back; so is a redo, which
    names the undo. The history is therefore the same after a recording is opened again.

    Parameters
    ----------
    records
        All commits of the rater so far, `in_order`.
    """

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        together: dict[str, list[Record]] = {}
        for record in records:
            if record.changes:
                together.setdefault(record.batch or record.id, []).append(record)
        for made in together.values():
            self.add(made)

    @property
    def last(self) -> tuple[Record, ...]:
        """The records that an undo takes back; empty if there are none."""
        return self._done[-1].made if self._done else ()

    @property
    def next(self) -> tuple[Record, ...]:
        """The records (of an undo) that a redo takes back; empty if there are none."""
        return self._undone[-1].undone if self._undone else ()

    def add(self, records: Sequence[Record]) -> None:
        """Add records that were made in one go."""
        records = tuple(records)
        taken = {record.undoes for record in records if record.undoes}
        if not taken:
            self._done.append(_Step(records))
            self._undone.clear()
        elif step := _pop(self._done, taken, undone=False):
            self._undone.append(_Step(step.made, records))
        elif step := _pop(self._undone, taken, undone=True):
            self._done.append(_Step(step.made))

    def forget(self, records: Sequence[Record]) -> None:
        """Forget a step that cannot be taken back any more."""
        ids = {record.id for record in records}
        _pop(self._done, ids, undone=False)
        _pop(self._undone, ids, undone=True)


def _pop(steps: list[_Step], ids: set[str], *, undone: bool) -> _Step | None:
    """Take out the last step with records of these names."""
    for i in range(len(steps) - 1, -1, -1):
        records = steps[i].undone if undone else steps[i].made
        if any(record.id in ids for record in records):
            return steps.pop(i)
    return None
