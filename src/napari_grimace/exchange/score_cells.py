"""Cells of spreadsheets that people filled in: workbooks, numbers and scores."""

from __future__ import annotations

import math
import re
import warnings
import zipfile
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.recording.schema import NOT_SCORABLE, STATES

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

    from napari_grimace.scales import Scale

NOT_SCORABLE_CELL = "not scorable"
"""What a cell says where a unit cannot be judged."""

# In published tables a unit without a score is coded so, or left blank.
_CODES = {"-1", "9", "-", "–", "—", "na", "n/a", "nan", "none", "."}


def open_workbook(path: Path, *, values: bool = False) -> Workbook:
    """Open an xlsx file.

    Parameters
    ----------
    path
        The file.
    values
        Give what formulas came to when the file was saved, not the formulas.

    Raises
    ------
    RecordingError
        If it cannot be read.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # It tells of drawings and styles that it leaves out.
            warnings.simplefilter("ignore", UserWarning)
            return load_workbook(path, data_only=values)
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read ({error.strerror or error}). Close it in other "
            "programs, and check its name and permissions."
        ) from error
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
    ) as error:
        raise RecordingError(
            f"{path}: is no xlsx file ({error}). Save it as .xlsx in the spreadsheet "
            "program."
        ) from error


def plain_name(text: object) -> str:
    """Give the letters and digits of a header cell, in lower case."""
    return re.sub(r"[\W_]+", "", str(text).casefold())


def number_of(value: object) -> float | None:
    """Read a number, also one that was written as text; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    text = str(value).strip().replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text):
        return None
    return float(text)


def is_blank(value: object) -> bool:
    """Tell whether nothing is written in a cell."""
    return value is None or not str(value).strip()


def is_missing(value: object) -> bool:
    """Tell whether a cell says that nothing was scored: blank, -1, 9, - or n/a."""
    if is_blank(value):
        return True
    number = number_of(value)
    text = str(value).strip().casefold() if number is None else f"{number:g}"
    return text in _CODES


def choices(scale: Scale, unit: str) -> list[str]:
    """Give what may be written for a unit: its levels, and that it is not scorable.

    On a scale that averages two sides, the values between two levels too.
    """
    return [*(f"{score:g}" for score in _scores(scale, unit)), NOT_SCORABLE_CELL]


def score_of(value: object, scale: Scale, unit: str) -> float | str:
    """Read a score: a level, or ``"not_scorable"``.

    Raises
    ------
    ValueError
        If it is neither; says what to write.
    """
    text = " ".join(str(value).replace("_", " ").split()).casefold()
    if text == NOT_SCORABLE_CELL:
        return STATES[NOT_SCORABLE]
    number = number_of(value)
    if number in _scores(scale, unit):
        return float(number or 0)
    raise ValueError(f"{str(value)!r} is not one of {', '.join(choices(scale, unit))}")


def _scores(scale: Scale, unit: str) -> list[float]:
    told = scale.unit(unit)
    if scale.sides == "mean" and len(told.regions) > 1:
        return sorted({(a + b) / 2 for a in told.levels for b in told.levels})
    return [float(level) for level in told.levels]
