"""What sampling fewer frames does to the power of a comparison of groups."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.stats.sampling.schemes import sample_means
from napari_grimace.stats.sampling.series import (
    checked_sizes,
    one_per_animal,
    score_series,
)
from napari_grimace.stats.tables import check_resamples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.stats.sampling.series import ScoreSeries, Window

    Floats = NDArray[np.float64]


def sampling_power(
    scores: xr.DataTree | pd.DataFrame,
    sizes: int | Iterable[int],
    by: str = "group",
    *,
    outcome: str = "total",
    alpha: float = 0.05,
    n_resamples: int = 1000,
    seed: int = 0,
    window: Window | None = None,
    timepoint: str | None = None,
    rater: str | None = None,
) -> pd.DataFrame:
    """Tell how often groups differ when only n frames of each animal are scored.

    Animals are drawn with replacement within their groups, n frames are drawn at
    random from each drawn animal's recording, and the groups' means of animals are
    compared by Welch's test (of two groups Welch's t test, of more Welch's ANOVA).
    Power is the share of such studies with p below alpha. It is conditional on this
    study's animals and on the differences seen between them: it tells what fewer
    frames cost, not how many animals a new study needs.

    Parameters
    ----------
    scores
        A table of frame scores or a study, one recording per animal.
    sizes
        Numbers of frames per animal. An animal with fewer gives all it has.
    by
        Column that tells the groups.
    outcome
        ``"total"`` or a unit.
    alpha
        Level of the test.
    n_resamples, seed
        Studies that are drawn, and seed of the random numbers.
    window, timepoint, rater
        As for `sampling_inaccuracy`.

    Returns
    -------
    DataFrame
        A row for each n: ``outcome``; ``by``; ``test``; ``n``; ``frames_per_min``, n
        over the median of the recordings' minutes; ``power`` with ``ci_low`` and
        ``ci_high``, the 95 % interval (Wilson) of the simulation alone;
        ``power_all_frames`` of the same draws of animals; ``p_all_frames``, of the
        study as it is; ``alpha``; ``n_groups``; ``n_animals``; ``n_short``, animals
        with fewer than n frames; ``n_resamples``; ``note``, the reason for what is
        NaN, and the share of draws in which a group had no spread, which count as not
        significant.

    Raises
    ------
    GrimaceError
        If a group or an animal is not told, an animal has several recordings, or an
        argument is not as said.

    Warns
    -----
    GrimaceWarning
        If animals without a scored frame are left out.

    References
    ----------
    Welch BL (1951) On the comparison of several mean values: an alternative approach.
    Biometrika 38:330-336.
    Efron B, Tibshirani RJ (1993) An introduction to the bootstrap. Chapman and Hall:
    chapter 25.
    """
    numbers = checked_sizes(sizes)
    check_resamples(n_resamples, least=2)
    if not 0 < alpha < 1:
        raise GrimaceError(f"alpha is {alpha}: give a level such as 0.05.")
    found = score_series(
        scores, outcome, window=window, timepoint=timepoint, rater=rater
    )
    one_per_animal(found, by)
    groups = _grouped(_with_frames(found), by)
    kept = [series for group in groups.values() for series in group]
    table = pd.DataFrame(
        {
            "outcome": outcome,
            "by": by,
            "test": "Welch's t test" if len(groups) == 2 else "Welch's ANOVA",
            "n": numbers,
            "frames_per_min": numbers
            / (pd.Series([s.length for s in kept]).median() / 60),
        }
    )
    columns = _simulated(groups, numbers, alpha, n_resamples, seed)
    frames = np.array([len(series.scored) for series in kept])
    return table.assign(
        **columns,
        alpha=alpha,
        n_groups=len(groups),
        n_animals=len(kept),
        n_short=(frames[:, None] < numbers).sum(axis=0),
        n_resamples=n_resamples,
    )[[*table, *_COLUMNS]]


_NO_SPREAD = 1e-18  # what rounding leaves of the variance of equal scores

_COLUMNS = (
    "power",
    "ci_low",
    "ci_high",
    "power_all_frames",
    "p_all_frames",
    "alpha",
    "n_groups",
    "n_animals",
    "n_short",
    "n_resamples",
    "note",
)


def welch_p(means: Floats, variances: Floats, counts: Floats) -> Floats:
    """Give p of Welch's test from the groups' means and variances.

    Parameters
    ----------
    means, variances
        (group, ...); variances with n - 1.
    counts
        (group) animals.

    Returns
    -------
    (...)
        NaN where a group has no spread.
    """
    from scipy.special import fdtrc

    k = len(means)
    n = np.reshape(counts, (k, *[1] * (means.ndim - 1)))
    weight = n / np.where(variances > _NO_SPREAD, variances, np.nan)
    whole = weight.sum(axis=0)
    centre = (weight * means).sum(axis=0) / whole
    between = (weight * (means - centre) ** 2).sum(axis=0) / (k - 1)
    lost = ((1 - weight / whole) ** 2 / (n - 1)).sum(axis=0)
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * lost)
    return np.asarray(fdtrc(k - 1, (k**2 - 1) / (3 * lost), statistic))


def _with_frames(found: Sequence[ScoreSeries]) -> list[ScoreSeries]:
    empty = [str(s.labels["animal"]) for s in found if not len(s.scored)]
    if empty:
        warnings.warn(
            f"{len(empty)} animals have no frame with a score and are left out: "
            f"{', '.join(empty)}.",
            GrimaceWarning,
            stacklevel=3,
        )
    return [series for series in found if len(series.scored)]


def _grouped(found: Sequence[ScoreSeries], by: str) -> dict[str, list[ScoreSeries]]:
    groups: dict[str, list[ScoreSeries]] = {}
    for series in found:
        groups.setdefault(str(series.labels[by]), []).append(series)
    if len(groups) < 2:
        raise GrimaceError(
            f"{by!r} tells {len(groups)} groups with scored frames: power needs at "
            "least two."
        )
    return groups


def _simulated(
    groups: Mapping[str, Sequence[ScoreSeries]],
    sizes: NDArray[np.intp],
    alpha: float,
    n_resamples: int,
    seed: int,
) -> dict[str, Floats | list[str] | float | str]:
    counts = np.array([len(group) for group in groups.values()])
    for name, group in groups.items():
        if len(group) < 2:
            note = f"group {name!r} has one animal"
            return {**dict.fromkeys(_COLUMNS[:5], np.nan), "note": note}
    rng = np.random.default_rng(seed)
    drawn = [_drawn(group, sizes, n_resamples, rng) for group in groups.values()]
    means = np.stack([part.mean(axis=0) for part in drawn])
    variances = np.stack([part.var(axis=0, ddof=1) for part in drawn])
    p = welch_p(means, variances, counts)  # (size and all frames, resample)
    hits = (p < alpha).sum(axis=1)
    low, high = _wilson(hits, n_resamples)
    flat = np.isnan(p[:-1]).mean(axis=1)
    every = [np.array([s.scored.mean() for s in group]) for group in groups.values()]
    mean = np.array([part.mean() for part in every])
    variance = np.array([part.var(ddof=1) for part in every])
    return {
        "power": hits[:-1] / n_resamples,
        "ci_low": low[:-1],
        "ci_high": high[:-1],
        "power_all_frames": hits[-1] / n_resamples,
        "p_all_frames": float(welch_p(mean, variance, counts)),
        "note": [
            f"{100 * f:.1f} % of draws had a group without spread" if f else ""
            for f in flat
        ],
    }


def _drawn(
    group: Sequence[ScoreSeries],
    sizes: NDArray[np.intp],
    n_resamples: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw animals, and frames of each: (animal, size and all frames, resample).

    An animal that is drawn twice gives two samples of its frames.
    """
    means = np.stack(
        [
            np.vstack(
                [
                    sample_means(series, "random", sizes, n_resamples, rng)[0],
                    np.full(n_resamples, series.scored.mean()),
                ]
            )
            for series in group
        ]
    )
    shape = (len(group), n_resamples)
    animal, sample = (
        rng.integers(len(group), size=shape),
        rng.integers(n_resamples, size=shape),
    )
    return means.transpose(0, 2, 1)[animal, sample].transpose(0, 2, 1)


def _wilson(hits: NDArray[np.intp], number: int) -> tuple[Floats, Floats]:
    """Give the 95 % interval of a share (Wilson 1927)."""
    z2 = 1.959963984540054**2
    share = hits / number
    centre = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = np.sqrt(z2 * (share * (1 - share) / number + z2 / (4 * number**2)))
    half /= 1 + z2 / number
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
