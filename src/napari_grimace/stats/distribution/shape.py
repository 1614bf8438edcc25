"""How an animal's totals are shaped: skewness, kurtosis, and against the normal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import StudyError
from napari_grimace.stats.distribution.animals import frames_by_animal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.study.table import Scores

_MEASURES = (
    "mean",
    "sd",
    "skewness",
    "kurtosis",
    "descriptive_p_skewness",
    "descriptive_p_kurtosis",
    "descriptive_p_normality",
)


def score_shape(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
) -> pd.DataFrame:
    """Give the skewness and kurtosis of each animal's totals.

    Groups are compared on these values, one per animal, with `stats.groups`. The p
    values within an animal only describe: they take its frames as independent, which
    they are not, and grow small with many frames whatever the shape.

    Parameters
    ----------
    scores, by, timepoint, rater, window
        As for `score_histogram`.

    Returns
    -------
    DataFrame
        A row per animal: the columns of `by`; ``animal``; ``n_used``, frames with a
        total; ``mean`` and ``sd`` of the totals; ``skewness``, corrected for bias
        (G1), above 0 with a tail of high totals; ``kurtosis``, excess, corrected for
        bias (G2), 0 for a normal distribution; ``descriptive_p_skewness``
        (D'Agostino), ``descriptive_p_kurtosis`` (Anscombe and Glynn) and
        ``descriptive_p_normality`` (D'Agostino and Pearson's omnibus), from 20
        frames on; ``note``, the reason for what is NaN.

    Raises
    ------
    StudyError
        As `score_histogram`.

    References
    ----------
    Joanes DN, Gill CA (1998) Comparing measures of sample skewness and kurtosis.
    The Statistician 47:183-189 (G1 and G2, as Excel, SPSS and GraphPad give them).
    D'Agostino RB, Belanger A, D'Agostino RB Jr (1990) A suggestion for using powerful
    and informative tests of normality. The American Statistician 44:316-321.
    PainFace (see `score_histogram`), supplementary figure 3E and F.
    """
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window
    )
    kept = np.isfinite(animals.totals)
    table = animals.keys.copy()
    table["n_used"] = n_used = animals.count(kept)
    parts = np.split(animals.totals[kept], np.cumsum(n_used)[:-1])
    measured = [_shape(part) for part in parts]
    table[list(_MEASURES)] = np.array([values for values, _ in measured])
    table["note"] = [note for _, note in measured]
    return table


def qq_points(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
    n_points: int = 99,
) -> pd.DataFrame:
    """Give each animal's quantiles beside those of a normal distribution.

    Parameters
    ----------
    scores, by, timepoint, rater, window
        As for `score_histogram`.
    n_points
        Number of quantiles, at probabilities (i - 0.5) / n_points.

    Returns
    -------
    DataFrame
        A row per animal and quantile: the columns of `by`; ``animal``;
        ``probability``; ``observed``, the animal's quantile; ``expected``, that of a
        normal distribution with the animal's mean and standard deviation; ``note``,
        the reason for NaN. A group's curve is the mean of its animals' quantiles.

    Raises
    ------
    StudyError
        As `score_histogram`, and if `n_points` is below 2.

    References
    ----------
    PainFace (see `score_histogram`), supplementary figure 3D.
    """
    from scipy.stats import norm

    if n_points < 2:
        raise StudyError(f"n_points is {n_points}: give 2 or more.")
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window
    )
    kept = np.isfinite(animals.totals)
    probability = (np.arange(n_points) + 0.5) / n_points
    number = animals.count(kept)
    observed = np.full((len(number), n_points), np.nan)
    expected = observed.copy()
    for row, part in enumerate(np.split(animals.totals[kept], np.cumsum(number)[:-1])):
        if len(part) >= 2:
            observed[row] = np.quantile(part, probability, method="hazen")
            expected[row] = part.mean() + part.std(ddof=1) * norm.ppf(probability)
    table = animals.keys.merge(pd.DataFrame({"probability": probability}), how="cross")
    table["observed"], table["expected"] = observed.ravel(), expected.ravel()
    lacking = np.repeat(number < 2, n_points)
    table["note"] = np.where(lacking, "fewer than two frames with a total", "")
    return table


def _shape(totals: NDArray[np.float64]) -> tuple[list[float], str]:
    """Give the measures of one animal, and the reason for what is NaN."""
    from scipy.stats import kurtosis, kurtosistest, normaltest, skew, skewtest

    values = [np.nan] * len(_MEASURES)
    if not len(totals):
        return values, "no frame with a total"
    values[0] = float(totals.mean())
    if len(totals) < 4:
        return values, "fewer than 4 frames with a total"
    values[1] = float(totals.std(ddof=1))
    if not np.ptp(totals):
        return values, "all totals are the same"
    values[2:4] = skew(totals, bias=False), kurtosis(totals, bias=False)
    if len(totals) < 20:
        return values, "tests need 20 frames"
    tests = (skewtest, kurtosistest, normaltest)
    values[4:] = [float(test(totals).pvalue) for test in tests]
    return values, ""
