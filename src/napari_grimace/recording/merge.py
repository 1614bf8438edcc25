"""Two copies of one recording become one again."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording.access import check_same_video, raters_of
from napari_grimace.recording.join import join_raters, widened
from napari_grimace.recording.rules import validate_recording
from napari_grimace.recording.schema import VARIABLES, text, to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import xarray as xr

    from napari_grimace.recording.rater import Rater

_SHOWN = 8  # contradictions told in a message
_SAME_TIME = 1e-6  # s


def merge_recordings(
    first: xr.Dataset,
    second: xr.Dataset,
    *,
    conflicts: Literal["raise", "both"] = "raise",
) -> xr.Dataset:
    """Merge two copies of one recording, in which work has gone on separately.

    Parameters
    ----------
    first, second
        Recordings of the same video (and region of interest). Raters, frames and
        values that only one of them has are taken from it; a flag or confirmation
        that is set in one of them is set.
    conflicts
        What to do where the copies contradict each other about a rater: raise, or
        keep ``"both"``: the second's pass is added under another label, with a
        warning.

    Returns
    -------
    Dataset
        The merged recording.

    Raises
    ------
    RecordingError
        If they are recordings of different videos or animals, or contradict each
        other; names the places.

    Warns
    -----
    GrimaceWarning
        If a pass was kept twice.
    """
    validate_recording(first)
    validate_recording(second)
    check_same_video(first.attrs, second.attrs, "The first recording")
    attrs = merged_attrs(first.attrs, second.attrs)
    first, second = first.compute(), second.compute()
    _check_times(first, second)
    raters = {rater.label: rater for rater in raters_of(first)}
    passes = {label: _pass(first, label) for label in raters}
    for rater in raters_of(second):
        label, other = rater.label, _pass(second, rater.label)
        if label not in passes:
            passes[label] = other
            continue
        joined, faults = _joined(raters[label], passes[label], rater, other)
        if not faults:
            passes[label] = joined
            continue
        told = _contradiction(label, faults)
        if conflicts == "raise":
            raise RecordingError(told)
        free = _free_label(label, passes)
        warnings.warn(f"{told} Kept as {free!r}.", GrimaceWarning, stacklevel=2)
        passes[free] = other.assign_coords(rater=text([free]))
    return join_raters([*passes.values()] or [first, second], attrs)


def _pass(recording: xr.Dataset, label: str) -> xr.Dataset:
    """One rater of a recording, on all its frames."""
    block = recording.sel(rater=[label])
    scale = str(block["scale"].item())
    kept = {scale: json.loads(recording.attrs["scales"])[scale]}
    return block.assign_attrs(scales=to_json(kept))


def _joined(
    rater: Rater, first: xr.Dataset, other: Rater, second: xr.Dataset
) -> tuple[xr.Dataset, list[str]]:
    """Join two copies of one pass; say where they contradict each other."""
    joined, faults = _filled(first, second)
    if replace(rater, sampling="") != replace(other, sampling=""):
        faults = ["the facts about the rater", *faults]
    sampling = rater.joined(other).sampling
    return joined.assign_coords(sampling=("rater", text([sampling]))), faults


def _filled(first: xr.Dataset, second: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Fill what the first lacks from the second; say where they contradict."""
    first, second = _aligned(first, second)
    faults: list[str] = []
    filled = {}
    for name in VARIABLES:
        a, b = first[name], second[name]
        a_set, b_set = _is_set(a), _is_set(b)
        if a.dtype != bool:
            faults += _places(name, a_set & b_set & (a != b))
        filled[name] = a.where(a_set, b)
    time = first["time"].where(first["time"].notnull(), second["time"])
    return first.assign(filled).assign_coords(time=("frame", time.values)), faults


def _aligned(first: xr.Dataset, second: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    frames = np.union1d(first["frame"].values, second["frame"].values)
    wide = {"frame": frames}
    for dim in ("region", "unit", "measure"):
        names = [*first[dim].values, *second[dim].values]
        wide[dim] = text(dict.fromkeys(names))
    return widened(first, wide), widened(second, wide)


def _is_set(array: xr.DataArray) -> xr.DataArray:
    # The states and flags that nobody has set are zero.
    return array.notnull() if array.dtype.kind == "f" else array != 0


def _check_times(first: xr.Dataset, second: xr.Dataset) -> None:
    _, a, b = np.intersect1d(
        first["frame"].values, second["frame"].values, return_indices=True
    )
    apart = np.abs(first["time"].values[a] - second["time"].values[b]) > _SAME_TIME
    if apart.any():
        faults = [f"time at frame {f}" for f in first["frame"].values[a][apart]]
        raise RecordingError(
            f"The copies contradict each other about the frames: {_listed(faults)}. "
            "They may be of different videos: score one of them again."
        )


def _places(name: str, differing: xr.DataArray) -> Iterator[str]:
    for index in np.argwhere(differing.values):
        labels = [
            f"{dim} {differing[dim].values[i]}"
            for dim, i in zip(differing.dims, index, strict=True)
            if dim not in ("rater", "edge", "level")
        ]
        yield f"{name} at {', '.join(labels)}"


def _contradiction(label: str, faults: Sequence[str]) -> str:
    return (
        f"The copies contradict each other about rater {label!r}: {_listed(faults)}. "
        'Mend one of them, or merge with conflicts="both" to keep both passes.'
    )


def _listed(faults: Sequence[str]) -> str:
    once = list(dict.fromkeys(faults))
    more = f" and {len(once) - _SHOWN} more" if len(once) > _SHOWN else ""
    return "; ".join(once[:_SHOWN]) + more


def _free_label(label: str, labels: Collection[str]) -> str:
    number = 2
    while (free := f"{label} (copy {number})") in labels:
        number += 1
    return free


def merged_attrs(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Join the attributes of two copies; they may not differ about the animal."""
    mine, other = json.loads(first["subject"]), json.loads(second["subject"])
    for key in mine.keys() & other.keys():
        if mine[key] != other[key]:
            raise RecordingError(
                f"The two copies tell different things of the animal: {key} is "
                f"{mine[key]!r} and {other[key]!r}. Correct one of them."
            )
    attrs = {**second, **first, "subject": to_json({**other, **mine})}
    attrs["created"] = min(first["created"], second["created"])
    return attrs
