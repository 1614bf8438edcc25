"""The dock widget "Timeline": scores over time, and a way to any frame."""

from __future__ import annotations

import math
from functools import partial
from html import escape
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
from napari.utils.theme import get_theme
from qtpy import QtWidgets as qt
from qtpy.QtCore import Qt, QTimer
from superqt.utils import QSignalThrottler

from napari_grimace.widgets import curves
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.keys import bind_dock
from napari_grimace.widgets.links import Links
from napari_grimace.widgets.plot import Plot
from napari_grimace.widgets.plot_canvas import COMPARED, TimelineCanvas
from napari_grimace.widgets.private import dock_below
from napari_grimace.widgets.words import NO_CURVE, why_nothing

if TYPE_CHECKING:
    import napari.viewer
    from qtpy.QtGui import QHideEvent, QShowEvent

    from napari_grimace.widgets.view import RecordingView

LENGTHS = {"whole": np.inf, "10 min": 600.0, "1 min": 60.0, "10 s": 10.0}
"""Lengths of the window to choose from, in s."""

_GO_EVERY = 30  # ms between two frames gone to while the mouse is dragged


class TimelineWidget(qt.QWidget):
    """Scores of the active recording over time.

    It follows the viewer while it can be seen.

    Parameters
    ----------
    viewer
        The viewer.

    Attributes
    ----------
    canvas
        The plot.
    lengths
        The button of each of `LENGTHS`.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(viewer)
        self._links, self._view_links = Links(self), Links(self)
        self._placed = False
        self._frame: int | None = None
        self._sought = 0.0
        self.canvas = TimelineCanvas()
        self.canvas.sought.connect(self._on_sought)
        self.canvas.turned.connect(self._on_turned)
        self._going = QSignalThrottler(parent=self)
        self._going.setTimeout(_GO_EVERY)
        self._going.triggered.connect(self._on_going)
        self._build()
        bind_dock(self, self._desk)

    def _build(self) -> None:
        self._row = row = qt.QHBoxLayout()
        row.setContentsMargins(4, 4, 4, 0)
        self._raters, self._points = (qt.QLabel(), qt.QLabel()), qt.QLabel()
        policy = qt.QSizePolicy.Policy
        for label in self._raters:
            # A long line is cut: it does not make the dock wide.
            label.setSizePolicy(policy.Ignored, policy.Fixed)
            row.addWidget(label, 1)
        row.addWidget(self._points)
        group = qt.QButtonGroup(self)
        group.setExclusive(False)
        group.buttonClicked.connect(self._on_length)
        self.lengths = {name: qt.QPushButton(name) for name in LENGTHS}
        for button in self.lengths.values():
            button.setCheckable(True)
            group.addButton(button)
            row.addWidget(button)
        filled = qt.QWidget()
        column = qt.QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)
        self._notice = qt.QLabel()
        self._notice.setTextFormat(Qt.TextFormat.RichText)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._notice.setWordWrap(True)
        self._pages = qt.QStackedLayout(self)
        self._pages.addWidget(self._notice)
        self._pages.addWidget(filled)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Begin to follow the viewer."""
        super().showEvent(event)
        if not self._placed:
            self._placed = True
            # After this: a dock that moves while it is being shown crashes Qt.
            later = QTimer(self)
            later.setSingleShot(True)
            later.timeout.connect(partial(_place, ref(self)))
            later.start()
        self._links.cut()
        self._links.make(self._desk.activated, self._on_activated)
        self._links.make(self._desk.moved, self._on_moved)
        self._links.make(self._desk.viewer.events.theme, self._show)
        self._on_activated()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Follow it no longer."""
        super().hideEvent(event)
        self._links.cut()
        self._view_links.cut()

    def _on_activated(self) -> None:
        self._view_links.cut()
        if self._desk.view is not None:
            self._view_links.make(self._desk.view.changed, self._show)
        self._show()

    def _show(self) -> None:
        """Show what there is now."""
        view = self._desk.view
        shown = None if view is None else view.shown
        blind = view is not None and view.blind is not None
        if blind or view is None or shown is None or not len(shown.frames):
            self._notice.setText(NO_CURVE if blind else why_nothing(view))
            self._pages.setCurrentIndex(0)
            self.canvas.plot = None
            return
        theme = get_theme(self._desk.viewer.theme)
        colours = {
            name: getattr(theme, name).as_hex()
            for name in ("background", "foreground", "text")
        }
        self._name_raters(view, colours["text"])
        self.canvas.show_plot(Plot.of(view, shown), colours)
        self._pages.setCurrentIndex(1)
        self._mark()

    def _name_raters(self, view: RecordingView, colour: str) -> None:
        """Tell what the shown scores come from, and with whose they are compared."""
        both = ((view.shown, colour), (view.compared, COMPARED))
        for label, (done, line_colour) in zip(self._raters, both, strict=True):
            label.setVisible(done is not None)
            if done is None:
                continue
            line = done.made_by if label is self._raters[0] else done.rater.label
            label.setText(f'<b style="color: {line_colour}">—</b> {escape(line)}')
            label.setToolTip(done.made_by)
            self._row.setStretchFactor(label, len(line) + 4)

    def _on_moved(self) -> None:
        if self._desk.frame != self._frame:
            self._mark()

    def _mark(self) -> None:
        """Mark the frame at which the viewer stands; if it is another, turn to it."""
        moved = self._desk.frame != self._frame
        self._frame = self._desk.frame
        place = self._place()
        self.canvas.mark(place)
        if moved and place is not None:
            self.canvas.follow(place)

    def _place(self) -> float | None:
        """Place of the current frame along the axis."""
        view, plot = self._desk.view, self.canvas.plot
        if self._frame is None or view is None or plot is None:
            return None
        return float(plot.places[np.searchsorted(view.frames, self._frame)])

    def _on_sought(self, place: float) -> None:
        self._sought = place
        self._going.throttle()

    def _on_going(self) -> None:
        view, plot = self._desk.view, self.canvas.plot
        if view is not None and plot is not None:
            frame = view.frames[curves.nearest(plot.places, self._sought)]
            self._desk.go_to(int(frame))

    def _on_length(self, button: qt.QPushButton) -> None:
        plot, place = self.canvas.plot, self._place()
        if plot is not None:
            middle = plot.whole.start if place is None else place
            length = LENGTHS[button.text()]
            self.canvas.turn_to(plot.whole.around(middle, length))

    def _on_turned(self) -> None:
        """Tell how long the window is, and what a point of the line stands for."""
        plot, span = self.canvas.plot, self.canvas.span
        if plot is None:
            return
        whole = plot.whole.length
        for button, length in zip(self.lengths.values(), LENGTHS.values(), strict=True):
            button.setVisible(length == np.inf or (plot.timed and length < whole))
            shown = math.isclose(self.canvas.extent.length, min(length, whole))
            button.setChecked(shown)
        unit = "s" if plot.timed else "frames"
        self._points.setText(f"mean and range of each {span:.2g} {unit}")
        self._points.setVisible(span > 0)


def _place(timeline: ref[TimelineWidget]) -> None:
    widget = timeline()
    if widget is not None:
        dock_below(widget)
