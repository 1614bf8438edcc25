"""Recordings of older versions of the schema are brought up to date when opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_grimace.errors import RecordingError
from napari_grimace.recording.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import xarray as xr

MIGRATIONS: dict[int, Callable[[xr.Dataset], xr.Dataset]] = {}
"""For a version the function that makes a recording of the next version of it."""


def migrate(recording: xr.Dataset, path: Path | None = None) -> xr.Dataset:
    """Bring a recording up to the current version of the schema.

    Raises
    ------
    RecordingError
        If it is of a newer version, or of one that cannot be brought up to date.
    """
    check_version(recording.attrs, path)
    for version in range(int(recording.attrs["schema_version"]), SCHEMA_VERSION):
        recording = MIGRATIONS[version](recording)
        recording.attrs["schema_version"] = version + 1
    return recording


def check_version(attrs: Mapping[str, Any], path: Path | None = None) -> None:
    """Raise `RecordingError` for attributes of a version that cannot be read."""
    name = path or "this dataset"
    version = attrs.get("schema_version")
    try:
        number = int(version)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise RecordingError(
            f"{name}: is not a recording (it has no schema_version)."
        ) from None
    if number > SCHEMA_VERSION:
        raise RecordingError(
            f"{name}: was written by a newer version ({attrs.get('software', '?')}; "
            f"schema {number}, known up to {SCHEMA_VERSION}). Update napari-grimace."
        )
    if any(older not in MIGRATIONS for older in range(number, SCHEMA_VERSION)):
        raise RecordingError(
            f"{name}: schema version {number} cannot be read any more."
        )
