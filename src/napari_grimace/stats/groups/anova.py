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
    method = "Brown-Forsythe ANOVA of means"
    return _anova(values, outcome, by, method, "F*", "bf")


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
    return _anova(values, outcome, by, "Welch's ANOVA", "F", "unequal")


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
    return _anova(values, outcome, by, "One-way ANOVA", "F", "equal")


def sums_of_squares(groups: Groups) -> tuple[float, float]:
    """Give the sums of squares between and within groups."""
    n, mean, variance = _moments(groups)
    grand = (n * mean).sum() / n.sum()
    return float((n * (mean - grand) ** 2).sum()), float(((n - 1) * variance).sum())


def degrees_of_freedom(groups: Groups) -> tuple[int, int]:
    """Give the degrees of freedom between and within groups."""
    return len(groups) - 1, sum(map(len, groups.values())) - len(groups)


def _anova(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str,
    by: str,
    method: str,
    symbol: str,
    use_var: str,
) -> pd.DataFrame:
    """Make the test; `use_var` is what statsmodels calls it by."""
    from statsmodels.stats.oneway import anova_oneway

    groups = per_group(values, outcome, by)
    kept, note = split_testable(groups)
    if len(kept) < 2:
        return overall_row(groups, method, symbol, note=note)
    flat = [name for name, v in kept.items() if variance_of(v) == 0]
    if use_var == "unequal" and flat:
        same = f"no test: all values are the same in {', '.join(flat)}"
        return overall_row(groups, method, symbol, note=joined(note, same))
    if len(flat) == len(kept):
        return overall_row(groups, method, symbol, note=joined(note, NO_SPREAD))
    found = anova_oneway(list(kept.values()), use_var=use_var)
    df, p = found.df, found.pvalue
    if use_var == "bf":  # as published, without Mehrotra's later correction
        df, p = found.df2, found.pvalue2
    return overall_row(kept, method, symbol, found.statistic, df, p, note)


def _moments(
    groups: Groups,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give number, mean and variance of each group; equal values have none."""
    parts = list(groups.values())
    n = np.array([len(v) for v in parts], np.float64)
    mean = np.array([v.mean() for v in parts])
    return n, mean, np.array([variance_of(v) for v in parts])
