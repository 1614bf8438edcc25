"""Opens the window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import napari
from qtpy.QtCore import QTimer

from napari_grimace.widgets.desk import desk_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari import Viewer

PLUGIN = "napari-grimace"
SIZE = (1280, 800)  # pixels: what the widgets need beside the picture
WIDGETS = ("Score a recording", "Rate", "Readout", "Timeline")


def launch(paths: Iterable[Path] = (), *, block: bool = True) -> Viewer:
    """Open napari with videos and recordings, and the widgets beside them.

    Parameters
    ----------
    paths
        Videos and recordings.
    block
        Whether to return only when the window is closed.

    Raises
    ------
    VideoError, RecordingError
        A video or a recording cannot be opened.
    """
    _spare_qt()
    viewer = napari.Viewer(title="napari: Grimace")
    for path in paths:
        desk_of(viewer).open(path)
    for name in WIDGETS:
        tabify = name in ("Rate", "Readout")
        viewer.window.add_plugin_dock_widget(PLUGIN, name, tabify=tabify)
    _, _, width, height = viewer.window.geometry()
    viewer.window.resize(max(width, SIZE[0]), max(height, SIZE[1]))
    # Once the docks have their places.
    QTimer.singleShot(0, viewer.reset_view)
    if block:
        napari.run()
    return viewer


def _spare_qt() -> None:
    """Let Qt use its own plugins where OpenCV has pointed it to those of another Qt."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in Path(os.environ.get(name, "")).parts:
            del os.environ[name]
