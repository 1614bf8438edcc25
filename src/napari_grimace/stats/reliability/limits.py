"""Limits of agreement of Bland and Altman, for one or several targets per animal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.stats.reliability.ratings import (
    as_pair,
    check_codes,
    clusters_of,
)
from napari_grimace.stats.reliability.resampling import summed
from napari_grimace.stats.tables import check_share

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.ratings import Clusters

    Floats = NDArray[np.float64]
    Told = tuple[float, float, float, float]

QUANTITIES = ("mean difference", "sd", "lower limit", "upper limit", "slope")
"""Rows of the table."""

_NOTHING: Told = (np.nan, np.nan, np.nan, np.nan)


class _Spread(NamedTuple):
    """How differences spread between targets and between animals."""

    mean: float
    mean_error: float
    sd: float
    sd_low: float
    sd_high: float
    df: int


def bland_altman(
    a: ArrayLike,
    b: ArrayLike,
    *,
    by: str | ArrayLike | None = "animal",
    coverage: float = 0.95,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Tell between which limits the differences of two raters, or of a model, lie.

    Parameters
    ----------
    a, b
        Numbers, such as totals, of the same targets in the same order; series are
        matched by their index. NaN where not scored: only targets that both scored
        count.
    by
        What tells which targets are of one animal: the level of a series' index, or a
        label for each target. Where animals have several targets, differences vary
        between animals and within them, and both kinds count for the limits. Where
        nothing tells the animal, targets are taken to be independent.
    coverage
        Share of differences between the limits.
    confidence
        Of the intervals.

    Returns
    -------
    DataFrame
        Indexed by `quantity`: ``mean difference`` (a - b), ``sd`` of differences,
        ``lower limit`` and ``upper limit`` of agreement, and ``slope``, by how much
        the difference grows with the mean of the two (proportional bias). Columns
        ``estimate``, ``ci_low``, ``ci_high``; ``p``, two-sided, of a mean difference
        and a slope of 0; ``n_targets``; ``n_animals`` (NaN where unknown); ``note``,
        the reason for what is NaN.

    Raises
    ------
    GrimaceError
        If the lengths differ, the coverage or confidence is not between 0 and 1, or
        some scores are codes of what was not scored.

    References
    ----------
    Bland JM, Altman DG (1999) Measuring agreement in method comparison studies.
    Statistical Methods in Medical Research 8:135-160. Several targets of an animal:
    Bland JM, Altman DG (2007) Agreement between methods of measurement with multiple
    observations per individual. Journal of Biopharmaceutical Statistics 17:571-582,
    section 3 (the true value varies). Intervals of the limits: exact, Carkeet A (2015)
    Optometry and Vision Science 92:e71-e80; with several targets of an animal, Zou GY
    (2013) Statistical Methods in Medical Research 22:630-642. The slope's error is
    then that of the jackknife over animals.
    """
    for name, share in (("coverage", coverage), ("confidence", confidence)):
        check_share(name, share)
    pair = as_pair(a, b)
    check_codes(pair.to_numpy())
    kept = pair.notna().all(axis=1).to_numpy()
    clusters = clusters_of(pair, by).chosen(kept)
    first, second = pair[kept].to_numpy().T
    rows, note = _rows(first - second, clusters, coverage, confidence)
    slope, slope_note = _slope(first, second, clusters, confidence)
    table = pd.DataFrame(
        [*rows, slope],
        columns=["estimate", "ci_low", "ci_high", "p"],
        index=pd.Index(QUANTITIES, name="quantity"),
    )
    table["n_targets"] = len(first)
    table["n_animals"] = clusters.number if clusters.known else np.nan
    table["note"] = [*[note] * len(rows), slope_note]
    return table


def _rows(
    apart: Floats, clusters: Clusters, coverage: float, confidence: float
) -> tuple[list[Told], str]:
    """Give mean difference, SD and limits, and why they are not defined."""
    from scipy.stats import norm, t

    if len(apart) == 0:
        return [_NOTHING] * 4, "no target was scored by both"
    mean = float(apart.mean())
    if clusters.number < 2:
        what = "animal" if clusters.known else "target"
        return [(mean, np.nan, np.nan, np.nan), *[_NOTHING] * 3], f"one {what}"
    z = float(norm.ppf((1 + coverage) / 2))
    single = len(apart) == clusters.number
    spread = (
        _single(apart, confidence) if single else _several(apart, clusters, confidence)
    )
    limits = spread.mean - z * spread.sd, spread.mean + z * spread.sd
    if not spread.sd > 0:
        alike = [(value, np.nan, np.nan, np.nan) for value in (mean, 0, *limits)]
        return alike, "all differences are the same: no interval"
    half = float(t.ppf((1 + confidence) / 2, spread.df)) * spread.mean_error
    p = float(2 * t.sf(abs(spread.mean) / spread.mean_error, spread.df))
    below, above = (
        _exact_ends(spread, z, confidence)
        if single
        else _recovered_ends(spread, z, confidence)
    )
    low, high = limits
    return [
        (spread.mean, spread.mean - half, spread.mean + half, p),
        (spread.sd, spread.sd_low, spread.sd_high, np.nan),
        (low, low - above, low + below, np.nan),
        (high, high - below, high + above, np.nan),
    ], ""


