"""Practice and tests on a reference set, without a window.

In a practice the right scores are told after each picture, and what was missed comes
back soon (`leitner.next_picture`). In a test every picture comes once, in random order,
and nothing is told before the end.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import GrimaceError
from napari_grimace.recording.rater import Rater, is_line
from napari_grimace.recording.record import PAUSED, SHOWN, Change
from napari_grimace.recording.store import RecordingStore
from napari_grimace.teaching.attempts import (
    Attempt,
    check_owner,
    learner_folder,
    list_attempts,
    new_attempt,
    records_of,
    with_trials,
    write_facts,
)
from napari_grimace.teaching.feedback import Feedback, feedback_on
from napari_grimace.teaching.leitner import known_pictures
from napari_grimace.teaching.pending import waiting_test
from napari_grimace.teaching.turns import choose_picture, history

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from napari_grimace.recording.journal import JournalWriter
    from napari_grimace.recording.record import Value
    from napari_grimace.teaching.reference import Mode, ReferenceSet


class Practice:
    """One attempt of a learner: a practice, or a test.

    An attempt that was not finished goes on, on whatever day; else a new one begins.
    Each answer, and when each picture was shown, is on the disk on return.

    Call `next` for the first picture, `answer` for each of `units`, `feedback` (in a
    practice), and `next` again, until it gives None.

    Parameters
    ----------
    reference
        The reference set, which is only read.
    learner
        Name of who learns.
    folder
        Where the learners' folders are; made if need be.
    mode
        ``"practice"`` or ``"test"``.
    seed
        Of the order of the pictures in a new attempt; by chance if not given.
    fresh
        Begin a new attempt even if one was not finished, which stays as it is.

    Attributes
    ----------
    picture
        The picture that is shown, from 1; None before `next`, after `pause`, and at
        the end.

    Raises
    ------
    GrimaceError
        If the set has no pictures with right scores, the learner's name is no line of
        text, the folder is a file or another learner's, an attempt is of a newer
        version, or a practice is begun while a test waits whose answers it would tell.
    """

    def __init__(
        self,
        reference: ReferenceSet,
        learner: str,
        folder: str | Path,
        mode: Mode = "practice",
        seed: int | None = None,
        *,
        fresh: bool = False,
    ) -> None:
        self.reference = reference
        self.picture: int | None = None
        self._told = False  # whether the right scores of this picture were shown
        if not learner.strip() or not is_line(learner):
            raise GrimaceError("Give the learner's name in a line of text.")
        self._folder = learner_folder(folder, learner)
        every = list_attempts(self._folder)
        check_owner(self._folder, learner, every)
        known = [one for one in every if one.set_hash == reference.pictures.hash]
        if mode == "practice":
            _check_no_test_waits(known)
        begin = partial(new_attempt, self._folder, reference, learner, mode, seed=seed)
        own = [attempt for attempt in known if attempt.mode == mode]
        last = max(own, key=lambda attempt: attempt.number, default=None)
        self._attempt = last or begin()
        if last is not None and (fresh or self.finished):
            self._attempt = begin()
        self._records = records_of(self._attempt.path)
        self._writer: JournalWriter | None = None

    @property
    def attempt(self) -> Attempt:
        """What was answered so far."""
        return self._attempt

    @property
    def rater(self) -> Rater:
        """The learner, as the rater of the attempt's recording."""
        number, name = self._attempt.number, self._attempt.learner
        return Rater(
            name if number == 1 else f"{name} ({number})",
            name,
            "person",
            occasion=number,
            scale=self.reference.scale,
            sampling=f"{self._attempt.mode} on reference set "
            f"{self.reference.title} ({self.reference.short_hash})",
        )

    @property
    def units(self) -> tuple[str, ...]:
        """The units that are asked of the picture that is shown."""
        return () if self.picture is None else self._attempt.asked[self.picture]

    @property
    def answers(self) -> Mapping[str, Value]:
        """What was answered on the picture that is shown."""
        return {} if self.picture is None else dict(self._attempt.trials[-1].answers)

    @property
    def finished(self) -> bool:
        """Whether a test is at its end; in a practice, whether all is known."""
        if self._attempt.mode == "test":
            return self._attempt.finished
        return choose_picture(self.reference, self._attempt) is None

    @property
    def progress(self) -> tuple[int, int]:
        """How many pictures are done, and how many there are.

        Done is what was answered in a test, and what is known in a practice.
        """
        every = len(self._attempt.asked)
        if self._attempt.mode == "test":
            return len(self._attempt.answered), every
        return len(known_pictures(history(self.reference, self._attempt))), every

    def next(self) -> int | None:
        """Show the next picture; after a pause, the one that was left.

        Returns
        -------
        int or None
            Its number; None when the attempt is finished.

        Raises
        ------
        GrimaceError
            If the picture that is shown is not answered wholly, or the disk refuses.
        """
        if self.picture is not None and not self._attempt.trials[-1].complete:
            raise GrimaceError(
                f"Picture {self.picture} is not answered wholly: "
                f"{', '.join(self._left())} is left. Answer it, or skip the picture."
            )
        return self._show(choose_picture(self.reference, self._attempt))

    def skip(self) -> int | None:
        """Leave the picture that is shown, and show another.

        It comes back later, if it is not answered wholly.
        """
        self._check_shown()
        if self._attempt.trials[-1].complete:
            return self.next()
        return self._show(
            choose_picture(self.reference, self._attempt, but=self.picture)
        )

    def answer(self, unit: str, value: Value) -> None:
        """Answer a unit of the picture that is shown; it is on the disk on return.

        Parameters
        ----------
        unit
            One of `units`.
        value
            A level, ``"not_scorable"`` or ``"region_not_found"``; None takes an
            answer back.

        Raises
        ------
        GrimaceError
            If no picture is shown, the unit is not asked, it has no such level, the
            right scores were shown already, or the disk refuses.
        """
        picture = self._check_shown()
        if unit not in self.units:
            raise GrimaceError(
                f"{unit} is not asked on picture {picture}: {', '.join(self.units)} is."
            )
        if self._told:
            raise GrimaceError(
                f"The right scores of picture {picture} were shown: its answers stay "
                "as they are. Go on to the next picture."
            )
        self.reference.check_level(unit, value)
        changes = [Change("score", unit, self._last_value(picture, unit), value)]
        self._commit(picture, changes=changes)

    def feedback(self, picture: int | None = None) -> Feedback:
        """Compare the answers on a picture with the right scores.

        Parameters
        ----------
        picture
            A picture that was answered; in a practice the one that is shown, if not
            given.

        Raises
        ------
        GrimaceError
            If the picture is not answered wholly, or a test is not finished.
        """
        if self._attempt.mode == "test" and not self.finished:
            raise GrimaceError("In a test the right scores are shown at the end.")
        if picture is None or picture == self.picture:
            picture, trial = self._check_shown(), self._attempt.trials[-1]
        elif picture in self._attempt.answered:
            trial = self._attempt.answered[picture]
        else:
            raise GrimaceError(f"Picture {picture} was not answered wholly yet.")
        if not trial.complete:
            raise GrimaceError(
                f"Answer {', '.join(self._left())} of picture {picture} first."
            )
        self._told = self._told or picture == self.picture
        return feedback_on(self.reference, picture, trial.answers)

    def pause(self) -> None:
        """Interrupt the work; `next` goes on with it, today or on another day."""
        if self.picture is not None:
            self._commit(self.picture, event=PAUSED)
            self.picture = None

    def close(self) -> None:
        """Pause, and close the journal."""
        self.pause()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> Practice:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _check_shown(self) -> int:
        if self.picture is None:
            raise GrimaceError("No picture is shown: call for the next one first.")
        return self.picture

    def _left(self) -> list[str]:
        """Units of the picture that is shown that are still to be answered."""
        return [unit for unit in self.units if unit not in self.answers]

    def _show(self, picture: int | None) -> int | None:
        if picture is not None:
            self._commit(picture, event=SHOWN)
        elif not self._attempt.trials[-1].closed:
            self._commit(self._attempt.trials[-1].picture, event=PAUSED)
        self.picture, self._told = picture, False
        return picture

    def _last_value(self, picture: int, unit: str) -> Value:
        for record in reversed(self._records):
            for change in record.changes:
                if record.frame == picture - 1 and change.at == unit:
                    return change.new
        return None

    def _commit(self, picture: int, **facts: Any) -> None:
        if self._writer is None:
            self._writer = self._open()
        frame = picture - 1
        record = self._writer.commit(
            frame, facts.pop("changes", ()), seconds=float(frame), **facts
        )
        self._records.append(record)
        self._attempt = with_trials(self._attempt, self._records)

    def _open(self) -> JournalWriter:
        """Begin the attempt's recording if need be, and a journal in it."""
        path = self._attempt.path
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            RecordingStore.create(path, self.reference.pictures.store.attrs)
        if not self._attempt.trials:
            write_facts(self._attempt)
        store = RecordingStore.open(path)
        store.check_video(self.reference.pictures.store.attrs)
        return store.journal(self.rater)


def _check_no_test_waits(known: Iterable[Attempt]) -> None:
    test = waiting_test(known)
    if test is not None:
        done, count = len(test.answered), len(test.asked)
        raise GrimaceError(
            f"A test of {test.learner} on this set is not finished ({done} of {count} "
            "pictures are answered), and a practice tells the right scores. Finish the "
            "test first, or practise on another set."
        )
