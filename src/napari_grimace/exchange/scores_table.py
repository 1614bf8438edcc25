"""Old tables of scores: their cells, and which column holds what."""

from __future__ import annotations

import codecs
import csv
import io
import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import RecordingError
from napari_grimace.exchange.score_cells import is_blank, open_workbook, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_grimace.scales import Scale

    Row = Sequence[object]

FRAME, TIME, NAME = "frame", "time", "name"
"""Columns that tell which frame a row is about; the first that is there counts."""

# As in the tables of PainFace, Automated-RGS, GrimACE and of this program, and as
# people write them; without case, blanks and punctuation.
_ALIASES = {
    FRAME: "frame frames framenumber frameno framenr framenum frameindex frameidx",
    TIME: "time times timesec timeseconds timeins timestamp timestamps timestampsec "
    "timestampx seconds sec timecode videotime timeinvideo",
    NAME: "filename file image imagename imagefile picture picturename photo",
    "orbital": "orbital orbitals orbitaltightening orbitaltightness eye eyes "
    "eyetightening eyesqueezing ot",
    "nose": "nose nosebulge nosebulging noseflattening nosecheek nosecheekflattening "
    "nosechange nosechanges nb nf",
    "cheek": "cheek cheeks cheekbulge cheekbulging cb",
    "ear": "ear ears earposition earpositions earchange earchanges earposture ep ec",
    "whiskers": "whisker whiskers whiskerchange whiskerchanges whiskerposition "
    "whiskerpositions wc wp",
}
_FIRST_ROWS = 30  # among which the headers are looked for


class Uncalculated(str):
    """A formula of which the file does not say what it comes to."""


def read_grids(path: Path, sheet: str | None = None) -> dict[str, list[Row]]:
    """Read the cells of a table.

    Parameters
    ----------
    path
        An xlsx, csv or tsv file.
    sheet
        The one sheet of an xlsx file to be read; all if left out.

    Returns
    -------
    dict
        For each sheet (a text file has one, without a name) its rows from the first.
        Formulas are what they came to, times of day are s from the video's start.

    Raises
    ------
    RecordingError
        If the file cannot be read, is of another kind, or has no such sheet.
    """
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".txt"):
        return {"": _text_rows(path)}
    if suffix not in (".xlsx", ".xlsm"):
        raise RecordingError(
            f"{path}: scores are read from .xlsx, .csv and .tsv files. Save it as one "
            "of them."
        )
    values, formulas = open_workbook(path, values=True), open_workbook(path)
    names = [each.title for each in values.worksheets]
    if sheet is not None and sheet not in names:
        raise RecordingError(
            f"{path}: there is no sheet {sheet!r}, only {', '.join(map(repr, names))}."
        )
    return {
        name: [
            [_cell(value, formula) for value, formula in zip(row, other, strict=True)]
            for row, other in zip(
                values[name].iter_rows(), formulas[name].iter_rows(), strict=True
            )
        ]
        for name in ([sheet] if sheet is not None else names)
    }


def find_columns(
    rows: Sequence[Row], scale: Scale, asked: Mapping[str, str] | None = None
) -> tuple[int, dict[str, int], list[str]]:
    """Find the row of headers, and which column is whose.

    Parameters
    ----------
    rows
        The rows of a table.
    scale
        The scale whose units are looked for.
    asked
        Headers of columns, for units, ``"frame"``, ``"time"`` or ``"name"``, where
        they are not the usual ones.

    Returns
    -------
    header : int
        Index of the row; -1 if no row has a unit and a column that tells the frame.
    columns : dict
        For each unit, and for ``"frame"``, ``"time"`` and ``"name"``, the column's
        index, where there is one.
    others : list of str
        Headers that are not used.

    Raises
    ------
    RecordingError
        If two columns are of one thing, or one that is asked for is not there.
    """
    known = _known(scale)
    for key in asked or {}:
        if key not in known.values():
            raise RecordingError(
                f"There are no columns for {key!r}, only for {', '.join(_keys(scale))}."
            )
    named = {plain_name(header): key for key, header in (asked or {}).items()}
    for index, row in enumerate(rows[:_FIRST_ROWS]):
        found: dict[str, list[int]] = {}
        others: list[str] = []
        for column, cell in enumerate(row):
            key = named.get(plain_name(cell)) or _key(cell, known)
            # What is asked for by its header is not looked for by others.
            if key in (asked or {}) and plain_name(cell) not in named:
                key = ""
            if key:
                found.setdefault(key, []).append(column)
            elif not is_blank(cell):
                others.append(str(cell).strip())
        units = [key for key in found if key in scale.unit_names]
        if units and {FRAME, TIME, NAME} & set(found):
            _check_columns(found, row, asked or {})
            return index, {key: columns[0] for key, columns in found.items()}, others
    return -1, {}, []


def letter_of(column: int) -> str:
    """Give the letter of a column from its index."""
    from openpyxl.utils import get_column_letter

    return get_column_letter(column + 1)


def _keys(scale: Scale) -> list[str]:
    return [*scale.unit_names, FRAME, TIME, NAME]


def _known(scale: Scale) -> dict[str, str]:
    keys = _keys(scale)
    known = {
        alias: key
        for key, aliases in _ALIASES.items()
        if key in keys
        for alias in aliases.split()
    }
    for unit in scale.units:
        known |= dict.fromkeys(map(plain_name, (unit.name, unit.title)), unit.name)
    return known


def _key(cell: object, known: Mapping[str, str]) -> str:
    without = re.sub(r"\(.*?\)|\[.*?\]", "", str(cell))
    return known.get(plain_name(cell)) or known.get(plain_name(without), "")


def _check_columns(
    found: Mapping[str, Sequence[int]], row: Row, asked: Mapping[str, str]
) -> None:
    for key, columns in found.items():
        if len(columns) > 1:
            listed = " and ".join(f"{letter_of(c)} ({row[c]})" for c in columns)
            raise RecordingError(
                f"Columns {listed} are both of {key}: say which one counts."
            )
    for key, header in asked.items():
        if key not in found:
            raise RecordingError(f"There is no column {header!r} (for {key}).")


def _text_rows(path: Path) -> list[Row]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read ({error.strerror}). Check its name and "
            "permissions."
        ) from error
    text = _decoded(content)
    head = "\n".join(text.splitlines()[:_FIRST_ROWS])
    delimiter = max("\t;,", key=head.count)
    rows: list[Row] = []
    try:
        # Strict: a quotation mark that nothing closes would swallow all rows below.
        for row in csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, strict=True
        ):
            rows.append(row)
    except csv.Error as error:
        raise RecordingError(
            f"{path}: row {len(rows) + 1}: quotation marks are not as they should be "
            f"({error}). Close each that opens, or leave them out."
        ) from error
    return rows


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")  # "Unicode text" of Excel
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # as older spreadsheets write


def _cell(value: Any, formula: Any) -> object:
    if value.value is None and formula.data_type == "f":
        return Uncalculated(formula.value)
    clock = value.value
    if isinstance(clock, datetime) or not isinstance(clock, time | timedelta):
        return clock
    if isinstance(clock, time):
        clock = datetime.combine(datetime.min, clock) - datetime.min
    seconds = clock.total_seconds()
    # Who types 2:30 for a video means minutes; a spreadsheet program takes it for
    # hours, and shows it without seconds.
    shows_seconds = "s" in re.sub(r'"[^"]*"|\[\$.*?\]', "", value.number_format.lower())
    return seconds if shows_seconds else seconds / 60
