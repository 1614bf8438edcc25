"""The rater's name is changed everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt

if TYPE_CHECKING:
    from napari_grimace.widgets.hand import Hand


class NameFields(qt.QWidget):
    """Gives who rates another name, in all recordings of the folder.

    Parameters
    ----------
    hand
        Of the person.
    """

    def __init__(self, hand: Hand) -> None:
        super().__init__()
        self._hand = hand
        self.new = qt.QLineEdit()
        self.new.setPlaceholderText("new name")
        self.rename = qt.QPushButton("Rename")
        self.rename.setToolTip(
            "Give who rates another name in all recordings of this folder. What was "
            "rated stays, and the journals tell of both names."
        )
        self.rename.clicked.connect(self._on_rename)
        row = qt.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.new, 1)
        row.addWidget(self.rename)

    def _on_rename(self) -> None:
        self._hand.rename(" ".join(self.new.text().split()))
        self.new.clear()
