"""Sides of units that are answered one by one in a lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.scales.scoring import score_of_sides

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_grimace.recording.record import Value
    from napari_grimace.scales.scale import Scale, Unit


class SideAnswers:
    """What was answered on one picture, with the sides of units that are answered.

    A unit is answered once both its sides are; a side that is not scorable leaves the
    unit to the other, as where people rate (`rating.sides`).

    Parameters
    ----------
    done
        What was answered before, as below.

    Attributes
    ----------
    done
        Unit and side (empty for the whole) of each answer, the last one last.
    """

    def __init__(self, done: Iterable[tuple[str, str]] = ()) -> None:
        self.done = list(done)
        self._told: dict[str, Value] = {}

    def copy(self) -> SideAnswers:
        """Give a copy, to try an answer on."""
        made = SideAnswers(self.done)
        made._told = dict(self._told)
        return made

    def take(
        self, scale: Scale, name: str, side: str, value: Value, answered: Value
    ) -> Value:
        """Take an answer for a side, or without one for the whole unit.

        Parameters
        ----------
        scale, name, side
            The scale, the unit's name, and the side.
        value
            The answer; None takes it back.
        answered
            What the unit has so far. A side that has no own answer keeps it.

        Returns
        -------
        Value
            The unit's answer; None while a side is left.
        """
        unit = scale.unit(name)
        self.done = [
            one for one in self.done if one != (name, side) and (side or one[0] != name)
        ]
        if value is not None:
            self.done.append((name, side))
        if not side:
            for region in unit.regions:
                self._told.pop(region, None)
            return value
        if answered in unit.levels and self.left(unit) == list(unit.regions):
            self._told |= dict.fromkeys(unit.regions, answered)
        self._told.pop(side, None)
        if value is not None:
            self._told[side] = value
        return self._answer(scale, unit)

    def value(self, side: str) -> Value:
        """Give what was answered for a side."""
        return self._told.get(side)

    def left(self, unit: Unit) -> list[str]:
        """Give the sides of a unit that have no answer."""
        return [side for side in unit.regions if side not in self._told]

    def _answer(self, scale: Scale, unit: Unit) -> Value:
        if self.left(unit):
            return None
        told = [self._told[side] for side in unit.regions]
        levels = {
            side: value
            for side, value in zip(unit.regions, told, strict=True)
            if isinstance(value, float)
        }
        follows = score_of_sides(scale, unit.name, levels)
        return told[0] if follows is None else follows

    def pending(self, answers: Mapping[str, Value], units: tuple[Unit, ...]) -> bool:
        """Whether a side is answered of a unit that is not."""
        return any(
            side in self._told
            for unit in units
            if unit.name not in answers
            for side in unit.regions
        )
