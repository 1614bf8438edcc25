"""What the mean of several raters is worth, and how many raters are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_NO_HELP = "the coefficient is not above 0: more raters do not help"
_NOT_KNOWN = "the coefficient is not known"


def spearman_brown(single: ArrayLike, n_raters: ArrayLike) -> NDArray[np.float64]:
    """Predict the reliability of the mean of several raters from that of one.

    Parameters
    ----------
    single
        Intraclass correlation of single ratings.
    n_raters
        Number of raters whose mean is taken.

    Returns
    -------
    float64
        Reliability of the mean; NaN where `single` is so far below 0 that a mean's
        variance would not be above 0.

    Raises
    ------
    GrimaceError
        If a number of raters is not above 0, or a coefficient above 1.

    References
    ----------
    Spearman C (1910) Correlation calculated from faulty data. British Journal of
    Psychology 3:271-295; Brown W (1910) ibid. 296-322.
    """
    icc, n = np.asarray(single, np.float64), np.asarray(n_raters, np.float64)
    if not (n > 0).all():
        raise GrimaceError("n_raters must be above 0.")
    _check_single(icc)
    whole = 1 + (n - 1) * icc
    return np.where(whole > 0, n * icc / np.where(whole > 0, whole, 1), np.nan)


def raters_needed(
    single: float | pd.DataFrame, wanted: ArrayLike = 0.8
) -> pd.DataFrame:
    """Tell how many raters' mean reaches a wanted reliability (Spearman-Brown).

    Parameters
    ----------
    single
        Intraclass correlation of single ratings: a number; or the table of
        `intraclass_correlation`, whose single forms are taken with their intervals.
    wanted
        Reliability of the mean, between 0 and 1; may be several.

    Returns
    -------
    DataFrame
        Indexed by `wanted` and, for a table, before it by the table's index. Columns
        `n_raters`, the whole number needed; `n_low`, `n_high`, that for the upper and
        the lower end of the coefficient's interval (NaN for a number); `reason`, where
        no number of raters is enough (`n_raters` infinite) or nothing is known (NaN).

    Raises
    ------
    GrimaceError
        If a wanted reliability is not between 0 and 1, the coefficient above 1, or the
        table none of coefficients.
    """
    goals = np.atleast_1d(np.asarray(wanted, np.float64))
    if not ((goals > 0) & (goals < 1)).all():
        raise GrimaceError("The wanted reliability must be between 0 and 1.")
    keys: list[str] = []
    if isinstance(single, pd.DataFrame):
        table = _single_forms(single)
        keys = [str(name) for name in table.index.names]
        table = table.reset_index()
    else:
        none = [np.nan]
        table = pd.DataFrame({"estimate": [single], "ci_low": none, "ci_high": none})
    _check_single(table["estimate"].to_numpy(np.float64))
    table = table.merge(pd.DataFrame({"wanted": goals}), how="cross")
    ends = {"n_raters": "estimate", "n_low": "ci_high", "n_high": "ci_low"}
    for number, column in ends.items():
        table[number] = _needed(
            table[column].to_numpy(np.float64), table["wanted"].to_numpy()
        )
    unknown, low = table["estimate"].isna(), table["estimate"] <= 0
    table["reason"] = np.where(low, _NO_HELP, np.where(unknown, _NOT_KNOWN, ""))
    return table.set_index([*keys, "wanted"])[[*ends, "reason"]]


def _check_single(single: NDArray[np.float64]) -> None:
    if (single > 1).any():
        raise GrimaceError(f"{single.max():g} is no coefficient: it is above 1.")


def _needed(
    single: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the least whole number of raters; infinite where none is enough."""
    with np.errstate(divide="ignore", invalid="ignore"):
        n = wanted * (1 - single) / (single * (1 - wanted))
    # Without what rounding adds to a whole number.
    n = np.maximum(np.ceil(n - 1e-9), 1)
    return np.where(single > 0, n, np.where(np.isnan(single), np.nan, np.inf))


def _single_forms(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["estimate", "ci_low", "ci_high"]
    if "form" not in table.index.names or not {*columns} <= {*table.columns}:
        raise GrimaceError(
            "Give a number, or the table that intraclass_correlation gives."
        )
    form = table.index.get_level_values("form")
    return table.loc[form.isin(["ICC1", "ICC2", "ICC3"]), columns]
