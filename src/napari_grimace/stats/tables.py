"""What tables and choices must be, before anything is computed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError, StudyError
from napari_grimace.study.names import ANIMAL, TIMEPOINT, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd


def check_columns(table: pd.DataFrame, needed: Sequence[str]) -> None:
    """Raise if a table lacks a column."""
    lacking = [name for name in needed if name not in table.columns]
    if lacking:
        raise StudyError(
            f"There is no column {lacking[0]!r}. The columns are "
            f"{listed(table.columns)}."
        )


def check_one_row(table: pd.DataFrame, cells: Sequence[str] = ()) -> None:
    """Raise if an animal has several rows in a cell: it would count as several."""
    again = table[table.duplicated([*cells, ANIMAL])]
    if len(again):
        first = again.iloc[0]
        where = ", ".join(f"{name} {first[name]!r}" for name in cells)
        raise StudyError(
            f"Animal {first[ANIMAL]!r} has several rows{where and f' for {where}'}: "
            "frames and images of one animal are not independent, and must not count "
            "as several animals. Give one row per animal, such as its mean, or name "
            "the column that tells its rows apart (by=, within=)."
        )


def at_timepoint(rows: pd.DataFrame, timepoint: str | Sequence[str]) -> pd.DataFrame:
    """Take the rows of one or of several timepoints; an unknown one is an error."""
    check_columns(rows, [TIMEPOINT])
    asked = [timepoint] if np.isscalar(timepoint) else list(timepoint)
    known = rows[TIMEPOINT].dropna().unique()
    for name in asked:
        if name not in known:
            raise StudyError(
                f"There is no timepoint {name!r}. The timepoints are {listed(known)}."
            )
    return rows[rows[TIMEPOINT].isin(asked)]


def check_choice(name: str, asked: str, known: Iterable[str]) -> None:
    """Raise if what was asked for is none of the choices."""
    if asked not in known:
        raise GrimaceError(f"{name} is {asked!r}: choose one of {', '.join(known)}.")


def check_share(name: str, value: float) -> None:
    """Raise if a share, such as a confidence, is not between 0 and 1."""
    if not 0 < value < 1:
        raise GrimaceError(f"{name} is {value}: give it between 0 and 1.")


def check_resamples(n_resamples: int, least: int = 1) -> None:
    """Raise if there are too few resamples to tell anything."""
    if n_resamples < least:
        raise GrimaceError(f"n_resamples is {n_resamples}: give at least {least}.")
