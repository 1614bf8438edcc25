"""Outlines of boxes that are equally thick on the screen, however large the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Shapes
from qtpy.QtCore import QTimer

from napari_grimace.widgets.boxes import widen
from napari_grimace.widgets.layers import view_of

if TYPE_CHECKING:
    from napari_grimace.widgets.desk import Desk

_THICK = 2.0  # px of the screen
_EVERY = 60  # ms between two changes while the wheel turns
_SAME = 0.02  # part by which a width may be off


class Outlines:
    """Follows the zoom of a viewer.

    Parameters
    ----------
    desk
        Of the viewer.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self._draw)
        viewer = desk.viewer
        scene = getattr(viewer, "scene", viewer)  # before napari 0.9
        self._camera = scene.camera
        self._camera.events.zoom.connect(self._on_zoom)
        viewer.layers.events.inserted.connect(self._on_zoom)

    def _on_zoom(self, _event: Any) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _draw(self) -> None:
        width = _THICK / self._camera.zoom
        for view in self._desk.views:
            for layer in self._desk.layers_of(view):
                if isinstance(layer, Shapes) and view_of(layer) is view:
                    off = layer.current_edge_width / width - 1
                    if abs(off) > _SAME:
                        widen(layer, width)
