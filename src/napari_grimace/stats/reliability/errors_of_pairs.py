"""Error, bias, correlation and concordance of scores against a reference.

All come from sums over targets, so that resampled animals need only their sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.reliability.icc_bootstrap import interval
from napari_grimace.stats.reliability.icc_forms import FORMS, estimates, from_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STATISTICS = ("rmse", "mae", "bias", "r", "ccc", "icc")
"""Root mean squared error, mean absolute error, mean difference, Pearson's r, Lin's
concordance, ICC(A,1)."""

_IS_ERROR = np.array([name in ("rmse", "mae") for name in STATISTICS])
_IS_CORRELATION = np.array([name in ("r", "ccc", "icc") for name in STATISTICS])


def moments(x: Floats, y: Floats) -> Floats:
    """Give (target, 8) what `statistics` needs, once it is added up.

    Parameters
    ----------
    x, y
        (target) Scores and reference; near 0, for rounding.
    """
    parts = [np.ones_like(x), x, y, x * x, y * y, x * y, (x - y) ** 2, np.abs(x - y)]
    return np.stack(parts, axis=1)


def statistics(sums: Floats) -> Floats:
    """Give the statistics from sums of moments.

    Parameters
    ----------
    sums
        (..., 8) Sums of `moments`.

    Returns
    -------
    (..., statistic) float64
        In the order of `STATISTICS`; NaN where not defined.

    References
    ----------
    Lin LI (1989) A concordance correlation coefficient to evaluate reproducibility.
    Biometrics 45:255-268, with sums of squares divided by n.
    """
    n, x, y, xx, yy, xy, squared, absolute = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = (x - y) / n
        of_x, of_y = _spread(xx, x, n), _spread(yy, y, n)
        together = xy - x * y / n
        both = np.where(of_x * of_y > 0, of_x * of_y, np.nan)
        r = together / np.sqrt(both)
        ccc = 2 * together / (of_x + of_y + n * bias**2)
        errors = np.sqrt(squared / n), absolute / n
    squares = from_sums(n, np.stack([x, y], axis=-1), xx + yy + 2 * xy, xx + yy)
    icc = estimates(squares)[..., FORMS.index("ICC2")]
    correlations = (np.clip(each, -1, 1) for each in (r, ccc, icc))  # for rounding
    return np.stack([*errors, bias, *correlations], axis=-1)


def limits(
    estimate: Floats, replicates: Floats, n_animals: int, confidence: float
) -> Floats:
    """Give confidence intervals, on scales on which the spread is even.

    Errors are put on a logarithmic scale, correlations on Fisher's.

    Parameters
    ----------
    estimate
        (statistic).
    replicates
        (replicate, statistic).
    n_animals, confidence
        As for `interval`.

    Returns
    -------
    (statistic, 2) float64
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # scales end at no error
        scaled = _scaled(estimate), _scaled(replicates)
        ends = interval(*scaled, n_animals, confidence).T
    ends = np.where(_IS_CORRELATION, np.tanh(ends), ends)
    ends[:, _IS_ERROR] = np.exp(ends[:, _IS_ERROR])
    return ends.T


def _scaled(values: Floats) -> Floats:
    scaled = values.copy()
    scaled[..., _IS_ERROR] = np.log(values[..., _IS_ERROR])
    scaled[..., _IS_CORRELATION] = np.arctanh(values[..., _IS_CORRELATION])
    return scaled


def _spread(squares: Floats, sums: Floats, n: Floats) -> Floats:
    """Give sums of squares around the mean, without what rounding leaves of none."""
    around = squares - sums * sums / n
    spread: Floats = np.where(around > 1e-12 * squares, around, 0)
    return spread
