"""A filled-in sheet of a blind set is read back as its rater's ratings."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import RecordingError
from napari_grimace.exchange.score_cells import (
    is_blank,
    is_missing,
    number_of,
    open_workbook,
    plain_name,
    score_of,
)
from napari_grimace.exchange.update import brought_before, changes_to
from napari_grimace.rating.blind import BlindSet, open_blind_set
from napari_grimace.rating.blind_sheet import (
    HASH,
    NOTES,
    PICTURE,
    RATER,
    SHEET,
    unit_header,
)
from napari_grimace.recording.values import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Value
    from napari_grimace.scales import Scale

_REASON = "sheet "  # how the reasons begin of what was read from a sheet
_FIRST_ROWS = 30  # among which the headers are looked for


@dataclass
class _Sheet:
    """What is read from a sheet, and what is wrong with it."""

    scale: Scale
    count: int
    header: int = 0
    columns: dict[int, str] = field(default_factory=dict)  # unit, or NOTES
    rows: dict[int, int] = field(default_factory=dict)  # by picture
    values: dict[int, dict[tuple[str, str], Value]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def import_blind_sheet(
    blind: BlindSet | str | Path, path: str | Path, rater: str | None = None
) -> int:
    """Read a sheet of `export_blind_sheet` that a rater has filled in.

    What is written goes into the set's journals as that rater's. Rows may be sorted or
    deleted, and columns moved. The sheet can be read again when more of it is filled
    in: what differs is written. A blank cell is not rated, and takes nothing back that
    was rated before.

    Parameters
    ----------
    blind
        The set, or its folder.
    path
        The xlsx file.
    rater
        The rater's name; by default what the sheet says.

    Returns
    -------
    int
        Number of values that were written.

    Raises
    ------
    RecordingError
        If anything in the sheet is faulty; every row and column is named, and nothing
        is written. So too where the rater has rated a picture differently in the set
        since, the sheet is of another set, or names another rater.
    """
    blind = blind if isinstance(blind, BlindSet) else open_blind_set(blind)
    path = Path(path)
    book = open_workbook(path)
    sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
    read = _Sheet(blind.scale, blind.count)
    _find_table(sheet, read)
    person = _person(sheet, read, blind, rater, path)
    _read_rows(sheet, read)
    _refuse(path, read)
    return _write(blind, person, read, path)


def _find_table(sheet: Worksheet, read: _Sheet) -> None:
    """Find the row of headers, and which column is whose."""
    for row in _cells(sheet, 1, _FIRST_ROWS):
        if plain_name(row[0].value) == plain_name(PICTURE):
            read.header = row[0].row
            break
    else:
        read.faults.append(
            f"column A has no cell {PICTURE!r} above the pictures' numbers: put the "
            "row of headers back"
        )
        return
    known = {plain_name(NOTES): NOTES}
    for unit in read.scale.units:
        names = (unit_header(unit), unit.name, unit.title)
        known |= dict.fromkeys(map(plain_name, names), unit.name)
    for cell in next(_cells(sheet, read.header, read.header))[1:]:
        name = known.get(plain_name(cell.value), "")
        if name in read.columns.values():
            read.faults.append(f"{_at(cell)}: there are two columns of {name}")
        elif name:
            read.columns[cell.column] = name
        elif not is_blank(cell.value):
            read.faults.append(
                f"{_at(cell)}: {str(cell.value)!r} is no column of this sheet: delete "
                f"it, or put its text into the column {NOTES!r}"
            )
    missing = set(read.scale.unit_names).difference(read.columns.values())
    for unit in read.scale.units:
        if unit.name in missing:
            read.faults.append(f"there is no column {unit_header(unit)!r}: put it back")


def _person(
    sheet: Worksheet, read: _Sheet, blind: BlindSet, rater: str | None, path: Path
) -> Rater:
    """Check which set the sheet is of, and give its rater."""
    told: dict[str, str] = {}
    rows = sheet.iter_rows(
        max_row=read.header - 1 if read.header else _FIRST_ROWS, max_col=2
    )
    for first, second in rows:
        if not is_blank(second.value):
            told[plain_name(first.value)] = " ".join(str(second.value).split())
    found = told.get(plain_name(HASH), "")
    if found != blind.hash:
        raise RecordingError(
            f"{path}: is not a sheet of this set (its cell {HASH!r} says "
            f"{found[:8] or 'nothing'}, the set's is {blind.hash[:8]}). Give the set "
            "that it was written for."
        )
    named = told.get(plain_name(RATER), "")
    if rater and named and rater.casefold() != named.casefold():
        raise RecordingError(
            f"{path}: is by {named!r} (cell B1), not by {rater!r}. Mend the one or the "
            "other."
        )
    if not (rater or named):
        raise RecordingError(
            f"{path}: does not tell who rated. Write the name in cell B1, or give it."
        )
    name = rater or named
    # The same person, however the name is spelt, and if he or she was renamed since.
    person = blind.store.names.renamed(blind.rater(name))
    known = {each.label.casefold(): each for each in blind.raters}
    return known.get(person.label.casefold()) or person


def _read_rows(sheet: Worksheet, read: _Sheet) -> None:
    if not read.header:
        return
    for block in sheet.merged_cells.ranges:
        if block.max_row >= read.header:
            read.faults.append(f"{block.coord}: cells are merged: part them again")
    for row in _cells(sheet, read.header + 1):
        if not all(is_blank(cell.value) for cell in row):
            _read_row(row, read)


def _cells(
    sheet: Worksheet, first: int, last: int | None = None
) -> Iterator[Sequence[Any]]:
    return iter(sheet.iter_rows(min_row=first, max_row=last))


def _read_row(row: Sequence[Any], read: _Sheet) -> None:
    number = number_of(row[0].value)
    if number is None or number not in range(1, read.count + 1):
        told = "there is no number" if is_blank(row[0].value) else repr(row[0].value)
        read.faults.append(
            f"{_at(row[0])}: {told} where a picture's number from 1 to {read.count} "
            "belongs"
        )
        return
    picture = int(number)
    if picture in read.rows:
        read.faults.append(
            f"{_at(row[0])}: picture {picture} is in row {read.rows[picture]} already"
        )
        return
    read.rows[picture] = row[0].row
    for cell in row[1:]:
        if is_blank(cell.value):
            continue
        name = read.columns.get(cell.column)
        if name is None:
            read.faults.append(f"{_at(cell)}: {cell.value!r} has no header above it")
        elif fault := _read_cell(cell, name, picture, read):
            read.faults.append(f"{_at(cell, name)}: {fault}")


def _read_cell(cell: Any, name: str, picture: int, read: _Sheet) -> str:
    """Take the value of a cell; give what is wrong with it, or nothing."""
    told = read.values.setdefault(picture, {})
    if cell.data_type == "f":
        return f"{cell.value} is a formula: write what it comes to"
    if cell.data_type == "e":
        return f"{cell.value} is an error of the spreadsheet program"
    if name == NOTES:
        text = " ".join(str(cell.value).split())
        told["note", ""] = "".join(c for c in text if c.isprintable())
        return ""
    try:
        told["score", name] = score_of(cell.value, read.scale, name)
    except ValueError as error:
        if is_missing(cell.value):
            return f"{error}; if it was not rated, leave the cell blank"
        return str(error)
    return ""


def _write(blind: BlindSet, rater: Rater, read: _Sheet, path: Path) -> int:
    told = blind.store.read_person(rater)
    brought = {picture - 1: values for picture, values in read.values.items()}
    before = {
        frame: {
            place: value for place, value in each.items() if place in brought[frame]
        }
        for frame, each in brought_before(told.journals, _REASON).items()
        if frame in brought
    }
    changes, clashes = changes_to(values_of(told.block, told.notes), before, brought)
    places = {name: column for column, name in read.columns.items()}
    for clash in clashes:
        row, name = read.rows[clash.frame + 1], clash.at or NOTES
        letter = _letter(places[name])
        read.faults.append(
            f"row {row}, column {letter} ({name}): {clash.brought!r} here, but "
            f"{clash.there!r} was rated in the set itself: make the two the same, or "
            "blank the cell"
        )
    _refuse(path, read)
    batch = uuid.uuid4().hex
    commits = [
        (frame, each, {"reason": f"{_REASON}{path.name}", "batch": batch})
        for frame, each in changes.items()
    ]
    if commits:
        with blind.store.journal(rater) as writer:
            writer.commit_all(commits)
    return sum(map(len, changes.values()))


def _refuse(path: Path, read: _Sheet) -> None:
    if read.faults:
        listed = "".join(f"\n- {fault}" for fault in read.faults)
        raise RecordingError(
            f"{path}: nothing was read, for some cells are faulty. Mend them and read "
            f"the sheet again:{listed}"
        )


def _at(cell: Any, name: str = "") -> str:
    named = f" ({name})" if name else ""
    return f"row {cell.row}, column {_letter(cell.column)}{named}"


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)
