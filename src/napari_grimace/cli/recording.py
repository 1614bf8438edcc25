"""``napari-grimace recording``: what is done to recordings as a whole."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations
from typing import Annotated

import typer

from napari_grimace.cli.console import guarded, say

recording = typer.Typer(
    help="Back recordings up, merge copies, rename raters.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@recording.callback()
def _recording() -> None:
    """Back recordings up, merge copies, rename raters."""


@recording.command()
@guarded
def backup(
    recordings: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings (NAME.grimace).", metavar="RECORDING", show_default=False
        ),
    ],
    to: Annotated[Path, typer.Option(help="The folder of the copies.")],
) -> None:
    """Copy recordings, also while people rate in them; each copy has the date.

    For example: napari-grimace recording backup *.grimace --to backups
    """
    from napari_grimace.recording import back_up

    for path in recordings:
        say(f"{path} is copied to {back_up(path, to)}")


@recording.command()
@guarded
def merge(
    first: Annotated[
        Path, typer.Argument(help="A copy (NAME.grimace).", show_default=False)
    ],
    second: Annotated[
        Path, typer.Argument(help="Another copy of it.", show_default=False)
    ],
    into: Annotated[
        Path, typer.Argument(help="The new recording.", show_default=False)
    ],
) -> None:
    """Make one recording of two copies in which people rated apart.

    Both copies stay as they are. Where the same person set one value differently in
    both, it is told, and can be decided in the window.
    """
    from napari_grimace.recording import RecordingStore, merge_folders

    made = merge_folders(first, second, into)
    say(f"{first} and {second} are merged in {made}")
    _, conflicts = RecordingStore.open(made).read_with_conflicts()
    for conflict in conflicts:
        say(f"to be decided: {conflict}")


@recording.command("rename-rater")
@guarded
def rename(
    old: Annotated[str, typer.Argument(help="The name so far.", show_default=False)],
    new: Annotated[str, typer.Argument(help="The new name.", show_default=False)],
    recordings: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings (NAME.grimace).", metavar="RECORDING", show_default=False
        ),
    ],
) -> None:
    """Give a person another name in recordings; the journals tell of both."""
    from napari_grimace.recording import rename_rater

    count = rename_rater(recordings, old, new)
    say(f"{old} is now {new} in {count} of {len(recordings)} recordings")
