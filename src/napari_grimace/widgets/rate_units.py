"""A line for each unit of the scale, with a button for each level."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from qtpy.QtCore import Qt

from napari_grimace.recording import STATES
from napari_grimace.recording.schema import NOT_FOUND, NOT_SCORABLE
from napari_grimace.widgets.paint import INK, SEVERITY

if TYPE_CHECKING:
    from napari_grimace.recording.record import Value
    from napari_grimace.scales.scale import Unit
    from napari_grimace.widgets.selecting import Selecting

OTHERS: dict[str, tuple[str, str]] = {
    "n/s": (STATES[NOT_SCORABLE], "Not scorable: seen, but not to be judged."),
    "out": (STATES[NOT_FOUND], "Not seen: the region is not in the picture."),
}
"""What a unit may get besides a level: text of the button, value, help."""


class UnitRows(qt.QWidget):
    """Shows what is set for each unit, and lets it be set by the mouse.

    Parameters
    ----------
    hand
        Of the person who rates or learns.
    """

    def __init__(self, hand: Selecting) -> None:
        super().__init__()
        self._hand = hand
        self._units: tuple[Unit, ...] = ()
        self.buttons: dict[tuple[str, Value], qt.QToolButton] = {}
        self.titles: dict[str, qt.QPushButton] = {}
        self.sides: dict[str, qt.QToolButton] = {}
        self._grid = qt.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_again(self) -> None:
        """Show what is set in the frame."""
        if self._hand.units != self._units:
            self._build(self._hand.units)
        for unit in self._units:
            here = unit.name == self._hand.unit
            told = self._hand.value_of(unit)
            title = self.titles[unit.name]
            words = unit.title
            if isinstance(told, float) and (unit.name, told) not in self.buttons:
                words += f": {told:g}"  # the mean of two sides
            title.setText(f"▸ {words}" if here else words)
            _mark(title, here and not self._hand.side)
            for region in unit.regions:
                if region in self.sides:
                    _mark(self.sides[region], region == self._hand.side)
            for (name, value), button in self.buttons.items():
                if name == unit.name:
                    button.setChecked(told == value)

    def _build(self, units: tuple[Unit, ...]) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.deleteLater()
        self._units = units
        self.buttons, self.titles, self.sides = {}, {}, {}
        for row, unit in enumerate(units):
            self.titles[unit.name] = title = qt.QPushButton(unit.title)
            title.setToolTip(_help(unit))
            title.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            title.setStyleSheet(_TITLE)
            title.clicked.connect(partial(self._select, unit.name, ""))
            self._grid.addWidget(title, row, 0)
            if len(unit.regions) > 1:
                self._grid.addWidget(self._sides(unit), row, 1)
            for level, words in zip(unit.levels, unit.descriptions, strict=True):
                colours = SEVERITY[level], INK[level]
                button = _button(str(level), f"{level}: {words}", colours)
                self._add(unit.name, float(level), button, row, 2 + level)
            for column, (text, (value, words)) in enumerate(OTHERS.items(), start=5):
                self._add(unit.name, value, _button(text, words, _GREY), row, column)

    def _sides(self, unit: Unit) -> qt.QWidget:
        both = qt.QWidget()
        row = qt.QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for region in unit.regions:
            side = region.rpartition("_")[2]
            button = _button(side[0].upper(), f"Only the {side} side in the picture.")
            button.clicked.connect(partial(self._select, unit.name, region))
            self.sides[region] = button
            row.addWidget(button)
        return both

    def _add(
        self, unit: str, value: Value, button: qt.QToolButton, row: int, column: int
    ) -> None:
        button.setCheckable(True)
        button.clicked.connect(partial(self._score, unit, value))
        self.buttons[unit, value] = button
        self._grid.addWidget(button, row, column)

    def _select(self, unit: str, side: str, _checked: bool = False) -> None:
        self._hand.select(unit, side)

    def _score(self, unit: str, value: Value, _checked: bool = False) -> None:
        self._hand.toggle(unit, value)


_TITLE = (
    "QPushButton {text-align: left; border: none; background: transparent; "
    "padding: 2px 0;}"
)
_GREY = ("#808080", "white")


def _button(
    text: str, words: str, colours: tuple[str, str] | None = None
) -> qt.QToolButton:
    button = qt.QToolButton()
    button.setText(text)
    button.setToolTip(words)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if colours is not None:
        fill, ink = colours
        button.setStyleSheet(
            "QToolButton {border: 1px solid palette(mid); padding: 2px 6px;}"
            f"QToolButton:checked {{background: {fill}; color: {ink}; "
            "font-weight: bold;}"
        )
    return button


def _mark(button: qt.QAbstractButton, here: bool) -> None:
    font = button.font()
    font.setBold(here)
    button.setFont(font)


def _help(unit: Unit) -> str:
    return "\n".join(
        f"{level}: {words}"
        for level, words in zip(unit.levels, unit.descriptions, strict=True)
    )
