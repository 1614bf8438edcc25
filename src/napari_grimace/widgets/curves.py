"""Scores over time: what of them a plot of a given width can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.floating]

_APART = 1.5  # usual steps between two frames beyond which there is a gap
_MARGIN = 0.1  # of a window that follows: what is seen on the side it came from

FRAME_STEPS = tuple(m * 10.0**e for e in range(8) for m in (1, 2, 5))
"""Distances between ticks on an axis of frame numbers."""

TIME_STEPS = (
    *(m * 10.0**e for e in range(-3, 1) for m in (1, 2, 5)),
    *(10.0, 15.0, 30.0),
    *(60.0 * m for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960)),
)
"""Distances between ticks on an axis of seconds, round on a clock."""


class Window(NamedTuple):
    """The part of the time axis that is shown.

    Attributes
    ----------
    start, stop
        Its ends, in s or in frames.
    """

    start: float
    stop: float

    @property
    def length(self) -> float:
        """From start to stop."""
        return self.stop - self.start

    def moved(self, by: float) -> Window:
        """Give the window further on."""
        return Window(self.start + by, self.stop + by)

    def zoomed(self, about: float, factor: float) -> Window:
        """Give a window that is longer by a factor; one time stays at its place."""
        return Window(
            about + factor * (self.start - about), about + factor * (self.stop - about)
        )

    def around(self, time: float, length: float) -> Window:
        """Give the window of a length with a time in its middle, kept within this."""
        return Window(time - length / 2, time + length / 2).within(self)

    def within(self, whole: Window) -> Window:
        """Give the window moved into another, and cut where it is longer than that."""
        length = min(self.length, whole.length)
        start = min(max(self.start, whole.start), whole.stop - length)
        return whole if length == whole.length else Window(start, start + length)

    def following(self, time: float) -> Window:
        """Give the window turned on like a page until it holds a time."""
        margin = _MARGIN * self.length
        if time < self.start:
            return self.moved(time + margin - self.stop)
        if time > self.stop:
            return self.moved(time - margin - self.start)
        return self


class Trace(NamedTuple):
    """A line to be drawn, broken where a value is NaN.

    Attributes
    ----------
    times
        Along the axis.
    mean, low, high
        Mean, lowest and highest value; the same where each point is one frame.
    span
        Length of time that a point stands for; 0 where each point is one frame.
    """

    times: Values
    mean: Values
    low: Values
    high: Values
    span: float


def usual_step(times: Values) -> float:
    """Median distance between two frames; 0 where there are fewer than two."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def stretch(step: float, sampled: float) -> float:
    """Give the length for which a frame stands that a person chose to rate.

    Parameters
    ----------
    step
        The usual distance between the person's frames; 0 for a single one.
    sampled
        Distance between two frames that there were to rate: those that a model scored,
        else those of the video. How far apart a person went on does not make a score
        true for longer.
    """
    return min(step, sampled) if step else sampled


def nearest(times: Values, places: Values | float) -> NDArray[np.intp]:
    """Find the times that are nearest to some places.

    Parameters
    ----------
    times
        Increasing; at least one.
    places
        Where to look.

    Returns
    -------
    numpy.ndarray
        Their indices.
    """
    after = np.clip(np.searchsorted(times, places), 1, max(1, len(times) - 1))
    after = np.minimum(after, len(times) - 1)
    before = np.maximum(after - 1, 0)
    closer = np.asarray(places) - times[before] <= times[after] - np.asarray(places)
    return np.where(closer, before, after)


def binned(
    times: Values, values: Values, start: float, stop: float, bins: int
) -> tuple[Values, Values, Values]:
    """Mean, lowest and highest value in equally long bins of time.

    Parameters
    ----------
    times
        (frame,), increasing.
    values
        (frame,) or (frame, unit); NaN where missing.
    start, stop
        Ends of the first and of the last bin. A bin holds its start, not its end.
    bins
        How many.

    Returns
    -------
    mean, low, high
        (bin,) or (bin, unit), of the values that are there; NaN where none is.
    """
    first = np.searchsorted(times, np.linspace(start, stop, bins + 1))
    held = np.flatnonzero(first[:-1] < first[1:])
    mean, low, high = np.full((3, bins, *values.shape[1:]), np.nan)
    if held.size:
        inside = values[first[0] : first[-1]]
        starts = first[held] - first[0]
        known = np.isfinite(inside)
        count = np.add.reduceat(known.astype(float), starts)
        added = np.add.reduceat(np.where(known, inside, 0.0), starts)
        mean[held] = np.divide(
            added, count, out=np.full(count.shape, np.nan), where=count > 0
        )
        low[held] = np.fmin.reduceat(inside, starts)
        high[held] = np.fmax.reduceat(inside, starts)
    return mean, low, high


