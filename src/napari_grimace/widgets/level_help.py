"""What the levels of the selected unit look like, in the scale's words."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

if TYPE_CHECKING:
    from napari_grimace.scales.scale import Unit
    from napari_grimace.widgets.selecting import Selecting


class LevelHelp(QLabel):
    """Tells of each level of the unit that is to be scored.

    Parameters
    ----------
    hand
        Of the person who rates or learns.
    """

    def __init__(self, hand: Selecting) -> None:
        super().__init__()
        self._hand = hand
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)

    def show_again(self) -> None:
        """Tell of the selected unit."""
        chosen = (unit for unit in self._hand.units if unit.name == self._hand.unit)
        unit = next(chosen, None)
        self.setText("" if unit is None else level_words(unit))


def level_words(unit: Unit) -> str:
    """Tell what each level of a unit looks like, as rich text."""
    lines = zip(unit.levels, unit.descriptions, strict=True)
    told = "<br>".join(f"<b>{level}</b> {escape(words)}" for level, words in lines)
    return f"<small>{told}</small>"
