"""Tests that a learner has begun and not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.teaching.attempts import list_attempts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from napari_grimace.teaching.attempts import Attempt
    from napari_grimace.teaching.reference import ReferenceSet


def pending_test(folder: str | Path, reference: ReferenceSet) -> Attempt | None:
    """Give the test on a set with which a learner would go on.

    That is the last one, if it is not finished; what was left for another that was
    begun anew is not gone on with.

    Parameters
    ----------
    folder
        The learner's folder; it need not exist.
    reference
        The set.

    Raises
    ------
    RecordingError
        If an attempt cannot be read.
    """
    return waiting_test(list_attempts(folder, reference))


def waiting_test(attempts: Iterable[Attempt]) -> Attempt | None:
    """Give the last test among a learner's attempts on a set, if it is not finished."""
    tests = [attempt for attempt in attempts if attempt.mode == "test"]
    last = max(tests, key=lambda attempt: attempt.number, default=None)
    return None if last is None or last.finished else last
