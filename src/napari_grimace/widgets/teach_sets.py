"""Which reference set is learned from, and where learners' attempts are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt

from napari_grimace.errors import GrimaceError
from napari_grimace.teaching import open_reference, sample_course
from napari_grimace.widgets.choices import ChoiceOrOwn
from napari_grimace.widgets.settings import load_settings
from napari_grimace.widgets.worker import warnings_shown

if TYPE_CHECKING:
    from napari_grimace.teaching import ReferenceSet

COURSE = ""
"""In the place of a path: the course that ships."""


def learners_folder() -> Path:
    """Give the folder of all learners, if none is chosen."""
    chosen = load_settings().learners
    return Path(chosen) if chosen else Path.home() / "napari-grimace" / "learners"


def own_examples() -> Path:
    """Give the set of a lab's own examples, if none is chosen."""
    chosen = load_settings().examples
    usual = Path.home() / "napari-grimace" / "examples.reference"
    return Path(chosen) if chosen else usual


def typed_path(value: object, otherwise: Path) -> Path:
    """Give the path that a field holds.

    Parameters
    ----------
    value
        What the field says; a relative path begins at the user's home, for nobody knows
        where napari was started.
    otherwise
        The path where it says nothing.

    Raises
    ------
    GrimaceError
        If it begins with ``~NAME``, and there is no such user.
    """
    typed = str(value)
    if typed in ("", "."):
        return otherwise
    try:
        return Path.home() / Path(typed).expanduser()
    except RuntimeError as error:
        raise GrimaceError(f"{typed}: there is no such user here.") from error


def set_choice() -> ChoiceOrOwn:
    """Make a choice among the course that ships and sets of one's own.

    Its value is the set's path, or `COURSE`.
    """
    return ChoiceOrOwn(
        [("shipped course (rendered faces)", COURSE)],
        "own set ...",
        _ask,
        label="Set",
        tooltip="Pictures with known scores: the course that ships, or a folder "
        "NAME.reference that was built from recordings which experts rated.",
    )


def offer_set(choice: ChoiceOrOwn, path: Path) -> None:
    """Offer a set of one's own, and choose it."""
    if choice.value != str(path):
        choice.add(path.stem, str(path))


def open_chosen(choice: ChoiceOrOwn) -> ReferenceSet:
    """Open the set that is chosen.

    Raises
    ------
    GrimaceError
        If it cannot be read.
    """
    path = Path(choice.value) if choice.value != COURSE else sample_course()
    with warnings_shown():
        opened: ReferenceSet = open_reference(path)
    return opened


def _ask() -> tuple[str, str] | None:
    place = qt.QFileDialog.getExistingDirectory(None, "Reference set (NAME.reference)")
    return (Path(place).stem, place) if place else None
