"""Checks of what the tests assume. They inform; no test is chosen by them.

Choosing a test by a test on the same animals spoils its p value, and with few animals
the checks miss most of what they look for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.stats.groups.values import per_group, split_testable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from napari_grimace.stats.groups.values import Groups

FEW_ANIMALS = 6
"""Groups below are called small: the checks then see next to nothing."""

_FAR = 3.5  # modified z-scores beyond are outliers, after Iglewicz and Hoaglin


def check_assumptions(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
) -> pd.DataFrame:
    """Check what tests of groups assume of one number per animal.

    Parameters
    ----------
    values
        For each group one number per animal, NaN for none; or a table with one row
        per animal; with a column ``animal``, outliers are named.
    outcome, by
        The table's columns of numbers and of groups.

    Returns
    -------
    DataFrame
        A row per check: ``check`` (normality of residuals, equal variances, outliers,
        animals), ``method``, ``statistic``, ``p``, ``finding`` in words, ``note`` (the
        reason for what is NaN). Residuals are deviations from the group's mean.
        Outliers are animals whose distance from their group's median is above 3.5 on
        the scale of its median absolute deviation; they are named, none is removed.

    References
    ----------
    Shapiro SS, Wilk MB (1965) An analysis of variance test for normality. Biometrika
    52:591-611.
    Brown MB, Forsythe AB (1974) Robust tests for the equality of variances. Journal
    of the American Statistical Association 69:364-367.
    Iglewicz B, Hoaglin DC (1993) How to Detect and Handle Outliers. ASQC Press.
    """
    groups = per_group(values, outcome, by)
    kept, why = split_testable(groups)
    rows = [
        _normality(kept, why),
        _variances(kept, why),
        _outliers(_named(values, outcome, by)),
        _animals(groups),
    ]
    columns = ["check", "method", "statistic", "p", "finding", "note"]
    nothing = {"statistic": np.nan, "p": np.nan, "finding": "", "note": ""}
    return pd.DataFrame([nothing | row for row in rows], columns=columns)


def _normality(kept: Groups, why: str) -> dict[str, object]:
    from scipy.stats import shapiro

    row: dict[str, object] = {"check": "normality of residuals"}
    row["method"] = "Shapiro-Wilk test"
    residuals = np.concatenate([*(v - v.mean() for v in kept.values()), []])
    if len(residuals) < 3 or np.ptp(residuals) == 0:
        return row | {"note": why or "no test: residuals do not vary"}
    statistic, p = shapiro(residuals)
    told = "no sign of" if p >= 0.05 else "signs of"
    return row | {
        "statistic": float(statistic),
        "p": float(p),
        "finding": f"{told} residuals that are not normal",
    }


def _variances(kept: Groups, why: str) -> dict[str, object]:
    from scipy.stats import levene

    row: dict[str, object] = {"check": "equal variances"}
    row["method"] = "Brown-Forsythe test (median)"
    sizes = {name: float(v.std(ddof=1)) for name, v in kept.items()}
    apart = [np.abs(v - np.median(v)) for v in kept.values()]
    if len(kept) < 2 or not any(np.ptp(part) for part in apart):
        return row | {"note": why or "no test: deviations do not vary"}
    statistic, p = levene(*kept.values(), center="median")
    told = "no sign of" if p >= 0.05 else "signs of"
    deviations = ", ".join(f"{name} {sd:.3g}" for name, sd in sizes.items())
    return row | {
        "statistic": float(statistic),
        "p": float(p),
        "finding": f"{told} unequal variances (SD: {deviations})",
    }


def _outliers(groups: Mapping[str, pd.Series]) -> dict[str, object]:
    row = {"check": "outliers", "method": "modified z-score above 3.5"}
    far = []
    for name, numbers in groups.items():
        apart = numbers - numbers.median()
        scale = apart.abs().median() / 0.6745
        if scale > 0:
            found = numbers[apart.abs() / scale > _FAR].items()
            far += [f"{animal} ({name}, {value:.3g})" for animal, value in found]
    finding = f"far from its group: {', '.join(far)}" if far else "none found"
    return row | {"statistic": float(len(far)), "finding": finding}


def _animals(groups: Groups) -> dict[str, object]:
    sizes = {name: len(v) for name, v in groups.items()}
    small = [name for name, n in sizes.items() if n < FEW_ANIMALS]
    told = ", ".join(f"{name} {n}" for name, n in sizes.items())
    if small:
        told += (
            f"; fewer than {FEW_ANIMALS} in {', '.join(small)}: these checks see "
            "little, and intervals are wide"
        )
    fewest = float(min(sizes.values(), default=0))
    return {
        "check": "animals",
        "method": "smallest group",
        "statistic": fewest,
        "finding": told,
    }


def _named(
    values: Mapping[str, ArrayLike] | pd.DataFrame, outcome: str, by: str
) -> dict[str, pd.Series]:
    """Give the numbers of each group, by animal where animals are known."""
    if not isinstance(values, pd.DataFrame):
        return {
            str(name): pd.Series(given, dtype=np.float64).dropna()
            for name, given in values.items()
        }
    table = values.set_index("animal") if "animal" in values.columns else values
    parts = table.dropna(subset=[outcome]).groupby(by, sort=False, observed=True)
    return {str(name): part[outcome] for name, part in parts}
