"""The recordings of a study, and how far each has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from qtpy.QtCore import Qt, Signal

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = ("scored", "rated", "confirmed")
_KEYS = ("group", "timepoint", "animal")
_HEIGHT = 220  # px
_TIPS = {
    "scored": "frames that a model scored",
    "rated": "frames that people rated",
    "confirmed": "frames that were confirmed",
}


class StudyTable(qt.QTableWidget):
    """A row for each recording; a double click chooses one.

    Attributes
    ----------
    chosen
        Emitted with the name of the recording that was double-clicked.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(_HEIGHT)
        self.setEditTriggers(qt.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(qt.QAbstractItemView.SelectionBehavior.SelectRows)
        numbers = self.verticalHeader()
        if numbers is not None:
            numbers.hide()
        self.setToolTip("Double-click a recording to open it.")
        self.cellDoubleClicked.connect(self._on_double_click)

    def show_states(self, states: pd.DataFrame) -> None:
        """Show what `recording_states` tells; columns can be sorted by."""
        shown = (*_COUNTS, *_KEYS)
        further = [c for c in map(str, states) if c not in (*shown, "people")]
        columns = [*shown, *further]
        self.setSortingEnabled(False)
        self.setColumnCount(1 + len(columns))
        self.setRowCount(len(states))
        self.setHorizontalHeaderLabels(["recording", *columns])
        for row, (name, told) in enumerate(states.iterrows()):
            self.setItem(row, 0, _item(str(name)))
            for column, key in enumerate(columns, 1):
                self.setItem(row, column, _item(told[key]))
        for column, key in enumerate(columns, 1):
            head = self.horizontalHeaderItem(column)
            if head is not None:
                head.setToolTip(_TIPS.get(key, ""))
        self.resizeColumnsToContents()
        self.setSortingEnabled(True)

    def _on_double_click(self, row: int, _column: int) -> None:
        item = self.item(row, 0)
        if item is not None:
            self.chosen.emit(item.text())


def _item(value: object) -> qt.QTableWidgetItem:
    item = qt.QTableWidgetItem()
    # Numbers as numbers, so that 9 is sorted before 10.
    shown = value if isinstance(value, str) else int(value)  # type: ignore[call-overload]
    item.setData(Qt.ItemDataRole.DisplayRole, shown)
    return item
