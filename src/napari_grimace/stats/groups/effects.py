"""Effect sizes with confidence intervals: how large, where a p value says how sure.

Two groups are compared as group against reference: positive where the group is higher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_grimace.stats.groups.anova import degrees_of_freedom, sums_of_squares
from napari_grimace.stats.groups.largest_t import scale_nodes
from napari_grimace.stats.groups.ttest import paired_columns, pooled_error
from napari_grimace.stats.groups.values import (
    NO_SPREAD,
    pairs_within,
    per_group,
    split_testable,
    variance_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


class Effect(NamedTuple):
    """An effect size: its name, estimate, interval, and the reason for what is NaN."""

    name: str
    estimate: float = float("nan")
    ci_low: float = float("nan")
    ci_high: float = float("nan")
    note: str = ""


def hedges_g(
    group: ArrayLike, reference: ArrayLike, *, confidence: float = 0.95
) -> Effect:
    """Difference of means in standard deviations, without the bias of small groups.

    Parameters
    ----------
    group, reference
        One number per animal; NaN for none.
    confidence
        Of the interval.

    Returns
    -------
    Effect
        Cohen's d with the pooled standard deviation, times Hedges' exact factor. The
        interval is by the noncentral t distribution, for groups of equal variance.
        NaN where a group has fewer than two animals or neither varies.

    References
    ----------
    Hedges LV (1981) Distribution theory for Glass's estimator of effect size and
    related estimators. Journal of Educational Statistics 6:107-128.
    Steiger JH, Fouladi RT (1997) Noncentrality interval estimation and the evaluation
    of statistical models. In: What if there were no significance tests? 221-257.
    """
    name = "Hedges g"
    first, second = _finite(group), _finite(reference)
    if min(len(first), len(second)) < 2:
        return Effect(name, note="a group has fewer than two animals")
    error, df = pooled_error(first, second)
    if error == 0:
        return Effect(name, note=NO_SPREAD)
    t = (first.mean() - second.mean()) / error
    unit = (1 / len(first) + 1 / len(second)) ** 0.5 * _unbiased(df)
    low, high = _noncentral_t(t, df, confidence)
    return Effect(name, t * unit, low * unit, high * unit)


def hedges_g_paired(
    group: ArrayLike, reference: ArrayLike, *, confidence: float = 0.95
) -> Effect:
    """Mean difference of the same animals, in standard deviations between animals.

    Parameters
    ----------
    group, reference
        Numbers of the same animals in the same order; an animal with a NaN is left
        out.
    confidence
        Of the interval.

    Returns
    -------
    Effect
        The mean difference over the root of the mean variance of both conditions
        (``d_av``, comparable with `hedges_g` of independent groups), times Hedges'
        factor. NaN for fewer than two animals or without variance.

    References
    ----------
    Algina J, Keselman HJ (2003) Approximate confidence intervals for effect sizes.
    Educational and Psychological Measurement 63:537-553.
    Cumming G (2012) Understanding the New Statistics. Routledge, chapter 11.
    """
    name = "Hedges g (paired)"
    first, second = _pairs(group, reference)
    n = len(first)
    if n < 2:
        return Effect(name, note="fewer than two animals")
    average = (variance_of(first) + variance_of(second)) / 2
    moved = variance_of(first - second)
    if average == 0 or moved == 0:
        return Effect(name, note="all values or all differences are the same")
    t = (first - second).mean() / (moved / n) ** 0.5
    unit = (moved / n / average) ** 0.5 * _unbiased(n - 1)
    low, high = _noncentral_t(t, n - 1, confidence)
    return Effect(name, t * unit, low * unit, high * unit)


def cliffs_delta(
    group: ArrayLike, reference: ArrayLike, *, confidence: float = 0.95
) -> Effect:
    """How much more often an animal of the group is higher than lower.

    Parameters
    ----------
    group, reference
        One number per animal; NaN for none.
    confidence
        Of the interval.

    Returns
    -------
    Effect
        -1 to 1; 1 where every animal of the group is above every one of the
        reference. The same number as the rank-biserial correlation of the
        Mann-Whitney test. The interval is Cliff's asymmetric one with the unbiased
        variance and Student's t; where the groups do not overlap it is Feng and
        Cliff's. NaN where a group has fewer than two animals.

    References
    ----------
    Cliff N (1996) Ordinal Methods for Behavioral Data Analysis. Erlbaum, chapter 5.
    Feng D, Cliff N (2004) Monte Carlo evaluation of ordinal d with improved
    confidence interval. Journal of Modern Applied Statistical Methods 3:322-332.
    """
    from scipy.stats import t

    name = "Cliff's delta"
    first, second = _finite(group), _finite(reference)
    n, m = len(first), len(second)
    if min(n, m) < 2:
        return Effect(name, note="a group has fewer than two animals")
    above = np.sign(np.subtract.outer(first, second))
    delta = float(above.mean())
    z = float(t.ppf((1 + confidence) / 2, n + m - 2))
    if abs(delta) == 1:
        fewest = min(n, m)
        inner = (fewest - z**2) / (fewest + z**2)
        low, high = sorted([delta, delta * inner])
        return Effect(name, delta, low, high)
    variance = _delta_variance(above)
    spread = z * variance**0.5 * ((1 - delta**2) ** 2 + z**2 * variance) ** 0.5
    ends = (delta - delta**3 + np.array([-spread, spread])) / (
        1 - delta**2 + z**2 * variance
    )
    low, high = np.clip(ends, -1, 1)
    return Effect(name, delta, float(low), float(high))


def rank_biserial(
    group: ArrayLike, reference: ArrayLike, *, confidence: float = 0.95
) -> Effect:
    """How much animals moved up rather than down between two conditions, by rank.

    For independent groups the rank-biserial correlation is `cliffs_delta`.

    Parameters
    ----------
    group, reference
        Numbers of the same animals in the same order; an animal with a NaN is left
        out.
    confidence
        Of the interval.

    Returns
    -------
    Effect
        The rank sum of positive differences less that of negative ones, as a share of
        all ranks: -1 to 1. Differences of zero are left out. The interval is by
        Fisher's transformation, which is rough for fewer than ten animals, and NaN
        where all animals moved one way.

    References
    ----------
    Kerby DS (2014) The simple difference formula: an approach to teaching
    nonparametric correlation. Comprehensive Psychology 3:11.IT.3.1.
    """
    from scipy.stats import norm, rankdata

    name = "rank-biserial correlation"
    first, second = _pairs(group, reference)
    moved = (first - second)[first != second]
    n = len(moved)
    if n == 0:
        return Effect(name, note="all differences are zero")
    ranks = n * (n + 1) / 2
    r = float(2 * rankdata(np.abs(moved))[moved > 0].sum() / ranks - 1)
    if abs(r) == 1:
        return Effect(name, r, note="all animals moved one way: no interval")
    # Of the signed-rank sum over all ranks, where nothing moves.
    error = ((2 * n + 1) * n * (n + 1) / 6) ** 0.5 / ranks
    half = norm.ppf((1 + confidence) / 2) * error
    low, high = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return Effect(name, r, float(low), float(high))


def eta_squared(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    confidence: float = 0.95,
) -> Effect:
    """Share of the sample's variance that lies between groups.

    Parameters
    ----------
    values
        For each group one number per animal, NaN for none; or a table with one row
        per animal.
    outcome, by
        The table's columns of numbers and of groups.
    confidence
        Of the interval.

    Returns
    -------
    Effect
        0 to 1; too high for small groups, where `omega_squared` is fairer. NaN where
        there is no variance within groups or only one group can be tested.

    References
    ----------
    Steiger JH (2004) Beyond the F test: effect size confidence intervals and tests of
    close fit in the analysis of variance and contrast analysis. Psychological Methods
    9:164-182.
    """
    f, df, why = _f_of(values, outcome, by)
    if why:
        return Effect("eta squared", note=why)
    return partial_eta_squared(f, *df, confidence=confidence)._replace(
        name="eta squared"
    )


def omega_squared(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    confidence: float = 0.95,
) -> Effect:
    """Share of the population's variance that lies between groups.

    Parameters
    ----------
    values, outcome, by, confidence
        As for `eta_squared`.

    Returns
    -------
    Effect
        At most 1; an estimate below 0 is given as 0. The interval is the same as that
        of `eta_squared`: it is of the population's share. NaN as there.

    References
    ----------
    Hays WL (1963) Statistics for Psychologists. Holt, Rinehart and Winston.
    Steiger JH (2004) as for `eta_squared`.
    """
    f, df, why = _f_of(values, outcome, by)
    if why:
        return Effect("omega squared", note=why)
    return partial_omega_squared(f, *df, confidence=confidence)._replace(
        name="omega squared"
    )


def partial_eta_squared(
    f: float, df1: float, df2: float, *, confidence: float = 0.95
) -> Effect:
    """Share of the variance that a factor explains of what others leave, from its F.

    Parameters
    ----------
    f, df1, df2
        The factor's F and its degrees of freedom.
    confidence
        Of the interval, by the noncentral F distribution.

    Returns
    -------
    Effect
        0 to 1.

    References
    ----------
    Steiger JH (2004) as for `eta_squared`.
    """
    low, high = _noncentral_share(f, df1, df2, confidence)
    return Effect("partial eta squared", f * df1 / (f * df1 + df2), low, high)


def partial_omega_squared(
    f: float, df1: float, df2: float, *, confidence: float = 0.95
) -> Effect:
    """Give the same as `partial_eta_squared`, for the population.

    Parameters
    ----------
    f, df1, df2, confidence
        As for `partial_eta_squared`.

    Returns
    -------
    Effect
        0 to 1; an estimate below 0 is given as 0.

    References
    ----------
    Olejnik S, Algina J (2003) Generalized eta and omega squared statistics: measures
    of effect size for some common research designs. Psychological Methods 8:434-447.
    """
    low, high = _noncentral_share(f, df1, df2, confidence)
    estimate = df1 * (f - 1) / (df1 * (f - 1) + df1 + df2 + 1)
    return Effect("partial omega squared", max(estimate, 0.0), low, high)


def _f_of(
    values: Mapping[str, ArrayLike] | pd.DataFrame, outcome: str, by: str
) -> tuple[float, tuple[int, int], str]:
    """Give F and its degrees of freedom, or why there is none."""
    kept, note = split_testable(per_group(values, outcome, by))
    if len(kept) < 2:
        return np.nan, (0, 0), note
    between, within = sums_of_squares(kept)
    df = degrees_of_freedom(kept)
    if within == 0:
        return np.nan, df, NO_SPREAD
    return (between / df[0]) / (within / df[1]), df, ""


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    return per_group({"values": values})["values"]


def _pairs(
    group: ArrayLike, reference: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    wide = pairs_within({"reference": reference, "group": group})
    (_, first), (_, second), _ = paired_columns(wide, "reference")
    return first, second


def _unbiased(df: float) -> float:
    """Give Hedges' factor, by which d overestimates."""
    from scipy.special import gammaln

    log = gammaln(df / 2) - np.log(df / 2) / 2 - gammaln((df - 1) / 2)
    return float(np.exp(log))


