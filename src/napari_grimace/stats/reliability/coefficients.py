"""What coefficients of agreement on levels have in common: counts, errors, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.stats.reliability.labels import not_independent
from napari_grimace.stats.reliability.levels import level_codes, levels_or_seen
from napari_grimace.stats.reliability.ratings import clusters_of
from napari_grimace.stats.tables import check_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.ratings import Clusters

COLUMNS = (
    "estimate",
    "se",
    "ci_low",
    "ci_high",
    "z",
    "p",
    "percent_agreement",
    "n_targets",
    "n_raters",
    "n_animals",
    "note",
)
"""Columns of a coefficient's table, which is indexed by the coefficient's name."""


class Scored(NamedTuple):
    """Targets with a score, as levels."""

    code: NDArray[np.intp]
    """(target, rater) Place of the level, -1 without a score."""
    levels: list[float]
    """Levels that a score may have."""
    clusters: Clusters
    """Which targets belong together."""
    note: str
    """Which of the raters are none of their own; may be empty."""

    @property
    def counts(self) -> NDArray[np.float64]:
        """(target, level) Number of raters who gave the target the level."""
        places = np.arange(len(self.levels))
        counts: NDArray[Any] = (self.code[:, :, None] == places).sum(axis=1)
        return counts.astype(np.float64)

    def chosen(self, kept: NDArray[Any]) -> Scored:
        """Keep some targets."""
        clusters = self.clusters.chosen(kept)
        return self._replace(code=self.code[kept], clusters=clusters)


def scored(
    ratings: pd.DataFrame, levels: Sequence[float] | None, by: str | ArrayLike | None
) -> Scored:
    """Give the targets that anyone scored, as levels.

    Parameters
    ----------
    ratings
        (target, rater) float64.
    levels, by
        As for `fleiss_kappa`.
    """
    clusters = clusters_of(ratings, by)
    values = ratings.to_numpy()
    known = levels_or_seen(values, levels)
    code = level_codes(values, known) if known else np.full(values.shape, -1)
    raters = ratings.columns[np.any(code >= 0, axis=0)]
    found = Scored(code, known, clusters, not_independent(raters))
    return found.chosen(np.any(code >= 0, axis=1))


def agreeing_pairs(
    counts: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the share of each target's pairs of raters that agree, NaN without a pair.

    Parameters
    ----------
    counts
        (target, level) Number of raters.
    weights
        (level, level) How far two levels count as agreement: 1 on the diagonal.
    """
    raters = counts.sum(axis=1)
    pairs = np.where(raters > 1, raters * (raters - 1), np.nan)
    agreeing: NDArray[np.float64] = ((counts @ weights - 1) * counts).sum(axis=1)
    return agreeing / pairs


def linearised_error(
    influence: NDArray[np.float64], clusters: Clusters
) -> tuple[float, int]:
    """Give the standard error of an estimate whose error is a mean over targets.

    Parameters
    ----------
    influence
        (target) By how much a target moves the estimate: its error is their mean.
    clusters
        Which targets belong together: their influences are added before squaring.

    Returns
    -------
    tuple
        Standard error, NaN for fewer than two animals (or targets), and its degrees
        of freedom.

    References
    ----------
    Gwet KL (2014) Handbook of inter-rater reliability, 4th ed., chapter 5; with
    several targets of an animal, the between-cluster variance of Binder DA (1983),
    International Statistical Review 51:279-292.
    """
    if clusters.number < 2:
        return float("nan"), 0
    of_animal = np.bincount(clusters.code, influence, clusters.number)
    df = clusters.number - 1
    variance = float((of_animal**2).sum()) * clusters.number / df
    return float(np.sqrt(variance)) / len(influence), df


def coefficient_table(
    name: str,
    found: Scored,
    estimate: float,
    se: float,
    df: float,
    *,
    note: str = "",
    z: float | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Make the table of one coefficient, with its interval and its test against 0.

    Parameters
    ----------
    name
        Of the coefficient.
    found
        The scores.
    estimate, se, df
        Coefficient, its standard error, and degrees of freedom of Student's t; with
        infinity, the normal distribution.
    note
        Why a number is not defined.
    z
        Test statistic, where it is not `estimate` over `se`.
    confidence
        Of the interval.
    """
    from scipy.stats import t

    check_share("confidence", confidence)
    counts = found.counts
    paired = counts.sum(axis=1) > 1
    agreed = agreeing_pairs(counts[paired], np.eye(len(found.levels)))
    # Where all targets agree alike, an error of 0 (but for rounding) is no certainty.
    se = se if se > 1e-12 else float("nan")
    notes = [found.note, note or _why_no_error(found, estimate, se)]
    half = float(t.ppf((1 + confidence) / 2, df)) * se
    z = estimate / se if z is None else z
    return pd.DataFrame(
        {
            "estimate": estimate,
            "se": se,
            "ci_low": estimate - half,
            "ci_high": min(estimate + half, 1.0) if np.isfinite(half) else np.nan,
            "z": z,
            "p": float(2 * t.sf(abs(z), df)),
            "percent_agreement": 100 * agreed.mean() if paired.any() else np.nan,
            "n_targets": int(paired.sum()),
            "n_raters": int((found.code >= 0).any(axis=0).sum()),
            "n_animals": found.clusters.number if found.clusters.known else np.nan,
            "note": "; ".join(filter(None, notes)),
        },
        index=pd.Index([name], name="coefficient"),
    )


def _why_undefined(found: Scored) -> str:
    """Say why a coefficient is not defined."""
    if not (found.counts.sum(axis=1) > 1).any():
        return "no target has scores of two raters"
    return "all scores are the same level: nothing tells agreement from chance"


def _why_no_error(found: Scored, estimate: float, se: float) -> str:
    """Say why an estimate has no standard error."""
    if np.isnan(estimate):
        return _why_undefined(found)
    if np.isfinite(se):
        return ""
    if found.clusters.number < 2:
        return f"one {'animal' if found.clusters.known else 'target'}: no interval"
    what = "animals" if found.clusters.known else "targets"
    return f"all {what} agree alike: no interval"
