"""What a model makes of a unit in boxes that a person has set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.scales import REGIONS
from napari_grimace.scales.scoring import combine_sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_grimace.models.protocols import Scorer
    from napari_grimace.scales.scale import Scale


@dataclass(frozen=True, slots=True)
class Proposal:
    """A model's score of a unit, which a person may take over.

    Attributes
    ----------
    unit
        Name of the unit.
    score
        The score.
    probability
        Of the level nearest to it, 0 to 1.
    build
        The model build.
    """

    unit: str
    score: float
    probability: float
    build: str

    def __str__(self) -> str:
        return f"{self.unit} {self.score:g} (p {self.probability:.2f})"


def propose(
    scorer: Scorer,
    picture: NDArray[np.uint8],
    boxes: Mapping[str, NDArray[np.floating]],
    scale: Scale,
    unit: str,
) -> Proposal:
    """Score a unit in boxes by a model, by the scale's rule for its sides.

    Parameters
    ----------
    scorer
        The model, loaded for the scale.
    picture
        (y, x, rgb) uint8.
    boxes
        Boxes by region: y_min, x_min, y_max, x_max in pixels of the picture.
    scale, unit
        The scale, and the name of one of its units.

    Raises
    ------
    RecordingError
        If no region of the unit has a box, or the model can score none of them.
    """
    told = scale.unit(unit)
    placed = np.full((1, len(REGIONS), 4), np.nan, np.float32)
    for region in told.regions:
        if region in boxes:
            placed[0, REGIONS.index(region)] = boxes[region]
    probability = scorer.score([picture], placed)[0]
    sides = probability[[REGIONS.index(region) for region in told.regions]]
    whole, score = combine_sides(sides, levels=told.levels, sides=scale.sides)
    if not np.isfinite(score):
        raise RecordingError(
            f"{told.title}: the model can score nothing here. Draw its box first."
        )
    nearest = min(told.levels, key=lambda level: abs(level - float(score)))
    return Proposal(unit, float(score), float(whole[nearest]), scorer.card.build)
