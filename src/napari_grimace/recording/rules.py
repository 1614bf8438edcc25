"""The rules of the recording dataset; a broken one is named with what to do."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import GrimaceError, RecordingError
from napari_grimace.recording.access import raters_of, scales_of
from napari_grimace.recording.content import CONTENT_RULES
from napari_grimace.recording.rater import KINDS, is_line
from napari_grimace.recording.schema import (
    COORDINATES,
    SCHEMA_VERSION,
    VARIABLES,
    ordered_units,
)
from napari_grimace.scales import EDGES, LEVELS, REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr

    Rule = Callable[[xr.Dataset], Iterator[str]]


def validate_recording(recording: xr.Dataset, *, content: bool = True) -> None:
    """Check that a dataset is a recording.

    Parameters
    ----------
    recording
        The dataset to check.
    content
        Whether to look at the values too, which loads them; otherwise only names,
        dimensions, types, coordinates and attributes are checked.

    Raises
    ------
    RecordingError
        If any rule is broken; the message names every one.
    """
    broken = [
        f"{name}: {fault}"
        for name, rule in STRUCTURE_RULES.items()
        for fault in rule(recording)
    ]
    if content:
        broken += _broken_content(recording)
    if broken:
        lines = "".join(f"\n- {line}" for line in broken)
        raise RecordingError(f"This is not a valid recording:{lines}")


def _broken_content(recording: xr.Dataset) -> list[str]:
    sound = {name for name in VARIABLES if not list(_variable_faults(recording, name))}
    try:
        raters_of(recording)
    except (KeyError, ValueError, IndexError, TypeError, GrimaceError):
        return []  # without raters and scales, values cannot be judged
    if any(name not in recording.coords for name in COORDINATES):
        return []
    loaded = recording[sorted(sound)].compute()
    return [
        f"{name}: {fault}"
        for name, (needs, rule) in CONTENT_RULES.items()
        if sound.issuperset(needs)
        for fault in rule(loaded)
    ]


def _schema_version(ds: xr.Dataset) -> Iterator[str]:
    found = ds.attrs.get("schema_version")
    if found != SCHEMA_VERSION:
        yield f"schema_version is {found!r}, not {SCHEMA_VERSION}"


def _attributes(ds: xr.Dataset) -> Iterator[str]:
    for key in ("software", "created", "subject", "scales"):
        if not isinstance(ds.attrs.get(key), str):
            yield f"attribute {key} must be text"
    for key in ("source", "source_path", "identity", "sha256", "roi"):
        if key in ds.attrs and not isinstance(ds.attrs[key], str):
            yield f"attribute {key} must be text where it is given"
    for key, low in (("source_size", 0), ("frame_count", 0), ("frame_rate", 0)):
        value = ds.attrs.get(key, 1)
        if not isinstance(value, int | float | np.number) or not value >= low:
            yield f"attribute {key} is {value!r}: give a number from 0, or nothing"
    for key, value in ds.attrs.items():
        if not isinstance(value, str | int | float | np.number):
            yield f"attribute {key} is nested or a list: give it as JSON text"
        elif isinstance(value, str) and "\0" in value:
            yield f"attribute {key} holds a NUL character"


def _nested(ds: xr.Dataset) -> Iterator[str]:
    for key, kind in (("subject", dict), ("scales", dict), ("roi", list)):
        value: Any = None
        with contextlib.suppress(ValueError, TypeError):
            value = json.loads(ds.attrs.get(key, "[]" if key == "roi" else "{}"))
        if not isinstance(value, kind):
            yield f"attribute {key} must be JSON text of a {kind.__name__}"
        elif key == "roi" and value and not _is_roi(value):
            yield f"roi is {value}: give [y_min, x_min, y_max, x_max]"


def _is_roi(value: Any) -> bool:
    numbers = len(value) == 4 and all(isinstance(v, int | float) for v in value)
    return numbers and value[0] < value[2] and value[1] < value[3]


def _scales(ds: xr.Dataset) -> Iterator[str]:
    try:
        known = scales_of(ds)
    except GrimaceError as error:
        yield str(error)
        return
    except (KeyError, ValueError, TypeError, AttributeError):
        return  # named by other rules
    for name in sorted(set(_names(ds, "scale")) - set(known)):
        yield f"scale {name!r} is followed by a rater, but attribute scales lacks it"
    for name, scale in known.items():
        if scale.name != name:
            yield f"scale {scale.name!r} is kept under the name {name!r}"


def _coordinates(ds: xr.Dataset) -> Iterator[str]:
    for name, spec in COORDINATES.items():
        if name not in ds.coords:
            yield f"coordinate {name} is missing"
        elif ds[name].dims != spec.dims:
            yield f"coordinate {name} has dimensions {ds[name].dims}, not {spec.dims}"
        elif not _same_kind(ds[name].dtype, spec.dtype):
            yield f"coordinate {name} is of type {ds[name].dtype}, not {spec.dtype}"


def _variables(ds: xr.Dataset) -> Iterator[str]:
    for name in VARIABLES:
        yield from _variable_faults(ds, name)


def _variable_faults(ds: xr.Dataset, name: str) -> Iterator[str]:
    spec = VARIABLES[name]
    if name not in ds.data_vars:
        yield f"variable {name} is missing"
    elif ds[name].dims != spec.dims:
        yield f"variable {name} has dimensions {ds[name].dims}, not {spec.dims}"
    elif ds[name].dtype != np.dtype(spec.dtype):
        yield f"variable {name} is of type {ds[name].dtype}, not {np.dtype(spec.dtype)}"


def _frames(ds: xr.Dataset) -> Iterator[str]:
    frames = _numbers(ds, "frame")
    if (frames < 0).any():
        yield f"frame {frames[frames < 0][0]} is negative; frames count from 0"
    if (np.diff(frames) <= 0).any():
        at = int(np.argmax(np.diff(frames) <= 0))
        yield f"frames must increase, but {frames[at + 1]} follows {frames[at]}"
    count = ds.attrs.get("frame_count")
    if isinstance(count, int | float | np.number) and (frames >= count).any():
        yield f"frame {frames.max()} is beyond the video, which has {count} frames"


def _times(ds: xr.Dataset) -> Iterator[str]:
    times = _numbers(ds, "time")
    if np.isinf(times).any():
        yield "time is infinite; where it is unknown, give NaN"
    known = times[np.isfinite(times)]
    falls = known[:-1][np.diff(known) < 0]
    if len(falls):
        yield f"time must not fall, but does after {falls[0]:g} s"


def _raters(ds: xr.Dataset) -> Iterator[str]:
    labels = _names(ds, "rater")
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        yield f"rater {label!r} is there twice: give each pass its own label"
    for key in ("rater", "rater_name", "build", "trained_on", "scale", "sampling"):
        for value in _names(ds, key):
            if not is_line(value) or (not value and key in ("rater", "rater_name")):
                yield f"{key} is {value!r}: give a line of text"
    kinds = _numbers(ds, "rater_kind")
    if ((kinds < 0) | (kinds >= len(KINDS))).any():
        yield f"rater_kind must be 0 to {len(KINDS) - 1} ({', '.join(KINDS)})"
    if (_numbers(ds, "occasion") < 1).any():
        yield "occasion counts from 1"


def _labels(ds: xr.Dataset) -> Iterator[str]:
    regions = _names(ds, "region")
    if regions != [region for region in REGIONS if region in regions]:
        yield f"region must be some of {', '.join(REGIONS)} in this order, once each"
    if "edge" in ds.coords and _names(ds, "edge") != list(EDGES):
        yield f"edge must be {', '.join(EDGES)}"
    if "level" in ds.coords and ds["level"].values.tolist() != list(LEVELS):
        yield f"level must be {', '.join(map(str, LEVELS))}"
    units = _names(ds, "unit")
    if units != ordered_units(units):
        yield f"unit must be in the order {', '.join(ordered_units(units))}, once each"
    measures = _names(ds, "measure")
    if len(set(measures)) < len(measures):
        yield "measure names one twice"


def _units_of_scales(ds: xr.Dataset) -> Iterator[str]:
    try:
        followed = [scales_of(ds)[name] for name in dict.fromkeys(_names(ds, "scale"))]
    except (KeyError, ValueError, TypeError, AttributeError, GrimaceError):
        return  # named by other rules
    for dim, lists in (
        ("unit", [scale.unit_names for scale in followed]),
        ("region", [scale.regions for scale in followed]),
    ):
        missing = sorted(set().union(*lists) - set(_names(ds, dim)))
        if missing:
            yield f"{dim} lacks {', '.join(missing)}, which a rater's scale asks for"


def _names(ds: xr.Dataset, name: str) -> list[str]:
    return [str(value) for value in ds[name].values] if name in ds.coords else []


def _numbers(ds: xr.Dataset, name: str) -> Any:
    if name not in ds.coords or ds[name].dtype.kind not in "iuf":
        return np.empty(0)
    return ds[name].values


def _same_kind(dtype: Any, wanted: str) -> bool:
    # Text may be held as objects, as NumPy's variable-length or fixed-width text.
    return dtype.kind in "OTU" if wanted == "O" else dtype == np.dtype(wanted)


STRUCTURE_RULES: dict[str, Rule] = {
    "schema-version": _schema_version,
    "attributes": _attributes,
    "nested-attributes": _nested,
    "scales-known": _scales,
    "coordinates": _coordinates,
    "variables": _variables,
    "frames-increase": _frames,
    "times-do-not-fall": _times,
    "raters": _raters,
    "labels-in-order": _labels,
    "units-of-scales": _units_of_scales,
}
