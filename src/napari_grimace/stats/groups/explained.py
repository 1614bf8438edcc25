"""Shares of variance that groups, or a factor, explain, with confidence intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.groups.anova import degrees_of_freedom, sums_of_squares
from napari_grimace.stats.groups.effects import Effect, where_falling
from napari_grimace.stats.groups.values import NO_SPREAD, per_group, split_testable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike


def eta_squared(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    confidence: float = 0.95,
) -> Effect:
    """Share of the sample's variance that lies between groups.

    Parameters
    ----------
    values
        For each group one number per animal, NaN for none; or a table with one row
        per animal.
    outcome, by
        The table's columns of numbers and of groups.
    confidence
        Of the interval.

    Returns
    -------
    Effect
        0 to 1; too high for small groups, where `omega_squared` is fairer. NaN where
        there is no variance within groups or only one group can be tested.

    References
    ----------
    Steiger JH (2004) Beyond the F test: effect size confidence intervals and tests of
    close fit in the analysis of variance and contrast analysis. Psychological Methods
    9:164-182.
    """
    f, df, why = _f_of(values, outcome, by)
    if why:
        return Effect("eta squared", note=why)
    return partial_eta_squared(f, *df, confidence=confidence)._replace(
        name="eta squared"
    )


def omega_squared(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    confidence: float = 0.95,
) -> Effect:
    """Share of the population's variance that lies between groups.

    Parameters
    ----------
    values, outcome, by, confidence
        As for `eta_squared`.

    Returns
    -------
    Effect
        At most 1; an estimate below 0 is given as 0. The interval is the same as that
        of `eta_squared`: it is of the population's share. NaN as there.

    References
    ----------
    Hays WL (1963) Statistics for Psychologists. Holt, Rinehart and Winston.
    Steiger JH (2004) as for `eta_squared`.
    """
    f, df, why = _f_of(values, outcome, by)
    if why:
        return Effect("omega squared", note=why)
    return partial_omega_squared(f, *df, confidence=confidence)._replace(
        name="omega squared"
    )


def partial_eta_squared(
    f: float, df1: float, df2: float, *, confidence: float = 0.95
) -> Effect:
    """Share of the variance that a factor explains of what others leave, from its F.

    Parameters
    ----------
    f, df1, df2
        The factor's F and its degrees of freedom.
    confidence
        Of the interval, by the noncentral F distribution.

    Returns
    -------
    Effect
        0 to 1.

    References
    ----------
    Steiger JH (2004) as for `eta_squared`.
    """
    low, high = _noncentral_share(f, df1, df2, confidence)
    return Effect("partial eta squared", f * df1 / (f * df1 + df2), low, high)


def partial_omega_squared(
    f: float, df1: float, df2: float, *, confidence: float = 0.95
) -> Effect:
    """Give the same as `partial_eta_squared`, for the population.

    Parameters
    ----------
    f, df1, df2, confidence
        As for `partial_eta_squared`.

    Returns
    -------
    Effect
        0 to 1; an estimate below 0 is given as 0.

    References
    ----------
    Olejnik S, Algina J (2003) Generalized eta and omega squared statistics: measures
    of effect size for some common research designs. Psychological Methods 8:434-447.
    """
    low, high = _noncentral_share(f, df1, df2, confidence)
    estimate = df1 * (f - 1) / (df1 * (f - 1) + df1 + df2 + 1)
    return Effect("partial omega squared", max(estimate, 0.0), low, high)


def _f_of(
    values: Mapping[str, ArrayLike] | pd.DataFrame, outcome: str, by: str
) -> tuple[float, tuple[int, int], str]:
    """Give F and its degrees of freedom, or why there is none."""
    kept, note = split_testable(per_group(values, outcome, by))
    if len(kept) < 2:
        return np.nan, (0, 0), note
    between, within = sums_of_squares(kept)
    df = degrees_of_freedom(kept)
    if within == 0:
        return np.nan, df, NO_SPREAD
    return (between / df[0]) / (within / df[1]), df, ""


def _noncentral_share(
    f: float, df1: float, df2: float, confidence: float
) -> tuple[float, float]:
    """Give the ends of the interval of the share of variance that a factor explains."""
    from scipy.stats import ncf

    most = 10 * f * df1 + 100
    low, high = where_falling(
        lambda ncp: float(ncf.cdf(f, df1, df2, ncp)), confidence, 0.0, most
    )
    n = df1 + df2 + 1
    return low / (low + n), high / (high + n)
