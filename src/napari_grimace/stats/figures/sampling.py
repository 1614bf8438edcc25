"""Figures of sampling: errors by number of frames, schemes, rates, power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.figures.parts import SMALL, draw_groups, labelled
from napari_grimace.stats.figures.style import colours_of, draw_mean, new_axes
from napari_grimace.stats.numbers import mean_ci
from napari_grimace.stats.tables import check_columns, check_one_row

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PAINFACE_FRAMES = 75
"""Frames in ten minutes that PainFace found to be enough (McCoy et al. 2024)."""

_ROUNDING = 1e-9  # errors below are none


def draw_sampling_curve(
    table: pd.DataFrame,
    *,
    outcome: str | None = None,
    scheme: str | None = None,
    smallest: pd.DataFrame | None = None,
    reference: int | None = PAINFACE_FRAMES,
    ax: Axes | None = None,
) -> Axes:
    """Draw the error of a mean of n sampled frames, by n, as PainFace's figure 6F.

    Parameters
    ----------
    table
        As `sampling_inaccuracy` gives it.
    outcome, scheme
        The one to draw; needed where the table has several.
    smallest
        As `smallest_sample` gives it of this table: its n is drawn with the interval,
        and the error that it keeps.
    reference
        Number of frames to draw a line at: by default the 75 frames in ten minutes
        of PainFace; None for no line.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Bands of the middle 50 and 95 % of samples of all recordings together, with
        their median; thin lines between which 95 % of the samples of each recording
        lie.
    """
    part, told = _one(table, outcome, scheme)
    ax = new_axes(ax)
    for _, one in part.groupby("recording", sort=False):
        for column in ("q025", "q975"):
            ax.plot(one["n"], one[column], color="0.6", linewidth=0.4, alpha=0.7)
    number = part["recording"].nunique()
    label = (
        f"95 %, each of {number} recordings" if number > 1 else "95 %, the recording"
    )
    ax.plot([], [], color="0.6", linewidth=0.6, label=label)
    pooled = part.drop_duplicates("n").sort_values("n")
    colour = colours_of(["all"])["all"]
    for low, high, alpha, label in (
        ("pooled_q025", "pooled_q975", 0.2, "95 %, all recordings"),
        ("pooled_q25", "pooled_q75", 0.4, "50 %, all recordings"),
    ):
        band = (pooled["n"], pooled[low], pooled[high])
        ax.fill_between(*band, color=colour, alpha=alpha, linewidth=0, label=label)
    ax.plot(pooled["n"], pooled["pooled_q50"], color=colour, lw=1.2, label="median")
    if smallest is not None:
        _draw_smallest(ax, _one(smallest, told["outcome"], told["scheme"])[0])
    _draw_reference(ax, reference)
    _label_sizes(ax, f"Error of the {told['outcome']} (points)")
    ax.set_title(
        "Sampled mean minus the recording's own mean", fontsize=SMALL, color="0.3"
    )
    ax.legend(
        fontsize=6, loc="lower right", framealpha=0.85, edgecolor="none", handlelength=1
    )
    return ax


def draw_schemes(
    table: pd.DataFrame,
    *,
    outcome: str | None = None,
    reference: int | None = PAINFACE_FRAMES,
    ax: Axes | None = None,
) -> Axes:
    """Draw ways to sample side by side: the error that 95 % of samples stay within.

    Parameters
    ----------
    table
        As `sampling_inaccuracy` gives it, of several schemes.
    outcome, reference, ax
        As for `draw_sampling_curve`.

    Returns
    -------
    Axes
        For each scheme the mean of recordings with its 95 % confidence interval, over
        thin lines of the recordings. Both axes are logarithmic: errors of 0 are not
        seen.
    """
    part, told = _one(table, outcome, "")
    if not (part["abs_q95"] > _ROUNDING).any():
        raise GrimaceError(
            "No sample errs, as the scores of each recording are all the same: there "
            "is nothing to compare."
        )
    ax = new_axes(ax)
    schemes = [str(name) for name in part["scheme"].unique()]
    for place, (name, colour) in enumerate(colours_of(schemes).items()):
        wide = part[part["scheme"] == name].pivot(
            index="n", columns="recording", values="abs_q95"
        )
        seen = wide.where(wide > _ROUNDING)
        ax.plot(wide.index, seen, color=colour, linewidth=0.3, alpha=0.35)
        beside = wide.index * 1.03 ** (place - (len(schemes) - 1) / 2)
        half = [mean_ci(row) for row in wide.to_numpy()]
        ax.errorbar(
            beside,
            wide.mean(axis=1).where(seen.notna().any(axis=1)),
            half,
            color=colour,
            marker="o",
            markersize=2.5,
            linewidth=1.1,
            elinewidth=0.8,
            label=name,
        )
    _draw_reference(ax, reference, low=True)
    _label_sizes(ax, f"Error of the {told['outcome']}, 95 % (points)")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    _legend_above(ax, 3)
    return ax


def draw_frames_with_all_units(
    summary: pd.DataFrame,
    by: str = "group",
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many frames of each animal have all units, as PainFace's figure 6E.

    Parameters
    ----------
    summary
        As `napari_grimace.study.summarise` gives it, one row per animal; that of the
        first ten minutes has ``window=(0, 600)``.
    by
        Column that tells the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Animals over their group's mean with its 95 % confidence interval; a dashed
        line at the number of rated frames (their median, where animals differ).
    """
    check_columns(summary, ["animal", "n_frames", "share_all_units"])
    count = summary["n_frames"] * summary["share_all_units"]
    rated = float(summary["n_frames"].median())
    ax = draw_groups(ax, summary.assign(count=count), "count", by)
    ax.axhline(rated, color="0.4", linestyle="--", linewidth=0.8)
    ax.annotate(
        f"{rated:.0f} frames rated",
        (1, rated),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL,
        color="0.3",
    )
    ax.set_ylim(0, max(1.1 * rated, ax.get_ylim()[1]))
    ax.set_ylabel("Frames with all units")
    return ax


