"""Simulated raters in two labs, who agree as those of a published study did.

The three raters of lab one agree as table 5 of the paper says, and with the one of lab
two as table 6 says. The paper tells of a two-way mixed design, but not whether a rater
who scores on another level than the others disagrees. Here that is so (absolute
agreement, ICC2 of Shrout and Fleiss). Were it not (consistency, ICC3), the rater of lab
two would have had to score ears, noses and totals without any relation to the others,
but eyes as they did. Instead, lab two scores noses, ears and whiskers higher here.
Within lab one, the two forms differ little.

References
----------
McCoy ES, Park SK, Patel RP, et al. (2024) Development of PainFace software to simplify,
standardize, and scale up mouse grimace analyses. Pain 165:1793-1805, tables 5 and 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.icc_forms import icc_estimates
from napari_grimace.study.simulate_frames import Course, read, scores_of, simulate_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.scales import Scale

LAB_ONE = {
    "orbital": 0.762,
    "nose": 0.613,
    "ear": 0.927,
    "whiskers": 0.36,
    "total": 0.837,
}
"""Single-measure ICC of the three raters of lab one (table 5).

The third digit is such that the average measure (which Spearman and Brown's formula
gives) is the printed one too.
"""

BOTH_LABS = {
    "orbital": 0.71,
    "nose": 0.34,
    "ear": 0.47,
    "whiskers": 0.37,
    "total": 0.449,
}
"""Single-measure ICC of all four raters (table 6)."""

N_TARGETS, TARGETS = 25, Course(medium=0.3, high=0.2)
"""Number of faces, each of another animal, and what these animals do."""

N_LAB_ONE, N_RATERS = 3, 4

MISREAD = {"orbital": 0.22, "nose": 0.2, "ear": 0.04, "whiskers": 0.45}
"""Share of levels that a rater reads one too low or too high, before the search."""

HIGHER = {"orbital": 0.0, "nose": 0.9, "ear": 1.0, "whiskers": 0.5}
"""Share of faces that lab two reads one level higher, before the search."""

READ_OTHERWISE = 0.2
"""Share of levels that a rater reads one lower or higher when scoring again."""

NEAR = 0.01
"""How far from the published ICCs the search may end."""

STEPS, MOST_STARTS = 3_000, 20
"""Steps of a search, and how often it starts anew if it does not succeed."""


def search_ratings(scale: Scale, rng: np.random.Generator) -> NDArray[np.int8]:
    """Find ratings of 25 faces by four raters whose agreement is the published one.

    At first all misread some levels (`MISREAD`), and lab two reads some higher
    (`HIGHER`). Then one or two ratings at a time are changed at random, and the change
    is kept if the ICCs come nearer to the published ones (stochastic hill climbing).
    If they do not come near enough, it is begun anew with other faces.

    Parameters
    ----------
    scale
        Whose units are rated.
    rng
        Where chance comes from.

    Returns
    -------
    (target, rater, unit) int8
        Which of the unit's levels each rater reads, from 0; lab two is the last.

    Raises
    ------
    GrimaceError
        If no search comes near enough.
    """
    for _ in range(MOST_STARTS):
        ratings = _first_ratings(scale, rng)
        far = _far(ratings, scale)
        for _ in range(STEPS):
            if far.max() < NEAR:
                return ratings
            changed = _changed(ratings, scale, rng)
            now = _far(changed, scale)
            if now @ now < far @ far:
                ratings, far = changed, now
    raise GrimaceError(
        "No ratings were found that agree as published. Take another seed."
    )


def _first_ratings(scale: Scale, rng: np.random.Generator) -> NDArray[np.int8]:
    level = simulate_faces([TARGETS], N_TARGETS, 1, scale, rng).level[:, 0]
    higher = [HIGHER[unit] for unit in scale.unit_names]
    misread = [MISREAD[unit] for unit in scale.unit_names]
    seen = np.repeat(level[:, None], N_RATERS, axis=1)
    # The same faces for all units: what moves one moves the others.
    seen[:, N_LAB_ONE:] += (rng.random((len(level), 1)) < higher)[:, None]
    return read(seen, scale, rng, misread)


def _changed(
    ratings: NDArray[np.int8], scale: Scale, rng: np.random.Generator
) -> NDArray[np.int8]:
    """Give ratings in which one or two are another level."""
    changed = ratings.copy()
    for _ in range(rng.integers(1, 3)):
        place = tuple(rng.integers(ratings.shape))
        n_levels = len(scale.units[place[-1]].levels)
        changed[place] = (changed[place] + rng.integers(1, n_levels)) % n_levels
    return changed


def _far(ratings: NDArray[np.int8], scale: Scale) -> NDArray[np.float64]:
    """Give how far the ICCs of units and total are from the published ones."""
    units = np.moveaxis(scores_of(ratings, scale), -1, 0)
    tables = np.concatenate([units, units.sum(axis=0, keepdims=True)])
    names = [*scale.unit_names, "total"]
    one, both = (icc_estimates(t)[:, 1] for t in (tables[..., :N_LAB_ONE], tables))
    off = [one - [LAB_ONE[n] for n in names], both - [BOTH_LABS[n] for n in names]]
    # No ICC, as all scores are the same: far from anything. Rounded, so that every
    # computer takes the same way.
    return np.nan_to_num(np.abs(np.concatenate(off)), nan=1.0).round(9)
