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
        Length for which a frame stands; see `curves.stretch`.
    """

    places: NDArray[np.float64]
    total: NDArray[np.floating]
    units: NDArray[np.floating]
    step: float

    @classmethod
    def of(cls, done: RaterPass, timed: bool, sampled: float) -> Scores:
        """Take them from a pass, along its times or its frame numbers.

        Parameters
        ----------
        done
            The pass.
        timed
            Whether along its times.
        sampled
            Distance between two frames that there were for people to rate.
        """
        places = _places(done, timed)
        units = done.data["score"].sel(unit=list(done.scale.unit_names)).values
        step = curves.usual_step(places)
        if done.rater.kind != "model":
            step = curves.stretch(step, sampled)
        return cls(places, done.total, units, step)


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
        under = view.contents.under
        every = [view.times, *(done.times for done in (*passes, under) if done)]
        timed = all(bool(np.isfinite(times).all()) for times in every)
        places = view.times if timed else view.frames.astype(float)
        step = curves.usual_step(places) or 1.0
        sampled = 0.0 if under is None else curves.usual_step(_places(under, timed))
        scores = [Scores.of(done, timed, sampled or step) for done in passes]
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


def _places(done: RaterPass, timed: bool) -> NDArray[np.float64]:
    places: NDArray[np.float64] = done.times if timed else done.frames.astype(float)
    return places
