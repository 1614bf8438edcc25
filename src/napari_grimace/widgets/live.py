"""What a person who rates has set in a frame, as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.scales.scoring import total
from napari_grimace.widgets.facts import FrameFacts, UnitFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.rating.rating import Rating
    from napari_grimace.scales.scale import Unit


def live_facts(rating: Rating, frame: int, time: float) -> FrameFacts:
    """Give what a person has set in a frame, as it is now.

    Parameters
    ----------
    rating
        The person's rating.
    frame, time
        Number of the frame, and its presentation time in s.
    """
    scale = rating.rater.scale
    units = tuple(_unit(rating, frame, unit) for unit in scale.units)
    scores = np.array([unit.score for unit in units])
    boxes: dict[str, NDArray[np.float32]] = {}
    absent: dict[str, float] = {}
    for region in scale.regions:
        told = rating.value(frame, "box", region)
        if isinstance(told, tuple):
            boxes[region] = np.array(told, np.float32)
        elif told is not None:
            absent[region] = 0.0
    note = rating.value(frame, "note")
    return FrameFacts(
        frame=frame,
        time=time,
        boxes=boxes,
        confidences=absent,
        units=units,
        total=float(total(scores, scale)),
        several_faces=False,
        units_scored=int(np.isfinite(scores).sum()),
        quality={},
        flagged=bool(rating.value(frame, "flag")),
        confirmed=bool(rating.value(frame, "confirmed")),
        note=note if isinstance(note, str) else "",
    )


def _unit(rating: Rating, frame: int, unit: Unit) -> UnitFacts:
    value = rating.value(frame, "score", unit.name)
    sides = {
        region: level
        for region in unit.regions
        if isinstance(level := rating.value(frame, "region_score", region), float)
    }
    scored = isinstance(value, float)
    return UnitFacts(
        name=unit.name,
        title=unit.title,
        regions=unit.regions,
        score=float(value) if isinstance(value, float) else np.nan,
        state="scored" if scored else str(value or "not_rated"),
        probabilities={},
        sides=sides,
    )
