"""Signals that end with the widget that follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance
    from qtpy.QtWidgets import QWidget


def follow(widget: QWidget, signal: SignalInstance, slot: Callable[..., Any]) -> None:
    """Call a widget's method at each signal until Qt deletes the widget.

    Without this, a signal would reach a widget whose Python side is still there.
    """
    signal.connect(slot)
    # Qt tells this late: nothing of the widget may be used here.
    widget.destroyed.connect(lambda: signal.disconnect(slot, missing_ok=True))
