"""The recording dataset's names: dimensions, coordinates, variables, attributes.

One recording is one animal in one video, and one region of interest of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.recording.rater import KINDS
from napari_grimace.scales import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SCHEMA_VERSION = 1

NOT_RATED, SCORED, NOT_SCORABLE, NOT_FOUND = range(4)
STATES = ("not_rated", "scored", "not_scorable", "region_not_found")
"""Names of the values of `state`, from 0."""


class Spec(NamedTuple):
    """A variable of the recording: dimensions, type, value where unseen, attributes."""

    dims: tuple[str, ...]
    dtype: str
    fill: Any
    attrs: dict[str, str]


def _spec(dims: str, dtype: str, fill: Any, long_name: str, **attrs: str) -> Spec:
    return Spec(tuple(dims.split()), dtype, fill, {"long_name": long_name, **attrs})


VARIABLES: dict[str, Spec] = {
    "box": _spec("rater frame region edge", "f4", np.nan, "box edges", units="px"),
    "box_confidence": _spec("rater frame region", "f4", np.nan, "box confidence"),
    "score": _spec("rater frame unit", "f4", np.nan, "score"),
    "state": _spec(
        "rater frame unit", "i1", NOT_RATED, "state", flag_meanings=" ".join(STATES)
    ),
    "probability": _spec(
        "rater frame unit level", "f4", np.nan, "probability of level"
    ),
    "region_score": _spec("rater frame region", "f4", np.nan, "score of the region"),
    "region_probability": _spec(
        "rater frame region level", "f4", np.nan, "probability of level, by region"
    ),
    "flag": _spec("rater frame", "?", False, "flagged for review"),
    "confirmed": _spec("rater frame", "?", False, "confirmed by the rater"),
    # Both come from the boxes that a model found: another finds others.
    "quality": _spec("rater frame measure", "f4", np.nan, "image quality of the face"),
    "face_count": _spec("rater frame", "f4", np.nan, "faces that the rater found"),
}
"""The data variables, by name."""

COORDINATES: dict[str, Spec] = {
    "frame": _spec("frame", "i8", -1, "frame number in the video"),
    "time": _spec("frame", "f8", np.nan, "presentation time", units="s"),
    "rater": _spec("rater", "O", "", "rater"),
    "rater_name": _spec("rater", "O", "", "person or model"),
    "rater_kind": _spec("rater", "i1", 0, "kind", flag_meanings=" ".join(KINDS)),
    "occasion": _spec("rater", "i8", 1, "pass over the frames, from 1"),
    "build": _spec("rater", "O", "", "model build"),
    "trained_on": _spec("rater", "O", "", "what the model learned from"),
    "scale": _spec("rater", "O", "", "grimace scale"),
    "sampling": _spec("rater", "O", "", "how frames were chosen"),
    "region": _spec("region", "O", "", "face region, left and right in the image"),
    "edge": _spec("edge", "O", "", "box edge"),
    "unit": _spec("unit", "O", "", "action unit"),
    "level": _spec("level", "i8", 0, "level of a score"),
    "measure": _spec("measure", "O", "", "measure of image quality"),
}
"""The coordinates, by name."""

VIDEO_ATTRS = (
    "source",
    "source_path",
    "source_size",
    "identity",
    "sha256",
    "frame_rate",
    "frame_count",
    "roi",
)
"""Attributes of the video that a recording keeps, where they are known."""


def to_json(value: Any) -> str:
    """Give JSON text that is the same for equal values.

    Raises
    ------
    RecordingError
        If the value cannot be told as JSON.
    """
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=plain)
    except (TypeError, ValueError) as error:
        raise RecordingError(
            f"Metadata must be text, numbers, lists and tables of them: {error}."
        ) from error


def plain(value: Any) -> Any:
    """Turn NumPy values into those of Python."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value


def text(values: Iterable[str]) -> NDArray[np.object_]:
    """Give an array of variable-length text."""
    listed = [str(value) for value in values]
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def ordered_units(names: Iterable[str]) -> list[str]:
    """Give unit names once each: the published in fixed order, then others."""
    known = list(dict.fromkeys(names))
    return [u for u in UNITS if u in known] + [u for u in known if u not in UNITS]
