"""From a study, frame scores or a table to one value per animal (and condition).

Frames of one animal are not independent: counted as animals they make any difference
significant. Here every animal gets one value before anything is tested.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.scales import UNITS
from napari_grimace.stats.groups.factorial import levels_of
from napari_grimace.stats.groups.values import check_within_one_group, order_of
from napari_grimace.stats.tables import at_timepoint, check_columns, check_one_row
from napari_grimace.study.names import (
    ANIMAL,
    FRAME,
    RATER,
    TIMEPOINT,
    TOTAL,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    Scores = pd.DataFrame | xr.DataTree | xr.Dataset
    Window = tuple[float, float]

PLAUSIBLE_ANIMALS = 50
"""Groups with more 'animals' are asked whether these are frames or images."""

N_AVERAGED = "n_averaged"
_COUNTED = ("start", "end", "n_frames", "n_used", "share_all_units")
"""What a summary tells of a recording that is no mean of scores."""


@dataclass(frozen=True)
class PerAnimal:
    """One value per animal, or per animal and condition.

    Attributes
    ----------
    table
        Columns ``animal``, those of `by`, `within` where there is one, the outcome,
        ``n_averaged`` (frames with a total, or rows, behind the value). No value is
        missing.
    outcome
        Column of values.
    by
        Columns that tell animals apart, with several levels; empty for one group.
    within
        Column that differs within animals; None where each animal has one row.
    notes
        What was averaged, chosen and left out, in sentences.
    """

    table: pd.DataFrame
    outcome: str
    by: tuple[str, ...]
    within: str | None
    notes: tuple[str, ...]

    def cells(self, *, by_condition: bool = True) -> dict[str, pd.Series]:
        """Give the values of each group (and condition), by animal."""
        within = [self.within] if self.within and by_condition else []
        parts = self._parts([*self.by, *within])
        return {
            name: part.set_index(ANIMAL)[self.outcome] for name, part in parts.items()
        }

    def paired(self) -> PerAnimal:
        """Leave out, by name, animals without a value in every condition."""
        assert self.within is not None
        seen = self.table.groupby(ANIMAL, observed=True)[ANIMAL].transform("size")
        whole = seen == self.table[self.within].nunique()
        if whole.all() or not whole.any():
            return self
        lacking = listed(self.table.loc[~whole, ANIMAL].unique())
        note = f"Left out, no value at one {self.within}: {lacking}."
        return replace(self, table=self.table[whole], notes=(*self.notes, note))

    def wide(self) -> dict[str, pd.DataFrame]:
        """Give for each group its values (animal, condition); NaN for none."""
        assert self.within is not None
        order = order_of(self.table[self.within])
        return {
            name: part.pivot(
                index=ANIMAL, columns=self.within, values=self.outcome
            ).reindex(columns=order)
            for name, part in self._parts(self.by).items()
        }

    def _parts(self, keys: Sequence[str]) -> dict[str, pd.DataFrame]:
        """Take the table apart by columns; cells without an animal are left out."""
        parts = {}
        for cell in product(*(order_of(self.table[key]) for key in keys)):
            inside = np.ones(len(self.table), bool)
            for key, level in zip(keys, cell, strict=True):
                inside &= (self.table[key] == level).to_numpy(bool)
            if inside.any():
                name = ", ".join(map(str, cell)) or "all animals"
                if name in parts:
                    raise GrimaceError(
                        f"Two groups of {listed(keys)} are both called {name!r}: "
                        "rename one."
                    )
                parts[name] = self.table[inside]
        return parts


def per_animal(
    scores: Scores,
    outcome: str,
    by: str | Sequence[str] | None,
    *,
    within: str | None,
    timepoint: str | Sequence[str] | None,
    window: Window | None,
    rater: str | None,
    aggregate: bool,
) -> PerAnimal:
    """Give one value per animal and condition; parameters as for `compare_groups`.

    Raises
    ------
    GrimaceError
        If there are no animals or several rows of one, a column, timepoint or rater is
        unknown, or an animal is in several groups.
    """
    rows, notes, averaged = _rows(scores, outcome, window, rater)
    if ANIMAL not in rows.columns:
        raise GrimaceError(
            "The table has no column 'animal'. Frames and images of one animal are not "
            "independent and must not be counted as animals: name each row's animal. "
            "(If another column does, rename it to 'animal'.) The columns are "
            f"{listed(rows.columns)}."
        )
    factors = [] if by is None else [by] if isinstance(by, str | int) else [*by]
    _check_parts(rows, [ANIMAL, outcome, *factors, *([within] if within else [])])
    if rows.empty:
        raise GrimaceError("The table has no rows.")
    _check_outcome(rows, outcome)
    texts = [c for c in {ANIMAL, TIMEPOINT, *factors} if c in rows.columns]
    rows = rows.assign(**{c: rows[c].mask(rows[c] == "") for c in texts})
    told = []
    if timepoint is not None:
        rows = at_timepoint(rows, timepoint)
        asked = ", ".join(map(str, order_of(rows[TIMEPOINT])))
        told.append(f"Values are of timepoint {asked}.")
    within = within or _repeated(rows, outcome, factors)
    levels = [*factors, *([within] if within else [])]
    # Before rows are left out, so that which animals lack a value orders nothing.
    rows = rows.assign(**{name: _ordered(rows[name]) for name in levels})
    rows, left_out = _complete(rows, outcome, factors, within)
    order_of(rows[ANIMAL])  # refuses names that differ by their type alone
    check_within_one_group(rows, factors)
    table, means = _means(rows, outcome, factors, within, aggregate or averaged)
    _warn_if_many(table, factors)
    notes = [*notes, *told, *means, *left_out]
    told_apart = tuple(name for name in factors if table[name].nunique() > 1)
    return PerAnimal(table, outcome, told_apart, within, tuple(notes))


def _check_parts(rows: pd.DataFrame, parts: list[str]) -> None:
    """Refuse columns that are not there once, or that have two parts."""
    check_columns(rows, parts)
    for name in parts:
        if not isinstance(name, str):
            raise GrimaceError(
                f"Column {name!r} has a name that is no text: rename it."
            )
        if name == N_AVERAGED:
            raise GrimaceError(f"{name!r} is a column of the result: rename it.")
        if list(rows.columns).count(name) > 1:
            raise GrimaceError(f"There are several columns {name!r}: keep one.")
        if parts.count(name) > 1:
            raise GrimaceError(f"{name!r} is given twice: each column has one part.")


def _rows(
    scores: Scores, outcome: str, window: Window | None, rater: str | None
) -> tuple[pd.DataFrame, list[str], bool]:
    """Give rows of recordings, or the table as it is; and whether it is of frames."""
    plain = isinstance(scores, pd.DataFrame) and FRAME not in scores.columns
    if plain and window is not None:
        raise GrimaceError(
            "window= takes frames by their time, but this table has no column 'frame': "
            "give a study or frame scores."
        )
    if isinstance(scores, pd.DataFrame) and (plain or ANIMAL not in scores.columns):
        rows = scores
    else:
        from napari_grimace.study.summary import summarise

        _check_is_study(scores)
        rows = summarise(scores, rater=rater, window=window)
    notes = []
    if RATER in rows.columns:
        rows = _of_one_rater(rows, rater)
        notes += [f"Scores are by {name}." for name in rows[RATER].dropna().unique()]
    elif rater is not None:
        raise GrimaceError("rater= is given, but the table has no column 'rater'.")
    if plain:
        return rows, notes, False
    seconds = f" from {window[0]:g} to {window[1]:g} s" if window else ""
    what = "taken from its frames" if outcome in _COUNTED else "the mean of its frames"
    rule = "" if outcome in _COUNTED else " that meet the scale's rule"
    notes.append(f"Each recording's value is {what}{seconds}{rule}.")
    return rows, notes, True


def _check_is_study(scores: Scores) -> None:
    """Refuse what is neither a study nor a table."""
    import xarray as xr

    if not isinstance(scores, pd.DataFrame | xr.DataTree | xr.Dataset):
        raise GrimaceError(
            f"compare_groups takes a study or a table, but this is of type "
            f"{type(scores).__name__}. Plain numbers by group are taken by the tests "
            "themselves, such as welch_t_test."
        )


def _ordered(column: pd.Series) -> pd.Series:
    """Give levels an order: of categories, of size for numbers, else as they come."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    return column.astype(pd.CategoricalDtype(list(levels_of(column))))


