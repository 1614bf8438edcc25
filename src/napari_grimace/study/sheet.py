"""The sample sheet: which recording is of which animal, group and timepoint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from napari_grimace.errors import GrimaceError, StudyError
from napari_grimace.recording.store import SUFFIX
from napari_grimace.study.headers import is_recording, read_header
from napari_grimace.study.names import (
    ANIMAL,
    EXPERIMENT,
    GROUP,
    PATH,
    ROI,
    TAKEN,
    TIMEPOINT,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_grimace.study.grid import Grid
    from napari_grimace.study.headers import Header


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a sample sheet.

    Attributes
    ----------
    number
        The row, as a spreadsheet program numbers it.
    path
        The recording.
    told
        `animal`, `group`, `timepoint` and further columns.
    header
        What the recording tells.
    """

    number: int
    path: Path
    told: dict[str, str]
    header: Header


def read_entries(grid: Grid, experiment: str | None = None) -> list[Entry]:
    """Read the rows of a sample sheet.

    Parameters
    ----------
    grid
        The sheet; what is wrong with it is added to its faults.
    experiment
        Only rows that say so in the column `experiment`.

    Returns
    -------
    list of Entry
        The rows whose recording was found.

    Raises
    ------
    StudyError
        If columns are missing, or there is no such experiment.
    """
    check_needed(grid, (PATH, ANIMAL, GROUP))
    columns = _told_columns(grid)
    entries: list[Entry] = []
    rows: list[tuple[int, dict[str, str]]] = []
    for number in numbers_of(grid, experiment):
        told = {name: grid.text(number, name) for name in columns}
        rows.append((number, told))
        found = _find(grid, number)
        if found is not None:
            entries.append(Entry(number, found[0], told, found[1]))
    check_told(grid, rows)
    _check_once(grid, entries)
    return entries


def check_needed(grid: Grid, needed: Sequence[str]) -> None:
    """Raise `StudyError` if columns are missing, with all faults so far."""
    missing = [name for name in needed if name not in grid.columns]
    for name in missing:
        problem = f"there is no column {name!r}, only {listed(grid.columns)}"
        grid.fault(problem, grid.header + 1)
    if missing:
        grid.check()


def _told_columns(grid: Grid) -> list[str]:
    """Name the columns that tell of an animal: the usual three, then further ones."""
    columns = dict.fromkeys([ANIMAL, GROUP, TIMEPOINT])
    for name in grid.columns:
        if name in (PATH, ROI):
            continue
        if name in TAKEN:
            problem = f"a column cannot be called {name!r} here: give it another name"
            grid.fault(problem, grid.header + 1, name)
        else:
            columns[name] = None
    return list(columns)


def numbers_of(grid: Grid, experiment: str | None) -> list[int]:
    """Give the rows of an experiment, or all.

    Raises
    ------
    StudyError
        If there are none.
    """
    numbers = grid.numbers()
    if not numbers:
        raise StudyError(f"{grid.path}: has no rows below the headers.")
    if experiment is None:
        return numbers
    of = {number: grid.text(number, EXPERIMENT) for number in numbers}
    chosen = [number for number in numbers if of[number] == experiment]
    if not chosen:
        there = [name for name in dict.fromkeys(of.values()) if name]
        raise StudyError(
            f"{grid.path}: there is no experiment {experiment!r}, only {listed(there)} "
            f"(column {EXPERIMENT!r})."
        )
    return chosen


