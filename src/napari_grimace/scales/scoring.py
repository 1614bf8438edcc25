"""A scale's rules on plain arrays: from two sides to a unit, from units to a total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import ScaleError
from napari_grimace.scales.regions import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.scales.scale import Scale, Sides


def combine_sides(
    probability: ArrayLike, *, levels: Sequence[int] = LEVELS, sides: Sides = "level"
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Combine the sides of a unit into one distribution and one score.

    Parameters
    ----------
    probability
        (..., side, level): probabilities of levels 0, 1, 2 for each side; NaN for a
        side that was not scored, and at levels that the unit lacks.
    levels
        Levels that the unit has.
    sides
        The scale's rule; see `Scale`.

    Returns
    -------
    unit_probability : (..., level) float32
        Mean over the sides that count: all that were scored, for ``"max"`` those
        with the highest level. NaN where no side was scored, and at levels that the
        unit lacks.
    score : (...) float32
        The unit's score; NaN where no side was scored. Between equally probable
        levels the lower is taken.
    """
    given = np.asarray(probability, dtype=np.float64)
    kept = given[..., list(levels)]
    scored: NDArray[np.bool_] = np.asarray(np.isfinite(kept).all(axis=-1))
    side_level = np.take(levels, np.argmax(np.nan_to_num(kept), axis=-1))
    side_level = np.where(scored, side_level, np.nan)
    counted = scored
    if sides == "max":
        highest = np.max(np.where(scored, side_level, -1), axis=-1, keepdims=True)
        counted = scored & (side_level == highest)
    mean = _mean(kept, counted[..., np.newaxis], axis=-2)
    if sides == "level":
        best = np.take(levels, np.argmax(np.nan_to_num(mean), axis=-1))
        score = np.where(scored.any(axis=-1), best, np.nan)
    else:
        score = _mean(side_level, counted, axis=-1)
    unit_probability = np.full((*mean.shape[:-1], len(LEVELS)), np.nan, np.float32)
    unit_probability[..., list(levels)] = mean
    return unit_probability, score.astype(np.float32)


def score_of_sides(
    scale: Scale, unit: str, sides: Mapping[str, float | None]
) -> float | None:
    """Form a unit's score from the scores of its sides, by the scale's rule.

    Parameters
    ----------
    scale
        The scale.
    unit
        Name of the unit.
    sides
        Score of each of its regions; None, or left out, where it was not scored.

    Returns
    -------
    float or None
        The higher side for the rule `max`, the mean for `mean`; for `level` the mean
        too, or where it lies between two levels the lower of them, as `combine_sides`
        takes the lower of two equally probable levels. None where no side was scored.
    """
    told = scale.unit(unit)
    levels = [
        level for region in told.regions if (level := sides.get(region)) is not None
    ]
    if not levels:
        return None
    if scale.sides == "max":
        return max(levels)
    mean = sum(levels) / len(levels)
    if scale.sides == "mean":
        return mean
    return float(max(level for level in told.levels if level <= mean))


def total(
    score: ArrayLike, scale: Scale, *, min_units: int | None = None
) -> NDArray[np.float32]:
    """Form totals from the scores of a scale's units.

    Parameters
    ----------
    score
        (..., unit): scores of the scale's units in the scale's order; NaN where a
        unit was not scored.
    min_units
        Units that must be scored; by default what the scale asks for. With fewer
        than all units scored, the total is the mean of the scored units times the
        number of the scale's units (for a scale whose total is a mean: their mean).

    Returns
    -------
    (...) float32
        Totals; NaN where fewer units were scored.

    Raises
    ------
    ScaleError
        If `min_units` is not 1 to the number of the scale's units.
    """
    needed = check_min_units(scale, min_units)
    values = np.asarray(score, dtype=np.float64)
    scored = np.isfinite(values)
    number = scored.sum(axis=-1)
    units = len(scale.units) if scale.total == "sum" else 1
    # Multiplied before it is divided: exact where all units are scored.
    formed = np.where(scored, values, 0).sum(axis=-1) * units / np.maximum(number, 1)
    return np.where(number >= needed, formed, np.nan).astype(np.float32)


def check_min_units(scale: Scale, min_units: int | None) -> int:
    """Give the number of units that a total needs; see `total`."""
    if min_units is None:
        return scale.min_units
    if not 1 <= min_units <= len(scale.units):
        raise ScaleError(
            f"min_units is {min_units}, but scale {scale.name!r} has "
            f"{len(scale.units)} units: choose 1 to {len(scale.units)}."
        )
    return min_units


def band_of(totals: ArrayLike, scale: Scale) -> NDArray[np.int8]:
    """Give the index of the scale's band that each total falls in, -1 without one.

    A total between two bands (a rescaled one can be 2.67) belongs to the lower: a
    band is entered when its lower limit is reached.
    """
    values = np.asarray(totals, dtype=np.float64)
    lows = np.array([band.low for band in scale.bands])
    band = np.searchsorted(lows, values, side="right") - 1
    return np.where(np.isfinite(values), band, -1).astype(np.int8)


def _mean(values: NDArray[Any], counted: NDArray[np.bool_], axis: int) -> NDArray[Any]:
    """Mean of the counted values; NaN where none count, without a warning."""
    number = counted.sum(axis=axis)
    added = np.where(counted, values, 0).sum(axis=axis)
    return np.where(number > 0, added / np.maximum(number, 1), np.nan)
