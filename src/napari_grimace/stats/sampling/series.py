"""Scores of each recording over time, taken from whatever they come as."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.stats.tables import at_timepoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Window = tuple[float, float]
    Scores = (
        Sequence[ArrayLike]
        | Mapping[str, ArrayLike]
        | pd.Series
        | pd.DataFrame
        | xr.DataTree
        | xr.Dataset
    )

LABELS = ("recording", "animal", "group", "timepoint")
"""Columns that tell recordings apart; plain series have the first alone."""


@dataclass(frozen=True, eq=False)
class ScoreSeries:
    """Scores of one recording over time.

    Attributes
    ----------
    labels
        What the sample sheet tells of the recording; at least ``recording``.
    outcome
        ``"total"`` or a unit.
    time
        (frame) s, increasing; NaN where unknown.
    score
        (frame) NaN where the frame has no score.
    """

    labels: Mapping[str, Any]
    outcome: str
    time: Floats
    score: Floats

    @property
    def name(self) -> str:
        """Name of the recording."""
        return str(self.labels["recording"])

    @property
    def told(self) -> dict[str, Any]:
        """What of `LABELS` is known, and the outcome."""
        known = {name: self.labels[name] for name in LABELS if name in self.labels}
        return {**known, "outcome": self.outcome}

    @cached_property
    def scored(self) -> Floats:
        """Scores of the frames that have one."""
        return self.score[np.isfinite(self.score)]

    @cached_property
    def scored_time(self) -> Floats:
        """Times of the frames that have a score, s."""
        return self.time[np.isfinite(self.score)]

    @cached_property
    def interval(self) -> float:
        """Median time from one frame to the next, s; NaN for a single frame."""
        return float(np.median(np.diff(self.time))) if len(self.time) > 1 else np.nan

    @property
    def length(self) -> float:
        """Time that the frames cover, s; NaN where unknown."""
        if not len(self.time):
            return np.nan
        length = float(self.time[-1] - self.time[0]) + self.interval
        return length if length > 0 else np.nan


def score_series(
    scores: Scores,
    outcome: str = "total",
    *,
    frame_rate: float = 1.0,
    window: Window | None = None,
    timepoint: str | None = None,
    rater: str | None = None,
) -> list[ScoreSeries]:
    """Give the scores of each recording over time.

    Parameters
    ----------
    scores
        One series of scores per recording, in a list or a dictionary by name, NaN
        where a frame has no score; one such series; a table of frame scores; or a
        study.
    outcome
        ``"total"`` or a unit; of plain series, what their scores are called.
    frame_rate
        Frames per second of plain series, whose first frame is at 0 s; tables and
        studies have times.
    window
        Start and end in s; the end does not belong to it. None for all frames.
    timepoint, rater
        The one to take, of a table or a study.

    Returns
    -------
    list of ScoreSeries
        In the order given.

    Raises
    ------
    GrimaceError
        If there are no scores, a series is not one line of numbers, is off any scale
        (-1 among whole numbers, infinity), or what is asked for is unknown.
    """
    if not _is_table(scores):
        if rater is not None or timepoint is not None:
            raise GrimaceError(
                "Plain series of scores tell neither rater nor timepoint: give a table "
                "of frame scores or a study to choose by them."
            )
        found = list(_plain(scores, outcome, frame_rate))
    else:
        found = list(_of_table(scores, outcome, timepoint, rater))
    if not found:
        raise GrimaceError("There are no recordings: give the scores of at least one.")
    for series in found:
        _check(series)
    return found if window is None else [_cut(series, window) for series in found]


def loaded(scores: Any, rater: str | None) -> Any:
    """Give a study's frame scores, read once; plain series as they are."""
    if not _is_table(scores):
        return scores
    from napari_grimace.study.table import as_frame_scores

    return as_frame_scores(scores, rater)


def one_per_animal(found: Sequence[ScoreSeries], by: str) -> None:
    """Raise if a recording has no group or animal, or an animal several recordings."""
    seen: dict[Any, str] = {}
    for series in found:
        for column in (by, "animal"):
            if column not in series.labels:
                raise GrimaceError(
                    f"There is no column {column!r}: give a table of frame scores or a "
                    "study that tells it."
                )
            if pd.isna(series.labels[column]) or series.labels[column] == "":
                raise GrimaceError(
                    f"Recording {series.name!r} has no {column}: tell it in the sample "
                    "sheet, or leave the recording out."
                )
        animal = series.labels["animal"]
        if animal in seen:
            raise GrimaceError(
                f"Animal {animal!r} has several recordings ({seen[animal]!r}, "
                f"{series.name!r}), which would count as several animals: choose one "
                "timepoint (timepoint=...)."
            )
        seen[animal] = series.name


