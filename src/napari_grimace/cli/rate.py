"""``napari-grimace rate``: blind rating, and scores of people from spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_grimace.cli.console import follow, guarded, say, show_table

if TYPE_CHECKING:
    from napari_grimace.rating import BlindSet, Copied
    from napari_grimace.recording import Rater

rate = typer.Typer(
    help="Rate blind, and bring people's scores in.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

SetArgument = Annotated[
    Path,
    typer.Argument(help="A blind set (NAME.blind).", metavar="SET", show_default=False),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", help="The set's key; by default beside the set."),
]


@rate.callback()
def _rate() -> None:
    """Rate blind, and bring people's scores in."""


@rate.command()
@guarded
def build(
    blind: SetArgument,
    recordings: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings (NAME.grimace).", metavar="RECORDING", show_default=False
        ),
    ],
    per_recording: Annotated[
        int | None, typer.Option(min=1, help="So many frames from each recording.")
    ] = None,
    per_bin: Annotated[
        int | None, typer.Option(min=1, help="So many frames from each time bin.")
    ] = None,
    bin_seconds: Annotated[float, typer.Option(help="Length of a time bin.")] = 180.0,
    repeats: Annotated[
        float,
        typer.Option(help="Share of the pictures that is shown twice, 0 to 1."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same set.")] = 0,
    key: KeyOption = None,
    title: Annotated[str, typer.Option(help="What the set is called.")] = "",
    scale: Annotated[
        str | None, typer.Option("--scale", "-s", help="Scale; else the model's.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model to go by, where there are several.")
    ] = None,
    units: Annotated[
        int | None, typer.Option(min=1, help="Units that must be seen; else all.")
    ] = None,
    margin: Annotated[
        float, typer.Option(help="Surround of the face, as a share of its side.")
    ] = 0.25,
    size: Annotated[int, typer.Option(min=16, help="Side of the pictures, px.")] = 512,
) -> None:
    """Make a blind set: faces from many recordings, without names, in random order.

    Without --per-recording and --per-bin, one random frame in which the animal faces
    the camera is taken from every 3 minutes. For example: napari-grimace rate build
    study.blind *.grimace --per-recording 5 --repeats 0.2
    """
    from napari_grimace.rating import BlindSpec, iter_build_blind_set, key_path

    spec = BlindSpec(
        per_recording=per_recording,
        per_bin=per_bin,
        bin_seconds=bin_seconds,
        repeats=repeats,
        seed=seed,
        title=title,
        scale=scale,
        model=model,
        units=units,
        margin=margin,
        size=size,
    )
    place = key or key_path(blind)
    made = follow(iter_build_blind_set(blind, recordings, spec, place), blind.name)
    say(f"{made.path}: {made.count} pictures, to be rated on {made.scale.name}")
    say(f"key: {place} (keep it from the raters)")


@rate.command()
@guarded
def sheet(
    blind: SetArgument,
    output: Annotated[
        Path,
        typer.Argument(
            help="Folder for pictures and ratings.xlsx, or NAME.xlsx for the sheet.",
            show_default=False,
        ),
    ],
) -> None:
    """Write pictures and a spreadsheet for a rater without napari."""
    from napari_grimace.rating import export_blind_sheet

    say(f"written: {export_blind_sheet(blind, output)}")


@rate.command("read-sheet")
@guarded
def read_sheet(
    blind: SetArgument,
    file: Annotated[Path, typer.Argument(help="The xlsx file.", show_default=False)],
    rater: Annotated[
        str | None, typer.Option(help="Who rated, if the sheet does not tell.")
    ] = None,
) -> None:
    """Read a sheet that a rater has filled in."""
    from napari_grimace.rating import import_blind_sheet

    written = import_blind_sheet(blind, file, rater)
    say(f"{file.name}: {written} values written to {blind}")


@rate.command()
@guarded
def status(blind: SetArgument) -> None:
    """Tell how far the raters of a blind set are."""
    from napari_grimace.rating import open_blind_set

    opened = open_blind_set(blind, check=True)
    say(f"{blind.name}: {opened.count} pictures, to be rated on {opened.scale.name}")
    rows = [_progress(opened, rater) for rater in opened.raters]
    if rows:
        header = ("rater", "pictures done", "median time each", "contradictions")
        show_table("Raters", header, rows)
    else:
        say("  nobody has begun")


def _progress(opened: BlindSet, rater: Rater) -> tuple[str, ...]:
    from statistics import median

    from napari_grimace.rating import progress, viewing_times

    done, total = progress(opened, rater)
    told = opened.store.read_person(rater)
    times = viewing_times(told.journals).values()
    each = f"{median(times):.1f} s" if times else "-"
    return rater.label, f"{done} of {total}", each, str(len(told.conflicts))


@rate.command()
@guarded
def finish(
    blind: SetArgument,
    key: KeyOption = None,
    rater: Annotated[
        list[str] | None, typer.Option(help="Only this rater; can be repeated.")
    ] = None,
    recordings: Annotated[
        list[Path] | None,
        typer.Option(
            "--recordings",
            help="Where the recordings are, if they were moved: a recording, or a "
            "folder of them; can be repeated.",
        ),
    ] = None,
) -> None:
    """Copy blind ratings into the recordings that the pictures came from."""
    from napari_grimace.rating import finish_blind_set, key_path

    place = key or key_path(blind)
    results = finish_blind_set(blind, place, raters=rater, recordings=recordings)
    header = ("recording", "rater", "pictures", "unfinished", "values written")
    if results:
        show_table("Copied", header, [_copied(result) for result in results])
    else:
        say(f"{blind.name}: nothing is rated yet")
    for result in results:
        for problem in _problems(result):
            say(problem)


def _copied(result: Copied) -> tuple[str, ...]:
    numbers = (result.pictures, len(result.unfinished), result.written)
    return result.recording.name, result.rater.label, *map(str, numbers)


def _problems(result: Copied) -> list[str]:
    where = f"{result.recording.name}, {result.rater.label}"
    problems = [
        f"{where}: changed in the recording since, and left so: {clash}"
        for clash in result.clashes
    ]
    return problems + [
        f"{where}: picture {picture} was rated in two ways at two desks; settle it in "
        "the blind set, then finish again"
        for picture in result.unsettled
    ]


@rate.command("import")
@guarded
def import_(
    recording: Annotated[
        Path, typer.Argument(help="A recording (NAME.grimace).", show_default=False)
    ],
    table: Annotated[
        Path, typer.Argument(help="An xlsx, csv or tsv file.", show_default=False)
    ],
    rater: Annotated[str, typer.Option(help="Who scored.", show_default=False)],
    scale: Annotated[
        str | None, typer.Option("--scale", "-s", help="Scale; else the recording's.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Sheet, where several hold scores.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="A column of another name, such as orbital=Auge or frame=Bild; can be "
            "repeated.",
            metavar="WHAT=HEADER",
        ),
    ] = None,
) -> None:
    """Bring a person's scores from an old spreadsheet into a recording."""
    from napari_grimace.exchange import import_scores

    columns = dict(map(_column, column or []))
    result = import_scores(
        recording, table, rater, scale=scale, sheet=sheet, columns=columns
    )
    say(f"{table.name}: {result}")


def _column(text: str) -> tuple[str, str]:
    what, found, header = text.partition("=")
    if not (what.strip() and found and header.strip()):
        raise typer.BadParameter(
            f"{text!r} is not WHAT=HEADER: write for example orbital=Auge",
            param_hint="--column",
        )
    return what.strip(), header.strip()
