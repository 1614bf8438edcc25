"""Designs of groups and timepoints: a table of animals checked, coded and named.

Factors are coded sum to zero: an effect is a deviation from the unweighted mean of all
levels, so that a main effect means what it means in an analysis of variance (type III),
whatever the other factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.values import order_of
from napari_grimace.stats.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Codes = Mapping[str, NDArray[np.intp]]

Term = tuple[str, ...]
"""Factors whose product a term is."""


@dataclass(frozen=True)
class Factorial:
    """Rows of animals, each at one timepoint, with all factors crossed.

    `outcome` (row,), `animals` (row,) numbers from 0, `levels` of each factor in
    order, `codes` of each factor (row,), the factor `within` animals if there is one,
    and `dropped`, sentences on what was left out.
    """

    outcome: Numbers
    animals: NDArray[np.intp]
    levels: Mapping[str, tuple[object, ...]]
    codes: Codes
    within: str | None
    dropped: tuple[str, ...]

    @property
    def between(self) -> Term:
        """Factors that tell animals apart."""
        return tuple(name for name in self.levels if name != self.within)

    @property
    def terms(self) -> list[Term]:
        """Main effects, then interactions of two, then of three."""
        factors = tuple(self.levels)
        sizes = range(1, len(factors) + 1)
        return [term for size in sizes for term in combinations(factors, size)]

    @cached_property
    def columns(self) -> dict[Term, slice]:
        """Give each term's columns of the matrix; the intercept's under ``()``."""
        ends = np.cumsum([_width(self.levels, term) for term in [(), *self.terms]])
        starts = [0, *ends[:-1]]
        spans = zip([(), *self.terms], starts, ends, strict=True)
        return {term: slice(int(start), int(end)) for term, start, end in spans}

    @property
    def column_names(self) -> list[str]:
        """Name columns as ``group[sham]:timepoint[post]``; the last level has none."""
        names = ["intercept"]
        for term in self.terms:
            shown = (self.levels[factor][:-1] for factor in term)
            for cell in product(*shown):
                parts = zip(term, cell, strict=True)
                names.append(":".join(f"{factor}[{level}]" for factor, level in parts))
        return names

    def matrix(self, codes: Codes) -> Numbers:
        """Code levels as columns.

        Parameters
        ----------
        codes
            For each factor numbers of levels, all of one shape.

        Returns
        -------
        (..., column) float64
            Products of the factors' sum-to-zero columns, all terms beside each other.
        """
        coded = {
            name: _sum_to_zero(len(self.levels[name]))[codes[name]] for name in codes
        }
        shape = next(iter(codes.values())).shape
        parts = [np.ones((*shape, 1))]
        for term in self.terms:
            part = parts[0]
            for name in term:
                part = part[..., :, None] * coded[name][..., None, :]
                part = part.reshape(*shape, -1)
            parts.append(part)
        return np.concatenate(parts, axis=-1)

    @property
    def cells(self) -> dict[str, NDArray[np.intp]]:
        """Give for each factor its level's number in the grid of all cells."""
        grid = np.indices([len(levels) for levels in self.levels.values()])
        return dict(zip(self.levels, grid, strict=True))


def levels_of(column: pd.Series) -> tuple[object, ...]:
    """Give a column's levels in order.

    That of a categorical column, of size for numbers, else of first appearance.
    """
    levels = order_of(column)
    if pd.api.types.is_numeric_dtype(column):
        levels = np.sort(np.array(levels)).tolist()
    return tuple(levels)


def read_factorial(
    table: pd.DataFrame,
    outcome: str,
    within: str | None,
    between: str | Sequence[str],
    animal: str,
) -> Factorial:
    """Check a table of one row per animal and timepoint, and code its factors.

    Parameters
    ----------
    table
        One row per animal, or per animal and timepoint.
    outcome
        Column of numbers; rows without one (NaN) are left out.
    within
        Column that differs within animals; None if each animal has one row.
    between
        Columns that tell animals apart.
    animal
        Column that names animals.

    Returns
    -------
    Factorial

    Raises
    ------
    GrimaceError
        If a column is missing or not of numbers, an animal has several rows at one
        timepoint or several groups, a factor has one level, a cell has no animal, or
        there are not more animals than groups.
    """
    between = (between,) if isinstance(between, str) else tuple(between)
    factors = [*between, *([within] if within else [])]
    if not factors:
        raise GrimaceError("No factor is given: name a column in within or between.")
    check_columns(table, [animal, outcome, *factors])
    _check_names(table, [animal, outcome, *factors], outcome)
    known = table[[animal, outcome, *factors]]
    rows = known[known[outcome].notna()]
    _check_rows(rows, outcome, within, between, animal)
    levels = {name: levels_of(rows[name]) for name in factors}
    codes = {
        name: pd.Index(order, dtype=object).get_indexer(
            pd.Index(rows[name], dtype=object)
        )
        for name, order in levels.items()
    }
    _check_cells(levels, codes)
    animals, labels = pd.factorize(rows[animal])
    groups = prod(len(levels[name]) for name in between)
    if len(labels) <= groups:
        raise GrimaceError(
            f"There are {len(labels)} animals for {groups} groups: at least one group "
            "needs two, or nothing tells how animals differ."
        )
    values = rows[outcome].to_numpy(np.float64)
    return Factorial(
        values, animals, levels, codes, within, _dropped(known, rows, outcome, factors)
    )


