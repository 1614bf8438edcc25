"""What to draw for a frame: boxes, the score beside each region, the total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.scales import UNIT_OF_REGION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.exchange.passes import RaterPass


class Marks:
    """Boxes, labels and captions of the frames of one rater.

    Parameters
    ----------
    done
        The rater's pass over a recording.
    offset
        (y, x) of the picture's first pixel in the full frame, when pictures are cut
        to a region of interest.
    """

    def __init__(self, done: RaterPass, offset: tuple[float, float] = (0, 0)) -> None:
        self._done = done
        self._regions = done.data["region"].values.tolist()
        self._units = done.data["unit"].values.tolist()
        self._box = done.data["box"].values - np.array([*offset, *offset], np.float32)
        self._score = done.data["score"].values

    def boxes(self, index: int) -> dict[str, NDArray[np.float32]]:
        """Boxes of the frame at `index`, by region."""
        return dict(zip(self._regions, self._box[index], strict=True))

    def labels(self, index: int) -> dict[str, str]:
        """Scores of the frame at `index`, by the regions that they are read from."""
        scores = dict(zip(self._units, self._score[index].tolist(), strict=True))
        units = {region: UNIT_OF_REGION.get(region) for region in self._regions}
        return {
            region: f"{unit} {scores[unit]:g}"
            for region, unit in units.items()
            if unit in scores and np.isfinite(scores[unit])
        }

    def frame(self, index: int) -> int:
        """Give the number of the frame at `index`."""
        return int(self._done.frames[index])

    def words(self, index: int) -> str:
        """Frame number, time and total of the frame at `index`."""
        total = self._done.total[index]
        shown = f"total {total:g}" if np.isfinite(total) else "no total"
        if self._done.rescaled:
            shown += " (rescaled)"
        frame, time = self._done.frames[index], self._done.times[index]
        when = f", {time:.2f} s" if np.isfinite(time) else ""
        return f"frame {frame}{when}: {shown}"
