"""The scores of all recordings of a study, stacked into one dataset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from napari_grimace.errors import StudyError
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.schema import (
    COORDINATES,
    NOT_RATED,
    VARIABLES,
    VIDEO_ATTRS,
    text,
    to_json,
)
from napari_grimace.study.names import RECORDING, listed
from napari_grimace.study.scores import rater_coords
from napari_grimace.study.tree import sheet_of, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.recording.rater import Rater
    from napari_grimace.scales import Scale

VIDEO = "video"
_DIMS = {
    "score": (RECORDING, "rater", "frame", "unit"),
    "state": (RECORDING, "rater", "frame", "unit"),
    "face_count": (RECORDING, "rater", "frame"),
}


def stacked(study: xr.DataTree) -> xr.Dataset:
    """Stack the scores of a study: the outer join on `frame`, padded as not rated.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Dataset
        `score` float32 and `state` int8 (recording, rater, frame, unit); `face_count`
        (recording, rater, frame) where anybody counted; `time` (recording, frame), s.
        Along `recording` the columns of the sheet, and `video`, JSON of what is known
        of it; along `rater` what recordings have there. Attributes `scales` (JSON) and
        `about`.

    Raises
    ------
    StudyError
        If nobody rated anything, raters followed several scales, one label means two
        raters, or a column's name has a slash.
    """
    sheet = sheet_of(study)
    for name in sheet:
        if "/" in str(name):
            raise StudyError(
                f"The column {name!r} has a slash, which no name in a file has: give "
                "it another name."
            )
    opened = [source_of(study, str(name)).open() for name in sheet.index]
    found = [rated_part(each) for each in opened]
    raters = _raters(found)
    scale = next(iter(raters.values())).scale
    frames = np.unique(np.concatenate([each["frame"].values for each in found]))
    coords: dict[str, Any] = {
        RECORDING: text(sheet.index),
        "frame": frames,
        "unit": text(scale.unit_names),
        **{n: ("rater", a) for n, a in rater_coords(list(raters.values())).items()},
        **{str(name): (RECORDING, text(sheet[name])) for name in sheet},
        VIDEO: (RECORDING, text(to_json(_video(each)) for each in found)),
    }
    attrs = {
        "scales": to_json({scale.name: scale.to_dict()}),
        **{key: study.attrs[key] for key in ("about",) if key in study.attrs},
    }
    return xr.Dataset(_arrays(found, list(raters), frames, scale), coords, attrs)


def rated_part(recording: xr.Dataset) -> xr.Dataset:
    """Load the scores of the frames that anybody rated, and of those who did."""
    names = [name for name in _DIMS if name in recording]
    loaded = recording[names].load()
    rated = (loaded["state"] != NOT_RATED).any("unit").values
    return loaded.isel(rater=rated.any(axis=1), frame=rated.any(axis=0))


def _raters(recordings: Sequence[xr.Dataset]) -> dict[str, Rater]:
    """Give all raters by label; what one did in several recordings is joined."""
    raters: dict[str, Rater] = {}
    for recording in recordings:
        for rater in raters_of(recording):
            known = raters.setdefault(rater.label, rater)
            if replace(known, sampling="") != replace(rater, sampling=""):
                raise StudyError(
                    f"{rater.label!r} is not the same rater in all recordings (kind, "
                    "occasion, build or scale differ). Give different raters different "
                    "labels."
                )
            raters[rater.label] = known.joined(rater)
    scales = {rater.scale for rater in raters.values()}
    if len(scales) != 1:
        raise StudyError(
            "There are no scores to save."
            if not scales
            else "Raters followed several scales: "
            f"{listed(scale.name for scale in scales)}. Save a study for each."
        )
    return raters


def _arrays(
    recordings: Sequence[xr.Dataset],
    labels: list[str],
    frames: NDArray[np.int64],
    scale: Scale,
) -> dict[str, Any]:
    shape = (len(recordings), len(labels), len(frames), len(scale.units))
    arrays: dict[str, NDArray[Any]] = {
        name: np.full(shape[: len(dims)], VARIABLES[name].fill, VARIABLES[name].dtype)
        for name, dims in _DIMS.items()
    }
    time = np.full((len(recordings), len(frames)), np.nan)
    for i, each in enumerate(recordings):
        rows = np.searchsorted(frames, each["frame"].values)
        time[i, rows] = each["time"].values
        each = each.sel(unit=list(scale.unit_names))
        for j, label in enumerate(each["rater"].values):
            for name in each.data_vars:
                values = each[name].values[j]
                arrays[str(name)][i, labels.index(str(label)), rows] = values
    if np.isnan(arrays["face_count"]).all():
        del arrays["face_count"]
    told = {n: (_DIMS[n], a, dict(VARIABLES[n].attrs)) for n, a in arrays.items()}
    about_time = dict(COORDINATES["time"].attrs)
    return {**told, "time": ((RECORDING, "frame"), time, about_time)}


def _video(recording: xr.Dataset) -> dict[str, Any]:
    # A path means nothing on another computer.
    kept = [key for key in VIDEO_ATTRS if key != "source_path"]
    return {key: recording.attrs[key] for key in kept if key in recording.attrs}
