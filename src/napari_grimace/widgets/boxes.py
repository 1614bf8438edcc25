"""The boxes of the current frame as a Shapes layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.exchange.drawing import colour_of
from napari_grimace.scales import UNIT_OF_REGION
from napari_grimace.widgets.facts import area_of

if TYPE_CHECKING:
    from napari.layers import Shapes
    from numpy.typing import NDArray

    from napari_grimace.widgets.facts import FrameFacts
    from napari_grimace.widgets.view import RecordingView

COLUMNS = ("region", "confidence", "score", "rater", "text")
"""Of a box; `rater` is `shown`, `under` (a model's, where the shown person has none),
or `compared`."""
_COMPARED = (1.0, 1.0, 1.0, 0.9)
_UNDER = 0.55  # opacity: a model's box among a person's


class Boxes(NamedTuple):
    """Rectangles with what is known of them.

    Attributes
    ----------
    corners
        (box, 4, 2) y, x in napari's coordinates, where pixel i lies around i.
    features
        A line per box, with the columns `COLUMNS`.
    colours
        (box, 4) red, green, blue, alpha of the edges.
    """

    corners: NDArray[np.float64]
    features: pd.DataFrame
    colours: NDArray[np.float64]


def boxes_options(view: RecordingView) -> dict[str, Any]:
    """Options of an empty layer that is to show boxes."""
    height, width = view.source.shape[1:3]
    short = min(height, width)
    return {
        "ndim": 2,
        "features": _table([]),
        "face_color": "transparent",
        "edge_width": max(1.0, short / 200),  # until the zoom is known
        "text": {
            "string": "{text}",
            "size": 9,
            "anchor": "upper_left",
            "color": "white",
        },
    }


def boxes_of(facts: FrameFacts | None, compared: FrameFacts | None = None) -> Boxes:
    """Give the rectangles of a frame.

    Parameters
    ----------
    facts
        What the shown rater found; None if the frame was not analysed.
    compared
        The same of another rater, whose boxes are white.
    """
    rows: list[tuple[Any, ...]] = []
    corners, colours = [], []
    # Smaller ones lie on top, so that the mouse can take hold of each.
    for who, told in (("compared", compared), ("shown", facts)):
        if told is None:
            continue
        for region, box in sorted(told.boxes.items(), key=lambda one: -area_of(one[1])):
            whose = "under" if region in told.under else who
            score = score_of(told, region)
            text = "" if who == "compared" else _text(region, score)
            sure = told.confidences.get(region, np.nan)
            rows.append((region, sure, score, whose, text))
            corners.append(corners_of(box))
            colours.append(_colour(region, whose))
    return Boxes(
        np.reshape(corners, (-1, 4, 2)), _table(rows), np.reshape(colours, (-1, 4))
    )


def score_of(facts: FrameFacts, region: str) -> float:
    """Score of the side that a region is, else that of its unit; NaN without one."""
    for unit in facts.units:
        if region in unit.regions:
            return unit.score_at(region)
    return np.nan


def corners_of(box: NDArray[np.floating]) -> NDArray[np.float64]:
    """Corners (4, 2) of a box, y and x, in napari's coordinates.

    Edges are continuous, pixel i covers [i, i + 1); napari has its middle at i.
    """
    y_min, x_min, y_max, x_max = np.asarray(box, np.float64) - 0.5
    return np.array([[y_min, x_min], [y_min, x_max], [y_max, x_max], [y_max, x_min]])


def box_of(corners: NDArray[np.floating]) -> tuple[float, float, float, float]:
    """Edges of a shape of napari's: the smallest box that holds all its corners."""
    low, high = np.min(corners, axis=0) + 0.5, np.max(corners, axis=0) + 0.5
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def region_at(facts: FrameFacts, y: float, x: float) -> str | None:
    """Give the smallest region around a point, in pixels of the full frame."""
    around = {
        region: area_of(box)
        for region, box in facts.boxes.items()
        if box[0] <= y <= box[2] and box[1] <= x <= box[3]
    }
    return min(around, key=lambda region: around[region], default=None)


def select_box(layer: Shapes, region: str) -> None:
    """Select the box of a region that can be edited, if there is one."""
    told = layer.features
    rows = np.flatnonzero((told["region"] == region) & (told["rater"] != "compared"))
    if layer.mode in ("select", "direct"):
        layer.selected_data = {int(row) for row in rows[: layer.nshapes]}


def fill_boxes(layer: Shapes, boxes: Boxes, *, editable: bool = False) -> None:
    """Show other boxes in a layer: rectangles, features and colours together.

    napari keeps or copies lines of features when the number of shapes changes, so all
    three are set anew, and nobody is told of the states between.
    """
    if not len(boxes.corners) and not layer.nshapes:
        if layer.editable != editable:
            layer.editable = editable
        return
    events = layer.events
    with events.data.blocker(), events.features.blocker(), events.editable.blocker():
        count = len(boxes.corners)
        layer.data = (list(boxes.corners), ["rectangle"] * count) if count else []
        layer.features = boxes.features
        if count:
            layer.edge_color = boxes.colours
            _outline(layer)
        layer.editable = editable  # new data have set it anew
    layer.refresh()


def widen(layer: Shapes, width: float) -> None:
    """Give all boxes of a layer, and those still to come, outlines of a width."""
    with layer.events.data.blocker():
        layer.current_edge_width = width
        _outline(layer)
    layer.refresh()


def _outline(layer: Shapes) -> None:
    """Give all shapes the layer's width; new ones have napari's, one pixel."""
    width = layer.current_edge_width
    if any(one != width for one in layer.edge_width):
        layer.edge_width = width


def _table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = {"confidence": float, "score": float}
    return table.astype({name: numbers.get(name, object) for name in COLUMNS})


def _text(region: str, score: float) -> str:
    # Face and body speak for themselves, and would hide what is in them.
    unit = UNIT_OF_REGION.get(region, "")
    return f"{unit} {score:g}" if np.isfinite(score) else unit


def _colour(region: str, whose: str) -> tuple[float, ...]:
    if whose == "compared":
        return _COMPARED
    colour = (value / 255 for value in colour_of(region))
    return (*colour, _UNDER if whose == "under" else 1.0)