def _check_outcome(rows: pd.DataFrame, outcome: str) -> None:
    """Refuse what is no number, and scores that no scale has."""
    if not pd.api.types.is_numeric_dtype(rows[outcome]):
        raise GrimaceError(
            f"Column {outcome!r} does not hold numbers: code what is missing as NaN."
        )
    most = 2 if outcome in UNITS else 2 * len(UNITS) if outcome == TOTAL else np.inf
    off = (rows[outcome] < 0) | (rows[outcome] > most)
    if np.isfinite(most) and off.any():
        where = rows[off].iloc[0]
        raise GrimaceError(
            f"Animal {where[ANIMAL]!r} has {outcome} {where[outcome]:g}, and "
            f"{int(off.sum())} rows are off the scale of 0 to {most:g}: code what is "
            "missing (-1, 9) as NaN; name a column of changes otherwise."
        )


def _of_one_rater(rows: pd.DataFrame, rater: str | None) -> pd.DataFrame:
    raters = rows[RATER].unique()
    if rater is None and len(raters) > 1:
        raise GrimaceError(
            f"These are scores of {len(raters)} raters: {listed(raters)}. Choose one "
            "with rater=."
        )
    if rater is not None and rater not in raters:
        raise GrimaceError(
            f"There are no scores by {rater!r}; there are raters {listed(raters)}."
        )
    return rows if rater is None else rows[rows[RATER] == rater]


