"""How a learner comes along: agreement, bias and time, attempt by attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from napari_grimace.stats import (
    absolute_agreement,
    bias,
    confusion,
    percent_agreement,
    weighted_kappa,
)
from napari_grimace.teaching.attempts import list_attempts
from napari_grimace.teaching.pass_rule import TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from napari_grimace.teaching.attempts import Attempt
    from napari_grimace.teaching.reference import ReferenceSet

COLUMNS = (
    "attempt",
    "date",
    "mode",
    "unit",
    "n",
    "kappa",
    "icc",
    "percent_agreement",
    "bias",
    "median_seconds",
)


def progress_table(folder: str | Path, reference: ReferenceSet) -> pd.DataFrame:
    """Tell how a learner's attempts on a set agree with the right scores.

    A picture counts once in an attempt: in a test with the last answers before it was
    left, in a practice with the first full answers, before the right scores were shown.
    A test that is not finished is left out: its agreement would tell right answers.

    Where a set's rule is the experts' own agreement, a verdict compares otherwise; see
    `passing.Check`.

    Parameters
    ----------
    folder
        The learner's folder.
    reference
        The set.

    Returns
    -------
    DataFrame
        A row for each attempt and unit, and one for the total: `attempt`, its number
        within its mode; `date`, UTC, when it was begun; `mode`; `unit`; `n`, pictures
        that count; `kappa`, quadratically weighted (NaN for the total); `icc`, ICC(A,1)
        (of the total only); `percent_agreement`; `bias`, mean of given minus right;
        `median_seconds`, per picture, the same for all units of an attempt.
    """
    attempts = list_attempts(folder, reference)
    told = [attempt for attempt in attempts if attempt.may_be_told]
    return progress_table_of(told, reference)


def progress_table_of(
    attempts: Sequence[Attempt], reference: ReferenceSet
) -> pd.DataFrame:
    """Give the table of some attempts; see `progress_table`."""
    rows = [row for attempt in attempts for row in attempt_rows(attempt, reference)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def attempt_rows(attempt: Attempt, reference: ReferenceSet) -> Iterator[dict[str, Any]]:
    """Give the rows of one attempt; see `progress_table`."""
    given, right = attempt.scores(reference), reference.consensus
    seconds = [trial.seconds for trial in attempt.answered.values()]
    told = {
        "attempt": attempt.number,
        "date": attempt.begun,
        "mode": attempt.mode,
        "median_seconds": float(np.median(seconds)) if seconds else float("nan"),
    }
    for unit in reference.scale.unit_names:
        pair = given.sel(unit=unit).values, right.sel(unit=unit).values
        kappa = weighted_kappa(*pair, reference.levels(unit))
        yield told | {"unit": unit, "kappa": kappa, "icc": float("nan")} | _plain(*pair)
    pair = reference.totals(given).values, reference.totals().values
    icc = absolute_agreement(np.stack(pair, axis=1))
    yield told | {"unit": TOTAL, "kappa": float("nan"), "icc": icc} | _plain(*pair)


def _plain(given: Any, right: Any) -> dict[str, float]:
    return {
        "n": int((np.isfinite(given) & np.isfinite(right)).sum()),
        "percent_agreement": percent_agreement(given, right),
        "bias": bias(given, right),
    }


def confusion_table(
    attempts: Sequence[Attempt], reference: ReferenceSet
) -> xr.DataArray:
    """Count which levels a learner gave where others were right.

    Parameters
    ----------
    attempts
        Whose answers are counted together.
    reference
        The set.

    Returns
    -------
    DataArray
        (unit, given, expert) int64: pictures. A level that a unit lacks has 0.
    """
    units = reference.scale.unit_names
    levels = sorted({level for unit in units for level in reference.levels(unit)})
    counts = np.zeros((len(units), len(levels), len(levels)), np.int64)
    for attempt in attempts:
        given = attempt.scores(reference)
        for i, unit in enumerate(units):
            right = reference.consensus.sel(unit=unit)
            counts[i] += confusion(given.sel(unit=unit), right, levels)
    coords = {"unit": list(units), "given": levels, "expert": levels}
    return xr.DataArray(counts, coords, list(coords), "pictures")
