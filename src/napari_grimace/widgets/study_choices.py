"""What is compared in a study: whose scores, which outcome, which groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from magicgui.widgets import ComboBox, FloatSpinBox

from napari_grimace.stats.report import Choices
from napari_grimace.widgets.rows import rows

if TYPE_CHECKING:
    from napari_grimace.widgets.study_work import Loaded

_ALL, _NONE = "all", "none"


class StudyChoices(qt.QWidget):
    """The fields; they offer what the loaded study has."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: Loaded | None = None
        self.rater = ComboBox(label="scores of", choices=[])
        self.outcome = ComboBox(label="outcome", choices=["total"])
        self.by = ComboBox(label="groups", choices=["group"])
        self.control = ComboBox(
            label="control", choices=[_NONE], tooltip="The group all are compared with."
        )
        self.timepoint = ComboBox(label="timepoint", choices=[_ALL])
        self.minutes = FloatSpinBox(
            value=0,
            min=0,
            max=10_000,
            label="first, min",
            tooltip="Use only the first minutes of each recording; 0 for all.",
        )
        fields = (self.rater, self.outcome, self.by, self.control)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(rows(*fields, self.timepoint, self.minutes))
        self.by.changed.connect(self._on_by)

    def offer(self, loaded: Loaded) -> None:
        """Offer the raters, units, columns and groups of a study."""
        self._loaded = loaded
        sheet = loaded.states
        self.rater.choices = loaded.raters
        self.outcome.choices = ["total", *loaded.units]
        self.by.choices = [
            column for column in loaded.columns if 1 < sheet[column].nunique() < 20
        ] or ["group"]
        timepoints = [name for name in dict.fromkeys(sheet["timepoint"]) if name]
        self.timepoint.choices = [_ALL, *timepoints]
        if timepoints:
            self.timepoint.value = timepoints[-1]
        self._on_by()

    def _on_by(self) -> None:
        if self._loaded is not None and self.by.value in self._loaded.states:
            groups = dict.fromkeys(self._loaded.states[self.by.value])
            self.control.choices = [_NONE, *groups]

    def chosen(self) -> Choices:
        """Give what the fields say."""
        minutes = float(self.minutes.value)
        return Choices(
            self.rater.value,
            str(self.outcome.value),
            str(self.by.value),
            None if self.control.value == _NONE else self.control.value,
            None if self.timepoint.value == _ALL else self.timepoint.value,
            (0.0, 60 * minutes) if minutes else None,
        )
