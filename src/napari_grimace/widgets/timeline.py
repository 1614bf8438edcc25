"""The dock widget "Timeline": scores over time, and a way to any frame."""

from __future__ import annotations

import math
from functools import partial
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakMethod

import numpy as np
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from napari.utils.theme import get_theme
from qtpy import QtWidgets as qt
from qtpy.QtCore import QSize, Qt, Signal
from superqt.utils import QSignalThrottler

from napari_grimace.exchange.figures import total_bins
from napari_grimace.widgets import curves
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.paint import SEVERITY
from napari_grimace.widgets.words import NOTHING_OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari.viewer
    from numpy.typing import NDArray
    from qtpy.QtGui import QHideEvent, QShowEvent

    from napari_grimace.exchange import RaterPass
    from napari_grimace.scales import Scale
    from napari_grimace.widgets.view import RecordingView

LENGTHS = {"whole": np.inf, "10 min": 600.0, "1 min": 60.0, "10 s": 10.0}
"""Lengths of the window to choose from, in s."""

_COLOURS = np.array([to_rgb(SEVERITY[level]) for level in range(3)])
_COMPARED = "#d55fc4"
_CLOCK_FROM = 120.0  # s: longer videos are read in minutes
_SHORTEST = 10  # frames to which one can zoom in
_GO_EVERY = 30  # ms between two frames gone to while the mouse is dragged
_FONT = 8.0
_ROOM = 0.06  # of the highest total: above it, and below 0


class Scores(NamedTuple):
    """Scores of one rater along the axis.

    Attributes
    ----------
    places
        (frame,) along the axis.
    total
        (frame,), NaN where missing.
    units
        (frame, unit), in the order of the scale, NaN where missing.
    step
        Usual distance between two frames.
    """

    places: NDArray[np.float64]
    total: NDArray[np.floating]
    units: NDArray[np.floating]
    step: float

    @classmethod
    def of(cls, done: RaterPass, timed: bool) -> Scores:
        """Take them from a pass, along its times or its frame numbers."""
        places = done.times if timed else done.frames.astype(float)
        units = done.data["score"].sel(unit=list(done.scale.unit_names)).values
        return cls(places, done.total, units, curves.usual_step(places))


class Plot(NamedTuple):
    """What is plotted of a recording.

    Attributes
    ----------
    places
        Of the frames of the video along the axis.
    timed
        Whether they are times in s; frame numbers where times are not known.
    scale
        That the shown rater followed.
    shown, compared
        Scores of the two raters.
    step
        Usual distance between two frames of the video.
    whole
        All of the video, with half a frame at both ends.
    """

    places: NDArray[np.float64]
    timed: bool
    scale: Scale
    shown: Scores
    compared: Scores | None
    step: float
    whole: curves.Window

    @classmethod
    def of(cls, view: RecordingView, shown: RaterPass) -> Plot:
        """Take it from a recording."""
        passes = [shown] if view.compared is None else [shown, view.compared]
        every = [view.times, *(done.times for done in passes)]
        timed = all(bool(np.isfinite(times).all()) for times in every)
        places = view.times if timed else view.frames.astype(float)
        scores = [Scores.of(done, timed) for done in passes]
        step = curves.usual_step(places) or 1.0
        return cls(
            places=places,
            timed=timed,
            scale=shown.scale,
            shown=scores[0],
            compared=scores[1] if len(scores) > 1 else None,
            step=step,
            whole=curves.Window(
                float(places[0]) - step / 2, float(places[-1]) + step / 2
            ),
        )

    def ticks(self, window: curves.Window, most: int) -> tuple[Any, list[str]]:
        """Give round places in a window, and what to write there."""
        if not self.timed:
            places, _ = curves.ticks(window, most, curves.FRAME_STEPS)
            return places, [f"{place:.0f}" for place in places]
        places, step = curves.ticks(window, most, curves.TIME_STEPS)
        if self.whole.length > _CLOCK_FROM:
            return places, [curves.clock(place, step) for place in places]
        return places, [f"{place:g} s" for place in places]