def _delta_variance(above: NDArray[np.float64]) -> float:
    """Give the unbiased variance of Cliff's delta from the signs of all pairs."""
    n, m = above.shape
    centred = above - above.mean()
    rows, columns = (centred.mean(axis=1) ** 2).sum(), (centred.mean(axis=0) ** 2).sum()
    unbiased = (m**2 * rows + n**2 * columns - (centred**2).sum()) / (
        n * m * (n - 1) * (m - 1)
    )
    # Cliff's lower bound, for the small groups where the difference falls below it.
    return float(max(unbiased, (1 - above.mean() ** 2) / (n * m - 1)))


def _noncentral_t(t: float, df: float, confidence: float) -> tuple[float, float]:
    """Give the noncentralities of which the t is just within the tails."""
    from scipy.special import ndtr

    scale, weight = scale_nodes(df)
    far = 10 + abs(t) * scale[-1]
    return _where_falling(
        lambda ncp: float(weight @ ndtr(t * scale - ncp)), confidence, -far, far
    )


def _noncentral_share(
    f: float, df1: float, df2: float, confidence: float
) -> tuple[float, float]:
    """Give the ends of the interval of the share of variance that a factor explains."""
    from scipy.stats import ncf

    most = 10 * f * df1 + 100
    low, high = _where_falling(
        lambda ncp: float(ncf.cdf(f, df1, df2, ncp)), confidence, 0.0, most
    )
    n = df1 + df2 + 1
    return low / (low + n), high / (high + n)


def _where_falling(
    cdf: Callable[[float], float], confidence: float, least: float, most: float
) -> tuple[float, float]:
    """Give the parameters at which a falling function passes the tails; clipped."""
    from scipy.optimize import brentq

    def at(probability: float) -> float:
        if cdf(least) <= probability:
            return least
        return float(brentq(lambda x: cdf(x) - probability, least, most))

    return at((1 + confidence) / 2), at((1 - confidence) / 2)
