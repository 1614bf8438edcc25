"""What the raters found in the current frame, in words and numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from napari.utils.theme import get_theme
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.keys import bind_dock, shortcut
from napari_grimace.widgets.links import Links
from napari_grimace.widgets.words import OUTSIDE, frame_words, why_nothing

if TYPE_CHECKING:
    import napari

    from napari_grimace.widgets.view import RecordingView


class ReadoutWidget(QWidget):
    """Scores, sides, probabilities, total and quality of the current frame.

    Parameters
    ----------
    viewer
        The viewer whose frame is told of.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(viewer)
        self._view: RecordingView | None = None
        self._listed: list[RecordingView] = []
        self._recording = QComboBox()
        self._rater = QComboBox()
        self._compared = QComboBox()
        self._text = QLabel()
        self._build()
        self._recording.activated.connect(self._on_recording)
        self._rater.activated.connect(self._on_rater)
        self._compared.activated.connect(self._on_compared)
        self._links, self._view_links = Links(self), Links(self)
        self._links.make(self._desk.activated, self._on_activated)
        self._links.make(self._desk.moved, self._tell)
        self._links.make(self._desk.hand.changed, self._tell)
        self._links.make(self._desk.viewer.events.theme, self._tell)
        self._text.linkActivated.connect(self._on_unit)
        bind_dock(self, self._desk)
        self._on_activated()

    def _build(self) -> None:
        form = QFormLayout()
        for name, box in (
            ("Recording", self._recording),
            ("Rater", self._rater),
            ("Compare with", self._compared),
        ):
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(12)
            form.addRow(name, box)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        flags = Qt.TextInteractionFlag
        self._text.setTextInteractionFlags(
            flags.TextSelectableByMouse | flags.LinksAccessibleByMouse
        )
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addLayout(self._steps())
        layout.addWidget(self._text, stretch=1)

    def _steps(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for name, title in (
            ("previous_frame", "◀ analysed frame"),
            ("next_frame", "analysed frame ▶"),
        ):
            one = shortcut(name)
            button = QPushButton(title)
            button.setToolTip(f"Key: {one.key}")
            act = partial(one.action, self._desk)
            button.clicked.connect(lambda _=False, act=act: act())
            row.addWidget(button)
        return row

    def _on_activated(self) -> None:
        """Follow another recording."""
        self._view_links.cut()
        self._view = self._desk.view
        if self._view is not None:
            self._view_links.make(self._view.changed, self._on_changed)
            self._view_links.make(self._view.rated, self._tell)
        self._on_changed()

    def _on_changed(self) -> None:
        """Offer what there is to choose from, and tell of the frame."""
        self._listed, view = list(self._desk.views), self._view
        raters = [rater.label for rater in view.raters] if view else []
        shown = view.shown.rater.label if view and view.shown else ""
        compared = view.compared.rater.label if view and view.compared else ""
        paths = [str(one.path) for one in self._listed]
        names = [one.name for one in self._listed]
        # Names may be alike: paths are not.
        _offer(self._recording, paths, str(view.path) if view else "", names)
        _offer(self._rater, raters, shown)
        others = [label for label in raters if label != shown]
        _offer(self._compared, ["", *others], compared)
        self._tell()

    def _tell(self) -> None:
        view, frame = self._view, self._desk.frame
        if view is None or view.shown is None:
            self._text.setText(why_nothing(view))
        elif frame is None:
            self._text.setText(OUTSIDE)
        else:
            words = frame_words(
                view.shown,
                frame,
                view.facts(frame),
                view.compared_facts(frame),
                time=view.time(frame),
                previewing=self._desk.previewing,
                problem=self._desk.problem,
                selected=self._selected(),
                blind=view.blind is not None,
                link_colour=get_theme(self._desk.viewer.theme).text.as_hex(),
            )
            self._text.setText(words)

    def _selected(self) -> tuple[str, str] | None:
        """Give unit and side that are to be scored; None while nobody rates."""
        hand = self._desk.hand
        return None if hand.rating is None else (hand.unit, hand.side)

    def _on_unit(self, link: str) -> None:
        unit, _, side = link.partition("/")
        self._desk.hand.select(unit, side)

    def _on_recording(self, index: int) -> None:
        view = self._listed[index] if 0 <= index < len(self._listed) else None
        if view in self._desk.views:
            self._desk.activate(view)
        else:
            self._on_changed()

    def _on_rater(self) -> None:
        if self._view is not None:
            self._view.choose(self._rater.currentText())

    def _on_compared(self) -> None:
        if self._view is not None:
            self._view.compare(self._compared.currentText() or None)


def _offer(
    box: QComboBox, choices: list[str], current: str, names: list[str] | None = None
) -> None:
    """Fill a box, and say in its help what is chosen, however long it is."""
    if [box.itemData(i) for i in range(box.count())] != choices:
        box.clear()
        for name, choice in zip(names or choices, choices, strict=True):
            box.addItem(name, choice)
            box.setItemData(box.count() - 1, choice, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(choices.index(current) if current in choices else -1)
    box.setToolTip(current)
