"""What a report on a study is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from napari_grimace.study import frame_scores, raters_in, scale_of, sheet_of
from napari_grimace.study.names import TIMEPOINT

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from napari_grimace.recording.rater import Rater
    from napari_grimace.scales import Scale
    from napari_grimace.stats.report.choices import Choices


@dataclass
class Material:
    """A study, read once, and what is asked of it; `choices` are settled."""

    study: xr.DataTree
    choices: Choices

    @cached_property
    def every(self) -> pd.DataFrame:
        """Frame scores of all raters."""
        table: pd.DataFrame = frame_scores(self.study)
        return table

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Frame scores of the rater that is compared, at all timepoints."""
        table: pd.DataFrame = frame_scores(self.study, rater=self.choices.rater)
        return table

    @property
    def raters(self) -> list[Rater]:
        """The rater that is compared; of a model perhaps several builds."""
        of = [one for raters in raters_in(self.study).values() for one in raters]
        labelled = {one.label: one for one in of if one.label == self.choices.rater}
        named = {one.label: one for one in of if one.name == self.choices.rater}
        return list((labelled or named).values())

    @cached_property
    def scale(self) -> Scale:
        """The scale that was followed."""
        scale = scale_of(self.scores)
        assert scale is not None  # frame scores of a study always tell it
        return scale

    @property
    def timepoints(self) -> list[str]:
        """Timepoints of the sheet, in its order."""
        return [name for name in dict.fromkeys(sheet_of(self.study)[TIMEPOINT]) if name]

    @property
    def part(self) -> str:
        """Which frames are compared, in words."""
        window, timepoint = self.choices.window, self.choices.timepoint
        frames = (
            "frames of the whole recordings"
            if window is None
            else f"frames from {window[0]:g} to {window[1]:g} s"
        )
        return frames + (f", at {timepoint}" if timepoint else "")
