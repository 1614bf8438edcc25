"""The dock in which a person rates: units, marks, boxes, and where to go next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from qtpy.QtCore import Qt

from napari_grimace.scales import list_scales
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.hand import NOBODY
from napari_grimace.widgets.key_help import KeyHelp
from napari_grimace.widgets.keys import bind_dock
from napari_grimace.widgets.level_help import LevelHelp
from napari_grimace.widgets.links import Links
from napari_grimace.widgets.rate_boxes import BoxFields
from napari_grimace.widgets.rate_conflicts import ConflictFields
from napari_grimace.widgets.rate_marks import MarkFields
from napari_grimace.widgets.rate_name import NameFields
from napari_grimace.widgets.rate_units import UnitRows
from napari_grimace.widgets.route import REASONS
from napari_grimace.widgets.rows import fill_scrolling, section
from napari_grimace.widgets.settings import load_settings

if TYPE_CHECKING:
    import napari

    from napari_grimace.widgets.view import RecordingView

NO_RECORDING = "Open a recording to rate it."


class RateWidget(qt.QScrollArea):
    """Rate the active recording by hand.

    Parameters
    ----------
    viewer
        The viewer.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(viewer)
        self._view: RecordingView | None = None
        self._scale_of: RecordingView | None = None
        self.name = qt.QComboBox()
        self.start = qt.QPushButton("Start")
        self.scale = qt.QComboBox()
        self.state = qt.QLabel()
        self.units = UnitRows(self._desk.hand)
        self.by_unit = qt.QCheckBox("One unit through all frames")
        self.levels = LevelHelp(self._desk.hand)
        self.marks = MarkFields(self._desk.marker)
        self.reason = qt.QComboBox()
        self.boxes = BoxFields(self._desk)
        self.names = NameFields(self._desk.hand)
        self.conflicts = ConflictFields(self._desk.marker)
        self._build()
        self.start.clicked.connect(self._on_start)
        self.reason.activated.connect(self._on_reason)
        self.by_unit.toggled.connect(self._on_by_unit)
        bind_dock(self, self._desk)
        self._links, self._view_links = Links(self), Links(self)
        self._links.make(self._desk.activated, self._on_activated)
        self._links.make(self._desk.hand.changed, self._tell)
        self._links.make(self._desk.moved, self._tell)
        self._on_activated()

    def _build(self) -> None:
        self.name.setEditable(True)
        self.name.setInsertPolicy(qt.QComboBox.InsertPolicy.NoInsert)
        self.name.setToolTip("Your name; what you set is kept under it.")
        line = self.name.lineEdit()
        if line is not None:
            line.setPlaceholderText("your name")
            line.returnPressed.connect(self._on_start)
        self.scale.addItems([scale.name for scale in list_scales()])
        self.scale.setToolTip(
            "The scale that is followed; it can be chosen as long as nobody has rated "
            "or scored the recording."
        )
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        for reason, words in REASONS.items():
            self.reason.addItem(words, reason)
        self.reason.setToolTip("Which frames the arrows, and the last score, go to.")
        self._arrows = [qt.QPushButton("◀"), qt.QPushButton("▶")]
        for button, by in zip(self._arrows, (-1, 1), strict=True):
            button.clicked.connect(lambda _=False, by=by: self._desk.route.go(by))
        content = qt.QWidget()
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(_beside(qt.QLabel("Rater"), self.name, self.start))
        layout.addLayout(_beside(qt.QLabel("Scale"), self.scale))
        layout.addWidget(self.state)
        layout.addWidget(self.conflicts)
        layout.addWidget(self.units)
        layout.addWidget(self.by_unit)
        layout.addWidget(self.levels)
        layout.addLayout(_beside(qt.QLabel("Go to"), self.reason, *self._arrows))
        layout.addWidget(self.marks)
        layout.addWidget(section("Boxes and ranges", self.boxes))
        layout.addWidget(section("Another name", self.names))
        layout.addWidget(section("Keys", KeyHelp()))
        layout.addStretch(1)
        fill_scrolling(self, content)

    def _on_activated(self) -> None:
        self._view_links.cut()
        self._view = self._desk.view
        if self._view is not None:
            self._view_links.make(self._view.changed, self._offer_names)
            self._view_links.make(self._view.rated, self._tell)
        self._offer_names()

    def _offer_names(self) -> None:
        """Offer the people who rated this recording, and whom the settings name."""
        raters = () if self._view is None else self._view.raters
        names = [rater.label for rater in raters if rater.kind == "person"]
        typed = self.name.currentText() or load_settings().rater
        if [self.name.itemText(i) for i in range(self.name.count())] != names:
            self.name.clear()
            self.name.addItems(names)
        self.name.setEditText(typed)
        self._tell()

    def _on_start(self) -> None:
        hand = self._desk.hand
        if hand.rating is not None:
            hand.end()
        else:
            name = " ".join(self.name.currentText().split())
            hand.begin(name, self.scale.currentText())
        self.units.setFocus()

    def _on_reason(self) -> None:
        self._desk.route.choose(self.reason.currentData())

    def _on_by_unit(self, on: bool) -> None:
        self._desk.route.by_unit = on

    def _tell(self) -> None:
        """Say who rates, how far it has come, and that it is saved."""
        rating, view = self._desk.hand.rating, self._view
        self.start.setText("Start" if rating is None else "Stop")
        self.start.setEnabled(view is not None)
        self.name.setEnabled(rating is None)
        self._show_scale(view)
        if rating is not None and self.name.currentText() != rating.rater.label:
            self.name.setEditText(rating.rater.label)
        for part in (self.units, self.levels, self.marks, self.boxes):
            part.setEnabled(rating is not None)
            part.show_again()
        self.names.setEnabled(rating is not None)
        self.conflicts.show_again()
        self.state.setText(self._state(view))

    def _show_scale(self, view: RecordingView | None) -> None:
        scale = None if view is None else view.scale
        name = load_settings().scale if scale is None else scale.name
        if self._scale_of is not view or scale is not None:
            self._scale_of = view
            if self.scale.findText(name) < 0:  # one of the lab's own
                self.scale.addItem(name)
            self.scale.setCurrentText(name)
        self.scale.setEnabled(view is not None and scale is None)

    def _state(self, view: RecordingView | None) -> str:
        if view is None:
            return NO_RECORDING
        if view.rating is None:
            return NOBODY
        done, count, others = self._desk.route.counts()
        what = "frames" if view.blind is None else "pictures"
        words = [f"{done} of {count} {what} rated"]
        if others:
            words[0] += f" and {others} others"
        if view.blind is not None and self._desk.frame is not None:
            words.insert(0, f"blind · picture {self._desk.frame + 1} of {count}")
        if view.saved:
            words.append(view.saved)
        if not view.rating_shown:
            words.append("another rater is shown")
        if self._desk.route.said:
            words.append(self._desk.route.said)
        return " · ".join(words)


def _beside(*widgets: qt.QWidget) -> qt.QHBoxLayout:
    row = qt.QHBoxLayout()
    for widget in widgets:
        stretch = 1 if isinstance(widget, qt.QComboBox) else 0
        row.addWidget(widget, stretch)
        if isinstance(widget, qt.QPushButton) and len(widget.text()) < 2:
            widget.setFixedWidth(32)
    return row
