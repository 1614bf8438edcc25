"""Tests of a mixed model's terms by shuffling animals, or timepoints within animals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.groups.random_intercept import RandomIntercept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.stats.groups.factorial import Factorial, Term

    Numbers = NDArray[np.float64]

_BLOCK = 250  # designs that are solved at once


def permute_term(
    design: Factorial,
    term: Term,
    random: bool,
    n_resamples: int,
    rng: np.random.Generator,
) -> float:
    """Test a term of a design by permutation.

    The outcome is first freed of what the model without the term, and without the
    interactions that hold it, explains. Then, for the factor within animals, its
    residuals are shuffled within each animal; for a factor between animals, its labels
    are exchanged between animals alike in all other such factors; for an interaction,
    animals exchange all labels at once. The statistic is the term's F in the whole
    model, with the variance ratio of the model without the term; p is (b + 1) /
    (m + 1).

    Exact, as long as neither the factor nor an interaction with it has any effect, for
    main effects; approximate for interactions, where residuals stand for errors
    (Freedman and Lane).

    Parameters
    ----------
    design
        Of the table.
    term
        Factors whose product is tested.
    random
        Whether animals vary at random.
    n_resamples
        Permutations.
    rng
        Random numbers.

    Returns
    -------
    float
        The p value.

    References
    ----------
    Freedman D, Lane D (1983) A nonstochastic interpretation of reported significance
    levels. Journal of Business & Economic Statistics 1:292-298.
    Anderson MJ, ter Braak CJF (2003) Permutation tests for multi-factorial analysis of
    variance. Journal of Statistical Computation and Simulation 73:85-113.
    """
    residuals, whiten = _without(design, term, random)
    tested = design.columns[term]
    observed = _f_ratios(
        whiten @ design.matrix(design.codes), whiten @ residuals, tested
    )
    if design.within is not None and term == (design.within,):
        order = _shuffled_within(design.animals, n_resamples, rng)
        moved = residuals[order] @ whiten.T
        null = _f_ratios(whiten @ design.matrix(design.codes), moved, tested)
    else:
        null = _relabelled(design, term, n_resamples, rng, residuals, whiten)
    reached = null >= observed * (1 - 1e-9)
    return float((1 + reached.sum()) / (1 + n_resamples))


def _without(design: Factorial, term: Term, random: bool) -> tuple[Numbers, Numbers]:
    """Give residuals (row,) of the model without a term, and its whitening matrix."""
    holds = [other for other in design.columns if set(term) <= set(other)]
    matrix = design.matrix(design.codes)
    kept = np.ones(matrix.shape[1], bool)
    for other in holds:
        kept[design.columns[other]] = False
    model = RandomIntercept(matrix[:, kept], design.animals, random)
    found = model.fit(design.outcome)
    residuals = design.outcome - model.matrix @ found.coefficients
    ratio = found.animal / found.residual if found.residual else 0.0
    return residuals, model.whitener(ratio)


def _relabelled(
    design: Factorial,
    term: Term,
    n_resamples: int,
    rng: np.random.Generator,
    residuals: Numbers,
    whiten: Numbers,
) -> Numbers:
    """Give F ratios (resample,) after animals exchanged their labels."""
    first = np.unique(design.animals, return_index=True)[1]
    labels = {name: design.codes[name][first] for name in design.between}
    strata = np.zeros(len(first), np.intp)
    if len(term) == 1:
        for name in design.between:
            if name not in term:
                strata = strata * len(design.levels[name]) + labels[name]
    flat = whiten @ residuals
    ratios = []
    for start in range(0, n_resamples, _BLOCK):
        count = min(_BLOCK, n_resamples - start)
        order = _shuffled_within(strata, count, rng)[:, design.animals]
        codes = {name: labels[name][order] for name in labels}
        if design.within is not None:
            times = design.codes[design.within]
            codes[design.within] = np.broadcast_to(times, order.shape)
        matrices = whiten @ design.matrix(codes)
        ratios.append(_f_ratios(matrices, flat, design.columns[term]))
    return np.concatenate(ratios)


def _f_ratios(matrices: Numbers, outcomes: Numbers, tested: slice) -> Numbers:
    """Give the F of columns, up to its constant, for many matrices or many outcomes.

    A matrix in which a shuffle left a cell empty gives infinity, which counts against
    the term.
    """
    width = matrices.shape[-1]
    place = np.arange(width)
    inside = (place >= tested.start) & (place < tested.stop)
    order = np.concatenate([place[~inside], place[inside]])
    q, r = np.linalg.qr(matrices[..., order])
    along = np.einsum("...np,...n->...p", q, outcomes)
    explained = (along[..., -inside.sum() :] ** 2).sum(-1)
    left = (outcomes**2).sum(-1) - (along**2).sum(-1)
    diagonal = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    full = diagonal.min(-1) > 1e-9 * diagonal.max(-1)
    return np.asarray(np.where(full, explained / np.maximum(left, 1e-300), np.inf))


def _shuffled_within(
    strata: NDArray[np.intp], n_resamples: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Give orders (resample, place) that only exchange places of one stratum."""
    orders = np.empty((n_resamples, len(strata)), np.intp)
    keys = strata + rng.random((n_resamples, len(strata)))
    orders[:, np.argsort(strata, kind="stable")] = np.argsort(keys, axis=1)
    return orders
