"""What a learner is told about an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_grimace.recording.record import Value
    from napari_grimace.scales.scale import Unit
    from napari_grimace.teaching.reference import ReferenceSet


@dataclass(frozen=True, slots=True)
class UnitFeedback:
    """What was answered on a unit, and what was right.

    Attributes
    ----------
    unit, title
        The unit's name, and the words shown to people.
    given
        The answer: a level, ``"not_scorable"`` or ``"region_not_found"``.
    expert
        The right score; NaN where the set has none any more.
    difference
        Given minus right, in levels; NaN where the answer was no score.
    missed
        What the right level looks like, in the scale's words; empty where the answer
        was right.
    """

    unit: str
    title: str
    given: Value
    expert: float
    difference: float
    missed: str

    @property
    def right(self) -> bool:
        """Whether the answer was the right score."""
        return self.difference == 0 or bool(np.isnan(self.expert))


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was answered on a picture, and what was right.

    Attributes
    ----------
    picture
        Its number, from 1.
    units
        One by one, those that were asked.
    """

    picture: int
    units: tuple[UnitFeedback, ...]

    @property
    def right(self) -> bool:
        """Whether all units were answered rightly."""
        return all(unit.right for unit in self.units)


def feedback_on(
    reference: ReferenceSet, picture: int, answers: Mapping[str, Value]
) -> Feedback:
    """Compare answers on a picture with the right scores."""
    # Not by labels: this is asked of every trial whenever a picture is chosen.
    right = reference.consensus.values[picture - 1].tolist()
    units = []
    for unit, expert in zip(reference.scale.units, right, strict=True):
        if unit.name in answers:
            given = answers[unit.name]
            difference = given - expert if isinstance(given, float) else float("nan")
            missed = "" if difference == 0 else _looks(unit, expert)
            units.append(
                UnitFeedback(unit.name, unit.title, given, expert, difference, missed)
            )
    return Feedback(picture, tuple(units))


def _looks(unit: Unit, level: float) -> str:
    """Say what a level looks like; a half level by the two levels beside it."""
    words = dict(zip(unit.levels, unit.descriptions, strict=True))
    if np.isnan(level) or level in words:
        return words.get(int(level), "") if np.isfinite(level) else ""
    below = max(known for known in words if known < level)
    above = min(known for known in words if known > level)
    return f"Between {below}: {words[below]} and {above}: {words[above]}"
