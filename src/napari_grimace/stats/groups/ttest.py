"""Student's, Welch's and paired t tests, on one number per animal (and condition).

Each gives a table of one row that compares ``group`` with ``reference``:
``difference`` of means (group - reference) with ``ci_low`` and ``ci_high``, ``symbol``,
``statistic``, ``df``, ``p``, ``p_adjusted`` (the same: it is one comparison),
``n_group``, ``n_reference``, ``method``, ``note`` (what was left out, and the reason
for what is NaN). Standard errors stand by themselves, as post-hoc tests and effect
sizes need them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.groups.values import (
    NO_SPREAD,
    joined,
    pair_row,
    pair_table,
    pairs_within,
    per_group,
    split_testable,
    two_groups,
    variance_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


def welch_t_test(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    control: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Test whether two groups have the same mean, where variances may differ.

    Parameters
    ----------
    values
        For each of two groups one number per animal, NaN for none; or a table with
        one row per animal.
    outcome, by
        The table's columns of numbers and of groups.
    control
        The reference; by default the first group.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row; see the module. NaN with the reason in ``note`` where a group has one
        animal or neither varies.

    Raises
    ------
    GrimaceError
        If there are not two groups, or the control is none of them.

    References
    ----------
    Welch BL (1947) The generalization of 'Student's' problem when several different
    population variances are involved. Biometrika 34:28-35.
    """
    return _unpaired(values, outcome, by, control, confidence, pooled=False)


def student_t_test(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    control: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Test whether two groups have the same mean, where variances are the same.

    Parameters
    ----------
    values, outcome, by, control, confidence
        As for `welch_t_test`.

    Returns
    -------
    DataFrame
        One row; see the module.

    Raises
    ------
    GrimaceError
        If there are not two groups, or the control is none of them.

    References
    ----------
    Student (1908) The probable error of a mean. Biometrika 6:1-25.
    """
    return _unpaired(values, outcome, by, control, confidence, pooled=True)


def paired_t_test(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    within: str = "timepoint",
    *,
    control: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Test whether animals have the same mean in two conditions.

    Parameters
    ----------
    values
        For each of two conditions the numbers of the same animals in the same order,
        NaN for none; or a table with one row per animal and condition.
    outcome, within
        The table's columns of numbers and of conditions.
    control
        The reference; by default the first condition.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row; see the module. Animals that lack one of the two are left out and
        named.

    Raises
    ------
    GrimaceError
        If there are not two conditions, or animals cannot be paired.

    References
    ----------
    Student (1908) The probable error of a mean. Biometrika 6:1-25.
    """
    wide = pairs_within(values, outcome, within)
    group, reference, note = paired_columns(wide, control)
    first, second = group[1], reference[1]
    differences = first - second
    n = len(differences)
    row = pair_row("Paired t test", "t", group, reference) | {"note": note}
    if n < 2:
        row["note"] = joined(note, "no test: it needs at least two animals")
        return pair_table([row])
    row["difference"] = difference = float(differences.mean())
    variance = variance_of(differences)
    if variance == 0:
        row["note"] = joined(note, "all differences are the same")
        return pair_table([row])
    error = (variance / n) ** 0.5
    return pair_table([row | t_row(difference, error, n - 1, confidence)])


def paired_columns(
    wide: pd.DataFrame, control: str | None
) -> tuple[tuple[str, NDArray[np.float64]], tuple[str, NDArray[np.float64]], str]:
    """Give both conditions of the animals that have both, and the note on the rest."""
    both = wide.notna().all(axis=1)
    lacking = ", ".join(map(str, wide.index[~both]))
    note = f"left out, one of the two is missing: {lacking}" if lacking else ""
    whole = {str(name): column[both].to_numpy() for name, column in wide.items()}
    return *two_groups(whole, control), note


def t_row(
    difference: float, error: float, df: float, confidence: float
) -> dict[str, float]:
    """Give interval, t, df and p of a difference with its standard error."""
    from scipy.stats import t

    statistic = difference / error
    half = t.ppf((1 + confidence) / 2, df) * error
    p = 2 * t.sf(abs(statistic), df)
    return {
        "difference": difference,
        "ci_low": difference - half,
        "ci_high": difference + half,
        "statistic": statistic,
        "df": df,
        "p": p,
        "p_adjusted": p,
    }


def welch_error(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[float, float]:
    """Give the standard error of a difference of means, and its degrees of freedom."""
    parts = np.array([variance_of(v) / len(v) for v in (first, second)])
    sizes = np.array([len(first), len(second)])
    total = parts.sum()
    if total == 0:
        return 0.0, np.nan
    return float(total**0.5), float(total**2 / (parts**2 / (sizes - 1)).sum())


def pooled_error(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[float, float]:
    """Give the same as `welch_error` for groups of equal variance."""
    sizes = np.array([len(first), len(second)])
    freedom = sizes - 1
    variance = (freedom * [variance_of(first), variance_of(second)]).sum()
    error = (variance / freedom.sum() * (1 / sizes).sum()) ** 0.5
    return float(error), float(freedom.sum())


def _unpaired(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str,
    by: str,
    control: str | None,
    confidence: float,
    *,
    pooled: bool,
) -> pd.DataFrame:
    groups = per_group(values, outcome, by)
    group, reference = two_groups(groups, control)
    first, second = group[1], reference[1]
    row = pair_row(
        "Student's t test" if pooled else "Welch's t test", "t", group, reference
    )
    kept, note = split_testable(groups)
    if len(kept) < 2:
        return pair_table([row | {"note": note}])
    difference = float(first.mean() - second.mean())
    error, df = (pooled_error if pooled else welch_error)(first, second)
    if error == 0:
        return pair_table([row | {"difference": difference, "note": NO_SPREAD}])
    return pair_table([row | t_row(difference, error, df, confidence)])
