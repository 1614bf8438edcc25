"""Effect sizes with confidence intervals: how large, where a p value says how sure.

Two groups are compared as group against reference: positive where the group is higher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_grimace.stats.groups.largest_t import scale_nodes
from napari_grimace.stats.groups.ttest import paired_columns, pooled_error
from napari_grimace.stats.groups.values import (
    NO_SPREAD,
    moves,
    pairs_within,
    per_group,
    rounded,
    variance_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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
    above = np.sign(np.subtract.outer(rounded(first), rounded(second)))
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
        all ranks: -1 to 1. Differences of zero are left out. The interval holds the
        values from which the found one is not far, by the standard error that they
        would have if differences were normal; it covers about 95 % for skewed and
        heavy-tailed ones too, from six animals on. NaN for fewer than two animals
        that moved.

    References
    ----------
    Kerby DS (2014) The simple difference formula: an approach to teaching
    nonparametric correlation. Comprehensive Psychology 3:11.IT.3.1.
    Newcombe RG (2006) Confidence intervals for an effect size measure based on the
    Mann-Whitney statistic. Part 2. Statistics in Medicine 25:559-573: the same kind of
    interval for two groups.
    """
    from scipy.stats import rankdata

    name = "rank-biserial correlation"
    first, second = _pairs(group, reference)
    moved = moves(first, second)
    moved = moved[moved != 0]
    n = len(moved)
    if n < 2:
        return Effect(name, note="fewer than two animals have a difference")
    up = float(rankdata(np.abs(moved))[moved > 0].sum())
    r = 4 * up / (n * (n + 1)) - 1
    low, high = _signed_rank_low(r, n, confidence), -_signed_rank_low(-r, n, confidence)
    return Effect(name, r, low, high)


def where_falling(
    cdf: Callable[[float], float], confidence: float, least: float, most: float
) -> tuple[float, float]:
    """Give the parameters at which a falling function passes the tails; clipped."""
    from scipy.optimize import brentq

    def at(probability: float) -> float:
        if cdf(least) <= probability:
            return least
        return float(brentq(lambda x: cdf(x) - probability, least, most))

    return at((1 + confidence) / 2), at((1 - confidence) / 2)


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


def _signed_rank_low(r: float, n: int, confidence: float) -> float:
    """Give the lowest rank-biserial correlation from which the found one is not far.

    It is the share of pairs of animals whose differences have a positive sum, less that
    of others; its variance needs how often two pairs that share an animal both have.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri, owens_t
    from scipy.stats import norm

    z = float(norm.ppf((1 + confidence) / 2))

    def apart(true: float) -> float:
        p = (1 + true) / 2
        both = p - 2 * owens_t(ndtri(p), 3**-0.5)  # of normal differences
        variance = 8 * (p * (1 - p) + 2 * (n - 2) * (both - p**2)) / (n * (n - 1))
        return float(r - true - z * variance**0.5)

    if r <= -1:
        return -1.0
    return float(brentq(apart, -1 + 1e-9, min(r, 1 - 1e-9)))


def _noncentral_t(t: float, df: float, confidence: float) -> tuple[float, float]:
    """Give the noncentralities of which the t is just within the tails."""
    from scipy.special import ndtr

    scale, weight = scale_nodes(df)
    far = 10 + abs(t) * scale[-1]
    return where_falling(
        lambda ncp: float(weight @ ndtr(t * scale - ncp)), confidence, -far, far
    )
