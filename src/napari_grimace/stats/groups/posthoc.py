"""Comparisons of pairs of groups after a test of all, adjusted for their number.

Each takes one number per animal (for each group its numbers, or a table with one row
per animal) and gives a row per pair: ``group``, ``reference``, ``difference`` (group -
reference), ``ci_low`` and ``ci_high`` (of all differences together, so that they fit
``p_adjusted``), ``symbol``, ``statistic``, ``df``, ``p`` (of the pair alone),
``p_adjusted``, ``n_group``, ``n_reference``, ``method``, ``note`` (the reason for what
is NaN). A group of one animal is compared with none, and is no part of the family.
scipy and statsmodels have some of these tests, each with a result of its own; here they
share one way from standard errors and a distribution to the rows.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.anova import degrees_of_freedom, sums_of_squares
from napari_grimace.stats.groups.largest_t import largest_t_ppf, largest_t_sf
from napari_grimace.stats.groups.multiplicity import adjust
from napari_grimace.stats.groups.ttest import t_row, welch_error, welch_t_test
from napari_grimace.stats.groups.values import (
    check_control,
    pair_row,
    pair_table,
    pairs_of,
    per_group,
    rounded,
    split_testable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.groups.multiplicity import Correction
    from napari_grimace.stats.groups.values import Groups

    Array = NDArray[np.float64]
    Family = Callable[[float, float], tuple[float, float]]
    """From t and its freedom to the adjusted p, and the standard errors that the
    intervals of all comparisons reach."""

_SMALL = "no test: a group has fewer than two animals"
_FLAT = "no test: all values are the same within both groups"


def dunnett_t3(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    control: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare all pairs, or each group with the control, where variances may differ.

    It belongs to the ANOVAs of Brown and Forsythe and of Welch; for fewer than 50
    animals in a group it keeps the level better than Games and Howell's test.

    Parameters
    ----------
    values
        For each group one number per animal, NaN for none; or a table with one row
        per animal.
    outcome, by
        The table's columns of numbers and of groups.
    control
        The group that all others are compared with; None for all pairs.
    confidence
        Of the intervals together.

    Returns
    -------
    DataFrame
        A row per pair; see the module. ``statistic`` is Welch's t with its ``df``;
        ``p_adjusted`` is by the studentized maximum modulus of as many comparisons as
        are made.

    Raises
    ------
    GrimaceError
        If the control is none of the groups.

    References
    ----------
    Dunnett CW (1980) Pairwise multiple comparisons in the unequal variance case.
    Journal of the American Statistical Association 75:796-800.
    """
    groups = per_group(values, outcome, by)
    loadings = [0.0] * len(_testable_pairs(groups, control))
    return _compare(
        groups,
        control,
        "Dunnett's T3 test",
        welch_error,
        lambda t, df: (
            largest_t_sf(abs(t), df, loadings),
            largest_t_ppf(confidence, df, loadings),
        ),
    )


