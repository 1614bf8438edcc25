"""Figures of distributions, time courses and bouts.

Each draws a table of `stats.distribution`: animals as points or faint lines, over the
means of their groups with the 95 % confidence intervals that come from animals.
`by` is the column, or columns, of the groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_grimace.errors import StudyError
from napari_grimace.stats.distribution.animals import (
    check_columns,
    columns,
    group_means,
)
from napari_grimace.stats.figures.style import (
    colours_of,
    draw_animals,
    new_axes,
)
from napari_grimace.study.names import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from napari_grimace.stats.distribution.animals import Interval

_SMALL = 7.0  # points, of legends and of text within axes
_OF_FRAMES = "Share of frames (%)"


def draw_score_histogram(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw the shares of frames at each total, a table of `score_histogram`."""
    ax = new_axes(ax)
    _draw_lines(ax, _in_percent(table), "total", "share", by, dodge=0.02)
    totals = np.unique(table["total"])
    every = -(-len(totals) // 13)
    ax.set_xticks(totals[::every], [f"{total:.3g}" for total in totals[::every]])
    _from_zero(ax)
    return _labelled(ax, "Total", _OF_FRAMES)


def draw_share_at_score(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw the share of frames at one total, a table of `share_at_score`."""
    k = _only(table, "total")
    ax = _draw_groups(ax, _in_percent(table), "share", by)
    _from_zero(ax)
    return _labelled(ax, "", f"Frames with a total of {k:.3g} (%)")


def draw_state_shares(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw the shares of frames in each state, a table of `state_shares`."""
    ax = new_axes(ax)
    states = table["state"].unique().tolist()
    _draw_bars(ax, _in_percent(table), "state", states, by)
    ax.set_xticks(range(len(states)), states)
    ax.set_ylim(0, 100)
    return _labelled(ax, "State", _OF_FRAMES)


def draw_combinations(
    table: pd.DataFrame,
    *,
    most: int = 12,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw the most frequent combinations of unit scores.

    Parameters
    ----------
    table
        A table of `unit_combinations`.
    most
        Number of combinations, by the mean over all animals.
    by, ax
        As for all figures.
    """
    groups = len(_groups(table, by))
    means = table.groupby("combination")["share"].mean()
    names = means.sort_values(ascending=False).index[:most].tolist()
    ax = new_axes(ax, height=max(65, 25 + 3.2 * len(names) * groups))
    _draw_bars(ax, _in_percent(table), "combination", names, by, horizontal=True)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(left=0)
    units = "-".join(table.attrs.get("order", ["combination of units"]))
    return _labelled(ax, _OF_FRAMES, units)


def draw_enrichment(
    table: pd.DataFrame,
    group: str,
    *,
    most: int = 15,
    q: float = 0.05,
    ax: Axes | None = None,
) -> Axes:
    """Draw how much more often one group has combinations than control.

    Parameters
    ----------
    table
        A table of `combination_enrichment`.
    group
        The group to draw.
    most
        Number of combinations, those with the largest differences either way.
    q
        False discovery rate below which a difference is drawn filled.
    ax
        As for all figures.
    """
    column = table.columns[0]
    part = table[(table[column] == group) & table["q"].notna()]
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
        kept = (part["q"].to_numpy() < q) == found
        ax.scatter(
            *(middle[kept], places[kept]),
            s=18,
            facecolor=face,
            edgecolor="0.1",
            zorder=3,
            label=f"q {told} {q:g}",
        )
    ax.set_yticks(places, part["combination"])
    ax.set_ylim(len(part) - 0.4, -0.6)
    ax.legend(frameon=False, fontsize=_SMALL)
    against = f"{group} − {part['control'].iloc[0]}"
    return _labelled(ax, f"{against}\n(share of frames, percentage points)", "")


def draw_qq(
    table: pd.DataFrame, *, by: str | Sequence[str] = "group", ax: Axes | None = None
) -> Axes:
    """Draw totals against the normal distribution, a table of `qq_points`."""
    ax = new_axes(ax)
    ax.axline((0, 0), slope=1, color="0.5", linewidth=0.8, linestyle="--")
    parts = _groups(table, by)
    for (name, part), colour in zip(
        parts.items(), colours_of(list(parts)).values(), strict=True
    ):
        for _, animal in part.groupby("animal", sort=False):
            _faint(ax, animal["expected"], animal["observed"], colour)
        mean = part.groupby("probability")[["expected", "observed"]].mean()
        ax.plot(mean["expected"], mean["observed"], color=colour, label=name)
    ax.legend(frameon=False, fontsize=_SMALL)
    return _labelled(ax, "Total expected if normal", "Total observed")


def draw_shape(
    table: pd.DataFrame,
    measure: Literal["skewness", "kurtosis"] = "skewness",
    *,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw skewness or kurtosis of each animal, a table of `score_shape`."""
    ax = _draw_groups(ax, table, measure, by)
    ax.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    told = {"skewness": "Skewness of totals", "kurtosis": "Excess kurtosis of totals"}
    return _labelled(ax, "", told[measure])


def draw_time_course(
    bins: pd.DataFrame,
    *,
    by: str | Sequence[str] = "group",
    interval: Interval = "t",
    ax: Axes | None = None,
) -> Axes:
    """Draw mean totals over time, a table of `time_bins`, with confidence bands."""
    ax = new_axes(ax)
    minutes = bins.assign(minute=(bins["start"] + bins["end"]) / 120)
    _draw_lines(ax, minutes, "minute", "total", by, band=True, interval=interval)
    edges = np.union1d(bins["start"], bins["end"]) / 60
    ax.set_xticks(edges[:: -(-len(edges) // 10)])
    ax.set_xlim(edges[0], edges[-1])
    _from_zero(ax)
    # Above, where no animal's line can run through it.
    ax.legend(frameon=False, fontsize=_SMALL, loc="lower left", bbox_to_anchor=(0, 1))
    return _labelled(ax, "Time (min)", "Mean total")


def draw_change(
    table: pd.DataFrame,
    measure: Literal["difference", "ratio"] = "difference",
    *,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw each animal's change from baseline, a table of `change_from_baseline`."""
    ax = _draw_groups(ax, table, measure, by)
    ax.axhline(float(measure == "ratio"), color="0.6", linewidth=0.8, zorder=0)
    sign = {"difference": "−", "ratio": "/"}[measure]
    return _labelled(ax, "", f"Mean total {sign} baseline")


def draw_dwell_times(
    table: pd.DataFrame,
    state: str,
    *,
    by: str | Sequence[str] = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw how long bouts in one state last, a table of `dwell_survival`."""
    part = table[table["state"] == state]
    if part.empty:
        raise StudyError(
            f"There is no state {state!r}: choose of {listed(table['state'].unique())}."
        )
    ax = new_axes(ax)
    _draw_lines(ax, _in_percent(part), "time", "share", by, band=True)
    ax.set_ylim(0, 100)
    ax.set_xlim(left=0)
    return _labelled(ax, "Time (s)", f"Bouts in state {state} that last longer (%)")


def draw_transitions(
    table: pd.DataFrame,
    group: str | None = None,
    *,
    by: str = "group",
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean transition probabilities of one group's animals.

    Parameters
    ----------
    table
        A table of `transitions`.
    group
        The group to draw; needed where there are several.
    by, ax
        As for all figures.
    """
    part = table if group is None else table[table[by] == group]
    name = _only(part, by)
    means = group_means(part, "probability", [by, "state", "next_state"])
    states = part["state"].unique().tolist()
    shape = (len(states), len(states))
    matrix = means["mean"].to_numpy().reshape(shape)
    ax = new_axes(ax, height=70)
    ax.imshow(matrix, cmap="cividis", vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(matrix):
        told = means.iloc[row * len(states) + column]
        text = f"{value:.3f}\n({told['ci_low']:.3f}–{told['ci_high']:.3f})"
        if not np.isfinite(value):
            text = "not seen"
        elif not np.isfinite(told["ci_low"]):
            text = f"{value:.3f}"
        shade = "white" if value <= 0.5 else "black"
        ax.text(column, row, text, ha="center", va="center", color=shade, fontsize=6)
    ax.set_xticks(range(len(states)), states)
    ax.set_yticks(range(len(states)), states)
    ax.spines[:].set_visible(False)
    ax.set_title(f"{name} (n = {means['n_animals'].max()})", fontsize=_SMALL)
    return _labelled(ax, "State in the next frame", "State")


def _groups(table: pd.DataFrame, by: str | Sequence[str]) -> dict[str, pd.DataFrame]:
    """Take a table apart by group, in its order."""
    check_columns(table, columns(by))
    parts = table.groupby(columns(by), sort=False, observed=True)
    return {", ".join(map(str, name)): part for name, part in parts}


def _draw_groups(
    ax: Axes | None, table: pd.DataFrame, value: str, by: str | Sequence[str]
) -> Axes:
    """Draw one number per animal, by group."""
    ax = new_axes(ax)
    parts = _groups(table, by)
    for name, part in parts.items():
        if part["animal"].duplicated().any():
            raise StudyError(
                f"Animals of {name!r} have several rows: name in by= the columns that "
                "tell them apart."
            )
    return draw_animals(ax, {name: part[value] for name, part in parts.items()})


def _draw_lines(
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
    parts = _groups(table, by)
    colours = colours_of(list(parts))
    for place, (name, part) in enumerate(parts.items()):
        colour = colours[name]
        wide = part.pivot(index=x, columns="animal", values=y)
        _faint(ax, wide.index, wide.to_numpy(), colour)
        means = group_means(part, y, x, interval=interval).sort_values(x)
        told: dict[str, Any] = {
            "color": colour,
            "label": f"{name} (n = {wide.notna().any().sum()})",
        }
        low, high = means["ci_low"], means["ci_high"]
        at = means[x] + dodge * np.ptp(means[x]) / 2 * (place - (len(parts) - 1) / 2)
        if band:
            ax.plot(at, means["mean"], **told)
            ax.fill_between(at, low, high, color=colour, alpha=0.2, linewidth=0)
        else:
            half = (high - low) / 2
            ax.errorbar(at, means["mean"], half, capsize=2, marker="o", ms=3, **told)
    ax.legend(frameon=False, fontsize=_SMALL)


def _faint(ax: Axes, x: Any, y: Any, colour: str) -> None:
    ax.plot(x, y, color=colour, alpha=0.25, linewidth=0.5)


def _draw_bars(
    ax: Axes,
    table: pd.DataFrame,
    column: str,
    cells: Sequence[str],
    by: str | Sequence[str],
    *,
    horizontal: bool = False,
) -> None:
    """Draw the groups side by side in each cell: means, intervals and animals."""
    parts = _groups(table, by)
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
        told: dict[str, Any] = {"color": colours[name], "alpha": 0.45, "label": name}
        error: dict[str, Any] = {
            "fmt": "none",
            "color": "0.1",
            "capsize": 1.5,
            "lw": 0.8,
        }
        points: dict[str, Any] = {"s": 4, "color": colours[name], "linewidths": 0}
        if horizontal:
            ax.barh(at, means["mean"], width * 0.9, **told)
            ax.scatter(part["share"], beside, **points)
            ax.errorbar(means["mean"], at, xerr=half, **error)
        else:
            ax.bar(at, means["mean"], width * 0.9, **told)
            ax.scatter(beside, part["share"], **points)
            ax.errorbar(at, means["mean"], yerr=half, **error)
    ax.legend(frameon=False, fontsize=_SMALL)


def _in_percent(table: pd.DataFrame) -> pd.DataFrame:
    check_columns(table, ["share", "animal"])
    return table.assign(share=100 * table["share"])


def _only(table: pd.DataFrame, column: str) -> Any:
    """Give the one value that a column has."""
    check_columns(table, [column])
    values = table[column].unique()
    if len(values) != 1:
        raise StudyError(
            f"The table has {len(values)} of {column!r} ({listed(values)}), but the "
            "figure shows one: choose it."
        )
    return values[0]


def _from_zero(ax: Axes) -> None:
    """Let the axis begin at 0, with points at 0 shown whole."""
    top = ax.get_ylim()[1]
    ax.set_ylim(-0.02 * top, top)


def _labelled(ax: Axes, x: str, y: str) -> Axes:
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax
