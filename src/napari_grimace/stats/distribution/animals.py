"""From frames to animals, and from animals to groups.

Frames of one animal resemble each other: the animal is the unit, however many frames
it has. Every table of this room has rows per animal, and `group_means` averages them.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from napari_grimace.errors import GrimaceWarning, StudyError
from napari_grimace.scales.library import load_scale
from napari_grimace.stats.tables import (
    at_timepoint,
    check_choice,
    check_columns,
    check_one_row,
)
from napari_grimace.study.names import listed
from napari_grimace.study.table import as_frame_scores
from napari_grimace.study.table import scale_of as scale_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from napari_grimace.scales.scale import Scale
    from napari_grimace.study.table import Scores

Interval = Literal["t", "bootstrap"]


@dataclass(frozen=True, slots=True)
class AnimalFrames:
    """Frames of a study, told apart by animal.

    Attributes
    ----------
    keys
        One row per animal: the columns that animals are grouped by, and ``animal``.
        Animals without a frame in the window are among them.
    frames
        The frames in the window, as of `study.frame_scores`, by animal and time.
    animal
        (frame) row of `keys` that each frame belongs to.
    """

    keys: pd.DataFrame
    frames: pd.DataFrame
    animal: NDArray[np.intp]

    @property
    def totals(self) -> NDArray[np.float64]:
        """(frame) totals; NaN where there is none."""
        return self.frames["total"].to_numpy(np.float64)

    def count(self, kept: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """(animal) number of frames, or of those kept."""
        chosen = self.animal if kept is None else self.animal[kept]
        return np.bincount(chosen, minlength=len(self.keys)).astype(np.int64)

    def shares(
        self, cell: NDArray[np.integer[Any]], cells: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Count the frames in each cell; cell -1 is none.

        Returns
        -------
        n_used : (animal) int64
            Frames in any cell.
        share : (animal, cell) float64
            NaN for an animal without frames.
        """
        kept = cell >= 0
        counts = np.zeros((len(self.keys), cells), np.int64)
        np.add.at(counts, (self.animal[kept], cell[kept]), 1)
        n_used = counts.sum(axis=1)
        share = counts / np.maximum(n_used, 1)[:, None]
        share[n_used == 0] = np.nan
        return n_used, share


def frames_by_animal(
    scores: Scores,
    by: str | Sequence[str],
    *,
    timepoint: str | Sequence[str] | None,
    rater: str | None,
    window: tuple[float, float] | None,
) -> AnimalFrames:
    """Take a study's frames apart by animal.

    Parameters
    ----------
    scores, by, timepoint, rater, window
        As for `score_histogram`.

    Raises
    ------
    StudyError
        If a column or timepoint is unknown, nothing is left, or an animal has
        several recordings that `by` does not tell apart.
    """
    frames = as_frame_scores(scores, rater)
    keys = [*columns(by), "animal"]
    check_columns(frames, keys)
    if timepoint is not None:
        frames = at_timepoint(frames, timepoint)
    frames = _without_blanks(frames, keys)
    _check_one_recording(frames, keys)
    animals = frames[keys].drop_duplicates(ignore_index=True)
    groups = frames.groupby(keys, sort=False, observed=True)
    animal: NDArray[np.intp] = groups.ngroup().to_numpy().astype(np.intp)
    order = np.lexsort([frames["time"].to_numpy(), animal])
    if window is not None:
        order = order[_in_window(frames["time"].to_numpy()[order], window)]
    return AnimalFrames(animals, frames.iloc[order], animal[order])


def scale_of(frames: pd.DataFrame, scale: str | Scale | None) -> Scale:
    """Give the scale asked for, or the one that the scores say they are on."""
    told: Scale | None = scale_told(frames) if scale is None else load_scale(scale)
    if told is None:
        raise StudyError(
            "The table of scores does not say which scale it is on: give scale=, "
            "such as scale='mgs-black'."
        )
    highest = frames["total"].max()
    if highest > told.max_total + 1e-4:
        raise StudyError(
            f"A total is {highest:g}, but scale {told.name!r} ends at "
            f"{told.max_total:g}: choose the scale that was used, and code what was "
            "not scored as NaN."
        )
    return told


def group_means(
    table: pd.DataFrame,
    value: str,
    by: str | Sequence[str] = "group",
    *,
    interval: Interval = "t",
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Average animals, with the uncertainty that comes from animals.

    Parameters
    ----------
    table
        A table with one row per animal and cell of `by`, as all functions of this
        room give it.
    value
        Column to average.
    by
        Columns that make a cell, such as ``["group", "total"]``.
    interval
        ``"t"``: Student's t; ``"bootstrap"``: percentiles of means of animals drawn
        with replacement, a little too narrow for few animals.
    n_resamples, seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        A row per cell in the order of the table: the columns of `by`; ``mean``;
        ``sd`` between animals; ``ci_low`` and ``ci_high``, the 95 % confidence
        interval of the mean; ``n_animals`` that have a value; ``note``, the reason
        for what is NaN.

    Raises
    ------
    StudyError
        If a column is unknown, or an animal has several rows in a cell: they would
        count as several animals.
    """
    from scipy.stats import t

    check_choice("interval", interval, get_args(Interval))
    cells = columns(by)
    check_columns(table, [*cells, "animal", value])
    check_one_row(table, cells)
    values = table.groupby(cells, sort=False, observed=True, dropna=False)[value]
    means = values.agg(mean="mean", sd="std", n_animals="count").reset_index()
    number = means["n_animals"].to_numpy()
    if interval == "t":
        error = means["sd"] / np.sqrt(np.maximum(number, 1))
        half = t.ppf(0.975, np.maximum(number - 1, 1)) * error
        means["ci_low"], means["ci_high"] = means["mean"] - half, means["mean"] + half
    else:
        rng = np.random.default_rng(seed)
        ends = [_bootstrap(part.to_numpy(), n_resamples, rng) for _, part in values]
        means[["ci_low", "ci_high"]] = np.array(ends).reshape(-1, 2)
    means["note"] = np.select(
        [number == 0, number == 1],
        ["no animal has a value", "one animal: no interval"],
        "",
    )
    return means[[*cells, "mean", "sd", "ci_low", "ci_high", "n_animals", "note"]]


def columns(by: str | Sequence[str]) -> list[str]:
    """Give names of columns as a list."""
    return [by] if isinstance(by, str) else list(by)


def _without_blanks(frames: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Leave out recordings whose group is blank while others have one, and say so."""
    for name in keys:
        blank = frames[name].isna() | (frames[name] == "")
        if blank.any() and (name == "animal" or not blank.all()):
            warnings.warn(
                f"Recordings without {name} are left out: "
                f"{listed(frames.loc[blank, 'recording'].unique())}",
                GrimaceWarning,
                stacklevel=4,
            )
            frames = frames[~blank]
    if frames.empty:
        raise StudyError("No frames are left: check the study and what was chosen.")
    return frames


def _check_one_recording(frames: pd.DataFrame, keys: Sequence[str]) -> None:
    """Raise if an animal is there with several recordings."""
    recordings = frames[[*keys, "recording"]].drop_duplicates()
    again = recordings[recordings.duplicated(list(keys), keep=False)]
    if len(again):
        animal = again["animal"].iloc[0]
        its = again.loc[again["animal"] == animal, "recording"]
        raise StudyError(
            f"Animal {animal!r} has the recordings {listed(its)}: choose one timepoint "
            f"(timepoint=), or keep them apart (by={[*keys[:-1], 'timepoint']})."
        )


def _in_window(
    time: NDArray[np.float64], window: tuple[float, float]
) -> NDArray[np.bool_]:
    start, end = window
    if not start < end:
        raise StudyError(
            f"The window is {start:g} to {end:g} s: give a start and a later end."
        )
    if not np.isfinite(time).any():
        raise StudyError(
            "No times of frames are known, so that only what needs none can be given, "
            "with window=None."
        )
    untimed = int(np.isnan(time).sum())
    if untimed:
        warnings.warn(
            f"{untimed} frames without a known time are left out",
            GrimaceWarning,
            stacklevel=4,
        )
    return (time >= start) & (time < end)


def _bootstrap(
    values: NDArray[np.float64], n_resamples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Give the ends of the percentile interval of the mean of animals."""
    kept = values[np.isfinite(values)]
    if len(kept) < 2:
        return np.nan, np.nan
    drawn = rng.choice(kept, (n_resamples, len(kept))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)
