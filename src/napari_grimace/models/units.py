"""From the sides of a face to its action units, by the scale's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_grimace.scales.regions import LEVELS, REGIONS
from napari_grimace.scales.scoring import combine_sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.scales import Scale


class Combined(NamedTuple):
    """Units of some images.

    Attributes
    ----------
    unit_probability
        (image, unit, level) float32; NaN at levels that a unit lacks and where no
        side was seen.
    unit_score
        (image, unit) float32; NaN where no side was seen.
    region_score
        (image, region) float32: most probable level of each side.
    """

    unit_probability: NDArray[np.float32]
    unit_score: NDArray[np.float32]
    region_score: NDArray[np.float32]


def combine(region_probability: NDArray[np.float32], scale: Scale) -> Combined:
    """Bring the sides together by the scale's `sides` rule.

    `level`: the sides' probabilities are averaged and the most probable level taken.
    `mean`: the mean of the sides' levels. `max`: the higher of them. A
    side that was not seen does not count.

    Parameters
    ----------
    region_probability
        (image, region, level); NaN where a region is absent.
    scale
        The grimace scale.

    Returns
    -------
    Combined
        Units in the scale's order.
    """
    count = len(region_probability)
    units = scale.units
    unit_probability = np.full((count, len(units), len(LEVELS)), np.nan, np.float32)
    unit_score = np.full((count, len(units)), np.nan, np.float32)
    region_score = np.full((count, len(REGIONS)), np.nan, np.float32)
    for number, unit in enumerate(units):
        places = [REGIONS.index(name) for name in unit.regions]
        sides = restrict(region_probability[:, places], unit.levels)
        unit_probability[:, number], unit_score[:, number] = combine_sides(
            sides, levels=unit.levels, sides=scale.sides
        )
        for place, side in zip(places, np.moveaxis(sides, 1, 0), strict=True):
            alone = combine_sides(side[:, None], levels=unit.levels)
            region_score[:, place] = alone[1]
    return Combined(unit_probability, unit_score, region_score)


def restrict(
    probability: NDArray[np.float32], levels: Sequence[int]
) -> NDArray[np.float32]:
    """Give the mass of levels that a unit lacks to the neighbours it has.

    Parameters
    ----------
    probability
        (..., level) over levels 0, 1, 2.
    levels
        Levels that the unit has: 0, 1, 2 or 0, 2.

    Returns
    -------
    numpy.ndarray
        (..., level), NaN at absent levels.
    """
    kept = np.array(probability, np.float32)
    if 1 in levels:
        return kept
    half = np.nan_to_num(kept[..., 1]) / 2
    kept[..., 0] += half
    kept[..., 2] += half
    kept[..., 1] = np.nan
    return kept
