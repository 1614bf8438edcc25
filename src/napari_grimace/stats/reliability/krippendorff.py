"""Krippendorff's alpha, with missing scores and with its uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.coefficients import (
    agreeing_pairs,
    coefficient_table,
    linearised_error,
    scored,
)
from napari_grimace.stats.reliability.icc_bootstrap import interval as t_interval
from napari_grimace.stats.reliability.resampling import draws, summed
from napari_grimace.stats.tables import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.by_unit import AnyRatings
    from napari_grimace.stats.reliability.coefficients import Scored

    Floats = NDArray[np.float64]

Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Interval = Literal["bootstrap", "t"]


def krippendorff_alpha(
    ratings: AnyRatings,
    metric: Metric = "ordinal",
    levels: Sequence[float] | None = None,
    *,
    interval: Interval = "bootstrap",
    n_resamples: int = 2000,
    seed: int = 0,
    by: str | ArrayLike | None = "animal",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Agreement of several raters beyond chance: Krippendorff's alpha.

    Parameters
    ----------
    ratings
        As for `fleiss_kappa`. Targets with one score are left out.
    metric
        How far two levels are apart: ``"nominal"``, equal or not; ``"ordinal"``, the
        scores that lie between them; ``"interval"``, their difference; ``"ratio"``,
        their difference over their sum.
    levels
        Levels that a score may have, to check the scores; by default those given.
    interval
        ``"bootstrap"``: animals (or targets that stand alone) are drawn with
        replacement; the interval is that of Student's t on the scale of log(1 - alpha)
        with the spread of the replicates, which covers more nearly what it claims than
        percentiles do where animals are few. Hayes and Krippendorff (2007) draw pairs
        of scores instead, as if the pairs of one target were independent. ``"t"``:
        Student's t with Gwet's standard error.
    n_resamples, seed
        Of the bootstrap.
    by
        What tells which targets are of one animal; see `fleiss_kappa`.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row, with the columns of `cohen_kappa`. ``se`` is Gwet's, with the
        distances between levels taken as known; ``z`` is the estimate over it.

    Raises
    ------
    GrimaceError
        If the ratings are no table of numbers, a score is none of the levels, or the
        metric or the interval is unknown.

    References
    ----------
    Krippendorff K (2011) Computing Krippendorff's alpha-reliability. University of
    Pennsylvania. Hayes AF, Krippendorff K (2007) Answering the call for a standard
    reliability measure for coding data. Communication Methods and Measures 1:77-89.
    Standard error: Gwet KL (2014) Handbook of inter-rater reliability, 4th ed.,
    chapter 5.
    """
    check_choice("metric", metric, get_args(Metric))
    check_choice("interval", interval, get_args(Interval))

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        found = scored(table, levels, by)
        found = found.chosen(found.counts.sum(axis=1) > 1)
        if interval == "t":
            return _row(found, metric, confidence)
        return _row_with_bootstrap(found, metric, confidence, n_resamples, seed)

    return tell_by_unit(ratings, of_one)


def _row(found: Scored, metric: Metric, confidence: float) -> pd.DataFrame:
    name = f"Krippendorff's alpha ({metric})"
    together = _coincidences(found.counts).sum(axis=0)
    estimate = float(_alpha(together, np.asarray(found.levels), metric))
    if np.isnan(estimate):
        return coefficient_table(name, found, np.nan, np.nan, np.inf)
    se, df = _gwet_error(found, metric)
    return coefficient_table(name, found, estimate, se, df, confidence=confidence)


def _row_with_bootstrap(
    found: Scored, metric: Metric, confidence: float, n_resamples: int, seed: int
) -> pd.DataFrame:
    row = _row(found, metric, confidence)
    if row["ci_low"].isna().all():
        return row
    of_animal = summed(_coincidences(found.counts), found.clusters)
    drawn = np.tensordot(draws(found.clusters, n_resamples, seed), of_animal, 1)
    replicates = _alpha(drawn, np.asarray(found.levels), metric)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, spread = -np.log(1 - row["estimate"]), -np.log(1 - replicates)
        ends = t_interval(
            estimate.to_numpy(), spread[:, None], found.clusters.number, confidence
        )
    row[["ci_low", "ci_high"]] = 1 - np.exp(-ends)
    if np.isnan(ends).any():
        notes = [found.note, "most targets agree alike: no interval"]
        row["note"] = "; ".join(filter(None, notes))
    return row


def _coincidences(counts: Floats) -> Floats:
    """Give (target, level, level) how often each two levels met in pairs of raters."""
    pairs: Floats = counts[:, :, None] * counts[:, None, :]
    pairs -= counts[:, :, None] * np.eye(counts.shape[1])
    pairs /= (counts.sum(axis=1) - 1)[:, None, None]
    return pairs


def _alpha(coincidences: Floats, values: Floats, metric: Metric) -> Floats:
    """Give alpha (...) of coincidences (..., level, level); NaN where undefined."""
    number = coincidences.sum(axis=-1)
    apart = _distances(number, values, metric)
    by_chance = number[..., :, None] * number[..., None, :]
    observed = (coincidences * apart).sum(axis=(-2, -1))
    # Pairs of a score with itself cost nothing, so they need not be taken out.
    expected = (by_chance * apart).sum(axis=(-2, -1)) / (number.sum(axis=-1) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha: Floats = np.where(expected > 0, 1 - observed / expected, np.nan)
    return alpha


def _distances(number: Floats, values: Floats, metric: Metric) -> Floats:
    """Give the squared distances (..., level, level) between levels.

    Parameters
    ----------
    number
        (..., level) How often each level was given, in pairs.
    values
        (level) The levels.
    """
    if metric == "nominal":
        return 1 - np.eye(len(values))
    if metric == "ratio":
        whole = np.add.outer(values, values)
        apart = np.subtract.outer(values, values)
        return np.divide(apart, whole, out=np.zeros_like(apart), where=whole != 0) ** 2
    if metric == "ordinal":
        order = np.argsort(values)
        below = np.empty_like(number)
        below[..., order] = number[..., order].cumsum(axis=-1)
        # Ranks in the middle of each level: the scores from one to another are between.
        values = below - number / 2
    return (values[..., :, None] - values[..., None, :]) ** 2


def _gwet_error(found: Scored, metric: Metric) -> tuple[float, int]:
    """Give Gwet's standard error, of alpha without its small-sample term, and df."""
    counts = found.counts
    raters = counts.sum(axis=1)
    mean = raters.mean()
    apart = _distances(counts.sum(axis=0), np.asarray(found.levels), metric)
    agreement = 1 - apart / apart.max()
    shares = counts / mean
    more = (raters - mean) / mean
    observed = agreeing_pairs(counts, agreement) * raters / mean
    agreed = observed.mean()
    expected_of = shares @ (agreement @ shares.mean(axis=0))
    expected = expected_of.mean()
    alpha = (agreed - expected) / (1 - expected)
    # The share agreed with its small-sample term, as published.
    corrected = agreed + (1 - agreed) / raters.sum()
    pull = observed - corrected * more - expected
    pull -= 2 * (1 - alpha) * (expected_of - expected * more - expected)
    return linearised_error(pull / (1 - expected) - alpha, found.clusters)
