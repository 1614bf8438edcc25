"""Signals that end with the widget that follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget


class Links:
    """Connections of a widget, cut at the latest when it is destroyed.

    Signals hold a bound method for as long as its Python object lives, which can be
    longer than the widget itself.
    """

    def __init__(self, widget: QWidget) -> None:
        self._made: list[tuple[Any, WeakMethod[Any]]] = []
        widget.destroyed.connect(self.cut)

    def make(self, signal: Any, slot: Callable[..., None]) -> None:
        """Connect a signal to a bound method."""
        signal.connect(slot)
        self._made.append((signal, WeakMethod(slot)))

    def cut(self) -> None:
        """Disconnect all."""
        for signal, slot in self._made:
            if slot() is not None:
                signal.disconnect(slot())
        self._made.clear()
