"""Confidence intervals by drawing animals again, all replicates at once.

The interval is that of Student's t around the estimate less its bias, on a scale where
the spread does not depend on the value; bias and spread are those of the replicates. In
simulations with 10 to 25 animals, of 1 or 5 frames, 89 to 94 % of such intervals hold
the truth where 95 % are claimed; of percentile intervals 76 to 93 %, and of those with
correction of bias and skewness (BCa) 80 to 93 %.

References
----------
Ukoumunne OC, Davison AC, Gulliford MC, Chinn S (2003) Non-parametric bootstrap
confidence intervals for the intraclass correlation coefficient. Statistics in Medicine
22:3805-3821.
Hesterberg TC (2015) What teachers should know about the bootstrap. American
Statistician 69:371-386 (too narrow by the square root of n / (n - 1), and t).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.reliability.icc_forms import from_sums
from napari_grimace.stats.reliability.resampling import draws, summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.stats.reliability.icc_forms import MeanSquares
    from napari_grimace.stats.reliability.icc_kept import Kept

_ONE_SD = (0.15865525393145707, 0.8413447460685429)  # normal distribution at -1 and 1


def drawn_mean_squares(kept: Kept, n_resamples: int, seed: int) -> MeanSquares:
    """Give the mean squares of each replicate of complete ratings.

    Parameters
    ----------
    kept
        Ratings, and the animals to draw.
    n_resamples, seed
        As for `draws`.

    Returns
    -------
    MeanSquares
        One for each replicate.
    """
    apart = kept.scores - kept.scores.mean()
    sums = apart.sum(axis=1)
    squares = np.square(apart).sum(axis=1)
    parts = np.column_stack([np.ones(len(sums)), sums**2, squares, apart])
    drawn = draws(kept.clusters, n_resamples, seed) @ summed(parts, kept.clusters)
    return from_sums(drawn[:, 0], drawn[:, 3:], drawn[:, 1], drawn[:, 2])


def interval(
    estimate: NDArray[np.float64],
    replicates: NDArray[np.float64],
    n_animals: int,
    confidence: float,
) -> NDArray[np.float64]:
    """Give the interval of numbers whose spread does not depend on their value.

    Parameters
    ----------
    estimate
        (number) Estimates.
    replicates
        (replicate, number) Those of the replicates; NaN where not defined, which are
        left out. Infinite ones count.
    n_animals
        Number of animals; the degrees of freedom are one less.
    confidence
        Such as 0.95.

    Returns
    -------
    (number, 2) float64
        Lower and upper end. Infinite where the spread to that side is; NaN for fewer
        than two animals, an infinite estimate, or where over half of the replicates
        are not defined.
    """
    limits = np.full((len(estimate), 2), np.nan)
    if n_animals < 2:
        return limits
    from scipy.special import stdtrit

    wide = stdtrit(n_animals - 1, (1 + confidence) / 2)
    wide *= np.sqrt(n_animals / (n_animals - 1))
    for i, (value, drawn) in enumerate(zip(estimate, replicates.T, strict=True)):
        told = drawn[~np.isnan(drawn)]
        if not np.isfinite(value) or 2 * len(told) < len(drawn):
            continue
        low, middle, high = np.quantile(
            told, [_ONE_SD[0], 0.5, _ONE_SD[1]], method="nearest"
        )
        below = above = (high - low) / 2
        if not np.isfinite(below):
            # Many replicates at the end of the scale say nothing of the other side.
            below, above = middle - low, high - middle
        centre = 2 * value - middle
        limits[i] = centre - wide * below, centre + wide * above
    return limits
