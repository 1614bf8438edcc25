"""A figure of its own dock, with its words, to be looked at and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

from napari_grimace.stats.figures import save_figure
from napari_grimace.widgets.buttons import button
from napari_grimace.widgets.rows import fill_scrolling, wrapped_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = "PDF (*.pdf);;SVG (*.svg);;PNG (*.png)"
_SIZE = (320, 200)  # px
_WORDS = 300  # px: width of the text


class FigureDock(qt.QWidget):
    """Shows a figure, tells what it shows, and saves it.

    Parameters
    ----------
    figure
        What is shown.
    text
        Its words, ready for a paper.
    """

    def __init__(self, figure: Figure, text: str) -> None:
        super().__init__()
        self.figure = figure
        canvas = FigureCanvasQTAgg(figure)  # type: ignore[no-untyped-call]
        canvas.setMinimumSize(*_SIZE)
        words = wrapped_text()
        words.value = text
        told = qt.QWidget()
        column = qt.QVBoxLayout(told)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(words.native)
        column.addWidget(button("Save the figure ...", self._save))
        column.addStretch(1)
        beside = qt.QScrollArea()
        beside.setFixedWidth(_WORDS)
        fill_scrolling(beside, told)
        layout = qt.QHBoxLayout(self)
        layout.addWidget(canvas, stretch=1)
        layout.addWidget(beside)

    def _save(self) -> None:
        usual = "figure.pdf"
        path, _ = qt.QFileDialog.getSaveFileName(self, "Figure", usual, _FORMATS)
        if path:
            save_figure(self.figure, path)
