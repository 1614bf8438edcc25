"""Drawing animals with replacement: sums over drawn targets are one product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.stats.tables import check_resamples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.stats.reliability.ratings import Clusters


def draws(clusters: Clusters, n_resamples: int, seed: int) -> NDArray[np.float64]:
    """Draw animals (or targets that stand alone) with replacement.

    Parameters
    ----------
    clusters
        Which targets belong together.
    n_resamples
        Number of replicates.
    seed
        Of the random numbers.

    Returns
    -------
    (replicate, animal) float64
        How often each animal is drawn. A sum over targets becomes one over drawn
        targets as ``draws @ summed(parts, clusters)``.

    Raises
    ------
    GrimaceError
        If `n_resamples` is below 2.
    """
    check_resamples(n_resamples, least=2)
    rng = np.random.default_rng(seed)
    even = np.full(clusters.number, 1 / max(clusters.number, 1))
    return rng.multinomial(clusters.number, even, n_resamples).astype(np.float64)


def summed(parts: NDArray[Any], clusters: Clusters) -> NDArray[np.float64]:
    """Add the targets of each animal.

    Parameters
    ----------
    parts
        (target, ...).

    Returns
    -------
    (animal, ...) float64
    """
    sums = np.zeros((clusters.number, *parts.shape[1:]))
    np.add.at(sums, clusters.code, parts)
    return sums
