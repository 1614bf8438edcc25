"""How far scores are off, in their own points: error and minimal detectable change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.icc_bootstrap import (
    drawn_mean_squares,
    interval,
)
from napari_grimace.stats.reliability.icc_forms import mean_squares
from napari_grimace.stats.reliability.icc_kept import keep
from napari_grimace.stats.tables import check_share

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.by_unit import AnyRatings
    from napari_grimace.stats.reliability.icc_forms import MeanSquares
    from napari_grimace.stats.reliability.icc_kept import Kept

_ROWS = pd.MultiIndex.from_product(
    [["agreement", "consistency"], ["single rating", "mean of raters"]],
    names=["kind", "of"],
)
ERROR_COLUMNS = ["sem", "sem_low", "sem_high", "mdc", "mdc_low", "mdc_high"]
"""Columns of numbers of the table."""

_NO_ERROR = "no error was seen, so it has no interval"

# Two scores differ by more than this many standard errors in 5 % of cases.
_DETECTABLE = 1.959963984540054 * np.sqrt(2)


def measurement_error(
    ratings: AnyRatings,
    *,
    confidence: float = 0.95,
    n_resamples: int = 2000,
    by: str | ArrayLike | None = "animal",
    seed: int = 0,
) -> pd.DataFrame:
    """Tell the standard error of measurement and the minimal detectable change.

    Parameters
    ----------
    ratings, by
        As for `intraclass_correlation`. Targets that not all raters scored are left
        out.
    confidence
        Of the intervals.
    n_resamples
        Bootstrap replicates, in which animals are drawn.
    seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        Indexed by `kind` (``"agreement"``: differences of level between raters are
        error; ``"consistency"``: they are not) and `of` (``"single rating"``, ``"mean
        of raters"``), and before them by `unit` where ratings are of several. Columns
        `sem`, `sem_low`, `sem_high`, in points of the score: the standard deviation of
        what is measured again and again on one target; `mdc`, `mdc_low`, `mdc_high`:
        the least difference between two measurements of a target that error alone
        makes in no more than 5 % of cases, 1.96 times the square root of 2 times
        `sem`; `n_targets`, `n_raters`; `reason`, why there is no value; `note`.

    Raises
    ------
    GrimaceError
        If ratings are no numbers.

    References
    ----------
    de Vet HCW, Terwee CB, Knol DL, Bouter LM (2006) When to use agreement versus
    reliability measures. Journal of Clinical Epidemiology 59:1033-1039.
    """
    check_share("confidence", confidence)

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        kept = keep(table, by)
        if kept.reason:
            return _table(kept, np.full((4, 3), np.nan), [""] * 4)
        sem = _errors(mean_squares(kept.scores))
        drawn = _errors(drawn_mean_squares(kept, n_resamples, seed))
        with np.errstate(divide="ignore"):
            limits = interval(
                np.log(sem), np.log(drawn), kept.clusters.number, confidence
            )
        why = "" if kept.clusters.number > 1 else "no interval: there is one animal"
        notes = [_NO_ERROR if each == 0 else why for each in sem]
        return _table(kept, np.column_stack([sem, np.exp(limits)]), notes)

    return tell_by_unit(ratings, of_one)


def _errors(found: MeanSquares) -> NDArray[np.float64]:
    """Give (..., 4) standard errors, in the order of the rows."""
    # Variance between raters, which may be estimated as below 0, and of the rest.
    agreement = (found.raters - found.error) / found.n_targets + found.error
    variances = np.stack([agreement, found.error], axis=-1)
    over = variances[..., None] / np.array([1, found.n_raters])
    errors: NDArray[np.float64] = np.sqrt(over.reshape(*over.shape[:-2], 4))
    return errors


def _table(kept: Kept, sem: NDArray[np.float64], notes: list[str]) -> pd.DataFrame:
    """Lay out (4, 3) standard errors with their limits."""
    numbers = np.column_stack([sem, _DETECTABLE * sem])
    return pd.DataFrame(numbers, index=_ROWS, columns=ERROR_COLUMNS).assign(
        n_targets=len(kept.scores),
        n_raters=kept.scores.shape[1],
        reason=kept.reason,
        note=["; ".join(filter(None, (kept.note, note))) for note in notes],
    )
