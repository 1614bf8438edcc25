"""Tables of a study are written as csv."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.errors import ExportError
from napari_grimace.exchange.tables import write_table
from napari_grimace.files import written_whole

if TYPE_CHECKING:
    import pandas as pd


def write_study_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a summary or frame scores as a csv file, whole or not at all.

    Parameters
    ----------
    table
        The table. What is missing is written as a blank cell; text that a spreadsheet
        program would run as a formula is made harmless.
    path
        The file, ``.csv``; one that is there already is replaced.

    Raises
    ------
    ExportError
        If the suffix is another, or there is no such folder.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        raise ExportError(
            f"{path}: tables of a study are written as .csv, which spreadsheet "
            "programs open. Name it so."
        )
    if not path.parent.is_dir():
        raise ExportError(
            f"{path}: there is no folder {path.parent}. Make it, or choose another."
        )
    # Day -1 is a number: as text it would be guarded as a formula is.
    whole = [
        name
        for name, column in table.select_dtypes(exclude="number").items()
        if column.str.fullmatch(r"0|-?[1-9]\d{0,17}").all()
    ]
    table = table.astype(dict.fromkeys(whole, "int64"))
    with (
        written_whole(path) as aside,
        aside.open("w", newline="", encoding="utf-8") as file,
    ):
        write_table(table, file)
