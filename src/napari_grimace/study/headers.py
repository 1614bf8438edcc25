"""Who rated a recording, and by which scale: read without reading any scores."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xarray as xr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.migrate import check_version
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.store import SUFFIX, RecordingStore

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording tells beside its values.

    Attributes
    ----------
    raters
        Who rated, people in journals among them.
    roi
        [y_min, x_min, y_max, x_max] in pixels; empty for the whole picture.
    """

    raters: tuple[Rater, ...]
    roi: tuple[float, ...] = ()


def is_recording(path: Path) -> bool:
    """Tell what may be a recording from other files, by name and kind."""
    if path.is_dir():
        return path.suffix == ".zarr" or (path / "recording.zarr").is_dir()
    return path.suffix == ".nc" and path.is_file()


def read_header(path: Path) -> Header:
    """Read a recording's header.

    Raises
    ------
    RecordingError
        If it is not a recording, is damaged, or was written by a newer version.
    """
    if path.suffix == SUFFIX or (path / "recording.zarr").is_dir():
        store = RecordingStore.open(path)
        raters = {rater.label: rater for rater in store.raters}
        for rater in _in_journals(store):
            raters.setdefault(rater.label, rater)
        return Header(tuple(raters.values()), _roi(store.attrs))
    try:
        opened = xr.open_dataset(
            path, engine="zarr" if path.is_dir() else "h5netcdf", chunks=None
        )
    except Exception as error:  # the readers raise many kinds
        raise RecordingError(f"{path}: cannot be opened ({error}).") from error
    with opened:
        check_version(opened.attrs, path)
        return Header(tuple(raters_of(opened)), _roi(opened.attrs))


def _in_journals(store: RecordingStore) -> list[Rater]:
    """Read the first lines of journals; what is damaged, opening will tell."""
    found = []
    for path in sorted(store.journals.glob("[!.]*.jsonl")):
        with path.open("rb") as file:
            line = file.readline()
        try:
            found.append(
                store.names.renamed(Rater.from_dict(json.loads(line)["rater"]))
            )
        except (ValueError, KeyError, TypeError, RecordingError):
            continue
    return found


def _roi(attrs: dict[str, Any]) -> tuple[float, ...]:
    return tuple(json.loads(attrs["roi"])) if "roi" in attrs else ()
