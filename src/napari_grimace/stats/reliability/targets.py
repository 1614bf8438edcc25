"""What raters of a study scored together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.by_unit import ratings_by_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr


def rated_targets(
    scores: pd.DataFrame | xr.DataTree | xr.Dataset,
    outcome: str = "total",
    raters: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Lay one outcome out as targets x raters.

    Parameters
    ----------
    scores
        A study, a recording, or a table of frame scores, with several raters.
    outcome
        ``"total"`` or the name of an action unit.
    raters
        Labels of the raters to take, in the order wanted; all if left out.

    Returns
    -------
    DataFrame
        A row for each frame that at least two of the raters gave a score, indexed by
        `recording`, `animal`, `frame`; a column for each rater, NaN where there is no
        score.

    Raises
    ------
    GrimaceError
        If the outcome or a rater is unknown, or no frame has two raters.
    """
    outcomes = ratings_by_unit(scores, raters)
    if outcome not in outcomes:
        raise GrimaceError(
            f"There are no scores of {outcome!r}: choose one of {', '.join(outcomes)}."
        )
    ratings = outcomes[outcome]
    together = ratings[ratings.notna().sum(axis=1) >= 2]
    if together.empty:
        raise GrimaceError(
            f"No frame has a score of {outcome!r} by two of the raters "
            f"{', '.join(map(str, ratings.columns))}: agreement needs frames that two "
            "raters scored."
        )
    return together


def differences(
    scores: pd.DataFrame | xr.DataTree | xr.Dataset, rater: str, other: str
) -> pd.DataFrame:
    """Tell by how much two raters, such as model and person, differ frame by frame.

    Parameters
    ----------
    scores
        A study, a recording, or a table of frame scores, with several raters.
    rater, other
        Labels of the raters.

    Returns
    -------
    DataFrame
        A row for each frame and outcome that both scored: `outcome` (action unit or
        ``"total"``), `recording`, `animal`, `frame`, and `difference`, rater minus
        other.

    Raises
    ------
    GrimaceError
        If a rater is unknown, or the two scored no frame both.
    """
    parts = {
        outcome: (ratings[rater] - ratings[other]).dropna()
        for outcome, ratings in ratings_by_unit(scores, [rater, other]).items()
    }
    table = pd.concat(parts, names=["outcome"]).rename("difference").reset_index()
    if table.empty:
        raise GrimaceError(f"{rater!r} and {other!r} scored no frame both.")
    return table
