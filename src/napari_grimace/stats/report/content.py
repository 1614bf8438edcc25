"""What a report on a study tells, section by section."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.software import this_software
from napari_grimace.stats import distribution, figures, groups, sampling
from napari_grimace.stats.report.agreement import agreed
from napari_grimace.stats.report.model_people import model_and_people
from napari_grimace.stats.report.section import Section
from napari_grimace.study import sheet_of, summarise
from napari_grimace.study.names import ANIMAL, TIMEPOINT

if TYPE_CHECKING:
    import pandas as pd

    from napari_grimace.stats.report.material import Material

SIZES = (1, 2, 3, 5, 9, 15, 25, 40, 60, 75, 100, 150, 200, 250)
"""Numbers of frames of the sampling curve."""

_FEW = 0.1  # share of frames with a total, below which a recording is named


def about(material: Material) -> Section:
    """Tell what the study holds, and who scored it."""
    sheet, choices, scale = sheet_of(material.study), material.choices, material.scale
    kinds = " and ".join(dict.fromkeys(one.kind for one in material.raters))
    trained = " and ".join(
        dict.fromkeys(one.trained_on for one in material.raters if one.trained_on)
    )
    texts = [
        str(material.study.attrs.get("about", "")),
        f"{len(sheet)} recordings of {sheet[ANIMAL].nunique()} animals. Scores by "
        f"{choices.rater} ({kinds}"
        + (f", trained on: {trained}" if trained else "")
        + f") on the scale {scale.name}: {scale.title}. {scale.reference}",
        f"Compared here: {choices.outcome} by {choices.by}, {material.part}.",
        "The animal is the unit of all comparisons: each gets the mean of its frames "
        "first. A frame without enough scored units has no total, and is left out, "
        "never counted as 0.",
        f"Made with {this_software()}.",
    ]
    if "render" in trained:
        texts.append(
            "The model learned from rendered faces, not from photographs: compare it "
            "with people on these recordings before its scores are used."
        )
    columns = dict.fromkeys([choices.by, *([TIMEPOINT] if material.timepoints else [])])
    counted = sheet.groupby(list(columns), sort=False)[ANIMAL].nunique()
    table = counted.rename("animals").reset_index()
    return Section("The study", [t for t in texts if t], [("Animals", table)])


def coverage(material: Material) -> Section:
    """Tell how many frames have a total, by animal."""
    found = summarise(material.scores, window=material.choices.window)
    rated, used = found["n_frames"], found["n_used"]
    share = used / rated.where(rated > 0)
    section = Section("Scored frames")
    if share.notna().any():
        section.texts.append(
            f"At all timepoints {used.sum()} of {rated.sum()} rated frames have a "
            f"total ({used.sum() / rated.sum():.0%}); by recording {share.min():.0%} "
            f"to {share.max():.0%}. Few totals mean a poor recording or an animal that "
            "looked away, not a calm one."
        )
    few = found[share < _FEW]
    if len(few):
        named = [
            f"{row['recording']} ({row['n_used']} of {row['n_frames']})"
            for row in few.to_dict("records")
        ]
        section.texts.append(
            f"Fewer than {_FEW:.0%} of the frames have a total in: {', '.join(named)}. "
            "Their means are of few frames and count as much as others: look at these "
            "recordings, and decide without looking at the scores whether they stay."
        )
    without = found.loc[rated == 0, "recording"]
    if len(without):
        section.texts.append(f"No frame was rated in: {', '.join(without)}.")
    if share.notna().any():
        section.show(
            f"Frames with all units, by animal ({material.part}); mean with 95 % "
            "confidence interval.",
            figures.draw_frames_with_all_units(
                _at(found, material.choices.timepoint), material.choices.by
            ),
        )
    return section


def compared(material: Material) -> Section:
    """Compare the groups at the timepoint."""
    choices, at = material.choices, material.choices.timepoint
    found = groups.compare_groups(
        material.scores,
        choices.outcome,
        choices.by,
        choices.control,
        timepoint=at,
        window=choices.window,
    )
    section = Section("Groups" + (f" at {at}" if at else ""))
    others = [name for name in material.timepoints if name != at]
    if others:
        section.texts.append(
            f"Compared at {at}; there are also {', '.join(others)} (on the command "
            "line --timepoint)."
        )
    section.texts += [found.methods, found.results, *found.notes]
    section.tell("Groups", found.descriptives)
    section.tell("The test of all groups", found.overall)
    section.tell("Pairs", _short(found.pairwise))
    section.tell("What the test assumes; for information", found.assumptions)
    section.show(
        "Animals, with the mean of each group and its 95 % confidence interval; p "
        "values are adjusted for the number of comparisons.",
        figures.draw_group_comparison(found),
    )
    return section


def changed(material: Material) -> Section:
    """Compare the timepoints within the groups."""
    choices, section = material.choices, Section("Timepoints")
    if len(material.timepoints) < 2:
        section.texts.append("The animals were recorded at one timepoint only.")
        return section
    several = sheet_of(material.study)[choices.by].nunique() > 1
    found = groups.compare_groups(
        material.scores,
        choices.outcome,
        choices.by,
        choices.control if several else None,
        window=choices.window,
    )
    section.texts += [found.methods, found.results, *found.notes]
    section.tell("Terms of the model", found.overall)
    section.tell("Pairs", _short(found.pairwise))
    section.show(
        "Animals at all timepoints; means with 95 % confidence intervals.",
        figures.draw_repeated_measures(found),
    )
    return section


def over_time(material: Material) -> Section:
    """Show the course within the recordings."""
    choices, scores, section = material.choices, material.scores, Section("Over time")
    asked = {"by": choices.by, "timepoint": choices.timepoint}
    at = f", at {choices.timepoint}" if choices.timepoint else ""
    section.show(
        "Mean totals of the whole recordings in bins of 5 minutes (150 random frames "
        f"of each){at}, by {choices.by}, with 95 % confidence intervals over animals, "
        "for each bin by itself.",
        figures.draw_time_course(
            distribution.time_bins(scores, **asked), by=choices.by
        ),
    )
    if material.scale.bands:
        found = distribution.bouts(scores, **asked)
        section.tell(
            "Bouts in each state: medians of each animal (s), averaged over animals. A "
            "gap in the scores ends a bout unseen, which the median accounts for.",
            distribution.group_means(
                distribution.dwell_times(found), "median", [choices.by, "state"]
            ),
        )
    return section


def distributed(material: Material) -> Section:
    """Show how totals are distributed, and in which states animals are."""
    choices, scores, scale = material.choices, material.scores, material.scale
    by = choices.by
    asked = {"by": by, "timepoint": choices.timepoint, "window": choices.window}
    section = Section("Distribution of totals")
    section.show(
        f"Share of frames at each total ({material.part}): mean over animals, 95 % "
        "confidence interval.",
        figures.draw_score_histogram(
            distribution.score_histogram(scores, **asked), by=by
        ),
    )
    if scale.bands:
        bands = ", ".join(f"{b.name} {b.low:g} to {b.high:g}" for b in scale.bands)
        section.show(
            f"Share of frames in each state ({bands}), by animal.",
            figures.draw_state_shares(
                distribution.state_shares(scores, **asked), by=by
            ),
        )
    shape = distribution.score_shape(scores, **asked)
    for measure in ("skewness", "kurtosis"):
        section.show(
            f"The {measure} of each animal's totals.",
            figures.draw_shape(shape, measure, by=by),
        )
    return section


def combined(material: Material) -> Section:
    """Show which combinations of unit scores are behind the totals."""
    choices, scores = material.choices, material.scores
    by = choices.by
    asked = {"by": by, "timepoint": choices.timepoint, "window": choices.window}
    section = Section("Combinations of unit scores")
    found = distribution.unit_combinations(scores, **asked)
    order = "-".join(found.attrs["order"])
    section.show(
        f"The most frequent combinations ({order}), of frames with all units, by "
        "animal.",
        figures.draw_combinations(found, by=by),
    )
    if choices.control is not None:
        found = distribution.combination_enrichment(scores, choices.control, **asked)
        found = found.sort_values("p", kind="stable").head(15)
        section.tell(
            f"Combinations ({order}) against {choices.control}: the 15 smallest p of "
            "permutations of animals; p_adjusted is by the false discovery rate.",
            found.drop(columns=["reference", "n_permutations", "exact"]),
        )
    return section


def sampled(material: Material) -> Section:
    """Tell how many frames a recording needs."""
    choices, scores = material.choices, material.scores
    asked = {
        "outcome": choices.outcome,
        "window": choices.window,
        "timepoint": choices.timepoint,
    }
    worth = sampling.effective_sample_size(scores, **asked)
    with warnings.catch_warnings():  # the text names what is left out
        warnings.simplefilter("ignore", GrimaceWarning)
        sizes = sample_sizes(worth["n_frames"])
        found = sampling.sampling_inaccuracy(scores, sizes, **asked)
    error = choices.allowed_error(material.scale)
    smallest = sampling.smallest_sample(found, error)
    section = Section("How many frames?", [sampling.sampling_text(found, smallest)])
    section.texts.append(
        "Frames that follow each other are alike: the frames of a recording tell as "
        f"much of the animal's mean as {worth['effective_n'].median():.0f} independent "
        f"ones would (median; {worth['effective_n'].min():.0f} to "
        f"{worth['effective_n'].max():.0f})."
    )
    section.show(
        "Error of the mean of n random frames towards the recording's own mean "
        f"({material.part}). PainFace took 75 frames in 10 minutes.",
        figures.draw_sampling_curve(found, smallest=smallest),
    )
    return section


def sample_sizes(n_frames: pd.Series[int]) -> list[int]:
    """Choose sizes of samples of which three of four recordings have twice as many.

    Recordings with few scored frames are not as others: a curve without them would be
    of the better recordings alone.

    Parameters
    ----------
    n_frames
        (recording): frames with a score.

    Raises
    ------
    GrimaceError
        If that leaves fewer than three sizes.
    """
    most = float(np.quantile(n_frames, 0.25)) / 2
    sizes = [n for n in SIZES if n <= most]
    if len(sizes) < 3:
        raise GrimaceError(
            f"The recordings have {n_frames.min()} to {n_frames.max()} scored frames, "
            "too few to draw samples from."
        )
    return sizes


SECTIONS = {
    "The study": about,
    "Scored frames": coverage,
    "Groups": compared,
    "Timepoints": changed,
    "Over time": over_time,
    "Distribution of totals": distributed,
    "Combinations of unit scores": combined,
    "How many frames?": sampled,
    "Agreement of raters": agreed,
    "The model and people": model_and_people,
}
"""What makes the sections, in order, by the heading of each."""


def _at(table: pd.DataFrame, timepoint: str | None) -> pd.DataFrame:
    return table if timepoint is None else table[table[TIMEPOINT] == timepoint]


def _short(pairs: pd.DataFrame) -> pd.DataFrame:
    """Leave out what the text tells, and p values that are not adjusted."""
    return pairs.drop(columns=["symbol", "p", "method", "effect_name"], errors="ignore")
