"""Combinations of unit scores: how frequent each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import StudyError
from napari_grimace.stats.distribution.animals import frames_by_animal, scale_of
from napari_grimace.stats.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_grimace.scales.scale import Scale
    from napari_grimace.study.table import Scores

_ORDERS = {"mgs-black": ("orbital", "ear", "whiskers", "nose")}
"""Orders in which units are published; other scales keep their own."""


def unit_combinations(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    order: Sequence[str] | None = None,
    scale: str | Scale | None = None,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
) -> pd.DataFrame:
    """Give the share of each animal's frames with each combination of unit scores.

    Parameters
    ----------
    scores, by, scale, timepoint, rater, window
        As for `score_histogram`.
    order
        Names of the units in the order in which their scores are written; by default
        orbital-ear-whiskers-nose for ``mgs-black``, as PainFace, and the scale's
        order for others.

    Returns
    -------
    DataFrame
        A row per animal and combination that any animal has: the columns of `by`;
        ``animal``; ``combination`` such as ``"0-0-1-0"``; ``share`` of the frames
        with a total and all units scored, 0 for a combination that the animal never
        has, NaN for an animal without such frames; ``n_used``, the number of these
        frames; ``note``, the reason for NaN. ``attrs["order"]`` has the units' order.

    Raises
    ------
    StudyError
        As `score_histogram`; if the order does not name each unit once, or no frame
        has all units scored.

    References
    ----------
    PainFace (see `score_histogram`), figure 8.
    """
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window
    )
    units = _checked_order(order, animals.frames, scale)
    values = animals.frames[list(units)].to_numpy(np.float64)
    whole = np.isfinite(values).all(axis=1) & np.isfinite(animals.totals)
    if not whole.any():
        raise StudyError(
            f"No frame has all of {', '.join(units)} scored: there are no combinations."
        )
    found, place = np.unique(values[whole], axis=0, return_inverse=True)
    cell = np.full(len(values), -1)
    cell[whole] = place.reshape(-1)
    n_used, share = animals.shares(cell, len(found))
    names = ["-".join(f"{value:g}" for value in row) for row in found]
    table = animals.keys.merge(pd.DataFrame({"combination": names}), how="cross")
    table["share"] = share.ravel()
    table["n_used"] = np.repeat(n_used, len(names))
    table["note"] = np.where(table["n_used"] == 0, "no frame with all units", "")
    table.attrs["order"] = units
    return table


def _checked_order(
    order: Sequence[str] | None, frames: pd.DataFrame, scale: str | Scale | None
) -> tuple[str, ...]:
    """Give the units in the order in which their scores are written."""
    told = scale_of(frames, scale)
    units = tuple(order or _ORDERS.get(told.name) or told.unit_names)
    if sorted(units) != sorted(told.unit_names):
        raise StudyError(
            f"The order is {', '.join(units)}, but the units of scale {told.name!r} "
            f"are {', '.join(told.unit_names)}: name each once."
        )
    check_columns(frames, units)
    return units
