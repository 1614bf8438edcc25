"""What a recording tells about its video, its animal, its raters and their scales."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import RecordingError
from napari_grimace.recording.rater import KINDS, Rater
from napari_grimace.recording.schema import COORDINATES, VIDEO_ATTRS
from napari_grimace.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

_RATER_COLUMNS = tuple(
    name for name, spec in COORDINATES.items() if spec.dims == ("rater",)
)


def raters_of(recording: xr.Dataset) -> list[Rater]:
    """Give the raters of a recording, in its order."""
    scales = scales_of(recording)
    columns = {name: recording[name].values for name in _RATER_COLUMNS}
    return [
        Rater(
            label=str(columns["rater"][i]),
            name=str(columns["rater_name"][i]),
            kind=KINDS[columns["rater_kind"][i]],
            occasion=int(columns["occasion"][i]),
            build=str(columns["build"][i]),
            trained_on=str(columns["trained_on"][i]),
            sampling=str(columns["sampling"][i]),
            scale=scales[str(columns["scale"][i])],
        )
        for i in range(recording.sizes["rater"])
    ]


def scales_of(recording: xr.Dataset) -> dict[str, Scale]:
    """Give the scales that a recording's raters followed, by name."""
    told = json.loads(recording.attrs["scales"])
    return {name: Scale.from_dict(data) for name, data in told.items()}


def subject_of(recording: xr.Dataset) -> dict[str, Any]:
    """Give what a recording tells of the animal."""
    subject: dict[str, Any] = json.loads(recording.attrs["subject"])
    return subject


def video_of(recording: xr.Dataset) -> dict[str, Any]:
    """Give the attributes of a recording's video, as `open_video` gives them."""
    attrs = {key: recording.attrs[key] for key in VIDEO_ATTRS if key in recording.attrs}
    if "roi" in attrs:
        attrs["roi"] = json.loads(attrs["roi"])
    return attrs


def check_same_video(
    mine: Mapping[str, Any], other: Mapping[str, Any], name: str
) -> None:
    """Raise `RecordingError` where attributes tell of two videos or two regions."""
    for key, what in (("identity", "another video"), ("roi", "another region")):
        told, asked = mine.get(key, ""), other.get(key, "")
        # Without a hash (ratings that were imported, say) there is nothing to compare.
        if told != asked and (key == "roi" or (told and asked)):
            raise RecordingError(
                f"{name} is a recording of {what}: {_source(mine)}, not "
                f"{_source(other)}. Open the video that belongs to it, or start a new "
                "recording."
            )


def _source(attrs: Mapping[str, Any]) -> str:
    roi = f", region {attrs['roi']}" if "roi" in attrs else ""
    identity = str(attrs.get("identity", ""))[:8] or "unknown"
    return f"{attrs.get('source', 'a video')!r} (identity {identity}{roi})"
