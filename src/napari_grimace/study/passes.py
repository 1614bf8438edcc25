"""One rater's scores in one recording, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.recording.access import raters_of
from napari_grimace.recording.schema import NOT_RATED, SCORED
from napari_grimace.scales.scoring import check_min_units, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.rater import Rater


@dataclass(frozen=True, eq=False, slots=True)
class Pass:
    """The frames that one rater rated in one recording.

    Attributes
    ----------
    rater
        The rater.
    frame, time
        (frame): numbers, and times in s from the video's start, NaN where unknown.
    score
        (frame, unit): in the order of the rater's scale, NaN where not scored.
    face_count
        (frame): faces that were found, NaN where nobody counted.
    """

    rater: Rater
    frame: NDArray[np.int64]
    time: NDArray[np.float64]
    score: NDArray[np.float32]
    face_count: NDArray[np.float32]

    @property
    def units_scored(self) -> NDArray[np.int64]:
        """Number of units scored (frame)."""
        count: NDArray[np.int64] = np.isfinite(self.score).sum(axis=1)
        return count

    def totals(
        self, min_units: int | None = None, several_faces: bool = False
    ) -> NDArray[np.float32]:
        """Totals (frame), as `napari_grimace.recording.grimace_score` forms them."""
        scale = self.rater.scale
        formed = total(self.score, scale, min_units=check_min_units(scale, min_units))
        if not several_faces:
            formed[self.face_count > 1] = np.nan
        return formed


def rated_pass(
    rater: Rater,
    frame: NDArray[np.int64],
    time: NDArray[np.float64],
    score: NDArray[np.float32],
    state: NDArray[np.int8],
    face_count: NDArray[np.float32],
) -> Pass:
    """Keep the frames that the rater rated, whether or not a unit was scored."""
    rated = (state != NOT_RATED).any(axis=1)
    score = np.where(state == SCORED, score, np.float32(np.nan))
    if rated.all():
        return Pass(rater, frame, time, score, face_count)
    return Pass(rater, frame[rated], time[rated], score[rated], face_count[rated])


def chosen(raters: Sequence[Rater], rater: str | None) -> list[tuple[int, Rater]]:
    """Choose among raters; see `passes_of`.

    Returns
    -------
    list of tuple
        Places among `raters`, and the raters under the labels that they are to have.
    """
    if rater is None or rater in [each.label for each in raters]:
        return [(i, r) for i, r in enumerate(raters) if rater in (None, r.label)]
    named = [
        (i, replace(r, label=r.name)) for i, r in enumerate(raters) if r.name == rater
    ]
    return named if len(named) == 1 else []


def passes_of(recording: xr.Dataset, rater: str | None = None) -> list[Pass]:
    """Take the passes of all raters, or of one, out of a recording.

    Parameters
    ----------
    recording
        A recording, or scores alone (`scores_dataset`).
    rater
        The one to take: a rater's label; or the name of one who is there once, such
        as a model's in whatever build, which is then the label of the pass.
    """
    frame, time = recording["frame"].values, recording["time"].values
    names = [n for n in ("score", "state", "face_count") if n in recording]
    passes = []
    for i, each in chosen(raters_of(recording), rater):
        one = recording[names].isel(rater=i).compute()
        units = list(each.scale.unit_names)
        uncounted = np.full(len(frame), np.nan, np.float32)
        faces = one["face_count"].values if "face_count" in one else uncounted
        score, state = (one[name].sel(unit=units).values for name in ("score", "state"))
        passes.append(rated_pass(each, frame, time, score, state, faces))
    return passes
