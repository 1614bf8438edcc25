"""What of napari-grimace is open in a viewer, and the frame it stands at.

Layers, readout and timeline all follow the desk, and know nothing of one another.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.layers import Labels, Layer, Shapes
from psygnal import Signal
from qtpy.QtCore import QTimer
from superqt.utils import ensure_main_thread

from napari_grimace.rating.queue import beside
from napari_grimace.widgets.alone import Alone
from napari_grimace.widgets.boxes import boxes_of, fill_boxes, select_box
from napari_grimace.widgets.drawing import Drawing, selecting
from napari_grimace.widgets.hand import Hand
from napari_grimace.widgets.keys import bind_keys
from napari_grimace.widgets.layers import (
    browsed,
    colour_scores,
    frames_of,
    shows,
    videos_in,
    view_of,
)
from napari_grimace.widgets.marker import Marker
from napari_grimace.widgets.opening import OPEN_ALREADY, layers_from
from napari_grimace.widgets.outlines import Outlines
from napari_grimace.widgets.pen import Pen
from napari_grimace.widgets.private import bare, free_safely, on_slider, viewers
from napari_grimace.widgets.proposing import Adviser
from napari_grimace.widgets.reading import Reading
from napari_grimace.widgets.route import Route
from napari_grimace.widgets.teach_lesson import Lesson

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from numpy.typing import NDArray

    from napari_grimace.video.browse import BrowsedVideo
    from napari_grimace.widgets.layers import LayerData
    from napari_grimace.widgets.view import RecordingView


class Desk:
    """Recordings and videos of one viewer.

    Get it with `desk_of`.

    Attributes
    ----------
    activated
        Emitted when another recording, or none, is the active one.
    moved
        Emitted when the viewer stands at another frame, or when the exact picture has
        come in the place of a preview.
    views
        The recordings that are open.
    view
        The active one: that of the layer that was selected last.
    hand, pen, marker, route, adviser
        Scores, boxes, marks and way of the person who rates the active recording, and
        the model that may be asked.
    lesson
        Practice or test of a learner; it has the shortcuts while it is on.
    """

    activated = Signal()
    moved = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = ref(viewer)
        self.views: list[RecordingView] = []
        self.view: RecordingView | None = None
        self._readings: dict[RecordingView, Reading] = {}
        self._drawings: dict[Layer, Drawing] = {}
        self._point: tuple[float, ...] = ()
        self.hand: Hand = Hand(self)
        self.pen: Pen = Pen(self.hand)
        self.marker: Marker = Marker(self.hand)
        self.route: Route = Route(self)
        self.adviser: Adviser = Adviser(self.hand)
        self.lesson: Lesson = Lesson(self)
        self._alone, self._outlines = Alone(self), Outlines(self)
        self._summing = QTimer()
        self._summing.setSingleShot(True)
        self._summing.setInterval(_SUM_UP_AFTER)
        self._summing.timeout.connect(self._sum_up)
        layers = viewer.layers
        layers.events.inserted.connect(self._on_inserted)
        layers.events.removed.connect(self._on_removed)
        layers.selection.events.active.connect(self._on_selected)
        viewer.dims.events.point.connect(self._on_moved)
        on_slider(viewer, self._leaf)
        free_safely(viewer)
        for layer in layers:
            self._adopt(layer)

    @property
    def viewer(self) -> ViewerModel:
        """The viewer."""
        viewer = self._viewer()
        if viewer is None:
            raise RuntimeError("The viewer of this desk is closed.")
        return viewer

    @property
    def videos(self) -> list[tuple[Layer, BrowsedVideo]]:
        """Layers that show videos of ours, and the videos."""
        return videos_in(self.viewer.layers)

    @property
    def frame(self) -> int | None:
        """Number of the frame at which the viewer stands, in the active video.

        None without a video, and outside it.
        """
        return self._frame_at(self._anchor())

    @property
    def previewing(self) -> bool:
        """Whether a key frame stands in for the frame at which the viewer stands."""
        position, video = self._standing()
        return video is not None and video.previewed == position

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """The frame at which the viewer stands (y, x, rgb); None until it is read."""
        position, video = self._standing()
        return None if video is None else video.at_hand(position)

    @property
    def problem(self) -> str:
        """Why the frame at which the viewer stands cannot be shown, or nothing."""
        position, video = self._standing()
        return "" if video is None else video.damaged.get(position, "")

    def go_to(self, frame: int) -> None:
        """Move the viewer to the frame of this number, or the nearest that there is."""
        layer = self._anchor()
        if layer is None:
            return
        position = int(np.abs(frames_of(layer) - frame).argmin())
        self._leaf(True)
        try:
            self._stand_at(layer, position)
        finally:
            self._leaf(False)

    def _leaf(self, leafing: bool) -> None:
        """Let key frames stand in for others, while somebody only leafs through."""
        for _, video in self.videos:
            video.leafing = leafing

    def step(self, by: int) -> None:
        """Go to the next analysed frame, or, with -1, to the one before."""
        frame = self.frame
        if self.view is None or self.view.shown is None or frame is None:
            return
        anchor = self._anchor()
        if self.view.rating_shown:
            # Who rates goes to all frames that there are to rate, not to those rated.
            analysed = self.route.analysed()
        elif anchor is not None:  # which may hold only some frames
            analysed = np.intersect1d(self.view.shown.frames, frames_of(anchor))
        else:
            analysed = self.view.shown.frames
        there = beside(analysed, frame, by, in_time=True)
        if there is not None:
            self.go_to(there)

    def open(self, path: Path) -> list[Layer]:
        """Open a video or a recording, and give the layers that are new.

        A recording that is open is read again.

        Raises
        ------
        VideoError, RecordingError
            It cannot be read, or the recording's video is not found or is another one.
        """
        made = layers_from(path, self, leafing=True)
        if made is OPEN_ALREADY:
            return []
        return [self.viewer.add_layer(Layer.create(*parts)) for parts in made]

    def open_recording(self, path: Path) -> RecordingView | None:
        """Open a recording, or read it again if it is open."""
        self.open(path)
        return self.find(path)

    def layers_of(self, view: RecordingView) -> list[Layer]:
        """Layers that show a recording."""
        return [layer for layer in self.viewer.layers if view_of(layer) is view]

    def find(self, path: Path) -> RecordingView | None:
        """Give the open recording of this path."""
        for view in self.views:
            if view.path.resolve() == path.resolve():
                return view
        return None

    def close(self, view: RecordingView) -> None:
        """Close a recording, and its video if no other recording is of it."""
        others = [one for one in self.views if one is not view]
        gone = self.layers_of(view)
        for layer, _ in self.videos:
            if shows(layer, view) and not any(shows(layer, one) for one in others):
                gone.append(layer)
        for layer in gone:
            self.viewer.layers.remove(layer)

    def close_all(self) -> None:
        """Close all recordings and videos; everything of them is on the disk."""
        ours = [la for la in self.viewer.layers if view_of(la) or browsed(la)]
        for layer in ours:
            self.viewer.layers.remove(layer)

    def activate(self, view: RecordingView | None) -> None:
        """Make a recording the active one."""
        if view is not self.view:
            self.view = view
            self.activated.emit()

    def read(self, view: RecordingView) -> None:
        """Read a recording again, in the background, and show what it then holds."""
        if view in self._readings:
            self._readings[view].start()

    def _adopt(self, layer: Layer) -> None:
        video, view = browsed(layer), view_of(layer)
        if video is not None:
            bind_keys(layer, self)
            video.arrived = partial(self._on_arrived, ref(layer))
            if len(self.viewer.layers) == 1:
                # napari begins in the middle; people watch a video from its start.
                self._stand_at(layer, 0)
            video.leafing = False
            if hasattr(layer.events, "loaded"):  # pictures may come later
                layer.events.loaded.connect(self._on_loaded)
        if view is None:
            return
        _lock(layer)
        # napari lets layers be edited anew after 3D, for one.
        layer.events.editable.connect(_on_editable)
        layer.mouse_drag_callbacks.append(selecting(self))
        if isinstance(layer, Shapes):
            self._drawings[layer] = Drawing(layer, self)
        layer.events.visible.connect(self._on_changed)
        bind_keys(layer, self)
        if view not in self.views:
            self.views.append(view)
            self._readings[view] = Reading(view)
            view.changed.connect(self._on_changed)
            view.rated.connect(self._on_rated)
            view.wanted.connect(self._readings[view].start)
            view.read_at_once()
            if view.shown is None:
                self._readings[view].start()
            self.view = view
            self.activated.emit()
        self.activate(view)
        self._show(view)

    def _on_inserted(self, event: Any) -> None:
        self._adopt(event.value)

    def _on_removed(self, event: Any) -> None:
        video, view = browsed(event.value), view_of(event.value)
        self._drawings.pop(event.value, None)
        if video is not None:
            video.close()
        if view is not None and not self.layers_of(view):
            self.views.remove(view)
            self._readings.pop(view).stop()
            view.changed.disconnect(self._on_changed)
            view.rated.disconnect(self._on_rated)
            self.hand.leaving.emit()
            for rating in (view.rating, view.deciding):
                if rating is not None:
                    rating.close()
            if view is self.view:
                self.view = self.views[-1] if self.views else None
            self.activated.emit()

    def _on_selected(self, event: Any) -> None:
        layer = event.value
        view = None if layer is None else view_of(layer)
        if view in self.views:
            self.activate(view)
        elif layer is not None and browsed(layer) is not None:
            # Another video: its recording, if it has one.
            of_it = [view for view in self.views if shows(layer, view)]
            if self.view not in of_it:
                self.activate(of_it[-1] if of_it else None)
            self.moved.emit()

    def _on_loaded(self, _event: Any) -> None:
        self.moved.emit()

    def _on_changed(self) -> None:
        for view in self.views:
            self._show(view)

    def _on_rated(self) -> None:
        if self.view is not None:
            self._show(self.view)
            self._summing.start()

    def _sum_up(self) -> None:
        if self.view is not None:
            self.view.sum_up()

    def show_again(self) -> None:
        """Show what the active recording holds, whatever was done to its layers."""
        if self.view is not None:
            self._show(self.view)

    def _show(self, view: RecordingView) -> None:
        for layer in self.layers_of(view):
            if isinstance(layer, Shapes):
                self._fill(layer, view)
            elif isinstance(layer, Labels):
                colour_scores(layer, view)
                layer.refresh()

    def _fill(self, layer: Shapes, view: RecordingView) -> None:
        frame = self._frame_at(self._anchor_of(view))
        boxes = boxes_of(None)
        if frame is not None:
            boxes = boxes_of(view.facts(frame), view.compared_facts(frame))
        fill_boxes(layer, boxes, editable=view.rating_shown)
        if view.rating_shown and view is self.view:
            select_box(layer, self.hand.region)

    def _on_moved(self) -> None:
        point = tuple(self.viewer.dims.point)
        if point == self._point:
            return
        self._point = point
        for view in self.views:
            for layer in self.layers_of(view):
                if isinstance(layer, Shapes) and layer.visible:
                    self._fill(layer, view)
        self.moved.emit()

    @ensure_main_thread
    def _on_arrived(self, place: ref[Layer], position: int) -> None:
        layer, viewer = place(), self._viewer()
        if layer is None or viewer is None or layer not in viewer.layers:
            return
        video = browsed(layer)
        if video is not None and self._position(layer) == position:
            layer.refresh(thumbnail=False, extent=False)
            self.moved.emit()

    def video_of(self, view: RecordingView) -> Layer | None:
        """Give a layer that shows the video of a recording."""
        shown = (layer for layer, _ in self.videos if shows(layer, view))
        return next(shown, None)

    def _anchor(self) -> Layer | None:
        """Give a layer by which the frame of the active video is known."""
        if self.view is not None:
            return self._anchor_of(self.view)
        layers = [layer for layer, _ in self.videos]
        active = self.viewer.layers.selection.active
        return active if active in layers else next(iter(layers), None)

    def _anchor_of(self, view: RecordingView) -> Layer | None:
        scores = (la for la in self.layers_of(view) if isinstance(la, Labels))
        return self.video_of(view) or next(scores, None)

    def _standing(self) -> tuple[int, BrowsedVideo | None]:
        """Give the position at which the viewer stands, and the video."""
        layer = self._anchor()
        position = None if layer is None else self._position(layer)
        if layer is None or position is None:
            return -1, None
        return position, browsed(layer)

    def _frame_at(self, layer: Layer | None) -> int | None:
        position = None if layer is None else self._position(layer)
        return None if position is None else int(frames_of(layer)[position])

    def _position(self, layer: Layer) -> int | None:
        """Where along a layer's first axis the viewer stands, as napari rounds it."""
        point = np.asarray(self.viewer.dims.point)
        world = np.zeros(layer.ndim)
        world[-len(point) :] = point[-layer.ndim :]
        position = round(float(layer.world_to_data(world)[0]))
        return position if 0 <= position < layer.data.shape[0] else None

    def _stand_at(self, layer: Layer, position: int) -> None:
        corner = [position, *(0.0,) * (layer.ndim - 1)]
        axis = self.viewer.dims.ndim - layer.ndim
        self.viewer.dims.set_point(axis, float(layer.data_to_world(corner)[0]))


_SUM_UP_AFTER = 400  # ms without another rating

_desks: WeakKeyDictionary[ViewerModel, Desk] = WeakKeyDictionary()


def desk_of(viewer: ViewerModel) -> Desk:
    """Give the desk of a viewer; it is set up at the first call."""
    viewer = bare(viewer)
    if viewer not in _desks:
        _desks[viewer] = Desk(viewer)
    return _desks[viewer]


def read_for_viewers(path: Path) -> list[LayerData]:
    """Give the layers of a video or a recording to napari, which asks for them.

    It does not say for which viewer: with several, the video is opened anew.
    """
    desks = [desk_of(viewer) for viewer in viewers()]
    only = desks[0] if len(desks) == 1 else None
    return layers_from(path, only, leafing=bool(desks))


def _lock(layer: Layer) -> None:
    """Let nobody edit a layer, but boxes by the person who rates and is shown."""
    view = view_of(layer)
    editable = isinstance(layer, Shapes) and view is not None and view.rating_shown
    if layer.editable != editable:
        layer.editable = editable


def _on_editable(event: Any) -> None:
    _lock(event.source)
