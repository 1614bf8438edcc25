"""How all figures of a study look: journal width, colours, points over means, export.

A figure function takes and returns an `Axes`; without one it makes a figure of one
journal column. No figure function touches matplotlib's global state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.files import written_whole
from napari_grimace.stats.numbers import mean_ci, p_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

SINGLE_COLUMN, DOUBLE_COLUMN = 85.0, 174.0
"""Widths of journal figures in mm."""

GROUP_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#000000",
)
"""Colours that people with any colour vision tell apart (Okabe and Ito 2008).

seaborn's "colorblind" palette comes from them; its pale pink and yellow are faint.
"""

_MM = 1 / 25.4
_TEXT = 8.0  # points, as journals ask for


def new_axes(
    ax: Axes | None = None, width: float = SINGLE_COLUMN, height: float = 65.0
) -> Axes:
    """Give the axes to draw in: those given, or those of a new figure.

    Parameters
    ----------
    ax
        Axes to draw in; None for a new figure.
    width, height
        Of the new figure, in mm.

    Returns
    -------
    Axes
        With the style of a journal figure.
    """
    if ax is None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width * _MM, height * _MM), layout="constrained")
        ax = figure.subplots()
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=_TEXT)
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        text.set_fontsize(_TEXT)
    return ax


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """Give each name a colour; names beyond the seventh begin again."""
    return {n: GROUP_COLOURS[i % len(GROUP_COLOURS)] for i, n in enumerate(names)}


def draw_animals(
    ax: Axes,
    values: Mapping[str, ArrayLike],
    *,
    colours: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Axes:
    """Draw the animals of each group as points, over the group's mean with its CI.

    Parameters
    ----------
    ax
        Axes to draw in.
    values
        For each group, in order, one number per animal; NaN for none.
    colours
        Of each group; by default those of `colours_of`.
    seed
        Of the points' sideways scatter, which has no meaning.

    Returns
    -------
    Axes
        Groups at 0, 1, 2, ... with their names and numbers of animals as ticks. The
        bar is the mean with its 95 % confidence interval (Student's t); a group of
        one animal has no interval.
    """
    colours = colours or colours_of(list(values))
    rng = np.random.default_rng(seed)
    ticks = []
    for place, (name, given) in enumerate(values.items()):
        kept = np.asarray(given, np.float64)
        kept = kept[np.isfinite(kept)]
        beside = place + rng.uniform(-0.16, 0.16, len(kept))
        ax.scatter(beside, kept, s=9, color=colours[name], alpha=0.75, linewidths=0)
        ticks.append(f"{name}\n(n = {len(kept)})")
        draw_mean(ax, place, kept)
    ax.set_xticks(range(len(ticks)), ticks, fontsize=_TEXT)
    ax.set_xlim(-0.6, len(ticks) - 0.4)
    return ax


def draw_mean(ax: Axes, place: float, values: ArrayLike, **told: Any) -> None:
    """Draw a mean with its 95 % confidence interval (Student's t), if there is one."""
    kept = np.asarray(values, np.float64)
    kept = kept[np.isfinite(kept)]
    if len(kept):
        look: dict[str, Any] = {"color": "0.1", "capsize": 3, "marker": "_"}
        ax.errorbar(place, kept.mean(), mean_ci(kept), **look | told)


def draw_p(ax: Axes, left: float, right: float, p: float, height: float) -> None:
    """Draw a bracket between two places with the p value over it."""
    rise = 0.015 * np.ptp(ax.get_ylim())
    ax.plot(
        [left, left, right, right],
        [height - rise, height, height, height - rise],
        color="0.2",
        linewidth=0.8,
    )
    ax.annotate(
        p_text(p),
        ((left + right) / 2, height),
        (0, 1),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=7,
    )


def save_figure(drawn: Any, path: str | Path) -> None:
    """Save a figure, as vectors with text that can be edited where the format can.

    Parameters
    ----------
    drawn
        Axes or a figure.
    path
        File to write; the suffix says the format (pdf, svg, png at 300 dpi ...).
    """
    from matplotlib import rc_context

    figure = getattr(drawn, "figure", drawn)
    kept: dict[Any, Any] = {
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
    }
    with rc_context(kept), written_whole(path) as aside:
        figure.savefig(aside, dpi=300)
