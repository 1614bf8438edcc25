"""A practice or a test in the window: what is shown, selected and answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from napari.layers import Image, Layer
from napari.utils.notifications import show_info
from PIL import Image as Picture

from napari_grimace.errors import GrimaceError
from napari_grimace.recording import STATES
from napari_grimace.recording.schema import NOT_FOUND, NOT_SCORABLE
from napari_grimace.teaching.passing import judge
from napari_grimace.teaching.practice import Practice
from napari_grimace.widgets.keys import bind_keys
from napari_grimace.widgets.layers import browsed, view_of
from napari_grimace.widgets.selecting import Selecting, guarded
from napari_grimace.widgets.teach_sides import SideAnswers
from napari_grimace.widgets.worker import warnings_shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_grimace.recording.record import Value
    from napari_grimace.scales.scale import Unit
    from napari_grimace.teaching.feedback import Feedback
    from napari_grimace.teaching.passing import Verdict
    from napari_grimace.teaching.reference import Mode, ReferenceSet
    from napari_grimace.widgets.desk import Desk

SIDE_LEFT = "one side is left: not saved yet"


class Lesson(Selecting):
    """Takes a learner through the pictures of a reference set.

    While it is on, one layer shows the picture, the shortcuts are the lesson's, and no
    recording or video is open beside it: opening one pauses the lesson.

    Parameters
    ----------
    desk
        The desk of the viewer.

    Attributes
    ----------
    practice
        The practice or the test that is on, or that was on last.
    on
        Whether one is on.
    picture
        (y, x, rgb) of the picture that is shown.
    feedback
        What the learner is told of the picture that is shown, once it is answered.
    verdict
        On the test that has just ended.
    saved
        When something was saved last, in words.
    progress
        How many pictures are done, and how many there are.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk, self._viewer = ref(desk), ref(desk.viewer)
        self.practice: Practice | None = None
        self.on = False
        self.picture: NDArray[np.uint8] | None = None
        self.feedback: Feedback | None = None
        self.verdict: Verdict | None = None
        self.saved = ""
        self.progress = (0, 0)
        self._layer: Layer | None = None
        self._sides = SideAnswers()
        layers = desk.viewer.layers
        layers.events.inserted.connect(self._on_inserted)
        layers.events.removed.connect(self._on_removed)

    @property
    def units(self) -> tuple[Unit, ...]:
        """Units that are asked of the picture that is shown.

        Sides are asked only where the scale takes the mean of both.
        """
        if self.practice is None or not self.on:
            return ()
        scale, asked = self.practice.reference.scale, self.practice.units
        units = [unit for unit in scale.units if unit.name in asked]
        if scale.sides != "mean":
            units = [replace(unit, regions=unit.regions[:1]) for unit in units]
        return tuple(units)

    @property
    def testing(self) -> bool:
        """Whether a test is on: nothing is told before its end."""
        return (
            self.on
            and self.practice is not None
            and self.practice.attempt.mode == "test"
        )

    def value_of(self, unit: Unit) -> Value:
        """Give what was answered for the selected side of a unit, else for the unit."""
        if self.side in unit.regions:
            return self._sides.value(self.side)
        return None if self.practice is None else self.practice.answers.get(unit.name)

    @guarded
    def begin(
        self,
        reference: ReferenceSet,
        learner: str,
        folder: Path,
        mode: Mode,
        *,
        seed: int | None = None,
        fresh: bool = False,
    ) -> None:
        """Begin a practice or a test, or go on with the one that was not finished.

        See `Practice`. What else of Grimace is open is closed.
        """
        self._pause()
        with warnings_shown():
            practice = Practice(reference, learner, folder, mode, seed, fresh=fresh)
        new = not folder.exists()
        picture = practice.next()
        if new:
            show_info(f"New folder for learners: {folder}")
        desk = self._desk()
        if desk is not None:
            desk.close_all()
        self.practice, self.on = practice, True
        self.verdict, self.saved = None, ""
        self._show(picture)

    @guarded
    def pause(self) -> None:
        """Interrupt the work, to go on with it today or on another day."""
        self._pause()

    @guarded
    def score(self, value: Value) -> None:
        """Answer the selected unit, and go on to what is not answered yet."""
        practice, unit = self.practice, self.unit
        if practice is None or not self.on or not unit:
            return
        if isinstance(value, int):
            value = float(value)
        scale, side = practice.reference.scale, self.side
        answered = practice.answers.get(unit)
        practice.reference.check_level(unit, value)
        sides = self._sides.copy()
        given = sides.take(scale, unit, side, value, answered)
        if not side or given != answered:
            practice.answer(unit, given)
        self._sides = sides
        self._tell_saved()
        left = self._sides.left(scale.unit(unit))
        if side and left:
            self.pick(unit, side if value is None else left[0])
        else:
            self._go_on(practice)

    @property
    def complete(self) -> bool:
        """Whether the picture is answered: the next comes when it is asked for."""
        practice = self.practice
        if practice is None or not self.on:
            return False
        return all(unit.name in practice.answers for unit in self.units)

    @guarded
    def go_on(self) -> None:
        """Show the next picture, once this one is answered."""
        if self.practice is not None and self.on:
            self._show(self.practice.next())

    @guarded
    def skip(self) -> None:
        """Show another picture; one that is not answered comes back later."""
        if self.practice is None or not self.on:
            return
        practice = self.practice
        left, number = practice.picture, practice.skip()
        self._show(number)
        if number == left:
            raise GrimaceError("This is the only picture that is left: answer it.")

    @guarded
    def undo(self) -> None:
        """Take back what was answered last on this picture."""
        practice = self.practice
        if practice is None or not self.on or not self._sides.done:
            return
        sides = self._sides.copy()
        unit, side = sides.done[-1]
        sides.take(practice.reference.scale, unit, side, None, None)
        if unit in practice.answers:
            practice.answer(unit, None)
        self._sides = sides
        self._tell_saved()
        self.pick(unit, side)

    def take_key(self, name: str) -> None:
        """Do what a shortcut does in a lesson, if anything."""
        acts: dict[str, Callable[[], None]] = {
            "score_0": partial(self.score, 0),
            "score_1": partial(self.score, 1),
            "score_2": partial(self.score, 2),
            "not_scorable": partial(self.score, STATES[NOT_SCORABLE]),
            "not_seen": partial(self.score, STATES[NOT_FOUND]),
            "not_rated": partial(self.score, None),
            "next_unit": partial(self.step_unit, 1),
            "previous_unit": partial(self.step_unit, -1),
            "side": self.turn_side,
            "undo": self.undo,
            "next_wanted": self.skip,
        }
        if name in acts:
            acts[name]()

    def _go_on(self, practice: Practice) -> None:
        """Select the next unit without an answer; after the last, in a practice, tell.

        In a test the answers can be changed until the next picture is asked for.
        """
        names = [unit.name for unit in self.units]
        place = names.index(self.unit)
        order = (*names[place + 1 :], *names[: place + 1])
        following = next((n for n in order if n not in practice.answers), None)
        if following is not None:
            self.pick(following)
        elif not self.testing:
            self.feedback = practice.feedback()
            self.progress = practice.progress

    def _show(self, number: int | None) -> None:
        """Show a picture; without one, all is done."""
        practice = self.practice
        if practice is None:
            return
        if number is None:
            self._end()
            return
        self.feedback, self.progress = None, practice.progress
        self._sides = SideAnswers((unit, "") for unit in practice.answers)
        try:
            with Picture.open(practice.reference.pictures.picture(number)) as file:
                self.picture = np.asarray(file.convert("RGB"))
        except OSError:
            self._pause()
            raise
        self._put(self.picture)
        names = [unit.name for unit in self.units]
        left = (name for name in names if name not in practice.answers)
        self.pick(next(left, names[0]))

    def _put(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture in the lesson's layer."""
        desk = self._desk()
        if desk is None:
            return
        if self._layer is not None:
            self._layer.data = picture
            return
        # A name that tells nothing of the picture.
        layer = Image(picture, rgb=True, name="picture", interpolation2d="linear")
        self._layer = layer
        bind_keys(layer, desk)
        layer.bind_key("Enter", lambda _: self.go_on(), overwrite=True)
        desk.viewer.add_layer(layer)
        desk.viewer.layers.selection.active = layer
        desk.viewer.reset_view()

    def _pause(self) -> None:
        if self.on:
            self._end()

    def _end(self) -> None:
        """Show no picture any more; all answers are on the disk."""
        self.on, self.feedback, self.picture = False, None, None
        self.pick("")
        viewer, layer = self._viewer(), self._layer
        self._layer = None
        if viewer is not None and layer is not None and layer in viewer.layers:
            viewer.layers.remove(layer)
        if self.practice is not None:
            self._close(self.practice)

    def _close(self, practice: Practice) -> None:
        """Pause; a test that was answered to its end is judged."""
        practice.close()
        self.progress = practice.progress
        if practice.attempt.mode == "test" and practice.finished:
            self.verdict = judge(practice.reference, practice.attempt)

    def _tell_saved(self) -> None:
        practice = self.practice
        answers = {} if practice is None else practice.answers
        pending = self._sides.pending(answers, self.units)
        self.saved = SIDE_LEFT if pending else f"saved {datetime.now():%H:%M:%S}"

    def _on_inserted(self, event: Any) -> None:
        layer = event.value
        if self.on and (browsed(layer) is not None or view_of(layer) is not None):
            self.pause()

    def _on_removed(self, event: Any) -> None:
        if event.value is self._layer:
            self.pause()
