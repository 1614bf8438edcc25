"""Equivalence: whether groups differ by less than matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.ttest import paired_t_test, welch_t_test

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


def equivalence_test(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    low: float,
    high: float,
    paired: bool = False,
    control: str | None = None,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Test whether a difference of means lies within bounds: two one-sided t tests.

    A p value above 0.05 of a test of difference does not say that groups are alike;
    this test can.

    Parameters
    ----------
    values
        For each of two groups one number per animal, NaN for none; or a table with
        one row per animal. Paired: as for `paired_t_test`.
    outcome, by
        The table's columns of numbers and of groups; paired: of conditions.
    low, high
        Bounds in points of the outcome, such as -0.5 and 0.5, within which a
        difference does not matter; choose them before looking at the scores.
    paired
        Whether the same animals were measured in both.
    control
        The reference; by default the first group.
    alpha
        Level of each of the two tests.

    Returns
    -------
    DataFrame
        One row: ``group``, ``reference``, ``difference`` (group - reference), ``low``,
        ``high``, ``ci_low`` and ``ci_high`` of confidence 1 - 2 alpha, ``t_low``,
        ``p_low`` (that the difference is above ``low``), ``t_high``, ``p_high`` (below
        ``high``), ``df``, ``p`` (the larger), ``equivalent`` (p below alpha),
        ``n_group``, ``n_reference``, ``method``, ``note``. NaN and not equivalent, with
        the reason in ``note``, where there is no t test.

    Raises
    ------
    GrimaceError
        If the bounds do not enclose a range, alpha is no level, or as `welch_t_test`
        and `paired_t_test`.

    References
    ----------
    Schuirmann DJ (1987) A comparison of the two one-sided tests procedure and the
    power approach for assessing the equivalence of average bioavailability. Journal of
    Pharmacokinetics and Biopharmaceutics 15:657-680.
    """
    from scipy.stats import t

    if not low < high:
        raise GrimaceError(
            f"The bounds are {low:g} and {high:g}: give the lower one first."
        )
    if not 0 < alpha < 0.5:
        raise GrimaceError(f"alpha is {alpha:g}: give a level such as 0.05.")
    test = paired_t_test if paired else welch_t_test
    told = test(values, outcome, by, control=control, confidence=1 - 2 * alpha).iloc[0]
    row = {name: told[name] for name in ("group", "reference", "difference")}
    row |= {"low": low, "high": high}
    row |= {name: told[name] for name in ("ci_low", "ci_high")}
    df, difference = told["df"], told["difference"]
    error = (told["ci_high"] - difference) / t.ppf(1 - alpha, df)
    t_low, t_high = (difference - low) / error, (difference - high) / error
    p_low, p_high = float(t.sf(t_low, df)), float(t.cdf(t_high, df))
    p = float(np.maximum(p_low, p_high))
    row |= {"t_low": t_low, "p_low": p_low, "t_high": t_high, "p_high": p_high}
    row |= {"df": df, "p": p, "equivalent": bool(p < alpha)}
    row |= {name: told[name] for name in ("n_group", "n_reference")}
    kind = "paired" if paired else "Welch"
    row |= {"method": f"Two one-sided t tests ({kind})", "note": told["note"]}
    return pd.DataFrame([row])
