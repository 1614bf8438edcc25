"""Figures of how scores are distributed within animals, by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_grimace.errors import StudyError
from napari_grimace.stats.figures.parts import (
    draw_bars,
    draw_faint,
    draw_groups,
    draw_legend,
    draw_lines,
    from_zero,
    in_percent,
    labelled,
    only,
    parts_of,
)
from napari_grimace.stats.figures.style import colours_of, new_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes


_OF_FRAMES = "Share of frames (%)"


def draw_score_histogram(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw the shares of frames at each total, as PainFace's figure 7A.

    Parameters
    ----------
    table
        As `score_histogram` gives it.
    by
        Column or columns of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        A faint line for each animal, and the means of groups with 95 % confidence
        intervals (Student's t).
    """
    ax = new_axes(ax)
    draw_lines(ax, in_percent(table), "total", "share", by, dodge=0.02)
    totals = np.unique(table["total"])
    every = -(-len(totals) // 13)
    ax.set_xticks(totals[::every], [f"{total:.3g}" for total in totals[::every]])
    from_zero(ax)
    return labelled(ax, "Total", _OF_FRAMES)


def draw_share_at_score(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw the share of frames at one total, as PainFace's figure 7B and C.

    Parameters
    ----------
    table
        As `share_at_score` gives it.
    by
        Column or columns of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Animals as points, over the means of their groups with 95 % confidence
        intervals (Student's t).
    """
    k = only(table, "total")
    ax = draw_groups(ax, in_percent(table), "share", by)
    from_zero(ax)
    return labelled(ax, "", f"Frames with a total of {k:.3g} (%)")


def draw_state_shares(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw the shares of frames in each state, as PainFace's figure 7D.

    Parameters
    ----------
    table
        As `state_shares` gives it.
    by
        Column or columns of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Groups side by side in each state: means as bars with 95 % confidence
        intervals, and animals as points.
    """
    ax = new_axes(ax)
    states = table["state"].unique().tolist()
    draw_bars(ax, in_percent(table), "state", states, by)
    ax.set_xticks(range(len(states)), states)
    ax.set_ylim(0, 100)
    draw_legend(ax, above=True)
    return labelled(ax, "State", _OF_FRAMES)


def draw_combinations(
    table: pd.DataFrame,
    *,
    most: int = 12,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw how frequent combinations of unit scores are, as PainFace's figure 8.

    Parameters
    ----------
    table
        As `unit_combinations` gives it.
    most
        Number of combinations: those with the highest mean over all animals.
    by
        Column or columns of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Groups side by side for each combination: means as bars with 95 % confidence
        intervals, and animals as points.
    """
    groups = len(parts_of(table, by))
    means = table.groupby("combination")["share"].mean()
    names = means.sort_values(ascending=False).index[:most].tolist()
    ax = new_axes(ax, height=max(65, 25 + 3.2 * len(names) * groups))
    draw_bars(ax, in_percent(table), "combination", names, by, horizontal=True)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(left=0)
    units = "-".join(table.attrs.get("order", ["combination of units"]))
    return labelled(ax, _OF_FRAMES, units)


def draw_enrichment(
    table: pd.DataFrame,
    group: str,
    *,
    most: int = 15,
    level: float = 0.05,
    ax: Axes | None = None,
) -> Axes:
    """Draw how much more often one group has combinations than control.

    Parameters
    ----------
    table
        As `combination_enrichment` gives it.
    group
        The group to draw.
    most
        Number of combinations: those with the largest differences, either way.
    level
        Adjusted p (false discovery rate) below which a point is filled.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Differences of shares with 95 % confidence intervals, largest first.
    """
    column = table.columns[0]
    part = table[(table[column] == group) & table["p_adjusted"].notna()]
    if part.empty:
        raise StudyError(f"Nothing was tested in {group!r}: see the column 'note'.")
    largest = part["difference"].abs().nlargest(most).index
    part = part.loc[part.index.isin(largest)]
    ax = new_axes(ax, height=max(65, 25 + 4 * len(part)))
    places = np.arange(len(part))
    middle = 100 * part["difference"].to_numpy()
    half = 100 * part["ci_high"].to_numpy() - middle
    ax.axvline(0, color="0.6", linewidth=0.8)
    ax.errorbar(middle, places, xerr=half, fmt="none", color="0.3", capsize=2)
    for found, face, told in ((True, "0.1", "<"), (False, "white", "≥")):
        kept = (part["p_adjusted"].to_numpy() < level) == found
        if not kept.any():
            continue
        ax.scatter(
            *(middle[kept], places[kept]),
            s=18,
            facecolor=face,
            edgecolor="0.1",
            zorder=3,
            label=f"adjusted p {told} {level:g}",
        )
    ax.set_yticks(places, part["combination"])
    ax.set_ylim(len(part) - 0.4, -0.6)
    draw_legend(ax)
    against = f"{group} − {part['reference'].iloc[0]}"
    return labelled(ax, f"{against}\n(share of frames, percentage points)", "")


def draw_qq(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw totals against a normal distribution, as PainFace's figure S3D.

    Parameters
    ----------
    table
        As `qq_points` gives it.
    by
        Column or columns of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        A faint line for each animal, the mean of each group's quantiles, and the
        line on which normal totals lie.
    """
    ax = new_axes(ax)
    ax.axline((0, 0), slope=1, color="0.5", linewidth=0.8, linestyle="--")
    parts = parts_of(table, by)
    for (name, part), colour in zip(
        parts.items(), colours_of(list(parts)).values(), strict=True
    ):
        for _, animal in part.groupby("animal", sort=False):
            draw_faint(ax, animal["expected"], animal["observed"], colour)
        mean = part.groupby("probability")[["expected", "observed"]].mean()
        ax.plot(mean["expected"], mean["observed"], color=colour, label=name)
    draw_legend(ax)
    return labelled(ax, "Total expected if normal", "Total observed")


def draw_shape(
    table: pd.DataFrame,
    measure: Literal["skewness", "kurtosis"] = "skewness",
    *,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw skewness or kurtosis, as PainFace's figure S3E and F.

    Parameters
    ----------
    table
        As `score_shape` gives it.
    measure
        Column to draw.
    by
        Column or columns of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Animals as points, over the means of their groups with 95 % confidence
        intervals (Student's t).
    """
    ax = draw_groups(ax, table, measure, by)
    ax.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    told = {"skewness": "Skewness of totals", "kurtosis": "Excess kurtosis of totals"}
    return labelled(ax, "", told[measure])
