"""When no examples may be shown: they would tell the answers of a test."""

from __future__ import annotations

import re
import time
import warnings
from typing import TYPE_CHECKING

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.teaching import learner_folder
from napari_grimace.teaching.attempts import DamagedAttemptError, read_attempt
from napari_grimace.teaching.pending import waiting_test
from napari_grimace.widgets.teach_sets import learners_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from napari_grimace.teaching import Attempt, ReferenceSet
    from napari_grimace.widgets.desk import Desk

IN_A_TEST = "A test on this set is not finished: until it is, no examples are shown."
OF_OTHERS = "{} test on this set is not finished: until it is, no examples are shown."
UNREADABLE = "No examples are shown, for a test on this set cannot be read: {}"
_NOT_THERE = (FileNotFoundError, NotADirectoryError)
_ASK_EVERY = 2.0  # s: tests also begin and end in other windows


class Untold:
    """Tells why no examples of a set may be shown: a test on it, paused or not.

    In a lesson the learner's tests count; while somebody rates, that person's, and
    those of who learned in this window. While nobody does, nobody knows who looks, and
    all learners' tests count.

    Parameters
    ----------
    desk
        Of the viewer.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked: object = None
        self._until = 0.0
        self._why = ""

    def __call__(self, reference: ReferenceSet | None) -> str:
        """Give the reason, in words; nothing where examples may be shown."""
        lesson, rating = self._desk.lesson, self._desk.hand.rating
        if lesson.testing:
            return IN_A_TEST
        if reference is None:
            return ""
        rater = "" if rating is None else rating.rater.name
        who = rater, lesson.on, lesson.practice, learners_folder()
        asked = reference.pictures.hash, *who
        if asked != self._asked or time.monotonic() >= self._until:
            self._why = self._ask(reference, rater)
            self._asked, self._until = asked, time.monotonic() + _ASK_EVERY
        return self._why

    def _ask(self, reference: ReferenceSet, rater: str) -> str:
        practice = self._desk.lesson.practice
        here = rater or ("" if practice is None else practice.attempt.learner)
        try:
            tests = (_test_in(one, reference) for one in self._folders(rater))
            names = {test.learner for test in tests if test is not None}
        except (GrimaceError, OSError) as error:
            return UNREADABLE.format(error)
        if names <= {here}:
            return IN_A_TEST if names else ""
        return OF_OTHERS.format(" and ".join(f"{name}'s" for name in sorted(names)))

    def _folders(self, rater: str) -> set[Path]:
        """Folders of the learners whose tests count."""
        lesson, usual = self._desk.lesson, learners_folder()
        own = None if lesson.practice is None else lesson.practice.attempt.path.parent
        found = set() if own is None else {own}
        if lesson.on:
            return found
        if rater:
            return found | {learner_folder(usual, rater)}
        roots = {usual} if own is None else {usual, own.parent}
        return found.union(*map(_inside, roots))


def _test_in(folder: Path, reference: ReferenceSet) -> Attempt | None:
    """Give the test on a set that waits in a learner's folder, if any.

    Practices are not read: there may be many.
    """
    name = re.compile(rf"{reference.short_hash}-test-\d+\.grimace")
    paths = (path for path in _inside(folder) if name.fullmatch(path.name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GrimaceWarning)  # told where it is learned
        tests = [one for one in map(_read, paths) if one is not None]
    same = [one for one in tests if one.set_hash == reference.pictures.hash]
    return waiting_test(same)


def _read(path: Path) -> Attempt | None:
    """Read an attempt; one that is damaged is none, for nobody can go on with it.

    Raises
    ------
    GrimaceError
        If it cannot be read just now.
    """
    try:
        return read_attempt(path)
    except DamagedAttemptError:
        return None


def _inside(folder: Path) -> Iterable[Path]:
    """Give what lies in a folder; nothing where it is none, or another account's."""
    try:
        return list(folder.iterdir())
    except (*_NOT_THERE, PermissionError):
        return []
