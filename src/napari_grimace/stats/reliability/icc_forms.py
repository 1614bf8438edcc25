"""Intraclass correlations from mean squares, for one table or for many at once.

Plain arrays only: the tables that people read are made in `icc`. A batch of tables
(such as bootstrap replicates) is one call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_grimace.errors import GrimaceError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FORMS = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")
"""The six forms of Shrout and Fleiss, in the order of all arrays here."""

# Sums of squares below this share of the whole are what rounding leaves of 0.
_ROUNDING = 1e-12


class MeanSquares(NamedTuple):
    """Two-way analysis of variance without replication; all of one batch shape."""

    targets: NDArray[np.float64]
    """Between targets."""
    raters: NDArray[np.float64]
    """Between raters."""
    error: NDArray[np.float64]
    """Of what targets and raters leave."""
    within: NDArray[np.float64]
    """Within targets: of raters and error together."""
    n_targets: NDArray[np.float64]
    """Number of targets."""
    n_raters: int
    """Number of raters."""


def mean_squares(table: ArrayLike) -> MeanSquares:
    """Split the variation of ratings into that of targets, of raters and the rest.

    Parameters
    ----------
    table
        (..., target, rater). Complete: one NaN makes its whole table NaN.

    Returns
    -------
    MeanSquares
        NaN for fewer than two targets or raters.

    Raises
    ------
    GrimaceError
        If the table has fewer than two dimensions.

    References
    ----------
    McGraw KO, Wong SP (1996) Forming inferences about some intraclass correlation
    coefficients. Psychological Methods 1:30-46, table 3.
    """
    given = np.asarray(table, np.float64)
    if given.ndim < 2:
        raise GrimaceError(f"ratings have {given.ndim} dimensions: give target, rater.")
    n, k = given.shape[-2:]
    if n == 0 or k == 0:
        none = np.full(given.shape[:-2], np.nan)
        return MeanSquares(none, none, none, none, np.full_like(none, n), k)
    # Differences from one of the scores: equal scores leave 0, without rounding.
    apart = given - given[..., :1, :1]
    apart = apart - apart.mean(axis=(-2, -1), keepdims=True)
    return from_sums(
        np.full(given.shape[:-2], float(n)),
        apart.sum(axis=-2),
        np.square(apart.sum(axis=-1)).sum(axis=-1),
        np.square(apart).sum(axis=(-2, -1)),
    )


def from_sums(
    n_targets: NDArray[np.float64],
    sums: NDArray[np.float64],
    target_squares: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> MeanSquares:
    """Give the mean squares from sums over targets, which may be weighted.

    Parameters
    ----------
    n_targets
        (...) Number of targets, or the sum of their weights.
    sums
        (..., rater) Sum of each rater's scores.
    target_squares
        (...) Sum over targets of the square of the target's sum over raters.
    squares
        (...) Sum of the squares of all scores.

    Returns
    -------
    MeanSquares
        NaN for fewer than two targets or raters.
    """
    k = sums.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        correction = np.square(sums.sum(axis=-1)) / (n_targets * k)
        whole = squares - correction
        of_targets = target_squares / k - correction
        of_raters = np.square(sums).sum(axis=-1) / n_targets - correction
        error = whole - of_targets - of_raters
        low = _ROUNDING * squares
        of_targets, of_raters, error = (
            np.where(part <= low, np.where(np.isnan(part), np.nan, 0.0), part)
            for part in (of_targets, of_raters, error)
        )
        df = np.where(n_targets > 1, n_targets - 1, np.nan)
        df_raters = k - 1 if k > 1 else np.nan
        return MeanSquares(
            of_targets / df,
            of_raters / df_raters,
            error / (df * df_raters),
            (of_raters + error) / (n_targets * df_raters),
            n_targets,
            k,
        )


def icc_estimates(table: ArrayLike) -> NDArray[np.float64]:
    """Estimate the six intraclass correlations of one table of ratings, or of many.

    Parameters
    ----------
    table
        (..., target, rater). Complete: one NaN makes its whole table NaN.

    Returns
    -------
    (..., 6) float64
        ICC1, ICC2, ICC3, ICC1k, ICC2k, ICC3k: see `intraclass_correlation`. NaN where
        a form is not defined: fewer than two targets or raters, all scores the same,
        or targets that differ so little that a mean's variance would not be above 0.

    Raises
    ------
    GrimaceError
        If the table has fewer than two dimensions.

    References
    ----------
    Shrout PE, Fleiss JL (1979) Intraclass correlations: uses in assessing rater
    reliability. Psychological Bulletin 86:420-428.
    """
    return estimates(mean_squares(table))


def estimates(found: MeanSquares) -> NDArray[np.float64]:
    """Give the six intraclass correlations (..., 6) that mean squares amount to."""
    between, raters, error, within, n, k = found
    apart = (raters - error) / n
    one_way, two_way = between - within, between - error
    above = _last([one_way, two_way, two_way] * 2)
    below = _last(
        [
            between + (k - 1) * within,
            between + (k - 1) * error + k * apart,
            between + (k - 1) * error,
            between,
            between + apart,
            between,
        ]
    )
    # Nothing but rounding is nothing: it would make a number out of 0 / 0.
    scale = np.maximum(np.maximum(between, raters), np.maximum(error, within))
    defined = below > _ROUNDING * scale[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(defined, above / below, np.nan)


def icc_tests(
    found: MeanSquares,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Test the six forms against 0.

    Returns
    -------
    tuple
        F, degrees of freedom (..., 6, 2) and p, the others (..., 6).

    References
    ----------
    McGraw KO, Wong SP (1996) Psychological Methods 1:30-46, table 8.
    """
    from scipy.special import fdtrc

    between, _, error, within, n, k = found
    with np.errstate(divide="ignore", invalid="ignore"):
        one_way, two_way = between / within, between / error
        f = _last([one_way, two_way, two_way] * 2)
        df1 = n - 1
        df2 = _last([n * (k - 1), df1 * (k - 1), df1 * (k - 1)] * 2)
        df = _last([df1[..., None] + 0 * df2, df2])
        return f, df, np.where(np.isinf(f), 0.0, fdtrc(df[..., 0], df2, f))


