"""Agreement of several raters on levels beyond chance: Fleiss, Conger, Gwet.

All are (observed - expected) / (1 - expected) with the same observed agreement, and
differ in what they expect by chance; with any weights, and with missing scores. Their
standard errors are Gwet's (2014), extended to animals with several targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.coefficients import (
    agreeing_pairs,
    coefficient_table,
    linearised_error,
    scored,
)
from napari_grimace.stats.reliability.levels import disagreement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.by_unit import AnyRatings
    from napari_grimace.stats.reliability.coefficients import Scored
    from napari_grimace.stats.reliability.levels import Weights

    Floats = NDArray[np.float64]

Chance = Literal["Brennan-Prediger", "Fleiss' kappa", "Conger's kappa", "Gwet's AC"]


def fleiss_kappa(
    ratings: AnyRatings,
    levels: Sequence[float] | None = None,
    weights: Weights = "none",
    *,
    by: str | ArrayLike | None = "animal",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Agreement of several raters beyond chance: Fleiss' kappa.

    Raters need not be the same for all targets.

    Parameters
    ----------
    ratings
        (target, rater): a table with a column for each rater, or an array; an array
        with a dimension ``rater``; or a mapping of tables by unit. NaN where a rater
        did not score.
    levels
        Levels that a score may have; by default those that were given.
    weights
        What a disagreement costs; see `disagreement`.
    by
        What tells which targets are of one animal, and so not independent: a level of
        the table's index, or a label for each target. Where nothing tells it, targets
        are taken to be independent.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row, with the columns of `cohen_kappa` (for each unit, where ratings are of
        several). ``z`` is the estimate over its
        standard error; it and the interval follow Student's t with the number of
        animals (or targets) less one.

    Raises
    ------
    GrimaceError
        If the ratings are no table of numbers, or a score is none of the levels.

    References
    ----------
    Fleiss JL (1971) Measuring nominal scale agreement among many raters. Psychological
    Bulletin 76:378-382. Standard error, weights and missing scores: Gwet KL (2014)
    Handbook of inter-rater reliability, 4th ed., chapters 2 to 5.
    """
    return tell_by_unit(
        ratings,
        lambda table: _coefficient(
            "Fleiss' kappa", scored(table, levels, by), weights, confidence
        ),
    )