def draw_rate_comparison(
    table: pd.DataFrame,
    by: str = "group",
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw groups as they look at several sampling rates, as PainFace's figure 6G.

    Parameters
    ----------
    table
        As `means_by_rate` gives it, one recording per animal.
    by
        Column that tells the groups.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        At each rate, the animals of each group over the group's mean with its 95 %
        confidence interval.
    """
    check_columns(table, [by, "animal", "rate", "mean", "outcome"])
    check_one_row(table, ["rate"])
    ax = new_axes(ax, width=120)
    rates = sorted(table["rate"].unique())
    names = [str(name) for name in table[by].unique()]
    rng = np.random.default_rng(0)
    for place, (name, colour) in enumerate(colours_of(names).items()):
        beside = 0.8 / len(names) * (place - (len(names) - 1) / 2)
        of_group = table[table[by].astype(str) == name]
        for i, rate in enumerate(rates):
            means = of_group.loc[of_group["rate"] == rate, "mean"].dropna().to_numpy()
            around = i + beside + rng.uniform(-0.06, 0.06, len(means))
            ax.scatter(around, means, s=6, color=colour, alpha=0.6, linewidths=0)
            draw_mean(ax, i + beside, means, markersize=8, capsize=2, linewidth=1)
        ax.scatter([], [], s=12, color=colour, label=name)
    ax.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates])
    ax.set_ylim(bottom=min(0, ax.get_ylim()[0]))
    _legend_above(ax, len(names))
    y = f"Mean {table['outcome'].iloc[0]} of animal"
    return labelled(ax, "Sampling rate (frames/s)", y)


def draw_sampling_power(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the power of the comparison of groups by the number of frames scored.

    Parameters
    ----------
    table
        As `sampling_power` gives it.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        Power with the interval of the simulation; a dashed line at the power with all
        frames, a dotted one at 0.8.
    """
    check_columns(table, ["n", "power", "ci_low", "ci_high", "power_all_frames"])
    if table["power"].isna().all():
        raise GrimaceError(f"There is no power to draw: {table['note'].iloc[0]}.")
    ax = new_axes(ax)
    colour = colours_of(["power"])["power"]
    ax.fill_between(
        table["n"], table["ci_low"], table["ci_high"], color=colour, alpha=0.2, lw=0
    )
    ax.plot(table["n"], table["power"], color=colour, marker="o", markersize=3)
    ax.axhline(
        table["power_all_frames"].iloc[0],
        color="0.3",
        linestyle="--",
        linewidth=0.8,
        label="with all frames",
    )
    ax.axhline(0.8, color="0.6", linestyle=":", linewidth=0.8, label="0.8")
    _label_sizes(ax, "Power, given these animals")
    ax.set_ylim(0, 1.03)
    ax.set_xlabel("Frames per animal (n)")
    _legend_above(ax, 2)
    return ax


def draw_autocorrelation(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how alike frames are by the time between them.

    Parameters
    ----------
    table
        As `autocorrelation` gives it.
    ax
        Axes to draw in.

    Returns
    -------
    Axes
        A thin line for each recording, and their mean with its 95 % confidence
        interval.
    """
    check_columns(table, ["recording", "lag", "autocorrelation", "outcome"])
    wide = table.dropna(subset="lag").pivot(
        index="lag", columns="recording", values="autocorrelation"
    )
    if wide.empty:
        raise GrimaceError(
            f"There is no autocorrelation to draw: {table['note'].iloc[0]}."
        )
    ax = new_axes(ax)
    colour = colours_of(["mean"])["mean"]
    ax.plot(wide.index, wide, color="0.6", linewidth=0.4, alpha=0.7)
    ax.axhline(0, color="0.3", linewidth=0.6)
    mean = wide.mean(axis=1)
    half = np.array([mean_ci(row) for row in wide.to_numpy()])
    ax.fill_between(
        wide.index, mean - half, mean + half, color=colour, alpha=0.3, linewidth=0
    )
    ax.plot(wide.index, mean, color=colour, label="mean, 95 % CI")
    ax.plot([], [], color="0.6", linewidth=0.6, label="each recording")
    ax.set_xlim(left=0)
    ax.legend(fontsize=SMALL, frameon=False, loc="upper right")
    y = f"Autocorrelation of the {table['outcome'].iloc[0]}"
    return labelled(ax, "Time between frames (s)", y)


def _one(
    table: pd.DataFrame, outcome: str | None, scheme: str | None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Take one outcome and one scheme, all schemes if it is ''."""
    check_columns(table, ["n", "outcome", "scheme"])
    told = {}
    for column, asked in (("outcome", outcome), ("scheme", scheme)):
        there = list(table[column].unique())
        if asked == "":
            continue
        if asked not in there and (asked is not None or len(there) > 1):
            known = ", ".join(map(str, there))
            raise GrimaceError(f"Choose one {column} to draw ({column}=): {known}.")
        told[column] = str(asked or there[0])
        table = table[table[column] == told[column]]
    return table, told


def _draw_smallest(ax: Axes, found: pd.DataFrame) -> None:
    row: dict[Any, Any] = found.iloc[0].to_dict()
    colour = colours_of(["all", "smallest"])["smallest"]
    for level in (-row["error"], row["error"]):
        ax.axhline(level, color=colour, linewidth=0.7, linestyle=":")
    if not np.isfinite(row["n"]):
        return
    if np.isfinite([row["ci_low"], row["ci_high"]]).all():
        ax.axvspan(row["ci_low"], row["ci_high"], color=colour, alpha=0.15, lw=0)
    ax.axvline(
        row["n"],
        color=colour,
        linewidth=1,
        label=f"n = {row['n']:.0f}: within {row['error']:g}",
    )


def _draw_reference(ax: Axes, n: int | None, *, low: bool = False) -> None:
    if n is None:
        return
    ax.axvline(n, color="0.2", linestyle="--", linewidth=0.8)
    ax.annotate(
        f"{n} frames" + ("\n(PainFace)" if n == PAINFACE_FRAMES else ""),
        (n, 0.02 if low else 0.98),
        xycoords=("data", "axes fraction"),
        xytext=(-3, 0),
        textcoords="offset points",
        ha="right",
        va="bottom" if low else "top",
        fontsize=SMALL,
        color="0.2",
    )


def _label_sizes(ax: Axes, label: str) -> None:
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("Frames sampled (n)")
    ax.set_ylabel(label)


def _legend_above(ax: Axes, columns: int) -> None:
    ax.legend(
        fontsize=SMALL,
        frameon=False,
        ncols=columns,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
    )
