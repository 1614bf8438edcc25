"""Tests on ranks: Kruskal-Wallis, Mann-Whitney, Wilcoxon's signed rank.

They take one number per animal (and condition). `kruskal_wallis` gives a row like the
tests of `anova`, the others a row like those of `ttest`, where ``difference`` is the
Hodges-Lehmann shift between group and reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.groups.ttest import paired_columns
from napari_grimace.stats.groups.values import (
    joined,
    moves,
    overall_row,
    pair_row,
    pair_table,
    pairs_within,
    per_group,
    rounded,
    split_testable,
    two_groups,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

_SAME = "no test: all values are the same"
_EXACT_UP_TO = 50  # animals of each group; the normal approximation is good beyond


def kruskal_wallis(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
) -> pd.DataFrame:
    """Test whether animals of several groups rank alike.

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
        One row with ``method``, ``symbol``, ``statistic`` (H, corrected for ties),
        ``df1``, ``df2`` (NaN), ``p`` (chi-squared approximation), ``n``, ``note``.

    References
    ----------
    Kruskal WH, Wallis WA (1952) Use of ranks in one-criterion variance analysis.
    Journal of the American Statistical Association 47:583-621.
    """
    from scipy.stats import kruskal

    groups = per_group(values, outcome, by)
    groups = {name: rounded(numbers) for name, numbers in groups.items()}
    kept, note = split_testable(groups)
    method, symbol = "Kruskal-Wallis test", "H"
    if len(kept) < 2:
        return overall_row(groups, method, symbol, note=note)
    if np.ptp(np.concatenate(list(kept.values()))) == 0:
        return overall_row(groups, method, symbol, note=joined(note, _SAME))
    statistic, p = kruskal(*kept.values())
    df = (len(kept) - 1, np.nan)
    return overall_row(kept, method, symbol, statistic, df, p, note)


def mann_whitney(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    control: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Test whether animals of two groups rank alike.

    Parameters
    ----------
    values, outcome, by
        As for `kruskal_wallis`, with two groups.
    control
        The reference; by default the first group.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row; see the module. ``statistic`` is U of the group: the pairs of animals
        in which that of the group is higher, ties counting half. p is exact, given the
        ties, up to 50 animals in a group, else by the normal approximation with
        corrections for ties and continuity, which ``note`` says.

    Raises
    ------
    GrimaceError
        If there are not two groups, or the control is none of them.

    References
    ----------
    Mann HB, Whitney DR (1947) On a test of whether one of two random variables is
    stochastically larger than the other. Annals of Mathematical Statistics 18:50-60.
    Hollander M, Wolfe DA (1999) Nonparametric Statistical Methods, 2nd edition, 4.2
    and 4.3: shift and its interval, from the exact distribution without ties, or
    by the normal approximation where p is.
    """
    from scipy.stats import mannwhitneyu, rankdata

    groups = per_group(values, outcome, by)
    groups = {name: rounded(numbers) for name, numbers in groups.items()}
    group, reference = two_groups(groups, control)
    first, second = group[1], reference[1]
    n, m = len(first), len(second)
    row = pair_row("Mann-Whitney test", "U", group, reference)
    kept, note = split_testable(groups)
    if len(kept) < 2:
        return pair_table([row | {"note": note}])
    together = np.concatenate([first, second])
    if np.ptp(together) == 0:
        return pair_table([row | {"note": _SAME}])
    exact = max(n, m) <= _EXACT_UP_TO
    u, p = mannwhitneyu(first, second, method="asymptotic")
    if exact:
        ranks = rankdata(together)
        p = _two_sided(_sums_of_some(ranks, n), ranks[:n].sum())
    tail = (1 - confidence) / 2
    cut = (
        _place(_sums_of_some(np.arange(1.0, n + m + 1), n), tail)
        if exact
        else _near(n * m / 2, (n * m * (n + m + 1) / 12) ** 0.5, tail)
    )
    shift = _shift(np.subtract.outer(first, second).ravel(), cut)
    note = _how(exact, cut)
    row |= {"statistic": u, "p": p, "p_adjusted": p, "note": note}
    return pair_table([row | shift])


