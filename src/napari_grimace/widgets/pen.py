"""Boxes that the person who rates draws, moves, names, copies and removes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_grimace.errors import RecordingError
from napari_grimace.rating.boxes import annotated_before, copied, interpolated
from napari_grimace.recording.values import NOT_SEEN
from napari_grimace.scales import UNIT_OF_REGION
from napari_grimace.widgets.selecting import guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from napari_grimace.rating.rating import Edges
    from napari_grimace.recording.record import Value
    from napari_grimace.widgets.hand import Hand


class Pen:
    """Sets boxes in the name of the person who rates.

    Parameters
    ----------
    hand
        What the person has in hand; its region is that of the selected box.
    """

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.changed = hand.changed

    @guarded
    def set_boxes(self, boxes: Mapping[str, Value]) -> None:
        """Set boxes of the frame, by region, in one go."""
        self._set(boxes)

    @guarded
    def remove(self) -> None:
        """Remove the selected box; where a model sees one, it is said to be wrong."""
        if not self.hand.region:
            raise RecordingError("Select a box first: click it.")
        self._set({self.hand.region: self.without(self.hand.region)})

    @guarded
    def give_back(self) -> None:
        """Leave the selected region to the model, as if nothing had been said of it."""
        if not self.hand.region:
            raise RecordingError("Select a region first: click its box.")
        self._set({self.hand.region: None})

    def without(self, region: str) -> str | None:
        """Give what to set where a box is removed."""
        view, frame = self.hand.desk.view, self.hand.desk.frame
        below = None if view is None or frame is None else view.below(frame)
        return NOT_SEEN if below is not None and region in below.boxes else None

    @guarded
    def name(self, region: str = "") -> None:
        """Let the selected box be that of another region; two change places.

        Parameters
        ----------
        region
            The region; by default the next that is missing.
        """
        boxes, old = self.boxes, self.hand.region
        missing = self.missing
        if old not in boxes:
            raise RecordingError("Select a box first: click it.")
        if not region and not missing:
            raise RecordingError("Every region of the scale has a box in this frame.")
        new = region or missing[0]
        if new != old:
            left = _edges(boxes[new]) if new in boxes else self.without(old)
            self._set({old: left, new: _edges(boxes[old])})
            self._select(new)

    @property
    def boxes(self) -> dict[str, NDArray[np.float32]]:
        """Boxes of the frame by region, as they are shown."""
        facts = self.hand.facts()
        return {} if facts is None else facts.boxes

    @property
    def missing(self) -> list[str]:
        """Regions of the scale without a box in the frame, in order."""
        rating, boxes = self.hand.rating, self.boxes
        regions = () if rating is None else rating.rater.scale.regions
        return [name for name in regions if name not in boxes]

    @guarded
    def copy(self) -> None:
        """Take the boxes of the annotated frame before."""
        rating, frame = self.hand.here()
        source = annotated_before(rating, frame)
        if source is None:
            raise RecordingError("You have set no box in a frame before this one.")
        changed = copied(rating, source, [frame])
        self.hand.keep(rating, changed, f"copied from frame {source}")

    @guarded
    def interpolate(self) -> None:
        """Fill in boxes between two annotated frames."""
        rating, frame = self.hand.here()
        changed = interpolated(rating, frame, self.hand.desk.route.analysed())
        self.hand.keep(rating, changed, "interpolated", "boxes in {} frames")

    @guarded
    def copy_to_range(self) -> None:
        """Give the selected box, or all of the frame, to the frames of the range."""
        rating, frame = self.hand.here()
        region = self.hand.region
        own = bool(region) and rating.value(frame, "box", region) is not None
        frames = self.hand.desk.marker.range()
        changed = copied(rating, frame, frames, region if own else None)
        reason = f"copied from frame {frame}"
        self.hand.keep(rating, changed, reason, "boxes in {} frames")

    def _set(self, boxes: Mapping[str, Value]) -> None:
        rating, frame = self.hand.here()
        told = {("box", region): box for region, box in boxes.items()}
        self.hand.keep(rating, {frame: told})

    def _select(self, region: str) -> None:
        self.hand.pick(UNIT_OF_REGION.get(region, self.hand.unit), region=region)


def _edges(box: NDArray[Any]) -> Edges:
    y_min, x_min, y_max, x_max = map(float, box)
    return y_min, x_min, y_max, x_max
