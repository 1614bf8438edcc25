"""Parts of a study are chosen by what the sheet tells of its recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.errors import StudyError
from napari_grimace.study.names import RECORDING, listed
from napari_grimace.study.tree import make_study, sheet_of, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr


def select(study: xr.DataTree, **columns: str | Sequence[str]) -> xr.DataTree:
    """Choose recordings, without opening any.

    Parameters
    ----------
    study
        A study.
    **columns
        For columns of the sheet, or `recording`, the value or values to keep, such as
        ``group="sham"`` or ``sex=["male", "female"]``.

    Returns
    -------
    DataTree
        A study of the recordings whose rows match them all.

    Raises
    ------
    StudyError
        If there is no such column or value, or no recording matches them all.
    """
    sheet = sheet_of(study).reset_index()
    keep = sheet[RECORDING].notna()
    for name, wanted in columns.items():
        if name not in sheet:
            raise StudyError(f"There is no column {name!r}, only {listed(sheet)}.")
        values = [wanted] if isinstance(wanted, str) else [str(v) for v in wanted]
        there = sheet[name].unique()
        unknown = [value for value in values if value not in there]
        if unknown:
            raise StudyError(
                f"No recording has {name} {listed(unknown)}; there are {listed(there)}."
            )
        keep &= sheet[name].isin(values)
    if not keep.any():
        raise StudyError(f"No recording matches all of {listed(columns)}.")
    kept = sheet[keep].set_index(RECORDING)
    sources = {str(name): source_of(study, str(name)) for name in kept.index}
    return make_study(sources, kept, study.attrs)
