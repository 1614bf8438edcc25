"""Ways to sample frames of a recording, and the means of what they sample.

Every scheme takes the frames that have a score, n of them or fewer:

random
    n frames without replacement.
regular
    One frame in each of n equal intervals of time, at the same place in each: the
    place (phase) is random. Where the frame there has no score, the next one of the
    interval that has one is taken; an interval without any gives none.
per block
    One random frame in each of n equal blocks of time, as people do who look for a
    frame that faces the camera every 3 minutes; a block without any gives none.
stratified
    n frames spread over equal bins of time as evenly as possible, random within a
    bin. Bins that have run out of frames are passed over.
burst
    n frames one after the other from a random frame on; frames without a score are
    passed over.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from napari_grimace.stats.sampling.series import ScoreSeries

    Floats = NDArray[np.float64]
    Sizes = NDArray[np.intp]

SCHEMES = ("random", "regular", "per block", "stratified", "burst")

_AT_ONCE = 1_000_000  # numbers held at once while resampling


def sample_means(
    series: ScoreSeries,
    scheme: str,
    sizes: Sizes,
    n_resamples: int,
    rng: Generator,
    bins: int = 10,
) -> tuple[Floats, Floats]:
    """Sample a recording again and again.

    Parameters
    ----------
    series
        A recording with at least one frame that has a score; of more frames than
        there are, all are taken.
    scheme
        One of `SCHEMES`.
    sizes
        Numbers of frames, increasing.
    n_resamples
        Samples of each size.
    rng
        Source of randomness.
    bins
        Of the scheme ``"stratified"``.

    Returns
    -------
    means : (size, resample)
        Mean score of each sample.
    n_used : (size)
        Frames in a sample, on average.

    Raises
    ------
    GrimaceError
        If the scheme needs times that are unknown.
    """
    if scheme not in ("random", "burst"):
        _check_timed(series)
    fills: dict[str, Callable[[ScoreSeries, Sizes, Floats, Generator], Floats]] = {
        "random": _random,
        "regular": _regular,
        "per block": _per_block,
        "stratified": partial(_stratified, bins=bins),
        "burst": _burst,
    }
    means = np.empty((len(sizes), n_resamples))
    used = np.zeros(len(sizes))
    step = max(1, _AT_ONCE // max(len(series.scored), sizes[-1]))
    for first in range(0, n_resamples, step):
        part = means[:, first : first + step]
        used += fills[scheme](series, sizes, part, rng) * part.shape[1] / n_resamples
    return means, used


def theory_sd(series: ScoreSeries, scheme: str, sizes: Sizes) -> Floats:
    """Give the standard deviation of the samples' error by theory.

    Parameters
    ----------
    series, scheme, sizes
        As for `sample_means`.

    Returns
    -------
    (size)
        For ``"random"`` S / sqrt(n) * sqrt(1 - n / N), with S the standard deviation
        of the recording's N scores; for ``"per block"`` the root of the sum of the
        blocks' variances over the number of blocks that have a frame. NaN for other
        schemes.

    References
    ----------
    Cochran WG (1977) Sampling techniques, 3rd ed. Wiley: theorems 2.2 and 5.3.
    """
    scores, total = series.scored, len(series.scored)
    if scheme == "random" and total > 1:
        left = np.clip(1 - sizes / total, 0, None)
        return np.asarray(scores.std(ddof=1) * np.sqrt(left / sizes))
    if scheme != "per block":
        return np.full(len(sizes), np.nan)
    apart = scores - scores.mean()
    expected = []
    for n in sizes:
        first, count = _blocks(series, int(n))
        mean = np.add.reduceat(apart, first) / count
        within = np.add.reduceat(apart**2, first) / count - mean**2
        expected.append(np.sqrt(max(within.sum(), 0)) / len(count))
    return np.array(expected)


def checked_schemes(scheme: str | Sequence[str]) -> list[str]:
    """Give names of schemes as a list; raise if one is unknown."""
    named = [scheme] if isinstance(scheme, str) else list(dict.fromkeys(scheme))
    for name in named:
        if name not in SCHEMES:
            raise GrimaceError(
                f"There is no scheme {name!r}: choose from {', '.join(SCHEMES)}."
            )
    if not named:
        raise GrimaceError(f"Give a scheme: {', '.join(SCHEMES)}.")
    return named


def _random(series: ScoreSeries, sizes: Sizes, means: Floats, rng: Generator) -> Floats:
    """Fill in the means of nested samples: first places of shuffled recordings.

    Each column of the pool is a recording that is shuffled (Fisher and Yates) only as
    far as the largest sample goes; a running sum gives the means of all sizes.
    """
    total, resamples = len(series.scored), means.shape[1]
    pool = np.repeat(series.scored, resamples)
    columns = np.arange(resamples)
    running = np.zeros(resamples)
    taken = np.minimum(sizes, total)
    for row, n in enumerate(taken):
        for place in range(taken[row - 1] if row else 0, n):
            drawn = rng.integers(place, total, resamples) * resamples + columns
            running += pool[drawn]
            pool[drawn] = pool[place * resamples : (place + 1) * resamples]
        means[row] = running / n
    return taken.astype(np.float64)


def _stratified(
    series: ScoreSeries,
    sizes: Sizes,
    means: Floats,
    rng: Generator,
    bins: int,
) -> Floats:
    """Fill in the means of nested samples that go round the bins in random order.

    A frame's turn is its random rank within its bin, then its bin's random rank.
    """
    total, resamples = len(series.scored), means.shape[1]
    first, count = _blocks(series, bins)
    bin_rank = rng.permuted(np.tile(np.arange(len(first)), (resamples, 1)), axis=1)
    turn = np.empty((resamples, total), np.intp)
    for i, (a, m) in enumerate(zip(first, count, strict=True)):
        rank = rng.permuted(np.tile(np.arange(m), (resamples, 1)), axis=1)
        turn[:, a : a + m] = rank * len(first) + bin_rank[:, i, None]
    order = np.argsort(turn, axis=1)[:, : sizes[-1]]
    sums = np.cumsum(series.scored[order], axis=1)
    taken = np.minimum(sizes, total)
    means[:] = (sums[:, taken - 1] / taken).T
    return taken.astype(np.float64)


def _burst(series: ScoreSeries, sizes: Sizes, means: Floats, rng: Generator) -> Floats:
    """Fill in the means of frames one after the other from a random frame on."""
    total = len(series.scored)
    sums = np.concatenate([[0.0], np.cumsum(series.scored)])
    taken = np.minimum(sizes, total)
    for row, n in enumerate(taken):
        start = rng.integers(0, total - n + 1, means.shape[1])
        means[row] = (sums[start + n] - sums[start]) / n
    return taken.astype(np.float64)


def _regular(
    series: ScoreSeries, sizes: Sizes, means: Floats, rng: Generator
) -> Floats:
    """Fill in the means of frames at regular times.

    A frame stands for the time up to the next. The last interval goes on at the
    recording's start, so that every frame has its chance.
    """
    scored = np.tile(series.scored, 2)
    time = np.concatenate([series.scored_time, series.scored_time + series.length])
    start = series.time[0] - series.interval
    used = np.empty(len(sizes))
    for row, n in enumerate(sizes):
        step = series.length / n
        after = start + (rng.random((means.shape[1], 1)) + np.arange(n)) * step
        found = np.searchsorted(time, after, side="right")
        np.minimum(found, len(time) - 1, out=found)
        there = (time[found] > after) & (time[found] <= after + step)
        count = there.sum(axis=1)
        means[row] = np.where(there, scored[found], 0).sum(axis=1) / count
        used[row] = count.mean()
    return used


def _per_block(
    series: ScoreSeries, sizes: Sizes, means: Floats, rng: Generator
) -> Floats:
    """Fill in the means of one random frame a block."""
    used = np.empty(len(sizes))
    for row, n in enumerate(sizes):
        first, count = _blocks(series, int(n))
        drawn = first + (rng.random((means.shape[1], len(first))) * count).astype(int)
        means[row] = series.scored[drawn].mean(axis=1)
        used[row] = len(first)
    return used


def _blocks(series: ScoreSeries, n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Cut a recording's time into n blocks; give each one's first scored frame, number.

    Blocks without a scored frame are left out.
    """
    place = (series.scored_time - series.time[0]) / series.length * n
    # A frame on an edge belongs behind it, whatever rounding made of its time.
    block = np.minimum((place + 1e-9 * n).astype(np.intp), n - 1)
    _, first, count = np.unique(block, return_index=True, return_counts=True)
    return first, count


def _check_timed(series: ScoreSeries) -> None:
    if np.isnan(series.time).any() or not series.length > 0:
        raise GrimaceError(
            f"Times of the frames of recording {series.name!r} are not all known: "
            "choose scheme 'random' or 'burst', or give times."
        )