def check_told(grid: Grid, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    """Note what is blank, written in two ways, or there twice.

    An animal may be once at a timepoint, and in one experiment.
    """
    spelled: dict[tuple[str, str], tuple[str, int]] = {}
    for number, told in rows:
        for name in (ANIMAL, GROUP):
            if not told[name] and name in grid.columns:
                grid.fault("is blank", number, name)
        for name in (ANIMAL, GROUP, TIMEPOINT):
            known, first = spelled.setdefault(
                (name, told[name].casefold()), (told[name], number)
            )
            if known != told[name]:
                problem = (
                    f"{told[name]!r} is {known!r} in row {first}: write both alike"
                )
                grid.fault(problem, number, name)
    _check_animals(grid, rows)


def _check_animals(grid: Grid, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    seen: dict[tuple[str, str], int] = {}
    experiments: dict[str, tuple[str, int]] = {}
    for number, told in rows:
        animal, timepoint = told[ANIMAL], told[TIMEPOINT]
        experiment = told.get(EXPERIMENT, "")
        other, before = experiments.setdefault(animal, (experiment, number))
        first = seen.setdefault((animal, timepoint), number)
        if not animal:
            continue
        if other != experiment:
            problem = (
                f"animal {animal!r} of experiment {experiment!r} is in row {before} "
                f"already, in experiment {other!r}: choose one experiment "
                "(experiment=, on the command line --experiment), or give different "
                "animals different names"
            )
            grid.fault(problem, number, ANIMAL)
        elif first != number:
            at = f" at timepoint {timepoint!r}" if timepoint else ""
            problem = (
                f"animal {animal!r}{at} is in row {first} already; give different "
                "animals different names, or recordings of one animal different "
                "timepoints"
            )
            grid.fault(problem, number, ANIMAL)


def node_names(entries: Sequence[Entry]) -> list[str]:
    """Name the recordings: as their files, or where these are alike by the animal."""
    stems = [entry.path.stem for entry in entries]
    names: list[str] = []
    for entry, stem in zip(entries, stems, strict=True):
        name = stem
        if stems.count(stem) > 1:
            parts = (entry.told[ANIMAL], entry.told[TIMEPOINT])
            name = "_".join(part for part in parts if part).replace("/", "_")
        again = 2
        while name in names:
            name, again = f"{stem}_{again}", again + 1
        names.append(name)
    return names


def _find(grid: Grid, number: int) -> tuple[Path, Header] | None:
    """Find a row's recording and read its header, or note why that cannot be done."""
    written, roi = grid.text(number, PATH), grid.text(number, ROI)
    if not written:
        grid.fault("is blank", number, PATH)
        return None
    given = grid.path.parent / _path(grid.cell(number, PATH), written)
    edges = _edges(roi)
    candidates = _candidates(given, "" if edges else roi)
    found = next((path for path in candidates if is_recording(path)), None)
    if found is None:
        grid.fault(_not_found(given, candidates), number, PATH)
        return None
    try:
        header = read_header(found)
    except GrimaceError as error:
        grid.fault(str(error), number, PATH)
        return None
    if edges and header.roi != edges:
        told = ",".join(f"{edge:g}" for edge in header.roi) or "the whole picture"
        grid.fault(f"{found.name} is of another region: {told}", number, ROI)
        return None
    return found, header


def _path(cell: object, written: str) -> Path:
    """Give the path in a cell: with all its blanks, without quotes around it."""
    text = cell.strip().strip('"') if isinstance(cell, str) else written
    return Path(PureWindowsPath(text).as_posix() if "\\" in text else text).expanduser()


def _candidates(given: Path, chamber: str) -> list[Path]:
    """Say where the recording of what a row names can be, the likeliest first.

    The recording of VIDEO.mp4 is VIDEO.grimace, that of a chamber of it
    VIDEO_CHAMBER.grimace.
    """
    if not given.name:  # the folder that the sheet is in, or a disk's
        return [given]
    # The whole name first: what follows the dot of "mouse.1" is no kind of file.
    beside = [given.with_name(given.name + SUFFIX), given.with_suffix(SUFFIX)]
    if not chamber:
        return [given, *beside]
    of_chamber = [p.with_name(f"{p.stem}_{chamber}{SUFFIX}") for p in beside]
    if given.stem.casefold().endswith(f"_{chamber}".casefold()):
        return [*of_chamber, given, *beside]
    return of_chamber


def _not_found(given: Path, candidates: Sequence[Path]) -> str:
    if given in candidates and given.is_file():
        recording = given.with_suffix(SUFFIX).name
        return (
            f"{given.name} is no recording, and there is no {recording} beside it: "
            "score it first, or give the recording's path"
        )
    return f"there is no recording {given if given in candidates else candidates[-1]}"


def _edges(roi: str) -> tuple[float, ...]:
    """Read four edges in pixels, as the command line takes them; else nothing."""
    try:
        edges = tuple(float(part) for part in roi.strip("[]() ").split(","))
    except ValueError:
        return ()
    return edges if len(edges) == 4 else ()


def _check_once(grid: Grid, entries: Sequence[Entry]) -> None:
    seen: dict[Path, int] = {}
    for entry in entries:
        path = entry.path.resolve()
        first = seen.setdefault(path, entry.number)
        if first != entry.number:
            problem = f"{path.name} is in row {first} already"
            grid.fault(problem, entry.number, PATH)
