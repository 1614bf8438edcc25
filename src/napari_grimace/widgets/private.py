"""All contact with what napari does not promise to keep."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import napari
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.components import ViewerModel
    from qtpy.QtCore import QObject
    from qtpy.QtWidgets import QWidget


def bare(viewer: ViewerModel) -> ViewerModel:
    """Give the viewer itself: plugin widgets get one behind a proxy."""
    unwrapped: ViewerModel = getattr(viewer, "__wrapped__", viewer)
    return unwrapped


def viewers() -> list[ViewerModel]:
    """Give all viewers that are open; napari tells readers not for which they read."""
    return list(getattr(napari.Viewer, "_instances", ()))


def on_slider(viewer: ViewerModel, held: Callable[[bool], None]) -> None:
    """Tell when the mouse takes hold of a slider of the viewer, and lets go of it.

    Where napari has other sliders one day, nothing is told, and nothing breaks.

    Parameters
    ----------
    viewer
        The viewer.
    held
        Called with True and False.
    """
    window = getattr(viewer, "window", None)
    sliders = getattr(getattr(window, "_qt_viewer", None), "dims", None)
    known: set[int] = set()

    def connect(_: Any = None) -> None:
        for widget in getattr(sliders, "slider_widgets", ()):
            if id(widget) not in known:
                known.add(id(widget))
                widget.slider.sliderPressed.connect(lambda: held(True))
                widget.slider.sliderReleased.connect(lambda: held(False))

    if sliders is not None:
        connect()
        viewer.dims.events.ndim.connect(connect)


def free_safely(viewer: ViewerModel) -> None:
    """Let layers that are removed free what they have drawn in the right place.

    napari frees it in whichever OpenGL context is current. Where that is Qt's own or
    another window's, a later picture crashes the process (seen with Mesa's software
    OpenGL; users of napari report access violations on Windows).
    """
    window = getattr(viewer, "window", None)
    canvas = getattr(getattr(window, "_qt_viewer", None), "canvas", None)
    scene = getattr(canvas, "_scene_canvas", None)
    if scene is None:
        return

    def make_current(_: Any = None) -> None:
        with suppress(RuntimeError):  # the window is closed already
            scene.set_current()

    viewer.layers.events.removing.connect(make_current)


def dock_below(widget: QWidget) -> None:
    """Move the dock that holds a widget to the lower edge of the window.

    napari puts the widgets of plugins to the right, whatever their manifest says.
    """
    dock: QObject | None = widget
    while dock is not None and not isinstance(dock, QDockWidget):
        dock = dock.parent()
    window = None if dock is None else dock.parent()
    if dock is not None and isinstance(window, QMainWindow) and not dock.isFloating():
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
