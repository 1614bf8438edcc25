"""Cumulative logit models of shares, with standard errors by animal.

An animal's scores enter as the share of frames at each level: the likelihood of
grouped data, exact and as quick for a million frames as for ten. statsmodels'
OrderedModel takes no shares, and corrects no standard errors for few animals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_STEPS = 60
_TOO_FAR = 12.0  # log odds that only separation leads to


@dataclass(frozen=True)
class CumulativeLogit:
    """A fitted model: logit P(score <= level) = threshold - columns x slopes.

    `thresholds` (level - 1,) and `slopes` (column,); `covariance` of both together,
    thresholds first, with animals as clusters; `converged` is False where no finite
    estimate is the most likely one.
    """

    thresholds: Numbers
    slopes: Numbers
    covariance: Numbers
    log_likelihood: float
    converged: bool

    @property
    def slope_covariance(self) -> Numbers:
        """Covariance (column, column) of the slopes."""
        first = len(self.thresholds)
        return self.covariance[first:, first:]


def fit_cumulative_logit(
    weights: Numbers, matrix: Numbers, animals: NDArray[np.intp]
) -> CumulativeLogit:
    """Fit by maximum likelihood (Fisher scoring).

    Parameters
    ----------
    weights
        (row, level) shares or counts of frames; each level has some.
    matrix
        (row, column) without an intercept.
    animals
        (row,) number of each row's animal, from 0.

    Returns
    -------
    CumulativeLogit
        The covariance is the sandwich of Kauermann and Carroll (2001), which is CR2 for
        this model: residuals of animals with much leverage count more, so that few
        animals do not look certain. NaN where one animal alone decides on a
        coefficient.

    References
    ----------
    McCullagh P (1980) Regression models for ordinal data. Journal of the Royal
    Statistical Society B 42:109-142.
    Kauermann G, Carroll RJ (2001) A note on the efficiency of sandwich covariance
    matrix estimation. Journal of the American Statistical Association 96:1387-1396.
    """
    below = np.cumsum(weights.sum(0))[:-1] / weights.sum()
    estimate = np.concatenate([np.log(below / (1 - below)), np.zeros(matrix.shape[1])])
    likelihood, score, information = _pieces(estimate, weights, matrix)
    converged = False
    for _ in range(_STEPS):
        step = _solve(information.sum(0), score.sum(0))
        if step is None or np.abs(estimate).max() > _TOO_FAR:
            break
        estimate, (likelihood, score, information) = _uphill(
            estimate, step, likelihood, weights, matrix
        )
        if np.abs(step).max() < 1e-9:
            converged = True
            break
    cut = weights.shape[1] - 1
    covariance = (
        _sandwich(score, information, animals)
        if converged
        else np.full((len(estimate), len(estimate)), np.nan)
    )
    return CumulativeLogit(
        estimate[:cut], estimate[cut:], covariance, likelihood, converged
    )


def _pieces(
    estimate: Numbers, weights: Numbers, matrix: Numbers
) -> tuple[float, Numbers, Numbers]:
    """Give the log likelihood, and each row's score and expected information."""
    from scipy.special import expit

    rows, levels = weights.shape
    thresholds, slopes = estimate[: levels - 1], estimate[levels - 1 :]
    below = expit(thresholds - (matrix @ slopes)[:, None])
    slope = below * (1 - below)
    edges = np.zeros((rows, 1))
    share = np.diff(np.hstack([edges, below, edges + 1]))
    if (share <= 0).any():
        return -np.inf, np.zeros(0), np.zeros(0)
    rise = np.zeros((rows, levels, len(estimate)))
    place = np.arange(levels - 1)
    rise[:, place, place] = slope
    rise[:, place + 1, place] = -slope
    towards = np.diff(np.hstack([edges, slope, edges]))
    rise[:, :, levels - 1 :] = -towards[:, :, None] * matrix[:, None, :]
    score = np.einsum("rl,rlp->rp", weights / share, rise)
    number = weights.sum(1)[:, None] / share
    information = np.einsum("rl,rlp,rlq->rpq", number, rise, rise)
    return float((weights * np.log(share)).sum()), score, information


def _solve(matrix: Numbers, vector: Numbers) -> Numbers | None:
    """Solve, or give None where nothing decides."""
    if np.linalg.cond(matrix) > 1e12:
        return None
    return np.asarray(np.linalg.solve(matrix, vector))


def _uphill(
    estimate: Numbers,
    step: Numbers,
    likelihood: float,
    weights: Numbers,
    matrix: Numbers,
) -> tuple[Numbers, tuple[float, Numbers, Numbers]]:
    """Take the step, or as much of it as does not lose likelihood."""
    slack = 1e-12 * abs(likelihood)
    for halving in range(40):
        tried = estimate + step / 2**halving
        pieces = _pieces(tried, weights, matrix)
        if pieces[0] >= likelihood - slack:
            break
    return tried, pieces


def _sandwich(
    score: Numbers, information: Numbers, animals: NDArray[np.intp]
) -> Numbers:
    """Give the covariance from scores (row, p) and information (row, p, p)."""
    member = np.eye(animals.max() + 1)[animals].T
    values, vectors = np.linalg.eigh(information.sum(0))
    root = (vectors / np.sqrt(values)) @ vectors.T
    scores = (member @ score) @ root
    by_animal = np.einsum("ar,rpq->apq", member, information)
    leverage, axes = np.linalg.eigh(root @ by_animal @ root)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(leverage < 1 - 1e-6, (1 - leverage) ** -0.5, np.nan)
    turned = np.einsum("apq,ap->aq", axes, scores) * factor
    adjusted = np.einsum("apq,aq->ap", axes, turned)
    return np.asarray(root @ adjusted.T @ adjusted @ root)