def trace(
    times: Values, values: Values, window: Window, most: int, step: float
) -> Trace:
    """Give the line through the values in a window, with no more points than needed.

    Parameters
    ----------
    times, values
        (frame,), times increasing, values NaN where missing.
    window
        What is shown; the line goes on a little beyond it.
    most
        Frames up to which each is a point; more are taken together, in half as many
        bins.
    step
        The usual distance between two frames: the line is broken where two lie
        further apart than 1.5 of it.
    """
    first, last = np.searchsorted(times, [window.start, window.stop])
    if last - first <= most:
        part = slice(max(0, first - 1), last + 1)
        shown, points = broken(times[part], values[part], step)
        return Trace(shown, points, points, points, 0.0)
    bins = max(1, most // 2)
    span = window.length / bins
    # Bins keep their frames while the window moves, else the line would shimmer.
    start = (np.floor(window.start / span) - 1) * span
    edges = start + span * np.arange(bins + 4)
    return Trace(
        edges[:-1] + span / 2,
        *binned(times, values, edges[0], edges[-1], bins + 3),
        span,
    )


def broken(times: Values, values: Values, step: float) -> tuple[Values, Values]:
    """Set a NaN between two frames that lie far apart, so that no line joins them."""
    before = np.flatnonzero(np.diff(times) > _APART * step)
    middle = (times[before] + times[before + 1]) / 2
    return (
        np.insert(times, before + 1, middle),
        np.insert(values.astype(float), before + 1, np.nan),
    )


def lone(values: Values) -> NDArray[np.bool_]:
    """Values with none on either side: a line alone would not show them."""
    known = np.pad(np.isfinite(values), 1)
    return np.asarray(known[1:-1] & ~known[:-2] & ~known[2:])


def strips(
    times: Values, values: Values, window: Window, columns: int, step: float
) -> Values:
    """Give the value at each column of pixels.

    Parameters
    ----------
    times, values
        (frame,) and (frame, unit), times increasing, values NaN where missing.
    window
        What is shown.
    columns
        How many columns it has.
    step
        The usual distance between two frames.

    Returns
    -------
    numpy.ndarray
        (column, unit): the mean where several frames fall in a column; else the
        nearest frame's, NaN where that is far; a frame by itself is three columns wide.
    """
    first, last = np.searchsorted(times, [window.start, window.stop])
    if last - first > 2 * columns:
        return binned(times, values, window.start, window.stop, columns)[0]
    if not len(times):
        return np.full((columns, *values.shape[1:]), np.nan)
    width = window.length / columns
    places = window.start + width * (np.arange(columns) + 0.5)
    at = nearest(times, places)
    far = np.abs(times[at] - places) > max(_APART * step / 2, 1.5 * width)
    return np.where(far[:, np.newaxis], np.nan, values[at].astype(float))


def coloured(values: Values, colours: Values) -> Values:
    """Give values the colours of their levels, mixed between two levels.

    Parameters
    ----------
    values
        Scores; NaN is transparent.
    colours
        (level, rgb) of the levels 0, 1, 2, ..., from 0 to 1.

    Returns
    -------
    numpy.ndarray
        (..., rgba), from 0 to 1.
    """
    levels = np.arange(len(colours))
    mixed = [np.interp(np.nan_to_num(values), levels, channel) for channel in colours.T]
    return np.stack([*mixed, np.isfinite(values).astype(float)], axis=-1)


def ticks(window: Window, most: int, steps: tuple[float, ...]) -> tuple[Values, float]:
    """Give round places in a window, and their distance.

    Parameters
    ----------
    window
        What is shown.
    most
        No more than about so many.
    steps
        Distances to choose from, increasing.
    """
    step = next((step for step in steps if window.length <= most * step), steps[-1])
    first, last = np.ceil(window.start / step), np.floor(window.stop / step)
    return step * np.arange(first, last + 1) + 0.0, step  # not -0


def clock(seconds: float, step: float = 1.0) -> str:
    """Write a time as m:ss, with as many decimals as a step asks for."""
    decimals = max(0, -int(np.floor(np.log10(step))))
    minutes, rest = divmod(round(abs(seconds), decimals), 60)
    width = 2 if decimals == 0 else decimals + 3
    sign = "-" if seconds < 0 else ""
    return f"{sign}{minutes:.0f}:{rest:0{width}.{decimals}f}"
