"""Buttons whose errors are told in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QPushButton

from napari_grimace.errors import GrimaceError
from napari_grimace.widgets.notices import tell

if TYPE_CHECKING:
    from collections.abc import Callable


def button(text: str, act: Callable[[], object], tooltip: str = "") -> QPushButton:
    """Make a button; what goes wrong is told in the window."""
    made = QPushButton(text)
    made.setToolTip(tooltip)
    made.clicked.connect(_told(act))
    return made


class TwiceButton(QPushButton):
    """A button that is pressed twice before something that cannot be taken back.

    Parameters
    ----------
    text
        What it says at first.
    act
        What a press does: `ask`, or the thing itself where `asked` is it.

    Attributes
    ----------
    asked
        For what a second press was asked; None: for nothing.
    """

    def __init__(self, text: str, act: Callable[[], object]) -> None:
        super().__init__(text)
        self.asked: object = None
        self._text = text
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(lambda: self.setEnabled(True))
        self.clicked.connect(_told(act))

    def ask(self, what: object, words: str) -> None:
        """Ask for a second press; the second of a double click is none."""
        self.asked = what
        self.setText(words)
        self.setEnabled(False)
        self._pause.start(QApplication.doubleClickInterval())

    def forget(self) -> None:
        """Take back that a second press was asked for."""
        self.asked = None
        self.setText(self._text)


def _told(act: Callable[[], object]) -> Callable[[], None]:
    def acted(_checked: bool = False) -> None:
        try:
            act()
        except (GrimaceError, OSError) as error:
            tell(error)

    return acted