def _repeated(rows: pd.DataFrame, outcome: str, factors: Sequence[str]) -> str | None:
    """Tell whether the same animals have values at several timepoints."""
    if TIMEPOINT not in rows.columns or TIMEPOINT in factors:
        return None
    valued = rows[rows[outcome].notna()]
    times = order_of(valued[TIMEPOINT])
    if len(times) < 2:
        return None
    if valued.groupby(ANIMAL)[TIMEPOINT].nunique().max() < 2:
        raise GrimaceError(
            f"There are several timepoints ({listed(times)}), each with other animals. "
            "Choose one with timepoint=, or compare them as groups with by='timepoint'."
        )
    return TIMEPOINT


def _complete(
    rows: pd.DataFrame, outcome: str, factors: Sequence[str], within: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Leave out rows without a value or a group, and animals that lose all, by name."""
    nameless = int(rows[ANIMAL].isna().sum())
    if nameless:
        raise GrimaceError(
            f"{nameless} rows have no animal: name it, because rows of one animal are "
            "not independent."
        )
    notes = []
    for name in [*factors, *([within] if within else [])]:
        blank = rows[name].isna()
        if blank.all():
            raise GrimaceError(
                f"No row has a {name!r}. Fill the column in, or name another one (by=; "
                "by=None compares timepoints of one group)."
            )
        if blank.any():
            whose = listed(rows.loc[blank, ANIMAL].unique())
            notes.append(f"Left out, no {name}: {whose}.")
            rows = rows[~blank]
    there = rows[outcome].notna()
    lost = sorted(set(rows[ANIMAL]) - set(rows.loc[there, ANIMAL]), key=str)
    if lost:
        notes.append(f"Left out, no value of {outcome}: {listed(lost)}.")
    if not there.any():
        raise GrimaceError(f"No animal has a value of {outcome!r}.")
    return rows[there], notes


def _means(
    rows: pd.DataFrame,
    outcome: str,
    factors: Sequence[str],
    within: str | None,
    aggregate: bool,
) -> tuple[pd.DataFrame, list[str]]:
    """Average the rows of an animal in a condition, if they may be."""
    keys = [*([within] if within else [])]
    if not aggregate:
        try:
            check_one_row(rows, keys)
        except GrimaceError as error:
            raise GrimaceError(
                f"{error} To average them here, say aggregate=True."
            ) from None
    parts = rows.groupby([ANIMAL, *keys], sort=False, observed=True)
    table = parts.agg(
        **{name: (name, "first") for name in factors},
        **{outcome: (outcome, "mean"), N_AVERAGED: (outcome, "size")},
    ).reset_index()
    for name in [*factors, *keys]:  # keep the order of categories
        table[name] = table[name].astype(rows[name].dtype)
    several = table[table[N_AVERAGED] > 1]
    notes = []
    if len(several):
        most = several[N_AVERAGED].max()
        notes.append(
            f"{several[ANIMAL].nunique()} animals have several rows or recordings (up "
            f"to {most}), which were averaged to one value."
        )
    if "n_used" in rows.columns:
        frames = parts["n_used"].sum().to_numpy()
        table[N_AVERAGED] = frames
        least, most = frames.min(), frames.max()
        span = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        notes.append(f"Behind each value are {span} frames with a total.")
    return table[[ANIMAL, *factors, *keys, outcome, N_AVERAGED]], notes


def _warn_if_many(table: pd.DataFrame, factors: Sequence[str]) -> None:
    """Ask whether 'animals' are frames."""
    keys = [table[name] for name in factors] or [pd.Series("all", table.index)]
    sizes = table.groupby(keys, observed=True)[ANIMAL].nunique()
    if sizes.max() > PLAUSIBLE_ANIMALS:
        warnings.warn(
            f"{sizes.max()} animals in a group are many: are these frames or images? "
            "Then name their animals in the column 'animal'; frames counted as animals "
            "make any difference significant.",
            GrimaceWarning,
            stacklevel=4,
        )
