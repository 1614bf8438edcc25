"""A study of scores alone in one netCDF file, that any program can open."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import pandas as pd
import xarray as xr

from napari_grimace.errors import StudyError
from napari_grimace.files import written_whole
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.disk import disk_errors
from napari_grimace.study.names import RECORDING, SCALE, listed
from napari_grimace.study.scores import scores_dataset
from napari_grimace.study.stack import VIDEO, rated_part, stacked
from napari_grimace.study.tree import Source, make_study


def save_study(
    study: xr.DataTree, path: str | Path, experiment: str | None = None
) -> None:
    """Save the scores of a study as one netCDF file.

    `xarray.open_dataset` opens it (with `group=` the experiment) and
    `xarray.open_datatree`, without this package; `open_study` makes a study of it.

    Parameters
    ----------
    study
        The study. Its attribute `about`, free text, is kept.
    path
        Where, ending in ``.nc``. A file that is there already is replaced.
    experiment
        Name of a group of the file. The file's other experiments are then kept.

    Raises
    ------
    StudyError
        If the suffix is another, nobody rated anything, raters followed several
        scales, one label means two raters, or the file holds a single experiment
        without a name.
    """
    path = Path(path)
    if path.suffix != ".nc":
        raise StudyError(f"{path}: a study is saved as .nc (netCDF). Choose that.")
    stack = stacked(study)
    if experiment is None:
        content = _with_encoding(stack).to_netcdf(engine="h5netcdf")
    else:
        groups = _experiments_beside(path, experiment)
        tree = xr.DataTree.from_dict(
            {f"/{name}": _with_encoding(each) for name, each in groups.items()}
            | {f"/{experiment}": _with_encoding(stack)}
        )
        content = tree.to_netcdf(engine="h5netcdf")
    # Made in memory: on a full disk HDF5 ends the whole program.
    with disk_errors(path), written_whole(path) as aside:
        aside.write_bytes(bytes(content))


def open_stacked(path: Path, experiment: str | None = None) -> xr.DataTree:
    """Open a study that `save_study` wrote.

    Parameters
    ----------
    path
        The file.
    experiment
        Which of its experiments; may be left out where there is one.

    Raises
    ------
    StudyError
        If it cannot be read, is no study, or has no such experiment or several.
    """
    names = experiments_in(path)
    if experiment is None and len(names) != 1:
        raise StudyError(
            f"{path}: holds several experiments, {listed(names)}. Choose one "
            "(experiment=, on the command line --experiment)."
            if names
            else f"{path}: holds no study. List recordings in a sample sheet."
        )
    chosen = names[0] if experiment is None else experiment
    if chosen not in names:
        raise StudyError(
            f"{path}: there is no experiment {experiment!r}, only {listed(names)}."
        )
    stack = _load(path, chosen)
    recordings = [str(name) for name in stack[RECORDING].values]
    columns = [
        str(name)
        for name, coord in stack.coords.items()
        if coord.dims == (RECORDING,) and coord.dtype.kind in "OTU"
    ]
    sheet = pd.DataFrame(
        {
            name: stack[name].values
            for name in columns
            if name not in (RECORDING, VIDEO)
        },
        index=recordings,
        dtype=object,
    )
    sources = {
        name: Source(partial(_recording, stack, i)) for i, name in enumerate(recordings)
    }
    attrs = {
        "source": str(path),
        SCALE: next(iter(json.loads(stack.attrs["scales"]))),
        **{key: stack.attrs[key] for key in ("about",) if key in stack.attrs},
        **({"experiment": chosen} if chosen else {}),
    }
    return make_study(sources, sheet, attrs)


def experiments_in(path: Path) -> list[str]:
    """Name the experiments of a file; one without a name is "".

    Raises
    ------
    StudyError
        If the file cannot be read.
    """
    try:
        with h5netcdf.File(path, "r") as file:
            groups = {"": file, **file.groups}
            return [name for name, each in groups.items() if _is_study(each)]
    except OSError as error:
        raise StudyError(f"{path}: is no netCDF file ({error}).") from error


def _is_study(group: Any) -> bool:
    return {"score", RECORDING} <= set(group.variables)


def _experiments_beside(path: Path, experiment: str) -> dict[str, xr.Dataset]:
    """Load the other experiments of a file that is there already."""
    if not experiment or "/" in experiment:
        raise StudyError(f"An experiment cannot be called {experiment!r}.")
    names = experiments_in(path) if path.exists() else []
    if "" in names:
        raise StudyError(
            f"{path}: holds one experiment without a name. Save to another file."
        )
    return {name: _load(path, name) for name in names if name != experiment}


def _load(path: Path, experiment: str) -> xr.Dataset:
    try:
        with xr.open_dataset(path, group=experiment or None, engine="h5netcdf") as told:
            return told.load()
    except Exception as error:  # the readers raise many kinds
        raise StudyError(f"{path}: cannot be read ({error}).") from error


def _recording(stack: xr.Dataset, index: int) -> xr.Dataset:
    """Take a recording out, without the padding."""
    one = stack.set_coords("time").isel(recording=index)
    part = rated_part(one)
    return scores_dataset(
        raters_of(part),
        part["frame"].values,
        part["time"].values,
        part["score"].values,
        state=part["state"].values,
        face_count=part["face_count"].values if "face_count" in part else None,
        attrs=json.loads(str(one[VIDEO].values)) if VIDEO in one else None,
    )


def _with_encoding(stack: xr.Dataset) -> xr.Dataset:
    """Say how variables are packed: whole scores in a byte, text in any length."""
    stack = stack.drop_encoding()
    for name, variable in stack.variables.items():
        if variable.dtype.kind in "OUT":
            stack[name] = stack[name].astype(object)
        elif variable.ndim > 1:
            stack[name].encoding = {"zlib": True, "complevel": 4, "shuffle": True}
    stack["score"].encoding |= _score_encoding(stack["score"].values)
    return stack


def _score_encoding(score: Any) -> dict[str, Any]:
    given = score[np.isfinite(score)]
    for step in (1.0, 0.5):
        if np.array_equal(given / step, np.round(given / step)):
            scaled = {} if step == 1 else {"scale_factor": np.float32(step)}
            return {"dtype": "int8", "_FillValue": np.int8(-1), **scaled}
    return {"dtype": "float32"}
