"""Agreement of two raters on levels, and of several on totals.

What a rater did not score is NaN, and is left out together with what the other rater
gave for it: a number is always of the pairs that both scored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.icc_forms import FORMS, icc_estimates
from napari_grimace.stats.reliability.levels import disagreement, level_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.levels import Weights


def weighted_kappa(
    a: ArrayLike,
    b: ArrayLike,
    levels: Sequence[float],
    weights: Weights = "quadratic",
) -> float:
    """Agreement of two raters beyond chance, near misses counting less than far ones.

    Parameters
    ----------
    a, b
        Scores of the same things, in the same order; NaN where not scored.
    levels
        Levels that a score may have.
    weights
        What a disagreement costs; see `disagreement`.

    Returns
    -------
    float
        1 for full agreement, 0 for as much as by chance. NaN where no pair was
        scored, or both raters gave one and the same level throughout: then nothing
        tells agreement from chance.

    Raises
    ------
    GrimaceError
        If the lengths differ, a score is none of the levels, or the weights are
        unknown.

    References
    ----------
    Cohen J (1968) Weighted kappa: nominal scale agreement with provision for scaled
    disagreement or partial credit. Psychological Bulletin 70:213-220.
    """
    cost = disagreement(levels, weights)
    counts = confusion(a, b, levels)
    by_chance = np.outer(counts.sum(1), counts.sum(0)) / max(counts.sum(), 1)
    expected = float((cost * by_chance).sum())
    return 1 - float((cost * counts).sum()) / expected if expected else float("nan")


def confusion(a: ArrayLike, b: ArrayLike, levels: Sequence[float]) -> NDArray[np.int64]:
    """Count how often one rater gave each level where the other gave each.

    Parameters
    ----------
    a, b, levels
        As for `weighted_kappa`.

    Returns
    -------
    (level of a, level of b) int64
        Counts.

    Raises
    ------
    GrimaceError
        If the lengths differ, or a score is none of the levels.
    """
    first, second = _pairs(a, b)
    counts = np.zeros((len(levels), len(levels)), np.int64)
    np.add.at(counts, tuple(level_codes(np.stack([first, second]), levels)), 1)
    return counts


def absolute_agreement(ratings: ArrayLike) -> float:
    """Agreement of raters on numbers such as totals: the intraclass correlation.

    The coefficient is that of single ratings by raters who are a random sample, with
    differences of level between raters counted as disagreement: ICC(A,1) of McGraw
    and Wong, ICC(2,1) of Shrout and Fleiss.

    Parameters
    ----------
    ratings
        (target, rater). Targets that not all raters rated (NaN) are left out.

    Returns
    -------
    float
        1 for full agreement. NaN for fewer than two targets or raters, and where all
        numbers are the same.

    Raises
    ------
    GrimaceError
        If the table does not have two dimensions.

    References
    ----------
    Shrout PE, Fleiss JL (1979) Intraclass correlations: uses in assessing rater
    reliability. Psychological Bulletin 86:420-428.
    McGraw KO, Wong SP (1996) Forming inferences about some intraclass correlation
    coefficients. Psychological Methods 1:30-46.
    """
    table = np.asarray(ratings, np.float64)
    if table.ndim != 2:
        raise GrimaceError(f"ratings have {table.ndim} dimensions: give target, rater.")
    table = table[np.isfinite(table).all(axis=1)]
    return float(icc_estimates(table)[FORMS.index("ICC2")])


def percent_agreement(a: ArrayLike, b: ArrayLike) -> float:
    """Percentage of the pairs in which both raters gave the same score.

    Parameters
    ----------
    a, b
        As for `weighted_kappa`.

    Returns
    -------
    float
        0 to 100; NaN without a pair.
    """
    first, second = _pairs(a, b)
    return 100 * float((first == second).mean()) if len(first) else float("nan")


def bias(learner: ArrayLike, expert: ArrayLike) -> float:
    """Mean of learner minus expert: above 0 where the learner scores too high.

    Parameters
    ----------
    learner, expert
        Scores of the same things, in the same order; NaN where not scored.

    Returns
    -------
    float
        In levels; NaN without a pair.
    """
    first, second = _pairs(learner, expert)
    return float((first - second).mean()) if len(first) else float("nan")


def _pairs(
    a: ArrayLike, b: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give what both scored, as two flat arrays."""
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape:
        raise GrimaceError(
            f"One rater gave {first.shape} scores, the other {second.shape}: give both "
            "raters' scores of the same things."
        )
    both = np.isfinite(first) & np.isfinite(second)
    return first[both], second[both]
