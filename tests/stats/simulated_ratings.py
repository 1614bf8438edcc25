"""Ratings made from known variance components."""

import numpy as np
import pandas as pd


def simulated(
    n_targets,
    n_raters,
    target=1.0,
    rater=0.4,
    error=1.0,
    *,
    animal=0.0,
    per_animal=1,
    missing=0.0,
    seed=0,
):
    """Give ratings; spreads are standard deviations, animals a level of the index."""
    rng = np.random.default_rng(seed)
    of_animal = np.arange(n_targets) // per_animal
    level = target * rng.normal(size=n_targets)
    level += animal * rng.normal(size=n_targets)[of_animal]
    scores = level[:, None] + rater * rng.normal(size=n_raters)
    scores = scores + error * rng.normal(size=(n_targets, n_raters))
    scores[rng.random(scores.shape) < missing] = np.nan
    index = pd.MultiIndex.from_arrays(
        [[f"m{number}" for number in of_animal], np.arange(n_targets)],
        names=["animal", "frame"],
    )
    return pd.DataFrame(scores, index, [f"r{i + 1}" for i in range(n_raters)])
