"""Figures of time: courses, change from baseline, bouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from napari_grimace.errors import StudyError
from napari_grimace.stats.distribution.animals import group_means
from napari_grimace.stats.figures.cells import draw_cells
from napari_grimace.stats.figures.parts import (
    SMALL,
    draw_groups,
    draw_legend,
    draw_lines,
    from_zero,
    in_percent,
    labelled,
    only,
)
from napari_grimace.stats.figures.style import new_axes
from napari_grimace.study.names import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from napari_grimace.stats.distribution.animals import Interval


def draw_time_course(
    bins: pd.DataFrame,
    *,
    by: str | Sequence[str] = "group",
    interval: Interval = "t",
    ax: Axes | None = None,
) -> Axes:
    """Draw mean totals over time, as PainFace's figure 6D.

    Parameters
    ----------
    bins
        As `time_bins` gives it.
    by
        Column or columns of the groups.
    interval
        As for `group_means`.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        A faint line for each animal, and the means of groups with their 95 %
        confidence bands, which hold for each bin by itself.
    """
    ax = new_axes(ax)
    minutes = bins.assign(minute=(bins["start"] + bins["end"]) / 120)
    draw_lines(ax, minutes, "minute", "total", by, band=True, interval=interval)
    edges = np.union1d(bins["start"], bins["end"]) / 60
    ax.set_xticks(edges[:: -(-len(edges) // 10)])
    ax.set_xlim(edges[0], edges[-1])
    from_zero(ax)
    draw_legend(ax, above=True)
    return labelled(ax, "Time (min)", "Mean total")


def draw_change(
    table: pd.DataFrame,
    measure: Literal["difference", "ratio"] = "difference",
    *,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw each animal's change from baseline, as PainFace's figure 6H and I.

    Parameters
    ----------
    table
        As `change_from_baseline` gives it.
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
    ax.axhline(float(measure == "ratio"), color="0.6", linewidth=0.8, zorder=0)
    sign = {"difference": "−", "ratio": "/"}[measure]
    return labelled(ax, "", f"Mean total {sign} baseline")


def draw_dwell_times(
    table: pd.DataFrame,
    state: str,
    *,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw how long bouts in one state last.

    Parameters
    ----------
    table
        As `dwell_survival` gives it.
    state
        The state to draw.
    by
        Column or columns of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        The share of bouts that last longer: a faint line for each animal, and the
        means of groups with 95 % confidence bands.
    """
    part = table[table["state"] == state]
    if part.empty:
        raise StudyError(
            f"There is no state {state!r}: choose of {listed(table['state'].unique())}."
        )
    ax = new_axes(ax)
    draw_lines(ax, in_percent(part), "time", "share", by, band=True)
    ax.set_ylim(0, 100)
    ax.set_xlim(left=0)
    return labelled(ax, "Time (s)", f"Bouts in state {state} that last longer (%)")


def draw_transitions(
    table: pd.DataFrame,
    group: str | None = None,
    *,
    by: str = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw which state follows which, in the animals of one group.

    Parameters
    ----------
    table
        As `transitions` gives it.
    group
        The group to draw; needed where there are several.
    by
        Column of the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Mean probabilities of the animals, with 95 % confidence intervals.
    """
    part = table if group is None else table[table[by] == group]
    name = only(part, by)
    means = group_means(part, "probability", [by, "state", "next_state"])
    states = part["state"].unique().tolist()
    shape = (len(states), len(states))
    values = means["mean"].to_numpy().reshape(shape)
    texts = [_mean_with_interval(row) for row in means.to_dict("records")]
    ax = new_axes(ax, height=80)
    draw_cells(
        ax,
        pd.DataFrame(values, states, states),
        np.reshape(texts, shape).tolist(),
        "cividis",
        (0, 1),
    )
    ax.set_title(f"{name} (n = {means['n_animals'].max()})", fontsize=SMALL)
    return labelled(ax, "State in the next frame", "State")


def _mean_with_interval(row: Mapping[Any, Any]) -> str:
    """Write a mean probability with its interval below."""
    if not np.isfinite(row["mean"]):
        return "not seen"
    interval = f"\n({row['ci_low']:.3f}–{row['ci_high']:.3f})"
    return f"{row['mean']:.3f}" + (interval if np.isfinite(row["ci_low"]) else "")
