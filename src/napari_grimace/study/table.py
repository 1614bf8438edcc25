"""Frame scores: a tidy table with a row for each recording, rater and frame."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import StudyError
from napari_grimace.recording.schema import to_json
from napari_grimace.scales import UNITS, Scale
from napari_grimace.study.names import (
    ANIMAL,
    FRAME,
    FRAME_COLUMNS,
    GROUP,
    KEYS,
    RATER,
    RECORDING,
    TIME,
    TIMEPOINT,
    TOTAL,
    UNITS_SCORED,
    listed,
)

if TYPE_CHECKING:
    import xarray as xr

    from napari_grimace.study.passes import Pass

    Scores = pd.DataFrame | xr.DataTree | xr.Dataset

_NEEDED = (RECORDING, ANIMAL, RATER, FRAME, TOTAL)


def frame_scores(
    study: xr.DataTree | xr.Dataset,
    *,
    rater: str | None = None,
    min_units: int | None = None,
    several_faces: bool = False,
) -> pd.DataFrame:
    """Lay a study out as a table: a row for each recording, rater and rated frame.

    Parameters
    ----------
    study
        A study, or a single recording.
    rater
        The one rater to take: a label, or the name that a model has in all its builds;
        all, one after the other, if left out.
    min_units, several_faces
        How totals are formed, as for `napari_grimace.recording.grimace_score`.

    Returns
    -------
    DataFrame
        Columns `recording`, `animal`, `group`, `timepoint` and further ones of the
        sample sheet, all text; `rater` (label); `frame`; `time` (s from the video's
        start); a column for each action unit, NaN where it was not scored;
        `units_scored`; `total`, NaN where the scale's unit rule is not met.
        `scale_of` gives the scale.

    Raises
    ------
    StudyError
        If nobody, or not the one asked for, rated anything, or raters followed several
        scales.

    Warns
    -----
    GrimaceWarning
        If some of the recordings have no scores, or none by the rater asked for.
    """
    from napari_grimace.study.gather import passes_in

    found = passes_in(study, rater)
    scale = found[0][1].rater.scale
    counts = [len(done.frame) for _, done in found]
    columns = dict.fromkeys(key for row, _ in found for key in row)
    told: dict[str, Any] = {
        key: np.repeat(_texts([row.get(key, "") for row, _ in found]), counts)
        for key in columns
    }
    passes = [done for _, done in found]
    told[RATER] = np.repeat(_texts([done.rater.label for done in passes]), counts)
    told |= _numbers(passes, scale, min_units, several_faces)
    table = pd.DataFrame(told)
    table.attrs["scale"] = to_json(scale.to_dict())
    return table


def as_frame_scores(
    scores: Scores, rater: str | None = None, *, several_raters: bool = False
) -> pd.DataFrame:
    """Give frame scores, whatever they come as.

    Parameters
    ----------
    scores
        A study, a recording, or a table of frame scores, which is checked.
    rater
        As for `frame_scores`; needed where there are several.
    several_raters
        Whether scores of several raters may stay side by side.

    Returns
    -------
    DataFrame
        As `frame_scores` gives it. In a table, `group` and `timepoint` may be missing
        (then empty), `time` (then NaN), and `units_scored` (then counted).

    Raises
    ------
    StudyError
        If columns are missing, a score is no number or off the scale, one rater has
        a frame twice, there is no such rater, or several and none is chosen.
    """
    if isinstance(scores, pd.DataFrame):
        table = _checked(scores)
        if rater is not None:
            table = _of_rater(table, rater)
    else:
        table = frame_scores(scores, rater=rater)
    raters = table[RATER].unique()
    if len(raters) > 1 and not several_raters:
        raise StudyError(
            f"These are scores of {len(raters)} raters: {listed(raters)}. Choose one "
            "(rater=, on the command line --rater)."
        )
    return table


def scale_of(scores: pd.DataFrame) -> Scale | None:
    """Give the scale of a table of frame scores or a summary; None if it is unknown."""
    told = scores.attrs.get("scale")
    return Scale.from_dict(json.loads(told)) if told else None


def unit_columns(scores: pd.DataFrame) -> list[str]:
    """Name the columns of action units: those of the scale, else the published ones."""
    scale = scale_of(scores)
    units = scale.unit_names if scale else UNITS
    return [unit for unit in units if unit in scores]


def sheet_columns(scores: pd.DataFrame) -> list[str]:
    """Name the columns of frame scores that come from the sample sheet."""
    others = {*FRAME_COLUMNS, *unit_columns(scores)}
    return [*KEYS, *(str(c) for c in scores if c not in others and c not in KEYS)]


def _texts(values: list[str]) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=object)


def _numbers(
    passes: list[Pass], scale: Scale, min_units: int | None, several_faces: bool
) -> dict[str, Any]:
    score = np.concatenate([done.score for done in passes]).astype(np.float64)
    totals = [done.totals(min_units, several_faces) for done in passes]
    return {
        FRAME: np.concatenate([done.frame for done in passes]),
        TIME: np.concatenate([done.time for done in passes]),
        **{unit: score[:, i] for i, unit in enumerate(scale.unit_names)},
        UNITS_SCORED: np.concatenate([done.units_scored for done in passes]),
        TOTAL: np.concatenate(totals).astype(np.float64),
    }


def _of_rater(table: pd.DataFrame, rater: str) -> pd.DataFrame:
    chosen = table[table[RATER] == rater]
    if chosen.empty:
        raise StudyError(
            f"There are no scores by {rater!r}; there are raters "
            f"{listed(table[RATER].unique())}."
        )
    return chosen


def _checked(scores: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in _NEEDED if name not in scores]
    if missing:
        raise StudyError(
            f"The table of frame scores lacks the columns {listed(missing)}. It has "
            f"{listed(scores.columns)}."
        )
    if scores.empty:
        raise StudyError("The table of frame scores is empty.")
    texts = [name for name in (*KEYS, RATER) if name in scores]
    blank = {
        name: scores[name].astype(object).where(scores[name].notna(), "")
        for name in texts
        if scores[name].isna().any()
    }
    scores = scores.assign(**blank)
    _check_rows(scores, [name for name in texts if name != RATER])
    units = unit_columns(scores)
    _check_numbers(scores, [*units, TOTAL, FRAME])
    for unit in units:
        _check_range(scores, unit, 2)
    _check_range(scores, TOTAL, 2 * len(units or UNITS))
    _check_once(scores)
    absent: dict[str, Any] = {GROUP: "", TIMEPOINT: "", TIME: np.nan}
    if units:
        absent[UNITS_SCORED] = scores[units].notna().sum(axis=1)
    absent = {name: value for name, value in absent.items() if name not in scores}
    return scores.assign(**absent) if absent else scores


def _check_rows(scores: pd.DataFrame, columns: list[str]) -> None:
    told = scores[columns].drop_duplicates()
    twice = told[told[RECORDING].duplicated()]
    if len(twice):
        raise StudyError(
            f"Recording {twice[RECORDING].iloc[0]!r} has several rows of "
            f"{', '.join(columns[1:])}: a recording is of one animal at one timepoint. "
            "Give each its own name."
        )


def _check_numbers(scores: pd.DataFrame, columns: list[str]) -> None:
    for name in columns:
        if not pd.api.types.is_numeric_dtype(scores[name]):
            raise StudyError(
                f"Column {name!r} does not hold numbers. Code what is missing as NaN."
            )


def _check_range(scores: pd.DataFrame, name: str, high: float) -> None:
    off = (scores[name] < 0) | (scores[name] > high)
    if off.any():
        where = scores[off].iloc[0]
        raise StudyError(
            f"Column {name!r} is {where[name]:g} in frame {where[FRAME]} of "
            f"{where[RECORDING]!r}, and so in {int(off.sum())} rows: scores are 0 to "
            f"{high:g}. Code what is missing (-1, 9) as NaN."
        )


def _check_once(scores: pd.DataFrame) -> None:
    twice = scores.duplicated([RECORDING, RATER, FRAME])
    if twice.any():
        where = scores[twice].iloc[0]
        raise StudyError(
            f"Frame {where[FRAME]} of {where[RECORDING]!r} is there twice for rater "
            f"{where[RATER]!r}, and so are {int(twice.sum()) - 1} more: give each pass "
            "of a rater its own label."
        )
