"""Cohen's kappa of two raters, with its standard error and confidence interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.stats.reliability.coefficients import (
    coefficient_table,
    linearised_error,
    scored,
)
from napari_grimace.stats.reliability.levels import disagreement
from napari_grimace.stats.reliability.pairs import confusion, weighted_kappa
from napari_grimace.stats.reliability.ratings import as_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.coefficients import Scored
    from napari_grimace.stats.reliability.levels import Weights


def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    levels: Sequence[float] | None = None,
    weights: Weights = "none",
    *,
    by: str | ArrayLike | None = "animal",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Agreement of two raters on levels beyond chance, with its uncertainty.

    Parameters
    ----------
    a, b
        Scores of the same targets, in the same order; series are matched by their
        index. NaN where not scored: only targets that both scored count.
    levels
        Levels that a score may have; by default those that were given.
    weights
        ``"none"``: Cohen's (1960) kappa; otherwise weighted kappa, see `disagreement`.
    by
        What tells which targets are of one animal, and so not independent: the level
        of a series' index, or a label for each target. Where nothing tells it, targets
        are taken to be independent.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row, indexed by `coefficient`: ``estimate`` (1 full agreement, 0 as much
        as by chance); ``se``, the large-sample standard error, between animals where
        they are known; ``ci_low`` and ``ci_high``; ``z`` against no agreement, and
        ``p``, two-sided; ``percent_agreement``, exact; ``n_targets``, ``n_raters``,
        ``n_animals`` (NaN where unknown); ``note``, the reason for what is NaN.

    Raises
    ------
    GrimaceError
        If the lengths differ, a score is none of the levels, or the weights are
        unknown.

    References
    ----------
    Fleiss JL, Cohen J, Everitt BS (1969) Large sample standard errors of kappa and
    weighted kappa. Psychological Bulletin 72:323-327.
    """
    found = scored(as_pair(a, b), levels, by)
    found = found.chosen(np.all(found.code >= 0, axis=1))
    agreement = 1 - disagreement(found.levels, weights)
    places = range(len(found.levels))
    first, second = found.code.T
    name = "Cohen's kappa" + ("" if weights == "none" else f" ({weights})")
    if not len(first):
        return coefficient_table(name, found, np.nan, np.nan, np.inf)
    kappa = _kappa(found, weights)
    shares = confusion(first, second, places) / len(first)
    se, df, z = _tested(kappa, shares, agreement, found)
    note = ""
    if kappa == 0 and 1 in (len(np.unique(first)), len(np.unique(second))):
        note = "0 because one rater gave one level throughout"
    return coefficient_table(
        name, found, kappa, se, df, z=z, note=note, confidence=confidence
    )


def _kappa(found: Scored, weights: Weights) -> float:
    first, second = np.asarray(found.levels)[found.code].T
    return weighted_kappa(first, second, found.levels, weights)


def _tested(
    kappa: float, shares: NDArray[Any], agreement: NDArray[np.float64], found: Scored
) -> tuple[float, float, float | None]:
    """Give standard error, degrees of freedom, and z where it has an error of its own.

    Parameters
    ----------
    shares
        (level, level) Share of targets.
    agreement
        (level, level) 1 for the same level to 0.
    """
    of_first, of_second = shares.sum(axis=1), shares.sum(axis=0)
    by_chance = np.outer(of_first, of_second)
    expected = float((agreement * by_chance).sum())
    if np.isnan(kappa):
        return np.nan, np.inf, None
    # Agreement with the other's levels by chance, of each two levels together.
    mean = np.add.outer(agreement @ of_second, of_first @ agreement)
    pull = (agreement - mean * (1 - kappa)) / (1 - expected)
    influence = (pull - (shares * pull).sum())[tuple(found.code.T)]
    se, df = linearised_error(influence, found.clusters)
    if found.clusters.known:
        return se, df, None
    n = len(influence)
    none = (by_chance * (agreement - mean) ** 2).sum() - expected**2
    # Where one rater always gave one level, chance has no spread (but for rounding).
    z = kappa * (1 - expected) * np.sqrt(n / none) if none > 1e-12 else np.nan
    # As published: the variance of n targets is divided by n, not by n - 1.
    return se * np.sqrt((n - 1) / n), np.inf, float(z)
