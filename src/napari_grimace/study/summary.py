"""Summaries: means of each recording, of a window of it, or of bins of time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceWarning, StudyError
from napari_grimace.recording.schema import to_json
from napari_grimace.study.names import RATER, RECORDING, TIME, TOTAL
from napari_grimace.study.table import as_frame_scores, sheet_columns, unit_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_grimace.study.passes import Pass
    from napari_grimace.study.table import Scores

    Columns = dict[str, NDArray[Any]]
    Window = tuple[float, float]
    Floats = NDArray[np.float64]

_MOST_BINS = 100_000
_ROUNDING = 1e-6  # s


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """What one rater gave in one recording: (frame) and (frame, unit)."""

    row: dict[str, Any]  # of the sheet, and the rater
    time: Floats
    score: Floats
    total: Floats


def summarise(
    scores: Scores,
    *,
    rater: str | None = None,
    window: Window | None = None,
    bins: float | None = None,
) -> pd.DataFrame:
    """Summarise each recording, in whole, in a window of time or in bins of time.

    Parameters
    ----------
    scores
        A study, a recording, or a table of frame scores.
    rater
        The one rater to take: a label, or the name that a model has in all its builds;
        all if left out.
    window
        Start and end in s from the video's start; the end does not belong to it. The
        first ten minutes are (0, 600).
    bins
        Width of bins in s, from the start of the window or of the video. All
        recordings have as many as the window holds, or the longest recording.

    Returns
    -------
    DataFrame
        A row for each recording and rater, and each bin: `recording`, `animal`,
        `group`, `timepoint` and further columns of the sheet; `rater`; `start` and
        `end` (s; of the whole recording, the times of the first and last rated
        frame); `total`, the mean of the frames that meet the scale's unit rule, and a
        column for each unit, its mean over these frames; `n_frames`, rated frames;
        `n_used`, frames with a total; `share_all_units`, the share of rated frames in
        which all units are scored. Means without a frame are NaN.

    Raises
    ------
    StudyError
        If a window ends before it begins, a width is not above 0, no time is known,
        or the scores are not as `as_frame_scores` asks.

    Warns
    -----
    GrimaceWarning
        If frames without a known time are left out of a window or bins.
    """
    _check_times(window, bins)
    parts, units, scale = _parts(scores, rater)
    if window is None and bins is None:
        tables = [_whole(part, units) for part in parts]
    else:
        _tell_untimed(parts)
        edges = _edges(window, bins, parts)
        tables = [_cut(part, units, edges) for part in parts]
    columns = {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}
    table = pd.DataFrame(columns)
    if scale is not None:
        table.attrs["scale"] = scale
    return table


def _parts(scores: Scores, rater: str | None) -> tuple[list[_Part], list[str], Any]:
    """Give the parts, the units in order, and the scale as JSON, where it is known."""
    if not isinstance(scores, pd.DataFrame):
        from napari_grimace.study.gather import passes_in

        found = passes_in(scores, rater)
        scale = found[0][1].rater.scale
        parts = [_part_of(row, done) for row, done in found]
        return parts, list(scale.unit_names), to_json(scale.to_dict())
    table = as_frame_scores(scores, rater, several_raters=True)
    return list(_grouped(table)), unit_columns(table), table.attrs.get("scale")


def _part_of(row: dict[str, str], done: Pass) -> _Part:
    told = {**row, RATER: done.rater.label}
    return _Part(told, done.time, done.score.astype(float), done.totals().astype(float))


def _grouped(table: pd.DataFrame) -> Iterator[_Part]:
    told, units = [*sheet_columns(table), RATER], unit_columns(table)
    for _, rows in table.groupby([RECORDING, RATER], sort=False):
        yield _Part(
            {name: rows[name].iloc[0] for name in told},
            rows[TIME].to_numpy(float),
            rows[units].to_numpy(float),
            rows[TOTAL].to_numpy(float),
        )


def _whole(part: _Part, units: list[str]) -> Columns:
    known = part.time[np.isfinite(part.time)]
    ends = (known.min(), known.max()) if len(known) else (np.nan, np.nan)
    return _means(part, units, np.array([ends]), np.zeros(len(part.time), np.intp))


def _cut(part: _Part, units: list[str], edges: Floats) -> Columns:
    # A frame on an edge belongs behind it, whatever rounding made of the edge.
    between = edges.copy()
    between[1:-1] -= _ROUNDING
    place = np.searchsorted(between, part.time, side="right") - 1  # NaN: behind all
    ends = np.stack([edges[:-1], edges[1:]], axis=1)
    return _means(part, units, ends, place)


def _means(
    part: _Part, units: list[str], ends: Floats, place: NDArray[np.intp]
) -> Columns:
    """Give means by bin; a frame whose place is none of the bins' is left out."""
    count = len(ends)
    used = np.isfinite(part.total)

    def counted(frames: NDArray[np.bool_], values: Floats | None = None) -> Floats:
        inside = frames & (place >= 0) & (place < count)
        weights = None if values is None else values[inside]
        return np.bincount(place[inside], weights, count).astype(np.float64)

    def mean(values: Floats) -> Floats:
        given = used & np.isfinite(values)
        return _ratio(counted(given, values), counted(given))

    frames = counted(np.ones(len(place), bool))
    whole = np.all(np.isfinite(part.score), axis=1)
    share = _ratio(counted(whole), frames) if units else np.full(count, np.nan)
    return {
        **{name: _repeated(value, count) for name, value in part.row.items()},
        "start": ends[:, 0],
        "end": ends[:, 1],
        TOTAL: mean(part.total),
        **{unit: mean(part.score[:, i]) for i, unit in enumerate(units)},
        "n_frames": frames.astype(np.int64),
        "n_used": counted(used).astype(np.int64),
        "share_all_units": share,
    }


def _repeated(value: Any, count: int) -> NDArray[Any]:
    return np.full(count, value, object if isinstance(value, str) else None)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _edges(window: Window | None, bins: float | None, parts: list[_Part]) -> Floats:
    start, end = window or (0.0, np.inf)
    width = end - start if bins is None else bins
    times = np.concatenate([part.time for part in parts])
    last = times[np.isfinite(times)].max()
    # Without a window, the last frame is within the last bin.
    count = (
        np.ceil((end - start) / width - 1e-9)
        if window
        else (last + _ROUNDING) // width + 1
    )
    if count > _MOST_BINS:
        raise StudyError(
            f"Bins of {bins:g} s are {count:.0f} bins: give a larger width."
        )
    edges = start + np.arange(count + 1, dtype=np.float64) * width
    edges[-1] = min(edges[-1], end)
    return edges


def _check_times(window: Window | None, bins: float | None) -> None:
    if window is not None and not 0 <= window[0] < window[1] < np.inf:
        raise StudyError(
            f"The window is {window[0]:g} to {window[1]:g} s: give a start from 0 and "
            "an end after it."
        )
    if bins is not None and not 0 < bins < np.inf:
        raise StudyError(f"Bins of {bins:g} s: give a width above 0.")


def _tell_untimed(parts: list[_Part]) -> None:
    """Say how many frames have no time, and cannot be put into a bin."""
    unknown = sum(int(np.isnan(part.time).sum()) for part in parts)
    if unknown == sum(len(part.time) for part in parts):
        raise StudyError(
            "No times of frames are known: summarise whole recordings, without a "
            "window or bins."
        )
    if unknown:
        warnings.warn(
            f"{unknown} frames without a known time are left out",
            GrimaceWarning,
            stacklevel=3,
        )