class TimelineCanvas(FigureCanvasQTAgg):
    """The plot: totals above, a row for each unit below, the current frame in both.

    Attributes
    ----------
    sought
        Emitted with the place along the axis at which the mouse asks to be.
    turned
        Emitted when another window is shown.
    plot, extent
        What is plotted, or None, and the window of it that is shown.
    span
        Length of time that a point of the shown line stands for; 0 for a frame each.
    totals, units
        The axes.
    """

    sought = Signal(float)
    turned = Signal()

    def __init__(self) -> None:
        super().__init__(Figure())  # type: ignore[no-untyped-call]
        self.setMinimumHeight(100)
        self.plot: Plot | None = None
        self.extent = curves.Window(0.0, 1.0)
        self.span = 0.0
        self.totals, self.units = self.figure.subplots(2, 1, sharex=True)
        self._passing: list[Any] = []  # drawn anew for each window
        self._marks: list[Any] = []  # of the current frame
        self._background: Any = None  # the picture without them
        self._drag: Callable[[Any], None] | None = None
        self.mpl_connect("draw_event", self._on_draw)
        self.mpl_connect("resize_event", self._on_resize)
        self.mpl_connect("button_press_event", self._on_press)
        self.mpl_connect("motion_notify_event", self._on_motion)
        self.mpl_connect("button_release_event", self._on_release)
        self.mpl_connect("scroll_event", self._on_scroll)

    def sizeHint(self) -> QSize:
        """Give a low and wide plot."""
        return QSize(640, 180)

    def show_plot(self, plot: Plot, colours: dict[str, str]) -> None:
        """Plot something else; the window stays if the video is as long."""
        kept = self.plot is not None and self.plot.whole == plot.whole
        self.plot, self._text, self._passing = plot, colours["text"], []
        self._words = {"color": self._text, "fontsize": _FONT, "va": "center"}
        self.figure.set_facecolor(colours["background"])
        for axes in (self.totals, self.units):
            axes.clear()
            axes.set_facecolor(colours["foreground"])
            axes.tick_params(colors=self._text, labelsize=_FONT, length=2)
            axes.spines[:].set_visible(False)
        self._draw_bands(plot)
        self._draw_rows(plot, colours["background"])
        self._marks = [
            axes.axvline(0, color=colours[name], linewidth=width, animated=True)
            for axes in (self.totals, self.units)
            for name, width in (("background", 3.5), ("text", 1.3))
        ]
        self._lay_out()
        self.turn_to(self.extent if kept else plot.whole)

    def turn_to(self, window: curves.Window) -> None:
        """Show another part of the recording."""
        if self.plot is None:
            return
        self.extent = window.within(self.plot.whole)
        for artist in self._passing:
            artist.remove()
        self._passing = []
        columns = max(1, round(self.totals.bbox.width))
        self._draw_strips(self.plot.shown, columns)
        if self.plot.compared is not None:
            self._draw_line(self.plot.compared, columns, _COMPARED)
        self.span = self._draw_line(self.plot.shown, columns, self._text)
        self.units.set_xticks(*self.plot.ticks(self.extent, columns // 80))
        self.units.set_xlim(*self.extent)
        self._background = None
        self.draw_idle()  # type: ignore[no-untyped-call]
        self.turned.emit()

    def follow(self, place: float) -> None:
        """Turn on until a place is shown."""
        if self.extent.following(place) != self.extent:
            self.turn_to(self.extent.following(place))

    def mark(self, place: float | None) -> None:
        """Move the line of the current frame; nothing else is drawn."""
        for mark in self._marks:
            mark.set_xdata([place, place])
            mark.set_visible(place is not None)
        if self._background is not None:  # else all is about to be drawn
            self.restore_region(self._background)  # type: ignore[no-untyped-call]
            self._draw_marks()
            self.blit(self.figure.bbox)  # type: ignore[no-untyped-call]

    def _on_draw(self, _event: Any) -> None:
        whole = self.figure.bbox
        self._background = self.copy_from_bbox(whole)  # type: ignore[no-untyped-call]
        self._draw_marks()

    def _draw_marks(self) -> None:
        for mark in self._marks:
            mark.axes.draw_artist(mark)

    def _draw_bands(self, plot: Plot) -> None:
        """Shade the scale's bands; their borders lie midway between two totals."""
        bands, half = plot.scale.bands, -total_bins(plot.scale)[0]
        room = max(half, _ROOM * plot.scale.max_total)
        low, high = -room, plot.scale.max_total + room
        borders = [low, *(band.low - half for band in bands[1:]), high]
        shades = curves.coloured(np.linspace(0, 2, len(bands)), _COLOURS)
        beside = self.totals.get_yaxis_transform()
        for band, shade, ends in zip(bands, shades, pairwise(borders), strict=False):
            self.totals.axhspan(*ends, color=shade, alpha=0.3, linewidth=0)
            self.totals.text(
                1.006, np.mean(ends), band.name, transform=beside, **self._words
            )
        self.totals.set_ylim(low, high)
        self.totals.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        self.totals.tick_params(bottom=False, labelbottom=False)
        self.totals.set_ylabel("Total", rotation=0, ha="right", **self._words)

    def _draw_rows(self, plot: Plot, between: str) -> None:
        units = plot.scale.units
        middles = np.arange(len(units)) + 0.5
        self.units.set_yticks(middles, [unit.title for unit in units])
        self.units.set_ylim(len(units), 0)
        self.units.tick_params(axis="y", length=0)
        for border in range(1, len(units)):
            self.units.axhline(border, color=between, linewidth=1.5)

    def _draw_strips(self, scores: Scores, columns: int) -> None:
        levels = curves.strips(
            scores.places, scores.units, self.extent, columns, scores.step
        )
        strips = self.units.imshow(
            curves.coloured(levels.T, _COLOURS),
            extent=(*self.extent, levels.shape[1], 0),
            aspect="auto",
            interpolation="nearest",
        )
        self._passing.append(strips)

    def _draw_line(self, scores: Scores, columns: int, colour: str) -> float:
        line = curves.trace(
            scores.places, scores.total, self.extent, columns // 2, scores.step
        )
        # With room between them every frame is a point, else only the lone ones.
        sparse = len(line.times) < columns / 8
        self._passing += self.totals.plot(
            line.times,
            line.mean,
            marker=".",
            markevery=slice(None) if sparse else curves.lone(line.mean),
            color=colour,
            linewidth=1.2,
        )
        if line.span:
            ends = (line.times, line.low, line.high)
            self._passing.append(
                self.totals.fill_between(*ends, color=colour, alpha=0.2, linewidth=0)
            )
        return line.span

    def _lay_out(self) -> None:
        """Give text the room it needs, whatever the size."""
        width, height = self.figure.get_size_inches()
        left, right = (
            max((text.get_window_extent().width for text in texts), default=0)
            / self.figure.dpi
            for texts in (self.units.get_yticklabels(), self.totals.texts)
        )
        self.figure.subplots_adjust(
            left=min((left + 0.12) / width, 0.45),
            right=max(1 - (right + 0.2) / width, 0.55),
            bottom=min(0.22 / height, 0.4),
            top=1 - min(0.06 / height, 0.1),
            hspace=0.08,
        )

    def _on_resize(self, _event: Any) -> None:
        if self.plot is not None:
            self._lay_out()
            self.turn_to(self.extent)

    def _place(self, event: Any) -> float:
        """Place along the axis under the mouse; the nearest that is shown."""
        box = self.totals.bbox
        part = np.clip((event.x - box.x0) / box.width, 0, 1)
        return float(self.extent.start + part * self.extent.length)

    def _on_press(self, event: Any) -> None:
        if self.plot is None:
            return
        if event.button != 1:
            self._drag = partial(self._pan, event.x, self.extent)
        elif event.dblclick:
            self.turn_to(self.plot.whole)
        else:
            self._drag = lambda event: self.sought.emit(self._place(event))
            self._drag(event)

    def _pan(self, x: float, window: curves.Window, event: Any) -> None:
        self.turn_to(
            window.moved((x - event.x) / self.totals.bbox.width * window.length)
        )

    def _on_motion(self, event: Any) -> None:
        if self._drag is not None:
            self._drag(event)

    def _on_release(self, _event: Any) -> None:
        self._drag = None

    def _on_scroll(self, event: Any) -> None:
        if self.plot is None:
            return
        shortest = _SHORTEST * self.plot.step / self.extent.length
        self.turn_to(
            self.extent.zoomed(self._place(event), max(0.8**event.step, shortest))
        )


class Links:
    """Connections of a widget, cut at the latest when it is destroyed.

    Signals hold a bound method for as long as its Python object lives, which can be
    longer than the widget itself.
    """

    def __init__(self, widget: qt.QWidget) -> None:
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
        self._frame: int | None = None
        self._sought = 0.0
        self.canvas = TimelineCanvas()
        self.canvas.sought.connect(self._on_sought)
        self.canvas.turned.connect(self._on_turned)
        self._going = QSignalThrottler(parent=self)
        self._going.setTimeout(_GO_EVERY)
        self._going.triggered.connect(self._on_going)
        self._build()

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
        if view is None or shown is None or not len(shown.frames):
            self._notice.setText(
                NOTHING_OPEN if view is None else "No frame is scored yet."
            )
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
        both = ((view.shown, colour), (view.compared, _COMPARED))
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
