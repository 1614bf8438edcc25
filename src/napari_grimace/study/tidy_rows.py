"""The rows of a table of scores: what each tells of its recording, frame and scores."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError, GrimaceWarning, StudyError
from napari_grimace.exchange.score_cells import (
    is_blank,
    is_missing,
    number_of,
    score_of,
)
from napari_grimace.exchange.scores_frames import seconds_of
from napari_grimace.exchange.scores_table import NAME, Uncalculated, find_columns
from napari_grimace.recording.schema import NOT_RATED, NOT_SCORABLE, SCORED, STATES
from napari_grimace.study.names import (
    ANIMAL,
    FRAME,
    GROUP,
    PATH,
    RATER,
    RECORDING,
    SCALE,
    TAKEN,
    TIME,
    TIMEPOINT,
    UNITS_SCORED,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.scales import Scale
    from napari_grimace.study.grid import Grid

KIND, ROW, KEY = "rater_kind", "row", "key"
"""Columns of the rows that are read: the row's number, and what tells the frame."""

_TOLD = (ANIMAL, GROUP, TIMEPOINT)


class ScoreRows(NamedTuple):
    """What the rows of a table of scores say.

    Attributes
    ----------
    rows
        A row for each: `animal`, `group`, `timepoint` and further columns, `recording`,
        `rater`, `rater_kind`, `time` (s), `row` (its number) and `key` (the frame).
    told
        Names of the columns that may be of the sheet.
    way
        What `key` holds: `frame` numbers, `time`, or the `name` of a picture.
    score, state
        (row, unit)
    """

    rows: pd.DataFrame
    told: list[str]
    way: str
    score: NDArray[np.float32]
    state: NDArray[np.int8]


def read_rows(grid: Grid, numbers: Sequence[int], scale: Scale) -> ScoreRows:
    """Read rows of a table of scores; what is wrong is added to the table's faults.

    Raises
    ------
    StudyError
        If no column tells the frame, or two are of one unit.
    """
    way = _name_columns(grid, scale)
    own = {*_TOLD, PATH, SCALE, RATER, KIND, NAME, *TAKEN}
    told = [*_TOLD, *(name for name in grid.columns if name not in own)]
    rows = pd.DataFrame(
        {
            name: [grid.text(number, name) for number in numbers]
            for name in [*told, PATH, RATER, KIND]
        },
        dtype=object,
    )
    rows[RECORDING] = _recordings(rows)
    rows[RATER] = rows[RATER].replace("", "rater")
    rows[ROW] = list(numbers)
    rows[TIME] = [_seconds(grid, number) for number in numbers]
    rows[KEY] = [
        _frame(grid, number, way, seconds)
        for number, seconds in zip(numbers, rows[TIME], strict=True)
    ]
    return ScoreRows(rows, told, way, *_scores(grid, numbers, scale))


def _name_columns(grid: Grid, scale: Scale) -> str:
    """Name the columns of units and frames; give the one that tells the frame."""
    try:
        header, columns, _ = find_columns([grid.rows[grid.header]], scale)
    except GrimaceError as error:
        raise StudyError(f"{grid.path}: {error}") from error
    if header < 0:
        raise StudyError(
            f"{grid.path}: has no column of a unit of scale {scale.name!r} "
            f"({', '.join(scale.unit_names)}), or none that tells the frame (frame, "
            "time or the name of a picture). Name the columns so."
        )
    others = {
        name: index
        for name, index in grid.columns.items()
        if index not in columns.values() or name == PATH
    }
    grid.columns = others | columns
    return next(name for name in (FRAME, TIME, NAME) if name in columns)


def _recordings(rows: pd.DataFrame) -> pd.Series[str]:
    """Name recordings as the table does, or else by animal and timepoint."""
    by_animal = rows[ANIMAL].str.cat(rows[TIMEPOINT], sep="_").str.rstrip("_")
    named = rows[PATH].where(rows[PATH] != "", by_animal)
    return named.str.replace("/", "_")


def _frame(grid: Grid, number: int, way: str, seconds: float) -> float | str:
    cell = grid.cell(number, way)
    if is_blank(cell):
        grid.fault("is blank", number, way)
    elif way == NAME:
        return str(cell)
    elif way == TIME:
        return seconds
    else:
        told = number_of(cell)
        if told is not None and told >= 0 and told == int(told):
            return told
        grid.fault(f"{str(cell)!r} is no frame number (whole, from 0)", number, way)
    return np.nan


def _seconds(grid: Grid, number: int) -> float:
    cell = grid.cell(number, TIME)
    if is_blank(cell):
        return np.nan
    try:
        return seconds_of(cell)
    except GrimaceError as error:
        grid.fault(str(error), number, TIME)
        return np.nan


def _scores(
    grid: Grid, numbers: Sequence[int], scale: Scale
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Read scores and states (row, unit).

    A row tells that its frame was looked at: units without a score are not scorable.
    Where all are blank, it is not rated, unless the number of units scored is told.
    """
    score = np.full((len(numbers), len(scale.units)), np.nan, np.float32)
    state = np.full(score.shape, NOT_SCORABLE, np.int8)
    coded = 0
    for i, number in enumerate(numbers):
        cells = [grid.cell(number, unit) for unit in scale.unit_names]
        if all(map(is_blank, [*cells, grid.cell(number, UNITS_SCORED)])):
            state[i] = NOT_RATED
            continue
        for j, unit in enumerate(scale.unit_names):
            if is_missing(cells[j]):
                coded += not is_blank(cells[j])
                continue
            told = _score(grid, number, unit, scale)
            if told is not None:
                score[i, j], state[i, j] = told, SCORED
    if coded:
        warnings.warn(
            f"{grid.path}: {coded} cells say -1, 9, - or n/a: taken as missing",
            GrimaceWarning,
            stacklevel=5,
        )
    return score, state


def _score(grid: Grid, number: int, unit: str, scale: Scale) -> float | None:
    cell = grid.cell(number, unit)
    if isinstance(cell, Uncalculated):
        grid.text(number, unit)  # notes the fault
        return None
    try:
        told = score_of(cell, scale, unit)
    except ValueError as error:
        grid.fault(str(error), number, unit)
        return None
    return None if told == STATES[NOT_SCORABLE] else float(told)
