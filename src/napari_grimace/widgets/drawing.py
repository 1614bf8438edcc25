"""What is drawn, moved and deleted in the layer of boxes is set in the recording."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.layers import Labels, Shapes
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QAction, QMenu

from napari_grimace.errors import GrimaceError, RecordingError
from napari_grimace.video.source import origin_of
from napari_grimace.widgets.boxes import box_of, region_at, select_box
from napari_grimace.widgets.layers import view_of
from napari_grimace.widgets.notices import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from napari.layers import Layer
    from numpy.typing import NDArray

    from napari_grimace.rating.rating import Edges
    from napari_grimace.recording.record import Value
    from napari_grimace.widgets.desk import Desk

_MOVED = 1e-3  # px: boxes keep single precision
_RIGHT = 2  # button of the mouse
_SMALLEST = 2.0  # px: a click that was not meant to draw


class Drawing:
    """Follows the edits of one layer of boxes.

    napari tells of an edit while the mouse is still moving. So what was done is taken
    from the layer when the mouse is let go, and compared with what it showed before.

    Parameters
    ----------
    layer
        The layer.
    desk
        Where its recording is open.
    """

    def __init__(self, layer: Shapes, desk: Desk) -> None:
        self._layer = ref(layer)
        self._desk = ref(desk)
        self._held = False  # the mouse button
        self._moved = True  # while it was held: a click draws nothing
        self._waiting = False
        layer.events.data.connect(self._on_data)
        layer.mouse_drag_callbacks.append(self._on_drag)
        layer.selected_data.events.items_changed.connect(self._on_selected)

    def _on_data(self, _event: Any) -> None:
        if not self._held:
            self._later()

    def _on_drag(self, _layer: Layer, event: Any) -> Iterator[None]:
        self._held, self._moved = True, False
        yield
        while event.type == "mouse_move":
            self._moved = True
            yield
        self._held = False
        self._later()

    def _later(self) -> None:
        """Take the edits once napari has ended its own work on them."""
        if not self._waiting:
            self._waiting = True
            QTimer.singleShot(0, self._take)

    def _take(self) -> None:
        self._waiting = False
        layer, desk = self._layer(), self._desk()
        if layer is None or desk is None or layer not in desk.viewer.layers:
            return
        if not layer.editable:
            return
        changed = edits(layer, desk) if self._moved else {}
        self._moved = True
        if changed:
            desk.pen.set_boxes(changed)
            new = next((name for name, box in changed.items() if box is not None), "")
            desk.hand.select_region(new)
        desk.show_again()  # whatever was done: what is set stands there

    def _on_selected(self) -> None:
        layer, desk = self._layer(), self._desk()
        if layer is None or desk is None or len(layer.selected_data) != 1:
            return
        (row,) = layer.selected_data
        if row < len(layer.features):
            region, whose = layer.features[["region", "rater"]].iloc[row]
            if whose in ("shown", "under") and region != desk.hand.region:
                desk.hand.select_region(str(region))


def edits(layer: Shapes, desk: Desk) -> dict[str, Value]:
    """Compare a layer of boxes with what it is to show.

    Parameters
    ----------
    layer
        The layer, as a person has left it.
    desk
        Where its recording is open.

    Returns
    -------
    dict
        By region the new box, or what is set where one was deleted. Boxes of the rater
        with whom the shown one is compared cannot be edited.
    """
    known, missing = desk.pen.boxes, desk.pen.missing
    changed: dict[str, Value] = {}
    found: set[tuple[str, str]] = set()
    for row, corners in enumerate(layer.data):
        edges, told = box_of(corners), _told(layer, row)
        region, whose = told
        # What is drawn or pasted comes last, with the features of another.
        new = told in found or (region not in known and whose != "compared")
        found.add(told)
        if new and _meant(edges):
            region = _region_for(desk.hand.region, missing)
            changed[region] = edges
        elif not new and whose != "compared" and _differ(known[region], edges):
            changed[region] = edges
    kept = {region for region, whose in found if whose != "compared"}
    for region in set(known) - kept:
        changed.setdefault(region, desk.pen.without(region))
    return changed


def _region_for(selected: str, missing: list[str]) -> str:
    """Whose box a new one is: of the selected region, or of the next that is missing.

    Where none is missing, it takes the place of the selected one.
    """
    if missing and selected not in missing:
        selected = missing[0]
    if selected in missing:
        missing.remove(selected)
    return selected


def _meant(edges: Edges) -> bool:
    y_min, x_min, y_max, x_max = edges
    return min(y_max - y_min, x_max - x_min) >= _SMALLEST


def _differ(box: NDArray[np.float32], edges: Edges) -> bool:
    return float(np.abs(box - np.array(edges)).max()) > _MOVED


def draw(desk: Desk) -> None:
    """Let the mouse draw a box in the active recording."""
    _edit(desk, "add_rectangle")


def move_boxes(desk: Desk) -> None:
    """Let the mouse move and resize the boxes of the active recording, or not."""
    _edit(desk, "select")


def _edit(desk: Desk, mode: str) -> None:
    try:
        desk.hand.here()  # one's own boxes are then shown
    except GrimaceError as error:
        tell(error)
        return
    view = desk.view
    layers = [] if view is None else desk.layers_of(view)
    if not any(isinstance(layer, Shapes) for layer in layers):
        gone = "The layer of boxes was deleted. Open the recording once more for it."
        tell(RecordingError(gone))
    for layer in layers:
        if isinstance(layer, Shapes):
            desk.show_again()
            layer.visible = True
            desk.viewer.layers.selection.active = layer
            layer.mode = "pan_zoom" if layer.mode == mode else mode
            select_box(layer, desk.hand.region)


def selecting(desk: Desk) -> Callable[[Layer, Any], Iterator[None]]:
    """Make a callback of a layer that selects the region that is clicked.

    The right button offers what can be done with its box.
    """
    place = ref(desk)

    def on_click(layer: Layer, event: Any) -> Iterator[None]:
        start, button = tuple(event.position), event.button
        yield
        while event.type == "mouse_move":
            yield
        told = place()
        if told is None or tuple(event.position) != start:
            return
        if button == _RIGHT and _select_at(told, layer, start):
            box_menu(told).popup(QCursor.pos())
        elif button != _RIGHT and layer.mode == "pan_zoom":
            _select_at(told, layer, start)

    return on_click


def box_menu(desk: Desk) -> QMenu:
    """Offer the regions that the selected box can have, and what else can be done."""
    menu = QMenu()
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    _menus[desk] = menu  # else nobody holds it
    rating, pen = desk.hand.rating, desk.pen
    regions = () if rating is None else rating.rater.scale.regions
    missing = pen.missing
    for region in regions:
        words = f"{region} (missing)" if region in missing else region
        action = _offer(menu, words, partial(pen.name, region))
        action.setCheckable(True)
        action.setChecked(region == desk.hand.region)
    menu.addSeparator()
    _offer(menu, "Not there: remove the box", pen.remove)
    _offer(menu, "As the model sees it", pen.give_back)
    return menu


def _offer(menu: QMenu, words: str, act: Callable[[], None]) -> QAction:
    action = QAction(words, menu)
    action.triggered.connect(lambda _=False: act())
    menu.addAction(action)
    return action


_menus: WeakKeyDictionary[Desk, QMenu] = WeakKeyDictionary()


def _select_at(desk: Desk, layer: Layer, position: Sequence[float]) -> bool:
    """Select the region at a place, and tell whether there is one."""
    view, frame = view_of(layer), desk.frame
    if view is None or view is not desk.view or frame is None or view.rating is None:
        return False
    facts = view.facts(frame)
    y, x = np.asarray(layer.world_to_data(position)[-2:]) + 0.5
    if isinstance(layer, Labels):  # whose pixels may begin at a region of interest
        y, x = np.add(origin_of(view.source), (y, x))
    region = None if facts is None else region_at(facts, y, x)
    if region is not None:
        desk.hand.select_region(region)
    return region is not None


def _told(layer: Shapes, row: int) -> tuple[str, str]:
    if row >= len(layer.features):
        return "", ""
    region, whose = layer.features[["region", "rater"]].iloc[row]
    return str(region), str(whose)
