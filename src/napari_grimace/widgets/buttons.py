"""Buttons whose errors are told in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QPushButton

from napari_grimace.errors import GrimaceError
from napari_grimace.widgets.notices import tell

if TYPE_CHECKING:
    from collections.abc import Callable


def button(text: str, act: Callable[[], object], tooltip: str = "") -> QPushButton:
    """Make a button; what goes wrong is told in the window."""
    made = QPushButton(text)
    made.setToolTip(tooltip)

    def acted(_checked: bool = False) -> None:
        try:
            act()
        except (GrimaceError, OSError) as error:
            tell(error)

    made.clicked.connect(acted)
    return made
