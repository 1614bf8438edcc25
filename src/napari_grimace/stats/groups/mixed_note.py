"""What is said beside a mixed model: how it was fitted, and what to mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from napari_grimace.stats.groups.factorial import Factorial
    from napari_grimace.stats.groups.random_intercept import RandomIntercept
    from napari_grimace.stats.groups.satterthwaite import Estimates

_NO_RESIDUAL = 1e-5  # share of the animals' variance; the search ends at 1e-6


def note_of(
    design: Factorial, estimates: Estimates, outcome: str, asked: str, n_resamples: int
) -> str:
    """Write the note of a mixed model, in sentences."""
    told = [
        *_fitted(design, estimates.model, outcome),
        *design.dropped,
        *_gaps(design, estimates.model),
        *_cautions(estimates, outcome),
        *_resampled(asked, n_resamples),
    ]
    return " ".join(told)


def _fitted(design: Factorial, model: RandomIntercept, outcome: str) -> list[str]:
    """Say which model was fitted, and how."""
    crossed = " x ".join(design.levels)
    told = [f"{outcome} by {crossed}, {len(model.sizes)} animals."]
    if model.random:
        told.append(
            "Linear mixed model, animal as random intercept, restricted maximum "
            "likelihood, sum-to-zero coding."
        )
    else:
        told.append("Linear model, sum-to-zero coding.")
        if design.within is not None:
            told.append("Animals could not be told from the residual: none is random.")
    return told


def _gaps(design: Factorial, model: RandomIntercept) -> list[str]:
    """Say which animals miss timepoints, and which groups have one animal."""
    told = []
    if design.within is not None:
        short = int((model.sizes < len(design.levels[design.within])).sum())
        if short:
            told.append(
                f"Animals that lack a {design.within}: {short}; what they have counts, "
                "as if the rest were missing by chance."
            )
    if design.between:
        shape = [len(design.levels[name]) for name in design.between]
        first = np.unique(design.animals, return_index=True)[1]
        labels = [design.codes[name][first] for name in design.between]
        cells = np.ravel_multi_index(labels, shape)
        lone = np.flatnonzero(np.bincount(cells) == 1)
        for place in np.transpose(np.unravel_index(lone, shape)):
            named = zip(design.between, place, strict=True)
            cell = ", ".join(f"{name} {design.levels[name][i]}" for name, i in named)
            told.append(
                f"{cell} has one animal: it counts, but says nothing of spread."
            )
    return told


def _cautions(estimates: Estimates, outcome: str) -> list[str]:
    """Say where a variance is 0."""
    model, fit = estimates.model, estimates.fit
    if not np.isfinite(fit.covariance).all():
        return [f"{outcome} does not vary beside these factors: nothing is tested."]
    if not model.random:
        return []
    if fit.animal == 0:
        return [
            "The variance between animals is estimated as 0 (singular fit): animals "
            "differ no more than timepoints of one animal do."
        ]
    if fit.residual < _NO_RESIDUAL * fit.animal:
        return [
            "The residual variance is estimated as 0: within an animal nothing varies "
            "beside these factors, and tests of what varies there mean nothing."
        ]
    return []


def _resampled(asked: str, n_resamples: int) -> list[str]:
    """Say what stands behind p values by resampling."""
    told = []
    if asked in ("bootstrap", "all"):
        told.append(f"p_bootstrap: {n_resamples} simulations without the term.")
    if asked in ("permutation", "all"):
        told.append(
            f"p_permutation: {n_resamples} permutations, exact for main effects, "
            "approximate for interactions."
        )
    return told
