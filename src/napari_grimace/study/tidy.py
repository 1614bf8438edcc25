"""A table with a row for each frame that somebody rated becomes a study."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError, GrimaceWarning, StudyError
from napari_grimace.exchange.score_cells import number_of
from napari_grimace.exchange.scores_table import NAME, find_columns
from napari_grimace.recording.rater import KINDS, Rater
from napari_grimace.recording.schema import NOT_RATED
from napari_grimace.scales import list_scales, load_scale
from napari_grimace.scales.scoring import total
from napari_grimace.study.names import (
    ANIMAL,
    FRAME,
    GROUP,
    RATER,
    RECORDING,
    SCALE,
    TIME,
    TIMEPOINT,
    TOTAL,
    listed,
)
from napari_grimace.study.scores import scores_dataset
from napari_grimace.study.sheet import check_needed, check_told, numbers_of
from napari_grimace.study.tidy_rows import KEY, KIND, ROW, read_rows
from napari_grimace.study.tree import make_study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.scales import Scale
    from napari_grimace.study.grid import Grid
    from napari_grimace.study.tidy_rows import ScoreRows


def is_score_table(grid: Grid, scale: str | Path | Scale | None = None) -> bool:
    """Tell a table of scores, which has columns of units, from a sample sheet."""
    scales = list_scales() if scale is None else [load_scale(scale)]
    header = [grid.rows[grid.header]]
    try:
        return any(find_columns(header, each)[0] == 0 for each in scales)
    except GrimaceError:  # two columns of one unit
        return True


def open_table(
    grid: Grid, experiment: str | None, scale: str | Path | Scale | None
) -> xr.DataTree:
    """Make a study of a table of scores.

    Parameters
    ----------
    grid
        The table. A recording is told by the column `recording`, or else by animal and
        timepoint; a frame by `frame`, `time` or a picture's name, the first of them
        that is there.
    experiment, scale
        As for `open_study`.

    Raises
    ------
    StudyError
        If anything is wrong with it; all faults are told together.

    Warns
    -----
    GrimaceWarning
        If cells are coded as missing, or further columns differ between frames.
    """
    check_needed(grid, [ANIMAL])
    numbers = numbers_of(grid, experiment)
    followed = _scale(grid, numbers, scale)
    read = read_rows(grid, numbers, followed)
    sheet = _sheet(grid, read)
    _check_frames(grid, read.rows)
    _check_kinds(grid, read.rows)
    _check_raters(grid, read)
    _check_times(grid, read)
    grid.check()
    # A rater's kind need not be in every row.
    read.rows[KIND] = read.rows.groupby(RATER)[KIND].transform("max")
    _compare_totals(grid, numbers, total(read.score, followed))
    recordings = {
        str(name): _recording(read, rows, followed)
        for name, rows in read.rows.groupby(RECORDING, sort=False)
    }
    attrs = {"source": str(grid.path), SCALE: followed.name}
    return make_study(recordings, sheet, attrs)


def _scale(
    grid: Grid, numbers: Sequence[int], scale: str | Path | Scale | None
) -> Scale:
    """Give the one scale that is asked for, or that the table names."""
    if scale is not None:
        return load_scale(scale)
    told = {grid.text(number, SCALE): number for number in reversed(numbers)}
    named = [name for name in reversed(told) if name]
    if len(named) == 1:
        try:
            return load_scale(named[0])
        except GrimaceError as error:
            grid.fault(str(error), told[named[0]], SCALE)
            grid.check()
    if named:
        raise StudyError(
            f"{grid.path}: scales are mixed: {listed(named)}. Numbers of different "
            "scales do not go together: make a table for each scale."
        )
    known = ", ".join(each.name for each in list_scales())
    raise StudyError(
        f"{grid.path}: does not name its scale. Add a column 'scale', or choose one "
        f"(scale=, on the command line --scale): {known}, or the file of your own."
    )


def _sheet(grid: Grid, read: ScoreRows) -> pd.DataFrame:
    """Give a row for each recording; columns that differ between frames stay out."""
    grouped = read.rows.groupby(RECORDING, sort=False)
    differing = grouped[read.told].nunique().gt(1)
    for name in (ANIMAL, GROUP, TIMEPOINT):
        for recording in differing.index[differing[name]]:
            _tell_differing(grid, grouped.get_group(recording), name)
    further = read.told[3:]
    of_frames = [name for name in further if differing[name].any()]
    if of_frames:
        warnings.warn(
            f"{grid.path}: columns differ between frames of a recording, and are left "
            f"out: {listed(of_frames)}",
            GrimaceWarning,
            stacklevel=4,
        )
    first = grouped.first()
    sheet = first[[name for name in read.told if name not in of_frames]]
    told = [
        {str(k): str(v) for k, v in row.items()} for row in sheet.to_dict("records")
    ]
    check_told(grid, list(zip(first[ROW].tolist(), told, strict=True)))
    return sheet


def _tell_differing(grid: Grid, rows: pd.DataFrame, name: str) -> None:
    first = rows.iloc[0]
    other = rows[rows[name] != first[name]].iloc[0]
    problem = (
        f"recording {first[RECORDING]!r} has {name} {first[name]!r} in row "
        f"{first[ROW]}, and {other[name]!r} here: give each recording its own name"
    )
    grid.fault(problem, int(other[ROW]), name)


def _check_frames(grid: Grid, rows: pd.DataFrame) -> None:
    """Note frames that one rater has twice in a recording."""
    known = rows.dropna(subset=[KEY])
    frames = known.groupby([RECORDING, RATER, KEY], sort=False)
    first = frames[ROW].transform("min")
    again = known[ROW] > first
    for number, before in zip(known.loc[again, ROW], first[again], strict=True):
        grid.fault(f"the same frame by the same rater is in row {before}", int(number))


def _compare_totals(
    grid: Grid, numbers: Sequence[int], formed: NDArray[np.float32]
) -> None:
    """Tell where the table's own totals are not those by the scale's rule."""
    if TOTAL not in grid.columns:
        return
    told = [number_of(grid.cell(number, TOTAL)) for number in numbers]
    own = np.array([np.nan if each is None else each for each in told])
    differing = ~np.isclose(own, formed, atol=1e-3, equal_nan=True)
    if differing.any():
        warnings.warn(
            f"{grid.path}: in {int(differing.sum())} rows the column 'total' is not "
            "what the scale's rule gives, which is taken instead (frames with several "
            "faces, perhaps, or totals of fewer units)",
            GrimaceWarning,
            stacklevel=4,
        )


def _check_kinds(grid: Grid, rows: pd.DataFrame) -> None:
    wrong = rows[~rows[KIND].isin([*KINDS, ""])]
    for number, kind in zip(wrong[ROW], wrong[KIND], strict=True):
        grid.fault(f"{kind!r} is none of {', '.join(KINDS)}", int(number), KIND)
    known = rows[rows[KIND].isin(KINDS)].drop_duplicates([RATER, KIND])
    for rater, of in known.groupby(RATER, sort=False):
        first = of.iloc[0]
        for _, other in of.iloc[1:].iterrows():
            problem = (
                f"{rater!r} is a {other[KIND]} here, and a {first[KIND]} in row "
                f"{first[ROW]}: give different raters different names"
            )
            grid.fault(problem, int(other[ROW]), KIND)


def _check_raters(grid: Grid, read: ScoreRows) -> None:
    """Note rows without a rater where others have one, but for rows without scores."""
    if RATER not in grid.columns:
        return
    blank = np.array([not grid.text(int(n), RATER) for n in read.rows[ROW]])
    looked = (read.state != NOT_RATED).any(axis=1)
    if blank.all():
        return
    for number in read.rows.loc[blank & looked, ROW]:
        grid.fault("is blank, but other rows name their rater", int(number), RATER)


def _check_times(grid: Grid, read: ScoreRows) -> None:
    """Note a frame at two times, and times that do not go on as frames do."""
    if read.way != FRAME:
        return
    known = read.rows.dropna(subset=[KEY, TIME])
    for _, rows in known.groupby(RECORDING, sort=False):
        ordered = rows.astype({KEY: float}).sort_values(KEY, kind="stable")
        step, apart = ordered[KEY].diff(), ordered[TIME].diff()
        # A second may be lost where times are rounded.
        wrong = ((step == 0) & (apart.abs() > 1)) | ((step > 0) & (apart < -1))
        for place in np.flatnonzero(wrong):
            before, here = ordered.iloc[place - 1], ordered.iloc[place]
            problem = (
                f"frame {here[KEY]:g} is at {here[TIME]:g} s, but frame "
                f"{before[KEY]:g} at {before[TIME]:g} s in row {before[ROW]}"
            )
            grid.fault(problem, int(here[ROW]), TIME)


def _recording(read: ScoreRows, rows: pd.DataFrame, scale: Scale) -> xr.Dataset:
    """Put the scores of one recording together: (rater, frame, unit)."""
    place, told = pd.factorize(rows[KEY], sort=read.way != NAME)
    label, labels = pd.factorize(rows[RATER])
    # Where they have no numbers, frames are counted.
    frames = told.astype(np.int64) if read.way == FRAME else np.arange(len(told))
    shape = (len(labels), len(frames), len(scale.units))
    score = np.full(shape, np.nan, np.float32)
    state = np.full(shape, NOT_RATED, np.int8)
    score[label, place], state[label, place] = (
        read.score[rows.index],
        read.state[rows.index],
    )
    kinds = rows.groupby(RATER, sort=False)[KIND].first()
    raters = [Rater(str(n), str(n), kinds[n] or "person", scale=scale) for n in labels]
    times = rows[TIME].groupby(place).first().to_numpy()
    return scores_dataset(raters, frames, times, score, state=state)
