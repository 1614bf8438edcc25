"""Fields that say which part of the picture is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, Container, LineEdit, PushButton
from napari.layers import Image, Shapes
from psygnal import Signal
from qtpy.QtWidgets import QFileDialog

from napari_grimace.analysis.chambers import read_chambers, write_chambers
from napari_grimace.errors import GrimaceError, VideoError
from napari_grimace.widgets.chambers import (
    chambers_in,
    chambers_layer,
    give_names,
    names_in,
)
from napari_grimace.widgets.layers import view_of
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.rows import row, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.analysis.chambers import Chamber
    from napari_grimace.widgets.desk import Desk

_FILTER = "Templates of chambers (*.toml)"
_BEFORE = ("adding", "changing", "removing")


class ChamberFields:
    """The whole picture, or the rectangles of a Shapes layer: one recording for each.

    Parameters
    ----------
    desk
        Of the viewer that has the layers.
    video
        Gives the layer of the chosen video.

    Attributes
    ----------
    changed
        Emitted when other chambers are chosen or drawn.
    layer, names, buttons
        The fields, and the buttons by their text.
    native
        The fields and buttons as one widget.
    """

    changed = Signal()

    def __init__(self, desk: Desk, video: Callable[[], Image | None]) -> None:
        self._desk = desk
        self._followed: Shapes | None = None
        self._video = video
        self.layer = ComboBox(
            label="Score",
            choices=self._choices,
            tooltip="The whole picture, or each rectangle of a Shapes layer as a "
            "recording of its own: one for each animal.",
        )
        self.names = LineEdit(
            label="Names",
            tooltip="Names of the chambers in the order in which they were drawn, with "
            "commas between them. Recordings are named after them.",
        )
        self.names.native.editingFinished.connect(self._rename)
        self.buttons: dict[str, PushButton] = {}
        self.native = rows(self.layer, self.names, self._buttons())
        self.layer.changed.connect(self._follow)
        self.native.destroyed.connect(self._let_go)
        self._tell_names()

    def chambers(self, video: Image) -> list[Chamber] | None:
        """Give the chambers; None is the whole picture.

        Raises
        ------
        VideoError
            As `chambers_in`.
        """
        shapes = self.layer.value
        return None if shapes is None else chambers_in(shapes, video)

    def _follow(self, shapes: Shapes | None) -> None:
        """Follow what is drawn in the chosen layer, and there alone."""
        self._let_go()
        self._followed = shapes
        if shapes is not None:
            shapes.events.data.connect(self._on_drawn)
            shapes.events.features.connect(self._on_drawn)
        self._on_drawn()

    def _let_go(self, _: Any = None) -> None:
        if self._followed is not None:
            self._followed.events.data.disconnect(self._on_drawn)
            self._followed.events.features.disconnect(self._on_drawn)
            self._followed = None

    def _on_drawn(self, event: Any = None) -> None:
        if str(getattr(event, "action", "")) not in _BEFORE:
            self._tell_names()
            self.changed.emit()

    def _tell_names(self) -> None:
        """Show the names that the chambers have."""
        shapes = self.layer.value
        self.names.enabled = shapes is not None
        self.names.value = "" if shapes is None else ", ".join(names_in(shapes))

    def _choices(self, _: Any = None) -> list[tuple[str, Shapes | None]]:
        drawn = [
            layer
            for layer in self._desk.viewer.layers
            if isinstance(layer, Shapes) and view_of(layer) is None
        ]
        return [("whole picture", None), *((layer.name, layer) for layer in drawn)]

    def _buttons(self) -> Container:  # type: ignore[type-arg]
        for text, tip, act in (
            ("Draw", "Add a layer in which to draw a rectangle per animal.", self.draw),
            ("Load", "Take the chambers from a template file.", self.load),
            ("Save", "Keep the chambers as a template for other videos.", self.save),
        ):
            button = PushButton(text=text, tooltip=tip)
            button.changed.connect(lambda _, act=act: _tried(act))
            self.buttons[text] = button
        return row(*self.buttons.values())

    def draw(self, chambers: list[Chamber] | None = None) -> Shapes:
        """Add a layer to draw chambers in, and choose it."""
        layer = chambers_layer(self._needed_video(), chambers or [])
        self._desk.viewer.add_layer(layer)
        layer.mode = "select" if chambers else "add_rectangle"
        self.layer.reset_choices()
        self.layer.value = layer
        return layer

    def _needed_video(self) -> Image:
        video = self._video()
        if video is None:
            raise VideoError("There is no video yet: drag one into the window first.")
        return video

    def load(self) -> None:
        """Draw the chambers of a template that the user chooses."""
        path, _ = QFileDialog.getOpenFileName(
            self.native, "Template of chambers", "", _FILTER
        )
        if path:
            self.draw(read_chambers(path))

    def save(self) -> None:
        """Keep the chambers as a template in a file that the user names."""
        chambers = self.chambers(self._needed_video())
        if chambers is None:
            raise VideoError("There are no chambers to save: draw them first.")
        path, _ = QFileDialog.getSaveFileName(
            self.native, "Template of chambers", "chambers.toml", _FILTER
        )
        if path:
            write_chambers(path, chambers)

    def _rename(self) -> None:
        shapes, names = self.layer.value, self.names.value.split(",")
        if shapes is None or not self.names.native.isModified():
            return
        _tried(lambda: give_names(shapes, [name.strip() for name in names]))
        self._tell_names()


def _tried(act: Callable[[], object]) -> None:
    try:
        act()
    except (GrimaceError, OSError) as error:
        tell(error)
