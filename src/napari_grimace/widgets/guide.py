"""The dock that shows what the levels of the selected unit look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt
from qtpy.QtCore import Qt
from superqt.utils import QSignalThrottler

from napari_grimace.errors import GrimaceError
from napari_grimace.teaching import mark_example
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.guide_choose import ChooseFields
from napari_grimace.widgets.guide_pictures import (
    PER_LEVEL,
    Example,
    LevelColumns,
    PictureLabel,
    face_here,
    pixmap_of,
)
from napari_grimace.widgets.guide_untold import Untold
from napari_grimace.widgets.keys import bind_dock
from napari_grimace.widgets.links import Links
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.rows import fill_scrolling, section
from napari_grimace.widgets.teach_sets import (
    COURSE,
    offer_set,
    open_chosen,
    set_choice,
)
from napari_grimace.widgets.teach_words import guide_words

if TYPE_CHECKING:
    from pathlib import Path

    import napari
    from qtpy.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from napari_grimace.scales.scale import Scale, Unit
    from napari_grimace.teaching import ReferenceSet
    from napari_grimace.widgets.selecting import Selecting

_EVERY = 100  # ms between two looks at what is shown in the viewer
_FACE, _EXAMPLE = 180, 170  # px, at most
_SPACING = 16  # px


class GuideWidget(qt.QScrollArea):
    """Levels of the selected unit in words and pictures, beside the face to score.

    It follows who rates or learns while it can be seen.

    Parameters
    ----------
    viewer
        The viewer.

    Attributes
    ----------
    face
        The face at which the viewer stands.
    columns
        The levels.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(viewer)
        self._reference: ReferenceSet | None = None
        self._untold, self._problem = Untold(self._desk), ""
        self._page = 0
        self._shown: object = None
        self.set = set_choice()
        self.set.changed.connect(self._on_set)
        self.unit = qt.QComboBox()
        self.unit.setToolTip("Follows the unit that is scored.")
        policy = qt.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        for choice in (self.set.native, self.unit):
            choice.setSizeAdjustPolicy(policy)
        self.unit.activated.connect(self._on_unit)
        self.face, self.caption = PictureLabel(), qt.QLabel()
        self.columns = LevelColumns()
        self.more = qt.QPushButton("Other examples")
        self.more.clicked.connect(self._on_more)
        self.columns.marked.connect(self._on_marked)
        self.notice = qt.QLabel()
        self.choose = ChooseFields(self._desk)
        self.choose.choosing.toggled.connect(self.show_again)
        self.choose.kept.connect(self._on_kept)
        self._lay_out()
        bind_dock(self, self._desk)
        self._links = Links(self)
        # Afterwards: a step of the slider takes no longer for it.
        trailing = QSignalThrottler.EmissionPolicy.Trailing
        self._later = QSignalThrottler(trailing, self)
        self._later.setTimeout(_EVERY)
        self._later.triggered.connect(self.show_again)

    def _lay_out(self) -> None:
        for text in (self.caption, self.notice):
            text.setWordWrap(True)
            text.setTextFormat(Qt.TextFormat.PlainText)
        self.face.setSizePolicy(
            qt.QSizePolicy.Policy.Fixed, qt.QSizePolicy.Policy.Fixed
        )
        beside = qt.QVBoxLayout()
        for part in (self.set.native, self.unit, self.more, self.notice):
            beside.addWidget(part)
        beside.addStretch(1)
        beside.addWidget(self.caption)
        top = qt.QHBoxLayout()
        top.addWidget(self.face)
        top.addLayout(beside, 1)
        content = qt.QWidget()
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(top)
        layout.addWidget(self.columns)
        layout.addWidget(section("Choose examples", self.choose))
        layout.addStretch(1)
        fill_scrolling(self, content)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Begin to follow the viewer."""
        super().showEvent(event)
        self._links.cut()
        desk = self._desk
        followed = (desk.hand.changed, desk.lesson.changed, desk.moved, desk.activated)
        for signal in followed:
            self._links.make(signal, self._on_changed)
        self.show_again()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Follow it no longer."""
        super().hideEvent(event)
        self._links.cut()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fit the pictures into the dock."""
        super().resizeEvent(event)
        self._on_changed()

    @property
    def who(self) -> Selecting | None:
        """Who scores just now: a learner, a rater, or nobody."""
        if self._desk.lesson.on:
            return self._desk.lesson
        return self._desk.hand if self._desk.hand.units else None

    @property
    def reference(self) -> ReferenceSet | None:
        """The set whose pictures are shown: in a lesson the lesson's."""
        lesson = self._desk.lesson
        if lesson.on and lesson.practice is not None:
            return lesson.practice.reference
        if self._reference is None and not self._problem:
            try:
                self._reference = open_chosen(self.set)
            except (GrimaceError, OSError) as error:
                self._problem = str(error)
        return self._reference

    def show_again(self) -> None:
        """Show the levels of the selected unit, and the face."""
        if not self.isVisible():
            return
        reference, scale = self.reference, self._scale()
        self.set.enabled = not self._desk.lesson.on
        unit = None if scale is None else self._chosen(scale)
        self.columns.setVisible(unit is not None)
        if unit is not None:
            self.columns.show_unit(unit)
            self._show_examples(reference, unit)
        self.choose.show_again(unit)
        self.notice.setText(self._notice(reference, scale))
        self._show_face()

    def examples(self, unit: str, level: float) -> list[int]:
        """Give the pictures of the set that may be shown for a level of a unit.

        None while a test on it is not finished; and not the one that is being scored.
        """
        lesson, reference = self._desk.lesson, self.reference
        known = reference is not None and unit in reference.scale.unit_names
        if reference is None or not known or self._untold(reference):
            return []
        numbers = reference.examples(unit, level)
        if self.choose.choosing.isChecked():
            right = reference.consensus.sel(unit=unit)
            numbers = right["picture"].values[right.values == level].tolist()
        practice = lesson.practice if lesson.on and lesson.feedback is None else None
        return [n for n in numbers if practice is None or n != practice.picture]

    def _scale(self) -> Scale | None:
        """Give the scale that is followed: the rater's, else the set's."""
        rating, reference = self._desk.hand.rating, self.reference
        scale: Scale | None = None if reference is None else reference.scale
        if rating is not None and not self._desk.lesson.on:
            scale = rating.rater.scale
        return scale

    def _chosen(self, scale: Scale) -> Unit | None:
        """Give the selected unit, and offer the others."""
        names = list(scale.unit_names)
        if [self.unit.itemData(i) for i in range(self.unit.count())] != names:
            self.unit.clear()
            for unit in scale.units:
                self.unit.addItem(unit.title, unit.name)
        if self.who is not None and self.who.unit in names:
            self.unit.setCurrentIndex(names.index(self.who.unit))
        return scale.unit(self.unit.currentData())

    def _show_examples(self, reference: ReferenceSet | None, unit: Unit) -> None:
        shown: dict[int, list[Example]] = {}
        most = 0
        for level in unit.levels:
            numbers = self.examples(unit.name, level)
            most = max(most, len(numbers))
            start = self._page * PER_LEVEL % max(len(numbers), 1)
            turned = [*numbers[start:], *numbers[:start]][:PER_LEVEL]
            shown[level] = [
                Example.of(reference, number, unit, level)
                for number in turned
                if reference is not None
            ]
        self.more.setVisible(most > PER_LEVEL)
        side, choosing = self._side(len(unit.levels)), self._may_mark()
        if self._shown != (unit, shown, side, choosing):
            self._shown = unit, shown, side, choosing
            self.columns.show_examples(shown, side, choosing=choosing)

    def _may_mark(self) -> bool:
        """Whether examples may be chosen: of a set of one's own."""
        own = self.set.value != COURSE and not self._desk.lesson.on
        return own and self.choose.choosing.isChecked()

    def _side(self, columns: int) -> int:
        """How large examples are, in px."""
        room = self.columns.width() - _SPACING
        return min(_EXAMPLE, max(24, room // columns - _SPACING // 2))

    def _show_face(self) -> None:
        desk = self._desk
        if desk.previewing and not desk.lesson.on:
            return  # the frame is still on its way
        side = min(_FACE, self.width() // 3)
        face = face_here(desk, round(side * self.devicePixelRatioF()))
        self.face.setVisible(face is not None)
        self.caption.setVisible(face is not None)
        if face is None:
            return
        self.face.setFixedWidth(side)
        self.face.show_picture(pixmap_of(face), side)
        apart = desk.lesson.on or (desk.view and desk.view.blind)
        here = "this picture" if apart else f"frame {desk.frame}"
        self.caption.setText(f"◂ {here}")

    def _notice(self, reference: ReferenceSet | None, scale: Scale | None) -> str:
        if reference is None:
            return self._problem
        return self._untold(reference) or guide_words(reference, scale)

    def _on_set(self) -> None:
        self._reference, self._problem, self._page = None, "", 0
        self.show_again()

    def _on_unit(self) -> None:
        if self.who is not None:
            self.who.select(self.unit.currentData())
        self.show_again()

    def _on_more(self) -> None:
        self._page += 1
        self.show_again()

    def _on_marked(self, number: int, marked: bool) -> None:
        try:
            if self._reference is not None:
                self._reference = mark_example(
                    self._reference, number, self.unit.currentData(), marked=marked
                )
        except (GrimaceError, OSError) as error:
            tell(error)
        self._shown = None
        self.show_again()

    def _on_kept(self, path: Path) -> None:
        offer_set(self.set, path)
        self._on_set()

    def _on_changed(self) -> None:
        self._later.throttle()
