"""Which frame to look at next, and why."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_grimace.recording.access import raters_of
from napari_grimace.recording.schema import SCORED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

Reason = Literal[
    "unrated", "flagged", "disagreement", "least confident", "quality", "spot check"
]

IN_TIME: tuple[Reason, ...] = ("unrated", "flagged", "spot check")
"""Reasons whose frames come in order of time; those of others come worst first."""


def flagged_frames(recording: xr.Dataset) -> NDArray[np.int64]:
    """Give the frames that any rater flagged, in order of time."""
    flagged = recording["flag"].any("rater").values
    return np.asarray(recording["frame"].values[flagged])


def disagreement(recording: xr.Dataset) -> NDArray[np.float64]:
    """Measure how far raters are apart in each frame.

    Parameters
    ----------
    recording
        A recording.

    Returns
    -------
    ndarray
        (frame): range of the scores (highest less lowest) summed over units that at
        least two raters scored; NaN where there is no such unit.
    """
    score = recording["score"].values
    several = np.isfinite(score).sum(axis=0) > 1
    low = np.where(several, np.nan_to_num(score, nan=np.inf), 0).min(
        axis=0, initial=np.inf
    )
    high = np.where(several, np.nan_to_num(score, nan=-np.inf), 0).max(
        axis=0, initial=-np.inf
    )
    return np.where(several.any(axis=1), (high - low).sum(axis=1), np.nan)


def uncertainty(recording: xr.Dataset, model: str) -> NDArray[np.float64]:
    """Measure how unsure a model is in each frame.

    Parameters
    ----------
    recording
        A recording.
    model
        Label of the model.

    Returns
    -------
    ndarray
        (frame): mean over the scored units of 1 less the probability of the most
        probable level ("least confidence": Lewis and Gale 1994,
        doi:10.1007/978-1-4471-2099-5_1). These are the frames from whose correction a
        model would learn most. NaN where the model scored nothing.
    """
    one = recording.sel(rater=model)
    probability = one["probability"].values
    best = np.where(np.isnan(probability), 0, probability).max(axis=-1)
    scored = (one["state"].values == SCORED) & (best > 0)
    number = scored.sum(axis=-1)
    doubt = np.where(scored, 1 - best, 0).sum(axis=-1) / np.maximum(number, 1)
    return np.where(number > 0, doubt, np.nan)


def poor_quality(recording: xr.Dataset, model: str) -> NDArray[np.float64]:
    """Measure how poor the picture of the face is in each frame.

    Parameters
    ----------
    recording
        A recording.
    model
        Label of the model in whose face box quality was measured.

    Returns
    -------
    ndarray
        (frame): 1 less the mean rank (0 to 1) of the frame over the measures, each of
        which is better when higher; measures have different units, so only their
        order counts. NaN where quality was not measured.
    """
    quality = recording["quality"].sel(rater=model).values
    known = np.isfinite(quality)
    ranks = np.full(quality.shape, np.nan)
    for column in range(quality.shape[1]):
        values = quality[known[:, column], column]
        order = np.searchsorted(np.sort(values), values, side="left")
        ranks[known[:, column], column] = order / max(1, len(values) - 1)
    number = known.sum(axis=1)
    mean = np.where(known, ranks, 0).sum(axis=1) / np.maximum(number, 1)
    return np.where(number > 0, 1 - mean, np.nan)


def ranked(recording: xr.Dataset, worth: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order frames by a measure, highest first; those at NaN or 0 are left out."""
    kept = np.flatnonzero(np.nan_to_num(worth) > 0)
    order = kept[np.argsort(-worth[kept], kind="stable")]
    return np.asarray(recording["frame"].values[order])


def frames_to_look_at(
    recording: xr.Dataset, reason: Reason, model: str | None = None
) -> NDArray[np.int64]:
    """Give the frames of a recording worth a look, in the order to look at them.

    Parameters
    ----------
    recording
        A recording.
    reason
        Why: ``"unrated"`` gives all frames, from which the caller leaves out what is
        rated; the others those that are flagged, on which raters disagree, of which
        the model is least sure, or whose quality is lowest. For a spot check see
        `spot_check`.
    model
        Label of the model; by default the last.

    Returns
    -------
    ndarray
        Frame numbers; none where nothing tells them (no model, one rater).
    """
    models = [rater.label for rater in raters_of(recording) if rater.kind == "model"]
    if reason == "unrated":
        return np.asarray(recording["frame"].values)
    if reason == "flagged":
        return flagged_frames(recording)
    if reason == "disagreement":
        return ranked(recording, disagreement(recording))
    if not models:
        return np.empty(0, np.int64)
    chosen = model if model in models else models[-1]
    measure = uncertainty if reason == "least confident" else poor_quality
    return ranked(recording, measure(recording, chosen))


def beside(
    frames: Sequence[int] | NDArray[np.int64],
    frame: int | None,
    by: int,
    *,
    in_time: bool,
) -> int | None:
    """Give the next or the previous of some frames.

    Parameters
    ----------
    frames
        Frame numbers; in order of time, or in order of worth.
    frame
        Where one stands, or None.
    by
        1 for the next, -1 for the previous.
    in_time
        Whether they are in order of time. Else one goes on from the place of `frame`
        in the order, and, if it is not among them, begins with the first.

    Returns
    -------
    int or None
        None past either end.
    """
    numbers = np.asarray(frames, np.int64)
    if in_time and frame is not None:
        side: Literal["left", "right"] = "right" if by > 0 else "left"
        place = int(np.searchsorted(numbers, frame, side)) - (by < 0)
    else:
        here = np.flatnonzero(numbers == frame)
        place = int(here[0]) + by if len(here) else 0
    return int(numbers[place]) if 0 <= place < len(numbers) else None


def spot_check(
    frames: Sequence[int] | NDArray[np.int64], share: float, seed: str
) -> NDArray[np.int64]:
    """Draw frames of an annotator for an expert to check.

    Parameters
    ----------
    frames
        Frames that the annotator rated.
    share
        Share to draw, 0 to 1; at least one frame, where there is any.
    seed
        The same text draws the same frames, so that an expert can go on another day;
        frames rated since are drawn by the same share, and none drawn before is
        dropped.

    Returns
    -------
    ndarray
        Frame numbers, in order.
    """
    numbers = np.unique(np.asarray(frames, np.int64))
    # Each frame has its own lot: what is rated later does not move those drawn before.
    lots = np.array([_lot(f"{seed} {frame}") for frame in numbers])
    drawn = numbers[lots < share]
    if not len(drawn) and len(numbers) and share > 0:
        return numbers[[int(lots.argmin())]]
    return drawn


def _lot(text: str) -> float:
    """Turn a text into a number from 0 to 1 that looks like chance."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
