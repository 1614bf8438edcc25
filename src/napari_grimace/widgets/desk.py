"""What of napari-grimace is open in a viewer, and the frame it stands at.

Layers, readout and timeline all follow the desk, and know nothing of one another.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import napari
import numpy as np
from napari.layers import Labels, Layer, Shapes
from psygnal import Signal
from superqt.utils import ensure_main_thread

from napari_grimace.widgets.boxes import boxes_of, fill_boxes
from napari_grimace.widgets.keys import bind_keys
from napari_grimace.widgets.layers import browsed, colour_scores, videos_in, view_of
from napari_grimace.widgets.opening import OPEN_ALREADY, layers_from
from napari_grimace.widgets.private import bare, on_slider
from napari_grimace.widgets.reading import Reading
from napari_grimace.widgets.words import neighbours

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel

    from napari_grimace.video.browse import BrowsedVideo
    from napari_grimace.video.source import FrameSource
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
    """

    activated = Signal()
    moved = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = ref(viewer)
        self.views: list[RecordingView] = []
        self.view: RecordingView | None = None
        self._readings: dict[RecordingView, Reading] = {}
        self._point: tuple[float, ...] = ()
        layers = viewer.layers
        layers.events.inserted.connect(self._on_inserted)
        layers.events.removed.connect(self._on_removed)
        layers.selection.events.active.connect(self._on_selected)
        viewer.dims.events.point.connect(self._on_moved)
        on_slider(viewer, self._leaf)
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
        """Number of the frame at which the viewer stands, in the active video."""
        layer = self._anchor()
        source = self._source(layer)
        if layer is None or source is None:
            return None
        return int(source.frames[self._position(layer)])

    @property
    def previewing(self) -> bool:
        """Whether a key frame stands in for the frame at which the viewer stands."""
        layer = self._anchor()
        video = None if layer is None else browsed(layer)
        if layer is None or video is None:
            return False
        return video.previewed == self._position(layer)

    @property
    def problem(self) -> str:
        """Why the frame at which the viewer stands cannot be shown, or nothing."""
        layer = self._anchor()
        video = None if layer is None else browsed(layer)
        if layer is None or video is None:
            return ""
        return video.damaged.get(self._position(layer), "")

    def go_to(self, frame: int) -> None:
        """Move the viewer to the frame of this number, or the nearest that there is."""
        layer = self._anchor()
        source = self._source(layer)
        if layer is None or source is None:
            return
        position = int(np.abs(source.frames - frame).argmin())
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
        if self.view is None or self.view.shown is None or self.frame is None:
            return
        before, after = neighbours(self.view.shown, self.frame)
        frame = before if by < 0 else after
        if frame is not None:
            self.go_to(frame)

    def open(self, path: Path) -> list[Layer]:
        """Open a video or a recording, and give the layers that are new.

        A recording that is open is read again.

        Raises
        ------
        VideoError, RecordingError
            It cannot be read, or the recording's video is not found or is another one.
        """
        made = layers_from(path, self)
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
        if view is None:
            return
        layer.editable = False
        bind_keys(layer, self)
        if view not in self.views:
            self.views.append(view)
            self._readings[view] = Reading(view)
            view.changed.connect(self._on_changed)
            view.wanted.connect(self._readings[view].start)
            view.read_at_once()
            if view.shown is None:
                self._readings[view].start()
        self.activate(view)
        self._show(view)

    def _on_inserted(self, event: Any) -> None:
        self._adopt(event.value)

    def _on_removed(self, event: Any) -> None:
        video, view = browsed(event.value), view_of(event.value)
        if video is not None:
            video.close()
        if view is not None and not self.layers_of(view):
            self.views.remove(view)
            self._readings.pop(view).stop()
            view.changed.disconnect(self._on_changed)
            if view is self.view:
                self.activate(self.views[-1] if self.views else None)

    def _on_selected(self, event: Any) -> None:
        view = None if event.value is None else view_of(event.value)
        if view in self.views:
            self.activate(view)

    def _on_changed(self) -> None:
        for view in self.views:
            self._show(view)

    def _show(self, view: RecordingView) -> None:
        if view.shown is None:
            return
        for layer in self.layers_of(view):
            if isinstance(layer, Shapes):
                self._fill(layer, view)
            elif isinstance(layer, Labels):
                colour_scores(layer, view)
                layer.refresh()

    def _fill(self, layer: Shapes, view: RecordingView) -> None:
        frame = self._frame_of(view)
        if frame is not None:
            boxes = boxes_of(view.facts(frame), view.compared_facts(frame))
            fill_boxes(layer, boxes)

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

    def _anchor(self) -> Layer | None:
        """Give a layer by which the frame of the active video is known."""
        if self.view is not None:
            return self._anchor_of(self.view)
        return self.videos[0][0] if self.videos else None

    def _anchor_of(self, view: RecordingView) -> Layer | None:
        for layer, video in self.videos:
            if video.source is view.source:
                return layer
        labels = [la for la in self.layers_of(view) if isinstance(la, Labels)]
        return labels[0] if labels else None

    def _frame_of(self, view: RecordingView) -> int | None:
        layer = self._anchor_of(view)
        return None if layer is None else int(view.frames[self._position(layer)])

    def _source(self, layer: Layer | None) -> FrameSource | None:
        if self.view is not None:
            return self.view.source
        video = None if layer is None else browsed(layer)
        return None if video is None else video.source

    def _position(self, layer: Layer) -> int:
        """Where along a layer's first axis the viewer stands, as napari rounds it."""
        point = np.asarray(self.viewer.dims.point)
        world = np.zeros(layer.ndim)
        world[-len(point) :] = point[-layer.ndim :]
        position = round(float(layer.world_to_data(world)[0]))
        return int(np.clip(position, 0, layer.data.shape[0] - 1))

    def _stand_at(self, layer: Layer, position: int) -> None:
        corner = [position, *(0.0,) * (layer.ndim - 1)]
        axis = self.viewer.dims.ndim - layer.ndim
        self.viewer.dims.set_point(axis, float(layer.data_to_world(corner)[0]))


_desks: WeakKeyDictionary[ViewerModel, Desk] = WeakKeyDictionary()


def desk_of(viewer: ViewerModel) -> Desk:
    """Give the desk of a viewer; it is set up at the first call."""
    viewer = bare(viewer)
    if viewer not in _desks:
        _desks[viewer] = Desk(viewer)
    return _desks[viewer]


def current_desk() -> Desk | None:
    """Give the desk of the viewer that is in front; None without a window."""
    viewer = napari.current_viewer()
    return None if viewer is None else desk_of(viewer)
