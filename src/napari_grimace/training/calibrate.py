"""Temperatures and thresholds, fixed on held-out renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def log_loss(
    odds: NDArray[np.float32], level: NDArray[np.int64], temperature: float = 1.0
) -> float:
    """Mean negative log-likelihood of true levels under softened odds (crop, level)."""
    soft = odds.astype(np.float64) / temperature
    soft -= soft.max(-1, keepdims=True)
    logged = soft - np.log(np.exp(soft).sum(-1, keepdims=True))
    return float(-logged[np.arange(len(level)), level].mean())


def temperature(odds: NDArray[np.float32], level: NDArray[np.int64]) -> float:
    """Temperature under which held-out levels are most likely.

    References
    ----------
    Guo C, Pleiss G, Sun Y, Weinberger KQ (2017) On calibration of modern neural
    networks. ICML, PMLR 70:1321-1330.
    """
    tried = np.geomspace(0.1, 10, 185)
    losses = [log_loss(odds, level, float(one)) for one in tried]
    return round(float(tried[int(np.argmin(losses))]), 3)


def calibration_error(
    probability: NDArray[np.float32], level: NDArray[np.int64], bins: int = 10
) -> float:
    """Mean gap between confidence and accuracy, weighted by the bins' counts."""
    confidence, right = probability.max(-1), probability.argmax(-1) == level
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == b].mean() - right[place == b].mean())
        * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(np.sum(gaps))


def best_threshold(
    confidence: NDArray[np.float32],
    right: NDArray[np.bool_],
    wanted: int,
    images: int,
    most_false: float,
) -> float:
    """Confidence with the best F1, with not too many false boxes.

    Parameters
    ----------
    confidence, right
        (box,) confidence of each box found, and whether it is right.
    wanted
        Number of boxes that should be found.
    images
        Number of images.
    most_false
        False boxes per image that are allowed.

    Returns
    -------
    float
        Between 0.1 and 0.9, in steps of 0.02.
    """
    best, chosen = -1.0, 0.9
    for limit in np.arange(0.1, 0.901, 0.02):
        kept = confidence >= limit
        hits = int((kept & right).sum())
        wrong = int(kept.sum()) - hits
        score = 2 * hits / max(int(kept.sum()) + wanted, 1)
        if wrong <= most_false * images and score > best + 1e-6:
            best, chosen = score, float(limit)
    return round(chosen, 2)
