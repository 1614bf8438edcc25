"""Pieces that figures of groups share: animals over the means of their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import StudyError
from napari_grimace.stats.distribution.animals import columns, group_means
from napari_grimace.stats.figures.style import (
    colours_of,
    draw_animals,
    new_axes,
)
from napari_grimace.stats.tables import check_columns, check_one_row
from napari_grimace.study.names import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from napari_grimace.stats.distribution.animals import Interval

SMALL = 7.0
"""Points, of legends and of text within axes."""


def parts_of(table: pd.DataFrame, by: str | Sequence[str]) -> dict[str, pd.DataFrame]:
    """Take a table apart by group, in its order."""
    check_columns(table, columns(by))
    parts = table.groupby(columns(by), sort=False, observed=True)
    return {", ".join(map(str, name)): part for name, part in parts}


def draw_groups(
    ax: Axes | None, table: pd.DataFrame, value: str, by: str | Sequence[str]
) -> Axes:
    """Draw one number per animal, by group."""
    ax = new_axes(ax)
    parts = parts_of(table, by)
    check_one_row(table, columns(by))
    return draw_animals(ax, {name: part[value] for name, part in parts.items()})


def draw_lines(
    ax: Axes,
    table: pd.DataFrame,
    x: str,
    y: str,
    by: str | Sequence[str],
    *,
    dodge: float = 0,
    band: bool = False,
    interval: Interval = "t",
) -> None:
    """Draw a line per animal and group, with bars or a band of confidence."""
    parts = parts_of(table, by)
    colours = colours_of(list(parts))
    for place, (name, part) in enumerate(parts.items()):
        colour = colours[name]
        means = group_means(part, y, x, interval=interval).sort_values(x)
        wide = part.pivot(index=x, columns="animal", values=y)
        draw_faint(ax, wide.index, wide.to_numpy(), colour)
        told: dict[str, Any] = {"color": colour, "label": _counted(name, part, y)}
        low, high = means["ci_low"], means["ci_high"]
        at = means[x] + dodge * np.ptp(means[x]) / 2 * (place - (len(parts) - 1) / 2)
        if band:
            ax.plot(at, means["mean"], **told)
            ax.fill_between(at, low, high, color=colour, alpha=0.2, linewidth=0)
        else:
            half = (high - low) / 2
            ax.errorbar(at, means["mean"], half, capsize=2, marker="o", ms=3, **told)
    draw_legend(ax)


def draw_faint(ax: Axes, x: Any, y: Any, colour: str) -> None:
    """Draw lines of animals."""
    ax.plot(x, y, color=colour, alpha=0.25, linewidth=0.5)


def draw_bars(
    ax: Axes,
    table: pd.DataFrame,
    column: str,
    cells: Sequence[str],
    by: str | Sequence[str],
    *,
    horizontal: bool = False,
) -> None:
    """Draw the groups side by side in each cell: means, intervals and animals."""
    parts = parts_of(table, by)
    colours = colours_of(list(parts))
    width = 0.8 / len(parts)
    rng = np.random.default_rng(0)
    for i, (name, part) in enumerate(parts.items()):
        shift = (i - (len(parts) - 1) / 2) * width
        part = part[part[column].isin(cells)]
        means = group_means(part, "share", column).set_index(column).loc[list(cells)]
        half = (means["ci_high"] - means["mean"]).to_numpy()
        at = np.arange(len(cells)) + shift
        places = part[column].map({cell: i for i, cell in enumerate(cells)}) + shift
        beside = places + rng.uniform(-0.3, 0.3, len(part)) * width
        told: dict[str, Any] = {"color": colours[name], "alpha": 0.45}
        told["label"] = _counted(name, part, "share")
        error: dict[str, Any] = {"fmt": "none", "color": "0.1", "capsize": 1.5, "lw": 1}
        points: dict[str, Any] = {"s": 4, "color": colours[name], "linewidths": 0}
        if horizontal:
            ax.barh(at, means["mean"], width * 0.9, **told)
            ax.scatter(part["share"], beside, **points)
            ax.errorbar(means["mean"], at, xerr=half, **error)
        else:
            ax.bar(at, means["mean"], width * 0.9, **told)
            ax.scatter(beside, part["share"], **points)
            ax.errorbar(at, means["mean"], yerr=half, **error)
    draw_legend(ax)


def draw_legend(ax: Axes, *, above: bool = False) -> None:
    """Draw the legend where it fits best, or above the axes, free of all points."""
    place: dict[str, Any] = {"loc": "best"}
    if above:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1)}
    ax.legend(frameon=False, fontsize=SMALL, **place)


def in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Give shares in %."""
    check_columns(table, ["share", "animal"])
    return table.assign(share=100 * table["share"])


def only(table: pd.DataFrame, column: str) -> Any:
    """Give the one value that a column has."""
    check_columns(table, [column])
    values = table[column].unique()
    if len(values) != 1:
        raise StudyError(
            f"The table has {len(values)} of {column!r} ({listed(values)}), but the "
            "figure shows one: choose it."
        )
    return values[0]


def from_zero(ax: Axes) -> None:
    """Let the axis begin at 0, with points at 0 shown whole."""
    top = ax.get_ylim()[1]
    ax.set_ylim(-0.02 * top, top)


def labelled(ax: Axes, x: str, y: str) -> Axes:
    """Name the axes."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax


def _counted(name: str, part: pd.DataFrame, value: str) -> str:
    """Name a group with the number of its animals that have a value."""
    number = part.loc[part[value].notna(), "animal"].nunique()
    return f"{name} (n = {number})"
