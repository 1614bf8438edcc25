"""Recordings are read in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.worker import CallWorker

if TYPE_CHECKING:
    from napari_grimace.widgets.view import Contents, RecordingView


class Reading:
    """Reads a recording as often as it is asked to, once at a time.

    Parameters
    ----------
    view
        Whose recording to read; it is given what was read.
    """

    def __init__(self, view: RecordingView) -> None:
        self._view = ref(view)
        self._running = False
        self._again = False
        self._stopped = False

    def start(self) -> None:
        """Read; if it is being read just now, once more afterwards."""
        view = self._view()
        if view is None or self._stopped:
            return
        if self._running:
            self._again = True
            return
        self._running = True
        worker = CallWorker(view.read)
        worker.then(self._on_read, self._on_error)
        worker.start()

    def stop(self) -> None:
        """Show nothing more."""
        self._stopped = True

    def _on_read(self, contents: Contents) -> None:
        self._running = False
        view = self._view()
        if view is None or self._stopped:
            return
        view.take(contents)
        if self._again:
            self._again = False
            self.start()

    def _on_error(self, error: Exception) -> None:
        self._running = False
        view = self._view()
        if view is None or self._stopped:
            return
        if self._again:  # which may go well, or tells why not
            self._again = False
            self.start()
            return
        view.give_up(str(error))
        tell(error)
