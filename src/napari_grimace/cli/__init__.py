"""The command ``napari-grimace``.

Only typer and rich are loaded at the start; each command loads what it needs, so that
help and wrong options answer at once.
"""

import contextlib
import io
import sys
from typing import Annotated

import typer

from napari_grimace.cli.convert import convert
from napari_grimace.cli.demo import demo
from napari_grimace.cli.export import export
from napari_grimace.cli.info import info
from napari_grimace.cli.launch import launch
from napari_grimace.cli.models import models
from napari_grimace.cli.rate import rate
from napari_grimace.cli.recording import recording
from napari_grimace.cli.report import report
from napari_grimace.cli.score import score
from napari_grimace.cli.study import study
from napari_grimace.cli.teach import teach
from napari_grimace.cli.train import train
from napari_grimace.models.device import let_threads_sleep
from napari_grimace.software import this_software

__all__ = ["app", "main"]

app = typer.Typer(
    name="napari-grimace",
    help="Grimace scores for mice and rats from video.",
    epilog="Start with: napari-grimace demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (demo, launch, score, convert, info, models, export, report):
    app.command()(_command)
app.add_typer(rate, name="rate")
app.add_typer(recording, name="recording")
app.add_typer(study, name="study")
app.add_typer(teach, name="teach")
app.add_typer(train, name="train")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(this_software())
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version and leave.",
            callback=_show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Grimace scores for mice and rats from video."""


def main() -> None:
    """Run the command line."""
    let_threads_sleep()
    for stream in (sys.stdout, sys.stderr):
        # A Windows code page lacks many characters: show "?" rather than stop.
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError):
                stream.reconfigure(errors="replace")
    app()
