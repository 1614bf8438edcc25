"""Variance components of ratings where not every rater rated every target.

Restricted maximum likelihood (REML) for crossed random effects: of targets, which may
lie within animals, and of raters, who may work within labs. Effects of targets and
animals are eliminated by hand, so that what is left to solve is as small as the number
of raters, and all bootstrap replicates are fitted at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_grimace.stats.reliability.resampling import summed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_grimace.stats.reliability.ratings import Clusters

_STEP = 1e-4  # of numerical derivatives
_LARGEST = 1e4  # ratio of standard deviations at which the search ends
_INFINITE = 1e3  # ratio of standard deviations that stands for no error at all
_NEAR = 1e-10  # of minus twice the logarithm of the likelihood: as good as the best
_ZERO = 1e-4  # ratio of standard deviations below which a component is 0


@dataclass(frozen=True)
class Design:
    """Ratings and what they are crossed with, as sums that the likelihood needs.

    The last two columns of each are the constant and the score; those before are
    raters and labs. Sums over targets are for each replicate.
    """

    whole: NDArray[np.float64]
    """(replicate, column, column) Cross products of all ratings."""
    of_count: NDArray[np.float64]
    """(replicate, count, column, column) Those of target sums, by number of ratings."""
    n_of_count: NDArray[np.float64]
    """(replicate, count) Number of targets with so many ratings."""
    counts: NDArray[np.float64]
    """(count) Ratings per target."""
    facet: NDArray[np.intp]
    """(column) Which of the rater side's facets a column is of."""
    animal_sums: NDArray[np.float64]
    """(animal, count, column) Target sums by animal; no animals if not a facet."""
    n_in_animal: NDArray[np.float64]
    """(animal, count) Number of its targets."""
    animal_weight: NDArray[np.float64]
    """(replicate, animal) How often each was drawn."""

    @property
    def n_facets(self) -> int:
        """Components beside the residual: target, animal, then the rater side's."""
        return 1 + bool(len(self.animal_sums)) + len(np.unique(self.facet))

    @property
    def n_ratings(self) -> NDArray[np.float64]:
        """(replicate) Number of ratings."""
        return self.whole[:, -2, -2]

    def chosen(self, rows: NDArray[np.intp]) -> Design:
        """Keep some replicates."""
        return replace(
            self,
            whole=self.whole[rows],
            of_count=self.of_count[rows],
            n_of_count=self.n_of_count[rows],
            animal_weight=self.animal_weight[rows],
        )


class Fit(NamedTuple):
    """Variance components, the residual last; NaN where there is nothing to fit."""

    variances: NDArray[np.float64]
    """(replicate, component)."""
    ratios: NDArray[np.float64]
    """(replicate, component but the residual) Standard deviations over its own."""


def make_design(
    table: NDArray[np.float64],
    sides: list[NDArray[np.intp]],
    clusters: Clusters,
    *,
    nested: bool = False,
    drawn: NDArray[np.float64] | None = None,
) -> Design:
    """Sum up ratings for `fit`.

    Parameters
    ----------
    table
        (target, rater); NaN where not rated.
    sides
        For each facet of the rater side (rater, lab): (rater) the number of its level.
    clusters
        The animal of each target.
    nested
        Whether animals are a facet.
    drawn
        (replicate, animal) How often each animal was drawn; by default one replicate
        of each once.

    Returns
    -------
    Design
        Scores are differences from their mean.
    """
    if drawn is None:
        drawn = np.ones((1, clusters.number))
    columns, facet = _columns(table, sides)
    sums = columns.sum(axis=1)
    per_target = np.isfinite(table).sum(axis=1)
    counts = np.unique(per_target[per_target > 0])
    of_count = (per_target[:, None] == counts).astype(np.float64)
    by_count = of_count[:, :, None] * sums[:, None, :]
    products = np.swapaxes(columns, 1, 2) @ columns
    products_by_count = by_count[:, :, :, None] * sums[:, None, None, :]
    facets = slice(None if nested else 0)
    return Design(
        np.tensordot(drawn, summed(products, clusters), 1),
        np.tensordot(drawn, summed(products_by_count, clusters), 1),
        drawn @ summed(of_count, clusters),
        counts.astype(np.float64),
        facet,
        summed(by_count, clusters)[facets],
        summed(of_count, clusters)[facets],
        drawn[:, facets],
    )


