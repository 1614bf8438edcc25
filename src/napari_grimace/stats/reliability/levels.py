"""Levels that scores may have, and how far apart they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.ratings import check_codes
from napari_grimace.stats.tables import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Weights = Literal["quadratic", "linear", "ordinal", "none"]


def disagreement(levels: ArrayLike, weights: Weights) -> NDArray[np.float64]:
    """Say what each two levels cost if one rater gives one and another the other.

    Parameters
    ----------
    levels
        Levels that a score may have.
    weights
        ``"quadratic"``, the squared difference of the levels; ``"linear"``, the
        difference; ``"ordinal"``, the number of pairs of levels from one to the other,
        which needs only the order of levels; ``"none"``, the same for all.

    Returns
    -------
    (level, level) float64
        0 for one and the same level to 1 for the two that are furthest apart.

    Raises
    ------
    GrimaceError
        If the weights are unknown.

    References
    ----------
    Gwet KL (2014) Handbook of inter-rater reliability, 4th ed., chapter 3.
    """
    check_choice("weights", weights, get_args(Weights))
    given = np.asarray(levels, np.float64)
    rank = np.argsort(np.argsort(given))
    apart = np.abs(np.subtract.outer(given, given))
    steps = np.abs(np.subtract.outer(rank, rank))
    cost: NDArray[np.float64] = {
        "quadratic": apart**2,
        "linear": apart,
        "ordinal": steps * (steps + 1) / 2,
        "none": (apart > 0) * 1.0,
    }[weights]
    largest = float(cost.max(initial=0))
    return cost / largest if largest else cost


def level_codes(
    values: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.intp]:
    """Give for each score the place of its level in `levels`, -1 for NaN.

    Raises
    ------
    GrimaceError
        If a score is none of the levels.
    """
    given = np.asarray(levels, np.float64)
    order = np.argsort(given)
    place = np.searchsorted(given[order], values).clip(max=len(given) - 1)
    codes = order[place]
    missing = np.isnan(values)
    off = ~missing & (given[codes] != values)
    if off.any():
        known = ", ".join(f"{level:g}" for level in levels)
        raise GrimaceError(
            f"{values[off].min():g} is none of the levels {known}: compare scores of "
            "one scale, and code what was not scored (-1, 9) as missing (NaN)."
        )
    return np.where(missing, -1, codes)


def levels_or_seen(
    values: NDArray[np.float64], levels: Sequence[float] | None
) -> list[float]:
    """Give the levels, or, where none are told, those that were given as scores.

    Raises
    ------
    GrimaceError
        If levels are none, or there twice; or no levels are told and a score is
        negative, or otherwise looks like a code of what was not scored.
    """
    if levels is not None:
        given = [float(level) for level in levels]
        if not given or not np.isfinite(given).all():
            raise GrimaceError("levels must be numbers, and there must be some.")
        if len({*given}) < len(given):
            raise GrimaceError("A level is there twice: give each level once.")
        return given
    check_codes(values)
    seen = np.unique(values[np.isfinite(values)])
    if len(seen) and seen[0] < 0:
        raise GrimaceError(
            f"A score is {seen[0]:g}: code what was not scored as missing (NaN), or "
            "say with levels= which levels there are."
        )
    return [float(level) for level in seen]
