"""What is written when ratings are brought into a recording once more.

Ratings come from a blind set, from a rater's sheet or from an old spreadsheet, and come
again when more was rated there. Meanwhile people may have gone on in the recording.
What is there, what was brought before and what is brought now tell what to write: only
what is new, and nothing over what someone has set in the recording since.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from napari_grimace.recording import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from napari_grimace.recording.journal_files import Journal
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Place, Value

    Values = Mapping[int, Mapping[Place, Value]]  # by frame


@dataclass(frozen=True, slots=True)
class Clash:
    """A value that was set in the recording since, and is not written over.

    Attributes
    ----------
    frame, field, at
        Where; see `Change`.
    there, brought
        The value in the recording, and the other one that was brought.
    """

    frame: int
    field: str
    at: str
    there: Value
    brought: Value

    def __str__(self) -> str:
        place = f"{self.field} {self.at}".strip()
        return (
            f"frame {self.frame}, {place}: {self.there!r} is there, not "
            f"{self.brought!r}"
        )


def brought_before(
    journals: Iterable[Journal], reason: str
) -> dict[int, dict[Place, Value]]:
    """Give the values that were brought last from one source, by frame and place.

    Parameters
    ----------
    journals
        One rater's journals.
    reason
        How the reasons of the records begin that brought them.
    """
    records = [record for journal in journals for record in journal.records]
    values: dict[int, dict[Place, Value]] = {}
    for record in sorted(records, key=lambda record: record.time):
        if record.reason.startswith(reason):
            told = values.setdefault(record.frame, {})
            told |= {(c.field, c.at): c.new for c in record.changes}
    return values


def changes_to(
    there: Values, before: Values, brought: Values
) -> tuple[dict[int, list[Change]], list[Clash]]:
    """Tell what to write so that a recording holds what is brought.

    Parameters
    ----------
    there
        What the rater has in the recording. Here and below, what is not set is left
        out.
    before
        What was brought from the same source before.
    brought
        What is brought now.

    Returns
    -------
    changes : dict
        For each frame the changes to write. What was brought before and is no longer
        set at its source is taken back.
    clashes : list of Clash
        Values that differ from those brought and were set in the recording itself.
    """
    changes: dict[int, list[Change]] = {}
    clashes = []
    for frame in sorted({*before, *brought}):
        old, last, new = (told.get(frame, {}) for told in (there, before, brought))
        for field, at in dict.fromkeys([*new, *last]):
            unset = False if field in ("flag", "confirmed") else None
            now, then, given = (
                told.get((field, at), unset) for told in (old, last, new)
            )
            change = Change(field, at, now, given)
            if change.old == change.new:
                continue
            if change.old == Change(field, at, then, None).old:
                changes.setdefault(frame, []).append(change)
            elif given != unset:
                clashes.append(Clash(frame, field, at, change.old, change.new))
    return changes, clashes


def pass_for(raters: Sequence[Rater], asked: Rater) -> Rater:
    """Find the pass of a recording to which ratings are brought, or describe a new one.

    Ratings from one source are one pass: the one of this person that tells the same
    `sampling`. Where there is none, it is a new pass with the first free occasion from
    that of `asked`, so that it is not mixed with what the person rated otherwise.

    Parameters
    ----------
    raters
        The recording's raters.
    asked
        Who rated, by which scale, and as `sampling` where the ratings come from.
    """
    for rater in raters:
        known = (rater.name, rater.kind, rater.scale)
        told = rater.sampling.split("; ")
        if known == (asked.name, asked.kind, asked.scale) and asked.sampling in told:
            return rater
    labels = {rater.label for rater in raters}
    used = {rater.occasion for rater in raters if rater.name == asked.name}
    for occasion in count(asked.occasion):
        label = asked.name if occasion == 1 else f"{asked.name} ({occasion})"
        if label not in labels and occasion not in used:
            break
    return replace(asked, label=label, occasion=occasion)
