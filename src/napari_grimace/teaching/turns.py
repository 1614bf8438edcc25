"""Whose turn it is: the next picture of a practice or a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.teaching.feedback import feedback_on
from napari_grimace.teaching.leitner import next_picture

if TYPE_CHECKING:
    from napari_grimace.teaching.attempts import Attempt
    from napari_grimace.teaching.reference import ReferenceSet


def history(reference: ReferenceSet, attempt: Attempt) -> list[tuple[int, bool]]:
    """Give the pictures that were answered wholly, in order, and whether rightly."""
    return [
        (trial.picture, feedback_on(reference, trial.picture, trial.answers).right)
        for trial in attempt.trials
        if trial.complete
    ]


def choose_picture(
    reference: ReferenceSet, attempt: Attempt, *, but: int | None = None
) -> int | None:
    """Choose what to show next.

    A picture that was left open is shown again. Else a test goes on in its random
    order, with what was skipped at the end; a practice follows
    `leitner.next_picture`.

    Parameters
    ----------
    reference, attempt
        The set, and what was answered so far.
    but
        A picture that is shown only if there is no other.

    Returns
    -------
    int or None
        The picture's number; None when the attempt is finished.
    """
    trials = attempt.trials
    if trials and not trials[-1].complete and trials[-1].picture != but:
        return trials[-1].picture
    rng = np.random.default_rng(attempt.seed)
    order = rng.permutation(sorted(attempt.asked)).tolist()
    others = [number for number in order if number != but]
    skipped = [trial.picture for trial in trials if not trial.complete]
    if attempt.mode == "test":
        left = [number for number in others if number not in attempt.answered]
        chosen = min(left, key=skipped.count, default=None)
    else:
        answered = [told for told in history(reference, attempt) if told[0] != but]
        chosen = next_picture(others, answered, skipped)
    return but if chosen is None else chosen
