"""Ways to exchange animals between groups, and the p values that they give."""

from __future__ import annotations

from itertools import combinations
from math import factorial, prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def exchanges(
    sizes: Sequence[int], n_resamples: int, seed: int
) -> tuple[NDArray[np.intp], bool]:
    """Share animals out to groups of given sizes: in all ways, or in random ones.

    Parameters
    ----------
    sizes
        Animals of each group.
    n_resamples
        Most ways to give; that many random ones where there are more.
    seed
        Of the random ways.

    Returns
    -------
    assigned : (way, animal) intp
        The group of each animal, from 0.
    exact : bool
        Whether these are all ways there are.
    """
    count = factorial(sum(sizes)) // prod(factorial(size) for size in sizes)
    if count <= n_resamples:
        return _all_ways(sizes), True
    labels = np.repeat(np.arange(len(sizes)), sizes)[None]
    rng = np.random.default_rng(seed)
    return rng.permuted(np.repeat(labels, n_resamples, axis=0), axis=1), False


def p_of_exchanges(null: NDArray[np.float64], observed: Any, exact: bool) -> Any:
    """Give the share of exchanges that lead as far as what was observed.

    Parameters
    ----------
    null
        (way, ...) how far each leads.
    observed
        (...) as far as the animals' own groups are apart.
    exact
        Whether these are all ways; otherwise the observed one counts among them,
        p = (b + 1) / (m + 1), and p is never 0.

    Returns
    -------
    (...) float64

    References
    ----------
    Phipson B, Smyth GK (2010) Permutation p-values should never be zero. Statistical
    Applications in Genetics and Molecular Biology 9: article 39.
    """
    slack = 1e-9 * np.abs(null).max(axis=0) + 1e-12  # ties that rounding parts
    reached = (null >= observed - slack).sum(axis=0)
    return reached / len(null) if exact else (reached + 1) / (len(null) + 1)


def _all_ways(sizes: Sequence[int]) -> NDArray[np.intp]:
    n = sum(sizes)
    labels = np.full((1, n), len(sizes) - 1)
    free = np.arange(n)[None]
    for group, size in enumerate(sizes[:-1]):
        left = free.shape[1]
        chosen = np.array(list(combinations(range(left), size)))
        others = np.ones((len(chosen), left), np.bool_)
        np.put_along_axis(others, chosen, False, axis=1)
        rest = np.nonzero(others)[1].reshape(len(chosen), left - size)
        labels = np.repeat(labels, len(chosen), axis=0)
        places = free[:, chosen].reshape(-1, size)
        np.put_along_axis(labels, places, group, axis=1)
        free = free[:, rest].reshape(-1, left - size)
    return labels
