"""The overview picture: scores over time, their distribution, and example frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.exchange.columns import UNIT_NAMES, in_painface_order
from napari_grimace.exchange.examples import show_examples
from napari_grimace.exchange.frames import matching_video
from napari_grimace.exchange.passes import one_pass
from napari_grimace.files import written_whole

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure
    from numpy.typing import NDArray

    from napari_grimace.exchange.frames import Video
    from napari_grimace.exchange.passes import RaterPass
    from napari_grimace.scales.scale import Scale

_SHADES = ("#d5e4f2", "#6a9ccb", "#0b3c6f")  # levels 0, 1, 2; apart in grey as well
_DENSE = 2000  # frames beyond which a line through all of them is a blot
_BINS = 200
_NOT_SCORED: dict[str, Any] = {
    "facecolor": "white",
    "edgecolor": "0.8",
    "hatch": "////",
}


def overview(
    recording: xr.Dataset,
    video: Video | None,
    path: str | Path,
    *,
    rater: str | None = None,
    min_units: int | None = None,
    several_faces: bool = False,
) -> None:
    """Draw a recording on one page: timeline, histogram, lowest and highest frames.

    Parameters
    ----------
    recording
        A recording.
    video
        Its video, for the example frames: a path, or what `open_video` gives. None
        leaves the examples out.
    path
        The picture to write; the suffix says the format (png, pdf, svg).
    rater
        Label of the rater, where there are several.
    min_units
        Form totals from this many scored units where the scale asks for more.
    several_faces
        Form totals also in frames in which the rater counted several faces.

    Raises
    ------
    ExportError
        There is no rater, not this one, or several and none was named.
    RecordingError
        The video is not that of the recording.
    """
    from matplotlib.figure import Figure

    done = one_pass(recording, rater, min_units=min_units, several_faces=several_faces)
    page = Figure(figsize=(12, 6 if video is None else 11.5), layout="constrained")
    page.suptitle(_title(done), fontsize=11, wrap=True)
    ratios = [1.0] if video is None else [1.0, 0.95]
    parts = page.subfigures(len(ratios), 1, squeeze=False, height_ratios=ratios)[:, 0]
    _plots(parts[0], done)
    if video is not None:
        with matching_video(recording, video) as opened:
            show_examples(parts[1], opened, done)
    with written_whole(path) as aside:
        page.savefig(aside, dpi=130)


def _title(done: RaterPass) -> str:
    # Dollar signs in a file name would be read as mathematics.
    source = str(done.data.attrs.get("source", "recording")).replace("$", r"\$")
    return f"{source}\n{done.made_by}"


def _plots(part: SubFigure, done: RaterPass) -> None:
    axes = part.subplot_mosaic(
        [["total", "histogram"], ["units", "words"]], width_ratios=[3, 1]
    )
    times, clock = _clock(done)
    _timeline(axes["total"], times, done)
    _units(axes["units"], times, done)
    axes["units"].set_xlabel(clock)
    axes["total"].sharex(axes["units"])
    axes["total"].tick_params(labelbottom=False)
    _histogram(axes["histogram"], done)
    axes["words"].set_axis_off()
    axes["words"].text(0, 1, _summary(done), va="top", linespacing=1.6)


def _clock(done: RaterPass) -> tuple[NDArray[np.float64], str]:
    """Places of the frames along the axis, and its name; pictures have no times."""
    times = done.times
    if not np.isfinite(times).all():
        return done.frames.astype(float), "frame"
    if times.size and times[-1] > 300:
        return times / 60, "time (min)"
    return times, "time (s)"


def _timeline(axes: Axes, times: NDArray[np.float64], done: RaterPass) -> None:
    for band in done.scale.bands:
        axes.axhline(band.low, color="0.85", linewidth=0.8, zorder=0)
        axes.text(
            1,
            band.low,
            band.name,
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="bottom",
            fontsize=8,
            color="0.5",
        )
    if len(times) > _DENSE:
        axes.plot(times, done.total, ",", color=_SHADES[1])
        times, total = _in_bins(times, done.total)
        axes.plot(times, total, color=_SHADES[2], label=f"mean in {_BINS} bins of time")
        axes.legend(loc=(0.74, 1.01), frameon=False, fontsize=8)
    else:
        shown = _with_gaps(times, done.total)
        axes.plot(*shown, ".-", color=_SHADES[2], linewidth=0.8, markersize=4)
    axes.set(ylim=(-0.04 * done.scale.max_total, 1.08 * done.scale.max_total))
    axes.set_ylabel(_total_name(done))
    if not np.isfinite(done.total).any():
        axes.text(
            0.5,
            0.5,
            "no frame has a total: too few units were scored, or several faces seen",
            transform=axes.transAxes,
            ha="center",
        )


def _in_bins(
    times: NDArray[np.float64], values: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
    """Mean of the values that are there in each of equally long parts."""
    edges = np.linspace(times[0], times[-1], _BINS + 1)
    part = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, _BINS - 1)
    count, added = np.zeros((2, _BINS, *values.shape[1:]))
    np.add.at(count, part, np.isfinite(values))
    np.add.at(added, part, np.nan_to_num(values))
    mean = np.full_like(added, np.nan)
    np.divide(added, count, out=mean, where=count > 0)
    return (edges[1:] + edges[:-1]) / 2, mean


def _units(axes: Axes, times: NDArray[np.float64], done: RaterPass) -> None:
    """Show each unit as a strip, dark where its score is high."""
    from matplotlib.colors import LinearSegmentedColormap

    units = in_painface_order(done.scale.unit_names)
    axes.patch.set(**_NOT_SCORED)
    if times.size:
        shades = LinearSegmentedColormap.from_list("levels", _SHADES)
        score = done.data["score"].sel(unit=units).values
        dense = len(times) > _DENSE
        shown, strips = (_in_bins if dense else _with_gaps)(times, score)
        rows = np.arange(len(units) + 1)
        axes.pcolormesh(_edges(shown), rows, strips.T, cmap=shades, vmin=0, vmax=2)
    axes.set_yticks(
        np.arange(len(units)) + 0.5, [UNIT_NAMES.get(u, u.title()) for u in units]
    )
    axes.hlines(np.arange(1, len(units)), *axes.get_xlim(), color="white", linewidth=3)
    axes.invert_yaxis()
    _level_legend(axes)


def _with_gaps(
    times: NDArray[np.float64], values: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
    """Set blank values where frames lie far apart, so that nothing spans the gap."""
    apart = np.diff(times)
    if not apart.size:
        return times, values
    usual = np.median(apart)
    before = np.flatnonzero(apart > 3 * usual)
    where = np.repeat(before + 1, 2)
    blanks = np.column_stack([times[before] + usual, times[before + 1] - usual])
    return (
        np.insert(times, where, blanks.ravel()),
        np.insert(values.astype(float), where, np.nan, axis=0),
    )


def _edges(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where a strip changes: midway between two frames."""
    if times.size == 1:
        return np.array([times[0] - 0.5, times[0] + 0.5])
    middle = (times[1:] + times[:-1]) / 2
    first, last = 2 * times[0] - middle[0], 2 * times[-1] - middle[-1]
    return np.concatenate([[first], middle, [last]])


