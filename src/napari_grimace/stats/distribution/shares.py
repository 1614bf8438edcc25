"""What share of an animal's frames has which total."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import StudyError
from napari_grimace.scales.scoring import band_of
from napari_grimace.stats.distribution.animals import frames_by_animal, scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.scales.scale import Scale
    from napari_grimace.stats.distribution.animals import AnimalFrames
    from napari_grimace.study.table import Scores


def score_histogram(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    scale: str | Scale | None = None,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
) -> pd.DataFrame:
    """Give the share of each animal's frames at each total.

    Average with ``group_means(table, "share", ["group", "total"])``: each animal then
    weighs the same, however many of its frames could be scored.

    Parameters
    ----------
    scores
        A study, or a table of frame scores (see `study.frame_scores`).
    by
        Column or columns that animals are grouped by. An animal with several
        recordings needs `timepoint`, or ``"timepoint"`` among these columns.
    scale
        The scale, its name or file; by default the one that the scores are on.
    timepoint
        The timepoint or timepoints to use; by default all.
    rater
        Label of the rater; needed where there are several.
    window
        Start (inclusive) and end (exclusive) in s from the video's start; None for
        the whole recording.

    Returns
    -------
    DataFrame
        A row per animal and total that the scale can have: the columns of `by`;
        ``animal``; ``total``; ``share`` of the frames with a total, 0 to 1, NaN for
        an animal without such frames; ``n_used``, frames with a total; ``note``, the
        reason for NaN. A total between two possible ones, as a rescaled one may be,
        counts for the nearer.

    Raises
    ------
    StudyError
        If a column, rater or timepoint is unknown, an animal has several recordings
        that nothing tells apart, or a total is off the scale.

    Warns
    -----
    GrimaceWarning
        If recordings without a group, or frames without a time, are left out.

    References
    ----------
    McCoy ES, Park SK, Patel RP, et al. (2024) Development of PainFace software to
    simplify, standardize, and scale up mouse grimace analyses. Pain 165:1793-1805,
    figure 7A (there of whole recordings, over all frames of a group).
    """
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window
    )
    possible = possible_totals(scale_of(animals.frames, scale))
    between = (possible[1:] + possible[:-1]) / 2
    place = np.searchsorted(between, animals.totals - 1e-6)
    place = np.where(np.isfinite(animals.totals), place, -1)
    return _share_table(animals, pd.DataFrame({"total": possible}), place)


def share_at_score(
    scores: Scores,
    k: float | Sequence[float],
    *,
    by: str | Sequence[str] = "group",
    scale: str | Scale | None = None,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
) -> pd.DataFrame:
    """Give the share of each animal's frames at a total of `k`.

    Parameters
    ----------
    scores, by, scale, timepoint, rater, window
        As for `score_histogram`.
    k
        One or several totals that the scale can have; given to two digits.

    Returns
    -------
    DataFrame
        The rows of `score_histogram` at these totals.

    Raises
    ------
    StudyError
        As `score_histogram`, and if the scale cannot have a total of `k`.

    References
    ----------
    PainFace (see `score_histogram`), figure 7B and C.
    """
    table = score_histogram(
        scores, by=by, scale=scale, timepoint=timepoint, rater=rater, window=window
    )
    possible = table["total"].unique()
    asked = np.atleast_1d(np.asarray(k, np.float64))
    near = np.isclose(asked[:, None], possible, rtol=0, atol=0.006)
    if not near.any(axis=1).all():
        raise StudyError(
            f"A total cannot be {asked[~near.any(axis=1)][0]:g}: choose of "
            f"{', '.join(f'{value:.3g}' for value in possible)}."
        )
    return table[table["total"].isin(possible[near.any(axis=0)])].reset_index(drop=True)


def state_shares(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    scale: str | Scale | None = None,
    threshold: float | None = None,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
) -> pd.DataFrame:
    """Give the share of each animal's frames in each state: low, medium, high.

    Parameters
    ----------
    scores, by, scale, timepoint, rater, window
        As for `score_histogram`.
    threshold
        Tell two states apart, below this total and from it on, instead of by the
        scale's bands.

    Returns
    -------
    DataFrame
        A row per animal and state: the columns of `by`; ``animal``; ``state``, the
        scale's bands from the lowest; ``share``, ``n_used`` and ``note`` as for
        `score_histogram`. A total between two bands belongs to the lower.

    Raises
    ------
    StudyError
        As `score_histogram`, and if the scale has no bands and no threshold is given.

    References
    ----------
    PainFace (see `score_histogram`), figure 7D.
    """
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window
    )
    names, state = states_of(animals, scale, threshold)
    return _share_table(animals, pd.DataFrame({"state": names}), state)


def states_of(
    animals: AnimalFrames, scale: str | Scale | None, threshold: float | None
) -> tuple[list[str], NDArray[np.int64]]:
    """Give the names of the states, and the state of each frame, -1 without one."""
    totals = animals.totals
    if threshold is not None:
        names = [f"below {threshold:g}", f"{threshold:g} or more"]
        return names, np.where(
            np.isfinite(totals), (totals >= threshold - 1e-6).astype(np.int64), -1
        )
    told = scale_of(animals.frames, scale)
    if not told.bands:
        raise StudyError(
            f"No ranges such as low and high are published for scale {told.name!r}: "
            "give threshold=, the total from which a frame counts as high."
        )
    return [band.name for band in told.bands], band_of(totals, told).astype(np.int64)


def possible_totals(scale: Scale) -> NDArray[np.float64]:
    """Give the totals that a scale can have with all its units scored, ascending."""
    sums = np.zeros(1)
    for unit in scale.units:
        levels = np.array(unit.levels, np.float64)
        if scale.sides == "mean":
            sides = np.array(list(product(levels, repeat=len(unit.regions))))
            levels = sides.mean(axis=1)
        sums = np.unique(np.add.outer(sums, levels))
    return sums if scale.total == "sum" else sums / len(scale.units)


def _share_table(
    animals: AnimalFrames, cells: pd.DataFrame, place: ArrayLike
) -> pd.DataFrame:
    """Give the share of each animal's frames in each cell, a row for each."""
    n_used, share = animals.shares(np.asarray(place, np.int64), len(cells))
    table = animals.keys.merge(cells, how="cross")
    table["share"] = share.ravel()
    table["n_used"] = np.repeat(n_used, len(cells))
    table["note"] = np.where(table["n_used"] == 0, "no frame with a total", "")
    return table
