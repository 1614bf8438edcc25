"""Tables of numbers as coloured cells: raters two by two, levels against levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.stats.figures.parts import SMALL, labelled
from napari_grimace.stats.figures.style import SINGLE_COLUMN, new_axes
from napari_grimace.stats.reliability.pairs import confusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

_SHORT = 6  # letters of names that stand side by side

_LABELS = {
    "icc": "ICC(A,1)",
    "weighted kappa": "weighted kappa",
    "percent agreement": "agreement (%)",
    "bias": "bias (rater − other)",
}


def draw_rater_matrix(
    matrix: pd.DataFrame, statistic: str = "icc", *, ax: Axes | None = None
) -> Axes:
    """Draw how well each two raters agree.

    Parameters
    ----------
    matrix
        What `rater_matrix` gives for one table of ratings.
    statistic
        Which it gives; says what the colours mean.
    ax
        Axes to draw in; None for a new figure.

    Returns
    -------
    Axes
        A cell for each two raters with the number, and below it how many targets both
        scored; rows are raters, columns the others. For a bias, rater minus other.
    """
    labels = list(dict.fromkeys(matrix.index.get_level_values("rater")))
    size = max(SINGLE_COLUMN, 14.0 * len(labels))
    ax = new_axes(ax, size * 1.15, size)
    wide = matrix["estimate"].unstack().reindex(index=labels, columns=labels)
    number = matrix["n_targets"].unstack().reindex(index=labels, columns=labels)
    values = wide.to_numpy()
    label = _LABELS[statistic]
    digits = 0 if statistic == "percent agreement" else 2
    texts = [
        [
            "" if i == j else f"{_number(values[i, j], digits)}\nn = {n:.0f}"
            for j, n in enumerate(row)
        ]
        for i, row in enumerate(number.to_numpy())
    ]
    if statistic == "bias":
        most = np.nanmax(np.abs(values), initial=0) or 1.0
        draw_cells(ax, wide, texts, "PuOr", (-most, most), label)
    else:
        top = 100.0 if statistic == "percent agreement" else 1.0
        low = min(0.0, float(np.nanmin(values, initial=0)))
        draw_cells(ax, wide, texts, "cividis", (low, top), label)
    return labelled(ax, "other", "rater")


def draw_confusion(
    a: ArrayLike,
    b: ArrayLike,
    levels: Sequence[float],
    *,
    names: tuple[str, str] = ("a", "b"),
    ax: Axes | None = None,
) -> Axes:
    """Draw how often one rater gave each level where the other gave each.

    Parameters
    ----------
    a, b, levels
        As for `confusion`; such as a person and the model.
    names
        Of the two raters.
    ax
        Axes to draw in; None for a new figure.

    Returns
    -------
    Axes
        Rows are levels of the first, columns of the second; in each cell the number,
        and its share of the row, which is its colour.
    """
    counts = confusion(a, b, levels)
    size = max(SINGLE_COLUMN * 0.85, 14.0 * len(levels))
    ax = new_axes(ax, size * 1.15, size)
    rows = counts.sum(axis=1, keepdims=True)
    share = 100 * np.divide(
        counts, rows, out=np.full(counts.shape, np.nan), where=rows > 0
    )
    texts = [
        [
            f"{n}\n{s:.0f} %" if np.isfinite(s) else "0"
            for n, s in zip(*row, strict=True)
        ]
        for row in zip(counts, share, strict=True)
    ]
    told = [f"{level:g}" for level in levels]
    table = pd.DataFrame(share, told, told)
    draw_cells(ax, table, texts, "Blues", (0, 100), "share of the row (%)")
    return labelled(ax, f"level by {names[1]}", f"level by {names[0]}")


def draw_cells(
    ax: Axes,
    values: pd.DataFrame,
    texts: Sequence[Sequence[str]],
    colours: str,
    ends: tuple[float, float],
    label: str = "",
) -> None:
    """Draw a table of numbers as coloured cells, first row at the top.

    Parameters
    ----------
    ax
        Axes to draw in.
    values
        Numbers; NaN stays white. Index and columns become the ticks.
    texts
        (row, column) what to write into the cells.
    colours
        Name of the colour map.
    ends
        Numbers at its two ends.
    label
        Of the colour bar; without one there is none.
    """
    import seaborn

    written: dict[str, Any] = {"fontsize": SMALL}
    seaborn.heatmap(
        values,
        vmin=ends[0],
        vmax=ends[1],
        cmap=colours,
        annot=np.array(texts),
        fmt="",
        annot_kws=written,
        linewidths=1,
        square=True,
        cbar=bool(label),
        cbar_kws={"shrink": 0.7, "pad": 0.03},
        xticklabels=True,
        yticklabels=True,
        ax=ax,
    )
    for i, j in np.argwhere(values.isna().to_numpy()):  # which seaborn leaves blank
        ax.text(j + 0.5, i + 0.5, texts[i][j], ha="center", va="center", **written)
    ax.tick_params(length=0)
    turned: dict[str, Any] = {"rotation": 0}
    if max(len(str(name)) for name in values.columns) > _SHORT:
        turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(ax.get_xticks(), values.columns, **turned)
    ax.set_yticks(ax.get_yticks(), values.index, rotation=0)
    if label:
        bar = ax.figure.axes[-1]
        bar.tick_params(labelsize=SMALL)
        bar.set_ylabel(label, fontsize=SMALL)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−") if np.isfinite(value) else "–"
