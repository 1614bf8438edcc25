"""What the timeline plots: scores along time, or along frame numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_grimace.widgets import curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.exchange import RaterPass
    from napari_grimace.scales import Scale
    from napari_grimace.widgets.view import RecordingView

_CLOCK_FROM = 120.0  # s: longer videos are read in minutes


class Scores(NamedTuple):
    """Scores of one rater along the axis.

    Attributes
    ----------
    places
        (frame,) along the axis.
    total
        (frame,), NaN where missing.
    units
        (frame, unit), in the order of the scale, NaN where missing.
    step
        Usual distance between two frames.
    """

    places: NDArray[np.float64]
    total: NDArray[np.floating]
    units: NDArray[np.floating]
    step: float

    @classmethod
    def of(cls, done: RaterPass, timed: bool) -> Scores:
        """Take them from a pass, along its times or its frame numbers."""
        places = done.times if timed else done.frames.astype(float)
        units = done.data["score"].sel(unit=list(done.scale.unit_names)).values
        return cls(places, done.total, units, curves.usual_step(places))


class Plot(NamedTuple):
    """What is plotted of a recording.

    Attributes
    ----------
    places
        Of the frames of the video along the axis.
    timed
        Whether they are times in s; frame numbers where times are not known.
    scale
        That the shown rater followed.
    shown, compared
        Scores of the two raters.
    step
        Usual distance between two frames of the video.
    whole
        All of the video, with half a frame at both ends.
    """

    places: NDArray[np.float64]
    timed: bool
    scale: Scale
    shown: Scores
    compared: Scores | None
    step: float
    whole: curves.Window

    @classmethod
    def of(cls, view: RecordingView, shown: RaterPass) -> Plot:
        """Take it from a recording."""
        passes = [shown] if view.compared is None else [shown, view.compared]
        every = [view.times, *(done.times for done in passes)]
        timed = all(bool(np.isfinite(times).all()) for times in every)
        places = view.times if timed else view.frames.astype(float)
        scores = [Scores.of(done, timed) for done in passes]
        step = curves.usual_step(places) or 1.0
        return cls(
            places=places,
            timed=timed,
            scale=shown.scale,
            shown=scores[0],
            compared=scores[1] if len(scores) > 1 else None,
            step=step,
            whole=curves.Window(
                float(places[0]) - step / 2, float(places[-1]) + step / 2
            ),
        )

    def ticks(self, window: curves.Window, most: int) -> tuple[Any, list[str]]:
        """Give round places in a window, and what to write there."""
        if not self.timed:
            places, _ = curves.ticks(window, most, curves.FRAME_STEPS)
            return places, [f"{place:.0f}" for place in places]
        places, step = curves.ticks(window, most, curves.TIME_STEPS)
        if self.whole.length > _CLOCK_FROM:
            return places, [curves.clock(place, step) for place in places]
        return places, [f"{place:g} s" for place in places]
