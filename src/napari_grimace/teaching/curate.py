"""What is decided by hand in a reference set; each decision is journalled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.errors import GrimaceError
from napari_grimace.rating.rating import Rating
from napari_grimace.recording.rater import is_line
from napari_grimace.teaching.reference import EXAMPLE, ReferenceSet, open_reference

if TYPE_CHECKING:
    from napari_grimace.recording.record import Value


def adjudicate(
    reference: ReferenceSet,
    picture: int,
    unit: str,
    value: Value,
    by: str,
    reason: str = "",
) -> ReferenceSet:
    """Decide what the right score is, whatever the experts gave.

    Parameters
    ----------
    reference
        The set; its folder is written to.
    picture, unit
        Where; pictures count from 1.
    value
        A level, ``"not_scorable"`` to leave the unit of this picture out, or None to
        take a decision back.
    by
        Who decides.
    reason
        Why, in words.

    Returns
    -------
    ReferenceSet
        The set as it is now.

    Raises
    ------
    GrimaceError
        If there is no such picture or unit, the unit has no such level, nobody is
        named, or the disk refuses.
    """
    told = f"decided by {by}: {reason}" if reason else f"decided by {by}"
    if not by.strip() or not is_line(told):
        raise GrimaceError("Say who decides, and why, in a line of text each.")
    _check_place(reference, picture, unit)
    reference.check_level(unit, value)
    rating = Rating(reference.pictures.store, reference.judge)
    rating.score(picture - 1, unit, value, told)
    rating.close()
    return open_reference(reference.pictures.path)


def mark_example(
    reference: ReferenceSet, picture: int, unit: str, *, marked: bool = True
) -> ReferenceSet:
    """Choose a picture as an example of what a unit looks like at its level.

    Parameters
    ----------
    reference
        The set; its folder is written to.
    picture, unit
        Which; pictures count from 1. The level is the picture's right score.
    marked
        False to take the mark away.

    Returns
    -------
    ReferenceSet
        The set as it is now.

    Raises
    ------
    GrimaceError
        If there is no such picture or unit, the picture has no right score of the
        unit, or the disk refuses.
    """
    _check_place(reference, picture, unit)
    if unit not in reference.units_of(picture):
        raise GrimaceError(
            f"Picture {picture} has no right score of {unit}: decide on it first."
        )
    units = set(reference.marked.get(picture, ())) - {unit}
    units |= {unit} if marked else set()
    note = f"{EXAMPLE} {', '.join(sorted(units))}" if units else None
    rating = Rating(reference.pictures.store, reference.judge)
    rating.set({picture - 1: {("note", ""): note}})
    rating.close()
    return open_reference(reference.pictures.path)


def _check_place(reference: ReferenceSet, picture: int, unit: str) -> None:
    if not 1 <= picture <= reference.pictures.count:
        raise GrimaceError(
            f"There is no picture {picture}: the set has 1 to "
            f"{reference.pictures.count}."
        )
    if unit not in reference.scale.unit_names:
        raise GrimaceError(
            f"There is no unit {unit!r}: the scale has "
            f"{', '.join(reference.scale.unit_names)}."
        )
