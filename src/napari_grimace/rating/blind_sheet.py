"""A blind set for raters without napari: numbered pictures, and a sheet to fill in."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.exchange.cells import harmless
from napari_grimace.exchange.score_cells import NOT_SCORABLE_CELL, choices
from napari_grimace.files import written_whole
from napari_grimace.rating.blind import BlindSet, open_blind_set
from napari_grimace.recording.disk import disk_errors

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from napari_grimace.scales import Scale
    from napari_grimace.scales.scale import Unit

SHEET = "Ratings"
RATER, TITLE, HASH, PICTURE, NOTES = "Rater", "Set", "Set's hash", "Picture", "Notes"
"""First cells of the rows before the table, and headers of its own columns."""

FILE = "ratings.xlsx"

_HEADER = 5  # row of the headers
_HOW = (
    "One row for each picture. Choose a level, or write "
    f"'{NOT_SCORABLE_CELL}' where the unit cannot be judged in the picture. Leave "
    "blank what you have not rated. Write your name in cell B1."
)


def unit_header(unit: Unit) -> str:
    """Give the header of a unit's column."""
    return f"{unit.title} ({unit.name})"


def export_blind_sheet(blind: BlindSet | str | Path, path: str | Path) -> Path:
    """Write a blind set as pictures and a spreadsheet to fill in.

    Parameters
    ----------
    blind
        The set, or its folder.
    path
        A folder for ``pictures/0001.png`` ... and ``ratings.xlsx``; or a file
        ``NAME.xlsx`` for the spreadsheet alone.

    Returns
    -------
    Path
        The spreadsheet. `import_blind_sheet` reads it when it is filled in.

    Raises
    ------
    RecordingError
        If it is there already, or the disk refuses.
    """
    blind = blind if isinstance(blind, BlindSet) else open_blind_set(blind)
    path = Path(path)
    if path.exists():
        raise RecordingError(
            f"{path}: is there already, and may hold ratings. Choose another name."
        )
    # Packed in memory first: openpyxl leaves its file open when a disk is full.
    packed = io.BytesIO()
    _workbook(blind).save(packed)
    with disk_errors(path), written_whole(path) as aside:
        if path.suffix.lower() == ".xlsx":
            aside.write_bytes(packed.getvalue())
            return path
        (aside / "pictures").mkdir(parents=True)
        for number in range(1, blind.count + 1):
            file = blind.picture(number)
            shutil.copy2(file, aside / "pictures" / file.name)  # with its date
        (aside / FILE).write_bytes(packed.getvalue())
    return path / FILE


def _workbook(blind: BlindSet) -> Workbook:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    _fill_ratings(book.create_sheet(SHEET), blind)
    _fill_levels(book.create_sheet("Levels"), blind.scale)
    return book


def _fill_ratings(sheet: Worksheet, blind: BlindSet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    units = blind.scale.units
    sheet.append([RATER])
    sheet.append([TITLE, harmless(blind.title)])
    sheet.append([HASH, blind.hash])
    sheet.append([_HOW])
    headers = [PICTURE, *(harmless(unit_header(unit)) for unit in units), NOTES]
    sheet.append(headers)
    for number in range(1, blind.count + 1):
        sheet.append([number])
    sheet.freeze_panes = f"B{_HEADER + 1}"
    sheet["B1"].fill = PatternFill("solid", fgColor="FFFFF2CC")
    for row in (1, 2, 3):
        sheet.cell(row, 1).font = Font(bold=True)
    for index in range(1, len(headers) + 1):
        cell = sheet.cell(_HEADER, index)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        wide = 40 if index == len(headers) else 18
        sheet.column_dimensions[get_column_letter(index)].width = wide
    for index, unit in enumerate(units, start=2):
        _offer(sheet, index, blind, unit)


def _offer(sheet: Worksheet, column: int, blind: BlindSet, unit: Unit) -> None:
    """Let the cells of a unit's column offer its levels, and refuse others."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    offered = choices(blind.scale, unit.name)
    rule = DataValidation(
        type="list",
        formula1=f'"{",".join(offered)}"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=unit.title[:32],
        error=f"Choose one of {', '.join(offered)}, or leave the cell blank."[:255],
    )
    letter = get_column_letter(column)
    rule.add(f"{letter}{_HEADER + 1}:{letter}{_HEADER + blind.count}")
    sheet.add_data_validation(rule)


def _fill_levels(sheet: Worksheet, scale: Scale) -> None:
    from openpyxl.styles import Font

    sheet.append(["Unit", "Level", "What it looks like"])
    for unit in scale.units:
        for level, sentence in zip(unit.levels, unit.descriptions, strict=True):
            sheet.append([harmless(unit.title), level, harmless(sentence)])
    sheet.append([])
    sheet.append([harmless(scale.title)])
    sheet.append([harmless(scale.reference)])
    for index, (letter, wide) in enumerate((("A", 24), ("B", 8), ("C", 90)), 1):
        sheet.cell(1, index).font = Font(bold=True)
        sheet.column_dimensions[letter].width = wide
    sheet.freeze_panes = "A2"
