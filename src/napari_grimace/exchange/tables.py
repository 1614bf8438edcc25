"""The per-frame table of a recording, and its csv file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import pandas as pd

from napari_grimace.exchange import columns as col
from napari_grimace.exchange.cells import as_text, harmless
from napari_grimace.exchange.passes import chosen_raters, one_pass
from napari_grimace.files import written_whole
from napari_grimace.recording import NOT_FOUND, NOT_RATED, NOT_SCORABLE
from napari_grimace.scales import EDGES

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.exchange.columns import Column
    from napari_grimace.exchange.passes import RaterPass

    Cells = dict[Column, NDArray[Any]]

_WHY = {
    NOT_RATED: "not rated",
    NOT_SCORABLE: "not scorable",
    NOT_FOUND: "region not found",
}


def frame_table(
    recording: xr.Dataset,
    *,
    rater: str | None = None,
    boxes: bool = False,
    min_units: int | None = None,
    several_faces: bool = False,
) -> pd.DataFrame:
    """Lay a recording out as a table: one row per rater and frame.

    Parameters
    ----------
    recording
        A recording.
    rater
        Label of the one rater to take; all raters, one after the other, if left out.
    boxes
        Add four edges and the confidence of each region's box (pixels).
    min_units
        Form totals from this many scored units where the scale asks for more; the
        column is then called "Total (rescaled)".
    several_faces
        Form totals also in frames in which the rater counted several faces.

    Returns
    -------
    DataFrame
        Columns as `napari_grimace.exchange.columns` documents them, NaN where
        nothing was measured; `describe_table` puts their meaning into words.

    Raises
    ------
    ExportError
        There is no rater, or not this one.
    """
    parts: list[Cells] = []
    made_by: list[str] = []
    for each in chosen_raters(recording, rater):
        done = one_pass(
            recording, each.label, min_units=min_units, several_faces=several_faces
        )
        total = col.total_column(rescaled=done.rescaled, several_faces=several_faces)
        cells = _scores(done, total) | _confidences(done) | _circumstances(done)
        parts.append(cells | _origin(done) | (_boxes(done) if boxes else {}))
        made_by.append(f"{each.label}: {done.made_by}")
    return _joined(parts, made_by)


def _scores(done: RaterPass, total: Column) -> Cells:
    score = done.data["score"]
    units = col.in_painface_order(score["unit"].values)
    return {
        col.TIME: done.times,
        col.UNITS_SCORED: done.units_scored,
        **{col.unit_column(unit): score.sel(unit=unit).values for unit in units},
        total: done.total,
        col.FRAME: done.frames,
        **({} if done.names is None else {col.IMAGE: np.array(done.names, object)}),
    }


def _confidences(done: RaterPass) -> Cells:
    probability = done.data["probability"]
    # fmax passes over the levels that a unit lacks, and leaves NaN where all are.
    return {
        col.confidence_column(unit): np.fmax.reduce(
            probability.sel(unit=unit).values, axis=-1
        )
        for unit in col.in_painface_order(probability["unit"].values)
    }


def _circumstances(done: RaterPass) -> Cells:
    data = done.data
    measures = {
        col.measure_column(str(name)): data["quality"].sel(measure=name).values
        for name in data["measure"].values
    }
    return {
        col.MISSING: np.array(_missing(done), dtype=object),
        col.FACES: data["face_count"].values,
        col.FLAGGED: data["flag"].values,
        col.CONFIRMED: data["confirmed"].values,
        **measures,
    }


def _missing(done: RaterPass) -> list[str]:
    """For each frame the units without a score, and why."""
    units = list(done.scale.unit_names)
    state = done.data["state"].sel(unit=units).values
    return [
        "; ".join(
            f"{unit}: {_WHY[code]}"
            for unit, code in zip(units, row, strict=True)
            if code in _WHY
        )
        for row in state.tolist()
    ]


def _origin(done: RaterPass) -> Cells:
    words = {
        col.RATER: done.rater.label,
        col.RATER_KIND: done.rater.kind,
        col.SCALE: done.scale.name,
        col.BUILD: done.rater.build,
        col.TRAINED_ON: done.rater.trained_on,
        col.VIDEO: str(done.data.attrs.get("source", "")),
    }
    count = len(done.frames)
    occasion = np.full(count, done.rater.occasion)
    cells: Cells = {
        column: np.full(count, word, dtype=object) for column, word in words.items()
    }
    return cells | {col.OCCASION: occasion}


def _boxes(done: RaterPass) -> Cells:
    cells: Cells = {}
    for region in done.data["region"].values.tolist():
        box = done.data["box"].sel(region=region)
        confidence = done.data["box_confidence"].sel(region=region).values
        values = [box.sel(edge=edge).values for edge in EDGES]
        cells |= zip(col.box_columns(region), [*values, confidence], strict=True)
    return cells


def _joined(parts: list[Cells], made_by: list[str]) -> pd.DataFrame:
    """Set the raters' rows under each other; a column that a rater lacks is blank."""
    columns = list(dict.fromkeys(column for part in parts for column in part))
    frames = [pd.DataFrame({c.name: v for c, v in part.items()}) for part in parts]
    table = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    table = table[[column.name for column in columns]]
    table.attrs |= {"columns": columns, "made_by": made_by}
    return table


def with_pictures(table: pd.DataFrame, names: dict[int, str]) -> pd.DataFrame:
    """Add a column with the file name of each frame's picture, after its number."""
    place = list(table).index(col.FRAME.name) + 1
    table = table.copy().drop(columns=col.IMAGE.name, errors="ignore")
    table.insert(place, col.IMAGE.name, table[col.FRAME.name].map(names))
    columns = [column for column in table.attrs["columns"] if column != col.IMAGE]
    table.attrs["columns"] = [*columns[:place], col.IMAGE, *columns[place:]]
    return table


def describe_table(table: pd.DataFrame) -> str:
    """Document a table of `frame_table` in plain text: its origin and its columns.

    Parameters
    ----------
    table
        What `frame_table` gives.

    Returns
    -------
    str
        For each rater what the scores come from, then for each column its name, unit
        and meaning.
    """
    return col.describe_columns(table.attrs["columns"], table.attrs["made_by"])


def write_csv(
    recording: xr.Dataset,
    path: str | Path,
    *,
    rater: str | None = None,
    boxes: bool = False,
    min_units: int | None = None,
    several_faces: bool = False,
) -> None:
    """Write the per-frame table as a csv file, in the manner of PainFace.

    Numbers are written so that they read back as the same number; cells are blank
    where nothing was measured; text cannot be taken for a formula.

    Parameters
    ----------
    recording
        A recording.
    path
        The file to write (UTF-8, commas, one header line).
    rater, boxes, min_units, several_faces
        As for `frame_table`.

    Raises
    ------
    ExportError
        There is no rater, or not this one.
    """
    table = frame_table(
        recording,
        rater=rater,
        boxes=boxes,
        min_units=min_units,
        several_faces=several_faces,
    )
    with (
        written_whole(path) as aside,
        aside.open("w", newline="", encoding="utf-8") as file,
    ):
        write_table(table, file)


def write_table(table: pd.DataFrame, file: TextIO) -> None:
    """Write a table as csv lines, with exact numbers and harmless text."""
    cells = [as_text(table[name].to_numpy()) for name in table]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([harmless(str(name)) for name in table])
    writer.writerows(zip(*cells, strict=True))
