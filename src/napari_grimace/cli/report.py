"""``napari-grimace report``: a study on one page."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads it
from typing import Annotated

import typer

from napari_grimace.cli.console import follow, guarded, say
from napari_grimace.cli.options import RaterOption  # noqa: TC001  typer reads it
from napari_grimace.cli.study import (
    BuildsOption,
    ExperimentOption,
    StudyArgument,
    TableScaleOption,
    WindowOption,
    opened_study,
    window_of,
)


@guarded
def report(
    path: StudyArgument,
    output: Annotated[
        Path | None,
        typer.Argument(
            help="The html file to write; by default STUDY_report.html.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        str, typer.Option(help="Column of the sheet that tells the groups.")
    ] = "group",
    control: Annotated[
        str | None, typer.Option(help="Group that all others are compared with.")
    ] = None,
    timepoint: Annotated[
        str | None, typer.Option(help="Timepoint to compare; by default the last.")
    ] = None,
    outcome: Annotated[
        str, typer.Option(help="total, or an action unit such as orbital.")
    ] = "total",
    window: WindowOption = None,
    rater: RaterOption = None,
    error: Annotated[
        float | None,
        typer.Option(
            help="Error that a mean of sampled frames may have, in points; by default "
            "a sixteenth of the highest total."
        ),
    ] = None,
    experiment: ExperimentOption = None,
    scale: TableScaleOption = None,
    allow_mixed_builds: BuildsOption = False,
) -> None:
    """Write a report on a study: groups, distributions, sampling and raters.

    It is one HTML file that opens in any browser, with text for a methods section. For
    example: napari-grimace report study.csv --control sham --window 600
    """
    times = window_of(window)
    study = opened_study(path, experiment, scale, allow_mixed_builds)
    from napari_grimace.stats.report import Choices, iter_write_study_report

    choices = Choices(rater, outcome, by, control, timepoint, times, error)
    target = output or path.with_name(f"{path.stem}_report.html")
    say(f"written: {follow(iter_write_study_report(study, target, choices), 'report')}")
