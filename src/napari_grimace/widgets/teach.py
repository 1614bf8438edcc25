"""The dock in which a person learns to score, and is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from magicgui.types import FileDialogMode
from magicgui.widgets import CheckBox, ComboBox, FileEdit, LineEdit
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeySequence, QShortcut

from napari_grimace.errors import GrimaceError
from napari_grimace.teaching import learner_folder, list_attempts
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.key_help import KeyHelp
from napari_grimace.widgets.keys import bind_dock, shortcut
from napari_grimace.widgets.level_help import LevelHelp
from napari_grimace.widgets.links import Links
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.rate_units import UnitRows
from napari_grimace.widgets.rows import fill_scrolling, rows, section
from napari_grimace.widgets.settings import load_settings
from napari_grimace.widgets.teach_progress import ProgressFields, verdict_section
from napari_grimace.widgets.teach_sets import (
    learners_folder,
    open_chosen,
    set_choice,
    typed_path,
)
from napari_grimace.widgets.teach_words import (
    feedback_words,
    set_words,
    state_of,
    verdict_words,
)
from napari_grimace.widgets.worker import warnings_shown

if TYPE_CHECKING:
    from pathlib import Path

    import napari

    from napari_grimace.teaching import ReferenceSet
    from napari_grimace.teaching.passing import Verdict

_MODES = [
    ("practice: the right scores are told", "practice"),
    ("test: they are told at the end", "test"),
]
_MARGIN = 6  # px
_BESIDE = 2 * _MARGIN + 16  # px: what is left and right of the units


class TeachWidget(qt.QScrollArea):
    """Practise on pictures with known scores, and be tested.

    Parameters
    ----------
    viewer
        The viewer.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._lesson = desk_of(viewer).lesson
        self._judged: Verdict | None = None
        self._make_fields()
        self.start = qt.QPushButton("Start")
        self.start.setToolTip(
            "Begins, or goes on where you stopped. Recordings and videos that are open "
            "are closed; everything of them is on the disk."
        )
        self.start.clicked.connect(self._on_start)
        self.about, self.state = _text(), _text()
        self.units, self.levels = UnitRows(self._lesson), LevelHelp(self._lesson)
        self.told = _text(Qt.TextFormat.RichText)
        self.next = qt.QPushButton()
        self.next.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.next.clicked.connect(lambda _=False: self._lesson.skip())
        self.progress = ProgressFields(self._learner)
        self._lay_out()
        bind_dock(self, desk_of(viewer))
        self._bind_enter()
        self._links = Links(self)
        self._links.make(self._lesson.changed, self._tell)
        self._on_set()
        self._tell()

    def changeEvent(self, event: QEvent | None) -> None:
        """Pause when the dock is closed: napari then takes this widget out of it."""
        super().changeEvent(event)
        moved = event is not None and event.type() == QEvent.Type.ParentChange
        if moved and self.parent() is None and self._lesson.on:
            self._lesson.pause()

    def _make_fields(self) -> None:
        self.set = set_choice()
        self.set.changed.connect(self._on_set)
        self.learner = LineEdit(
            label="Learner",
            value=load_settings().rater,
            tooltip="Your name; what you reach is kept under it.",
        )
        self.learner.native.returnPressed.connect(self._on_start)
        self.folder = FileEdit(
            mode=FileDialogMode.EXISTING_DIRECTORY,
            label="Kept in",
            value=learners_folder(),
            tooltip="Folder of all learners: each has one in it, with all answers.",
        )
        self.mode = ComboBox(choices=_MODES, label="Mode")
        self.fresh = CheckBox(
            label="",
            text="begin anew",
            tooltip="Begin another practice or test even if one was not finished, "
            "which stays as it is.",
        )

    def _lay_out(self) -> None:
        self.form = qt.QWidget()
        column = qt.QVBoxLayout(self.form)
        column.setContentsMargins(0, 0, 0, 0)
        fields = (self.set, self.learner, self.folder, self.mode, self.fresh)
        column.addWidget(rows(*fields))
        column.addWidget(self.about)
        self.panel = qt.QWidget()
        column = qt.QVBoxLayout(self.panel)
        column.setContentsMargins(0, 0, 0, 0)
        for shown in (self.units, self.levels, self.next):
            column.addWidget(shown)
        content = qt.QWidget()
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        for part in (self.form, self.start, self.state, self.panel, self.told):
            layout.addWidget(part)
        self.kept = section("Progress and report", self.progress)
        self.kept.toggled.connect(self._on_progress)
        layout.addWidget(self.kept)
        layout.addWidget(section("Keys", KeyHelp()))
        layout.addStretch(1)
        fill_scrolling(self, content)

    def _bind_enter(self) -> None:
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            enter = QShortcut(QKeySequence(key), self.panel)
            enter.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            enter.activated.connect(self._lesson.go_on)

    def _learner(self) -> tuple[Path, ReferenceSet]:
        """Give the learner's folder, and the set."""
        name = " ".join(self.learner.value.split())
        if not name:
            raise GrimaceError("Give the learner's name first.")
        return learner_folder(self._folder(), name), open_chosen(self.set)

    def _folder(self) -> Path:
        return typed_path(self.folder.value, learners_folder())

    def _on_set(self) -> None:
        try:
            self.about.setText(set_words(open_chosen(self.set)))
        except (GrimaceError, OSError) as error:
            self.about.setText(str(error))

    def _on_start(self) -> None:
        if self._lesson.on:
            self._lesson.pause()
            return
        name = " ".join(self.learner.value.split())
        try:
            reference, folder = open_chosen(self.set), self._folder()
        except (GrimaceError, OSError) as error:
            tell(error)
            return
        fresh, mode = bool(self.fresh.value), self.mode.value
        self._lesson.begin(reference, name, folder, mode, fresh=fresh)
        self.fresh.value = False
        self.units.setFocus()

    def _on_progress(self, on: bool) -> None:
        if on and self.learner.value.strip():
            self.progress.refresh.click()

    def _tell(self) -> None:
        """Show how the lesson stands."""
        lesson = self._lesson
        self.form.setVisible(not lesson.on)
        self.start.setText("Pause" if lesson.on else "Start")
        self.state.setText(state_of(lesson))
        self.panel.setVisible(lesson.on)
        self.units.show_again()
        self.setMinimumWidth(self.units.minimumSizeHint().width() + _BESIDE)
        self.levels.show_again()
        self.levels.setVisible(lesson.feedback is None)
        key = shortcut("next_wanted").key
        answered = lesson.complete
        self.next.setText(f"Next (Enter, {key})" if answered else f"Skip ({key})")
        self._tell_right()

    def _tell_right(self) -> None:
        """Tell the right scores of a picture, or the verdict on a test."""
        lesson = self._lesson
        if lesson.verdict is not None:
            if lesson.verdict is not self._judged:
                self.told.setText(self._verdict())
        elif lesson.feedback is not None:
            self.told.setText(feedback_words(lesson.feedback))
        else:
            self.told.clear()
        self._judged = lesson.verdict

    def _verdict(self) -> str:
        practice = self._lesson.practice
        if practice is None:
            return ""
        test, reference = practice.attempt, practice.reference
        with warnings_shown():
            attempts = list_attempts(test.path.parent, reference)
        verdict = self._lesson.verdict
        passed = None if verdict is None else verdict.passed
        return verdict_words(
            passed, verdict_section(attempts, reference, test), reference
        )


def _text(kind: Qt.TextFormat = Qt.TextFormat.PlainText) -> qt.QLabel:
    text = qt.QLabel()
    text.setTextFormat(kind)
    text.setWordWrap(True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    text.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return text
