"""Figures of how well raters, and the model, agree."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.figures.parts import SMALL, labelled
from napari_grimace.stats.figures.style import (
    GROUP_COLOURS,
    SINGLE_COLUMN,
    colours_of,
    draw_mean,
    new_axes,
)
from napari_grimace.stats.reliability.bands import BAND_CONVENTIONS
from napari_grimace.stats.reliability.limits import bland_altman
from napari_grimace.stats.reliability.others import OTHERS
from napari_grimace.stats.reliability.ratings import as_pair, clusters_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

LINES = {"upper limit": "--", "mean difference": "-", "lower limit": "--"}
"""Lines of a figure of Bland and Altman, and how they are drawn."""

_WRAP = 36  # letters in a line of a label

_GREY, _BLUE, _ORANGE = "0.45", GROUP_COLOURS[0], GROUP_COLOURS[1]


def draw_bland_altman(
    a: ArrayLike,
    b: ArrayLike,
    *,
    by: str | ArrayLike | None = "animal",
    names: tuple[str, str] = ("a", "b"),
    outcome: str = "total",
    seed: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """Draw differences against means, with the limits of agreement.

    Parameters
    ----------
    a, b, by
        As for `bland_altman`.
    names
        Of the two raters.
    outcome
        What was scored, for the axes.
    seed
        Of the scatter of points that would hide each other.
    ax
        Axes to draw in; None for a new figure.

    Returns
    -------
    Axes
        Small points are targets, moved a little at random; large ones the means of
        animals, where those have several targets. Lines are the mean difference and
        the limits, bands their 95 % confidence intervals.
    """
    ax = new_axes(ax, SINGLE_COLUMN * 1.25)
    pair = as_pair(a, b)
    kept = pair.notna().all(axis=1).to_numpy()
    clusters = clusters_of(pair, by).chosen(kept)
    first, second = pair[kept].to_numpy().T
    mean, apart = (first + second) / 2, first - second
    rng = np.random.default_rng(seed)
    shaken = [v + _step(v) * rng.uniform(-0.2, 0.2, len(v)) for v in (mean, apart)]
    ax.scatter(shaken[0], shaken[1], s=6, color=_GREY, alpha=0.45, linewidths=0)
    if 1 < clusters.number < len(mean):
        of_animal = pd.DataFrame({"mean": mean, "apart": apart}).groupby(clusters.code)
        points = of_animal.mean()
        ax.scatter(
            points["mean"],
            points["apart"],
            s=22,
            color=_BLUE,
            edgecolors="white",
            linewidths=0.5,
            zorder=3,
        )
    told = bland_altman(a, b, by=by).to_dict("index")
    for name, style in LINES.items():
        _draw_line(ax, told[name], name, style)
    ax.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    x = f"mean {outcome} of {names[0]} and {names[1]}"
    return labelled(ax, fill(x, _WRAP), _difference(names))


def draw_icc(
    rows: pd.DataFrame | Mapping[str, pd.DataFrame],
    forms: Sequence[str] = ("ICC2", "ICC2k"),
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw intraclass correlations of action units and total, with their intervals.

    Parameters
    ----------
    rows
        What `intraclass_correlation_by_unit` gives; or several of such by name, as
        those of one laboratory and of two.
    forms
        Forms to draw, two at most: filled, then open points.
    ax
        Axes to draw in; None for a new figure.

    Returns
    -------
    Axes
        A row for each unit; bars are confidence intervals, cut off at the left end.
        Behind, the bands of Koo and Li (2016), which are conventions.
    """
    tables = {"": rows} if isinstance(rows, pd.DataFrame) else dict(rows)
    given = [table.index.get_level_values("unit") for table in tables.values()]
    units = list(dict.fromkeys(unit for labels in given for unit in labels))
    ax = new_axes(
        ax, SINGLE_COLUMN * 1.25, 30.0 + len(units) * (2.0 + 7.0 * len(tables))
    )
    lowest = pd.concat(list(tables.values()))["estimate"].min()
    low = (min(0.0, lowest) if np.isfinite(lowest) else 0.0) - 0.05
    ax.set_xlim(low, 1.0)
    _draw_bands(ax)
    colours, series = colours_of(list(tables)), []
    for name, table in tables.items():
        series += [(name, form, table.xs(form, level="form")) for form in forms]
    for i, (name, form, part) in enumerate(series):
        part = part.reindex(units)
        at = np.arange(len(units)) + 0.7 * ((i + 0.5) / len(series) - 0.5)
        ends = part[["ci_low", "ci_high"]].clip(lower=low).to_numpy().T
        half = _beside(part["estimate"].to_numpy(), *ends)
        ax.errorbar(
            part["estimate"],
            at,
            xerr=half,
            fmt="o",
            markersize=4,
            color=colours[name],
            markerfacecolor=colours[name] if form == forms[0] else "white",
            linewidth=1,
            capsize=2,
            label=f"{name}, {form}" if name else form,
        )
    ax.set_yticks(range(len(units)), units)
    ax.set_ylim(len(units) - 0.5, -0.5)
    # Below the axis and its label, whatever the height of the axes.
    below: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, 0)}
    below["borderaxespad"] = 5.0
    ax.legend(frameon=False, fontsize=SMALL, ncols=len(tables), **below)
    return labelled(ax, "intraclass correlation", "")


