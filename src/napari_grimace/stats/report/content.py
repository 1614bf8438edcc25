"""What a report on a study tells, section by section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from napari_grimace.software import this_software
from napari_grimace.stats import distribution, figures, groups, reliability, sampling
from napari_grimace.stats.report.section import Section
from napari_grimace.study import (
    as_frame_scores,
    frame_scores,
    raters_in,
    scale_of,
    sheet_of,
    summarise,
)
from napari_grimace.study.names import ANIMAL, RATER, TIMEPOINT

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from napari_grimace.scales import Scale
    from napari_grimace.stats.report.choices import Choices

SIZES = (1, 2, 3, 5, 9, 15, 25, 40, 60, 75, 100, 150, 200, 250)
"""Numbers of frames of the sampling curve."""


@dataclass
class Material:
    """A study, read once, and what is asked of it; `choices` are settled."""

    study: xr.DataTree
    choices: Choices

    @cached_property
    def every(self) -> pd.DataFrame:
        """Frame scores of all raters."""
        table: pd.DataFrame = frame_scores(self.study)
        return table

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Frame scores of the rater that is compared, at all timepoints."""
        table: pd.DataFrame = as_frame_scores(self.every, self.choices.rater)
        return table

    @cached_property
    def scale(self) -> Scale:
        """The scale that was followed."""
        scale = scale_of(self.scores)
        assert scale is not None  # frame scores of a study always tell it
        return scale

    @property
    def timepoints(self) -> list[str]:
        """Timepoints of the sheet, in its order."""
        return [name for name in dict.fromkeys(sheet_of(self.study)[TIMEPOINT]) if name]


def about(material: Material) -> Section:
    """Tell what the study holds, and who scored it."""
    sheet, choices, scale = sheet_of(material.study), material.choices, material.scale
    rater = next(
        one
        for raters in raters_in(material.study).values()
        for one in raters
        if one.label == choices.rater
    )
    animals = sheet.groupby([choices.by, TIMEPOINT], sort=False)[ANIMAL].nunique()
    texts = [
        str(material.study.attrs.get("about", "")),
        f"{len(sheet)} recordings of {sheet[ANIMAL].nunique()} animals. Scores by "
        f"{rater.label} ({rater.kind}"
        + (f", learned from {rater.trained_on}" if rater.trained_on else "")
        + f") on the scale {scale.name}: {scale.title}. {scale.reference}",
        "The animal is the unit of all comparisons: each gets the mean of its frames "
        "first. A frame without enough scored units has no total, and is left out, "
        "never counted as 0.",
        f"Made with {this_software()}.",
    ]
    if "render" in rater.trained_on:
        texts.append(
            "The model learned from rendered faces, not from photographs: compare it "
            "with people on these recordings before its scores are used."
        )
    counted = animals.rename("animals").reset_index()
    return Section("The study", [t for t in texts if t], [("Animals", counted)])


def coverage(material: Material) -> Section:
    """Tell how many frames have a total, by animal."""
    found = summarise(material.scores, window=material.choices.window)
    share = found["n_used"] / found["n_frames"].where(found["n_frames"] > 0)
    few = found[share.fillna(0) < 0.1]
    texts = [
        f"On the whole {found['n_used'].sum()} of {found['n_frames'].sum()} frames "
        f"have a total; by recording {share.min():.0%} to {share.max():.0%}. Few "
        "totals mean a poor recording or an animal that looked away, not a calm one."
    ]
    if len(few):
        named = ", ".join(few["recording"])
        texts.append(f"Fewer than one frame in ten has a total in: {named}.")
    shown = _at(found, material.choices.timepoint)
    drawn = figures.draw_frames_with_all_units(shown, material.choices.by)
    words = "Frames with all units, by animal; mean with 95 % confidence interval."
    return Section("Scored frames", texts, figures=[(words, drawn)])


def compared(material: Material) -> Section:
    """Compare the groups at the timepoint."""
    choices = material.choices
    found = groups.compare_groups(
        material.scores,
        choices.outcome,
        choices.by,
        choices.control,
        timepoint=choices.timepoint,
        window=choices.window,
    )
    words = (
        "Animals, with the mean of each group and its 95 % confidence interval; "
        "p values are adjusted for the number of comparisons."
    )
    return Section(
        "Groups" + (f" at {choices.timepoint}" if choices.timepoint else ""),
        [found.methods, found.results, *found.notes],
        [
            ("Groups", found.descriptives),
            ("The test of all groups", found.overall),
            ("Pairs", found.pairwise),
            ("What the test assumes; for information", found.assumptions),
        ],
        [(words, figures.draw_group_comparison(found))],
    )


