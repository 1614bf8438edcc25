"""Recordings are built from plain arrays, one rater at a time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.rater import KINDS, Rater
from napari_grimace.recording.schema import (
    COORDINATES,
    NOT_FOUND,
    NOT_RATED,
    SCHEMA_VERSION,
    SCORED,
    VARIABLES,
    VIDEO_ATTRS,
    ordered_units,
    plain,
    text,
    to_json,
)
from napari_grimace.scales import EDGES, LEVELS, REGIONS
from napari_grimace.software import this_software

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.scales import Scale


def new_recording(
    video_attrs: Mapping[str, Any], *, subject: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """Make a recording without frames or raters.

    Parameters
    ----------
    video_attrs
        Attributes of the video, as `open_video` gives them: `source` (file name),
        `identity` (hash), `frame_rate` (1/s), `frame_count`, `roi`, ... Unknown ones
        may be absent.
    subject
        What is known of the animal: species, strain, sex, source ...

    Returns
    -------
    Dataset
        A valid recording in which `frame` and `rater` have length 0.
    """
    attrs = recording_attrs(video_attrs, subject=subject)
    return _assemble([], [], np.empty(0, np.int64), np.empty(0), {}, attrs)


def rater_block(
    rater: Rater,
    frames: ArrayLike,
    times: ArrayLike,
    *,
    box: ArrayLike | None = None,
    box_confidence: ArrayLike | None = None,
    score: ArrayLike | None = None,
    state: ArrayLike | None = None,
    probability: ArrayLike | None = None,
    region_score: ArrayLike | None = None,
    region_probability: ArrayLike | None = None,
    flag: ArrayLike | None = None,
    confirmed: ArrayLike | None = None,
    quality: Mapping[str, ArrayLike] | None = None,
    face_count: ArrayLike | None = None,
    video: Mapping[str, Any] | None = None,
    subject: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Make a recording of one rater from plain arrays.

    Parameters
    ----------
    rater
        Who rated, and by which scale.
    frames
        (frame): frame numbers.
    times
        (frame): presentation times in s; NaN where unknown.
    box
        (frame, region, edge): edges in px of the full frame, NaN where absent. The
        `region` axis holds the regions of the scale, or all of `REGIONS`.
    box_confidence, region_score
        (frame, region), and `region_probability` (frame, region, level).
    score, state
        (frame, unit), and `probability` (frame, unit, level): units in the order of
        the scale. Without `state`, a unit with a score is scored, one without a box
        in any of its regions (where boxes are given) not found, another not rated.
    flag, confirmed
        (frame): marked for review; confirmed by the rater.
    quality
        For each measure of image quality its values (frame), taken in the face that
        this rater found; nothing for people.
    face_count
        (frame): how many faces this rater found; NaN where it did not count them.
    video, subject
        As for `new_recording`.

    Returns
    -------
    Dataset
        A recording, not yet validated; units and regions in the order that all
        recordings share.

    Raises
    ------
    RecordingError
        If the shape of an array does not fit; names every one.
    """
    frames = np.asarray(frames, dtype=np.int64)
    given = {
        "box": box,
        "box_confidence": box_confidence,
        "score": score,
        "state": state,
        "probability": probability,
        "region_score": region_score,
        "region_probability": region_probability,
        "flag": flag,
        "confirmed": confirmed,
        "quality": None if quality is None else _stack(quality, len(frames)),
        "face_count": face_count,
    }
    arrays = {name: np.asarray(a) for name, a in given.items() if a is not None}
    arrays = _fit(arrays, rater.scale, len(frames), len(quality or ()))
    if "state" not in arrays:
        arrays["state"] = _states(arrays, rater.scale, len(frames))
    attrs = recording_attrs(video or {}, subject=subject, scales=[rater.scale])
    times = np.asarray(times, dtype=np.float64)
    block = _assemble([rater], list(quality or ()), frames, times, arrays, attrs)
    order = ordered_units(rater.scale.unit_names)
    return block if order == [*rater.scale.unit_names] else block.sel(unit=order)


