"""A blind set is open by itself: what else is shown could tell of its pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

from napari.utils.notifications import show_info
from qtpy.QtCore import QTimer

from napari_grimace.widgets.layers import browsed, frames_of, shows, view_of

if TYPE_CHECKING:
    from napari.layers import Layer

    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.view import RecordingView

_AFTER = 200  # ms: napari's canvas breaks when layers go before new ones are drawn


class Alone:
    """Closes what else is open where a blind set comes, and the set where others come.

    This is for layers that come into a viewer unannounced: of several viewers a reader
    does not know for which it reads. Otherwise `close_sets` has been there before.

    Parameters
    ----------
    desk
        Of the viewer.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._came: ref[Layer] | None = None
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER)
        self._timer.timeout.connect(self._part)
        desk.viewer.layers.events.inserted.connect(self._on_inserted)

    def _on_inserted(self, event: Any) -> None:
        layer = event.value
        if view_of(layer) is not None or browsed(layer) is not None:
            self._came = ref(layer)
            self._timer.start()

    def _part(self) -> None:
        layer = None if self._came is None else self._came()
        views = self._desk.views
        if layer is None or not any(view.blind for view in views):
            return
        if layer not in self._desk.viewer.layers:
            return
        view = view_of(layer)
        if view is not None and view.blind is not None:
            self._close_others(view)
        elif close_sets(self._desk, beside=layer) and browsed(layer) is not None:
            self._desk.go_to(int(frames_of(layer)[0]))

    def _close_others(self, view: RecordingView) -> None:
        layers = self._desk.viewer.layers
        others = [layer for layer in layers if _is_other(layer, view)]
        for layer in others:
            layers.remove(layer)
        if others:
            _tell_later(
                "What else was open has been closed: a blind set is rated by itself. "
                "Everything of it is on the disk."
            )


def close_sets(desk: Desk, beside: Layer | None = None) -> bool:
    """Close the blind sets of a viewer into which something else comes, and say so.

    Parameters
    ----------
    desk
        Of the viewer.
    beside
        What came, if it is there already; a set's own pictures close nothing.

    Returns
    -------
    bool
        Whether any was open.
    """
    sets = [view for view in desk.views if view.blind]
    if beside is not None:
        sets = [view for view in sets if not shows(beside, view)]
    for view in sets:
        desk.close(view)
        _tell_later(
            f"The blind set {view.name} has been closed: nothing else is open beside "
            "it, so that its raters do not see where pictures come from. Everything "
            "of it is on the disk."
        )
    return bool(sets)


def _is_other(layer: Layer, view: RecordingView) -> bool:
    """Whether a layer is of Grimace, and neither a set's pictures nor their boxes."""
    video, shown = browsed(layer), view_of(layer)
    if shown is not None:
        return shown is not view
    return video is not None and video.source is not view.source


def _tell_later(words: str) -> None:
    """Tell when new layers have been drawn: a notice draws the window at once."""
    QTimer.singleShot(_AFTER, partial(show_info, words))
