"""Figures of a report on a learner."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.exchange.drawing import COLOURS
from napari_grimace.teaching.pass_rule import TOTAL
from napari_grimace.teaching.progress import confusion_table, progress_table_of
from napari_grimace.teaching.report_content import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from napari_grimace.teaching.attempts import Attempt
    from napari_grimace.teaching.pass_rule import PassRule
    from napari_grimace.teaching.reference import ReferenceSet

_MARKERS = "osD^vPX"


def draw_progress(
    attempts: Sequence[Attempt], reference: ReferenceSet, rule: PassRule
) -> Figure:
    """Draw agreement with the right scores, and bias, over the attempts.

    Limits are drawn where they are fixed: those of the experts' own agreement are not
    asked of the agreement with the right scores.
    """
    from matplotlib.figure import Figure

    page = Figure(figsize=(7.5, 6.5), layout="constrained")
    upper, lower = page.subplots(2, 1, sharex=True)
    table = progress_table_of(attempts, reference)
    names = [name_of(attempt) for attempt in attempts]
    places = np.arange(len(names))
    fixed = not rule.experts
    every = (*reference.scale.unit_names, TOTAL)
    for name, marker in zip(every, cycle(_MARKERS), strict=False):
        own = table[table["unit"] == name]
        agreed = own["icc" if name == TOTAL else "kappa"]
        colour = _colour(name)
        style = {"color": colour, "marker": marker, "label": name, "linewidth": 1.2}
        upper.plot(places, agreed, **style)
        # A total's bias is the sum of its units': it would flatten theirs.
        if name != TOTAL:
            lower.plot(places, own["bias"], **style)
        if fixed and np.isfinite(rule.limits[name]):
            upper.axhline(rule.limits[name], color=colour, linewidth=0.8, linestyle=":")
    upper.set_ylabel("kappa; total: ICC(A,1)")
    dotted = " (dotted: what is asked)" if fixed else ""
    upper.set_title(f"Agreement with the right scores{dotted}", fontsize=10)
    upper.set_ylim(top=1.05)
    upper.legend(fontsize=8, ncols=5, frameon=False, loc="lower right")
    lower.axhline(0, color="0.6", linewidth=0.8)
    lower.set_ylabel("bias (levels)")
    lower.set_title("Bias: above 0 scored too high", fontsize=10)
    lower.set_xticks(places, names, rotation=30, ha="right")
    return page


def draw_confusion(attempt: Attempt, reference: ReferenceSet) -> Figure:
    """Draw for each unit how often each level was given where each was right."""
    from matplotlib.figure import Figure

    counts = confusion_table([attempt], reference)
    units = reference.scale.unit_names
    page = Figure(figsize=(1.9 * len(units) + 0.6, 2.7), layout="constrained")
    page.suptitle(f"Given and right scores, {name_of(attempt)}", fontsize=10)
    row = page.subplots(1, len(units), squeeze=False)[0]
    for axes, unit in zip(row, units, strict=True):
        levels = list(reference.levels(unit))
        own = counts.sel(unit=unit, given=levels, expert=levels).values
        _grid(axes, own, [f"{level:g}" for level in levels])
        axes.set_title(unit, fontsize=9)
    return page


def _grid(axes: Axes, counts: np.ndarray, levels: list[str]) -> None:
    highest = max(int(counts.max()), 1)
    axes.imshow(counts, cmap="Blues", vmin=0, vmax=highest, origin="lower")
    for (row, column), count in np.ndenumerate(counts):
        dark = count > highest / 2
        axes.text(
            column,
            row,
            str(count),
            ha="center",
            va="center",
            color="white" if dark else "black",
            fontsize=8,
        )
    places = np.arange(len(levels))
    axes.set_xticks(places, levels)
    axes.set_yticks(places, levels)
    axes.set_xlabel("right", fontsize=8)
    axes.set_ylabel("given", fontsize=8)


def _colour(name: str) -> tuple[float, float, float]:
    """Colour of a unit, told apart by colour-blind eyes; black for the total."""
    red, green, blue = COLOURS.get(name, (0, 0, 0))
    return red / 255, green / 255, blue / 255
