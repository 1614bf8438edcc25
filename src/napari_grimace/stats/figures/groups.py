"""Figures of group comparisons: animals over means, pairs of values, effect sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.figures.parts import SMALL, draw_faint, from_zero, labelled
from napari_grimace.stats.figures.style import (
    DOUBLE_COLUMN,
    SINGLE_COLUMN,
    colours_of,
    draw_animals,
    draw_mean,
    draw_p,
    new_axes,
)
from napari_grimace.stats.groups.mixed_means import CHANGE
from napari_grimace.stats.groups.model_people import MODEL, PEOPLE
from napari_grimace.stats.numbers import mean_ci, p_text
from napari_grimace.stats.tables import check_choice
from napari_grimace.study.names import ANIMAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from napari_grimace.stats.groups.compare import Comparison
    from napari_grimace.stats.groups.model_people import ModelAndPeople

Brackets = Literal["shown", "all", "none"]

_LEVEL = 0.05
_STEP = 0.08  # of the axis, from one bracket to the next
_LETTER = 1.7  # mm, of a name under the axis


def draw_group_comparison(
    comparison: Comparison,
    *,
    brackets: Brackets = "shown",
    outcome: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw groups of animals with the p values of their comparisons.

    As PainFace's figure 6C (groups) and 6J (sexes).

    Parameters
    ----------
    comparison
        As `compare_groups` gives it, of one value per animal.
    brackets
        Which p values to draw, adjusted for the number of comparisons: ``"shown"``,
        those below 0.05, and that of a single comparison; ``"all"``; ``"none"``.
    outcome
        Label of the axis; by default after the column.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Animals as points, over the means of their groups with 95 % confidence
        intervals (Student's t).

    Raises
    ------
    GrimaceError
        If animals have several values: `draw_repeated_measures` draws these.
    """
    check_choice("brackets", brackets, get_args(Brackets))
    if comparison.data.within is not None:
        raise GrimaceError(
            f"Animals have several values, by {comparison.data.within}: draw them with "
            "draw_repeated_measures."
        )
    cells = comparison.data.cells()
    drawn = {_folded(name): values for name, values in cells.items()}
    longest = max(len(line) for name in drawn for line in name.splitlines())
    wide = len(drawn) * (_LETTER * longest + 4)
    ax = new_axes(ax, width=min(max(SINGLE_COLUMN, wide), DOUBLE_COLUMN))
    draw_animals(ax, drawn)
    from_zero(ax)
    pairs = comparison.pairwise
    if set(pairs["group"]) <= set(cells):
        place = {name: i for i, name in enumerate(cells)}
        spans = [
            (place[row["group"]], place[row["reference"]], row["p_adjusted"])
            for row in _chosen(pairs, brackets).to_dict("records")
        ]
        _draw_brackets(ax, spans, [_top(values) for values in cells.values()])
    return labelled(ax, "", outcome or _axis_label(comparison.data.outcome))


