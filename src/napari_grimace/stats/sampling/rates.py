"""The same recordings at other sampling rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.sampling.series import score_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.stats.sampling.series import Scores, ScoreSeries, Window


def means_by_rate(
    scores: Scores,
    rates: Sequence[float] = (0.1, 0.2, 0.5, 1.0),
    *,
    outcome: str = "total",
    window: Window | None = None,
    timepoint: str | None = None,
    rater: str | None = None,
    frame_rate: float = 1.0,
) -> pd.DataFrame:
    """Give the mean of each recording, had its video been scored at other rates.

    From the first frame on, the frame at every 1 / rate seconds is looked at; those
    without a score are left out of the mean, and no other is taken for them.

    Parameters
    ----------
    scores, outcome, window, timepoint, rater, frame_rate
        As for `sampling_inaccuracy`.
    rates
        Frames per second.

    Returns
    -------
    DataFrame
        A row for each recording and rate: ``recording`` and, where they are known,
        ``animal``, ``group``, ``timepoint``; ``outcome``; ``rate`` (frames/s);
        ``mean`` score; ``n_frames`` looked at; ``n_used``, those with a score;
        ``note``, the reason for what is NaN.

    Raises
    ------
    GrimaceError
        If a rate is not above 0, or the scores are not as `sampling_inaccuracy` asks.

    References
    ----------
    PainFace (see `sampling_inaccuracy`), figure 6G.
    """
    if not len(rates) or not all(0 < rate < np.inf for rate in rates):
        raise GrimaceError("Give rates, in frames per second above 0.")
    rows = []
    for series in score_series(
        scores,
        outcome,
        frame_rate=frame_rate,
        window=window,
        timepoint=timepoint,
        rater=rater,
    ):
        for rate in rates:
            note = _not_possible(series, rate)
            taken = np.empty(0) if note else series.score[_frames_at(series, rate)]
            scored = taken[np.isfinite(taken)]
            row = {
                **series.told,
                "rate": float(rate),
                "mean": scored.mean() if len(scored) else np.nan,
                "n_frames": len(taken),
                "n_used": len(scored),
                "note": note or ("" if len(scored) else "no frame with a score"),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def _not_possible(series: ScoreSeries, rate: float) -> str:
    if len(series.time) < 2 or np.isnan(series.time).any():
        return "times of the frames are not known"
    if rate * series.interval > 1.01:
        return f"scored at {1 / series.interval:.3g} frames/s, not as many"
    return ""


def _frames_at(series: ScoreSeries, rate: float) -> NDArray[np.intp]:
    """Give the frame that shows at each time; it stands until the next."""
    number = int(np.ceil(series.length * rate - 1e-6))
    wanted = series.time[0] + np.arange(number) / rate
    shown = np.searchsorted(series.time, wanted + 1e-6, side="right") - 1
    standing = wanted - series.time[shown] < series.interval
    return np.unique(shown[standing])
