"""The passes of a study's recordings, one after the other, with the sheet's rows."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from napari_grimace.errors import GrimaceWarning, StudyError
from napari_grimace.recording.access import raters_of, subject_of
from napari_grimace.study.names import ANIMAL, GROUP, RECORDING, TIMEPOINT, listed
from napari_grimace.study.passes import passes_of
from napari_grimace.study.tree import sheet_of, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_grimace.scales import Scale
    from napari_grimace.study.passes import Pass

    Row = dict[str, str]


def passes_in(
    study: xr.DataTree | xr.Dataset, rater: str | None = None
) -> Iterator[tuple[Row, Pass]]:
    """Give the passes in a study, with the rows of its sheet.

    Parameters
    ----------
    study
        A study, or a single recording.
    rater
        Label of the one rater to take; all if left out.

    Raises
    ------
    StudyError
        If nobody, or not the one asked for, rated anything; or by several scales.

    Warns
    -----
    GrimaceWarning
        If the rater asked for is missing in some of the recordings.
    """
    scales: dict[str, Scale] = {}
    without: list[str] = []
    for row, passes in _recordings(study, rater):
        if not passes:
            without.append(row[RECORDING])
        for done in passes:
            scales.setdefault(done.rater.scale.name, done.rater.scale)
            if len(scales) > 1 or scales[done.rater.scale.name] != done.rater.scale:
                raise StudyError(
                    f"{row[RECORDING]}: {done.rater.label!r} followed another scale "
                    f"({listed(scales)}): numbers of different scales do not go "
                    "together. Choose one rater (rater=), or recordings of one scale."
                )
            yield row, done
    if not scales:
        raise StudyError(_nobody(study, rater))
    if without and rater is not None:
        warnings.warn(
            f"{rater!r} rated nothing in {len(without)} of the recordings, which are "
            f"left out: {listed(without)}",
            GrimaceWarning,
            stacklevel=3,
        )


def _recordings(
    study: xr.DataTree | xr.Dataset, rater: str | None
) -> Iterator[tuple[Row, list[Pass]]]:
    if isinstance(study, xr.Dataset):
        yield _row_of(study), passes_of(study, rater)
        return
    for name, row in sheet_of(study).to_dict("index").items():
        source = source_of(study, str(name))
        passes = (
            source.passes(rater) if source.passes else passes_of(source.open(), rater)
        )
        yield {RECORDING: str(name), **{str(k): v for k, v in row.items()}}, passes


def _row_of(recording: xr.Dataset) -> Row:
    """Tell of a recording outside a study what it tells of itself."""
    name = Path(str(recording.attrs.get("source") or "recording")).stem
    subject = subject_of(recording) if "subject" in recording.attrs else {}
    told = {key: str(subject.get(key, "")) for key in (ANIMAL, GROUP, TIMEPOINT)}
    return {RECORDING: name, **told, ANIMAL: told[ANIMAL] or name}


def _nobody(study: xr.DataTree | xr.Dataset, rater: str | None) -> str:
    if rater is None:
        return "Nobody has scored anything in these recordings: score them first."
    nodes = [study] if isinstance(study, xr.Dataset) else study.children.values()
    labels = dict.fromkeys(r.label for node in nodes for r in raters_of(node))  # type: ignore[arg-type]
    return f"There are no scores by {rater!r}; there are raters {listed(labels)}."
