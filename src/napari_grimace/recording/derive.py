"""What follows from a recording and is never stored: totals, states, boxes in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.schema import NOT_RATED, SCORED
from napari_grimace.scales.scoring import band_of, check_min_units, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIMS = ("rater", "frame")


def units_scored(recording: xr.Dataset) -> xr.DataArray:
    """Count the units that each rater scored in each frame.

    Parameters
    ----------
    recording
        A recording.

    Returns
    -------
    DataArray
        (rater, frame) float32; 0 where a rater looked and could score nothing, NaN
        where the rater did not rate the frame.
    """
    state = recording["state"]
    count = (state == SCORED).sum("unit").where((state != NOT_RATED).any("unit"))
    return _derived(count.astype(np.float32), "units_scored", "units scored")


def grimace_score(
    recording: xr.Dataset,
    *,
    min_units: int | None = None,
    several_faces: bool = False,
) -> xr.DataArray:
    """Form each rater's total in each frame by the rule of the rater's scale.

    Frames in which a model found several faces have no total by default: nothing tells
    whose face was scored. The scores of their units stay in the recording.

    Parameters
    ----------
    recording
        A recording, or scores alone.
    min_units
        How many units must be scored, instead of what the scale asks for. With fewer
        than all of a scale's units, the total is the mean of the scored units times
        the number of the scale's units (for a scale whose total is a mean: their
        mean), and is called rescaled.
    several_faces
        Whether frames in which the rater counted several faces have totals too.

    Returns
    -------
    DataArray
        (rater, frame) float32, NaN where too few units are scored, and in frames with
        several faces unless these are asked for. Attributes:
        `long_name`; `rescaled`, whether totals of fewer than all units are among
        them; `min_units`, for each rater.

    Raises
    ------
    ScaleError
        If a rater's scale has fewer than `min_units` units, or it is below 1.
    """
    raters = raters_of(recording)
    needed = [check_min_units(rater.scale, min_units) for rater in raters]
    totals = _by_rater(recording, np.float32, np.nan)
    for i, rater in enumerate(raters):
        score = recording["score"].isel(rater=i).sel(unit=list(rater.scale.unit_names))
        totals[i] = total(score.values, rater.scale, min_units=needed[i])
    if not several_faces and "face_count" in recording:
        totals[recording["face_count"].values > 1] = np.nan
    rescaled = any(
        count < len(rater.scale.units)
        for count, rater in zip(needed, raters, strict=True)
    )
    return _derived(
        _as_frames(recording, totals),
        "grimace_score",
        "grimace score, rescaled from the scored units"
        if rescaled
        else "grimace score",
        rescaled=rescaled,
        min_units=needed,
    )


def grimace_state(
    recording: xr.Dataset,
    *,
    min_units: int | None = None,
    several_faces: bool = False,
) -> xr.DataArray:
    """Give the band (low, medium, high) that each total falls in.

    Parameters
    ----------
    recording, min_units, several_faces
        As for `grimace_score`. A rescaled total between two bands belongs to the
        lower one.

    Returns
    -------
    DataArray
        (rater, frame) int8: index into the attribute `flag_meanings`, the bands'
        names parted by blanks; -1 without a total, and for scales without bands.
    """
    raters = raters_of(recording)
    totals = grimace_score(recording, min_units=min_units, several_faces=several_faces)
    names = list(dict.fromkeys(b.name for rater in raters for b in rater.scale.bands))
    states = _by_rater(recording, np.int8, -1)
    for i, rater in enumerate(raters):
        # The last entry serves index -1, for no band.
        index = np.array([names.index(b.name) for b in rater.scale.bands] + [-1])
        states[i] = index[band_of(totals.values[i], rater.scale)]
    return _derived(
        totals.copy(data=states),
        "grimace_state",
        "grimace state",
        flag_meanings=" ".join(names),
        rescaled=totals.attrs["rescaled"],
    )


def box_in_force(recording: xr.Dataset, model: str | None = None) -> xr.DataArray:
    """Give for each frame and region the box that counts.

    That is a consensus's box, else a person's, else the chosen model's; of several
    raters of one kind the last added who has a box there, or says that there is none.

    Parameters
    ----------
    recording
        A recording.
    model
        Label of the model whose boxes count; needed where there are several.

    Returns
    -------
    DataArray
        (frame, region, edge) float32, px; NaN where there is no box.

    Raises
    ------
    RecordingError
        If there is no such model, or there are several and none is chosen.
    """
    raters = raters_of(recording)
    models = [rater.label for rater in raters if rater.kind == "model"]
    if model is None and len(models) > 1:
        raise RecordingError(
            f"Boxes of several models are there: choose one of {', '.join(models)}."
        )
    if model is not None and model not in models:
        raise RecordingError(
            f"There is no model {model!r}, only {', '.join(models) or 'none'}."
        )
    chosen = {"model": [model] if model else models}
    for kind in ("person", "consensus"):
        chosen[kind] = [rater.label for rater in raters if rater.kind == kind]
    boxes = recording["box"]
    shape = tuple(boxes.sizes[dim] for dim in boxes.dims if dim != "rater")
    coords = {name: c for name, c in boxes.coords.items() if "rater" not in c.dims}
    force = xr.DataArray(np.full(shape, np.nan, np.float32), coords, boxes.dims[1:])
    for label in [*chosen["model"], *chosen["person"], *chosen["consensus"]]:
        box = boxes.sel(rater=label, drop=True)
        absent = recording["box_confidence"].sel(rater=label, drop=True) == 0
        force = box.where(box.notnull() | absent, force)
    return _derived(force, "box", "box edges in force", units="px")


def _as_frames(recording: xr.Dataset, values: NDArray[Any]) -> xr.DataArray:
    """Label values of (rater, frame)."""
    coords = recording.coords
    return xr.DataArray(
        values,
        coords={n: c for n, c in coords.items() if {*c.dims} <= {*_DIMS}},
        dims=_DIMS,
    )


def _by_rater(recording: xr.Dataset, dtype: Any, fill: float) -> NDArray[Any]:
    return np.full((recording.sizes["rater"], recording.sizes["frame"]), fill, dtype)


def _derived(
    array: xr.DataArray, name: str, long_name: str, **attrs: Any
) -> xr.DataArray:
    array = array.rename(name)
    array.attrs = {"long_name": long_name, **attrs}
    return array
