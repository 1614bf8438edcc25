"""Threads of the window: errors, warnings and ends reach it, whatever happens.

superqt's workers catch warnings by `warnings.catch_warnings`, which is not made for
threads: where two overlap, warnings of the whole program go to the one that has ended.
"""

from __future__ import annotations

import threading
import warnings
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, Signal
from superqt.utils import FunctionWorker, GeneratorWorker

from napari_grimace.errors import GrimaceWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_lock = threading.Lock()
_shown_in = 0  # threads
_usual: Any = None


class _Failing(QObject):
    """Tells of an error: napari's own signal for that fails with PySide6."""

    happened = Signal(object)


class _Quiet:
    """Runs without superqt's hold on warnings; tells its errors by `failed`."""

    def __init__(self, *work: Any, **options: Any) -> None:
        super().__init__(*work, **options)
        self._failing = _Failing()

    @property
    def failed(self) -> Any:
        """Signal of an error."""
        return self._failing.happened

    def run(self: Any) -> None:
        """Run; called by Qt."""
        self.started.emit()
        self._running = True
        try:
            with warnings_shown():
                result = self.work()
            if not self.abort_requested:
                self.returned.emit(result)
        except Exception as error:
            self.failed.emit(error)
        self._running = False
        self.finished.emit()
        self._finished.emit(self)


class CallWorker(_Quiet, FunctionWorker):  # type: ignore[type-arg]
    """Calls a function in a thread; for napari's `create_worker`."""

    def then(
        self, returned: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> None:
        """Say what is done with the result, or with an error.

        Who does it lives so long: of methods of plain objects PySide6 holds none.
        """
        self.returned.connect(lambda result: returned(result))
        self.failed.connect(lambda error: failed(error))


class StepWorker(_Quiet, GeneratorWorker):  # type: ignore[type-arg]
    """Runs a generator in a thread, and closes it there; for `create_worker`.

    superqt's own leaves a generator that was quit open, and takes every RuntimeError
    (PyTorch has many) for the end of the window.
    """

    def work(self) -> Any:
        """Run; called by Qt."""
        with closing(self._gen):
            while not self.abort_requested:
                try:
                    self.yielded.emit(next(self._gen))
                except StopIteration as end:
                    return end.value
        self.aborted.emit()
        return None


@contextmanager
def warnings_shown() -> Iterator[None]:
    """Show warnings of this package in the window, each time they come.

    Blocks in several threads may overlap.
    """
    global _shown_in, _usual
    with _lock:
        warnings.simplefilter("always", GrimaceWarning)
        if warnings.showwarning is not _show:
            _usual = warnings.showwarning
            warnings.showwarning = _show  # type: ignore[assignment]
        _shown_in += 1
    try:
        yield
    finally:
        with _lock:
            _shown_in -= 1
            if not _shown_in and warnings.showwarning is _show:
                warnings.showwarning = _usual


class _Teller(QObject):
    """Lives in the thread of the window, where alone notifications may be made."""

    warned = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.warned.connect(self.tell)

    def tell(self, message: str) -> None:
        """Show a warning."""
        show_warning(message)


_teller = _Teller()


def _show(message: Warning | str, category: type[Warning], *place: Any) -> None:
    if issubclass(category, GrimaceWarning):
        _teller.warned.emit(str(message))
    else:
        _usual(message, category, *place)