def wilcoxon_signed_rank(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    within: str = "timepoint",
    *,
    control: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Test whether the differences of animals between two conditions are around zero.

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
        One row; see the module. ``statistic`` is the sum of the ranks of positive
        differences (group - reference); differences of zero are left out of the
        ranks (Wilcoxon's own rule). p is exact, given the ties, up to 50 animals, else
        by the normal approximation with corrections for ties and continuity, which
        ``note`` says.

    Raises
    ------
    GrimaceError
        If there are not two conditions, or animals cannot be paired.

    References
    ----------
    Wilcoxon F (1945) Individual comparisons by ranking methods. Biometrics Bulletin
    1:80-83.
    Hollander M, Wolfe DA (1999) Nonparametric Statistical Methods, 2nd edition, 3.2
    and 3.3: shift and its interval, from the exact distribution without ties, or
    by the normal approximation where p is.
    """
    from scipy.stats import rankdata, wilcoxon

    wide = pairs_within(values, outcome, within)
    group, reference, note = paired_columns(wide, control)
    first, second = group[1], reference[1]
    differences = moves(first, second)
    n, moved = len(differences), differences[differences != 0]
    row = pair_row("Wilcoxon signed-rank test", "W+", group, reference)
    if n < 2 or not len(moved):
        reason = "it needs two animals" if n < 2 else "all differences are zero"
        return pair_table([row | {"note": joined(note, f"no test: {reason}")}])
    exact = n <= _EXACT_UP_TO
    ranks = rankdata(np.abs(moved))
    up = float(ranks[moved > 0].sum())
    if exact:
        p = _two_sided(_sums_of_any(ranks), up)
    else:
        p = wilcoxon(moved, method="asymptotic", correction=True).pvalue
    tail = (1 - confidence) / 2
    cut = (
        _place(_sums_of_any(np.arange(1.0, n + 1)), tail)
        if exact
        else _near(n * (n + 1) / 4, (n * (n + 1) * (2 * n + 1) / 24) ** 0.5, tail)
    )
    shift = _shift(_walsh_averages(differences), cut)
    row |= {"statistic": up, "p": p, "p_adjusted": p}
    return pair_table([row | shift | {"note": joined(note, _how(exact, cut))}])


def _sums_of_any(ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count the subsets of ranks by twice their sum, which is whole with ties too."""
    doubled = np.rint(2 * ranks).astype(np.int64)
    counts = np.zeros(doubled.sum() + 1)
    counts[0] = 1
    for rank in doubled:
        counts[rank:] += counts[:-rank].copy()
    return counts


def _sums_of_some(ranks: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Count the subsets of a size in the same way."""
    doubled = np.rint(2 * ranks).astype(np.int64)
    counts = np.zeros((size + 1, doubled.sum() + 1))
    counts[0, 0] = 1
    for rank in doubled:
        counts[1:, rank:] += counts[:-1, :-rank].copy()
    return np.asarray(counts[size])


def _two_sided(counts: NDArray[np.float64], found: float) -> float:
    """Give p of a rank sum: twice the smaller tail of all that could have been."""
    place = round(2 * found)
    tails = counts[: place + 1].sum(), counts[place:].sum()
    return float(min(1.0, 2 * min(tails) / counts.sum()))


def _walsh_averages(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the means of all pairs of differences, each with itself too."""
    first, second = np.triu_indices(len(differences))
    return (differences[first] + differences[second]) / 2


def _place(counts: NDArray[np.float64], tail: float) -> int:
    """Give how many of the lowest sums of ranks are rejected at a tail.

    Sums are those of ranks without ties, which have no gaps between them.
    """
    sums = counts[counts > 0]
    return int(np.searchsorted(np.cumsum(sums) / sums.sum(), tail))


def _near(centre: float, sd: float, tail: float) -> int:
    """Give the same by the normal approximation."""
    from scipy.stats import norm

    return int(centre + norm.ppf(tail) * sd)


def _shift(estimates: NDArray[np.float64], cut: int) -> dict[str, float]:
    """Give the Hodges-Lehmann shift, and its interval from the ordered estimates."""
    ordered = np.sort(estimates)
    low, high = (ordered[cut - 1], ordered[-cut]) if cut > 0 else (np.nan, np.nan)
    return {"difference": np.median(ordered), "ci_low": low, "ci_high": high}


def _how(exact: bool, cut: int) -> str:
    few = "" if cut > 0 else "too few animals for an interval of that confidence"
    return joined("exact p" if exact else "p by normal approximation", few)
