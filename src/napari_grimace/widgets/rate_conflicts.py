"""Values that one rater has set differently at two desks, to be decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt

if TYPE_CHECKING:
    from napari_grimace.recording.record import Value
    from napari_grimace.recording.resolve import Conflict
    from napari_grimace.widgets.marker import Marker


class ConflictFields(qt.QGroupBox):
    """Shows the first conflict of the person who rates, with a button for each value.

    Parameters
    ----------
    marker
        Of the person.
    """

    def __init__(self, marker: Marker) -> None:
        super().__init__("Set differently at two desks")
        self._marker = marker
        self._words = qt.QLabel()
        self._words.setWordWrap(True)
        self._row = qt.QHBoxLayout()
        layout = qt.QVBoxLayout(self)
        layout.addWidget(self._words)
        layout.addLayout(self._row)
        self.buttons: list[qt.QPushButton] = []
        self._shown: Conflict | None = None
        self.setVisible(False)

    def show_again(self) -> None:
        """Show what is to be decided next."""
        rating = self._marker.hand.rating
        conflicts = [] if rating is None else rating.conflicts
        first = conflicts[0] if conflicts else None
        self.setVisible(first is not None)
        if first is self._shown:
            return
        self._shown = first
        for button in self.buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        if first is None:
            return
        place = f"{first.field} {first.at}".strip()
        self._words.setText(
            f"Frame {first.frame}, {place}. Which is right? {len(conflicts)} to decide."
        )
        go = qt.QPushButton("Show")
        go.clicked.connect(partial(self._go, first.frame))
        self._add(go)
        for _, time, value in first.values:
            choice = qt.QPushButton(_words(value))
            choice.setToolTip(f"set {time}")
            choice.clicked.connect(partial(self._settle, first, value))
            self._add(choice)

    def _add(self, button: qt.QPushButton) -> None:
        self.buttons.append(button)
        self._row.addWidget(button)

    def _go(self, frame: int, _checked: bool = False) -> None:
        self._marker.hand.desk.go_to(frame)

    def _settle(self, conflict: Conflict, value: Value, _checked: bool = False) -> None:
        self._marker.settle(conflict, value)


def _words(value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return "box " + ", ".join(f"{edge:.0f}" for edge in value)
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")
