"""Frames fit for rating, picked from what a model saw in them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.schema import SCORED

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.rater import Rater


def pick_frames(
    recording: xr.Dataset,
    count: int,
    *,
    rater: str | None = None,
    units: int | None = None,
    sharpest: float = 0.5,
    min_exposure: float = 0.5,
    several_faces: bool = False,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Pick frames for people to rate: all units seen, sharp, spread in time.

    The time that was analysed is cut into `count` equal parts and one fit frame is
    taken from each at random, so that the score itself has no say in the choice. What
    parts without a fit frame leave open is filled by the fit frames that lie farthest
    from those picked already.

    Parameters
    ----------
    recording
        A recording with a model's boxes, states and image quality.
    count
        Number of frames wanted.
    rater
        Label of the model rater to go by; may be left out when there is only one.
    units
        Units that must have been scored in a frame; all of the scale by default.
    sharpest
        Share of the frames with all units, in order of sharpness, that are sharp
        enough; 1 takes them all.
    min_exposure
        Least share of the face that is neither black nor burnt out.
    several_faces
        Whether frames with several faces may be picked.
    seed
        The same recording and seed give the same frames.

    Returns
    -------
    ndarray
        Frame numbers, increasing; fewer than `count`, with a GrimaceWarning, when no
        more are fit.

    Raises
    ------
    RecordingError
        `rater` is not given and not clear, or not a model.
    ValueError
        `count` is less than 1, or a share is not between 0 and 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}: ask for at least one frame.")
    for name, share in (("sharpest", sharpest), ("min_exposure", min_exposure)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}: give a share between 0 and 1.")
    model = the_model(recording, rater).label
    seen = scorable(recording, model, units=units, several_faces=several_faces)
    fit = seen & (_quality(recording, model, "exposure") >= min_exposure)
    sharp = _quality(recording, model, "sharpness")
    if fit.any():
        fit &= sharp >= np.quantile(sharp[fit], 1 - sharpest)
    times = _times(recording)
    wanted = min(count, int(fit.sum()))
    if wanted < count:
        warnings.warn(
            f"Only {wanted} of the {count} frames asked for are fit for rating: of "
            f"{len(fit)} analysed frames {int(seen.sum())} show all units of one "
            "animal. Analyse more frames, or ask for fewer units.",
            GrimaceWarning,
            stacklevel=2,
        )
    span = np.linspace(times.min(), times.max(), count + 1) if wanted else times
    chosen = _one_per_bin(fit, times, span, seed)
    _fill(chosen, fit, times, wanted)
    return np.sort(recording["frame"].values[chosen]).astype(np.int64)


def facing_frames(
    recording: xr.Dataset,
    bin_seconds: float = 180.0,
    *,
    rater: str | None = None,
    units: int | None = None,
    min_frontality: float = 0.5,
    several_faces: bool = False,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Take one random frame, in which the animal faces the camera, per time bin.

    The habit of manual scoring: a picture every three minutes (Langford et al. 2010,
    doi:10.1038/nmeth.1455, and most work since). Bins start at time 0 of the video.

    Parameters
    ----------
    recording, rater, units, several_faces, seed
        As in `pick_frames`.
    bin_seconds
        Length of a bin in seconds.
    min_frontality
        Least frontality (0 to 1) of a frame in which the animal faces the camera.

    Returns
    -------
    ndarray
        Frame numbers, increasing, one per bin; bins without such a frame give none.

    Raises
    ------
    RecordingError
        `rater` is not given and not clear, or not a model; or the pictures have no
        times.
    ValueError
        `bin_seconds` is not positive.
    """
    if not bin_seconds > 0:
        raise ValueError(f"bin_seconds is {bin_seconds}: give a length over 0.")
    times = recording["time"].values
    if not np.isfinite(times).all():
        raise RecordingError(
            "These pictures have no times, so there are no time bins: use pick_frames."
        )
    model = the_model(recording, rater).label
    seen = scorable(recording, model, units=units, several_faces=several_faces)
    facing = seen & (_quality(recording, model, "frontality") >= min_frontality)
    last = times.max(initial=0.0)
    edges = np.arange(0.0, last + 2 * bin_seconds, bin_seconds)
    chosen = _one_per_bin(facing, times, edges, seed)
    return np.sort(recording["frame"].values[chosen]).astype(np.int64)


def scorable(
    recording: xr.Dataset,
    rater: str | None = None,
    *,
    units: int | None = None,
    several_faces: bool = False,
) -> NDArray[np.bool_]:
    """Mark the frames in which a model scored enough units of one animal.

    Parameters are those of `pick_frames`; the result has one value per frame.
    """
    model = the_model(recording, rater)
    state = recording["state"].sel(rater=model.label)
    scored = (state == SCORED).sum("unit").values
    enough = scored >= (len(model.scale.units) if units is None else units)
    if several_faces:
        return np.asarray(enough)
    faces = recording["face_count"].sel(rater=model.label).values
    return np.asarray(enough & ~(faces > 1))


def the_model(recording: xr.Dataset, rater: str | None = None) -> Rater:
    """Find the model whose boxes and scores are meant.

    Raises
    ------
    RecordingError
        There is no such model, or there are several and none is named.
    """
    models = {r.label: r for r in raters_of(recording) if r.kind == "model"}
    if rater is None and len(models) == 1:
        return next(iter(models.values()))
    if rater in models:
        return models[rater]
    listed = ", ".join(f'"{label}"' for label in models) or "none"
    wanted = f'"{rater}" is not a model' if rater else "Say which model to go by"
    raise RecordingError(f"{wanted}: the recording's models are {listed}.")


def _quality(recording: xr.Dataset, model: str, name: str) -> NDArray[np.floating]:
    return np.asarray(recording["quality"].sel(rater=model, measure=name).values)


def _times(recording: xr.Dataset) -> NDArray[np.floating]:
    times = recording["time"].values
    if np.isfinite(times).all():
        return np.asarray(times)
    # Single pictures have no times: their order takes the place.
    return np.asarray(recording["frame"].values, float)


def _one_per_bin(
    fit: NDArray[np.bool_],
    times: NDArray[np.floating],
    edges: NDArray[np.floating],
    seed: int,
) -> list[int]:
    rng = np.random.default_rng(seed)
    # The last bin holds its right edge too.
    bins = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)
    rows = [np.flatnonzero(fit & (bins == b)) for b in np.unique(bins[fit])]
    return [int(rng.choice(row)) for row in rows]


def _fill(
    chosen: list[int],
    fit: NDArray[np.bool_],
    times: NDArray[np.floating],
    wanted: int,
) -> None:
    """Add the fit frames farthest in time from those chosen, up to `wanted`."""
    while len(chosen) < wanted:
        left = np.setdiff1d(np.flatnonzero(fit), chosen)
        apart = np.abs(times[left, None] - times[chosen]).min(axis=1)
        chosen.append(int(left[apart.argmax()]))
