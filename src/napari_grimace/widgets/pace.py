"""How fast the work goes, and how a recording that grows is kept up with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.running import Step
    from napari_grimace.widgets.view import RecordingView

_LEAST = 2.0  # s between two readings
_SHARE = 5  # at most one part in so many of the time goes into readings


class Pace:
    """Frames per minute of the present run, and the time that is left.

    Frames that were scored before the run count neither as done nor as quick.

    Parameters
    ----------
    clock
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._number = 0
        self._seen = 0
        self._done = 0

    def note(self, step: Step) -> str:
        """Take a step, and tell the pace in words; nothing before the first frame."""
        done, total = step.progress.done, step.progress.total
        if step.number != self._number:
            if not self._number:
                self._start = self._clock()
            self._number, self._seen = step.number, done
        self._done += done - self._seen
        self._seen = done
        passed = self._clock() - self._start
        if not self._done or passed <= 0:
            return ""
        left = total - done + (step.total - step.number) * total
        rate = self._done / passed
        return f"{60 * rate:.0f} frames/min, {duration(left / rate)} left"


def duration(seconds: float) -> str:
    """Give a time in words: 40 s, 5 min, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class Following:
    """Has a recording that grows read again, but not so often that it slows the work.

    Parameters
    ----------
    desk, view
        Where it is open.
    clock
        Gives seconds.
    """

    def __init__(
        self,
        desk: Desk,
        view: RecordingView,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.view = view
        self._desk = desk
        self._clock = clock
        self._asked = self._next = clock()
        self._reading = True  # it has just been opened
        view.changed.connect(self._on_read)

    def note(self) -> None:
        """Take note that it may have grown."""
        if not self._reading and self._clock() >= self._next:
            self._asked, self._reading = self._clock(), True
            self._desk.read(self.view)

    def end(self) -> None:
        """Read it once more; it grows no longer."""
        self.view.changed.disconnect(self._on_read, missing_ok=True)
        self._desk.read(self.view)

    def _on_read(self) -> None:
        if self._reading:
            took, self._reading = self._clock() - self._asked, False
            self._next = self._clock() + max(_LEAST, _SHARE * took)