def _columns(
    table: NDArray[np.float64], sides: list[NDArray[np.intp]]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Give (target, rater, column) levels, constant and score, 0 where not rated.

    And which facet of the rater side each column is of, but the last two.
    """
    seen = np.isfinite(table)
    scores = np.where(seen, table - np.mean(table, where=seen), 0.0)
    levels = [np.eye(side.max() + 1)[side] for side in sides]
    facet = np.repeat(np.arange(len(levels)), [level.shape[1] for level in levels])
    by_rater = [
        np.broadcast_to(level, (*table.shape, level.shape[1])) for level in levels
    ]
    ones = np.ones((*table.shape, 1))
    columns = np.concatenate([*by_rater, ones, scores[..., None]], axis=-1)
    return columns * seen[..., None], facet


def fit(design: Design) -> Fit:
    """Estimate variance components by restricted maximum likelihood.

    Parameters
    ----------
    design
        Ratings; see `make_design`.

    Returns
    -------
    Fit
        Components target, animal (if a facet), those of the rater side, residual. A
        component is never below 0. NaN where all scores of a replicate are the same,
        there are no more ratings than components, or targets and raters between them
        leave no error.

    References
    ----------
    Patterson HD, Thompson R (1971) Recovery of inter-block information when block
    sizes are unequal. Biometrika 58:545-554.
    """
    flat = design.whole[:, -1, -1] - design.whole[:, -2, -1] ** 2 / design.n_ratings
    told = (design.n_ratings > design.n_facets) & (
        flat > 1e-12 * np.maximum(design.whole[:, -1, -1], 1e-300)
    )

    ratios = np.ones((len(flat), design.n_facets))
    ratios[told] = _most_likely(design.chosen(np.flatnonzero(told)))
    ratios = np.where(ratios < _ZERO, 0.0, ratios)
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = likelihood(design, ratios)[1] / (design.n_ratings - 1)
    # Without error all ratios are infinite: one tells that it is all there is.
    no_error = ratios.max(axis=1) > _INFINITE
    told &= ~(no_error & ((ratios > 0).sum(axis=1) > 1))
    variances = np.concatenate([ratios**2, ~no_error[:, None]], axis=1)
    variances *= np.where(told, residual, np.nan)[:, None]
    return Fit(variances, ratios)


def likelihood(
    design: Design, ratios: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give what the restricted likelihood of the ratings is made of.

    Parameters
    ----------
    design
        Ratings.
    ratios
        (..., replicate, component but the residual) Standard deviations over that of
        the residual.

    Returns
    -------
    tuple
        (..., replicate) Logarithm of the determinants; weighted residual squares.
    """
    target, rest = ratios[..., 0] ** 2, ratios[..., 1:]
    shrunk = 1 + target[..., None] * design.counts
    logs = (design.n_of_count * np.log(shrunk)).sum(axis=-1)
    taken = target[..., None] / shrunk
    left = design.whole - np.einsum("...c,...cij->...ij", taken, design.of_count)
    if len(design.animal_sums):
        animal, rest = rest[..., 0] ** 2, rest[..., 1:]
        sums = np.einsum("...c,aci->...ai", 1 / shrunk, design.animal_sums)
        own = np.einsum("...c,ac->...a", design.counts / shrunk, design.n_in_animal)
        whole = 1 + animal[..., None] * own
        logs = logs + (design.animal_weight * np.log(whole)).sum(axis=-1)
        taken = design.animal_weight * animal[..., None] / whole
        left = left - np.einsum("...a,...ai,...aj->...ij", taken, sums, sums)
    scale = rest[..., design.facet]
    raters = np.eye(len(design.facet)) + (
        scale[..., :, None] * left[..., :-2, :-2] * scale[..., None, :]
    )
    aside = scale[..., None] * left[..., :-2, -2:]
    solved = np.linalg.solve(raters, aside)
    left = left[..., -2:, -2:] - np.swapaxes(aside, -1, -2) @ solved
    mean = left[..., 0, 0]
    logs = logs + np.linalg.slogdet(raters)[1] + np.log(mean)
    return logs, left[..., 1, 1] - left[..., 0, 1] ** 2 / mean


def covariance_of_logs(design: Design, found: Fit) -> NDArray[np.float64]:
    """Give the covariance of the logarithms of the first replicate's components.

    Parameters
    ----------
    design, found
        Ratings and their fit.

    Returns
    -------
    (component, component) float64
        From the observed information; NaN for components that are 0, which are taken
        as known by the others.
    """
    variances = found.variances[0]
    free = np.flatnonzero(variances > 0)
    covariance = np.full((len(variances), len(variances)), np.nan)
    if not len(free) or free[-1] != len(variances) - 1:
        return covariance

    def deviance(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        all_logs = np.full((*logs.shape[:-1], len(variances)), -np.inf)
        all_logs[..., free] = logs
        residual = np.exp(all_logs[..., -1])
        ratios = np.sqrt(np.exp(all_logs[..., :-1]) / residual[..., None])
        determinants, rest = likelihood(design, ratios)
        df = design.n_ratings - 1
        return determinants + df * np.log(residual) + rest / residual

    curvature = _derivatives(deviance, np.log(variances[free])[None], 1e-3)[1][0]
    if np.linalg.eigvalsh(curvature)[0] > 0:
        covariance[np.ix_(free, free)] = 2 * np.linalg.inv(curvature)
    return covariance


def _most_likely(design: Design) -> NDArray[np.float64]:
    """Give the ratios (replicate, facet) of the highest likelihood.

    Newton's method, damped where a step does not lead down (Levenberg, Marquardt).
    Minus twice the log likelihood is even in each ratio, so that none has a bound.
    """
    ratios = np.ones((len(design.whole), design.n_facets))
    damping = np.full(len(ratios), 0.1)
    left = np.arange(len(ratios))
    for _ in range(100):
        if not len(left):
            break
        deviance = partial(_deviance, design.chosen(left))
        at = ratios[left]
        gradient, curvature = _derivatives(deviance, at, _STEP * (1 + at))
        size, axes = np.linalg.eigh(curvature)
        along = np.einsum("rij,ri->rj", axes, gradient)
        step = along / (np.abs(size) + damping[left, None])
        new = np.abs(at - np.einsum("rij,rj->ri", axes, step)).clip(max=_LARGEST)
        down = deviance(new) <= deviance(at)
        near = ((along * step).sum(axis=1) < _NEAR) | (new == at).all(axis=1)
        ratios[left[down]] = new[down]
        damping[left] = (damping[left] * np.where(down, 0.1, 10.0)).clip(1e-9, 1e9)
        left = left[~near]
    return ratios


def _deviance(design: Design, ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus twice the logarithm of the likelihood, for the best residual variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        determinants, rest = likelihood(design, ratios)
        deviance = determinants + (design.n_ratings - 1) * np.log(rest)
    return np.where(np.isfinite(deviance), deviance, 0.0)


def _derivatives(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    at: NDArray[np.float64],
    step: NDArray[np.float64] | float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give gradient and curvature of a function of (replicate, parameter)."""
    n = at.shape[-1]
    step = np.broadcast_to(step, at.shape)
    one, other = np.triu_indices(n, 1)
    axes = np.eye(n)
    moves = np.concatenate([axes, -axes, axes[one] + axes[other]])
    values = function(at + step * moves[:, None]), function(at)
    up, down, both = np.split(values[0] - values[1], [n, 2 * n])
    curvature = np.zeros((*at.shape, n))
    diagonal = np.arange(n)
    curvature[:, diagonal, diagonal] = (up + down).T
    # f(a, b) - f(a, 0) - f(0, b) + f(0, 0), about the middle of the four.
    curvature[:, one, other] = curvature[:, other, one] = (both - up[one] - up[other]).T
    return (
        (up - down).T / (2 * step),
        curvature / (step[:, :, None] * step[:, None, :]),
    )