def draw_differences(
    table: pd.DataFrame,
    *,
    names: tuple[str, str] = ("model", "person"),
    bin_width: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the scores of two raters, such as model and person, differ.

    Parameters
    ----------
    table
        What `differences` gives.
    names
        Of the two raters.
    bin_width
        Of the bars; by default 1 for whole differences, otherwise 0.5.
    ax
        Axes to draw in; None for a new figure.

    Returns
    -------
    Axes
        For each action unit and the total, bars as wide as the share of targets with
        such a difference; points are animals' mean differences, black their mean with
        its 95 % confidence interval.
    """
    outcomes = list(dict.fromkeys(table["outcome"]))
    ax = new_axes(ax, max(SINGLE_COLUMN, 24.0 * len(outcomes)))
    whole = np.allclose(table["difference"] % 1, 0)
    width = bin_width or (1.0 if whole else 0.5)
    rng = np.random.default_rng(0)
    for place, outcome in enumerate(outcomes):
        part = table[table["outcome"] == outcome]
        values = part["difference"].to_numpy()
        places, counts = np.unique(np.round(values / width), return_counts=True)
        share = counts / counts.sum()
        ax.barh(
            places * width,
            0.85 * share,
            0.9 * width,
            left=place - 0.425 * share,
            color=_BLUE,
            alpha=0.35,
            linewidth=0,
        )
        within = 100 * (np.abs(values) <= 0.5).mean()
        ax.text(place, 1.0, f"{within:.0f} %", transform=ax.get_xaxis_transform(),
                ha="center", va="bottom", fontsize=SMALL)  # fmt: skip
        of_animal = part.groupby("animal")["difference"].mean()
        beside = place + rng.uniform(-0.1, 0.1, len(of_animal))
        ax.scatter(beside, of_animal, s=5, color=_BLUE, linewidths=0, zorder=3)
        draw_mean(ax, place, of_animal, zorder=4)
    ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    ax.set_xticks(range(len(outcomes)), outcomes)
    ax.set_xlim(-0.6, len(outcomes) - 0.4)
    x = "above: share of targets within ± 0.5"
    return labelled(ax, fill(x, _WRAP), _difference(names))


def draw_against_others(
    compared: pd.DataFrame, statistic: str = "rmse", *, ax: Axes | None = None
) -> Axes:
    """Draw each rater, and the model, against the mean of the other raters.

    Parameters
    ----------
    compared
        What `against_others` gives for one table of ratings.
    statistic
        ``"rmse"``, ``"mae"``, ``"r"``, ``"ccc"`` or ``"icc"``.
    ax
        Axes to draw in; None for a new figure.

    Returns
    -------
    Axes
        A point for each with its 95 % confidence interval; the line is the average
        human rater. Below, the difference of the model, with its interval.

    Raises
    ------
    GrimaceError
        If there is no such statistic.
    """
    rows = compared[compared["statistic"].eq(statistic)]
    if rows.empty:
        raise GrimaceError(
            f"There is no {statistic!r}: choose rmse, mae, r, ccc or icc."
        )
    rows = rows[rows["reference"].eq(OTHERS)]
    apart = rows[rows["kind"].eq("difference")]
    rows = rows[~rows["kind"].eq("difference") & rows["estimate"].notna()]
    ax = new_axes(ax, SINGLE_COLUMN * 1.25, 30.0 + 7.0 * len(rows))
    colours = {"person": _GREY, "average": "0.1", "model": _ORANGE, "baseline": _BLUE}
    for place, row in enumerate(rows.to_dict("records")):
        half = _beside(row["estimate"], row["ci_low"], row["ci_high"])[:, None]
        ax.errorbar(
            row["estimate"],
            place,
            xerr=half,
            fmt="D" if row["kind"] == "average" else "o",
            color=colours[row["kind"]],
            markersize=4.5,
            linewidth=1,
            capsize=2.5,
        )
        if row["kind"] == "average":
            ax.axvline(row["estimate"], color="0.6", linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(rows)), list(rows["judge"]))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    names = {"rmse": "RMSE", "mae": "mean absolute error", "r": "Pearson's r"}
    names |= {"ccc": "concordance", "icc": "ICC(A,1)"}
    x = f"{names[statistic]}\nagainst the mean of the other raters"
    for row in apart.to_dict("records"):
        told = "no interval"
        if np.isfinite(row["ci_low"]):
            told = f"95 % CI {_text(row['ci_low'])} to {_text(row['ci_high'])}"
        x += f"\nmodel − average human rater:\n{_text(row['estimate'])} ({told})"
    return labelled(ax, x, "")


def _draw_line(ax: Axes, row: Mapping[Any, Any], name: str, style: str) -> None:
    """Draw a horizontal line with its interval, and its name at the right."""
    if not np.isfinite(row["estimate"]):
        return
    colour = _ORANGE if style == "--" else "0.1"
    ax.axhline(row["estimate"], color=colour, linestyle=style, linewidth=1)
    if np.isfinite(row["ci_low"]):
        ends = row["ci_low"], row["ci_high"]
        ax.axhspan(*ends, color=colour, alpha=0.12, linewidth=0, zorder=0)
    ax.text(
        1.02,
        row["estimate"],
        f"{name}\n{_text(row['estimate'])}",
        transform=ax.get_yaxis_transform(),
        fontsize=SMALL,
        color=colour,
        va="center",
    )


def _draw_bands(ax: Axes) -> None:
    """Draw the bands of Koo and Li behind the points, named at the top."""
    left, right = ax.get_xlim()
    bands = BAND_CONVENTIONS.loc["koo-li"]
    lows = bands["low"].clip(lower=left).to_list()
    ends = zip(bands.index, lows, [*lows[1:], right], strict=True)
    for i, (band, low, high) in enumerate(ends):
        ax.axvspan(low, high, color="0.5", alpha=0.05 + 0.06 * i, linewidth=0, zorder=0)
        ax.text(
            (low + high) / 2,
            1.01,
            band,
            transform=ax.get_xaxis_transform(),
            fontsize=SMALL - 1,
            ha="center",
            va="bottom",
            color="0.35",
        )


def _difference(names: tuple[str, str]) -> str:
    return fill(f"difference, {names[0]} − {names[1]}", _WRAP)


def _text(value: float) -> str:
    """Write a number with a minus sign, not a hyphen."""
    return f"{value:.2f}".replace("-", "−")


def _step(values: NDArray[np.float64]) -> float:
    """Give the smallest distance of values that differ; 1 where all are the same."""
    apart = np.diff(np.unique(np.round(values, 6)))
    return float(apart.min()) if len(apart) else 1.0


def _beside(estimate: Any, low: Any, high: Any) -> NDArray[np.float64]:
    """Give how far an interval reaches to both sides of an estimate.

    With very few animals an interval can lie beside its estimate; the bar then reaches
    from the estimate over the interval.
    """
    return np.maximum(np.array([estimate - low, high - estimate], np.float64), 0.0)
