"""How much the frames of a recording resemble those before, and what that costs.

Frames without a score stay in their places in time: pairs of frames count where both
have a score. statsmodels' acf gives the same numbers, but not those of pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.sampling.series import score_series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.stats.sampling.series import Scores, ScoreSeries, Window

    Floats = NDArray[np.float64]

_FEWEST, _FEWEST_PAIRS = 4, 20


def autocorrelation(
    scores: Scores,
    max_lag: float = 60.0,
    *,
    outcome: str = "total",
    window: Window | None = None,
    timepoint: str | None = None,
    rater: str | None = None,
    frame_rate: float = 1.0,
) -> pd.DataFrame:
    """Correlate the scores of each recording with its own scores some time later.

    Parameters
    ----------
    scores, outcome, window, timepoint, rater, frame_rate
        As for `sampling_inaccuracy`.
    max_lag
        Longest time between frames, s.

    Returns
    -------
    DataFrame
        A row for each recording and lag: ``recording`` and, where they are known,
        ``animal``, ``group``, ``timepoint``; ``outcome``; ``lag`` (s);
        ``autocorrelation``, the mean product of deviations from the recording's mean
        over the variance, NaN where fewer than 20 pairs of frames lie so far apart;
        ``n_pairs``, their number. A recording whose autocorrelation is not defined
        has one row, with NaN; ``note`` says why.

    Raises
    ------
    GrimaceError
        If ``max_lag`` is not above 0, or the scores are not as `sampling_inaccuracy`
        asks.

    References
    ----------
    Parzen E (1963) On spectral analysis with missing observations and amplitude
    modulation. Sankhya A 25:383-392.
    """
    if not max_lag > 0:
        raise GrimaceError(f"max_lag is {max_lag} s: give a time above 0.")
    tables = []
    for series in score_series(
        scores,
        outcome,
        frame_rate=frame_rate,
        window=window,
        timepoint=timepoint,
        rater=rater,
    ):
        columns: dict[str, Any]
        note = _not_defined(series)
        if note:
            columns = {"lag": [np.nan], "autocorrelation": np.nan, "n_pairs": 0}
        else:
            products, pairs = _products(_on_grid(series))
            lags = min(int(max_lag / series.interval + 1e-9) + 1, len(pairs))
            enough = np.where(pairs >= _FEWEST_PAIRS, pairs, np.nan)
            alike = products / enough * (pairs[0] / products[0])
            columns = {
                "lag": np.arange(lags) * series.interval,
                "autocorrelation": alike[:lags],
                "n_pairs": pairs[:lags],
            }
        tables.append(pd.DataFrame({**series.told, **columns, "note": note}))
    return pd.concat(tables, ignore_index=True)


def effective_sample_size(
    scores: Scores,
    *,
    outcome: str = "total",
    window: Window | None = None,
    timepoint: str | None = None,
    rater: str | None = None,
    frame_rate: float = 1.0,
) -> pd.DataFrame:
    """Tell how many independent frames the frames of each recording are worth.

    As frames that follow each other are alike, the mean of N frames is as uncertain
    as that of N / tau independent ones, with tau = 1 + 2 (rho_1 + rho_2 + ...) the
    integrated autocorrelation time. The sum ends where that of two neighbours, rho_2k
    and rho_2k+1, is no longer positive. This is what the mean over all frames of a
    recording tells of the animal's mean in such recordings at most: the animal's state
    on another day is not in it.

    Parameters
    ----------
    scores, outcome, window, timepoint, rater, frame_rate
        As for `sampling_inaccuracy`.

    Returns
    -------
    DataFrame
        A row for each recording: ``recording`` and, where they are known, ``animal``,
        ``group``, ``timepoint``; ``outcome``; ``n_frames`` that have a score;
        ``interval`` between frames (s); ``mean`` and ``sd`` of the scores; ``lag1``,
        autocorrelation of neighbouring frames; ``tau`` (frames that have a score) and
        ``tau_seconds`` (``tau`` times the mean time from one such frame to the next);
        ``effective_n``; ``standard_error`` of the recording's mean, sd /
        sqrt(effective_n); ``note``, the reason for what is NaN.

    Raises
    ------
    GrimaceError
        If the scores are not as `sampling_inaccuracy` asks.

    References
    ----------
    Geyer CJ (1992) Practical Markov chain Monte Carlo. Statistical Science 7:473-483:
    section 3.3, initial positive sequence.
    Sokal A (1997) Monte Carlo methods in statistical mechanics. In: Functional
    integration. Springer: section 3.
    Vehtari A, et al. (2021) Rank-normalization, folding, and localization: an improved
    R-hat. Bayesian Analysis 16:667-718: effective_n is N log10(N) at most.
    """
    rows = []
    for series in score_series(
        scores,
        outcome,
        frame_rate=frame_rate,
        window=window,
        timepoint=timepoint,
        rater=rater,
    ):
        number, note = len(series.scored), _not_defined(series)
        tau, lag1 = (np.nan, np.nan) if note else _correlation_time(_on_grid(series))
        sd = series.scored.std(ddof=1) if number > 1 else np.nan
        row = {
            **series.told,
            "n_frames": number,
            "interval": series.interval,
            "mean": series.scored.mean() if number else np.nan,
            "sd": sd,
            "lag1": lag1,
            "tau": tau,
            "tau_seconds": tau * series.length / number if number else np.nan,
            "effective_n": number / tau,
            "standard_error": sd / np.sqrt(number / tau),
            "note": note,
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _not_defined(series: ScoreSeries) -> str:
    """Say why a recording has no autocorrelation; empty if it has one."""
    if len(series.scored) < _FEWEST:
        return f"fewer than {_FEWEST} frames with a score"
    if np.ptp(series.scored) == 0:
        return "all scores are the same"
    if np.isnan(series.time).any():
        return "times of the frames are not known"
    place = (series.time - series.time[0]) / series.interval
    if (np.diff(np.round(place)) < 1).any() or np.abs(
        place - place.round()
    ).max() > 0.3:
        return "frames are not at regular times"
    return ""


def _on_grid(series: ScoreSeries) -> Floats:
    """Give deviations from the mean at regular times, NaN where there is no score."""
    place = np.round((series.time - series.time[0]) / series.interval).astype(np.intp)
    grid = np.full(place[-1] + 1, np.nan)
    grid[place] = series.score - series.scored.mean()
    return grid


def _products(apart: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Sum the products of deviations at each lag, and count the pairs."""
    from scipy.fft import irfft, next_fast_len, rfft

    there = np.isfinite(apart)
    padded = next_fast_len(2 * len(apart), real=True)
    values = np.stack([np.where(there, apart, 0), there])
    power = np.abs(rfft(values, padded)) ** 2
    products, pairs = irfft(power, padded)[:, : len(apart)]
    return products, np.round(pairs).astype(np.int64)


def _correlation_time(apart: Floats) -> tuple[float, float]:
    """Give the integrated autocorrelation time, in scored frames, and rho_1.

    Sums of products over all frames weigh each lag by its share of pairs, as the
    variance of the mean does: also where frames are missing.
    """
    products, pairs = _products(apart)
    weighed = products / products[0]
    number = len(weighed) // 2 * 2
    together = weighed[:number].reshape(-1, 2).sum(axis=1)
    ends = np.append(np.flatnonzero(together <= 0), len(together))[0]
    tau = 2 * together[:ends].sum() - 1
    lag1 = weighed[1] * pairs[0] / pairs[1] if pairs[1] else np.nan
    return float(max(tau, 1 / np.log10(pairs[0]))), float(lag1)
