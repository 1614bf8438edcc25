"""Recordings of single raters are joined into one, frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.access import scales_of
from napari_grimace.recording.schema import (
    COORDINATES,
    VARIABLES,
    ordered_units,
    text,
    to_json,
)
from napari_grimace.scales import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

FILLS = {name: spec.fill for name, spec in {**VARIABLES, **COORDINATES}.items()}


def join_raters(blocks: Sequence[xr.Dataset], attrs: Mapping[str, Any]) -> xr.Dataset:
    """Join recordings of different raters: the outer join on `frame`.

    Parameters
    ----------
    blocks
        Recordings, at least one; no rater may be in two of them. Lazy ones stay lazy.
    attrs
        Attributes of the result; the scales of all blocks are added.

    Returns
    -------
    Dataset
        A recording with every frame of every rater.

    Raises
    ------
    RecordingError
        If two blocks mean different scales by one name.
    """
    frames = np.unique(np.concatenate([block["frame"].values for block in blocks]))
    labels = {
        "frame": frames,
        "region": text(_in_order(blocks, "region", REGIONS)),
        "unit": text(ordered_units(_all_names(blocks, "unit"))),
        "measure": text(dict.fromkeys(_all_names(blocks, "measure"))),
    }
    wide = [widened(block, labels) for block in blocks]
    joined = wide[0]
    if len(wide) > 1:
        joined = xr.concat(
            [block[list(VARIABLES)] for block in wide],
            dim="rater",
            data_vars="all",
            coords="minimal",
            compat="override",
            join="exact",
        )
    joined = joined.assign_coords(time=("frame", _times(blocks, frames)))
    return _described(joined, {**attrs, "scales": _scales(blocks)})


def widened(block: xr.Dataset, labels: Mapping[str, NDArray[Any]]) -> xr.Dataset:
    """Bring a recording to other labels along some dimensions; new ones are unseen."""
    differing = {
        dim: names
        for dim, names in labels.items()
        if not np.array_equal(block[dim].values, names)
    }
    if not differing:
        return block
    wide = block.reindex(differing, fill_value=FILLS)
    # From a dimension of length 0 xarray does not keep the type.
    types = {
        name: wide[name].astype(spec.dtype)
        for name, spec in VARIABLES.items()
        if wide[name].dtype != spec.dtype
    }
    return wide.assign(types)


def _times(
    blocks: Sequence[xr.Dataset], frames: NDArray[np.int64]
) -> NDArray[np.float64]:
    times = np.full(len(frames), np.nan)
    for block in reversed(blocks):
        rows = np.searchsorted(frames, block["frame"].values)
        known = np.isfinite(block["time"].values)
        times[rows[known]] = block["time"].values[known]
    return times


def _scales(blocks: Sequence[xr.Dataset]) -> str:
    found: dict[str, Any] = {}
    for block in blocks:
        for name, scale in scales_of(block).items():
            if found.setdefault(name, scale) != scale:
                raise RecordingError(
                    f"Two raters mean different scales by {name!r}. Give one of the "
                    "scales another name and rate by that."
                )
    return to_json({name: scale.to_dict() for name, scale in found.items()})


def _described(joined: xr.Dataset, attrs: Mapping[str, Any]) -> xr.Dataset:
    """Bring dimensions and attributes into the form that the schema asks for."""
    joined.attrs = dict(attrs)
    for name, spec in {**VARIABLES, **COORDINATES}.items():
        joined[name].attrs = dict(spec.attrs)
    return joined[list(VARIABLES)]


def _all_names(blocks: Iterable[xr.Dataset], dim: str) -> list[str]:
    return [str(name) for block in blocks for name in block[dim].values]


def _in_order(
    blocks: Iterable[xr.Dataset], dim: str, order: Sequence[str]
) -> list[str]:
    names = set(_all_names(blocks, dim))
    return [name for name in order if name in names]
