"""Studies are opened from sample sheets, from files of scores and from tables."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from napari_grimace.errors import StudyError
from napari_grimace.recording.files import open_recording
from napari_grimace.study.alike import mixed_builds, mixed_scales
from napari_grimace.study.fast import read_passes
from napari_grimace.study.grid import read_grid
from napari_grimace.study.names import EXPERIMENT
from napari_grimace.study.sheet import node_names, read_entries
from napari_grimace.study.stacked import experiments_in as packed_experiments
from napari_grimace.study.stacked import open_stacked
from napari_grimace.study.tidy import is_score_table, open_table
from napari_grimace.study.tree import Source, make_study

if TYPE_CHECKING:
    import xarray as xr

    from napari_grimace.scales import Scale
    from napari_grimace.study.grid import Grid


def open_study(
    path: str | Path,
    *,
    experiment: str | None = None,
    scale: str | Path | Scale | None = None,
    allow_mixed_builds: bool = False,
) -> xr.DataTree:
    """Open a study; its recordings are opened when they are first used.

    Parameters
    ----------
    path
        A sample sheet (xlsx, csv or tsv) with a row for each recording: columns `path`
        (the recording, or the video beside it; relative to the sheet), `animal`,
        `group`, and where they are of use `timepoint`, `roi` (chamber of the video) and
        any further one. Or a file of scores alone that `save_study` wrote (nc). Or a
        table of scores (xlsx, csv or tsv) with a row for each frame: columns `animal`,
        `frame` or `time`, the action units, and where they are of use `group`,
        `timepoint`, `rater`, `recording`, `scale`.
    experiment
        Name of the one experiment to open, where a file holds several, or a sheet names
        them in a column `experiment`.
    scale
        The scale of a table of scores that does not name it.
    allow_mixed_builds
        Whether recordings that were scored by different builds of a model may go
        together; they can then be chosen by the model's name.

    Returns
    -------
    DataTree
        A node for each recording, named as its file; `study["mouse1"]` opens that one
        alone. A node's attributes tell its row of the sheet, the root's attributes
        `source` (the file), `scale` (name) and `columns` (of the sheet, as JSON).

    Raises
    ------
    StudyError
        If anything is wrong with the sheet or the recordings: all faults are told
        together, with row and column, before any score is read.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "there is no such file"
        raise StudyError(f"{path}: {problem}. Give a sample sheet, or a packed study.")
    if path.suffix.lower() == ".nc":
        return open_stacked(path, experiment)
    grid = read_grid(path)
    if is_score_table(grid, scale):
        return open_table(grid, experiment, scale)
    return _open_sheet(grid, experiment, allow_mixed_builds)


def experiments_in(path: str | Path) -> list[str]:
    """Name the experiments that a study holds, of which `open_study` opens one.

    Parameters
    ----------
    path
        As for `open_study`.

    Returns
    -------
    list of str
        The groups of a packed study, or what the column `experiment` of a sheet or
        table names; empty where none is named.

    Raises
    ------
    StudyError
        If the file cannot be read.
    """
    path = Path(path).expanduser()
    if path.suffix.lower() == ".nc":
        names = packed_experiments(path)
    else:
        grid = read_grid(path)
        names = [grid.text(number, EXPERIMENT) for number in grid.numbers()]
    return [name for name in dict.fromkeys(names) if name]


def _open_sheet(
    grid: Grid, experiment: str | None, allow_mixed_builds: bool
) -> xr.DataTree:
    entries = read_entries(grid, experiment)
    problems = mixed_scales(entries)
    if not allow_mixed_builds:
        problems += mixed_builds(entries)
    for problem in problems:
        grid.fault(problem)
    grid.check()
    names = node_names(entries)
    sheet = pd.DataFrame([entry.told for entry in entries], index=names, dtype=object)
    sources = {
        name: Source(
            partial(open_recording, entry.path),
            partial(read_passes, entry.path),
            entry.header.raters,
            entry.path,
        )
        for name, entry in zip(names, entries, strict=True)
    }
    scales = {r.scale.name for entry in entries for r in entry.header.raters}
    return make_study(
        sources, sheet, {"source": str(grid.path), "scale": "".join(scales)}
    )