def _level_legend(axes: Axes) -> None:
    from matplotlib.patches import Patch

    levels = [Patch(facecolor=shade, edgecolor="0.7") for shade in _SHADES]
    axes.legend(
        [*levels, Patch(**_NOT_SCORED)],
        ["0", "1", "2", "not scored"],
        ncols=4,
        loc=(0.62, 1.01),
        frameon=False,
        fontsize=8,
        handlelength=1,
    )


def _total_name(done: RaterPass) -> str:
    return "grimace score (rescaled)" if done.rescaled else "grimace score"


def total_bins(scale: Scale) -> NDArray[np.float64]:
    """Edges of a histogram's bins, midway between the totals that a scale can form."""
    step = 1 if scale.total == "sum" else 1 / len(scale.units)
    if scale.sides == "mean":  # of two sides, so that a unit can score a half
        step /= 2
    return np.arange(-step / 2, scale.max_total + step, step)


def _histogram(axes: Axes, done: RaterPass) -> None:
    from matplotlib.ticker import MaxNLocator

    values = done.total[np.isfinite(done.total)]
    bins = total_bins(done.scale).tolist()
    axes.hist(values, bins=bins, color=_SHADES[1], edgecolor="white")
    axes.set(xlabel=_total_name(done), ylabel="frames")
    if not len(values):
        axes.set_ylim(0, 1)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))


def _summary(done: RaterPass) -> str:
    frames, scored = len(done.frames), int(np.isfinite(done.total).sum())
    lines = [f"{frames} frames analysed", f"{scored} with a total"]
    if frames:
        lines[1] += f" ({scored / frames:.0%})"
    if scored:
        mean = np.nanmean(done.total)
        lines.append(f"mean {mean:.2f}, highest {np.nanmax(done.total):g}")
        lines.append(f"(of at most {done.scale.max_total:g})")
    if done.left_out.any():
        lines += [f"{done.left_out.sum()} left out:", "several faces in the frame"]
    return "\n".join(lines)
