"""Timed events that raters saw in a video: reading, checking, and what was watched.

A table of events has the columns `recording`, `rater`, `behaviour`, `onset` and
`offset` (s). A row of the behaviour ``"observed"`` says from when to when a rater
watched the recording: it tells a rater who saw nothing from one who did not look.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError, GrimaceWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_grimace.exchange.scores_table import Row

OBSERVED = "observed"
"""Behaviour of the rows that say from when to when a rater watched."""

KEYS = ["recording", "rater", "behaviour"]
TIMES = ["onset", "offset"]

# What programs call the columns, without case, blanks and punctuation.
_ALIASES = {
    "recording": "recording id video observationid",
    "rater": "rater experimenter observer coder",
    "behaviour": "behaviour behavior type event",
    "onset": "onset from start starts startsec",
    "offset": "offset to stop stops stopsec end",
}
_MARKERS = ("startend", OBSERVED)
_UNNAMED = ("", "default")


def read_events(path: str | Path) -> pd.DataFrame:
    """Read a table of timed events.

    Parameters
    ----------
    path
        A csv (commas or semicolons), tsv or xlsx file with columns `recording`,
        `rater`, `behaviour`, `onset` and `offset` (s), or with the names that other
        programs give them: ID or video; Experimenter or observer; type or behavior;
        from, to or start, stop. Events called Start_End (Start/End, StartEnd) mark
        when a rater began and ended: in such a table each rater is taken to have
        watched a recording from the first onset to the last offset of all his rows.

    Returns
    -------
    DataFrame
        Columns `recording`, `rater`, `behaviour` (text), `onset`, `offset` (s), with a
        row of the behaviour ``"observed"`` for each recording and rater in a table
        with such marks. Checked by `check_events`.

    Raises
    ------
    GrimaceError
        If the file cannot be read, lacks a column, or an event ends before it begins.

    Warns
    -----
    GrimaceWarning
        If rows are left out as they have no time or no behaviour.
    """
    from napari_grimace.exchange.score_cells import is_missing, number_of
    from napari_grimace.exchange.scores_table import read_grids

    grids = read_grids(Path(path))
    rows = [row for grid in grids.values() for row in grid]
    columns = _columns(path, rows[0] if rows else [])
    cells = {
        name: [row[place] if place < len(row) else None for row in rows[1:]]
        for name, place in columns.items()
    }
    texts = {name: [str(cell or "").strip() for cell in cells[name]] for name in KEYS}
    times = {name: [number_of(cell) for cell in cells[name]] for name in TIMES}
    table = pd.DataFrame(texts | times, index=range(2, len(rows) + 1))
    table[TIMES] = table[TIMES].astype(np.float64)
    for name in TIMES:
        for row, cell, time in zip(table.index, cells[name], times[name], strict=True):
            if time is None and not is_missing(cell):
                raise GrimaceError(f"{path}: {name} in row {row} is {cell!r}, no time.")
    blank = (table[["recording", "rater"]] == "").all(axis=1)
    return check_events(_watched(_complete(table[~blank], path)))


def check_events(events: pd.DataFrame) -> pd.DataFrame:
    """Check a table of events, and merge what overlaps.

    Parameters
    ----------
    events
        With the columns of `read_events`; others are left out.

    Returns
    -------
    DataFrame
        Sorted by recording, rater, behaviour and onset. Events of one rater and
        behaviour that overlap are one; those that only touch stay two.

    Raises
    ------
    GrimaceError
        If a column is missing, a cell empty, a time no number or negative, or an
        event does not end after it begins; names the row.

    Warns
    -----
    GrimaceWarning
        If events were merged.
    """
    lacking = [name for name in (*KEYS, *TIMES) if name not in events]
    if lacking:
        raise GrimaceError(
            f"The table of events lacks the columns {', '.join(lacking)}. It has "
            f"{', '.join(map(str, events.columns)) or 'none'}."
        )
    table = events[[*KEYS, *TIMES]]
    for name in TIMES:
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise GrimaceError(
                f"Column {name!r} holds other than numbers: give seconds."
            )
    empty = table.isna() | table.isin([np.inf, ""])
    onset, offset = (table[name] for name in TIMES)
    for wrong, problem in (
        (empty.any(axis=1), "is not complete: fill all five columns"),
        (onset < 0, "begins before the video does: count from its start"),
        (offset < onset, "ends before it begins: are onset and offset exchanged?"),
        (offset == onset, "has no duration: give an offset after the onset"),
    ):
        if wrong.any():
            first = table[wrong].iloc[0]
            told = ", ".join(f"{name} {first[name]}" for name in (*KEYS, *TIMES))
            raise GrimaceError(
                f"The event in row {table.index[wrong][0]} ({told}) {problem}."
            )
    return _merged(table)


def observed_spans(events: pd.DataFrame) -> pd.DataFrame:
    """Tell from when to when each rater watched each recording.

    Parameters
    ----------
    events
        As `check_events` gives them.

    Returns
    -------
    DataFrame
        Indexed by `recording` and `rater`; columns ``start`` and ``end`` (s).

    Warns
    -----
    GrimaceWarning
        If a rater has events in a recording, and no row says what he watched: then it
        is taken to be what is known of the other raters, or else the time from the
        first onset to the last offset of any rater.
    """
    told = events["behaviour"] == OBSERVED
    ends = {"start": ("onset", "min"), "end": ("offset", "max")}
    spans = events[told].groupby(["recording", "rater"]).agg(**ends)
    rated = events.groupby(["recording", "rater"]).size()
    untold = rated.index.difference(spans.index)
    if not len(untold):
        return spans
    warnings.warn(
        f"Nothing says from when to when {len(untold)} of {len(rated)} times a rater "
        "watched a recording, so the time from the first to the last event by anyone "
        f"is taken. Add events called {OBSERVED!r} to say it.",
        GrimaceWarning,
        stacklevel=3,
    )
    known = spans.groupby("recording").agg({"start": "min", "end": "max"})
    of_any = events.groupby("recording").agg(**ends)
    filled = known.reindex(of_any.index).fillna(of_any)
    taken = filled.loc[untold.get_level_values("recording")].set_axis(untold)
    return pd.concat([spans, taken]).sort_index()


def _columns(path: str | Path, header: Row) -> dict[str, int]:
    """Find the columns by their names."""
    from napari_grimace.exchange.score_cells import plain_name

    plain = [plain_name(cell) for cell in header]
    found = {}
    for name, aliases in _ALIASES.items():
        places = [plain.index(alias) for alias in aliases.split() if alias in plain]
        if places:
            found[name] = places[0]
    lacking = [name for name in _ALIASES if name not in found]
    if lacking:
        raise GrimaceError(
            f"{path}: there is no column {lacking[0]!r}. Name the columns "
            f"{', '.join(_ALIASES)}; here they are {', '.join(map(str, header))}."
        )
    return found


def _complete(table: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Leave out rows without a time, and say so."""
    lacking = table[TIMES].isna().any(axis=1)
    if lacking.any():
        _tell_left_out(path, table.index[lacking], "have no onset or no offset")
    return table[~lacking]


