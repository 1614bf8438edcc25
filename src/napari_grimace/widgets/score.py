"""The dock widget "Score a recording"."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from magicgui.widgets import ProgressBar, PushButton
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from napari_grimace.errors import GrimaceError
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.form import ScoreForm
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.pace import Following, Pace
from napari_grimace.widgets.rows import fill_scrolling, row, wrapped_text
from napari_grimace.widgets.running import Step, look, score, start

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    import napari

    from napari_grimace.analysis.look import QuickLook
    from napari_grimace.widgets.plan import Plan
    from napari_grimace.widgets.worker import StepWorker


class ScoreWidget(QWidget):
    """Scores a video in the background, and shows the scores as they come.

    Parameters
    ----------
    viewer
        The viewer that has the video.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(viewer)
        self._workers: list[StepWorker] = []  # one or none
        self._pace = Pace()
        self._last: Step | None = None
        self._following: Following | None = None
        self._opened: Path | None = None
        self.form = ScoreForm(self._desk)
        self._make_controls()
        self._lay_out()
        self._show_running(False)
        self.destroyed.connect(partial(_quit, self._workers))

    @property
    def worker(self) -> StepWorker | None:
        """What runs in the background."""
        return self._workers[0] if self._workers else None

    @property
    def running(self) -> bool:
        """Whether a run or a quick look goes on."""
        return bool(self._workers)

    def run(self) -> None:
        """Score what the form says."""
        self._start(score, returned=self._on_scored, aborted=self._on_cancelled)

    def look(self) -> None:
        """Take a quick look at what the form says."""
        self._start(look, returned=self._on_looked, aborted=self._on_look_cancelled)

    def cancel(self) -> None:
        """End the run after the present batch."""
        if self.running:
            self.status.value = "Stopping after these frames ..."
        _quit(self._workers)

    def event(self, event: QEvent | None) -> bool:
        """Cancel when the dock is closed: napari then takes this out of it."""
        if event is None:
            return False
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            _quit(self._workers)
        return bool(super().event(event))

    def _make_controls(self) -> None:
        self.look_button = PushButton(
            text="Quick look",
            tooltip="Score about 20 frames of the whole video and tell what they show, "
            "to see whether a long run is worth it. Nothing is saved.",
        )
        self.run_button = PushButton(
            text="Run", tooltip="Score the frames, and save them as they come."
        )
        self.cancel_button = PushButton(
            text="Cancel",
            tooltip="Stop. What a run has scored is kept, and Run goes on with it.",
        )
        self.look_button.changed.connect(self.look)
        self.run_button.changed.connect(self.run)
        self.cancel_button.changed.connect(self.cancel)
        self.bar = ProgressBar(min=0, max=1, value=0)
        self.status = wrapped_text()

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        fill_scrolling(scroll, self.form)
        buttons = row(self.look_button, self.run_button, self.cancel_button)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, stretch=1)
        for widget in (buttons, self.bar, self.status):
            layout.addWidget(widget.native)

    def _start(
        self,
        work: Callable[[Plan], Generator[Step, None, object]],
        **slots: Callable[..., object],
    ) -> None:
        if self.running:
            return
        self._pace, self._last, self._opened = Pace(), None, None
        ends: dict[str, Callable[..., object]] = {
            "yielded": self._on_step,
            "failed": self._on_error,
            "finished": self._on_finished,
        }
        try:
            self._workers.append(start(work, self.form.plan(), **slots, **ends))
        except (GrimaceError, OSError) as error:
            tell(error)
        else:
            self._show_running(True)

    def _on_step(self, step: Step) -> None:
        self._last = step
        if step.progress.total:
            done = step.progress.done + (step.number - 1) * step.progress.total
            self.bar.max = step.total * step.progress.total
            self.bar.value = done
        if self.worker is None or not self.worker.abort_requested:
            self.status.value = _words(step, self._pace.note(step))
        if step.recording is not None:
            self._keep_up(step.recording, step.rater)

    def _keep_up(self, recording: Path, rater: str) -> None:
        """Open a recording when its run begins, and read it again as it grows."""
        if recording != self._opened:
            self._end_following()
            self._opened = recording
            self._following = self._open(recording, rater)
        elif self._following is not None:
            self._following.note()

    def _open(self, recording: Path, rater: str) -> Following | None:
        try:
            view = self._desk.open_recording(recording)
        except (GrimaceError, OSError) as error:
            tell(error)
            return None
        if view is None:
            return None
        # Once, at the beginning: who then chooses another rater keeps that one.
        view.choose(rater)
        return Following(self._desk, view)

    def _end_following(self) -> None:
        if self._following is not None:
            self._following.end()
            self._following = None

    def _on_scored(self) -> None:
        progress = self._last.progress if self._last else None
        if progress is None or progress.message == "scoring":
            self.status.value = "Done: all of these frames were scored before."
        else:
            self.status.value = f"Done: {progress.done} frames; {progress.message}."

    def _on_looked(self, looks: dict[Path, QuickLook]) -> None:
        self.status.value = "\n".join(
            f"{path.stem}: {looked}" for path, looked in looks.items()
        )

    def _on_cancelled(self) -> None:
        self.status.value = (
            "Cancelled. What was scored is kept; Run goes on with the other frames."
        )

    def _on_look_cancelled(self) -> None:
        self.status.value = "Cancelled. A quick look saves nothing."

    def _on_error(self, error: Exception) -> None:
        self.status.value = "Stopped by an error."
        tell(error)

    def _on_finished(self) -> None:
        self._workers.clear()
        self._end_following()
        self._show_running(False)
        self.form.tell_place()

    def _show_running(self, running: bool) -> None:
        self.look_button.enabled = self.run_button.enabled = not running
        self.cancel_button.enabled = running
        self.form.setEnabled(not running)
        self.bar.visible = running
        if running:
            # A bar without an end, until the number of frames is known.
            self.bar.max = 0


def _words(step: Step, pace: str) -> str:
    progress, parts = step.progress, []
    if not progress.total:
        return f"{progress.message} ..."
    if step.total > 1:
        parts.append(f"chamber {step.number} of {step.total}")
    parts.append(f"{progress.done} of {progress.total} frames")
    parts += [pace] if pace else []
    return f"{', '.join(parts)}\n{progress.message}"


def _quit(workers: list[StepWorker], *_: object) -> None:
    for worker in workers:
        worker.quit()
