"""How scores vary between animals and between frames of an animal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.values import check_control, joined
from napari_grimace.stats.sampling.series import one_per_animal, score_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.sampling.series import ScoreSeries, Window

    Numbers = NDArray[np.float64]

_LAGS = 24  # numbers of frames apart, from 1 to half of a recording
_TIMES = 60  # correlation times that are tried


@dataclass(frozen=True)
class FrameVariance:
    """Variances that a study of animals, each scored in many frames, is planned with.

    A frame's score is the animal's mean, plus a state that comes and goes (its
    correlation falls with exp(-time apart / timescale)), plus what is new in every
    frame.

    Attributes
    ----------
    between
        Variance of the animals' means about their group's.
    state
        Variance of the state within a recording.
    timescale
        Time after which the state's correlation is 1/e, s.
    frame
        Variance of what is new in every frame.
    duration
        Length of a recording, s.
    n_animals
        Animals that this was estimated from.
    note
        What could not be estimated.
    """

    between: float
    state: float
    timescale: float
    frame: float
    duration: float
    n_animals: int = 0
    note: str = ""

    @property
    def _lasting(self) -> float:
        """Mean correlation of the states at two random times of a recording."""
        ratio = self.timescale / self.duration
        if not ratio > 0:
            return 0.0
        return float(2 * ratio * (1 - ratio * -np.expm1(-1 / ratio)))

    def within_mean(self, frames: ArrayLike) -> Numbers:
        """Give the variance of the mean of frames at random times of a recording.

        Parameters
        ----------
        frames
            Numbers of frames; infinity for all that one could take.

        Returns
        -------
        (frames) float64
            About the animal's own mean. However many frames, the state's part stays.
        """
        share = 1 / np.asarray(frames, np.float64)
        return self.frame * share + self.state * (
            self._lasting + (1 - self._lasting) * share
        )

    def animal_sd(self, frames: ArrayLike) -> Numbers:
        """Give the standard deviation of animals' means of so many frames."""
        return np.sqrt(self.between + self.within_mean(frames))

    def effective_frames(self, frames: ArrayLike) -> Numbers:
        """Tell how many frames from far apart would be worth as much."""
        with np.errstate(divide="ignore"):  # endless frames can be worth endlessly many
            return (self.frame + self.state) / self.within_mean(frames)


def frame_variance(
    scores: xr.DataTree | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
    *,
    control: str | None = None,
    timepoint: str | None = None,
    window: Window | None = None,
    rater: str | None = None,
) -> FrameVariance:
    """Estimate how scores vary between animals and between frames.

    State, timescale and frame variance are fitted to the variogram, half the mean
    squared difference of frames by their time apart, which needs no mean. What the
    animals' means vary beyond what this explains is the variance between animals.

    Parameters
    ----------
    scores
        A study or a table of frame scores, one recording per animal.
    outcome
        ``"total"`` or a unit.
    by
        Column that tells the groups; variances are within groups.
    control
        Estimate from this group alone; by default from all.
    timepoint
        The one to use; needed where animals have several.
    window
        Start and end in s; None for all frames.
    rater
        Label of the rater; needed where there are several.

    Returns
    -------
    FrameVariance

    Raises
    ------
    GrimaceError
        If no group has two animals with scored frames, an animal has several
        recordings, or what is asked for is unknown.

    References
    ----------
    Cressie NAC (1993) Statistics for spatial data. Wiley: section 2.4 (variogram).
    Searle SR, Casella G, McCulloch CE (1992) Variance components. Wiley: chapter 3.
    """
    found = score_series(
        scores, outcome, window=window, timepoint=timepoint, rater=rater
    )
    one_per_animal(found, by)
    groups = [str(series.labels[by]) for series in found]
    check_control(list(dict.fromkeys(groups)), control)
    kept = [
        series
        for series, group in zip(found, groups, strict=True)
        if len(series.scored) and control in (None, group)
    ]
    observed = _variance_of_means(kept, by)
    state, timescale, frame, note = _fit_variogram(kept)
    duration = float(np.nanmedian([s.length for s in kept])) if not note else np.nan
    inside = FrameVariance(0.0, state, timescale, frame, duration)
    sampled = float(inside.within_mean([len(s.scored) for s in kept]).mean())
    if sampled >= observed:
        none = "animals differ no more than their frames let expect: between is 0"
        note = joined(note, none)
    between = max(observed - sampled, 0.0)
    return FrameVariance(between, state, timescale, frame, duration, len(kept), note)


def _variance_of_means(found: Sequence[ScoreSeries], by: str) -> float:
    """Give the variance of the animals' means within groups."""
    groups: dict[str, list[float]] = {}
    for series in found:
        groups.setdefault(str(series.labels[by]), []).append(series.scored.mean())
    df = sum(len(means) - 1 for means in groups.values())
    if df < 1:
        raise GrimaceError(
            "No group has two animals with scored frames: nothing tells how animals "
            "differ."
        )
    squares = sum(float(np.var(means)) * len(means) for means in groups.values())
    return squares / df


def _fit_variogram(found: Sequence[ScoreSeries]) -> tuple[float, float, float, str]:
    """Give state variance, timescale, frame variance, and what is not known."""
    from scipy.optimize import nnls

    apart, half = _variogram(found)
    if not len(apart):
        varied = [s.scored.var(ddof=1) for s in found if len(s.scored) > 1]
        if not varied:
            raise GrimaceError("No animal has two scored frames: give more of them.")
        told = "times of frames are not known: frames are taken as independent"
        return 0.0, 0.0, float(np.mean(varied)), told
    best = (np.inf, 0.0, 0.0, 0.0)
    always = np.ones_like(apart)
    for timescale in np.geomspace(apart.min() / 4, apart.max(), _TIMES):
        grown = -np.expm1(-apart / timescale)
        (frame, state), misfit = nnls(np.column_stack([always, grown]), half)
        best = min(best, (misfit, float(state), float(timescale), float(frame)))
    return *best[1:], ""


def _variogram(found: Sequence[ScoreSeries]) -> tuple[Numbers, Numbers]:
    """Give times apart and half the mean squared differences, by recording and lag."""
    points = []
    for series in found:
        time, score = series.scored_time, series.scored
        if len(score) < 2 or np.isnan(time).any():
            continue
        longest = max(len(score) // 2, 1)
        for lag in np.unique(np.geomspace(1, longest, _LAGS).round().astype(np.intp)):
            difference = score[lag:] - score[:-lag]
            points.append(
                ((time[lag:] - time[:-lag]).mean(), (difference**2).mean() / 2)
            )
    apart, half = np.array(points, np.float64).reshape(-1, 2).T
    return apart, half
