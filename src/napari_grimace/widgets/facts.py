"""What a rater found in one frame, as the layers and the readout show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from napari_grimace.rating.queue import beside
from napari_grimace.recording.schema import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from napari_grimace.exchange import RaterPass

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """An action unit in one frame.

    Attributes
    ----------
    name, title
        Of the unit.
    regions
        The regions that show it.
    score
        NaN unless it was scored.
    state
        One of `recording.STATES`.
    probabilities
        By level; empty for people.
    sides
        Scores of its regions, where they were scored apart.
    """

    name: str
    title: str
    regions: tuple[str, ...]
    score: float
    state: str
    probabilities: dict[int, float]
    sides: dict[str, float]

    def score_at(self, region: str) -> float:
        """Score of the side that a region is, else that of the unit."""
        return self.sides.get(region, self.score)


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """One frame, by one rater.

    Attributes
    ----------
    frame, time
        Frame number, and presentation time in s.
    boxes
        (4,) y_min, x_min, y_max, x_max in pixels of the full frame, by region; those
        that were not seen are left out.
    confidences
        Of the boxes, 0 to 1; of people's only those of regions that they say are not
        there: 0.
    units
        The scale's action units.
    total
        Grimace score; NaN where there is none.
    several_faces
        Whether it has no total because several faces are in the frame.
    units_scored
        How many units were scored.
    quality
        Image quality by measure, where it was measured.
    flagged, confirmed
        For review; by this rater.
    note
        What a person noted, or nothing.
    under
        Regions whose boxes are not the rater's own, but the model's below.
    """

    frame: int
    time: float
    boxes: dict[str, NDArray[np.float32]]
    confidences: dict[str, float]
    units: tuple[UnitFacts, ...]
    total: float
    several_faces: bool
    units_scored: int
    quality: dict[str, float]
    flagged: bool
    confirmed: bool = False
    note: str = ""
    under: frozenset[str] = frozenset()


def facts_at(done: RaterPass, frame: int) -> FrameFacts | None:
    """Give what a rater found in a frame; None if the rater did not work on it.

    The time it takes does not depend on how many frames the rater worked on.
    """
    index = int(np.searchsorted(done.frames, frame))
    if index == len(done.frames) or done.frames[index] != frame:
        return None
    data = done.data
    regions = data["region"].values.tolist()
    box = dict(zip(regions, data["box"].values[index], strict=True))
    confidence = zip(
        regions, data["box_confidence"].values[index].tolist(), strict=True
    )
    quality = zip(
        data["measure"].values.tolist(),
        data["quality"].values[index].tolist(),
        strict=True,
    )
    return FrameFacts(
        frame=frame,
        time=float(done.times[index]),
        boxes={name: edges for name, edges in box.items() if np.isfinite(edges).all()},
        confidences=_known(confidence),
        units=_units(done, index),
        total=float(done.total[index]),
        several_faces=bool(done.left_out[index]),
        units_scored=int(np.nan_to_num(done.units_scored[index])),
        quality=_known(quality),
        flagged=bool(data["flag"].values[index]),
        confirmed=bool(data["confirmed"].values[index]),
    )


def laid_over(facts: FrameFacts, below: FrameFacts | None) -> FrameFacts:
    """Show a model's boxes where a person has said nothing of a region."""
    if below is None:
        return facts
    added = {
        region: box
        for region, box in below.boxes.items()
        if region not in facts.boxes and facts.confidences.get(region) != 0
    }
    return replace(
        facts,
        boxes={**added, **facts.boxes},
        quality=facts.quality or below.quality,
        under=frozenset(added),
    )


def _units(done: RaterPass, index: int) -> tuple[UnitFacts, ...]:
    data = done.data
    place = {name: i for i, name in enumerate(data["unit"].values.tolist())}
    sides = dict(
        zip(
            data["region"].values.tolist(),
            data["region_score"].values[index].tolist(),
            strict=True,
        )
    )
    score, state = data["score"].values[index], data["state"].values[index]
    probability = data["probability"].values[index]
    return tuple(
        UnitFacts(
            name=unit.name,
            title=unit.title,
            regions=unit.regions,
            score=float(score[place[unit.name]]),
            state=STATES[int(state[place[unit.name]])],
            probabilities=_known(
                (level, float(probability[place[unit.name], level]))
                for level in unit.levels
            ),
            sides=_known((name, sides.get(name, np.nan)) for name in unit.regions),
        )
        for unit in done.scale.units
        if unit.name in place
    )


def _known(pairs: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    return {name: value for name, value in pairs if np.isfinite(value)}


def area_of(box: NDArray[np.floating]) -> float:
    """Give the area of a box, in square pixels."""
    return float((box[2] - box[0]) * (box[3] - box[1]))


def neighbours(frames: NDArray[np.int64], frame: int) -> tuple[int | None, int | None]:
    """Give the frames before and after a frame, of some in order; None at the ends."""
    before = beside(frames, frame, -1, in_time=True)
    return before, beside(frames, frame, 1, in_time=True)
