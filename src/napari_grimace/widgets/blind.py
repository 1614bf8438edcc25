"""The dock "Blind sets": for raters to open a set; apart from it, for who made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from magicgui.types import FileDialogMode
from magicgui.widgets import FileEdit

from napari_grimace.widgets.blind_make import NO_SET, MakerFields, chosen
from napari_grimace.widgets.buttons import button
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.links import Links
from napari_grimace.widgets.rows import rows, section, wrapped_text
from napari_grimace.widgets.words import NOT_BEGUN

if TYPE_CHECKING:
    import napari


class BlindWidget(qt.QScrollArea):
    """Open a blind set to rate it; and what only its maker does.

    Parameters
    ----------
    viewer
        The viewer.

    Attributes
    ----------
    state
        Told to the rater.
    maker
        For who made the set; folded up while a set is open.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(viewer)
        self.set = FileEdit(
            mode=FileDialogMode.EXISTING_DIRECTORY,
            label="set",
            tooltip="A folder NAME.blind.",
        )
        self.state = wrapped_text()
        self.maker = MakerFields(self._desk, self.set)
        self._lay_out()
        self._links = Links(self)
        self._links.make(self._desk.activated, self._on_activated)
        self._on_activated()

    def _lay_out(self) -> None:
        content = qt.QWidget()
        layout = qt.QVBoxLayout(content)
        layout.addWidget(rows(self.set))
        layout.addWidget(button("Open it to rate", self._open))
        layout.addWidget(self.state.native)
        line = qt.QFrame()
        line.setFrameShape(qt.QFrame.Shape.HLine)
        layout.addWidget(line)
        self._folded = section("For who made the set", self.maker)
        layout.addWidget(self._folded)
        layout.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(qt.QFrame.Shape.NoFrame)

    def _open(self) -> None:
        self._desk.open(chosen(self.set, NO_SET))

    def _on_activated(self) -> None:
        """Tell what is open; to a rater nothing of what the maker did is told."""
        view = self._desk.view
        if view is None or view.blind is None:
            self.state.value = ""
            return
        self.maker.forget()
        self._folded.collapse()
        count = view.blind.count
        self.state.value = f"{view.name}: {count} pictures. {NOT_BEGUN}"
