"""Intraclass correlations from variance components, where some ratings are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.reliability.icc_bootstrap import interval
from napari_grimace.stats.reliability.icc_scale import fisher_z, from_fisher_z
from napari_grimace.stats.reliability.reml import covariance_of_logs, fit, make_design
from napari_grimace.stats.reliability.resampling import draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.stats.reliability.icc_kept import Kept
    from napari_grimace.stats.reliability.reml import Design


def reml_forms(
    kept: Kept, confidence: float, n_resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Estimate the six forms by restricted maximum likelihood.

    Parameters
    ----------
    kept
        Ratings; may be incomplete.
    confidence
        Of the intervals, such as 0.95.
    n_resamples
        Bootstrap replicates for the intervals; 0 for the delta method on Fisher's
        scale.
    seed
        Of the bootstrap.

    Returns
    -------
    tuple
        (6) estimates, (6, 2) limits, number of replicates without a value.
    """
    k = kept.scores.shape[1]
    designs = _designs(kept, None)
    single = _single(designs)
    z = fisher_z(single, k)[0]
    if n_resamples:
        replicates = _single(_designs(kept, draws(kept.clusters, n_resamples, seed)))
        spread = fisher_z(replicates, k)
        limits = interval(z, spread, kept.clusters.number, confidence)
        lost = int(np.isnan(replicates).any(axis=1).sum())
    else:
        limits, lost = _delta(designs, z, kept.clusters.number, confidence, k), 0
    return (
        np.concatenate(from_fisher_z(z, k)),
        np.concatenate(from_fisher_z(limits, k)),
        lost,
    )


def _designs(kept: Kept, drawn: NDArray[np.float64] | None) -> tuple[Design, Design]:
    """Give ratings without and with raters as a facet."""
    raters = np.arange(kept.scores.shape[1])
    return (
        make_design(kept.scores, [], kept.clusters, drawn=drawn),
        make_design(kept.scores, [raters], kept.clusters, drawn=drawn),
    )


def _single(designs: tuple[Design, Design]) -> NDArray[np.float64]:
    """Give (replicate, 3) the coefficients of single ratings."""
    one_way, two_way = (fit(design).variances for design in designs)
    target, rater, error = two_way.T
    return np.stack(
        [
            one_way[:, 0] / one_way.sum(axis=1),
            target / (target + rater + error),
            target / (target + error),
        ],
        axis=1,
    )


def _delta(
    designs: tuple[Design, Design],
    z: NDArray[np.float64],
    n_animals: int,
    confidence: float,
    n_raters: int,
) -> NDArray[np.float64]:
    """Give (3, 2) limits of z from the information on the variance components."""
    from scipy.special import stdtrit

    one_way, two_way = designs
    t = stdtrit(n_animals - 1, (1 + confidence) / 2)
    limits = np.full((3, 2), np.nan)
    for i, (design, parts) in enumerate(
        [(one_way, [0, 1]), (two_way, [0, 1, 2]), (two_way, [0, 2])]
    ):
        found = fit(design)
        parts = [part for part in parts if found.variances[0, part] > 0]
        if 0 not in parts or not np.isfinite(z[i]):
            continue
        variance = found.variances[0, parts]
        covariance = covariance_of_logs(design, found)[np.ix_(parts, parts)]
        # z is half the logarithm of 1 + k target / (all others).
        ratio = n_raters * variance[0] / variance[1:].sum()
        slope = 0.5 * ratio / (1 + ratio)
        slopes = slope * np.r_[1, -variance[1:] / variance[1:].sum()]
        half = t * np.sqrt(slopes @ covariance @ slopes)
        limits[i] = z[i] - half, z[i] + half
    return limits
