"""Undo, flags, notes and confirmations of the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt

from napari_grimace.widgets.keys import shortcut

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.widgets.hand import Hand


class MarkFields(qt.QWidget):
    """Marks the frame in the name of the person who rates.

    Parameters
    ----------
    hand
        Of the person.
    """

    def __init__(self, hand: Hand) -> None:
        super().__init__()
        self._hand = hand
        self._shown: tuple[int | None, str] = (None, "")
        self.undo = button("Undo", "undo", hand.undo)
        self.redo = button("Redo", "redo", lambda: hand.undo(1))
        self.flag = button("Flag", "flag", self._on_flag)
        self.confirm = button("Confirm", "confirm", hand.confirm)
        for one in (self.flag, self.confirm):
            one.setCheckable(True)
        self.words = qt.QLineEdit()
        self.words.setPlaceholderText("note on this frame, or reason of a flag")
        self.words.setToolTip("Enter keeps it as a note; Flag takes it as the reason.")
        self.words.returnPressed.connect(self._on_note)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.words)
        row = qt.QHBoxLayout()
        for one in (self.flag, self.confirm, self.undo, self.redo):
            row.addWidget(one)
        layout.addLayout(row)

    def show_again(self) -> None:
        """Show what is set in the frame."""
        rating, frame = self._hand.rating, self._hand.desk.frame
        self.undo.setEnabled(rating is not None and rating.can_undo)
        self.redo.setEnabled(rating is not None and rating.can_redo)
        if rating is None or frame is None:
            return
        self.flag.setChecked(bool(rating.value(frame, "flag")))
        self.confirm.setChecked(bool(rating.value(frame, "confirmed")))
        note = rating.value(frame, "note")
        shown = frame, note if isinstance(note, str) else ""
        if shown != self._shown:  # else what is being written would be lost
            self._shown = shown
            self.words.setText(shown[1])

    def _on_flag(self) -> None:
        typed = self.words.text()
        self._hand.flag("" if typed == self._shown[1] else typed)

    def _on_note(self) -> None:
        self._hand.note(self.words.text())
        self.setFocus()


def button(text: str, name: str, act: Callable[[], object]) -> qt.QPushButton:
    """Make a button whose help tells its shortcut."""
    made = qt.QPushButton(text)
    one = shortcut(name)
    title = one.title[0].upper() + one.title[1:]
    made.setToolTip(f"{title}. Key: {one.key}" if one.key else title)
    made.clicked.connect(lambda _=False: act())
    return made
