"""Fields laid out for a narrow dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import Container, Label
from qtpy.QtCore import Qt
from qtpy.QtGui import QIcon, QPixmap
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QWidget,
)
from superqt import QCollapsible

if TYPE_CHECKING:
    from magicgui.widgets.bases import Widget

_LABEL_WIDTH = 62  # px: labels of all groups end at one line
_SPIN_WIDTH = 80  # px


def rows(*fields: Widget) -> QWidget:
    """Put fields one below the other, each after its label."""
    widget = QWidget()
    form = QFormLayout(widget)
    form.setContentsMargins(0, 0, 0, 0)
    form.setVerticalSpacing(4)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for field in fields:
        form.addRow(field.label, field.native)
        label = form.labelForField(field.native)
        if label is not None:
            label.setMinimumWidth(_LABEL_WIDTH)
            label.setToolTip(field.tooltip)
    _narrow(widget)
    return widget


def row(*fields: Widget, label: str = "") -> Container:  # type: ignore[type-arg]
    """Put fields beside one another."""
    widgets = list(fields)
    beside: Container = Container(  # type: ignore[type-arg]
        widgets=widgets, layout="horizontal", labels=False, label=label
    )
    beside.margins = (0, 0, 0, 0)
    return beside


def section(title: str, content: QWidget) -> QCollapsible:
    """Hide fields behind a title until they are wanted."""
    # napari's colours come from a style sheet, which superqt's own icons ignore.
    nothing = QPixmap(1, 1)
    nothing.fill(Qt.GlobalColor.transparent)
    part = QCollapsible(f"▸ {title}", None, QIcon(nothing), QIcon(nothing))
    part.setDuration(0)
    part.toggled.connect(lambda on: part.setText(f"{'▾' if on else '▸'} {title}"))
    part.toggleButton().setStyleSheet(
        "QPushButton, QPushButton:checked {text-align: left; border: none; "
        "background: transparent; font-weight: bold; padding: 4px 0;}"
    )
    for layout in (part.layout(), part.content().layout()):
        if layout is not None:
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
    part.addWidget(content)
    return part


def fill_scrolling(area: QScrollArea, content: QWidget) -> None:
    """Put content into a dock that is scrolled up and down only."""
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def wrapped_text() -> Label:
    """Make a text that breaks into lines rather than widen the dock."""
    text = Label()
    text.native.setWordWrap(True)
    text.native.setSizePolicy(
        QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding
    )
    text.native.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return text


def _narrow(widget: QWidget) -> None:
    """Let no field ask for the width of its longest choice or number."""
    for combo in widget.findChildren(QComboBox):
        combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        combo.setMinimumContentsLength(6)
        combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    for spin in widget.findChildren(QAbstractSpinBox):
        spin.setMinimumWidth(_SPIN_WIDTH)
        spin.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
