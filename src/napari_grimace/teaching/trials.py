"""Trials: which picture was shown when, and what was answered, from a journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from napari_grimace.recording.record import PAUSED, SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_grimace.recording.record import Record, Value


@dataclass(slots=True)
class Trial:
    """A picture that was shown, and what was answered.

    A picture that is shown again, because the work was interrupted, goes on with its
    trial.

    Attributes
    ----------
    picture
        Its number, from 1.
    begun
        When it was shown first, UTC.
    answers
        For each unit the last answer: a level, ``"not_scorable"`` or
        ``"region_not_found"``.
    seconds
        How long it was shown until the last answer, without pauses. A trial that was
        broken off without a pause counts until its last answer before.
    complete
        Whether all that was asked was answered.
    closed
        Whether it was left after that, for another picture or a pause: its answers
        can then not be changed any more.
    """

    picture: int
    begun: datetime
    answers: dict[str, Value] = field(default_factory=dict)
    seconds: float = 0.0
    complete: bool = False
    closed: bool = False


def trials_of(
    records: Iterable[Record], asked: Mapping[int, tuple[str, ...]]
) -> list[Trial]:
    """Give the trials that records tell of, in order.

    Parameters
    ----------
    records
        Of one learner, in the order in which they were written.
    asked
        For each picture the units that are asked.
    """
    trials: list[Trial] = []
    since: datetime | None = None  # from when on no time was counted yet
    for record in records:
        now, picture = datetime.fromisoformat(record.time), record.frame + 1
        if record.event == SHOWN:
            last = trials[-1] if trials else None
            if last is not None:
                last.closed = last.complete
            if last is None or last.picture != picture or last.complete:
                trials.append(Trial(picture, now))
            since = now
        elif trials and trials[-1].picture == picture:
            trial, whole = trials[-1], trials[-1].complete
            _take(trial, record, asked.get(picture, ()))
            # What follows the last answer is spent on looking at the right scores.
            if since is not None and (record.changes or not whole):
                trial.seconds += max(0.0, (now - since).total_seconds())
            since = now
            if record.event == PAUSED:
                since, trial.closed = None, trial.complete
    return trials


def _take(trial: Trial, record: Record, asked: tuple[str, ...]) -> None:
    for change in record.changes:
        if change.field == "score":
            trial.answers.pop(change.at, None)
            if change.new is not None:
                trial.answers[change.at] = change.new
    trial.complete = bool(asked) and set(asked) <= trial.answers.keys()
