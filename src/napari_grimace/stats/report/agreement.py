"""What a report tells of how raters agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.stats import figures, reliability
from napari_grimace.stats.report.section import Section
from napari_grimace.study import raters_in
from napari_grimace.study.names import FRAME, RATER, RECORDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr

    from napari_grimace.stats.report.material import Material

_N_RESAMPLES = 1000


def agreed(material: Material) -> Section:
    """Tell how well people agree with each other, and the model with them."""
    section = Section("Agreement of raters")
    people = first_passes(material.study)
    _add(section, material.every, people, "The people")
    # Where people agreed on scores before, their consensus stands for them.
    others = people or first_passes(material.study, "consensus")
    model = next((one.label for one in material.raters if one.kind == "model"), "")
    if model:
        who = "the people" if people else "consensus"
        _add(section, material.every, [model, *others], f"{model} and {who}")
    if not section.tables:
        section.texts.append(
            "No two raters scored the same frames: there is nothing to compare."
        )
    return section


def first_passes(study: xr.DataTree, kind: str = "person") -> list[str]:
    """Label the people who rated, each by the first of several passes."""
    people = [
        rater
        for raters in raters_in(study).values()
        for rater in raters
        if rater.kind == kind
    ]
    first: dict[str, tuple[int, str]] = {}
    for rater in people:
        known = first.setdefault(rater.name, (rater.occasion, rater.label))
        first[rater.name] = min(known, (rater.occasion, rater.label))
    return [label for _, label in first.values()]


def _add(
    section: Section, scores: pd.DataFrame, labels: Sequence[str], who: str
) -> None:
    """Add the intraclass correlations on the frames that all of them rated."""
    shared = _shared(scores, labels)
    if len(labels) < 2 or shared.empty:
        return
    found = reliability.intraclass_correlation_by_unit(
        shared, labels, n_resamples=_N_RESAMPLES
    )
    frames = len(shared[[RECORDING, FRAME]].drop_duplicates())
    section.texts.append(
        f"{who} ({', '.join(labels)}) on {frames} frames that all of them rated: "
        "ICC(A,1), a single rater, and ICC(A,k), the mean of all of them; two-way "
        "random, absolute agreement; intervals by bootstrap of animals "
        f"({_N_RESAMPLES} resamples)."
    )
    names = {"mcgraw_wong": "form", "n_targets": "n_frames"}
    columns = ["unit", *names, "n_raters", "estimate", "ci_low", "ci_high"]
    told = found.loc[(slice(None), ["ICC2", "ICC2k"]), :]
    told = told.reset_index("unit")[[*columns, "reason", "note"]]
    section.tell(f"Intraclass correlation: {who}", told.rename(columns=names))
    section.show(
        f"{who}: intraclass correlation (ICC2 is ICC(A,1), ICC2k is ICC(A,k)) with "
        "95 % confidence intervals. The shaded ranges are Koo and Li's convention.",
        figures.draw_icc(found),
    )


def _shared(scores: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Take the frames that all of the raters rated."""
    theirs = scores[scores[RATER].isin(labels)]
    raters = theirs.groupby([RECORDING, FRAME])[RATER].transform("nunique")
    return theirs[raters == len(labels)]
