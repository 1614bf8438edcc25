"""Ratings by action unit: agreement is told for each, and for the total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.ratings import as_ratings
from napari_grimace.study.names import RATER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import ArrayLike

    AnyRatings = (
        pd.DataFrame
        | xr.DataArray
        | xr.DataTree
        | xr.Dataset
        | ArrayLike
        | Mapping[str, pd.DataFrame]
    )


def ratings_by_unit(
    scores: pd.DataFrame | xr.DataTree | xr.Dataset,
    raters: Sequence[str] | None = None,
) -> dict[str, pd.DataFrame]:
    """Lay scores of several raters out as targets x raters, by unit and for the total.

    Parameters
    ----------
    scores
        A study, a recording, or a table of frame scores, with several raters.
    raters
        Labels of the raters to take, in the order wanted; all if left out.

    Returns
    -------
    dict
        For each action unit that anyone scored, and last for ``"total"``: a row for
        each frame that one of the raters rated, indexed by `recording`, `animal`,
        `frame`; a column for each rater, NaN where there is no score.

    Raises
    ------
    GrimaceError
        If a rater is unknown.
    """
    from napari_grimace.study.table import as_frame_scores, unit_columns

    table = as_frame_scores(scores, several_raters=True)
    labels = list(dict.fromkeys(table["rater"]))
    wanted = labels if raters is None else list(raters)
    unknown = [label for label in wanted if label not in labels]
    if unknown:
        raise GrimaceError(
            f"There is no rater {unknown[0]!r}. The raters are "
            f"{', '.join(map(str, labels))}."
        )
    table = table[table["rater"].isin(wanted)]
    outcomes = [*(u for u in unit_columns(table) if table[u].notna().any()), "total"]
    keys = ["recording", "animal", "frame", "rater"]
    wide = table.set_index(keys)[outcomes].astype(np.float64).unstack("rater")
    return {
        outcome: pd.DataFrame(wide[outcome]).reindex(columns=wanted)
        for outcome in outcomes
    }


def tell_by_unit(
    ratings: AnyRatings, tell: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """Make a table of ratings, or one for each unit where they are of several.

    Parameters
    ----------
    ratings
        (target, rater), as for `as_ratings`; a mapping of such by unit; an array with
        a dimension ``rater``, others, and perhaps ``unit``: the others together are
        the targets, and a coordinate ``animal`` along them is kept; or a study, a
        recording, or a table of frame scores, as for `ratings_by_unit`.
    tell
        Makes the table from targets x raters.

    Returns
    -------
    DataFrame
        The table; with a first index level `unit` for a mapping or an array by unit.
    """
    import xarray as xr

    if isinstance(ratings, xr.DataArray):
        if "unit" not in ratings.dims:
            return tell(_flat(ratings))
        names = ratings["unit"].to_numpy()
        parts = {str(u): ratings.isel(unit=i, drop=True) for i, u in enumerate(names)}
        return _joined({name: tell(_flat(part)) for name, part in parts.items()})
    if isinstance(ratings, pd.DataFrame) and RATER in ratings.columns:
        return tell_by_unit(ratings_by_unit(ratings), tell)
    if isinstance(ratings, xr.DataTree | xr.Dataset):
        return tell_by_unit(ratings_by_unit(ratings), tell)
    if isinstance(ratings, Mapping):
        return _joined(
            {str(name): tell(as_ratings(part)) for name, part in ratings.items()}
        )
    return tell(as_ratings(ratings))


def _joined(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    if not tables:
        raise GrimaceError("There are no ratings: give those of one unit at least.")
    return pd.concat(tables, names=["unit"])


def _flat(ratings: xr.DataArray) -> pd.DataFrame:
    """Lay an array out as targets x raters; all dimensions but raters are targets."""
    if "rater" not in ratings.dims:
        raise GrimaceError(
            f"ratings have the dimensions {', '.join(map(str, ratings.dims))}: one "
            "must be 'rater'."
        )
    others = [dim for dim in ratings.dims if dim != "rater"]
    if not others:
        raise GrimaceError("ratings have the dimension rater alone: give targets too.")
    whole = ratings.transpose(*others, "rater")
    n_raters = whole.sizes["rater"]
    targets = whole.isel(rater=0, drop=True)
    places = np.indices(targets.shape).reshape(len(others), -1)
    levels: dict[Any, Any] = {
        dim: whole[dim].to_numpy()[place]
        for dim, place in zip(others, places, strict=True)
    }
    if "animal" in targets.coords and "animal" not in others:
        along = targets["animal"].broadcast_like(targets).transpose(*others)
        levels["animal"] = along.to_numpy().reshape(-1)
    return as_ratings(
        pd.DataFrame(
            whole.to_numpy().reshape(-1, n_raters),
            index=pd.MultiIndex.from_arrays(list(levels.values()), names=list(levels)),
            columns=whole["rater"].to_numpy(),
        )
    )
