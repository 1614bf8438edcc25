"""When no examples may be shown: they would tell the answers of a test."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.teaching import learner_folder, pending_test
from napari_grimace.widgets.settings import load_settings
from napari_grimace.widgets.teach_sets import learners_folder

if TYPE_CHECKING:
    from pathlib import Path

    from napari_grimace.teaching import ReferenceSet
    from napari_grimace.widgets.desk import Desk

IN_A_TEST = "A test on this set is not finished: until it is, no examples are shown."


class Untold:
    """Tells whether who sits here has a test on a set to finish, paused or not.

    Parameters
    ----------
    desk
        Of the viewer.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked: object = None
        self._pending = False

    def __call__(self, reference: ReferenceSet | None) -> bool:
        """Whether no examples of a set may be shown."""
        lesson = self._desk.lesson
        if reference is None or lesson.testing:
            return lesson.testing
        folders = self._folders()
        # The disk is asked anew only when a lesson has begun, or has ended.
        asked = reference.pictures.hash, folders, lesson.on, id(lesson.practice)
        if asked != self._asked:
            self._asked = asked
            self._pending = any(_pending(folder, reference) for folder in folders)
        return self._pending

    def _folders(self) -> frozenset[Path]:
        """Folders of who learned here last, and of who rates here."""
        practice, rating = self._desk.lesson.practice, self._desk.hand.rating
        names = {" ".join(load_settings().rater.split())}
        if rating is not None:
            names.add(rating.rater.name)
        found = {learner_folder(learners_folder(), name) for name in names if name}
        if practice is not None:
            found.add(practice.attempt.path.parent)
        return frozenset(found)


def _pending(folder: Path, reference: ReferenceSet) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GrimaceWarning)  # told where it is learned
        try:
            return pending_test(folder, reference) is not None
        except (GrimaceError, OSError):
            return False  # nobody can go on with it either
