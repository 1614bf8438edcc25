"""Undo, flags, notes and confirmations of the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from qtpy.QtCore import Qt

from napari_grimace.errors import GrimaceError, RecordingError
from napari_grimace.widgets.buttons import button
from napari_grimace.widgets.keys import shortcut
from napari_grimace.widgets.notices import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.rating.rating import Rating
    from napari_grimace.widgets.marker import Marker


class MarkFields(qt.QWidget):
    """Marks the frame in the name of the person who rates.

    Parameters
    ----------
    marker
        Of the person.
    """

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._marker, hand = marker, marker.hand
        self._hand = hand
        self._shown: tuple[int | None, str] = (None, "")
        self._of: Rating | None = None  # whose note is shown
        self.undo = key_button("Undo", "undo", hand.undo)
        self.redo = key_button("Redo", "redo", lambda: hand.undo(1))
        self.flag = key_button("Flag", "flag", self._on_flag)
        self.confirm = key_button("Confirm", "confirm", marker.confirm)
        for one in (self.flag, self.confirm):
            one.setCheckable(True)
            one.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.words = qt.QLineEdit()
        self.words.setPlaceholderText("note on this frame, or reason of a flag")
        self.words.setToolTip(
            "Kept as a note when you go on or press Enter; Flag takes it as the reason."
        )
        self.words.returnPressed.connect(self.setFocus)
        self.words.editingFinished.connect(self.keep_typed)
        hand.leaving.connect(self.keep_typed)
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
        if (rating, frame) != (self._of, self._shown[0]):
            self.keep_typed()
        self.undo.setEnabled(rating is not None and rating.can_undo)
        self.redo.setEnabled(rating is not None and rating.can_redo)
        if rating is None or frame is None:
            self._of, self._shown = None, (None, "")
            self.words.clear()
            return
        self.flag.setChecked(bool(rating.value(frame, "flag")))
        self.confirm.setChecked(bool(rating.value(frame, "confirmed", self._marker.of)))
        note = rating.value(frame, "note")
        shown = frame, note if isinstance(note, str) else ""
        if shown != self._shown or rating is not self._of:
            self._of, self._shown = rating, shown
            self.words.setText(shown[1])

    def _on_flag(self) -> None:
        typed, (_, shown) = self.words.text(), self._shown
        flagged = self._flagged()
        self.words.setText(shown)
        self._marker.flag("" if typed == shown else typed)
        if self._flagged() == flagged:  # refused: the reason stays
            self.words.setText(typed)

    def _flagged(self) -> bool:
        rating, frame = self._hand.rating, self._hand.desk.frame
        return bool(rating and frame is not None and rating.value(frame, "flag"))

    def keep_typed(self) -> None:
        """Keep what was typed as a note on the frame at which it was typed."""
        typed, (frame, shown) = " ".join(self.words.text().split()), self._shown
        if self._of is None or frame is None or typed == shown:
            return
        self._shown = frame, typed  # before: it is told at once what was written
        try:
            self._marker.note(typed, frame, self._of)
        except (GrimaceError, OSError) as error:
            self._shown = frame, shown  # the words stay, while the frame does
            lost = f"The note {typed!r} on frame {frame} is not kept."
            tell(RecordingError(f"{error} {lost}"))


def key_button(text: str, name: str, act: Callable[[], object]) -> qt.QPushButton:
    """Make a button whose help tells its shortcut.

    Parameters
    ----------
    text
        What it says.
    name
        Of the shortcut.
    act
        What is done.
    """
    one = shortcut(name)
    title = one.title[0].upper() + one.title[1:]
    return button(text, act, f"{title}. Key: {one.key}" if one.key else title)
