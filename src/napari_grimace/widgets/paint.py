"""Scores as a label picture: each unit's regions in the colour of their score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.scales import LEVELS
from napari_grimace.video.source import origin_of
from napari_grimace.video.stack import Stack
from napari_grimace.widgets.facts import area_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_grimace.widgets.facts import FrameFacts, UnitFacts
    from napari_grimace.widgets.view import RecordingView

UNSCORED = 3
"""In the place of a level: the region was found, but is not scored."""

SEVERITY = {0: "#2c7bb6", 1: "#fee090", 2: "#d73027", UNSCORED: "#808080"}
"""Colours of the levels, told apart by colour-blind eyes too (ColorBrewer RdYlBu)."""

INK = {0: "white", 1: "black", 2: "white", UNSCORED: "black"}
"""Colours of what is written on them."""

WORDS = {0: "0", 1: "1", 2: "2", UNSCORED: "not scored"}


def label_of(unit: int, level: int) -> int:
    """Label of a unit's regions: 1 + 4 x unit index + level. 0 is background."""
    return 1 + 4 * unit + level


def label_table(units: Sequence[str]) -> pd.DataFrame:
    """Say for each label which unit and score it stands for.

    Parameters
    ----------
    units
        Units of the recording, in its order.
    """
    rows = [
        (label_of(i, level), name, WORDS[level])
        for i, name in enumerate(units)
        for level in (*LEVELS, UNSCORED)
    ]
    return pd.DataFrame(rows, columns=["index", "unit", "score"])


def label_colours(units: Sequence[str]) -> dict[int | None, str]:
    """Give the colour of each label."""
    colours: dict[int | None, str] = {
        label_of(i, level): colour
        for i in range(len(units))
        for level, colour in SEVERITY.items()
    }
    return {None: "transparent", 0: "transparent", **colours}


def paint(
    facts: FrameFacts,
    units: Sequence[str],
    picture: NDArray[np.uint8],
    origin: tuple[float, float] = (0, 0),
) -> None:
    """Paint the regions of a frame into a label picture, smaller ones over larger.

    Parameters
    ----------
    facts
        What a rater found.
    units
        Units of the recording, in its order.
    picture
        (y, x), painted into.
    origin
        Place (y, x) of its first pixel in the full frame.
    """
    parts = sorted(_parts(facts), key=lambda part: -area_of(part[0]))
    for box, unit, level in parts:
        y_min, x_min, y_max, x_max = box - np.array([*origin, *origin])
        # Pixel i covers [i, i + 1): those whose middle lies within the box.
        rows = slice(max(0, round(y_min)), max(0, round(y_max)))
        columns = slice(max(0, round(x_min)), max(0, round(x_max)))
        picture[rows, columns] = label_of(units.index(unit), level)


def _parts(facts: FrameFacts) -> Iterator[tuple[NDArray[np.floating], str, int]]:
    for unit in facts.units:
        for region in unit.regions:
            if region in facts.boxes:
                yield facts.boxes[region], unit.name, shown_level(unit, region)


def shown_level(unit: UnitFacts, region: str) -> int:
    """Level in whose colour a region is shown: its own, else that of its unit.

    A mean of two sides that lies between two levels counts as the upper one.
    """
    return level_of(unit.score_at(region))


def level_of(score: float) -> int:
    """Level in whose colour a score is shown."""
    return UNSCORED if np.isnan(score) else int(np.floor(score + 0.5))


class ScoreLabels(Stack):
    """The scores of a recording as an array (frame, y, x), painted when it is read.

    Frames that were not analysed are empty. What is shown is always what the recording
    holds: nothing can be written here.

    Parameters
    ----------
    view
        The recording.
    """

    def __init__(self, view: RecordingView) -> None:
        super().__init__(view.source.shape[:3])
        self.view = view
        self._origin = origin_of(view.source)

    def __deepcopy__(self, _: dict[int, object]) -> ScoreLabels:
        # A layer that is duplicated shows the same recording.
        return ScoreLabels(self.view)

    def picture(self, position: int) -> NDArray[np.uint8]:
        """Labels (y, x) of a frame."""
        picture = np.zeros(self.shape[1:], np.uint8)
        facts = self.view.facts(int(self.view.frames[position]))
        if facts is not None:
            paint(facts, self.view.units, picture, self._origin)
        return picture