def games_howell(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare all pairs of groups, where variances may differ.

    Parameters
    ----------
    values, outcome, by, confidence
        As for `dunnett_t3`.

    Returns
    -------
    DataFrame
        A row per pair; see the module. ``statistic`` is Welch's t, which is the
        studentized range q over the square root of 2.

    References
    ----------
    Games PA, Howell JF (1976) Pairwise multiple comparison procedures with unequal
    N's and/or variances: a Monte Carlo study. Journal of Educational Statistics
    1:113-125.
    """
    groups = per_group(values, outcome, by)
    family = _studentized_range(len(split_testable(groups)[0]), confidence)
    return _compare(groups, None, "Games-Howell test", welch_error, family)


def tukey(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare all pairs of groups of the same variance: Tukey's, or Tukey-Kramer.

    Parameters
    ----------
    values, outcome, by, confidence
        As for `dunnett_t3`.

    Returns
    -------
    DataFrame
        A row per pair; see the module. ``statistic`` is t with the variance within
        all groups, which is the studentized range q over the square root of 2.

    References
    ----------
    Tukey JW (1949) Comparing individual means in the analysis of variance. Biometrics
    5:99-114.
    Kramer CY (1956) Extension of multiple range tests to group means with unequal
    numbers of replications. Biometrics 12:307-310.
    """
    groups = per_group(values, outcome, by)
    family = _studentized_range(len(split_testable(groups)[0]), confidence)
    return _compare(groups, None, "Tukey-Kramer test", _error_within(groups), family)


def dunnett(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    control: str,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare each group with the control, where all have the same variance.

    Parameters
    ----------
    values, outcome, by, control, confidence
        As for `dunnett_t3`.

    Returns
    -------
    DataFrame
        A row per group other than the control; see the module.

    Raises
    ------
    GrimaceError
        If the control is none of the groups.

    References
    ----------
    Dunnett CW (1955) A multiple comparison procedure for comparing several treatments
    with a control. Journal of the American Statistical Association 50:1096-1121.
    """
    groups = per_group(values, outcome, by)
    size = {name: len(v) for name, v in groups.items()}
    loadings = [
        (size[name] / (size[name] + size[control])) ** 0.5
        for name, _ in _testable_pairs(groups, control)
    ]
    return _compare(
        groups,
        control,
        "Dunnett's test",
        _error_within(groups),
        lambda t, df: (
            largest_t_sf(abs(t), df, loadings),
            largest_t_ppf(confidence, df, loadings),
        ),
    )


def dunn(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    control: str | None = None,
    correction: Correction = "holm",
) -> pd.DataFrame:
    """Compare mean ranks of pairs of groups, after the Kruskal-Wallis test.

    Parameters
    ----------
    values, outcome, by, control
        As for `dunnett_t3`.
    correction
        For the number of comparisons; see `adjust`.

    Returns
    -------
    DataFrame
        A row per pair; see the module. ``difference`` is of mean ranks among the
        animals of all groups; ``statistic`` is z, corrected for ties; there is no
        interval, and no ``df``.

    Raises
    ------
    GrimaceError
        If the control is none of the groups, or the correction is unknown.

    References
    ----------
    Dunn OJ (1964) Multiple comparisons using rank sums. Technometrics 6:241-252.
    """
    from scipy.stats import norm, rankdata

    groups = per_group(values, outcome, by)
    kept, _ = split_testable(groups)
    together = rounded(np.concatenate([*kept.values(), []]))
    ranks = np.split(rankdata(together), np.cumsum([len(v) for v in kept.values()]))
    mean = {name: part.mean() for name, part in zip(kept, ranks, strict=False)}
    variance = _rank_variance(together)
    rows = []
    for group, reference in pairs_of(groups, control):
        first, second = groups[group], groups[reference]
        row = pair_row("Dunn's test", "z", (group, first), (reference, second))
        if group not in kept or reference not in kept:
            rows.append(row | {"note": _SMALL})
        elif not variance:
            rows.append(row | {"note": "no test: all values are the same"})
        else:
            difference = mean[group] - mean[reference]
            each = 1 / len(kept[group]) + 1 / len(kept[reference])
            z = difference / (variance * each) ** 0.5
            p = 2 * norm.sf(abs(z))
            rows.append(row | {"difference": difference, "statistic": z, "p": p})
    table = pair_table(rows)
    return table.assign(p_adjusted=adjust(table["p"], correction))


def pairwise(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    test: Callable[..., pd.DataFrame] = welch_t_test,
    control: str | None = None,
    correction: Correction = "holm",
) -> pd.DataFrame:
    """Compare pairs of groups by a test of two, and adjust for their number.

    Parameters
    ----------
    values, outcome, by, control
        As for `dunnett_t3`.
    test
        A test of two groups such as `welch_t_test`, `student_t_test` or
        `mann_whitney`.
    correction
        For the number of comparisons; see `adjust`.

    Returns
    -------
    DataFrame
        A row per pair as the test gives it, with intervals of single comparisons.

    Raises
    ------
    GrimaceError
        If the control is none of the groups, or the correction is unknown.
    """
    import pandas as pd

    groups = per_group(values, outcome, by)
    pairs = pairs_of(groups, control)
    if not pairs:
        raise GrimaceError("There is one group: nothing to compare it with.")
    table = pd.concat(
        [test({b: groups[b], a: groups[a]}) for a, b in pairs], ignore_index=True
    )
    return table.assign(p_adjusted=adjust(table["p"], correction))


def _compare(
    groups: Groups,
    control: str | None,
    method: str,
    error_of: Callable[[Array, Array], tuple[float, float]],
    family: Family,
) -> pd.DataFrame:
    """Compare pairs by t, with p and intervals that the family of all of them gives."""
    kept, _ = split_testable(groups)
    rows = []
    for group, reference in pairs_of(groups, control):
        first, second = groups[group], groups[reference]
        row = pair_row(method, "t", (group, first), (reference, second))
        if group not in kept or reference not in kept:
            rows.append(row | {"note": _SMALL})
            continue
        row["difference"] = difference = float(first.mean() - second.mean())
        error, df = error_of(first, second)
        if error == 0:
            rows.append(row | {"note": _FLAT})
            continue
        told = t_row(difference, error, df, 0.95)
        adjusted, reach = family(told["statistic"], df)
        told |= {
            "ci_low": difference - reach * error,
            "ci_high": difference + reach * error,
            "p_adjusted": adjusted,
        }
        rows.append(row | told)
    return pair_table(rows)


def _testable_pairs(groups: Groups, control: str | None) -> Sequence[tuple[str, str]]:
    """Give the pairs that are compared: the family that is adjusted for."""
    check_control(groups, control)
    kept, _ = split_testable(groups)
    if control is not None and control not in kept:
        return []
    return pairs_of(kept, control)


def _error_within(
    groups: Groups,
) -> Callable[[Array, Array], tuple[float, float]]:
    """Give the standard error of a difference by the variance within all groups."""
    kept, _ = split_testable(groups)
    if not kept:
        return lambda _, __: (0.0, np.nan)
    df = degrees_of_freedom(kept)[1]
    variance = sums_of_squares(kept)[1] / df
    return lambda first, second: (
        float((variance * (1 / len(first) + 1 / len(second))) ** 0.5),
        df,
    )


def _studentized_range(k: int, confidence: float) -> Family:
    from scipy.stats import studentized_range

    root = 2**0.5

    @cache  # slow, and the same for all pairs where they share the variance
    def reach(df: float) -> float:
        return float(studentized_range.ppf(confidence, k, df)) / root

    return lambda t, df: (
        float(studentized_range.sf(abs(t) * root, k, df)),
        reach(df),
    )


def _rank_variance(together: Array) -> float:
    """Give the variance of ranks, less what ties take from it."""
    n = len(together)
    if n < 2 or np.ptp(together) == 0:
        return 0.0
    _, counts = np.unique(together, return_counts=True)
    ties = (counts**3 - counts).sum() / (12 * (n - 1))
    return float(n * (n + 1) / 12 - ties)
