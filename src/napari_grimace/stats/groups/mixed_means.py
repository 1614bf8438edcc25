"""Marginal means of a mixed model, and the comparisons of them that studies report."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.multiplicity import adjust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.stats.groups.factorial import Factorial
    from napari_grimace.stats.groups.satterthwaite import Estimates

    Numbers = NDArray[np.float64]

CHANGE, DIFFERENCE = "change from baseline", "difference between groups"
"""Families of contrasts; p values are adjusted within each."""


def marginal_means(design: Factorial, estimates: Estimates) -> pd.DataFrame:
    """Estimate the mean of each cell; `mixed_model` tells the columns."""
    cells = {name: place.ravel() for name, place in design.cells.items()}
    named = {
        name: [design.levels[name][i] for i in place] for name, place in cells.items()
    }
    shape = [len(levels) for levels in design.levels.values()]
    here = np.ravel_multi_index([design.codes[name] for name in design.levels], shape)
    table = estimates.table(design.matrix(cells))
    table = table.drop(columns=["t", "p"]).rename(columns={"estimate": "mean"})
    counts = pd.Series(
        np.bincount(here, minlength=int(np.prod(shape))), name="n_animals"
    )
    return pd.concat([pd.DataFrame(named), counts, table], axis=1)


def marginal_contrasts(
    design: Factorial, estimates: Estimates, baseline: object
) -> pd.DataFrame:
    """Compare marginal means; `mixed_model` tells the columns."""
    grid = design.matrix(design.cells)
    # Other factors that tell animals apart count with equal weight of their levels.
    others = tuple(range(1, len(design.between)))
    grid = grid.mean(axis=others) if others else grid
    rows: list[tuple[str, object, object, object]] = []
    weights: list[Numbers] = []
    if design.within is not None:
        per_group = grid if design.between else grid[None]
        groups = design.levels[design.between[0]] if design.between else ("",)
        times = design.levels[design.within]
        first = _baseline(times, design.within, baseline)
        for group, cells in zip(groups, per_group, strict=True):
            for i, time in enumerate(times):
                if i != first:
                    rows.append((CHANGE, group, time, times[first]))
                    weights.append(cells[i] - cells[first])
    if design.between:
        groups = design.levels[design.between[0]]
        times = design.levels[design.within] if design.within is not None else ("",)
        for i, time in enumerate(times):
            cells = grid[:, i] if design.within is not None else grid
            for one, other in combinations(range(len(groups)), 2):
                rows.append((DIFFERENCE, time, groups[other], groups[one]))
                weights.append(cells[other] - cells[one])
    table = pd.DataFrame(rows, columns=["family", "at", "group", "reference"])
    table = pd.concat([table, estimates.table(np.array(weights))], axis=1)
    table["p_adjusted"] = table.groupby("family", sort=False)["p"].transform(adjust)
    return table


def _baseline(times: tuple[object, ...], within: str, asked: object) -> int:
    """Find the timepoint that others are compared with."""
    if asked is None:
        named = [str(time).casefold() for time in times]
        return named.index("baseline") if "baseline" in named else 0
    if asked not in times:
        known = ", ".join(map(str, times))
        raise GrimaceError(
            f"{within!r} has no {asked!r} to compare with: it has {known}."
        )
    return times.index(asked)
