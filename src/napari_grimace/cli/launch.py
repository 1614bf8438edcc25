"""``napari-grimace launch``: the window."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from napari_grimace.cli.console import guarded


@guarded
def launch(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Videos and recordings to open.", metavar="PATH", show_default=False
        ),
    ] = None,
) -> None:
    """Open napari, with videos and recordings, to look at boxes, scores and time."""
    show(paths or [])


def show(paths: list[Path]) -> None:
    """Open the window; give back when it is closed.

    Raises
    ------
    GrimaceError
        If there is no Qt, or no screen.
    """
    from napari_grimace.errors import GrimaceError

    _check_screen()
    try:
        from napari_grimace.widgets.launch import launch as open_window
    except ImportError as error:
        raise GrimaceError(
            f"The window needs napari with Qt ({error}). Install it with "
            'pip install "napari-grimace[all]".'
        ) from error
    open_window(paths)


def _check_screen() -> None:
    """Qt ends the whole program where there is none: say so before."""
    from napari_grimace.errors import GrimaceError

    told = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(map(os.environ.get, told)):
        raise GrimaceError(
            "The window needs a screen, and this machine has none (DISPLAY is not "
            "set). Run this at the machine itself, or with ssh -X."
        )