def checked_sizes(sizes: int | Iterable[int]) -> NDArray[np.intp]:
    """Give numbers of frames sorted, each once; raise if one is none."""
    try:
        given = np.asarray(sizes if np.isscalar(sizes) else [*sizes], np.float64)  # type: ignore[misc]
    except (TypeError, ValueError) as error:
        raise GrimaceError("sizes are not numbers of frames.") from error
    given = np.atleast_1d(given)
    if given.ndim != 1 or not len(given):
        raise GrimaceError("Give sizes, the numbers of frames to sample, as a list.")
    for number in given:
        if not (number >= 1 and number.is_integer()):
            raise GrimaceError(
                f"{number:g} is no number of frames: sizes are whole and at least 1."
            )
    return np.unique(given.astype(np.intp))


def leave_out(
    found: Sequence[ScoreSeries], needed: int
) -> tuple[list[ScoreSeries], list[dict[str, Any]]]:
    """Leave out recordings with too few frames, and warn of it.

    Returns
    -------
    kept : list of ScoreSeries
    left_out : list of dict
        ``recording``, ``outcome``, ``n_frames`` of those left out.

    Raises
    ------
    GrimaceError
        If none is left.
    """
    kept = [series for series in found if len(series.scored) >= needed]
    left = [
        {"recording": s.name, "outcome": s.outcome, "n_frames": len(s.scored)}
        for s in found
        if len(s.scored) < needed
    ]
    if not left:
        return kept, left
    shown = ", ".join(f"{one['recording']} ({one['n_frames']})" for one in left[:12])
    more = f" and {len(left) - 12} more" if len(left) > 12 else ""
    told = (
        f"{len(left)} of {len(found)} recordings have fewer than {needed} frames with "
        f"a score of {found[0].outcome!r}: {shown}{more}"
    )
    if not kept:
        raise GrimaceError(f"{told}. None is left: ask for smaller samples.")
    warnings.warn(f"{told}. They are left out.", GrimaceWarning, stacklevel=3)
    return kept, left


def _is_table(scores: Any) -> bool:
    """Tell a table of frame scores, a study or a recording from plain series."""
    return isinstance(scores, pd.DataFrame) or hasattr(scores, "data_vars")


def _plain(scores: Any, outcome: str, frame_rate: float) -> Iterable[ScoreSeries]:
    if not isinstance(outcome, str):
        raise GrimaceError("Plain series have one outcome: name it, as 'total'.")
    if not 0 < frame_rate < np.inf:
        raise GrimaceError(f"frame_rate is {frame_rate}: give frames per second.")
    if getattr(scores, "ndim", 0) == 1 and scores.dtype != object:
        scores = [scores]
    if not hasattr(scores, "__iter__"):
        raise GrimaceError("scores are no series: give a list of one per recording.")
    if not isinstance(scores, dict):
        scores = {str(i): given for i, given in enumerate(scores, start=1)}
    for name, given in scores.items():
        try:
            score = np.asarray(given, np.float64)
        except (TypeError, ValueError) as error:
            raise GrimaceError(
                f"Scores of recording {name!r} are not all numbers: code what is "
                "missing as NaN."
            ) from error
        if score.ndim != 1:
            raise GrimaceError(
                f"Scores of recording {name!r} have {score.ndim} dimensions: give a "
                "list with one series of scores per recording."
            )
        time = np.arange(len(score)) / frame_rate
        yield ScoreSeries({"recording": str(name)}, outcome, time, score)


def _of_table(
    scores: Any, outcome: str, timepoint: str | None, rater: str | None
) -> Iterable[ScoreSeries]:
    from napari_grimace.study.table import as_frame_scores, sheet_columns, unit_columns

    table = as_frame_scores(scores, rater)
    known = ["total", *unit_columns(table)]
    if outcome not in known:
        raise GrimaceError(
            f"There is no outcome {outcome!r}: choose from {', '.join(known)}."
        )
    if timepoint is not None:
        table = at_timepoint(table, timepoint)
    told = sheet_columns(table)
    for _, rows in table.groupby("recording", sort=False):
        rows = rows.sort_values(["time", "frame"], kind="stable")
        yield ScoreSeries(
            {name: rows[name].iloc[0] for name in told},
            outcome,
            rows["time"].to_numpy(np.float64),
            rows[outcome].to_numpy(np.float64),
        )


def _check(series: ScoreSeries) -> None:
    if np.isinf(series.score).any():
        raise GrimaceError(
            f"A score of recording {series.name!r} is infinite: code what is missing "
            "as NaN."
        )
    scored = series.scored
    if (scored == -1).any() and (scored == np.round(scored)).all():
        raise GrimaceError(
            f"A score of recording {series.name!r} is -1, which is on no scale: code "
            "what is missing as NaN."
        )


def _cut(series: ScoreSeries, window: Window) -> ScoreSeries:
    start, end = window
    if not start < end:
        raise GrimaceError(
            f"The window is {start} to {end} s: give its start and a later end."
        )
    if np.isnan(series.time).any():
        raise GrimaceError(
            f"Times of recording {series.name!r} are not all known, so that a window "
            "cannot be taken: give times, or leave out window."
        )
    inside = (series.time >= start) & (series.time < end)
    return ScoreSeries(
        series.labels, series.outcome, series.time[inside], series.score[inside]
    )
