"""A figure of its own dock, with its words, to be looked at and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

from napari_grimace.stats.figures import save_figure
from napari_grimace.widgets.buttons import button
from napari_grimace.widgets.rows import wrapped_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = "PDF (*.pdf);;SVG (*.svg);;PNG (*.png)"
_SIZE = (360, 260)  # px


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
        layout = qt.QVBoxLayout(self)
        layout.addWidget(canvas, stretch=1)
        layout.addWidget(words.native)
        layout.addWidget(button("Save the figure ...", self._save))

    def _save(self) -> None:
        usual = "figure.pdf"
        path, _ = qt.QFileDialog.getSaveFileName(self, "Figure", usual, _FORMATS)
        if path:
            save_figure(self.figure, path)
