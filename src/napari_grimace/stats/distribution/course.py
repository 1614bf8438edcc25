"""How totals go over time: bins, courses of groups, change from baseline."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceWarning, StudyError
from napari_grimace.stats.distribution.animals import (
    columns,
    frames_by_animal,
    group_means,
)
from napari_grimace.stats.tables import check_columns, check_one_row
from napari_grimace.study.names import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.stats.distribution.animals import Interval
    from napari_grimace.study.table import Scores


def time_bins(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    width: float = 300,
    n_frames: int | None = 150,
    seed: int = 0,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Give the mean total of each animal in bins of time.

    Parameters
    ----------
    scores, by, timepoint, rater, window
        As for `score_histogram`.
    width
        Of a bin, in s. Bins begin at the window's start, or the video's.
    n_frames
        Frames with a total that are drawn at random in each bin of each animal, all
        where there are fewer; None for all, which is more exact.
    seed
        Of the draw.

    Returns
    -------
    DataFrame
        A row per animal and bin: the columns of `by`; ``animal``; ``start`` and
        ``end`` of the bin (s); ``total``, the mean of the frames drawn; ``n_used``,
        their number; ``note``, the reason for NaN. All animals have the same bins; a
        last bin that even the longest recording fills by less than half is left out.

    Raises
    ------
    StudyError
        As `score_histogram`; if no times are known, or a number is not above 0.

    References
    ----------
    PainFace (see `score_histogram`), figure 6D.
    """
    if not width > 0 or (n_frames is not None and n_frames < 1):
        raise StudyError(f"width is {width}, n_frames {n_frames}: give more than 0.")
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window or (0, np.inf)
    )
    time = animals.frames["time"].to_numpy(np.float64)
    start, end = window or (0, np.max(time, initial=0))
    number = (end - start) / width
    whole = np.floor(number + 0.5) if window is None else np.ceil(number - 1e-9)
    count = max(1, int(whole))
    # A frame on an edge belongs behind it, whatever rounding made of its time.
    place = ((time - start + 1e-6) // width).astype(np.int64)
    used = np.isfinite(animals.totals) & (place < count)
    cell = (animals.animal * count + place)[used]
    totals = animals.totals[used]
    if n_frames is not None:
        drawn = _drawn(cell, n_frames, seed)
        cell, totals = cell[drawn], totals[drawn]
    cells = len(animals.keys) * count
    n_used = np.bincount(cell, minlength=cells)
    starts = start + width * np.arange(count)
    ends = np.minimum(starts + width, end) if window else starts + width
    bins = pd.DataFrame({"start": starts, "end": ends})
    table = animals.keys.merge(bins, how="cross")
    with np.errstate(invalid="ignore"):
        table["total"] = np.bincount(cell, totals, cells) / n_used
    table["n_used"] = n_used
    table["note"] = np.where(n_used == 0, "no frame with a total", "")
    return table


def time_course(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    width: float = 300,
    n_frames: int | None = 150,
    interval: Interval = "t",
    seed: int = 0,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Give the mean total of each group in bins of time, with a confidence band.

    Parameters
    ----------
    scores, by, width, n_frames, seed, timepoint, rater, window
        As for `time_bins`.
    interval
        As for `group_means`. The band holds for each bin by itself, not for the
        whole course at once.

    Returns
    -------
    DataFrame
        A row per group and bin, as of `group_means`: the columns of `by`; ``start``
        and ``end`` (s); ``mean``, ``sd``, ``ci_low``, ``ci_high``, ``n_animals``,
        ``note``.

    Raises
    ------
    StudyError
        As `time_bins`.
    """
    bins = time_bins(
        scores,
        by=by,
        width=width,
        n_frames=n_frames,
        seed=seed,
        timepoint=timepoint,
        rater=rater,
        window=window,
    )
    cells = [*columns(by), "start", "end"]
    return group_means(bins, "total", cells, interval=interval, seed=seed)


def change_from_baseline(
    scores: Scores,
    *,
    baseline: str = "baseline",
    by: str | Sequence[str] = "group",
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
) -> pd.DataFrame:
    """Give each animal's mean total against its own at baseline.

    Parameters
    ----------
    scores, by, rater
        As for `score_histogram`; or a summary of recordings (see `study.summarise`).
    baseline
        The timepoint that the others are compared with.
    window
        As for `score_histogram`; a summary has its own.

    Returns
    -------
    DataFrame
        A row per animal and other timepoint: the columns of `by`; ``animal``;
        ``timepoint``; ``baseline`` and ``total``, the means; ``difference``, total
        less baseline; ``ratio``, total by baseline, which is unsteady where baseline
        is near 0; ``note``, the reason for NaN.
        Animals that have nothing but a baseline have no row.

    Raises
    ------
    StudyError
        As `score_histogram`, and if there is no such timepoint or no other.

    Warns
    -----
    GrimaceWarning
        If animals have no total at baseline; they are named.

    References
    ----------
    PainFace (see `score_histogram`), figure 6H (window None) and I.
    """
    keys = [*dict.fromkeys([*columns(by), "timepoint"])]
    means = _means_of_animals(scores, keys, rater, window)
    known = means["timepoint"].unique()
    if baseline not in known or len(known) < 2:
        raise StudyError(
            f"The timepoints are {listed(known)}: choose baseline= among them; at "
            "least one other is needed."
        )
    keys.remove("timepoint")
    first = means["timepoint"] == baseline
    before = means[first].drop(columns="timepoint")
    before = before.rename(columns={"total": "baseline"})
    table = means[~first].merge(
        before, on=[*keys, "animal"], how="left", indicator="found"
    )
    without = table.loc[table["baseline"].isna(), "animal"].unique()
    if len(without):
        warnings.warn(
            f"Animals without a total at {baseline}: {listed(without)}",
            GrimaceWarning,
            stacklevel=2,
        )
    table["difference"] = table["total"] - table["baseline"]
    table["ratio"] = table["total"] / table["baseline"].where(table["baseline"] > 0)
    reasons = {
        f"no recording at {baseline}": table["found"] == "left_only",
        f"no frame with a total at {baseline}": table["baseline"].isna(),
        "no frame with a total": table["total"].isna(),
        f"total at {baseline} is 0: no ratio": table["baseline"] == 0,
    }
    table["note"] = np.select(list(reasons.values()), list(reasons), "")
    places = ["animal", "timepoint", "baseline", "total"]
    return table[[*keys, *places, "difference", "ratio", "note"]]


def _means_of_animals(
    scores: Scores,
    keys: Sequence[str],
    rater: str | None,
    window: tuple[float, float] | None,
) -> pd.DataFrame:
    """Give a mean total for each animal and recording."""
    if isinstance(scores, pd.DataFrame) and "n_used" in scores:
        table = scores if rater is None else scores[scores["rater"] == rater]
        check_columns(table, [*keys, "animal", "total"])
        check_one_row(table, keys)
        return table[[*keys, "animal", "total"]].reset_index(drop=True)
    animals = frames_by_animal(scores, keys, timepoint=None, rater=rater, window=window)
    table = animals.keys.copy()
    totals = pd.Series(animals.totals).groupby(animals.animal).mean()
    table["total"] = totals.reindex(table.index)
    return table


def _drawn(cell: NDArray[np.int64], n_frames: int, seed: int) -> NDArray[np.intp]:
    """Draw frames at random in each cell, all where there are no more than asked."""
    order = np.random.default_rng(seed).permutation(len(cell))
    order = order[np.argsort(cell[order], kind="stable")]
    counts = np.bincount(cell)
    within = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[within < n_frames]