def _watched(table: pd.DataFrame) -> pd.DataFrame:
    """Put what raters watched in the place of the marks of start and end."""
    plain = table["behaviour"].str.casefold().str.replace(r"[\W_]+", "", regex=True)
    marks, unnamed = plain.isin(_MARKERS), plain.isin(_UNNAMED)
    events = table[~marks & ~unnamed]
    if unnamed.any():
        _tell_left_out("The table of events", table.index[unnamed], "name no behaviour")
    if not marks.any():
        return events
    spans = table.groupby(["recording", "rater"], as_index=False).agg(
        onset=("onset", "min"), offset=("offset", "max")
    )
    spans.index += table.index.max() + 1  # rows of the file keep their numbers
    return pd.concat([events, spans.assign(behaviour=OBSERVED)])


def _tell_left_out(where: object, rows: Sequence[int] | pd.Index, why: str) -> None:
    shown = ", ".join(map(str, rows[:5])) + (" ..." if len(rows) > 5 else "")
    warnings.warn(
        f"{where}: {len(rows)} rows {why} and are left out ({shown}).",
        GrimaceWarning,
        stacklevel=4,
    )


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """Merge events of one rater and behaviour that overlap, and say so."""
    table = table.sort_values([*KEYS, *TIMES], ignore_index=True)
    of_one = table.groupby(KEYS, sort=False)
    ended = of_one["offset"].cummax()
    ended = ended.groupby([table[name] for name in KEYS], sort=False).shift()
    begins = ~(table["onset"] < ended)
    if begins.all():
        return table
    warnings.warn(
        f"{int((~begins).sum())} events overlap others of the same rater and behaviour "
        "and were merged with them.",
        GrimaceWarning,
        stacklevel=3,
    )
    merged = table.groupby(begins.cumsum().to_numpy())
    first = merged[[*KEYS, "onset"]].first()
    return first.assign(offset=merged["offset"].max()).reset_index(drop=True)
