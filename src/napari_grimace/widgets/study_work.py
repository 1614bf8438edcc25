"""What the dock "Study" does in a thread: reading, comparing, drawing, writing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from napari_grimace.stats import figures, groups, sampling
from napari_grimace.stats.report import write_study_report
from napari_grimace.stats.report.content import sample_sizes
from napari_grimace.study import (
    frame_scores,
    open_study,
    raters_in,
    recording_states,
    scale_of,
    sheet_of,
    summarise,
    unit_columns,
    write_study_table,
)
from napari_grimace.study.names import ANIMAL, RECORDING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from napari_grimace.stats.report import Choices


@dataclass
class Loaded:
    """A study that was loaded.

    Attributes
    ----------
    path
        The sample sheet, or the file of scores.
    study
        The study.
    states
        How far each recording has come; see `recording_states`.
    raters
        Labels of all raters, models first.
    trained_on
        What models learned from, each once.
    """

    path: Path
    study: xr.DataTree
    states: pd.DataFrame
    raters: list[str]
    trained_on: list[str]

    @property
    def words(self) -> str:
        """How much there is, and what the models learned from."""
        animals = self.states[ANIMAL].nunique()
        words = f"{len(self.states)} recordings of {animals} animals."
        for source in self.trained_on:
            words += f" Scores of models that learned from {source}."
        return words

    @property
    def columns(self) -> list[str]:
        """Columns of the sheet by which recordings can be grouped."""
        return [name for name in sheet_of(self.study) if name != ANIMAL]

    @property
    def units(self) -> list[str]:
        """Action units of the scale."""
        units: list[str] = unit_columns(self.scores)
        return units

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Frame scores of all raters."""
        table: pd.DataFrame = frame_scores(self.study)
        return table


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure, its title and its words."""

    title: str
    figure: Figure
    text: str


def load(path: Path, experiment: str | None) -> Loaded:
    """Open a study, and see how far its recordings have come."""
    study = open_study(path, experiment=experiment)
    found = [one for raters in raters_in(study).values() for one in raters]
    found.sort(key=lambda rater: rater.kind != "model")
    labels = list(dict.fromkeys(rater.label for rater in found))
    sources = list(dict.fromkeys(rater.trained_on for rater in found))
    return Loaded(
        path, study, recording_states(study), labels, [name for name in sources if name]
    )


def compare(loaded: Loaded, choices: Choices) -> Drawn:
    """Compare the groups, at one timepoint or within animals at all."""
    found = groups.compare_groups(
        loaded.scores,
        choices.outcome,
        choices.by,
        choices.control,
        timepoint=choices.timepoint,
        window=choices.window,
        rater=choices.rater,
    )
    draw = (
        figures.draw_group_comparison
        if found.data.within is None
        else figures.draw_repeated_measures
    )
    return Drawn(f"Groups: {choices.outcome}", draw(found).figure, str(found))


def sample(loaded: Loaded, choices: Choices) -> Drawn:
    """Draw how the mean of n sampled frames errs."""
    scale = scale_of(loaded.scores)
    assert scale is not None  # frame scores of a study always tell it
    asked = {
        "outcome": choices.outcome,
        "window": choices.window,
        "timepoint": choices.timepoint,
        "rater": choices.rater,
    }
    worth = sampling.effective_sample_size(loaded.scores, **asked)
    sizes = sample_sizes(worth["n_frames"])
    found = sampling.sampling_inaccuracy(loaded.scores, sizes, **asked)
    smallest = sampling.smallest_sample(found, choices.allowed_error(scale))
    ax = figures.draw_sampling_curve(found, smallest=smallest)
    text = sampling.sampling_text(found, smallest)
    return Drawn(f"Sampling: {choices.outcome}", ax.figure, text)


def write_tables(loaded: Loaded, choices: Choices, folder: Path) -> list[Path]:
    """Write the summary and the frame scores; give the files."""
    stem = loaded.path.stem
    tables = {
        f"{stem}_summary.csv": summarise(loaded.scores, window=choices.window),
        f"{stem}_frames.csv": loaded.scores,
        f"{stem}_recordings.csv": loaded.states.rename_axis(RECORDING).reset_index(),
    }
    for name, table in tables.items():
        write_study_table(table, folder / name)
    return [folder / name for name in tables]


def write_page(loaded: Loaded, choices: Choices, path: Path) -> Path:
    """Write the report; give the file."""
    target = path.with_suffix(".html")
    written: Path = write_study_report(loaded.study, target, choices)
    return written
