"""Tables that people keep in spreadsheets: columns by name, cells as text.

Text stays text: animal 007 keeps its zeros, and nothing is taken for a number or for
missing. Faults are gathered, with row and column as a spreadsheet program shows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError, StudyError
from napari_grimace.exchange.score_cells import is_blank, plain_name
from napari_grimace.exchange.scores_table import Uncalculated, letter_of, read_grids
from napari_grimace.study.names import ANIMAL, GROUP, PATH, RATER, ROI, TIMEPOINT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_grimace.exchange.scores_table import Row

_ALIASES = {
    PATH: "path file filename filepath recording recordings video videofile",
    ROI: "roi chamber",
    ANIMAL: "animal animalid animalno animalnumber mouse mouseid rat ratid subject "
    "subjectid id",
    GROUP: "group treatment treatmentgroup",
    TIMEPOINT: "timepoint day phase",
    RATER: "rater raterid observer",
}
"""What people call columns, without case, blanks and punctuation."""

_ERROR = re.compile(r"#(N/A|NV|DIV/0!|[A-ZÄÖÜ]+[!?])")
"""What a formula without a result shows as, in English and German."""

_FIRST_ROWS = 30  # among which the headers are looked for
_TOLD = 30  # faults that are named


@dataclass
class Grid:
    """A table as a file holds it.

    Attributes
    ----------
    path
        The file.
    rows
        All rows from the first, above the headers too.
    header
        Index of the row of headers.
    columns
        By name the columns' indices.
    faults
        What is wrong with it so far, and in which row; 0 for the whole.
    """

    path: Path
    rows: Sequence[Row]
    header: int
    columns: dict[str, int]
    faults: list[tuple[int, str]] = field(default_factory=list)

    def numbers(self) -> list[int]:
        """Give the rows that hold anything, as a spreadsheet program numbers them."""
        below = enumerate(self.rows[self.header + 1 :], start=self.header + 2)
        return [number for number, row in below if not all(map(is_blank, row))]

    def cell(self, number: int, name: str) -> object:
        """Give a cell; None where the row or the table has none."""
        row, column = self.rows[number - 1], self.columns.get(name, -1)
        return row[column] if 0 <= column < len(row) else None

    def text(self, number: int, name: str) -> str:
        """Give a cell as text; a formula that was not calculated is a fault."""
        value = self.cell(number, name)
        if isinstance(value, Uncalculated):
            self.fault(
                f"{value} is a formula without a result: open and save the file in the "
                "spreadsheet program",
                number,
                name,
            )
            return ""
        text = as_text(value)
        if _ERROR.fullmatch(text):
            self.fault(
                f"{text!r} is an error of the spreadsheet program: mend the formula, "
                "or write what it should give",
                number,
                name,
            )
        return text

    def fault(self, problem: str, number: int = 0, name: str = "") -> None:
        """Note what is wrong with a row or a cell of it, or with the whole."""
        place = f"row {number}" if number else ""
        if name in self.columns:
            place += f", column {letter_of(self.columns[name])} ({name})"
        self.faults.append((number, f"{place}: {problem}" if place else problem))

    def check(self) -> None:
        """Raise `StudyError` with all faults, if there are any."""
        if self.faults:
            told = [fault for _, fault in sorted(self.faults, key=lambda f: f[0])]
            more = len(told) - _TOLD
            lines = "".join(f"\n- {fault}" for fault in told[:_TOLD])
            lines += f"\n- and {more} more" if more > 0 else ""
            raise StudyError(f"{self.path}: mend this and open it again:{lines}")


def read_grid(path: Path) -> Grid:
    """Read a table.

    Parameters
    ----------
    path
        An xlsx, csv (commas or semicolons) or tsv file; of several sheets the first
        with a column of animals counts.

    Raises
    ------
    StudyError
        If it cannot be read, or is empty.
    """
    try:
        grids = read_grids(path)
    except RecordingError as error:
        raise StudyError(str(error)) from error
    for rows in grids.values():
        for index, row in enumerate(rows[:_FIRST_ROWS]):
            if any(plain_name(cell) in _ALIASES[ANIMAL].split() for cell in row):
                return _named(path, rows, index)
    for rows in grids.values():
        for index, row in enumerate(rows):
            if not all(map(is_blank, row)):
                return _named(path, rows, index)
    raise StudyError(f"{path}: is empty.")


def as_text(value: object) -> str:
    """Give a cell's text: 7.0 is "7", and a day without a time is a date."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        at_midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return str(value.date() if at_midnight else value)
    return " ".join(str(value).split())


def _named(path: Path, rows: Sequence[Row], header: int) -> Grid:
    """Name the columns: by the words of this program, others as they are written."""
    grid = Grid(path, rows, header, {})
    written = {i: as_text(cell) for i, cell in enumerate(rows[header])}
    plain = {i: plain_name(text) for i, text in written.items() if text}
    for name, aliases in _ALIASES.items():
        exact = [i for i, text in plain.items() if text == name]
        found = exact or [i for i, text in plain.items() if text in aliases.split()]
        if len(found) > 1:
            columns = " and ".join(f"{letter_of(i)} ({written[i]})" for i in found)
            grid.fault(f"columns {columns} are both of {name}: keep one", header + 1)
        for i in found:
            grid.columns.setdefault(name, i)
            del plain[i]
    for i in plain:
        # A saved study is netCDF, in which no name has a slash.
        name = re.sub("[ /]", "_", written[i].casefold())
        if name in grid.columns:
            problem = f"column {letter_of(i)} is called {written[i]!r} as another is"
            grid.fault(problem, header + 1)
        grid.columns.setdefault(name, i)
    _check_unnamed(grid, [i for i, text in written.items() if not text])
    return grid


def _check_unnamed(grid: Grid, unnamed: Sequence[int]) -> None:
    for number in grid.numbers():
        row = grid.rows[number - 1]
        beyond = range(len(grid.rows[grid.header]), len(row))
        for i in (*unnamed, *beyond):
            if i < len(row) and not is_blank(row[i]):
                grid.fault(
                    f"{as_text(row[i])!r} is in column {letter_of(i)}, which has no "
                    "name in the row of headers",
                    number,
                )
