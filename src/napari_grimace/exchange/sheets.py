"""The xlsx file of Automated-RGS: one picture per row, three units and their mean."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceWarning
from napari_grimace.exchange.archive import picture_name
from napari_grimace.exchange.cells import as_cell, harmless
from napari_grimace.exchange.passes import one_pass
from napari_grimace.files import written_whole

if TYPE_CHECKING:
    import xarray as xr
    from openpyxl import Workbook

    from napari_grimace.exchange.passes import RaterPass

#: Header of Automated-RGS, and the unit behind each column after the first two.
HEADER = ("Filename", "RGS", "Orbital Tightening", "Ear Changes", "Nose Flattening")
_UNITS = ("orbital", "ear", "nose")


def write_xlsx(
    recording: xr.Dataset,
    path: str | Path,
    *,
    rater: str | None = None,
    several_faces: bool = False,
) -> None:
    """Write scores as Automated-RGS does.

    The first sheet, ``Sheet1``, has the columns ``Filename``, ``RGS``, ``Orbital
    Tightening``, ``Ear Changes`` and ``Nose Flattening``. ``RGS`` is the mean of the
    three units and empty if any of them is missing, whatever the recording's scale
    says of totals, and in frames with several faces; a second sheet, ``About``, says
    what the scores come from. Frames of a video get the names that `write_zip` gives
    their pictures by default.

    Parameters
    ----------
    recording
        A recording.
    path
        The xlsx file to write.
    rater
        Label of the rater, where there are several.
    several_faces
        Form the mean also in frames in which the rater counted several faces.

    Raises
    ------
    ExportError
        There is no rater, not this one, or several and none was named.

    Warns
    -----
    GrimaceWarning
        The recording's scale is not that of Automated-RGS.
    """
    done = one_pass(recording, rater, several_faces=several_faces)
    scale = done.scale.name
    if scale != "rgs-no-whiskers":
        warnings.warn(
            f"the column RGS of {Path(path).name} is the mean of orbital, ear and "
            f"nose, as Automated-RGS forms it, and not the total of scale {scale}",
            GrimaceWarning,
            stacklevel=2,
        )
    book = _workbook(done, several_faces)
    # Packed in memory first: openpyxl leaves its file open when a disk is full.
    packed = io.BytesIO()
    book.save(packed)
    with written_whole(path) as aside:
        aside.write_bytes(packed.getvalue())


def _workbook(done: RaterPass, several_faces: bool) -> Workbook:
    from openpyxl import Workbook

    score = done.data["score"].reindex(unit=list(_UNITS)).values
    # A mean with a missing unit is NaN, as it should be: no partial means.
    total = score.astype(float).mean(axis=-1)
    if not several_faces:
        total[done.data["face_count"].values > 1] = np.nan
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(HEADER)
    for name, mean, units in zip(_file_names(done), total, score, strict=True):
        sheet.append([harmless(name), *map(as_cell, (mean, *units))])
    about = book.create_sheet("About")
    for line in ("Scores in the columns of Automated-RGS.", done.made_by):
        about.append([harmless(line)])
    return book


def _file_names(done: RaterPass) -> list[str]:
    """File name of each row: the picture that was scored, or one for the frame."""
    source = str(done.data.attrs.get("source", ""))
    return done.names or [picture_name(source, frame) for frame in done.frames.tolist()]