def changed(material: Material) -> Section:
    """Compare the timepoints within the groups."""
    choices = material.choices
    found = groups.compare_groups(
        material.scores, choices.outcome, choices.by, window=choices.window
    )
    words = "Animals at all timepoints; means with 95 % confidence intervals."
    tables = [("Terms of the model", found.overall), ("Pairs", found.pairwise)]
    drawn = figures.draw_repeated_measures(found)
    return Section(
        "Timepoints",
        [found.methods, found.results, *found.notes],
        tables,
        [(words, drawn)],
    )


def over_time(material: Material) -> Section:
    """Show the course within the recordings."""
    choices = material.choices
    found = distribution.time_bins(
        material.scores, by=choices.by, timepoint=choices.timepoint
    )
    words = (
        "Means in bins of 5 minutes (150 random frames of each bin), by group, with "
        "95 % confidence intervals over animals."
    )
    drawn = figures.draw_time_course(found, by=choices.by)
    return Section("Over time", figures=[(words, drawn)])


def distributed(material: Material) -> Section:
    """Show how totals are distributed, and in which states animals are."""
    choices, scores, scale = material.choices, material.scores, material.scale
    asked = {"by": choices.by, "timepoint": choices.timepoint, "window": choices.window}
    section = Section("Distribution of totals")
    section.show(
        "Share of frames at each total: mean over animals, 95 % confidence interval.",
        figures.draw_score_histogram(distribution.score_histogram(scores, **asked)),
    )
    if scale.bands:
        bands = ", ".join(f"{b.name} {b.low:g} to {b.high:g}" for b in scale.bands)
        section.show(
            f"Share of frames in each state ({bands}), by animal.",
            figures.draw_state_shares(distribution.state_shares(scores, **asked)),
        )
    section.show(
        "Most frequent combinations of unit scores.",
        figures.draw_combinations(distribution.unit_combinations(scores, **asked)),
    )
    if choices.control is not None:
        found = distribution.combination_enrichment(scores, choices.control, **asked)
        section.tell(
            f"Combinations against {choices.control}: permutation of animals, false "
            "discovery rate (the 15 smallest p).",
            found.sort_values("p").head(15),
        )
    return section


def sampled(material: Material) -> Section:
    """Tell how many frames a recording needs."""
    choices = material.choices
    error = choices.allowed_error(material.scale)
    found = sampling.sampling_inaccuracy(
        material.scores,
        SIZES,
        outcome=choices.outcome,
        window=choices.window,
        timepoint=choices.timepoint,
    )
    smallest = sampling.smallest_sample(found, error)
    words = "Error of the mean of n random frames towards the recording's own mean."
    return Section(
        "How many frames?",
        [sampling.sampling_text(found, smallest)],
        figures=[(words, figures.draw_sampling_curve(found, smallest=smallest))],
    )


def agreed(material: Material) -> Section:
    """Tell how well raters agree, where several rated the same frames."""
    section = Section("Agreement of raters")
    labels = material.every[RATER].unique()
    if len(labels) < 2:
        section.texts.append("One rater alone: there is nothing to compare.")
        return section
    found = reliability.intraclass_correlation_by_unit(material.every)
    single = found.xs("ICC2", level="form").reset_index()
    section.texts.append(
        f"Raters: {', '.join(map(str, labels))}. Agreement on frames that all of them "
        "rated, as ICC(A,1): two-way, single rater, absolute agreement."
    )
    section.tables.append(("Intraclass correlation", single))
    section.figures.append(
        (
            "Intraclass correlation of each unit and the total, with 95 % confidence "
            "intervals.",
            figures.draw_icc(found),
        )
    )
    return section


SECTIONS = (about, coverage, compared, changed, over_time, distributed, sampled, agreed)
"""What makes the sections, in order."""


def _at(table: pd.DataFrame, timepoint: str | None) -> pd.DataFrame:
    return table if timepoint is None else table[table[TIMEPOINT] == timepoint]