def icc_intervals(found: MeanSquares, confidence: float) -> NDArray[np.float64]:
    """Give the confidence intervals of the six forms, for independent normal targets.

    Parameters
    ----------
    found
        Mean squares.
    confidence
        Such as 0.95.

    Returns
    -------
    (..., 6, 2) float64
        Lower and upper end. An average form has no lower limit: its lower end may be
        minus infinity.

    References
    ----------
    McGraw KO, Wong SP (1996) Psychological Methods 1:30-46, table 7; the degrees of
    freedom of ICC2 are Satterthwaite's.
    """
    from scipy.special import fdtri

    between, raters, error, within, n, k = found
    icc = estimates(found)
    df = [n * (k - 1), _agreement_df(found, icc[..., 1]), (n - 1) * (k - 1)]
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        # F's quantiles for both ends (2, ...), of each kind of coefficient.
        one_way, agreement, two_way = (
            np.array([fdtri(n - 1, df2, 1 - tail), fdtri(n - 1, df2, tail)])
            for df2 in df
        )
        one_way, two_way = one_way * within, two_way * error
        top = n * (between - agreement * error)
        both = np.array([between, between])
        spread = agreement * (k * raters + (k * n - k - n) * error)
        above = np.array([both - one_way, top, both - two_way] * 2)
        below = np.array(
            [
                both + (k - 1) * one_way,
                spread + n * both,
                both + (k - 1) * two_way,
                both,
                agreement * (raters - error) + n * both,
                both,
            ]
        )
        limits = np.where(below <= 0, -np.inf, above / below)
    limits = _last(_last(limits))
    return np.where(np.isfinite(icc)[..., None], limits, np.nan)


def _last(parts: ArrayLike) -> NDArray[np.float64]:
    """Put the first dimension last; quicker than `numpy.stack` and `moveaxis`."""
    whole = np.array(parts, np.float64)
    return whole.transpose(*range(1, whole.ndim), 0)


def _agreement_df(found: MeanSquares, icc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give Satterthwaite's degrees of freedom for ICC2."""
    between, raters, error, _, n, k = found
    # McGraw and Wong's a and b, both times n (1 - ICC), which may be 0.
    a, b = k * icc * raters, (n * (1 + (k - 1) * icc) - k * icc) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (a + b) ** 2 / (a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1)))
    # No error and no bias: the quantile is multiplied by 0, any will do.
    return np.where((raters == 0) & (error == 0) & (between > 0), 1.0, df)
