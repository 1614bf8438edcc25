"""One rater's pass over the frames of a recording, and what its scores come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ExportError
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.derive import grimace_score, units_scored
from napari_grimace.recording.schema import NOT_RATED

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.rater import Rater
    from napari_grimace.scales.scale import Scale


@dataclass(frozen=True, eq=False)
class RaterPass:
    """What one rater did in a recording.

    Attributes
    ----------
    rater
        The rater, with the scale that was followed.
    data
        The recording's variables for this rater, without the dimension ``rater``,
        on the frames that the rater worked on; in memory.
    total
        Grimace score (frame,), NaN where too few units were scored, and where
        `left_out` says so.
    left_out
        Frames (frame,) that would have a total, but show several faces.
    rescaled
        Whether `total` was formed from fewer units than the scale asks for.
    units_scored
        Number of units scored (frame,).
    """

    rater: Rater
    data: xr.Dataset
    total: NDArray[np.floating]
    left_out: NDArray[np.bool_]
    rescaled: bool
    units_scored: NDArray[np.integer]

    @property
    def scale(self) -> Scale:
        """The scale that was followed."""
        scale: Scale = self.rater.scale
        return scale

    @property
    def frames(self) -> NDArray[np.int64]:
        """Frame numbers."""
        return np.asarray(self.data["frame"].values)

    @property
    def times(self) -> NDArray[np.float64]:
        """Presentation times in seconds."""
        return np.asarray(self.data["time"].values)

    @property
    def names(self) -> list[str] | None:
        """File name of each frame where pictures were scored; None for a video."""
        if "name" not in self.data.coords:
            return None
        return [str(name) for name in self.data["name"].values]

    @property
    def made_by(self) -> str:
        """What the scores come from, in one line for titles and notes."""
        rater = self.rater
        if rater.kind != "model":
            return f"scale {rater.scale.name}, scored by {rater.name} ({rater.kind})"
        return (
            f"scale {rater.scale.name}, scored by {rater.build}, "
            f"trained on {rater.trained_on or 'data not known here'}"
        )


def chosen_raters(recording: xr.Dataset, label: str | None = None) -> list[Rater]:
    """All raters of a recording, or the one asked for.

    Raises
    ------
    ExportError
        There is no rater, or not this one.
    """
    raters = raters_of(recording)
    if not raters:
        raise ExportError(
            "This recording holds no scores yet: score its video or rate frames first."
        )
    if label is None:
        return raters
    chosen = [rater for rater in raters if rater.label == label]
    if not chosen:
        raise ExportError(
            f"This recording has no rater {label!r}; it has {_listed(raters)}."
        )
    return chosen


def one_pass(
    recording: xr.Dataset,
    rater: str | None = None,
    *,
    min_units: int | None = None,
    several_faces: bool = False,
) -> RaterPass:
    """Take the pass of one rater out of a recording.

    Parameters
    ----------
    recording
        A recording.
    rater
        Label of the rater; may be left out where there is only one.
    min_units
        Form totals from this many scored units where the scale asks for more.
    several_faces
        Form totals also in frames in which the rater counted several faces.

    Raises
    ------
    ExportError
        The label is unknown, or none was given and there are several.
    """
    raters = chosen_raters(recording, rater)
    if len(raters) > 1:
        raise ExportError(
            f"This recording has {len(raters)} raters: {_listed(raters)}. Name the one "
            "to write (rater=, on the command line --rater)."
        )
    index = recording.indexes["rater"].get_loc(raters[0].label)
    data = recording.isel(rater=[index]).load()
    data = data.isel(frame=np.flatnonzero(_worked_on(data)))
    total = grimace_score(data, min_units=min_units, several_faces=several_faces)
    every = grimace_score(data, min_units=min_units, several_faces=True)
    return RaterPass(
        rater=raters[0],
        data=data.isel(rater=0),
        total=total.values[0],
        left_out=(total.isnull() & every.notnull()).values[0],
        rescaled=bool(total.attrs["rescaled"]),
        units_scored=units_scored(data).values[0],
    )


def _worked_on(data: xr.Dataset) -> NDArray[np.bool_]:
    """Frames with anything by this rater; the others are those of other raters."""
    worked = (data["state"].values[0] != NOT_RATED).any(axis=-1)
    worked |= np.isfinite(data["box"].values[0]).any(axis=(-2, -1))
    for mark in ("flag", "confirmed"):
        worked |= data[mark].values[0]
    return np.asarray(worked)


def _listed(raters: list[Rater]) -> str:
    return ", ".join(repr(rater.label) for rater in raters)
