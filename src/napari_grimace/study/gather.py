"""The passes of a study's recordings, one after the other, with the sheet's rows."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from napari_grimace.errors import GrimaceWarning, StudyError
from napari_grimace.recording.access import raters_of, subject_of
from napari_grimace.recording.schema import VARIABLES
from napari_grimace.study.names import ANIMAL, GROUP, RECORDING, TIMEPOINT, listed
from napari_grimace.study.passes import passes_of
from napari_grimace.study.tree import sheet_of, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_grimace.recording.rater import Rater
    from napari_grimace.study.passes import Pass

    Row = dict[str, str]


def passes_in(
    study: xr.DataTree | xr.Dataset, rater: str | None = None
) -> list[tuple[Row, Pass]]:
    """Give the passes in a study, with the rows of its sheet.

    Parameters
    ----------
    study
        A study, or a single recording.
    rater
        The one rater to take, as for `passes_of`; all if left out.

    Raises
    ------
    StudyError
        If nobody, or not the one asked for, rated anything; or by several scales.

    Warns
    -----
    GrimaceWarning
        If some of the recordings have no scores, or none by the rater asked for.
    """
    found: list[tuple[Row, Pass]] = []
    without: list[str] = []
    for row, passes in _recordings(study, rater):
        rated = [(row, done) for done in passes if len(done.frame)]
        found += rated
        if not rated:
            without.append(row[RECORDING])
    if not found:
        raise StudyError(_nobody(study, rater))
    scales = {done.rater.scale: done.rater.label for _, done in found}
    if len(scales) > 1:
        told = "; ".join(f"{who!r} by {s.name!r}" for s, who in scales.items())
        raise StudyError(
            f"Raters followed several scales: {told}. Numbers of different scales do "
            "not go together: choose one rater (rater=), or recordings of one scale."
        )
    if without:
        who = "nobody rated" if rater is None else f"{rater!r} did not rate"
        warnings.warn(
            f"{who} {len(without)} of the recordings, which are left out: "
            f"{listed(without)}",
            GrimaceWarning,
            stacklevel=3,
        )
    return found


def raters_in(study: xr.DataTree) -> dict[str, list[Rater]]:
    """Give the raters of each recording of a study, opening none where that can be."""
    sources = {str(name): source_of(study, str(name)) for name in sheet_of(study).index}
    return {
        name: raters_of(source.open()) if source.raters is None else [*source.raters]
        for name, source in sources.items()
    }


def _recordings(
    study: xr.DataTree | xr.Dataset, rater: str | None
) -> Iterator[tuple[Row, list[Pass]]]:
    if isinstance(study, xr.Dataset):
        _check_recording(study)
        yield _row_of(study), passes_of(study, rater)
        return
    if not isinstance(study, xr.DataTree):
        raise StudyError(
            f"A {type(study).__name__} is no study: give what open_study gives, a "
            "recording, or a table of frame scores (a DataFrame)."
        )
    for name, row in sheet_of(study).to_dict("index").items():
        source = source_of(study, str(name))
        read = source.read_passes
        passes = read(rater) if read else passes_of(source.open(), rater)
        yield {RECORDING: str(name), **{str(k): v for k, v in row.items()}}, passes


def _check_recording(recording: xr.Dataset) -> None:
    if recording.get("score", recording).dims != VARIABLES["score"].dims:
        raise StudyError(
            "This dataset is no recording: its scores are not (rater, frame, unit). A "
            "file of several recordings is opened with open_study."
        )


def _row_of(recording: xr.Dataset) -> Row:
    """Tell of a recording outside a study what it tells of itself."""
    name = Path(str(recording.attrs.get("source") or "recording")).stem
    subject = subject_of(recording) if "subject" in recording.attrs else {}
    told = {key: str(subject.get(key, "")) for key in (ANIMAL, GROUP, TIMEPOINT)}
    return {RECORDING: name, **told, ANIMAL: told[ANIMAL] or name}


def _nobody(study: xr.DataTree | xr.Dataset, rater: str | None) -> str:
    if rater is None:
        return "Nobody has scored anything in these recordings: score them first."
    there = (
        [raters_of(study)]
        if isinstance(study, xr.Dataset)
        else raters_in(study).values()
    )
    labels = dict.fromkeys(each.label for raters in there for each in raters)
    return f"There are no scores by {rater!r}; there are raters {listed(labels)}."