def recording_attrs(
    video: Mapping[str, Any],
    *,
    subject: Mapping[str, Any] | None = None,
    scales: Iterable[Scale] = (),
) -> dict[str, Any]:
    """Make the attributes of a recording; what is nested becomes JSON text."""
    kept = {k: plain(video[k]) for k in VIDEO_ATTRS if video.get(k) is not None}
    if "roi" in kept:
        kept["roi"] = json.dumps(kept["roi"])
    return {
        "schema_version": SCHEMA_VERSION,
        "software": this_software(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **kept,
        "subject": to_json(dict(subject or {})),
        "scales": to_json({scale.name: scale.to_dict() for scale in scales}),
    }


def _assemble(
    raters: Sequence[Rater],
    measures: Sequence[str],
    frames: NDArray[np.int64],
    times: NDArray[np.float64],
    arrays: Mapping[str, NDArray[Any]],
    attrs: dict[str, Any],
) -> xr.Dataset:
    """Put a dataset together; `arrays` lack the rater dimension, absent are unseen."""
    scale = raters[0].scale if raters else None
    coords = {
        "frame": frames,
        "time": times,
        "rater": text(rater.label for rater in raters),
        "rater_name": text(rater.name for rater in raters),
        "rater_kind": np.array([KINDS.index(r.kind) for r in raters], np.int8),
        "occasion": np.array([rater.occasion for rater in raters], np.int64),
        "build": text(rater.build for rater in raters),
        "trained_on": text(rater.trained_on for rater in raters),
        "scale": text(rater.scale.name for rater in raters),
        "sampling": text(rater.sampling for rater in raters),
        "region": text(scale.regions if scale else REGIONS[:2]),
        "edge": text(EDGES),
        "unit": text(scale.unit_names if scale else ()),
        "level": np.array(LEVELS, np.int64),
        "measure": text(measures),
    }
    sizes = {name: len(coords[name]) for name in coords}
    variables = {}
    for name, spec in VARIABLES.items():
        shape = tuple(sizes[dim] for dim in spec.dims)
        values = np.full(shape, spec.fill, dtype=spec.dtype)
        if name in arrays:
            values[...] = arrays[name]
        variables[name] = (spec.dims, values, dict(spec.attrs))
    described = {
        name: (COORDINATES[name].dims, values, dict(COORDINATES[name].attrs))
        for name, values in coords.items()
    }
    return xr.Dataset(variables, described, attrs)


def _fit(
    arrays: dict[str, NDArray[Any]], scale: Scale, frames: int, measures: int
) -> dict[str, NDArray[Any]]:
    """Check shapes, and take the scale's regions where all regions are given."""
    sizes = {
        "frame": frames,
        "region": len(scale.regions),
        "edge": len(EDGES),
        "unit": len(scale.units),
        "level": len(LEVELS),
        "measure": measures,
    }
    asked = [REGIONS.index(region) for region in scale.regions]
    faults = []
    for name, values in arrays.items():
        dims = [dim for dim in VARIABLES[name].dims if dim != "rater"]
        if "region" in dims and values.ndim > 1 and values.shape[1] == len(REGIONS):
            values = arrays[name] = values[:, asked]
        shape = tuple(sizes[dim] for dim in dims)
        if values.shape != shape:
            faults.append(
                f"{name} has shape {values.shape}, not ({', '.join(dims)}) = {shape}"
            )
    if faults:
        raise RecordingError(f"Arrays do not fit: {'; '.join(faults)}.")
    return arrays


def _states(
    arrays: Mapping[str, NDArray[Any]], scale: Scale, frames: int
) -> NDArray[np.int8]:
    state = np.full((frames, len(scale.units)), NOT_RATED, dtype=np.int8)
    if "box" in arrays:
        seen = np.isfinite(arrays["box"]).all(axis=-1)
        for i, unit in enumerate(scale.units):
            columns = [scale.regions.index(region) for region in unit.regions]
            state[~seen[:, columns].any(axis=-1), i] = NOT_FOUND
    if "score" in arrays:
        state[np.isfinite(arrays["score"])] = SCORED
    return state


def _stack(quality: Mapping[str, ArrayLike], frames: int) -> NDArray[np.float32]:
    columns = [np.asarray(values, np.float32) for values in quality.values()]
    for name, values in zip(quality, columns, strict=True):
        if values.shape != (frames,):
            raise RecordingError(
                f"quality {name!r} has shape {values.shape}, not (frame) = ({frames},)."
            )
    return np.stack(columns, axis=-1) if columns else np.empty((frames, 0), np.float32)
