"""Tests by exchanging animals between groups, or the two conditions of an animal.

They assume no distribution: p is the share of exchanges that give a statistic at least
as far from none as the observed one. Where all exchanges are no more than `n_resamples`
each is made once, and p is exact; else as many are drawn, and the observed one counts
as one of them: p = (b + 1) / (m + 1). scipy.stats.permutation_test doubles the smaller
tail instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from napari_grimace.stats.exchanges import exchanges, p_of_exchanges
from napari_grimace.stats.groups.anova import one_way_anova
from napari_grimace.stats.groups.ttest import paired_columns
from napari_grimace.stats.groups.values import (
    joined,
    overall_row,
    pair_row,
    pair_table,
    pairs_within,
    per_group,
    split_testable,
    two_groups,
)
from napari_grimace.stats.tables import check_choice, check_resamples

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.groups.values import Groups

    Array = NDArray[np.float64]

Statistic = Literal["mean difference", "F"]


def permutation_test(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    statistic: Statistic = "mean difference",
    control: str | None = None,
    n_resamples: int = 9999,
    seed: int = 0,
) -> pd.DataFrame:
    """Test whether groups differ, by exchanging animals between them.

    It asks whether animals of all groups are alike in every way; with unequal numbers
    of animals, groups of unequal variance may differ by it without unequal means.

    Parameters
    ----------
    values
        For each group one number per animal, NaN for none; or a table with one row
        per animal.
    outcome, by
        The table's columns of numbers and of groups.
    statistic
        ``"mean difference"`` of two groups, two-sided; ``"F"`` of the analysis of
        variance, for any number.
    control
        The reference of a mean difference; by default the first group.
    n_resamples
        Most exchanges to make.
    seed
        Of the exchanges, where not all are made.

    Returns
    -------
    DataFrame
        One row: for the mean difference as `welch_t_test` gives it (without interval
        and degrees of freedom), for F as `one_way_anova` does. ``note`` says how many
        exchanges were made; where p cannot fall to 0.05, how far it can.

    Raises
    ------
    GrimaceError
        If the statistic is unknown, a mean difference is asked of more than two
        groups, the control is none of them, or ``n_resamples`` is below 1.

    References
    ----------
    Phipson B, Smyth GK (2010) Permutation p-values should never be zero. Statistical
    Applications in Genetics and Molecular Biology 9: article 39.
    """
    check_choice("statistic", statistic, get_args(Statistic))
    check_resamples(n_resamples)
    groups = per_group(values, outcome, by)
    if statistic == "F":
        kept, note = split_testable(groups)
        p, how = _exchanged(kept, n_resamples, seed) if len(kept) > 1 else (np.nan, "")
        found = one_way_anova(kept).iloc[0]
        observed = found["statistic"]
        how = joined(how, found["note"]) if how else ""
        method = "Permutation test of F"
        shown = kept if how else groups
        return overall_row(shown, method, "F", observed, p=p, note=joined(note, how))
    group, reference = two_groups(groups, control)
    first, second = group[1], reference[1]
    row = pair_row(
        "Permutation test of the mean difference", "difference", group, reference
    )
    kept, note = split_testable(groups)
    if len(kept) < 2:
        return pair_table([row | {"note": note}])
    p, note = _exchanged(kept, n_resamples, seed)
    return pair_table([row | _found(first.mean() - second.mean(), p, note)])


def sign_flip_test(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    within: str = "timepoint",
    *,
    control: str | None = None,
    n_resamples: int = 9999,
    seed: int = 0,
) -> pd.DataFrame:
    """Test whether animals have the same mean in two conditions, by exchanging these.

    Exchanging the two numbers of an animal turns the sign of its difference.

    Parameters
    ----------
    values
        For each of two conditions the numbers of the same animals in the same order,
        NaN for none; or a table with one row per animal and condition.
    outcome, within
        The table's columns of numbers and of conditions.
    control
        The reference; by default the first condition.
    n_resamples, seed
        As for `permutation_test`; there are 2 to the number of animals exchanges.

    Returns
    -------
    DataFrame
        One row, as `paired_t_test` gives it (without interval and degrees of freedom).
        Animals that lack one of the two are left out and named.

    Raises
    ------
    GrimaceError
        If there are not two conditions, animals cannot be paired, or ``n_resamples``
        is below 1.

    References
    ----------
    Fisher RA (1935) The design of experiments. Oliver and Boyd: section 21.
    """
    check_resamples(n_resamples)
    wide = pairs_within(values, outcome, within)
    group, reference, note = paired_columns(wide, control)
    first, second = group[1], reference[1]
    n = len(first)
    row = pair_row("Sign-flip permutation test", "difference", group, reference)
    if n < 2:
        note = joined(note, "no test: it needs at least two animals")
        return pair_table([row | {"note": note}])
    differences = first - second
    exact = 2**n <= n_resamples
    if exact:
        signs = (np.arange(2**n)[:, None] >> np.arange(n) & 1) * 2 - 1
    else:
        signs = np.random.default_rng(seed).choice([-1, 1], (n_resamples, n))
    null = np.abs(signs @ differences)
    p, how = _p_value(null, abs(float(differences.sum())), exact)
    return pair_table([row | _found(differences.mean(), p, joined(note, how))])


def _found(difference: float, p: float, note: str) -> dict[str, object]:
    """Give what a test of a difference adds to its row."""
    return {
        "difference": difference,
        "statistic": difference,
        "p": p,
        "p_adjusted": p,
        "note": note,
    }


def _exchanged(groups: Groups, n_resamples: int, seed: int) -> tuple[float, str]:
    """Give p of the squares between groups, and how it was found.

    With the whole fixed, F rises with these squares; and of two groups they are the
    square of the difference of means, up to a constant.
    """
    values = np.concatenate(list(groups.values()))
    values = values - values.mean()
    sizes = [len(part) for part in groups.values()]
    own = np.repeat(np.arange(len(sizes)), sizes)[None]
    drawn, exact = exchanges(sizes, n_resamples, seed)

    def squares(assigned: NDArray[np.intp]) -> Array:
        sums = np.stack([(assigned == i) @ values for i in range(len(sizes))], axis=-1)
        return np.asarray((sums**2 / sizes).sum(-1))

    return _p_value(squares(drawn), float(squares(own)[0]), exact)


def _p_value(null: Array, observed: float, exact: bool) -> tuple[float, str]:
    """Give p, and how many exchanges it rests on."""
    p = float(p_of_exchanges(null, observed, exact))
    if not exact:
        return p, f"{len(null)} random exchanges"
    lowest = float(p_of_exchanges(null, null.max(), exact))
    few = f"p cannot fall below {lowest:.3g}" if lowest > 0.05 else ""
    return p, joined(f"exact: all {len(null)} exchanges", few)
