"""Recordings are opened from and saved to files that other programs can read."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr
import zarr
from zarr.errors import ZarrUserWarning

from napari_grimace.errors import RecordingError
from napari_grimace.files import written_whole
from napari_grimace.recording.disk import disk_errors
from napari_grimace.recording.migrate import migrate
from napari_grimace.recording.rules import validate_recording
from napari_grimace.recording.schema import COORDINATES, VARIABLES, plain
from napari_grimace.recording.store import SUFFIX, RecordingStore

if TYPE_CHECKING:
    from collections.abc import Hashable

_ROWS = 8192  # frames in a chunk of a saved file
_TEXTS = {name for name, spec in COORDINATES.items() if spec.dtype == "O"}


def open_recording(path: str | Path, *, check: bool = False) -> xr.Dataset:
    """Open a recording.

    Parameters
    ----------
    path
        A recording's folder (``.grimace``), or what `save_recording` wrote (``.zarr``
        or ``.nc``).
    check
        Read everything once, so that damage shows now and not when the values are
        used.

    Returns
    -------
    Dataset
        Every frame that any rater saw, with the journals of people applied. The
        values are read when they are used.

    Raises
    ------
    RecordingError
        If it is not a recording, is damaged, or was written by a newer version.

    Warns
    -----
    GrimaceWarning
        If a journal ends in a torn record, or two journals contradict each other.
    """
    path = Path(path)
    if path.suffix == SUFFIX or (path / "recording.zarr").is_dir():
        return RecordingStore.open(path).read(check=check)
    if not path.exists():
        raise RecordingError(
            f"{path}: there is no such file or folder. Check the path."
        )
    recording = _tidied(_open_saved(path))
    recording = migrate(recording, path)
    validate_recording(recording, content=check)
    return recording


def save_recording(recording: xr.Dataset, path: str | Path) -> None:
    """Save a recording as one zarr store or netCDF file.

    `xarray.open_dataset` opens the result, without this package.

    Parameters
    ----------
    recording
        The recording; it is validated first.
    path
        Where, ending in ``.zarr`` (zarr version 3) or ``.nc`` (netCDF 4). A file or
        a saved recording that is there already is replaced when the new one is
        complete.

    Raises
    ------
    RecordingError
        If the recording is not valid, the suffix is another, another folder has this
        name, or the disk refuses.
    """
    path = Path(path)
    if path.suffix not in (".zarr", ".nc"):
        raise RecordingError(
            f"{path}: a recording is saved as .zarr or .nc (netCDF). Choose one."
        )
    if path.is_dir() and not _is_saved_recording(path):
        raise RecordingError(
            f"{path}: a folder of this name is there that is no saved recording (a "
            "converted video, perhaps), and is not replaced. Choose another name, or "
            "move the folder away."
        )
    validate_recording(recording)
    tidy = _tidied(recording).drop_encoding()
    for name, array in tidy.data_vars.items():
        if array.chunks:
            chunks = {"rater": 1, "frame": _ROWS}
            tidy[name] = array.chunk(
                {d: n for d, n in chunks.items() if d in array.dims}
            )
    with disk_errors(path), written_whole(path) as aside:
        if path.suffix == ".nc":
            # Made in memory: on a full disk HDF5 ends the whole program.
            aside.write_bytes(tidy.to_netcdf(engine="h5netcdf"))
        else:
            _to_zarr(tidy, aside)


def _is_saved_recording(path: Path) -> bool:
    """Tell what `save_recording` wrote from any other folder, without reading it."""
    try:
        told = json.loads((path / "zarr.json").read_text("utf-8"))["attributes"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    # The inside of a recording's folder has the attributes too, but no coordinates.
    return "schema_version" in told and (path / "rater" / "zarr.json").is_file()


def _to_zarr(recording: xr.Dataset, path: Path) -> None:
    recording.to_zarr(path, zarr_format=3, consolidated=False)
    with warnings.catch_warnings():
        # Without consolidated metadata xarray warns when it opens the store; with
        # them zarr warns when it writes, that they are not in its specification yet.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(str(path))


def _open_saved(path: Path) -> xr.Dataset:
    try:
        if path.is_dir():
            return xr.open_dataset(path, engine="zarr", chunks={})
        # Loaded and closed, so that the file can be replaced on every system.
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            return opened.load()
    except Exception as error:  # the readers raise many kinds
        raise RecordingError(
            f"{path}: cannot be opened as a recording ({error}). Give a recording's "
            f"folder ({SUFFIX}), or a .zarr or .nc file that save_recording wrote."
        ) from error


def _tidied(recording: xr.Dataset) -> xr.Dataset:
    """Load coordinates, give text variable length and attributes Python's types."""
    coords: dict[Hashable, xr.Variable] = {}
    for name, coord in recording.coords.items():
        # Text of length 0 has no type on disk.
        is_text = coord.dtype.kind in "UT" or (name in _TEXTS and not coord.size)
        values = coord.values.astype(object) if is_text else coord.values
        coords[name] = xr.Variable(coord.dims, values, coord.attrs)
    tidy = recording.assign_coords(coords)
    tidy.attrs = {key: plain(value) for key, value in recording.attrs.items()}
    for name, spec in {**VARIABLES, **COORDINATES}.items():
        if name in tidy.variables:
            tidy[name].attrs = dict(spec.attrs)
    return tidy
