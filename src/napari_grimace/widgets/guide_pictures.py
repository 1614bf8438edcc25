"""Pictures of the levels of a unit, side by side, and of the face to compare."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import qtpy.QtWidgets as qt
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QImage, QPixmap

from napari_grimace.errors import RecordingError
from napari_grimace.rating.face_crop import crop_to_face
from napari_grimace.video.source import origin_of
from napari_grimace.widgets.words import score_mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_grimace.scales.scale import Unit
    from napari_grimace.teaching import ReferenceSet
    from napari_grimace.widgets.desk import Desk


class Example(NamedTuple):
    """A picture of a set, as an example.

    Attributes
    ----------
    number
        Of the picture.
    file
        Where it lies.
    words
        What is told of it.
    marked
        Whether it was chosen as an example.
    """

    number: int
    file: Path
    words: str
    marked: bool

    @classmethod
    def of(
        cls, reference: ReferenceSet, number: int, unit: Unit, level: float
    ) -> Example:
        """Give a picture of a set as an example of a level of a unit."""
        return cls(
            number,
            reference.pictures.picture(number),
            f"{unit.title} {level:g}: picture {number} of {reference.title}",
            unit.name in reference.marked.get(number, ()),
        )


PER_LEVEL = 2
"""How many examples of each level are shown at once."""

_MARGIN = 0.15  # of the face's box


class PictureLabel(qt.QLabel):
    """A picture, as large as it may be."""

    def __init__(self) -> None:
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        _yield_width(self)

    def show_picture(self, picture: QPixmap, side: int) -> None:
        """Show a picture within a square of so many pixels."""
        if picture.isNull():
            self.clear()
            return
        ratio = self.devicePixelRatioF()
        scaled = picture.scaled(
            round(side * ratio),
            round(side * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        self.setPixmap(scaled)


class LevelColumns(qt.QWidget):
    """The levels of a unit beside one another: number, sentence, examples.

    Attributes
    ----------
    pictures, marks
        By level, the labels of its examples, and the buttons that mark them as chosen.
    marked
        Emitted with the number of a picture, and whether it is now chosen.
    """

    marked = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self._grid = qt.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._unit: Unit | None = None
        self.pictures: dict[int, list[PictureLabel]] = {}
        self.marks: dict[int, list[qt.QToolButton]] = {}

    def show_unit(self, unit: Unit) -> None:
        """Show the levels of a unit, without pictures as yet."""
        if unit == self._unit:
            return
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._unit, self.pictures, self.marks = unit, {}, {}
        for column in range(max(self._grid.columnCount(), len(unit.levels))):
            self._grid.setColumnStretch(column, int(column < len(unit.levels)))
        described = zip(unit.levels, unit.descriptions, strict=True)
        middle = Qt.AlignmentFlag.AlignHCenter
        for column, (level, words) in enumerate(described):
            sentence = f"{score_mark(level)}<br><small>{escape(words)}</small>"
            self._grid.addWidget(_text(sentence), 0, column)
            self.pictures[level] = [PictureLabel() for _ in range(PER_LEVEL)]
            self.marks[level] = [qt.QToolButton() for _ in range(PER_LEVEL)]
            both = zip(self.pictures[level], self.marks[level], strict=True)
            for row, (label, mark) in enumerate(both):
                mark.setCheckable(True)
                mark.clicked.connect(partial(self._on_mark, mark))
                self._grid.addWidget(label, 1 + 2 * row, column)
                self._grid.addWidget(mark, 2 + 2 * row, column, middle)

    def show_examples(
        self, examples: Mapping[int, Sequence[Example]], side: int, *, choosing: bool
    ) -> None:
        """Show examples by level, and while somebody chooses, which are chosen."""
        for level, labels in self.pictures.items():
            for i, (label, mark) in enumerate(
                zip(labels, self.marks[level], strict=True)
            ):
                shown = examples[level][i] if i < len(examples[level]) else None
                drawn = QPixmap() if shown is None else QPixmap(str(shown.file))
                label.show_picture(drawn, side)
                mark.setVisible(choosing and shown is not None)
                if shown is not None:
                    label.setToolTip(shown.words)
                    mark.setChecked(shown.marked)
                    mark.setText("★ chosen" if shown.marked else "☆ choose")
                    mark.setProperty("number", shown.number)

    def _on_mark(self, mark: qt.QToolButton, _checked: bool = False) -> None:
        # Asked, for PySide6 does not tell it to a partial.
        self.marked.emit(mark.property("number"), mark.isChecked())


def pixmap_of(picture: NDArray[np.uint8]) -> QPixmap:
    """Give a picture (y, x, rgb) as Qt shows it."""
    picture = np.ascontiguousarray(picture)
    height, width, _ = picture.shape
    kind = QImage.Format.Format_RGB888
    return QPixmap.fromImage(QImage(picture.tobytes(), width, height, 3 * width, kind))


def face_here(desk: Desk, side: int) -> NDArray[np.uint8] | None:
    """Give the face at which the viewer stands, to be compared.

    Parameters
    ----------
    desk
        Of the viewer.
    side
        Of the picture that is cut out, in px.

    Returns
    -------
    ndarray or None
        (y, x, rgb) uint8. Of a lesson or a blind set the picture; else the square
        round the face, round all regions where there is no face, or the whole frame
        where nothing was found. None where there is no picture, or not yet.
    """
    if desk.lesson.on:
        return desk.lesson.picture
    view, frame, picture = desk.view, desk.frame, desk.picture
    if view is None or view.blind is not None or picture is None or frame is None:
        return picture
    facts = view.facts(frame)
    boxes = {} if facts is None else facts.boxes
    found = np.array(list(boxes.values()), float).reshape(-1, 4)
    if not len(found):
        return picture
    around = (*found[:, :2].min(axis=0), *found[:, 2:].max(axis=0))
    y, x = origin_of(view.source)
    box = np.asarray(boxes.get("face", around), float) - [y, x, y, x]
    try:
        return crop_to_face(picture, box, _MARGIN, side)
    except RecordingError:  # a box without extent
        return picture


def _text(words: str) -> qt.QLabel:
    text = qt.QLabel(words)
    text.setTextFormat(Qt.TextFormat.RichText)
    text.setWordWrap(True)
    text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
    _yield_width(text)
    return text


def _yield_width(label: qt.QLabel) -> None:
    """Let a label take what width there is, so that all columns are alike."""
    policy = label.sizePolicy()
    policy.setHorizontalPolicy(qt.QSizePolicy.Policy.Ignored)
    label.setSizePolicy(policy)
    label.setMinimumWidth(1)
