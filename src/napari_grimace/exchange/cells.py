"""Cells of tables: exact numbers, blanks where missing, and text that stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A cell that begins with one of these is run as a formula by spreadsheet programs.
_FORMULA = re.compile(r"^\s*[=+\-@]|^[\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def harmless(text: str) -> str:
    """Make text safe to open in a spreadsheet program.

    Parameters
    ----------
    text
        A text cell. Numbers must not come here: they stay numbers.

    Returns
    -------
    str
        The text, with an apostrophe before it where a spreadsheet program would
        take it for a formula (it begins with ``=``, ``+``, ``-``, ``@``, a tab or a
        line break, also after blanks), and without control characters, which no
        spreadsheet file can hold.
    """
    # File names may hold bytes that are no text, which no file can be written with.
    text = _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))
    return f"'{text}" if _FORMULA.match(text) else text


def as_text(values: NDArray[Any]) -> list[str]:
    """Write the values of one column as the text of csv cells.

    Parameters
    ----------
    values
        One column: floats, integers, booleans or text.

    Returns
    -------
    list of str
        Floats by the shortest text that reads back as the same number in their own
        precision, whole ones without a point; NaN is blank; text is made harmless.
    """
    if values.dtype.kind == "f":
        written = values.astype(np.dtypes.StringDType())
        return [
            "" if cell == "nan" else cell.removesuffix(".0")
            for cell in written.tolist()
        ]
    if values.dtype.kind in "iub":
        return [str(cell) for cell in values.astype(int).tolist()]
    return [harmless(str(cell)) for cell in values.tolist()]


def as_cell(value: object) -> str | float | int | None:
    """Turn one value into a cell of a spreadsheet file; NaN becomes an empty cell."""
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        # Through text, so that 0.1 in single precision shows as 0.1.
        return None if np.isnan(value) else float(str(value))
    return harmless(str(value))
