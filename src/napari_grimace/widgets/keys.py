"""The shortcuts: one table, for layers, docks, buttons and their help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut

from napari_grimace.recording import STATES
from napari_grimace.recording.schema import NOT_FOUND, NOT_SCORABLE
from napari_grimace.widgets.drawing import draw, move_boxes
from napari_grimace.widgets.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Layer
    from qtpy.QtWidgets import QWidget

    from napari_grimace.widgets.desk import Desk


class Shortcut(NamedTuple):
    """Something that a key does.

    Attributes
    ----------
    name
        Of the setting that holds the key.
    default
        The key, as Qt writes it (Alt+Right), unless the user has chosen another.
    group
        Under which heading it stands in the help.
    title
        What it does, in words.
    action
        What is done.
    """

    name: str
    default: str
    group: str
    title: str
    action: Callable[[Desk], None]

    @property
    def key(self) -> str:
        """The key; empty where the user wants none."""
        return self.default if self.misspelt else self._chosen

    @property
    def misspelt(self) -> str:
        """What the user has set, if it is no key: the default is then used."""
        return "" if not self._chosen or is_key(self._chosen) else self._chosen

    @property
    def _chosen(self) -> str:
        return str(load_settings().keys.get(self.name, self.default)).strip()


SHORTCUTS = (
    Shortcut(
        "previous_frame",
        "Alt+Left",
        "Go",
        "previous analysed frame",
        lambda desk: desk.step(-1),
    ),
    Shortcut(
        "next_frame",
        "Alt+Right",
        "Go",
        "next analysed frame",
        lambda desk: desk.step(1),
    ),
    Shortcut(
        "previous_wanted",
        "Shift+N",
        "Go",
        "previous frame of the kind chosen under Go to",
        lambda desk: desk.route.go(-1),
    ),
    Shortcut(
        "next_wanted",
        "N",
        "Go",
        "next frame of the kind chosen under Go to",
        lambda desk: desk.route.go(1),
    ),
    Shortcut(
        "previous_recording",
        "PgUp",
        "Go",
        "previous recording of the folder",
        lambda desk: desk.route.go_to_recording(-1),
    ),
    Shortcut(
        "next_recording",
        "PgDown",
        "Go",
        "next recording of the folder",
        lambda desk: desk.route.go_to_recording(1),
    ),
    Shortcut("score_0", "0", "Score", "score 0", lambda desk: desk.hand.score(0)),
    Shortcut("score_1", "1", "Score", "score 1", lambda desk: desk.hand.score(1)),
    Shortcut("score_2", "2", "Score", "score 2", lambda desk: desk.hand.score(2)),
    Shortcut(
        "not_scorable",
        "9",
        "Score",
        "not scorable: seen, but not to be judged",
        lambda desk: desk.hand.score(STATES[NOT_SCORABLE]),
    ),
    Shortcut(
        "not_seen",
        "8",
        "Score",
        "not seen: the region is not in the picture",
        lambda desk: desk.hand.score(STATES[NOT_FOUND]),
    ),
    Shortcut(
        "not_rated",
        "-",
        "Score",
        "not rated: take the score away",
        lambda desk: desk.hand.score(None),
    ),
    Shortcut("next_unit", "Down", "Score", "next unit", lambda d: d.hand.step_unit(1)),
    Shortcut(
        "previous_unit",
        "Up",
        "Score",
        "previous unit",
        lambda desk: desk.hand.step_unit(-1),
    ),
    Shortcut(
        "side",
        "S",
        "Score",
        "one side of the unit, the other, both",
        lambda desk: desk.hand.turn_side(),
    ),
    Shortcut(
        "ask_model",
        "M",
        "Score",
        "let the model score the unit from its box",
        lambda desk: desk.adviser.ask(),
    ),
    Shortcut(
        "take_proposal",
        "T",
        "Score",
        "take the model's score over",
        lambda desk: desk.adviser.take(),
    ),
    Shortcut("undo", "Ctrl+Z", "Score", "undo", lambda desk: desk.hand.undo()),
    Shortcut("redo", "Ctrl+Shift+Z", "Score", "redo", lambda desk: desk.hand.undo(1)),
    Shortcut("flag", "F", "Mark", "flag the frame", lambda desk: desk.marker.flag()),
    Shortcut(
        "confirm", "C", "Mark", "confirm the frame", lambda desk: desk.marker.confirm()
    ),
    Shortcut(
        "range_start",
        "[",
        "Mark",
        "the range begins here",
        lambda desk: desk.marker.mark_range(-1),
    ),
    Shortcut(
        "range_end",
        "]",
        "Mark",
        "the range ends here",
        lambda desk: desk.marker.mark_range(1),
    ),
    Shortcut("draw", "D", "Boxes", "draw a box", draw),
    Shortcut("edit", "E", "Boxes", "move and resize boxes", move_boxes),
    Shortcut(
        "name_box",
        "R",
        "Boxes",
        "the selected box is that of the next missing region",
        lambda desk: desk.pen.name(),
    ),
    Shortcut(
        "remove_box",
        "Delete",
        "Boxes",
        "remove the selected box",
        lambda desk: desk.pen.remove(),
    ),
    Shortcut(
        "copy_boxes",
        "V",
        "Boxes",
        "take the boxes of the annotated frame before",
        lambda desk: desk.pen.copy(),
    ),
    Shortcut(
        "interpolate",
        "I",
        "Boxes",
        "fill in boxes between two annotated frames",
        lambda desk: desk.pen.interpolate(),
    ),
    Shortcut(
        "copy_to_range",
        "Shift+V",
        "Boxes",
        "give the selected box to the range",
        lambda desk: desk.pen.copy_to_range(),
    ),
)
"""All shortcuts, in the order of the help."""


def shortcut(name: str) -> Shortcut:
    """Give a shortcut by its name."""
    return next(one for one in SHORTCUTS if one.name == name)


def is_key(written: str) -> bool:
    """Whether Qt and napari know a key by what is written."""
    sequence = QKeySequence(written)
    if sequence.count() != 1:
        return False
    return sequence.toString(QKeySequence.SequenceFormat.PortableText) != ""


def bind_keys(layer: Layer, desk: Desk) -> None:
    """Let the shortcuts work while a layer is selected; on this layer only."""
    for one in SHORTCUTS:
        if one.key:
            layer.bind_key(_as_napari(one.key), _acting(one, desk), overwrite=True)


def bind_dock(widget: QWidget, desk: Desk) -> None:
    """Let the shortcuts work while a dock is in use; elsewhere keys are napari's."""
    for one in SHORTCUTS:
        if one.key:
            key = QShortcut(QKeySequence(one.key), widget)
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            # A key that is held scores one frame, not one after the other.
            key.setAutoRepeat(one.group == "Go" or one.name in ("undo", "redo"))
            key.activated.connect(_acting(one, desk))


_NAPARI = {"PgUp": "PageUp", "PgDown": "PageDown", "Del": "Delete"}


def _as_napari(key: str) -> str:
    """Write a key as napari does: Alt-Right."""
    return "-".join(_NAPARI.get(part, part) for part in key.split("+"))


def _acting(shortcut: Shortcut, desk: Desk) -> Callable[..., None]:
    def act(*_: Any) -> None:
        if desk.lesson.on:
            desk.lesson.take_key(shortcut.name)
        else:
            shortcut.action(desk)

    act.__name__ = shortcut.name  # napari tells keys apart by it
    return act
