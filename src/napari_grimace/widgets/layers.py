"""Layers made of a video and of a recording, as napari's readers hand them over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from napari.utils.colormaps import DirectLabelColormap

from napari_grimace.video.browse import BrowsedVideo
from napari_grimace.video.source import origin_of
from napari_grimace.widgets.boxes import boxes_options
from napari_grimace.widgets.paint import ScoreLabels, label_colours, label_table
from napari_grimace.widgets.view import RecordingView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari.layers import Labels, Layer
    from numpy.typing import NDArray

    from napari_grimace.video.source import FrameSource, PictureSource

    LayerData = tuple[Any, dict[str, Any], str]

KEY = "napari_grimace"
"""Under which a layer's metadata hold the `RecordingView` that it shows."""

_EVEN = 0.25  # of a frame: times may stray so far from a straight line


class Axes(NamedTuple):
    """Where the pictures of a video lie in napari's world.

    Attributes
    ----------
    labels, units
        Of the axes: time in seconds where frames come at even times, else frame
        numbers; pixels of the full frame.
    scale, translate
        From positions and pixels to the world.
    """

    labels: tuple[str, str, str]
    units: tuple[str, str, str]
    scale: tuple[float, float, float]
    translate: tuple[float, float, float]

    def options(self) -> dict[str, Any]:
        """As the options of a layer."""
        return {
            "axis_labels": self.labels,
            "units": self.units,
            "scale": self.scale,
            "translate": self.translate,
        }


def axes_of(source: FrameSource) -> Axes:
    """Give the axes of a video.

    napari's axes are even. Where a video's frame times are not, its first axis counts
    frames: a time that is wrong would be worse than none.
    """
    y_min, x_min = origin_of(source)
    start, step, even = 0.0, 1.0, False
    times = source.times
    if len(times) > 1 and np.isfinite(times).all() and times[-1] > times[0]:
        start, step = float(times[0]), float((times[-1] - times[0]) / (len(times) - 1))
        line = start + step * np.arange(len(times))
        even = bool(np.abs(times - line).max() < _EVEN * step)
    first = ("time", "second", step, start) if even else ("frame", "pixel", 1.0, 0.0)
    return Axes(
        (first[0], "y", "x"),
        (first[1], "pixel", "pixel"),
        (first[2], 1.0, 1.0),
        (first[3], float(y_min), float(x_min)),
    )


def video_layer(source: PictureSource, *, leafing: bool = False) -> LayerData:
    """Make the layer of a video: lazy, exact, quick to leaf through.

    Parameters
    ----------
    source
        The video.
    leafing
        Whether somebody ends the video's leafing once it is in a viewer: napari first
        goes to the middle of a video, which nobody wants to see.
    """
    video = BrowsedVideo(source)
    video.leafing = leafing
    options = {
        "name": source.attrs["source"],
        "rgb": True,
        "metadata": {"video": dict(source.attrs)},
        **axes_of(source).options(),
    }
    return video, options, "image"


def recording_layers(view: RecordingView) -> list[LayerData]:
    """Make the layers of a recording: its scores, and over them its boxes.

    They follow the viewer's frame as soon as a `Desk` has them.
    """
    shared: dict[str, Any] = {"metadata": {KEY: view}}
    scores = {
        "name": f"scores {view.name}",
        "opacity": 0.35,
        **label_options(view),
        **axes_of(view.source).options(),
        **shared,
    }
    boxes = {"name": f"boxes {view.name}", **boxes_options(view), **shared}
    return [(ScoreLabels(view), scores, "labels"), ([], boxes, "shapes")]


def colour_scores(layer: Labels, view: RecordingView) -> None:
    """Give the labels of a recording's scores the colours and meaning of new units."""
    if len(layer.features) != len(label_table(view.units)):
        for name, value in label_options(view).items():
            setattr(layer, name, value)


def label_options(view: RecordingView) -> dict[str, Any]:
    """Colours of the labels, and what they mean."""
    return {
        "colormap": DirectLabelColormap(color_dict=label_colours(view.units)),
        "features": label_table(view.units),
    }


def browsed(layer: Layer) -> BrowsedVideo | None:
    """Give the video that a layer shows, if it is one of ours."""
    data = getattr(layer, "data", None)
    return data if isinstance(data, BrowsedVideo) else None


def frames_of(layer: Layer) -> NDArray[np.int64]:
    """Give the numbers of the frames along the first axis of a layer of ours."""
    data = layer.data
    source = data.view.source if isinstance(data, ScoreLabels) else data.source
    numbers: NDArray[np.int64] = source.frames
    return numbers


def shows(layer: Layer, view: RecordingView) -> bool:
    """Whether a layer shows the video of a recording."""
    video = browsed(layer)
    identity = view.source.attrs.get("identity")
    return video is not None and video.source.attrs.get("identity") == identity


def videos_in(layers: Iterable[Layer]) -> list[tuple[Layer, BrowsedVideo]]:
    """Give the layers that show videos of ours, and the videos."""
    found = ((layer, browsed(layer)) for layer in layers)
    return [(layer, video) for layer, video in found if video is not None]


def view_of(layer: Layer) -> RecordingView | None:
    """Give the recording that a layer shows, if it is one of ours."""
    view = layer.metadata.get(KEY)
    return view if isinstance(view, RecordingView) else None
