"""The distribution of the largest of several t statistics, by numerical integration.

The statistics share the standard deviation that they are divided by. Without further
correlation their largest modulus is the studentized maximum modulus of Dunnett's T3;
with a shared control it is the distribution of Dunnett's test, which scipy has by
random numbers.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NODES = 256  # along the standard deviation
_SHARED_NODES = 128  # along what the comparisons share
_TAIL = 1e-17  # probability beyond the nodes


def largest_t_sf(value: float, df: float, loadings: Sequence[float]) -> float:
    """Give the probability that the largest modulus is above a value.

    Parameters
    ----------
    value
        At least 0.
    df
        Degrees of freedom of the standard deviation; need not be whole.
    loadings
        One per comparison, 0 to below 1: two comparisons correlate with the product
        of theirs. All 0 for the studentized maximum modulus; for a shared control of
        n0 animals and groups of n, ``sqrt(n / (n + n0))``.

    Returns
    -------
    float
        The p value, adjusted for the number of comparisons; precise to about 1e-10.

    References
    ----------
    Stoline MR, Ury HK (1979) Tables of the studentized maximum modulus distribution
    and an application to multiple comparisons among means. Technometrics 21:87-93.
    Dunnett CW (1955) A multiple comparison procedure for comparing several treatments
    with a control. Journal of the American Statistical Association 50:1096-1121.
    """
    s, weight = scale_nodes(df)
    shared = np.asarray(loadings, np.float64)
    if not shared.any():
        exceeds = _any_exceeds(value * s, 0.0, shared)
    else:
        z, z_weight = _gauss(-8.5, 8.5, _SHARED_NODES)
        density = z_weight * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        exceeds = _any_exceeds(value * s[:, None], z, shared) @ density
    return float(min((weight * exceeds).sum(), 1.0))


def largest_t_ppf(confidence: float, df: float, loadings: Sequence[float]) -> float:
    """Give the value that the largest modulus stays below with a probability.

    Parameters
    ----------
    confidence
        The probability.
    df, loadings
        As for `largest_t_sf`.

    Returns
    -------
    float
        By how many standard errors the intervals of all comparisons together reach.
    """
    from scipy.optimize import brentq
    from scipy.stats import t

    # Bonferroni's value is an upper bound, that of a single comparison a lower.
    outside = (1 - confidence) / 2
    low = t.isf(outside, df)
    if len(loadings) == 1:
        return float(low)
    high = t.isf(outside / len(loadings), df)

    def missed(value: float) -> float:
        return largest_t_sf(value, df, loadings) - (1 - confidence)

    return float(brentq(missed, low * 0.999, high * 1.001, rtol=1e-10))


def scale_nodes(df: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights along the estimated standard deviation of a true one of 1.

    The weighted sum of a function of it is the function's mean.
    """
    from scipy.special import gammaln
    from scipy.stats import chi2

    low, high = np.log([chi2.ppf(_TAIL, df) / df, chi2.isf(_TAIL, df) / df]) / 2
    # Its logarithm has a smooth density with short tails, whatever the freedom.
    x, width = _gauss(low, high, _NODES)
    half = df / 2
    log_density = (
        np.log(2) + half * np.log(half) - gammaln(half) + df * x - half * np.exp(2 * x)
    )
    return np.exp(x), width * np.exp(log_density)


def _any_exceeds(
    bound: NDArray[np.float64],
    z: NDArray[np.float64] | float,
    loadings: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Probability that any comparison is beyond a bound, given what they share."""
    from scipy.special import ndtr

    none_log = np.zeros(np.broadcast(bound, z).shape)
    for loading, count in zip(*np.unique(loadings, return_counts=True), strict=True):
        own = (1 - loading**2) ** 0.5
        outside = ndtr((-bound - loading * z) / own) + ndtr(
            (-bound + loading * z) / own
        )
        none_log += count * np.log1p(-np.minimum(outside, 1 - 1e-16))
    return -np.expm1(none_log)


def _gauss(
    low: float, high: float, n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights between two ends."""
    nodes, weights = _unit_gauss(n)
    half = (high - low) / 2
    return low + half * (nodes + 1), half * weights


@cache
def _unit_gauss(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights between -1 and 1, which take longer than what they are for."""
    return np.polynomial.legendre.leggauss(n)
