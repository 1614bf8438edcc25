"""Old spreadsheets of scores by people become ratings in a recording."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.exchange.score_cells import is_blank, is_missing, score_of
from napari_grimace.exchange.scores_frames import FrameFinder
from napari_grimace.exchange.scores_table import (
    FRAME,
    NAME,
    TIME,
    Uncalculated,
    find_columns,
    letter_of,
    read_grids,
)
from napari_grimace.exchange.update import (
    Clash,
    brought_before,
    changes_to,
    pass_for,
)
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.store import RecordingStore
from napari_grimace.recording.values import values_of
from napari_grimace.scales import Scale, load_scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from napari_grimace.exchange.scores_table import Row
    from napari_grimace.recording.record import Value

    Scores = dict[int, dict[tuple[str, str], Value]]  # by frame, as `Change` names them

_TOLD = 20  # faults that are named


@dataclass(frozen=True, slots=True)
class Imported:
    """What an old table of scores brought to a recording.

    Attributes
    ----------
    rater
        The rater as which the scores are there.
    frames, scores
        Number of frames with a score in the table, and of scores in it (units judged
        not scorable among them).
    not_rated
        Number of cells, in rows of frames, that say that a unit was not scored: blank,
        -1, 9, - or n/a. They are not rated, never 0.
    written
        Number of values that were written now.
    columns
        For each unit, and for what tells the frame, the header of its column.
    left_out
        Headers of columns that were not used.
    clashes
        Scores that someone has changed in the recording since, and which stay so.
    """

    rater: Rater
    frames: int
    scores: int
    not_rated: int
    written: int
    columns: Mapping[str, str]
    left_out: tuple[str, ...]
    clashes: tuple[Clash, ...]

    def __str__(self) -> str:
        told = [
            f"{self.scores} scores on {self.frames} frames as {self.rater.label!r}, "
            f"{self.written} of them new; cells that say not rated: {self.not_rated}"
        ]
        told += [f"column not used: {header}" for header in self.left_out]
        told += [f"changed in the recording since: {clash}" for clash in self.clashes]
        return "\n".join(told)


@dataclass
class _Table:
    """What is read from a table, and what is wrong with it."""

    scores: Scores = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)  # by frame, from 1
    not_rated: int = 0
    faults: list[str] = field(default_factory=list)


def import_scores(
    recording_path: str | Path,
    table_path: str | Path,
    rater_name: str,
    *,
    scale: str | Path | Scale | None = None,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Imported:
    """Bring a person's scores from a spreadsheet into a recording.

    One row is one frame. The columns are known by their usual names (``Frame``,
    ``Time``, ``Filename``; ``Orbital tightening``, ``Eye``, ``OT``, ``Ears``, ...),
    among them those of PainFace and Automated-RGS. Frames are told by their number
    from 0; else by the time in the video, in s, mm:ss or hh:mm:ss (the nearest frame);
    else by the name of the picture.

    The scores become a pass of the person, with the file's name as `sampling`. When the
    same file is imported again, what was mended in it is written, and nothing twice.

    Parameters
    ----------
    recording_path
        The recording's folder.
    table_path
        An xlsx, csv or tsv file.
    rater_name
        Who scored.
    scale
        The scale that was followed; by default that of the recording's raters.
    sheet
        Name of the sheet, where several hold scores.
    columns
        Headers of columns that have other names: for units, ``"frame"``, ``"time"`` or
        ``"name"``.

    Returns
    -------
    Imported
        What was brought, with the number of cells that are not rated.

    Raises
    ------
    RecordingError
        If a score is not one of the scale's, a row's frame is not in the video, or two
        rows are of one frame: rows and columns are named, and nothing is written. So
        too if the table, its columns or the scale are not clear.
    """
    store, path = RecordingStore.open(recording_path), Path(table_path)
    recording, _ = store.read_with_conflicts()
    followed = _scale(recording, scale)
    name, rows = _sheet(path, sheet, followed, columns)
    header, places, others = find_columns(rows, followed, columns)
    finder = FrameFinder(recording, store.path)
    table = _read(rows, header, places, followed, finder)
    if table.faults:
        more = len(table.faults) - _TOLD
        listed = "".join(f"\n- {fault}" for fault in table.faults[:_TOLD])
        listed += f"\n- and {more} more" if more > 0 else ""
        raise RecordingError(
            f"{path}: nothing was imported, for some cells are faulty. Mend them and "
            f"import it again:{listed}"
        )
    origin = f"imported from {path.name}{f', sheet {name}' if sheet else ''}"
    asked = Rater(
        rater_name,
        rater_name,
        "person",
        scale=followed,
        sampling="".join(c for c in origin.replace(";", ",") if c.isprintable()),
    )
    rater = pass_for(raters_of(recording), store.names.renamed(asked))
    written, clashes = _write(store, rater, table, asked.sampling, finder)
    return Imported(
        rater,
        frames=sum(
            any(v is not None for v in e.values()) for e in table.scores.values()
        ),
        scores=sum(v is not None for e in table.scores.values() for v in e.values()),
        not_rated=table.not_rated,
        written=written,
        columns={key: str(rows[header][place]) for key, place in places.items()},
        left_out=tuple(others),
        clashes=tuple(clashes),
    )


def _scale(recording: xr.Dataset, scale: str | Path | Scale | None) -> Scale:
    if scale is not None:
        return load_scale(scale)
    known = {rater.scale.name: rater.scale for rater in raters_of(recording)}
    if len(known) != 1:
        raise RecordingError(
            "Say which scale was followed; this recording's raters follow "
            f"{' and '.join(known) or 'none yet'}."
        )
    return next(iter(known.values()))


def _sheet(
    path: Path, sheet: str | None, scale: Scale, columns: Mapping[str, str] | None
) -> tuple[str, list[Row]]:
    """Give the one sheet that holds scores."""
    grids = read_grids(path, sheet)
    able = {
        name: rows
        for name, rows in grids.items()
        if find_columns(rows, scale, columns)[0] >= 0
    }
    if len(able) == 1:
        return next(iter(able.items()))
    if able:
        raise RecordingError(
            f"{path}: the sheets {', '.join(map(repr, able))} all hold scores. Say "
            "which one to import."
        )
    raise RecordingError(
        f"{path}: has no row of headers with a column that tells the frame (Frame, "
        f"Time or Filename) and one of a unit of scale {scale.name!r} "
        f"({', '.join(unit.title for unit in scale.units)}). Name the columns so, or "
        "say what they are called."
    )


def _read(
    rows: Sequence[Row],
    header: int,
    places: Mapping[str, int],
    scale: Scale,
    finder: FrameFinder,
) -> _Table:
    table = _Table()
    units = {name: places[name] for name in scale.unit_names if name in places}
    way = next(key for key in (FRAME, TIME, NAME) if key in places)
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        cells = [row[at] if at < len(row) else None for at in units.values()]
        key = row[places[way]] if places[way] < len(row) else None
        if is_blank(key) and all(map(is_missing, cells)):
            continue
        try:
            frame = finder.find(way, key)
        except RecordingError as error:
            place = f"row {number}, column {letter_of(places[way])} ({way})"
            table.faults.append(f"{place}: {error}")
            continue
        if frame in table.rows:
            table.faults.append(
                f"row {number}: frame {frame} is in row {table.rows[frame]} already"
            )
            continue
        table.rows[frame] = number
        told = table.scores.setdefault(frame, {})
        for unit, cell in zip(units, cells, strict=True):
            try:
                told["score", unit] = _score(cell, scale, unit)
            except ValueError as error:
                letter = letter_of(units[unit])
                table.faults.append(f"row {number}, column {letter} ({unit}): {error}")
        table.not_rated += sum(value is None for value in told.values())
    return table


def _score(cell: object, scale: Scale, unit: str) -> Value:
    if isinstance(cell, Uncalculated):
        raise ValueError(
            f"the file does not say what {cell} comes to: open and save it in the "
            "spreadsheet program"
        )
    return None if is_missing(cell) else score_of(cell, scale, unit)


def _write(
    store: RecordingStore,
    rater: Rater,
    table: _Table,
    origin: str,
    finder: FrameFinder,
) -> tuple[int, list[Clash]]:
    told = store.read_person(rater)
    before = brought_before(told.journals, origin)
    # Rows that are no longer in the table take nothing back.
    kept = {frame: each for frame, each in before.items() if frame in table.rows}
    changes, clashes = changes_to(values_of(told.block), kept, table.scores)
    batch = uuid.uuid4().hex
    commits = [
        (
            frame,
            each,
            {
                "seconds": finder.seconds(frame),
                "reason": f"{origin}, row {table.rows[frame]}",
                "batch": batch,
            },
        )
        for frame, each in changes.items()
    ]
    if commits:
        with store.journal(rater) as writer:
            writer.commit_all(commits)
    return sum(map(len, changes.values())), clashes
