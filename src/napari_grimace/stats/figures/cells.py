"""Tables of numbers as coloured cells: raters two by two, levels against levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.stats.figures.parts import SMALL, labelled
from napari_grimace.stats.figures.style import SINGLE_COLUMN, new_axes
from napari_grimace.stats.reliability.pairs import confusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

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
        _draw_cells(ax, values, texts, "PuOr", (-most, most), _LABELS[statistic])
    else:
        top = 100.0 if statistic == "percent agreement" else 1.0
        low = min(0.0, float(np.nanmin(values, initial=0)))
        _draw_cells(ax, values, texts, "cividis", (low, top), _LABELS[statistic])
    _name_cells(ax, labels, labels)
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
    _draw_cells(ax, share, texts, "Blues", (0, 100), "share of the row (%)")
    told = [f"{level:g}" for level in levels]
    _name_cells(ax, told, told)
    return labelled(ax, f"level by {names[1]}", f"level by {names[0]}")


def _draw_cells(
    ax: Axes,
    values: NDArray[Any],
    texts: Sequence[Sequence[str]],
    colours: str,
    ends: tuple[float, float],
    label: str,
) -> None:
    """Draw a table of numbers as coloured cells, first row at the top."""
    drawn = ax.pcolormesh(values, cmap=colours, vmin=ends[0], vmax=ends[1])
    drawn.set_edgecolor("white")
    for (i, j), value in np.ndenumerate(values):
        shade = drawn.cmap(drawn.norm(value)) if np.isfinite(value) else (1, 1, 1)
        dark = np.dot(shade[:3], (0.299, 0.587, 0.114)) < 0.5
        ax.text(
            j + 0.5,
            i + 0.5,
            texts[i][j],
            ha="center",
            va="center",
            fontsize=SMALL,
            color="white" if dark else "0.1",
        )
    ax.set_aspect("equal")
    ax.invert_yaxis()
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.7, pad=0.03)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL)
    bar.set_label(label, fontsize=SMALL)


def _name_cells(ax: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    turned: dict[str, Any] = {}
    if max(map(len, map(str, columns))) > 6:
        turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, **turned)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−") if np.isfinite(value) else "–"