def _single(apart: Floats, confidence: float) -> _Spread:
    """Tell the spread where each animal has one target."""
    df = len(apart) - 1
    variance = float(apart.var(ddof=1))
    low, high = variance * df / _chi2(df, confidence)
    error = np.sqrt(variance / len(apart))
    sd, sd_low, sd_high = np.sqrt([variance, low, high])
    return _Spread(float(apart.mean()), float(error), sd, sd_low, sd_high, df)


def _several(apart: Floats, clusters: Clusters, confidence: float) -> _Spread:
    """Tell the spread where animals have several targets.

    The total variance is a weighted sum of two mean squares, and so is the square of
    the distance to its confidence limits (Zou 2013).
    """
    count = summed(np.ones(len(apart)), clusters)
    n, total = clusters.number, len(apart)
    of_animal = summed(apart, clusters) / count
    mean = float(apart.mean())
    df = np.array([n - 1, total - n])
    between = float((count * (of_animal - mean) ** 2).sum()) / df[0]
    within = float(((apart - of_animal[clusters.code]) ** 2).sum()) / df[1]
    # Targets of an animal, averaged as unequal numbers need it (Bland, Altman 2007).
    per_animal = (total**2 - float((count**2).sum())) / (df[0] * total)
    parts = np.array([between / per_animal, (1 - 1 / per_animal) * within])
    variance = parts.sum()
    low, high = (df / _chi2(df[:, None], confidence).T - 1) * parts
    sd_low = np.sqrt(max(variance - np.hypot(*low), 0))
    sd_high = np.sqrt(variance + np.hypot(*high))
    of_animals = max(between - within, 0) / per_animal
    error = of_animals * float((count**2).sum()) / total**2 + within / total
    return _Spread(
        mean, float(np.sqrt(error)), float(np.sqrt(variance)), sd_low, sd_high, n - 1
    )


def _chi2(df: Any, confidence: float) -> Any:
    """Give the upper and the lower quantile of chi squared: of the low and high end."""
    from scipy.stats import chi2

    return chi2.ppf([(1 + confidence) / 2, (1 - confidence) / 2], df)


def _exact_ends(spread: _Spread, z: float, confidence: float) -> tuple[float, float]:
    """Give how far a limit's interval reaches towards the mean and away from it."""
    from scipy.stats import nct

    root = np.sqrt(spread.df + 1)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    near, far = nct.ppf(tails, spread.df, z * root) / root * spread.sd
    return float(z * spread.sd - near), float(far - z * spread.sd)


def _recovered_ends(
    spread: _Spread, z: float, confidence: float
) -> tuple[float, float]:
    """Give the same from the intervals of mean and SD (Zou 2013)."""
    from scipy.stats import norm

    of_mean = float(norm.ppf((1 + confidence) / 2)) * spread.mean_error
    near = np.hypot(of_mean, z * (spread.sd - spread.sd_low))
    far = np.hypot(of_mean, z * (spread.sd_high - spread.sd))
    return float(near), float(far)


def _slope(
    first: Floats, second: Floats, clusters: Clusters, confidence: float
) -> tuple[Told, str]:
    """Regress the difference on the mean of the two."""
    from scipy.stats import linregress, t

    mean, apart = (first + second) / 2, first - second
    if len(mean) < 3 or clusters.number < 3:
        what = "animals" if clusters.known else "targets"
        return _NOTHING, f"a slope needs three {what}"
    if np.ptp(mean) <= 1e-12 * np.abs(mean).max():
        return _NOTHING, "all means are the same"
    line = linregress(mean, apart)
    error, df = float(line.stderr), len(mean) - 2
    if len(mean) > clusters.number:
        error, df = _jackknifed(mean, apart, clusters), clusters.number - 1
    if not error > 1e-12:
        why = "all on one line" if np.isfinite(error) else "it hangs on one animal"
        return (float(line.slope), np.nan, np.nan, np.nan), f"{why}: no interval"
    half = float(t.ppf((1 + confidence) / 2, df)) * error
    p = float(2 * t.sf(abs(line.slope) / error, df))
    return (float(line.slope), line.slope - half, line.slope + half, p), ""


def _jackknifed(mean: Floats, apart: Floats, clusters: Clusters) -> float:
    """Give the slope's standard error from leaving out each animal in turn."""
    x, y = mean - mean.mean(), apart - apart.mean()
    sums = summed(np.stack([np.ones_like(x), x, y, x * x, x * y], axis=1), clusters)
    n, of_x, of_y, of_xx, of_xy = (sums.sum(axis=0) - sums).T
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (of_xy - of_x * of_y / n) / (of_xx - of_x**2 / n)
    return float(np.sqrt((clusters.number - 1) * slopes.var()))