def draw_repeated_measures(
    comparison: Comparison,
    *,
    brackets: Brackets = "shown",
    outcome: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the values of the same animals at several timepoints, group by group.

    As PainFace's figure 9B (before and after carrageenan, habituated or not).

    Parameters
    ----------
    comparison
        As `compare_groups` gives it, of several values per animal.
    brackets
        Which p values of changes within groups to draw; see `draw_group_comparison`.
    outcome
        Label of the axis; by default after the column.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        A line per animal, and means with 95 % confidence intervals (Student's t).

    Raises
    ------
    GrimaceError
        If animals have one value each.
    """
    check_choice("brackets", brackets, get_args(Brackets))
    if comparison.data.within is None:
        raise GrimaceError(
            "Animals have one value each: draw them with draw_group_comparison."
        )
    wide = comparison.data.wide()
    times = list(next(iter(wide.values())))
    ax = new_axes(ax, width=max(SINGLE_COLUMN, 17.0 * len(times) * len(wide)))
    tops = _draw_blocks(ax, wide)
    _draw_brackets(ax, _changes(comparison, times, list(wide), brackets), tops)
    label = outcome or _axis_label(comparison.data.outcome)
    return labelled(ax, comparison.data.within.capitalize(), label)


def draw_model_and_people(
    found: ModelAndPeople,
    *,
    outcome: str = "Mean total",
    ax: Axes | None = None,
) -> Axes:
    """Draw what a model and people gave the same animals, group by group.

    As PainFace's figure 6B and aRGS's figures 4 and 5.

    Parameters
    ----------
    found
        As `compare_model_with_people` gives it.
    outcome
        Label of the axis.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        A line per animal from people to the model, and means with 95 % confidence
        intervals (Student's t); over each group the adjusted p value.
    """
    by = found.table.columns[0]
    blocks = {}
    for group in found.table[by]:
        part = found.values[found.values[by] == group].set_index(ANIMAL)
        blocks[str(group)] = part[[PEOPLE, MODEL]]
    ax = new_axes(ax, width=max(SINGLE_COLUMN, 32.0 * len(blocks)))
    tops = _draw_blocks(ax, blocks)
    spans = [
        (3 * i, 3 * i + 1, p) for i, p in enumerate(found.table["p_adjusted"].tolist())
    ]
    _draw_brackets(ax, spans, tops)
    return labelled(ax, "", outcome)


def draw_effects(comparison: Comparison, *, ax: Axes | None = None) -> Axes:
    """Draw the sizes of all differences with their intervals: a forest plot.

    Parameters
    ----------
    comparison
        As `compare_groups` gives it.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        A row per comparison: the effect size with its 95 % confidence interval, and
        the adjusted p value. A comparison without an effect size is named, without a
        point.
    """
    rows = comparison.pairwise.to_dict("records")
    ax = new_axes(
        ax, width=DOUBLE_COLUMN * 0.75, height=max(30.0, 12 + 7.0 * len(rows))
    )
    for place, row in enumerate(rows):
        size, low, high = (
            row[n] for n in ("effect", "effect_ci_low", "effect_ci_high")
        )
        shown = row["p_adjusted"] < _LEVEL
        if np.isfinite(low):
            ax.plot([low, high], [place, place], color="0.2", linewidth=1)
        ax.plot(size, place, "o", ms=4, color="#d55e00" if shown else "0.2")
        ax.text(
            1.02,
            place,
            p_text(row["p_adjusted"]),
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=SMALL,
        )
    ax.axvline(0, color="0.6", linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(rows)), [_pair(row) for row in rows], fontsize=SMALL)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    names = [row["effect_name"] for row in rows if row["effect_name"]]
    kinds = list(dict.fromkeys(name.removesuffix(" (paired)") for name in names))
    return labelled(ax, " / ".join(kinds) or "Effect size", "")


def _draw_blocks(ax: Axes, blocks: Mapping[str, pd.DataFrame]) -> list[float]:
    """Draw blocks of values (animal, condition) side by side, one place between them.

    Returns
    -------
    list
        The height of what is drawn at each place.
    """
    ticks, tops, start = [], [], 0
    colours = colours_of(list(blocks))
    for name, wide in blocks.items():
        at = np.arange(wide.shape[1]) + start
        draw_faint(ax, at, wide.to_numpy().T, colours[name])
        for x, (_, column) in zip(at.tolist(), wide.items(), strict=True):
            kept = column.dropna().to_numpy()
            ax.scatter(
                np.full(len(kept), x), kept, s=7, color=colours[name], alpha=0.6, lw=0
            )
            draw_mean(ax, x, kept, zorder=3)
            tops.append(_top(kept))
        tops.append(0.0)
        ticks += list(zip(at.tolist(), map(str, wide.columns), strict=True))
        ax.text(
            at.mean(),
            1.0,
            f"{name} (n = {len(wide)})",
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=SMALL,
        )
        start = int(at[-1]) + 2
    ax.set_xticks([x for x, _ in ticks], [name for _, name in ticks], fontsize=SMALL)
    ax.set_xlim(-0.6, start - 1.4)
    from_zero(ax)
    return tops


def _top(values: ArrayLike) -> float:
    """Give the height of what is drawn of a group: animals, and their mean's CI."""
    kept = np.asarray(values, np.float64)
    kept = kept[np.isfinite(kept)]
    if not len(kept):
        return 0.0
    return float(np.nanmax([kept.max(), kept.mean() + mean_ci(kept)]))


def _draw_brackets(
    ax: Axes, spans: Sequence[tuple[int, int, float]], tops: Sequence[float]
) -> None:
    """Draw p values over pairs of places, the wider the higher, none over another."""
    low, high = ax.get_ylim()
    step = 0.0
    for _ in range(6):  # brackets raise the axis, which moves them closer together
        heights = _stacked(spans, tops, step)
        top = max([high, *(height + step for height in heights)])
        step = _STEP * (top - low)
    ax.set_ylim(low, top)
    for (one, other, p), height in zip(spans, heights, strict=True):
        draw_p(ax, min(one, other), max(one, other), p, height)


def _stacked(
    spans: Sequence[tuple[int, int, float]], tops: Sequence[float], step: float
) -> list[float]:
    """Give the heights of brackets, the narrow ones below."""
    reached = np.array(tops, np.float64)
    heights = [0.0] * len(spans)
    order = sorted(range(len(spans)), key=lambda i: abs(spans[i][0] - spans[i][1]))
    for i in order:
        left, right = sorted(spans[i][:2])
        heights[i] = reached[left : right + 1].max() + 0.6 * step
        reached[left : right + 1] = heights[i] + 0.5 * step
    return heights


def _changes(
    comparison: Comparison,
    times: Sequence[object],
    groups: Sequence[str],
    brackets: Brackets,
) -> list[tuple[int, int, float]]:
    """Give the places and p values of changes within groups."""
    pairs = comparison.pairwise
    if "family" in pairs.columns:
        pairs = pairs[pairs["family"] == CHANGE]
    place = {str(time): i for i, time in enumerate(times)}
    spans = []
    for row in _chosen(pairs, brackets).to_dict("records"):
        block = groups.index(row["at"]) if row.get("at") in groups else 0
        start = block * (len(times) + 1)
        ends = (start + place[row["group"]], start + place[row["reference"]])
        spans.append((*ends, row["p_adjusted"]))
    return spans


def _chosen(pairs: pd.DataFrame, brackets: Brackets) -> pd.DataFrame:
    """Give the comparisons whose p is to be drawn."""
    tested = pairs[pairs["p_adjusted"].notna()]
    if brackets == "none":
        return tested.iloc[:0]
    if brackets == "all" or len(pairs) == 1:
        return tested
    return tested[tested["p_adjusted"] < _LEVEL]


def _pair(row: Mapping[Any, Any]) -> str:
    """Name a comparison."""
    at = f" ({row['at']})" if row.get("at") else ""
    return f"{row['group']} vs {row['reference']}{at}"


def _folded(name: str) -> str:
    """Break a long name of a group, so that ticks stay apart."""
    return name.replace(", ", ",\n").replace(" + ", " +\n")


def _axis_label(outcome: str) -> str:
    return "Mean total" if outcome == "total" else outcome
