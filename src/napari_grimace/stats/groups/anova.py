"""Tests whether the means of several groups of animals are equal.

Each takes one number per animal (for each group its numbers, or a table with one row
per animal) and gives a table of one row: ``method``, ``symbol`` of the statistic,
``statistic``, ``df1``, ``df2``, ``p``, ``n`` (animals of each group), ``note`` (what
was left out, and the reason for what is NaN).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.groups.values import (
    NO_SPREAD,
    joined,
    overall_row,
    per_group,
    split_testable,
    variance_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.groups.values import Groups


def brown_forsythe_anova(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
) -> pd.DataFrame:
    """Test whether group means are equal, where variances may differ: F*.

    This is what GraphPad Prism calls Brown-Forsythe ANOVA. It compares means; the
    better known Brown-Forsythe test compares variances.

    Parameters
    ----------
    values
        For each group one number per animal, NaN for none; or a table with one row
        per animal.
    outcome, by
        The table's columns of numbers and of groups.

    Returns
    -------
    DataFrame
        One row; see the module. With two groups F* is the square of Welch's t.
        Groups of one animal are left out and noted.

    References
    ----------
    Brown MB, Forsythe AB (1974) The small sample behavior of some statistics which
    test the equality of several means. Technometrics 16:129-132.
    """
    from scipy.stats import f

    groups = per_group(values, outcome, by)
    kept, note = split_testable(groups)
    method, symbol = "Brown-Forsythe ANOVA of means", "F*"
    if len(kept) < 2:
        return overall_row(groups, method, symbol, note=note)
    n, mean, variance = _moments(kept)
    parts = (1 - n / n.sum()) * variance
    if parts.sum() == 0:
        return overall_row(groups, method, symbol, note=joined(note, NO_SPREAD))
    grand = (n * mean).sum() / n.sum()
    statistic = (n * (mean - grand) ** 2).sum() / parts.sum()
    # Satterthwaite: parts that weigh more have more say.
    df = (len(n) - 1, parts.sum() ** 2 / (parts**2 / (n - 1)).sum())
    p = f.sf(statistic, *df)
    return overall_row(kept, method, symbol, statistic, df, p, note)


def welch_anova(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
) -> pd.DataFrame:
    """Test whether group means are equal, where variances may differ: Welch's F.

    Parameters
    ----------
    values, outcome, by
        As for `brown_forsythe_anova`.

    Returns
    -------
    DataFrame
        One row; see the module. NaN where a group has no variance: it would weigh
        without bound.

    References
    ----------
    Welch BL (1951) On the comparison of several mean values: an alternative approach.
    Biometrika 38:330-336.
    """
    from scipy.stats import f

    groups = per_group(values, outcome, by)
    kept, note = split_testable(groups)
    method, symbol = "Welch's ANOVA", "F"
    if len(kept) < 2:
        return overall_row(groups, method, symbol, note=note)
    n, mean, variance = _moments(kept)
    if not variance.all():
        flat = ", ".join(np.array(list(kept))[variance == 0])
        reason = f"no test: all values are the same in {flat}"
        return overall_row(groups, method, symbol, note=joined(note, reason))
    k, weight = len(n), n / variance
    share = weight / weight.sum()
    spread = (weight * (mean - (share * mean).sum()) ** 2).sum() / (k - 1)
    lack = ((1 - share) ** 2 / (n - 1)).sum() / (k**2 - 1)
    statistic = spread / (1 + 2 * (k - 2) * lack)
    df = (k - 1, 1 / (3 * lack))
    p = f.sf(statistic, *df)
    return overall_row(kept, method, symbol, statistic, df, p, note)


def one_way_anova(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
) -> pd.DataFrame:
    """Test whether group means are equal, where variances are: Fisher's F.

    Parameters
    ----------
    values, outcome, by
        As for `brown_forsythe_anova`.

    Returns
    -------
    DataFrame
        One row; see the module.

    References
    ----------
    Fisher RA (1925) Statistical Methods for Research Workers. Oliver and Boyd.
    """
    from scipy.stats import f

    groups = per_group(values, outcome, by)
    kept, note = split_testable(groups)
    method, symbol = "One-way ANOVA", "F"
    if len(kept) < 2:
        return overall_row(groups, method, symbol, note=note)
    between, within = sums_of_squares(kept)
    if within == 0:
        return overall_row(groups, method, symbol, note=joined(note, NO_SPREAD))
    df = degrees_of_freedom(kept)
    statistic = (between / df[0]) / (within / df[1])
    p = f.sf(statistic, *df)
    return overall_row(kept, method, symbol, statistic, df, p, note)


def sums_of_squares(groups: Groups) -> tuple[float, float]:
    """Give the sums of squares between and within groups."""
    n, mean, variance = _moments(groups)
    grand = (n * mean).sum() / n.sum()
    return float((n * (mean - grand) ** 2).sum()), float(((n - 1) * variance).sum())


def degrees_of_freedom(groups: Groups) -> tuple[int, int]:
    """Give the degrees of freedom between and within groups."""
    return len(groups) - 1, sum(map(len, groups.values())) - len(groups)


def _moments(
    groups: Groups,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give number, mean and variance of each group; equal values have none."""
    parts = list(groups.values())
    n = np.array([len(v) for v in parts], np.float64)
    mean = np.array([v.mean() for v in parts])
    return n, mean, np.array([variance_of(v) for v in parts])
