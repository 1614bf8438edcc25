"""Tests of a mixed model's terms against simulated data in which the term is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.stats.groups.random_intercept import RandomIntercept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


def parametric_bootstrap(
    model: RandomIntercept,
    outcome: Numbers,
    tested: slice,
    n_resamples: int,
    rng: np.random.Generator,
) -> float:
    """Test columns of a model by the parametric bootstrap of the likelihood ratio.

    Outcomes are simulated from the model without the columns, as it was fitted to the
    data; both models are fitted to each by maximum likelihood. The p value is the share
    of simulated ratios that reach the observed one, which is counted among them:
    (b + 1) / (m + 1).

    Parameters
    ----------
    model
        With the columns.
    outcome
        (row,).
    tested
        Columns to test.
    n_resamples
        Simulated outcomes.
    rng
        Random numbers.

    Returns
    -------
    float
        The p value.

    References
    ----------
    Halekoh U, Højsgaard S (2014) A Kenward-Roger approximation and parametric bootstrap
    methods for tests in linear mixed models: the R package pbkrtest. Journal of
    Statistical Software 59(9), section 5.
    """
    fewer = np.delete(model.matrix, tested, axis=1)
    reduced = RandomIntercept(fewer, model.animals, model.random)
    ratio = reduced.maximise(outcome[:, None], restricted=False)[0][0]
    # The likelihood ratio depends neither on the fixed effects that both models have
    # nor on the residual variance: they are 0 and 1 here.
    size = len(model.sizes), n_resamples
    animal = np.sqrt(ratio) * rng.standard_normal(size)
    simulated = animal[model.animals] + rng.standard_normal((len(outcome), n_resamples))
    observed = likelihood_ratio(model, reduced, outcome[:, None])[0]
    null = likelihood_ratio(model, reduced, simulated)
    return float((1 + (null >= observed - 1e-9).sum()) / (1 + n_resamples))


def likelihood_ratio(
    model: RandomIntercept, reduced: RandomIntercept, outcomes: Numbers
) -> Numbers:
    """Give for each outcome (row, outcome) twice the gain in log likelihood."""
    without = reduced.maximise(outcomes, restricted=False)[1]
    return without - model.maximise(outcomes, restricted=False)[1]