def gwet_ac(
    ratings: AnyRatings,
    levels: Sequence[float] | None = None,
    weights: Weights = "none",
    *,
    by: str | ArrayLike | None = "animal",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Agreement of several raters beyond chance: Gwet's AC1, with weights AC2.

    Less sensitive than kappa to levels that are rare: where raters agree that nearly
    all targets have one level, kappa can be near 0, and AC is not.

    Parameters
    ----------
    ratings, levels, weights, by, confidence
        As for `fleiss_kappa`. Name the levels: the chance expected depends on their
        number, whether or not they were given.

    Returns
    -------
    DataFrame
        One row, as of `fleiss_kappa`.

    Raises
    ------
    GrimaceError
        As for `fleiss_kappa`.

    References
    ----------
    Gwet KL (2008) Computing inter-rater reliability and its variance in the presence
    of high agreement. British Journal of Mathematical and Statistical Psychology
    61:29-48. Gwet KL (2014), as for `fleiss_kappa`.
    """
    return tell_by_unit(
        ratings,
        lambda table: _coefficient(
            "Gwet's AC", scored(table, levels, by), weights, confidence
        ),
    )


def agreement_coefficients(
    ratings: AnyRatings,
    levels: Sequence[float] | None = None,
    weights: Weights = "none",
    *,
    by: str | ArrayLike | None = "animal",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Set coefficients side by side that differ in what they expect by chance.

    Parameters
    ----------
    ratings, levels, weights, by, confidence
        As for `fleiss_kappa`.

    Returns
    -------
    DataFrame
        Rows as of `fleiss_kappa`: Brennan-Prediger (all levels are equally likely),
        Fleiss' kappa (the levels' shares over all raters), Conger's kappa (each
        rater's own shares: Cohen's for two raters), Gwet's AC.

    References
    ----------
    Brennan RL, Prediger DJ (1981) Coefficient kappa: some uses, misuses, and
    alternatives. Educational and Psychological Measurement 41:687-699.
    Conger AJ (1980) Integration and generalization of kappas for multiple raters.
    Psychological Bulletin 88:322-328. Gwet KL (2014), as for `fleiss_kappa`.
    """

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        found = scored(table, levels, by)
        return pd.concat(
            [_coefficient(chance, found, weights, confidence) for chance in _EXPECTED]
        )

    return tell_by_unit(ratings, of_one)


def _coefficient(
    chance: Chance, found: Scored, weights: Weights, confidence: float
) -> pd.DataFrame:
    name = chance if chance != "Gwet's AC" else _ac_name(weights)
    if weights != "none":
        name += f" ({weights})"
    agreement = 1 - disagreement(found.levels, weights)
    observed = agreeing_pairs(found.counts, agreement)
    paired = np.isfinite(observed)
    if not paired.any():
        return coefficient_table(name, found, np.nan, np.nan, np.inf)
    expected_of = _EXPECTED[chance](found, agreement)
    expected, agreed = expected_of.mean(), observed[paired].mean()
    if not expected < 1 - 1e-12:
        return coefficient_table(name, found, np.nan, np.nan, np.inf)
    estimate = (agreed - expected) / (1 - expected)
    # Targets with one score take part in what is expected, not in what is observed.
    excess = np.where(paired, (observed - expected) / paired.mean(), 0)
    pull = excess - 2 * (1 - estimate) * (expected_of - expected)
    influence = pull / (1 - expected) - estimate
    se, df = linearised_error(influence, found.clusters)
    return coefficient_table(
        name, found, float(estimate), se, df, confidence=confidence
    )


def _ac_name(weights: Weights) -> str:
    return "Gwet's AC1" if weights == "none" else "Gwet's AC2"


def _shares(found: Scored) -> Floats:
    """Give (target, level) the share of a target's raters."""
    shares: Floats = found.counts / found.counts.sum(axis=1, keepdims=True)
    return shares


def _uniform(found: Scored, agreement: Floats) -> Floats:
    return np.full(len(found.code), float(agreement.mean()))


def _fleiss(found: Scored, agreement: Floats) -> Floats:
    shares = _shares(found)
    parts: Floats = shares @ (agreement @ shares.mean(axis=0))
    return parts


def _gwet(found: Scored, agreement: Floats) -> Floats:
    shares = _shares(found)
    levels = len(found.levels)
    if levels < 2:
        return np.ones(len(shares))
    parts: Floats = shares @ (1 - shares.mean(axis=0))
    return parts * float(agreement.sum()) / (levels * (levels - 1))


def _conger(found: Scored, agreement: Floats) -> Floats:
    """Mean over pairs of raters of what Cohen expects, from each rater's own shares.

    The parts that targets have in it average to it: a missing score counts as the
    rater's mean.
    """
    code = found.code[:, np.any(found.code >= 0, axis=0)]
    targets, raters = code.shape
    given = (code[:, :, None] == np.arange(len(found.levels))).astype(np.float64)
    seen = given.sum(axis=2, keepdims=True)
    number = seen.sum(axis=0)
    own = given.sum(axis=0) / number
    others = own.sum(axis=0) - own
    apart = (given - seen * own) * targets / number + own
    parts: Floats = np.einsum("irk,kl,rl->i", apart, agreement, others)
    parts /= raters * (raters - 1)
    return parts


_EXPECTED: dict[Chance, Callable[[Scored, Floats], Floats]] = {
    "Brennan-Prediger": _uniform,
    "Fleiss' kappa": _fleiss,
    "Conger's kappa": _conger,
    "Gwet's AC": _gwet,
}
"""For each coefficient (target): each target's part in the agreement by chance."""
