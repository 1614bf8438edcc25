"""The timeline's plot, and the mouse in it."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from qtpy.QtCore import QSize, Signal

from napari_grimace.exchange.figures import total_bins
from napari_grimace.widgets import curves
from napari_grimace.widgets.paint import SEVERITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.widgets.plot import Plot, Scores


_COLOURS = np.array([to_rgb(SEVERITY[level]) for level in range(3)])
COMPARED = "#d55fc4"
"""Colour of the rater with whom the shown one is compared."""
_SHORTEST = 10  # frames to which one can zoom in
_FONT = 8.0
_ROOM = 0.06  # of the highest total: above it, and below 0


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
            self._draw_line(self.plot.compared, columns, COMPARED)
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
            # Not `blit`, which would have the whole window painted at once.
            self.update()

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
