"""``napari-grimace study``: many recordings, and what a sample sheet tells of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_grimace.cli.console import guarded, say, show_table
from napari_grimace.cli.options import RaterOption  # noqa: TC001  typer reads it

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from napari_grimace.recording import Rater

study = typer.Typer(
    help="Check, summarise and pack the recordings of a study.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

StudyArgument = Annotated[
    Path,
    typer.Argument(
        help="A sample sheet or a table of scores (csv, tsv, xlsx), or a packed study "
        "(nc).",
        metavar="STUDY",
        show_default=False,
    ),
]
ExperimentOption = Annotated[
    str | None, typer.Option(help="Which experiment, where there are several.")
]
TableScaleOption = Annotated[
    str | None,
    typer.Option("--scale", "-s", help="Scale of a table that does not name it."),
]
WindowOption = Annotated[
    str | None,
    typer.Option(
        help="Only this part, in s from the video's start: 600 for the first ten "
        "minutes, or 600-1200.",
        metavar="SECONDS",
    ),
]
BuildsOption = Annotated[
    bool,
    typer.Option("--allow-mixed-builds", help="Scores of different model builds too."),
]


@study.callback()
def _study() -> None:
    """Check, summarise and pack the recordings of a study."""


@study.command()
@guarded
def check(
    path: StudyArgument,
    experiment: ExperimentOption = None,
    scale: TableScaleOption = None,
    allow_mixed_builds: BuildsOption = False,
) -> None:
    """Look for faults, and tell which animals and raters there are.

    A sample sheet has a row for each recording: columns path, animal, group, and where
    they are of use timepoint, roi (chamber of the video), sex, dose, ...
    """
    opened = opened_study(path, experiment, scale, allow_mixed_builds)
    from napari_grimace.study import raters_in, sheet_of

    sheet = sheet_of(opened)
    say(
        f"{path.name}: {len(sheet)} recordings of {sheet['animal'].nunique()} animals, "
        f"scale {opened.attrs['scale'] or 'not known yet'}"
    )
    further = [name for name in sheet if name not in ("animal", "group", "timepoint")]
    if further:
        say(f"  further columns: {', '.join(further)}")
    _show_animals(sheet)
    raters = raters_in(opened)
    rows = _raters(raters)
    if rows:
        show_table("Raters", ("rater", "kind", "recordings"), rows)
    for note in _notes(sheet, raters):
        say(note)


@study.command()
@guarded
def summary(
    path: StudyArgument,
    output: Annotated[
        Path, typer.Argument(help="The csv file to write.", show_default=False)
    ],
    window: WindowOption = None,
    bins: Annotated[
        float | None, typer.Option(help="A row for every so many s.")
    ] = None,
    rater: RaterOption = None,
    experiment: ExperimentOption = None,
    frames: Annotated[
        bool, typer.Option("--frames", help="A row for every frame instead.")
    ] = False,
    scale: TableScaleOption = None,
    allow_mixed_builds: BuildsOption = False,
) -> None:
    """Write a table with a row for each recording and rater.

    It tells the mean total of the frames that meet the scale's unit rule, the mean of
    each unit, how many frames were used, and in what share of the frames all units were
    scored. For example: napari-grimace study summary study.csv means.csv --window 600
    """
    if frames and (window is not None or bins is not None):
        raise typer.BadParameter("--frames goes with neither --window nor --bins")
    if output.exists() and output.samefile(path):
        raise typer.BadParameter(
            f"{output} is the study itself: choose another name for the table"
        )
    times = window_of(window)
    opened = opened_study(path, experiment, scale, allow_mixed_builds)
    from napari_grimace.study import frame_scores, summarise, write_study_table

    if frames:
        table = frame_scores(opened, rater=rater)
    else:
        table = summarise(opened, rater=rater, window=times, bins=bins)
    write_study_table(table, output)
    say(f"{output}: {len(table)} rows, {table['recording'].nunique()} recordings")


@study.command()
@guarded
def pack(
    path: StudyArgument,
    output: Annotated[
        Path, typer.Argument(help="The nc file to write.", show_default=False)
    ],
    experiment: ExperimentOption = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the experiment in the file, whose others are then kept."
        ),
    ] = None,
    scale: TableScaleOption = None,
    allow_mixed_builds: BuildsOption = False,
) -> None:
    """Pack all scores of a study into one netCDF file, to keep or to pass on.

    Boxes, probabilities and image quality stay in the recordings.
    """
    opened = opened_study(path, experiment, scale, allow_mixed_builds)
    from napari_grimace.study import save_study

    save_study(opened, output, experiment=name)
    say(f"{output}: scores of {len(opened.children)} recordings")


def opened_study(
    path: Path, experiment: str | None, scale: str | None, allow_mixed_builds: bool
) -> xr.DataTree:
    """Open the study that a command line names."""
    from napari_grimace.study import open_study

    opened: xr.DataTree = open_study(
        path,
        experiment=experiment,
        scale=scale,
        allow_mixed_builds=allow_mixed_builds,
    )
    return opened


def _show_animals(sheet: pd.DataFrame) -> None:
    """Show how many animals each group has at each timepoint."""
    counts = sheet.groupby(["group", "timepoint"], sort=False)["animal"].nunique()
    wide = counts.unstack(fill_value=0)
    timepoints = [str(each) or "animals" for each in wide.columns]
    rows = [
        (str(group) or "(no group)", *map(str, numbers))
        for group, numbers in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    show_table("Animals", ("group", *timepoints), rows)


def _raters(raters: dict[str, list[Rater]]) -> list[tuple[str, str, str]]:
    found = [(each.label, each.kind) for of in raters.values() for each in of]
    return [
        (label, kind, f"{found.count((label, kind))} of {len(raters)}")
        for label, kind in dict.fromkeys(found)
    ]


def _notes(sheet: pd.DataFrame, raters: dict[str, list[Rater]]) -> list[str]:
    """Say what may be as it should be, or may not."""
    groups = sheet.groupby("animal")["group"].nunique()
    notes = [
        f"animal {animal} is in several groups: right in a crossover study alone"
        for animal in groups.index[groups > 1]
    ]
    return notes + [
        f"{name}: nobody has scored it yet" for name, of in raters.items() if not of
    ]


def window_of(text: str | None) -> tuple[float, float] | None:
    """Read the option ``--window``; None where it is not given.

    Raises
    ------
    BadParameter
        If it is no part of a recording.
    """
    if text is None:
        return None
    form = re.fullmatch(r"(?:(\d+\.?\d*)-)?(\d+\.?\d*)", text.strip())
    if form is None:
        raise typer.BadParameter(
            f"{text!r} is no part of a recording: write 600 or 600-1200, in s",
            param_hint="--window",
        )
    return float(form[1] or 0), float(form[2])
