"""Raters one by one and two by two: who scores higher, who agrees with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.icc_bootstrap import interval
from napari_grimace.stats.reliability.labels import not_independent
from napari_grimace.stats.reliability.levels import levels_or_seen
from napari_grimace.stats.reliability.pairs import (
    absolute_agreement,
    bias,
    percent_agreement,
    weighted_kappa,
)
from napari_grimace.stats.reliability.ratings import check_codes, clusters_of
from napari_grimace.stats.reliability.resampling import draws, summed
from napari_grimace.stats.tables import check_choice, check_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.by_unit import AnyRatings
    from napari_grimace.stats.reliability.ratings import Clusters

    Floats = NDArray[np.float64]

Statistic = Literal["icc", "weighted kappa", "percent agreement", "bias"]


def rater_bias(
    ratings: AnyRatings,
    *,
    by: str | ArrayLike | None = "animal",
    n_resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Tell how much higher or lower each rater scores than the others do.

    Parameters
    ----------
    ratings
        As for `fleiss_kappa`.
    by
        What tells which targets are of one animal; see `fleiss_kappa`.
    n_resamples, seed
        Of the bootstrap, which draws animals with replacement.
    confidence
        Of the interval, Student's t with the bootstrap's spread.

    Returns
    -------
    DataFrame
        Indexed by `rater`: ``mean`` of the rater's scores and ``mean_others``, of the
        mean of the others on the same targets; ``bias``, their difference, above 0
        where the rater scores higher; ``ci_low`` and ``ci_high``; ``n_targets`` that
        the rater and another scored; ``n_animals`` (NaN where unknown); ``note``, the
        reason for what is NaN.

    Raises
    ------
    GrimaceError
        If the ratings are no table of numbers, or some scores are codes of what was
        not scored.
    """
    check_share("confidence", confidence)

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        clusters = clusters_of(table, by)
        values = table.to_numpy()
        check_codes(values)
        mixed = not_independent(table.columns[np.isfinite(values).any(axis=0)])
        columns = zip(values.T, mean_of_others(values).T, strict=True)
        rows = [
            _bias(
                own, others, clusters, draw=(n_resamples, seed), confidence=confidence
            )
            for own, others in columns
        ]
        told = pd.DataFrame(rows, index=pd.Index(table.columns, name="rater"))
        told["note"] = ["; ".join(filter(None, (mixed, n))) for n in told["note"]]
        return told

    return tell_by_unit(ratings, of_one)


def rater_matrix(
    ratings: AnyRatings,
    statistic: Statistic = "icc",
    *,
    levels: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Tell for each two raters how well they agree, on the targets that both scored.

    Parameters
    ----------
    ratings
        As for `fleiss_kappa`.
    statistic
        ``"icc"``: ICC(A,1), see `absolute_agreement`; ``"weighted kappa"``, with
        quadratic weights; ``"percent agreement"``, exact, 0 to 100; ``"bias"``, the
        mean of rater minus other.
    levels
        Levels that a score may have, for kappa; by default those that were given.

    Returns
    -------
    DataFrame
        Indexed by `rater` and `other`, for each two in both orders: ``estimate``,
        ``n_targets``, and ``note``, the reason for an estimate that is NaN.

    Raises
    ------
    GrimaceError
        If the statistic is unknown, there is one rater, or a score is none of the
        levels, or a code of what was not scored.
    """
    check_choice("statistic", statistic, get_args(Statistic))

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        if table.shape[1] < 2:
            raise GrimaceError("A matrix of raters needs two: give their scores.")
        values = table.to_numpy()
        known: list[float] = []
        if statistic == "weighted kappa":
            known = levels_or_seen(values, levels)
        elif levels is None:
            check_codes(values)
        rows = {
            (rater, other): _pair(table[[rater, other]].dropna(), statistic, known)
            for rater in table
            for other in table
            if rater != other
        }
        index = pd.MultiIndex.from_tuples(rows, names=["rater", "other"])
        return pd.DataFrame(list(rows.values()), index=index)

    return tell_by_unit(ratings, of_one)


def mean_of_others(values: Floats) -> Floats:
    """Give for each score (target, rater) the mean of the other raters' scores.

    NaN where no other rater scored the target.
    """
    scored = np.isfinite(values)
    number = scored.sum(axis=1, keepdims=True) - scored
    sums = np.where(scored, values, 0)
    rest: Floats = sums.sum(axis=1, keepdims=True) - sums
    mean = np.full(values.shape, np.nan)
    np.divide(rest, number, out=mean, where=number > 0)
    return mean


def _bias(
    own: Floats,
    others: Floats,
    clusters: Clusters,
    draw: tuple[int, int],
    confidence: float,
) -> dict[str, float | str]:
    """Tell how much higher a rater scores than the mean of the others."""
    kept = np.isfinite(own - others)
    own, others, among = own[kept], others[kept], clusters.chosen(kept)
    n, note, ends = len(own), "", np.full((1, 2), np.nan)
    if n == 0:
        note = "no target was scored by this rater and another"
    elif among.number < 2:
        note = f"one {'animal' if among.known else 'target'}: no interval"
    else:
        parts = summed(np.stack([own - others, np.ones(n)], axis=1), among)
        sums = draws(among, *draw) @ parts
        estimate = (own - others).mean(keepdims=True)
        ends = interval(estimate, sums[:, :1] / sums[:, 1:], among.number, confidence)
    mean, mean_others = (_mean(side) for side in (own, others))
    return {
        "mean": mean,
        "mean_others": mean_others,
        "bias": mean - mean_others,
        "ci_low": float(ends[0, 0]),
        "ci_high": float(ends[0, 1]),
        "n_targets": n,
        "n_animals": among.number if among.known else np.nan,
        "note": note,
    }


def _pair(
    pair: pd.DataFrame, statistic: Statistic, levels: Sequence[float]
) -> dict[str, float | int | str]:
    """Tell how two raters agree on targets that both scored."""
    first, second = pair.to_numpy().T
    if statistic == "icc":
        estimate = absolute_agreement(pair)
    elif statistic == "weighted kappa":
        estimate = weighted_kappa(first, second, levels) if len(pair) else np.nan
    else:
        compare = bias if statistic == "bias" else percent_agreement
        estimate = compare(first, second)
    note = ""
    if np.isnan(estimate):
        note = "too few targets scored by both" if len(pair) < 2 else "no variation"
    return {"estimate": estimate, "n_targets": len(pair), "note": note}


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else np.nan
