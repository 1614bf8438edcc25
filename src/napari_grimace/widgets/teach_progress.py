"""How a learner comes along: figure, tables, and a report that can be filed."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import qtpy.QtWidgets as qt
from magicgui.types import FileDialogMode
from magicgui.widgets import FileEdit
from qtpy.QtCore import Qt
from qtpy.QtGui import QPixmap

from napari_grimace.errors import RecordingError
from napari_grimace.teaching import list_attempts, rule_of, write_report
from napari_grimace.teaching.report_content import Section, sections_of
from napari_grimace.widgets.buttons import TwiceButton, button
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.rows import rows
from napari_grimace.widgets.teach_sets import typed_path
from napari_grimace.widgets.teach_words import section_words
from napari_grimace.widgets.worker import CallWorker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qtpy.QtGui import QResizeEvent

    from napari_grimace.teaching import Attempt, ReferenceSet

    Learner = tuple[Path, ReferenceSet]

WRITE = "Write report"
NOTHING_DONE = "There is no attempt on this set yet."
_SHOWN = ("Verdict", "Attempts", "Agreement with the right scores")
_DPI = 100


class ProgressFields(qt.QWidget):
    """Shows a learner's attempts on a set, and writes the report.

    Parameters
    ----------
    learner
        Gives the learner's folder and the set; raises `GrimaceError` where they are
        not chosen yet.
    """

    def __init__(self, learner: Callable[[], Learner]) -> None:
        super().__init__()
        self._learner = learner
        self._work: Any = None
        self._drawn = QPixmap()
        self.figure = qt.QLabel()
        self.figure.setMinimumWidth(1)
        self.text = qt.QLabel()
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.report = FileEdit(
            mode=FileDialogMode.OPTIONAL_FILE,
            label="Report",
            filter="*.html *.pdf",
            tooltip="Where the report is written, .html or .pdf; if nothing is given, "
            "report.html in the learner's folder.",
        )
        self.refresh = button("Show progress", self.show_again)
        self.write = TwiceButton(WRITE, self._write)
        self.report.changed.connect(self.write.forget)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.refresh, self.figure, self.text):
            layout.addWidget(part)
        layout.addWidget(rows(self.report))
        layout.addWidget(self.write)

    def show_again(self) -> None:
        """Show what the learner has reached."""
        self._start(partial(_told, *self._learner()), self._on_told)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fit the figure into the dock."""
        super().resizeEvent(event)
        self._fit()

    def _write(self) -> None:
        folder, reference = self._learner()
        usual = folder / "report.html"
        path = typed_path(self.report.value, usual)
        written = folder, reference.pictures.path, path
        if path != usual and path.exists() and written != self.write.asked:
            self.write.ask(written, f"Press again to replace {path.name}")
            return
        self.write.forget()
        work = partial(write_report, folder, reference, path)
        self._start(work, lambda _: self.text.setText(f"Written: {path}"))

    def _start(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        if self._work is not None:
            raise RecordingError("Something is still at work: wait until it has ended.")
        self._work = CallWorker(work)
        self._work.returned.connect(done)
        self._work.failed.connect(tell)
        self._work.finished.connect(self._on_end)
        self._work.start()

    def _on_end(self) -> None:
        self._work = None

    def _on_told(self, told: tuple[str, bytes]) -> None:
        words, drawn = told
        self.text.setText(words)
        self._drawn = QPixmap()
        self._drawn.loadFromData(drawn)
        self._fit()

    def _fit(self) -> None:
        drawn = self._drawn
        if not drawn.isNull() and drawn.width() > self.width() > 1:
            smooth = Qt.TransformationMode.SmoothTransformation
            drawn = drawn.scaledToWidth(self.width(), smooth)
        self.figure.setPixmap(drawn)
        # What is folded up does not ask how high a text is that breaks into lines.
        self.text.setMinimumHeight(max(0, self.text.heightForWidth(self.width())))


def verdict_section(
    attempts: list[Attempt], reference: ReferenceSet, test: Attempt
) -> Section:
    """Give what a report tells of the verdict on a test."""
    others = [a for a in attempts if a.mode != test.mode or a.path == test.path]
    return sections_of(others, reference, rule_of(reference))[1]


def _told(folder: Path, reference: ReferenceSet) -> tuple[str, bytes]:
    """Give words and a figure on a learner's attempts."""
    from napari_grimace.teaching.report_figures import draw_progress

    attempts = [a for a in list_attempts(folder, reference) if a.begun]
    if not attempts:
        return NOTHING_DONE, b""
    rule = rule_of(reference)
    sections = sections_of(attempts, reference, rule)
    words = "".join(section_words(one) for one in sections if one.title in _SHOWN)
    finished = [a for a in attempts if a.may_be_told]
    if not finished:
        return words, b""
    drawn = io.BytesIO()
    figure = draw_progress(finished, reference, rule)
    figure.set_size_inches(6.0, 5.6)
    figure.savefig(drawn, format="png", dpi=_DPI)
    return words, drawn.getvalue()
