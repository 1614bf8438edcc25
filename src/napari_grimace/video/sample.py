"""Which frames to look at: at a rate, every n-th, so many, at random, per time bin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import VideoError
from napari_grimace.video.arrays import is_array, numbers_of, times_of
from napari_grimace.video.opening import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_grimace.video.arrays import Video


def sample_frames(
    video: Video,
    *,
    rate: float | None = None,
    count: int | None = None,
    every: int | None = None,
    start: float | None = None,
    stop: float | None = None,
    bins: float | None = None,
    random: bool = False,
    seed: int | None = None,
) -> NDArray[np.int64]:
    """Choose frame numbers.

    At most one of `rate`, `count` and `every` is given; without any, all frames
    between `start` and `stop` are taken.

    Parameters
    ----------
    video
        A path, an open source, or an array of `open_video`.
    rate
        Frames per second: the frame nearest in time to each tick, beginning with the
        first frame. 0.001, 0.1 and 1 are usual; not above the video's own rate. A
        store of sampled frames has the rate at which they were sampled.
    count
        So many frames, evenly spread; with `bins`, so many in each bin.
    every
        Every n-th frame.
    start, stop
        Seconds on the clock of the video (its `time`); `stop` is not included.
    bins
        Length of time bins in seconds, counted from `start` (or the first frame);
        sampling begins anew in each. A bin with fewer than `count` frames gives all.
    random
        Choose at random: with `count`, any frames; with `rate` and `every`, one frame
        of each interval.
    seed
        Same seed, same frames; None is the same as 0.

    Returns
    -------
    numpy.ndarray
        (frame) int64, increasing, each once.

    Raises
    ------
    VideoError
        If the choices contradict each other, or there are fewer frames than asked for.

    Examples
    --------
    >>> sample_frames("mouse.mp4", rate=1)  # doctest: +SKIP
    >>> sample_frames("mouse.mp4", count=1, bins=180, random=True)  # doctest: +SKIP
    """
    _check(rate=rate, count=count, every=every, bins=bins)
    frames, times, name = _clock(video)
    if not len(frames):
        raise VideoError(f"There are no frames in {name}.")
    first, last = np.searchsorted(
        times, [-np.inf if start is None else start, np.inf if stop is None else stop]
    )
    if first >= last:
        raise VideoError(
            f"There are no frames from {start or 0:g} s to "
            f"{'the end' if stop is None else f'{stop:g} s'}: {name} runs from "
            f"{times[0]:g} to {times[-1]:g} s."
        )
    if rate is not None:
        _check_rate(rate, frames, times, name)
    if count is not None and bins is None and count > last - first:
        raise VideoError(
            f"{count} frames are asked for, but there are only {last - first} in "
            f"{name}; give a smaller count."
        )
    dice = np.random.default_rng(seed or 0) if random else None
    period = _period(frames, times)
    origin = float(times[first]) if start is None else float(start)
    chosen = [
        low + _within(times[low:high], rate, count, every, period, dice)
        for low, high in _bins(times, int(first), int(last), origin, bins)
    ]
    return frames[np.unique(np.concatenate(chosen))]


def _check(**given: float | None) -> None:
    for name, value in given.items():
        if value is not None and not (np.isfinite(value) and value > 0):
            raise VideoError(f"{name}={value} is not possible; give a number above 0.")
    for name in ("count", "every"):
        if given[name] is not None and given[name] != int(given[name] or 0):
            raise VideoError(f"{name}={given[name]} is not a whole number of frames.")
    ways = [name for name in ("rate", "count", "every") if given[name] is not None]
    if len(ways) > 1:
        raise VideoError(f"{' and '.join(ways)} exclude each other; give one of them.")


def _check_rate(
    rate: float, frames: NDArray[np.int64], times: NDArray[np.float64], name: str
) -> None:
    steps = len(times) - 1
    # Frames that were sampled lie up to half a frame of the original beside their
    # tick: of a frame more or less no rate is known.
    shortest = times[-1] - times[0] - _period(frames, times)
    if shortest > 0 and rate > steps / shortest * 1.001:
        raise VideoError(
            f"A rate of {rate:g} frames/s is above the {rate_of(times):.4g} frames/s "
            f"of {name}; give a lower one, or take all frames with every=1."
        )


def rate_of(times: NDArray[np.float64]) -> float:
    """Frames per second that there are, which in a store may be few; else NaN."""
    span = float(times[-1] - times[0]) if len(times) else 0.0
    return (len(times) - 1) / span if span > 0 else float("nan")


def _period(frames: NDArray[np.int64], times: NDArray[np.float64]) -> float:
    """Seconds from frame to frame in the original, told from the frames' numbers."""
    count = int(frames[-1] - frames[0])
    return float(times[-1] - times[0]) / count if count > 0 else 0.0


def _clock(video: Video) -> tuple[NDArray[np.int64], NDArray[np.float64], str]:
    """Frame numbers, times and name, without reading frames."""
    if is_array(video):
        frames, times = numbers_of(video), times_of(video)
    else:
        video = open_source(video) if isinstance(video, (str, Path)) else video
        frames, times = video.frames, video.times
    return frames, times, str(video.attrs.get("source") or "the video")


def _bins(
    times: NDArray[np.float64],
    first: int,
    last: int,
    origin: float,
    length: float | None,
) -> Iterator[tuple[int, int]]:
    if length is None:
        yield first, last
        return
    number = np.floor((times[first:last] - origin) / length + 1e-9)
    edges = first + np.flatnonzero(np.diff(number)) + 1
    yield from zip([first, *edges.tolist()], [*edges.tolist(), last], strict=True)


def _within(
    times: NDArray[np.float64],
    rate: float | None,
    count: int | None,
    every: int | None,
    period: float,
    rng: np.random.Generator | None,
) -> NDArray[np.int64]:
    """Positions within one bin."""
    total = len(times)
    if count is not None:
        count = min(count, total)
        if rng is not None:
            return np.sort(rng.choice(total, count, replace=False))
        return np.arange(count) * total // count
    if rate is None:
        edges = np.arange(0, total, every or 1)
    else:
        # A tick up to half a frame after the last one is nearest to it.
        span = times[-1] - times[0] + period / 2
        ticks = times[0] + np.arange(int(span * rate + 1e-6) + 1) / rate
        edges = _nearest(times, ticks)
    if rng is None:
        return edges
    edges = np.unique(edges)
    return rng.integers(edges, np.append(edges[1:], total))


def _nearest(
    times: NDArray[np.float64], ticks: NDArray[np.float64]
) -> NDArray[np.int64]:
    right = np.clip(np.searchsorted(times, ticks), 1 if len(times) > 1 else 0, None)
    right = np.minimum(right, len(times) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(ticks - times[left] <= times[right] - ticks, left, right)
