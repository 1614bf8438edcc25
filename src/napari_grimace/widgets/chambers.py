"""Chambers drawn as rectangles in a Shapes layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from napari.layers import Shapes

from napari_grimace.analysis.chambers import Chamber, check_names
from napari_grimace.errors import VideoError
from napari_grimace.video.source import origin_of
from napari_grimace.widgets.boxes import corners_of
from napari_grimace.widgets.layers import browsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari.layers import Image
    from numpy.typing import NDArray

NAME = "name"
"""Column of a Shapes layer's features that holds the chambers' names."""

_YELLOW = "#ffd700"


def picture_of(video: Image) -> tuple[float, float, float, float]:
    """Edges (y_min, x_min, y_max, x_max) of a video layer's picture in the full frame.

    It is smaller than the full frame where only a part of it was stored.
    """
    shape = video.data.shape[:-1] if video.rgb else video.data.shape
    height, width = shape[-2:]
    ours = browsed(video)
    y_min, x_min = origin_of(ours.source) if ours else (0, 0)
    return float(y_min), float(x_min), float(y_min + height), float(x_min + width)


def chambers_in(shapes: Shapes, video: Image) -> list[Chamber]:
    """Give the chambers that are drawn in a Shapes layer.

    Rectangles that were turned are brought to their bounding box; what sticks out of
    the picture is cut off.

    Parameters
    ----------
    shapes
        One shape for each chamber.
    video
        The layer over which they are drawn.

    Raises
    ------
    VideoError
        If there are none, one lies outside of the picture, or names do not serve.
    """
    if not shapes.nshapes:
        raise VideoError(
            f"There are no chambers in the layer {shapes.name!r}: draw a rectangle "
            "around each animal's chamber, or choose the whole picture."
        )
    picture, names = picture_of(video), names_in(shapes)
    check_names(names)
    return [
        Chamber(name, _box(corners, shapes, video, picture)).within(picture)
        for name, corners in zip(names, shapes.data, strict=True)
    ]


def chambers_layer(video: Image, chambers: Iterable[Chamber] = ()) -> Shapes:
    """Make a Shapes layer to draw chambers in, or with those of a template."""
    chambers, picture = list(chambers), picture_of(video)
    corners = [
        corners_of(np.array(chamber.roi) - np.array([*picture[:2]] * 2))
        for chamber in chambers
    ]
    layer = Shapes(
        corners or None,
        ndim=2,
        shape_type="rectangle",
        name="chambers",
        scale=video.scale[-2:],
        translate=video.translate[-2:],
        units=video.units[-2:],
        axis_labels=video.axis_labels[-2:],
        features=pd.DataFrame(
            {NAME: [chamber.name for chamber in chambers]}, dtype=object
        ),
        text={
            "string": f"{{{NAME}}}",
            "size": 12,
            "color": _YELLOW,
            "anchor": "upper_left",
        },
        face_color="transparent",
        edge_color=_YELLOW,
        edge_width=max(1.0, (picture[2] - picture[0]) / 240),
    )
    layer.events.data.connect(lambda event: _on_drawn(layer, event))
    return layer


def names_in(shapes: Shapes) -> list[str]:
    """Names of the chambers; those without one are called chamber1, chamber2, ..."""
    told = shapes.features.get(NAME, [None] * shapes.nshapes)
    names = ["" if pd.isna(name) else str(name).strip() for name in told]
    return [name or f"chamber{number}" for number, name in enumerate(names, start=1)]


def give_names(shapes: Shapes, names: Sequence[str]) -> None:
    """Name the chambers of a layer, in the order in which they were drawn.

    Raises
    ------
    VideoError
        If the names do not serve, or are more or fewer than the chambers.
    """
    check_names(names)
    if len(names) != shapes.nshapes:
        raise VideoError(
            f"There are {shapes.nshapes} chambers, and {len(names)} names: give one "
            "for each, with commas between them."
        )
    features = shapes.features.copy()
    features[NAME] = pd.Series(list(names), dtype=object)
    shapes.features = features


def _on_drawn(shapes: Shapes, event: Any) -> None:
    """Give a chamber that was drawn a name of its own; napari copies the last one's."""
    if event.action != "added":
        return
    names: list[str] = []
    for name in shapes.features[NAME]:
        names.append(_free(names) if pd.isna(name) or name in names else str(name))
    give_names(shapes, names)


def _free(names: Sequence[str]) -> str:
    number = len(names) + 1
    while f"chamber{number}" in names:
        number += 1
    return f"chamber{number}"


def _box(
    corners: NDArray[np.floating],
    shapes: Shapes,
    video: Image,
    picture: Sequence[float],
) -> tuple[float, float, float, float]:
    """Edges of a shape in the full frame, whose pixel i covers [i, i + 1)."""
    places = np.array([_pixel(corner, shapes, video) for corner in corners])
    # napari has the middle of pixel i at i.
    places += np.array(picture[:2]) + 0.5
    (y_min, x_min), (y_max, x_max) = places.min(axis=0), places.max(axis=0)
    return float(y_min), float(x_min), float(y_max), float(x_max)


def _pixel(
    corner: NDArray[np.floating], shapes: Shapes, video: Image
) -> NDArray[np.float64]:
    """Place of a corner in a video layer's pixels (y, x)."""
    world = np.zeros(video.ndim)
    world[-2:] = shapes.data_to_world(corner)[-2:]
    return np.asarray(video.world_to_data(world)[-2:], np.float64)
