"""Which ratings an intraclass correlation is made from, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_grimace.stats.reliability.labels import not_independent
from napari_grimace.stats.reliability.ratings import (
    Clusters,
    check_codes,
    clusters_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


class Kept(NamedTuple):
    """Ratings that count, and what is to be said of them."""

    scores: NDArray[np.float64]
    """(target, rater)."""
    raters: list[Any]
    """Labels of the raters."""
    clusters: Clusters
    """Which targets are of one animal."""
    note: str
    """What was left out; may be empty."""
    reason: str
    """Why agreement cannot be told; empty if it can."""


def keep(
    ratings: pd.DataFrame, by: str | ArrayLike | None, *, incomplete: bool = False
) -> Kept:
    """Leave out raters who scored nothing, and targets that do not count.

    Parameters
    ----------
    ratings
        (target, rater); NaN where not rated.
    by
        What tells the animal of each target; see `clusters_of`.
    incomplete
        Whether targets count that not all raters scored.

    Returns
    -------
    Kept
        With the reason, if agreement cannot be told from what is left.

    Raises
    ------
    GrimaceError
        If some scores are codes of what was not scored.
    """
    values = ratings.to_numpy()
    seen = np.isfinite(values)
    check_codes(values)
    raters = seen.any(axis=0)
    seen = seen[:, raters]
    rows = seen.any(axis=1) if incomplete else seen.all(axis=1) & raters.any()
    scores = values[rows][:, raters]
    clusters = clusters_of(ratings, by)
    # Numbered anew: animals may have lost all their targets.
    names, code = np.unique(clusters.code[rows], return_inverse=True)
    clusters = Clusters(code, len(names), clusters.known)
    labels = ratings.columns.to_numpy()
    notes = [
        _left_out_raters(labels[~raters].tolist()) if raters.any() else "",
        _left_out_targets(rows, incomplete),
        not_independent(labels[raters].tolist()),
    ]
    note = "; ".join(filter(None, notes))
    reason = _reason(scores, seen[rows], incomplete)
    return Kept(scores, labels[raters].tolist(), clusters, note, reason)


def _left_out_raters(labels: list[Any]) -> str:
    if not labels:
        return ""
    return f"left out, having scored nothing: {', '.join(map(str, labels))}"


def _left_out_targets(rows: NDArray[np.bool_], incomplete: bool) -> str:
    if rows.all() or not rows.any():
        return ""
    why = "nobody scored them" if incomplete else "not all raters scored them"
    return f"{np.sum(~rows)} of {len(rows)} targets left out: {why}"


def _reason(
    scores: NDArray[np.float64], seen: NDArray[np.bool_], incomplete: bool
) -> str:
    """Say why agreement cannot be told from these ratings; empty if it can."""
    n, k = scores.shape
    if k == 0:
        return "there are no ratings"
    if k == 1:
        return "one rater (or occasion) has scores: agreement needs two"
    if n < 2:
        told = "scored" if incomplete else "that all raters scored"
        return f"there {('are no targets', 'is one target')[n]} {told}: two are needed"
    if incomplete and not (seen.sum(axis=1) > 1).any():
        return "no target was scored by two raters"
    kept = scores[seen]
    if (kept == kept[0]).all():
        return f"all scores are {kept[0]:g}: nothing tells agreement from chance"
    return ""
