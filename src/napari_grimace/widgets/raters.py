"""All raters' scores of the frame side by side, and what is decided between them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from qtpy.QtCore import Qt
from qtpy.QtGui import QBrush, QColor
from superqt.utils import QSignalThrottler

from napari_grimace.errors import RecordingError
from napari_grimace.rating.consensus import (
    CONSENSUS,
    Opinions,
    consensus_rater,
    mean_of,
    mode_of,
    most_disputed,
    opinions,
    people_values,
)
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import STATES, RecordingStore, new_recording
from napari_grimace.recording.schema import NOT_FOUND, NOT_SCORABLE
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.hand import NOBODY
from napari_grimace.widgets.keys import bind_dock
from napari_grimace.widgets.links import Links
from napari_grimace.widgets.paint import INK, SEVERITY, level_of
from napari_grimace.widgets.selecting import guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from qtpy.QtGui import QHideEvent, QShowEvent

    from napari_grimace.recording.record import Place, Value
    from napari_grimace.widgets.view import RecordingView

    _Place = tuple[RecordingView | None, int | None]

_COLUMN = 110  # px: names of model builds are long
_EVERY = 100  # ms, at most, while somebody leafs through
_NOTHING = "No rater has looked at this frame."
_BLIND = "In a blind set nobody sees the scores of others."
_LEFT = "The viewer stands at another frame now: click in the table again."
_WORDS: dict[Value, str] = {
    None: "",
    STATES[NOT_SCORABLE]: "n/s",
    STATES[NOT_FOUND]: "out",
}


class RatersWidget(qt.QWidget):
    """A table of the frame: a line for each unit, the most disputed first.

    The last column is the consensus. Click in it to decide; what is decided is kept
    with the name of who rates.

    Parameters
    ----------
    viewer
        The viewer.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(viewer)
        self.changed = self._desk.hand.changed
        self._told: list[Opinions] = []
        self._told_at: _Place = (None, None)
        self.table = qt.QTableWidget()
        self.table.setEditTriggers(qt.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(qt.QAbstractItemView.SelectionMode.NoSelection)
        head = self.table.horizontalHeader()
        if head is not None:
            head.setDefaultSectionSize(_COLUMN)
            head.setTextElideMode(Qt.TextElideMode.ElideRight)
            head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.cellClicked.connect(self._on_cell)
        self.said = qt.QLabel()
        self.said.setWordWrap(True)
        self.mode = qt.QPushButton("Take the mode")
        self.mode.setToolTip("What most people say; where that is a tie, nothing.")
        self.mode.clicked.connect(lambda _=False: self.decide_all(mean=False))
        self.mean = qt.QPushButton("Take the mean")
        self.mean.setToolTip(
            "The mean of people's scores, which may lie between levels."
        )
        self.mean.clicked.connect(lambda _=False: self.decide_all(mean=True))
        self.next = qt.QPushButton("Next disputed frame ▶")
        self.next.clicked.connect(self._on_next)
        self._build()
        self._links = Links(self)
        self._telling = QSignalThrottler(parent=self)
        self._telling.setTimeout(_EVERY)
        self._telling.triggered.connect(self._tell)
        bind_dock(self, self._desk)

    def _build(self) -> None:
        row = qt.QHBoxLayout()
        for button in (self.mode, self.mean, self.next):
            row.addWidget(button)
        layout = qt.QVBoxLayout(self)
        layout.addWidget(self.said)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Begin to follow the viewer."""
        super().showEvent(event)
        self._links.cut()
        for signal in (self._desk.moved, self._desk.activated, self._desk.hand.changed):
            self._links.make(signal, self._soon)
        self._tell()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Follow it no longer."""
        super().hideEvent(event)
        self._links.cut()

    def _soon(self) -> None:
        self._telling.throttle()

    @guarded
    def decide(self, unit: str, value: Value) -> None:
        """Decide what the consensus says of a unit of the frame; None: nothing."""
        rating, frame, who = self._deciding()
        self._keep(rating, {frame: {("score", unit): value}}, f"decided by {who}")

    @guarded
    def decide_all(self, *, mean: bool) -> None:
        """Form the consensus of all units of the frame from what people say."""
        rating, frame, who = self._deciding()
        formed: dict[Place, Value] = {}
        for one in self._all():  # the table is a moment late: of another frame, perhaps
            values = self._of_people(one)
            value = mean_of(values) if mean else mode_of(values)
            if value is not None and one.unit in rating.rater.scale.unit_names:
                formed["score", one.unit] = value
        if not formed:
            raise RecordingError("No person has scored this frame, or all differ.")
        how = "mean" if mean else "mode"
        self._keep(rating, {frame: formed}, f"{how} of all people, taken by {who}")

    def _of_people(self, one: Opinions) -> list[Value]:
        view = self._desk.view
        raters = () if view is None else view.raters
        values: list[Value] = people_values(raters, one)
        return values

    def _deciding(self) -> tuple[Rating, int, str]:
        view, frame, hand = self._desk.view, self._desk.frame, self._desk.hand
        if view is None or frame is None or hand.rating is None:
            raise RecordingError(NOBODY)
        if view.blind is not None:
            raise RecordingError(_BLIND)
        if view.deciding is None:
            recording = view.contents.recording
            known = new_recording({}) if recording is None else recording
            rater = consensus_rater(known, hand.rating.rater.scale)
            store = RecordingStore.open(view.path)
            view.deciding = Rating(store, rater, view.time)
        elif view.deciding.changed_elsewhere():
            view.deciding.read()
        return view.deciding, frame, hand.rating.rater.label

    def _keep(
        self, rating: Rating, changed: Mapping[int, Mapping[Place, Value]], reason: str
    ) -> None:
        self._desk.hand.keep(rating, changed, reason)
        view = self._desk.view
        if view is not None:
            self._desk.read(view)
        self._tell()

    def _tell(self) -> None:
        """Show what all raters say of the frame."""
        if not self.isVisible():
            return
        view = self._desk.view
        self._told, self._told_at = self._all(), (view, self._desk.frame)
        labels = list(
            dict.fromkeys(label for one in self._told for label in one.values)
        )
        columns = [label for label in labels if label != CONSENSUS] + [CONSENSUS]
        blind = view is not None and view.blind is not None
        self.said.setText(_BLIND if blind else "" if self._told else _NOTHING)
        self.table.setRowCount(len(self._told))
        self.table.setColumnCount(len(columns) if self._told else 0)
        self.table.setHorizontalHeaderLabels(columns)
        self.table.setVerticalHeaderLabels([one.unit for one in self._told])
        for row, one in enumerate(self._told):
            for column, label in enumerate(columns):
                self.table.setItem(row, column, _item(one.values.get(label)))
        for column, label in enumerate(columns):
            head = self.table.horizontalHeaderItem(column)
            if head is not None:
                head.setToolTip(label)

    def _all(self) -> list[Opinions]:
        """Give what is read of the frame, and what was set since."""
        view, frame = self._desk.view, self._desk.frame
        if view is None or frame is None or view.blind is not None:
            return []
        recording = view.contents.recording
        if recording is None:
            return []
        there = frame in recording.indexes["frame"]
        found = (
            {one.unit: dict(one.values) for one in opinions(recording, frame)}
            if there
            else {}
        )
        for rating in (view.rating, view.deciding):
            if rating is None:
                continue
            for unit in rating.rater.scale.unit_names:
                value = rating.value(frame, "score", unit)
                found.setdefault(unit, {})[rating.rater.label] = value
        return most_disputed(Opinions(unit, said) for unit, said in found.items())

    @guarded
    def _on_cell(self, row: int, column: int) -> None:
        """Offer what the consensus can say, where its column is clicked."""
        rating, told_of = self._desk.hand.rating, self._told[row]
        if column != self.table.columnCount() - 1:
            return
        if rating is None:
            raise RecordingError(NOBODY)
        if told_of.unit not in rating.rater.scale.unit_names:
            raise RecordingError(
                f"{told_of.unit} is no unit of {rating.rater.scale.title}, by which "
                "you rate."
            )
        menu = qt.QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        levels = map(float, rating.rater.scale.unit(told_of.unit).levels)
        for value in (*levels, STATES[NOT_SCORABLE], None):
            words = "nothing" if value is None else _text(value)
            action = menu.addAction(words)
            if action is not None:
                chosen = partial(self._on_chosen, self._told_at, told_of.unit, value)
                action.triggered.connect(chosen)
        place = self.table.visualItemRect(self.table.item(row, column)).bottomLeft()
        viewport = self.table.viewport()
        if viewport is not None:
            menu.popup(viewport.mapToGlobal(place))

    @guarded
    def _on_chosen(
        self, place: _Place, unit: str, value: Value, _checked: bool = False
    ) -> None:
        if place != (self._desk.view, self._desk.frame):
            raise RecordingError(_LEFT)
        self.decide(unit, value)

    def _on_next(self) -> None:
        self._desk.route.choose("disagreement")
        self._desk.route.go(1)


def _text(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else _WORDS.get(value, str(value))


def _item(value: Value) -> qt.QTableWidgetItem:
    item = qt.QTableWidgetItem(_text(value))
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    if isinstance(value, float):
        level = level_of(value)
        item.setBackground(QBrush(QColor(SEVERITY[level])))
        item.setForeground(QBrush(QColor(INK[level])))
    return item
