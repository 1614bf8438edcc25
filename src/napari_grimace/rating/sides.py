"""A unit's two sides: one of them is scored, and what follows for the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from napari_grimace.errors import RecordingError
from napari_grimace.scales.scoring import score_of_sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_grimace.recording.record import Place, Value
    from napari_grimace.scales.scale import Scale, Unit


def unit_of(scale: Scale, place: Place) -> str:
    """Give the unit that a score, or the score of a side, is of; empty for others."""
    field, at = place
    if field == "score":
        return at
    units = scale.units if field == "region_score" else ()
    return next((unit.name for unit in units if at in unit.regions), "")


def whole_scored(scale: Scale, unit: str, value: Value) -> dict[Place, Value]:
    """Give what is set when a unit is scored, both sides at once."""
    sides = scale.unit(unit).regions
    changed: dict[Place, Value] = {("region_score", side): None for side in sides}
    return {**changed, ("score", unit): value}


def side_scored(
    scale: Scale, told: Mapping[Place, Value], region: str, value: Value
) -> dict[Place, Value]:
    """Give what is set when one side of a unit is scored.

    Parameters
    ----------
    scale
        The scale.
    told
        What is set in the frame.
    region, value
        See `Rating.score_side`.

    Raises
    ------
    RecordingError
        If the region is no side of a unit.
    """
    name = unit_of(scale, ("region_score", region))
    if not name:
        raise RecordingError(f"{region} is no side of a unit of this scale.")
    unit = scale.unit(name)
    if len(unit.regions) == 1:
        return whole_scored(scale, name, value)
    sides = _levels(unit, told)
    sides[region] = None if isinstance(value, str) else cast("float | None", value)
    follows = score_of_sides(scale, name, sides)
    changed: dict[Place, Value] = {
        # Another side that was set differently at two desks is not decided by this one.
        ("region_score", side): level
        for side, level in sides.items()
        if side == region or level != told.get(("region_score", side))
    }
    return {**changed, ("score", name): value if follows is None else follows}


def _levels(unit: Unit, told: Mapping[Place, Value]) -> dict[str, float | None]:
    """Give the sides' scores; that of the whole where no side was scored apart."""
    sides = {side: _level(told.get(("region_score", side))) for side in unit.regions}
    whole = _level(told.get(("score", unit.name)))
    if whole in unit.levels and all(level is None for level in sides.values()):
        return dict.fromkeys(unit.regions, whole)
    return sides


def _level(value: Value) -> float | None:
    return value if isinstance(value, float) else None
