"""Fields by which a lab chooses its own examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qtpy.QtWidgets as qt
from magicgui.types import FileDialogMode
from magicgui.widgets import FileEdit
from qtpy.QtCore import Signal

from napari_grimace.errors import RecordingError
from napari_grimace.recording import RecordingStore
from napari_grimace.teaching import keep_example
from napari_grimace.teaching.keep import SIZE
from napari_grimace.widgets.buttons import button
from napari_grimace.widgets.guide_pictures import face_here
from napari_grimace.widgets.hand import NOBODY
from napari_grimace.widgets.rows import rows
from napari_grimace.widgets.teach_sets import own_examples, typed_path

if TYPE_CHECKING:
    from napari_grimace.scales.scale import Unit
    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.view import RecordingView

KEEP = "Keep this face as an example"


class ChooseFields(qt.QWidget):
    """Keeps faces as examples, and lets the best of a set be chosen.

    Parameters
    ----------
    desk
        Of the viewer.

    Attributes
    ----------
    kept
        Emitted with the path of the set when a face was kept.
    choosing
        Whether all pictures of a level are shown, with a mark for the best.
    """

    kept = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.own = FileEdit(
            mode=FileDialogMode.OPTIONAL_FILE,
            value=own_examples(),
            label="Own set",
            filter="*.reference",
            tooltip="Where the lab's own examples are kept: NAME.reference. It is made "
            "if it is not there.",
        )
        self.keep = button(
            KEEP,
            self._keep,
            "Cut the face out of this frame, and keep it as an example of the "
            "selected unit at the level that you have scored.",
        )
        self.choosing = qt.QCheckBox("Choose the best of the set")
        self.choosing.setToolTip(
            "Shows all pictures of a level. Where some are marked, only these are "
            "shown afterwards."
        )
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(rows(self.own))
        layout.addWidget(self.keep)
        layout.addWidget(self.choosing)

    def show_again(self, unit: Unit | None) -> None:
        """Say what a face would be kept as."""
        level = None if unit is None else self._level(unit)
        words = KEEP
        if unit is not None and level is not None:
            words = f"Keep this face: {unit.title} {level:g}"
        self.keep.setText(words)
        self.keep.setEnabled(level is not None)

    def _level(self, unit: Unit) -> float | None:
        """Level that the rater has given the unit; None where there is none."""
        desk = self._desk
        if desk.lesson.on or desk.view is None or desk.view.blind is not None:
            return None
        rating, frame = desk.hand.rating, desk.frame
        if rating is None or frame is None:
            return None
        value = rating.value(frame, "score", unit.name)
        return value if isinstance(value, float) else None

    def _keep(self) -> None:
        desk, hand = self._desk, self._desk.hand
        if hand.rating is None or desk.view is None or desk.frame is None:
            raise RecordingError(NOBODY)
        face = None if desk.previewing else face_here(desk, SIZE)
        if face is None or face.shape[:2] != (SIZE, SIZE):
            raise RecordingError("There is no face in this frame: draw its box first.")
        place = typed_path(self.own.value, own_examples())
        made = keep_example(
            place.with_name(f"{place.name.removesuffix('.reference')}.reference"),
            face,
            hand.unit,
            hand.rating.value(desk.frame, "score", hand.unit),
            scale=hand.rating.rater.scale,
            source=_source(desk.view, desk.frame),
            by=hand.rating.rater.name,
        )
        self.kept.emit(made.pictures.path)


def _source(view: RecordingView, frame: int) -> dict[str, Any]:
    """Tell where a face is from: folders of two recordings may have one name."""
    identity = RecordingStore.open(view.path).attrs.get("identity")
    facts = view.facts(frame)
    box = None if facts is None else facts.boxes.get("face")
    return {
        "recording": view.path.name if identity else str(view.path.resolve()),
        "identity": identity,
        "frame": frame,
        "box": None if box is None else [float(edge) for edge in box],
    }
