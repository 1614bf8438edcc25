"""How far the mean of a few sampled frames lies from the mean of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.sampling.schemes import (
    checked_schemes,
    sample_means,
    theory_sd,
)
from napari_grimace.stats.sampling.series import (
    checked_sizes,
    leave_out,
    loaded,
    score_series,
)
from napari_grimace.stats.tables import check_resamples

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from napari_grimace.stats.sampling.series import Scores, ScoreSeries, Window

    Floats = NDArray[np.float64]

MEANING = (
    "The error is towards the recording's own mean over all its frames that have a "
    "score, not towards the animal's state."
)

POOLED = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}
"""Quantiles of recordings together, in columns with ``pooled_`` before the name."""

_POOLED = 5000  # how many errors of each size stand for all that are pooled


def sampling_inaccuracy(
    scores: Scores,
    sizes: int | Iterable[int],
    n_resamples: int = 1000,
    seed: int = 0,
    scheme: str | Sequence[str] = "random",
    *,
    outcome: str | Sequence[str] = "total",
    window: Window | None = None,
    timepoint: str | None = None,
    rater: str | None = None,
    frame_rate: float = 1.0,
    min_frames: int | None = None,
    bins: int = 10,
) -> pd.DataFrame:
    """Sample n frames of each recording again and again, and see how their mean errs.

    The error is the mean of the sampled frames minus the mean of all frames of the
    recording that have a score. It is towards this mean, not towards the animal's
    state: a recording whose frames resemble each other in time tells less of the
    animal than its number of frames suggests (`effective_sample_size`).

    A recording is used if at least 500 of its frames have a score, or at least twice
    as many as the largest n where that is fewer; it must have as many as the largest
    n. The others are named in a warning and in ``attrs["left_out"]``.

    Parameters
    ----------
    scores
        One series of scores per recording, in a list or a dictionary by name, NaN
        where a frame has no score; a table of frame scores; or a study.
    sizes
        Numbers of frames to sample.
    n_resamples
        Samples of each size from each recording.
    seed
        Of the random numbers. A scheme gives the same numbers whichever others are
        asked for.
    scheme
        How frames are sampled, one or several of: ``"random"`` frames; ``"regular"``,
        at equal intervals from a random phase on; ``"per block"``, one random frame in
        each of n equal blocks of time, which is the manual habit of one frame every
        few minutes; ``"stratified"``, random frames spread evenly over bins of time;
        ``"burst"``, frames one after the other. Frames without a score are never
        taken: random, stratified and burst pass over them; regular takes the next one
        that has a score, within the interval; an interval or block that has none is
        left out of the sample, so that ``n_used`` is below n. Regular, per block and
        stratified weigh all times alike, also those with few scored frames: where
        these differ, their mean lies off that of all frames (``bias``).
    outcome
        ``"total"``, a unit, or several; of plain series, what their scores are called.
    window
        Start and end in s; the end does not belong to it. The first ten minutes are
        (0, 600). None for all frames.
    timepoint, rater
        The one to take, of a table or a study.
    frame_rate
        Frames per second of plain series; tables and studies have times.
    min_frames
        Frames with a score that a recording must have, instead of the rule above.
    bins
        Of the scheme ``"stratified"``: number of equal bins.

    Returns
    -------
    DataFrame
        A row for each outcome, scheme, recording and n: ``recording`` and, where they
        are known, ``animal``, ``group``, ``timepoint``; ``outcome``; ``scheme``;
        ``n``; ``frames_per_min``, n over the minutes that the recording's frames
        cover; ``n_frames``, frames that have a score; ``n_used``, frames in a sample
        on average; ``n_resamples``; of the error, in points of the score: ``bias``
        (mean), ``sd``, ``rmse``, ``mean_abs``, quantiles ``q025``, ``q50``, ``q975``,
        and ``abs_q95``, which 95 % of samples stay within; ``theory_sd``, the
        standard deviation by theory, NaN for schemes without; and ``pooled_q025``,
        ``pooled_q25``, ``pooled_q50``, ``pooled_q75``, ``pooled_q975``, quantiles over
        the samples of all recordings together, the same for all recordings.
        ``attrs``: ``left_out``, a list of ``recording``, ``outcome``, ``n_frames``;
        ``min_frames``; ``meaning``.

    Raises
    ------
    GrimaceError
        If no recording has enough frames, or an argument is not as said.

    Warns
    -----
    GrimaceWarning
        If recordings are left out.

    References
    ----------
    McCoy ES, Park SK, Patel RP, et al. (2024) Development of PainFace software to
    simplify, standardize, and scale up mouse grimace analyses. Pain 165:1793-1805:
    figure 6F.
    Cochran WG (1977) Sampling techniques, 3rd ed. Wiley: chapters 2, 5 and 8.
    """
    numbers = checked_sizes(sizes)
    check_resamples(n_resamples, least=2)
    if bins < 1:
        raise GrimaceError(f"bins is {bins}: give at least 1.")
    needed = _needed(int(numbers[-1]), min_frames)
    schemes = checked_schemes(scheme)
    scores = loaded(scores, rater)
    left_out: list[dict[str, Any]] = []
    parts = []
    outcomes = [outcome] if isinstance(outcome, str) else list(outcome)
    if not outcomes:
        raise GrimaceError("Give an outcome: 'total', a unit, or several.")
    for one in outcomes:
        found = score_series(
            scores,
            one,
            frame_rate=frame_rate,
            window=window,
            timepoint=timepoint,
            rater=rater,
        )
        kept, left = leave_out(found, needed)
        left_out += left
        parts += [
            _of_scheme(kept, name, numbers, n_resamples, seed, bins) for name in schemes
        ]
    table = pd.concat(parts, ignore_index=True)
    table.attrs.update(left_out=left_out, min_frames=needed, meaning=MEANING)
    return table


def _needed(largest: int, min_frames: int | None) -> int:
    if min_frames is None:
        return max(largest, min(500, 2 * largest))
    if min_frames < largest:
        raise GrimaceError(
            f"min_frames is {min_frames}, but the largest sample has {largest} frames: "
            "a recording must have at least as many."
        )
    return int(min_frames)


def _of_scheme(
    found: Sequence[ScoreSeries],
    scheme: str,
    sizes: NDArray[np.intp],
    n_resamples: int,
    seed: int,
    bins: int,
) -> pd.DataFrame:
    tables, ranks = [], []
    spread = _spread(n_resamples, max(20, _POOLED // len(found)))
    sources = np.random.default_rng(seed).spawn(len(found))
    for series, rng in zip(found, sources, strict=True):
        errors, used = sample_means(series, scheme, sizes, n_resamples, rng, bins)
        errors -= series.scored.mean()
        described = _describe(errors)  # sorts the errors
        ranks.append(errors[:, spread])
        columns = {
            **series.told,
            "scheme": scheme,
            "n": sizes,
            "frames_per_min": sizes / (series.length / 60),
            "n_frames": len(series.scored),
            "n_used": used,
            "n_resamples": n_resamples,
            **described,
            "theory_sd": theory_sd(series, scheme, sizes),
        }
        tables.append(pd.DataFrame(columns))
    table = pd.concat(tables, ignore_index=True)
    pooled = np.quantile(np.concatenate(ranks, axis=1), list(POOLED.values()), axis=1)
    for name, values in zip(POOLED, pooled, strict=True):
        table[f"pooled_{name}"] = np.tile(values, len(found))
    return table


def _describe(errors: Floats) -> dict[str, Floats]:
    """Describe the errors of each size; sorts them."""
    number = errors.shape[1]
    bias, squares = errors.mean(axis=1), np.einsum("ij,ij->i", errors, errors)
    columns = {
        "bias": bias,
        "sd": np.sqrt(np.clip(squares - number * bias**2, 0, None) / (number - 1)),
        "rmse": np.sqrt(squares / number),
        "mean_abs": np.abs(errors).mean(axis=1),
    }
    errors.sort(axis=1)
    for name in ("q025", "q50", "q975"):
        columns[name] = _at_rank(errors, POOLED[name] * (number - 1))
    # The largest absolute errors are among the lowest and the highest errors.
    most = int(0.05 * number) + 2
    ends = np.abs(np.delete(errors, slice(most, number - most), axis=1))
    ends.sort(axis=1)
    columns["abs_q95"] = _at_rank(ends, 0.95 * (number - 1) - number + ends.shape[1])
    return columns


def _at_rank(ranked: Floats, place: float) -> Floats:
    """Give what lies at a place between two ranks, of each row."""
    low = int(place)
    high = min(low + 1, ranked.shape[1] - 1)
    return ranked[:, low] + (place - low) * (ranked[:, high] - ranked[:, low])


def _spread(number: int, most: int) -> NDArray[np.intp]:
    """Give ranks, evenly spread, that stand for all."""
    kept = min(number, most)
    return ((np.arange(kept) + 0.5) * number / kept).astype(np.intp)
