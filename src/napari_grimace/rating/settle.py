"""What is to be written, and which of it settles what two desks set differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.rating.sides import side_scored, unit_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from napari_grimace.recording.record import Change, Place, Value
    from napari_grimace.scales.scale import Scale


def to_write(
    scale: Scale, changes: Mapping[Place, Change], divided: Collection[Place]
) -> tuple[list[Change], list[Change]]:
    """Part the changes that say anything new from those that settle conflicts.

    Parameters
    ----------
    scale
        The rater's scale.
    changes
        What is asked for in one frame, by place.
    divided
        Places of the frame that were set differently at two desks.

    Returns
    -------
    new, settling : list of Change
        What changes nothing is left out, but for the places that are divided, and for
        the score of a unit whose sides change: the record then tells that it follows
        from them. All of one unit stays together.
    """
    kept = {
        place
        for place, change in changes.items()
        if change.old != change.new or place in divided
    }
    sided = {unit_of(scale, place) for place in kept if place[0] == "region_score"}
    kept |= {("score", unit) for unit in sided} & changes.keys()
    settled = {place for place in kept if place in divided}
    units = {unit_of(scale, place) for place in settled} - {""}
    settled |= {place for place in kept if unit_of(scale, place) in units}
    return (
        [changes[place] for place in changes if place in kept - settled],
        [changes[place] for place in changes if place in settled],
    )


def decided(
    scale: Scale, told: Mapping[Place, Value], place: Place, value: Value
) -> dict[Place, Value]:
    """Give what is set when a conflict is decided: a unit follows from its sides."""
    unit = unit_of(scale, place)
    if place[0] == "region_score" and unit and len(scale.unit(unit).regions) > 1:
        return side_scored(scale, told, place[1], value)
    return {place: value}
