"""Scores alone: a recording without boxes, probabilities and image quality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from napari_grimace.errors import StudyError
from napari_grimace.recording.rater import KINDS, Rater
from napari_grimace.recording.schema import (
    COORDINATES,
    NOT_RATED,
    SCORED,
    VARIABLES,
    plain,
    text,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray


def scores_dataset(
    raters: Rater | Sequence[Rater],
    frames: ArrayLike,
    times: ArrayLike,
    score: ArrayLike,
    *,
    state: ArrayLike | None = None,
    face_count: ArrayLike | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Make a recording of scores alone from plain arrays.

    `grimace_score`, `units_scored`, `grimace_state`, `raters_of` and `scales_of` work
    on it as on any recording.

    Parameters
    ----------
    raters
        Who rated; all by one scale.
    frames
        (frame): frame numbers, increasing.
    times
        (frame): s from the video's start; NaN where unknown.
    score
        (rater, frame, unit): units in the order of the scale, NaN where not scored.
        For a single rater, (frame, unit).
    state
        Of the same shape: 0 not rated, 1 scored, 2 not scorable, 3 region not found.
        Without it, a unit with a score is scored, another not rated; a frame in which
        a rater looked and could score nothing is then no rated frame.
    face_count
        (rater, frame): faces found, NaN where not counted; left out where nobody
        counted.
    attrs
        Attributes, such as `source` (name of the video) and `frame_rate` (1/s).

    Returns
    -------
    Dataset
        Variables `score` float32 and `state` int8 (rater, frame, unit), and
        `face_count` float32 (rater, frame) where given; coordinates `frame`, `time`,
        `unit`, and `rater` with `rater_name`, `rater_kind`, `occasion`, `build`,
        `trained_on`, `scale`, `sampling`; attribute `scales`, as JSON.

    Raises
    ------
    StudyError
        If there is no rater, the raters follow several scales, frames do not
        increase, a shape does not fit, or a score is off the scale.
    """
    told = [raters] if isinstance(raters, Rater) else list(raters)
    scale = _one_scale(told)
    frame = np.asarray(frames, np.int64)
    if (np.diff(frame) <= 0).any():
        raise StudyError("frames must increase, each be there once.")
    shape = (len(told), len(frame), len(scale.units))
    values = _shaped("score", score, shape, np.float32)
    if state is None:
        states = np.where(np.isfinite(values), SCORED, NOT_RATED).astype(np.int8)
    else:
        states = _shaped("state", state, shape, np.int8)
        values = np.where(states == SCORED, values, np.float32(np.nan))
    _check_levels(values, told)
    variables: dict[str, Any] = {"score": values, "state": states}
    if face_count is not None:
        variables["face_count"] = _shaped(
            "face_count", face_count, shape[:2], np.float32
        )
    coords = {
        "frame": frame,
        "time": _shaped("times", times, frame.shape, np.float64),
        "unit": text(scale.unit_names),
        **rater_coords(told),
    }
    return xr.Dataset(
        {
            name: (VARIABLES[name].dims, a, dict(VARIABLES[name].attrs))
            for name, a in variables.items()
        },
        {
            name: (COORDINATES[name].dims, a, dict(COORDINATES[name].attrs))
            for name, a in coords.items()
        },
        {
            **{key: plain(value) for key, value in (attrs or {}).items()},
            "scales": to_json({scale.name: scale.to_dict()}),
        },
    )


def _one_scale(raters: Sequence[Rater]) -> Any:
    names = {rater.scale.name for rater in raters}
    if len(names) != 1:
        told = ", ".join(sorted(names)) or "none"
        raise StudyError(f"All raters must follow one scale; here it is {told}.")
    return raters[0].scale


def _shaped(
    name: str, values: ArrayLike, shape: tuple[int, ...], dtype: Any
) -> NDArray[Any]:
    array = np.asarray(values).astype(dtype)
    if array.shape == shape[1:] and shape[:1] == (1,):
        array = array[np.newaxis]
    if array.shape != shape:
        raise StudyError(f"{name} has shape {array.shape}, not {shape}.")
    return array


def rater_coords(raters: Sequence[Rater]) -> dict[str, NDArray[Any]]:
    """Give the coordinates along `rater`, as recordings have them."""
    return {
        "rater": text(rater.label for rater in raters),
        "rater_name": text(rater.name for rater in raters),
        "rater_kind": np.array([KINDS.index(r.kind) for r in raters], np.int8),
        "occasion": np.array([rater.occasion for rater in raters], np.int64),
        "build": text(rater.build for rater in raters),
        "trained_on": text(rater.trained_on for rater in raters),
        "scale": text(rater.scale.name for rater in raters),
        "sampling": text(rater.sampling for rater in raters),
    }


def _check_levels(score: NDArray[np.float32], raters: Sequence[Rater]) -> None:
    for i, rater in enumerate(raters):
        for j, unit in enumerate(rater.scale.units):
            given = score[i, :, j]
            low, high = min(unit.levels), max(unit.levels)
            wrong = np.isfinite(given) & ((given < low) | (given > high))
            if wrong.any():
                raise StudyError(
                    f"{rater.label!r} gives {unit.name} a score of "
                    f"{given[wrong][0]:g}, which scale {rater.scale.name!r} does not "
                    f"have ({low} to {high}). Code what is missing as NaN."
                )