def _width(levels: Mapping[str, tuple[object, ...]], term: Term) -> int:
    """Count a term's columns."""
    return prod(len(levels[name]) - 1 for name in term)


def _sum_to_zero(levels: int) -> Numbers:
    """Code levels as columns; the last level is -1 in all."""
    return np.vstack([np.eye(levels - 1), -np.ones(levels - 1)])


def _check_names(table: pd.DataFrame, wanted: Sequence[str], outcome: str) -> None:
    """Refuse a column that has two parts, and an outcome that is no number."""
    for name in wanted:
        if list(wanted).count(name) > 1:
            raise GrimaceError(f"{name!r} is given twice: each column has one part.")
    if not pd.api.types.is_numeric_dtype(table[outcome]):
        raise GrimaceError(f"The column {outcome!r} does not hold numbers.")


def _check_rows(
    rows: pd.DataFrame,
    outcome: str,
    within: str | None,
    between: Sequence[str],
    animal: str,
) -> None:
    """Refuse rows that are not one per animal and timepoint."""
    if not np.isfinite(rows[outcome]).all():
        raise GrimaceError(
            f"{outcome!r} is infinite in some rows: give numbers or NaN."
        )
    for name in [animal, *between, *([within] if within else [])]:
        blank = rows[name].isna() | (rows[name] == "")
        if blank.any():
            where = rows.index[blank][0]
            raise GrimaceError(
                f"Row {where} has no {name}: fill it in, or leave it out."
            )
    key = [animal, *([within] if within else [])]
    twice = rows.duplicated(key)
    if twice.any():
        first = rows.loc[twice].iloc[0]
        at = f" at {within} {first[within]}" if within else ""
        count = int((rows[key] == first[key]).all(axis=1).sum())
        raise GrimaceError(
            f"Animal {first[animal]} has {count} rows{at}: the animal is the unit, and "
            "frames, raters or repeats of one animal are not independent. Average them "
            "to one row first"
            + ("." if within else ", or name what differs between them as within.")
        )
    for name in between:
        several = rows.groupby(animal, sort=False)[name].nunique()
        if (several > 1).any():
            raise GrimaceError(
                f"Animal {several.idxmax()} has several values of {name!r}: an animal "
                "belongs to one group; what changes within animals is named as within."
            )


def _check_cells(levels: Mapping[str, tuple[object, ...]], codes: Codes) -> None:
    """Refuse factors of one level, and cells without any row."""
    for name, order in levels.items():
        if len(order) < 2:
            said = (
                f"is {order[0]!r} in all rows" if order else "has no row with a number"
            )
            raise GrimaceError(f"{name!r} {said}: there is nothing to compare in it.")
    filled = np.zeros([len(order) for order in levels.values()], bool)
    filled[tuple(codes[name] for name in levels)] = True
    if not filled.all():
        empty = np.argwhere(~filled)[0]
        named = zip(levels, empty, strict=True)
        cell = ", ".join(f"{name} {levels[name][i]}" for name, i in named)
        raise GrimaceError(
            f"No animal has a number at {cell} ({(~filled).sum()} such cells): leave "
            "out that level, or one of the factors."
        )


def _dropped(
    known: pd.DataFrame, rows: pd.DataFrame, outcome: str, factors: Sequence[str]
) -> tuple[str, ...]:
    """Say which rows, and which levels with them, had no number."""
    told = []
    if left := len(known) - len(rows):
        told.append(f"Rows without {outcome}, left out: {left} of {len(known)}.")
    for name in factors:
        gone = [
            str(one) for one in levels_of(known[name]) if one not in set(rows[name])
        ]
        if gone:
            told.append(f"{name} {', '.join(gone)} is left out wholly.")
    return tuple(told)
