"""Which frames of a recording are fit for blind rating, and which are taken."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.analysis.pick import facing_frames, pick_frames, the_model
from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import box_in_force, open_recording

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.scales import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpec:
    """How frames are chosen for a blind set, and how they are shown.

    Without `per_recording` and `per_bin`, one random frame in which the animal faces
    the camera is taken from each bin: the habit of manual scoring (a picture every
    three minutes: Langford et al. 2010, doi:10.1038/nmeth.1455). A bin without such a
    frame stays empty.

    Attributes
    ----------
    per_recording
        Number of frames from each recording, spread over its time.
    per_bin
        Number of frames from each time bin.
    bin_seconds
        Length of a time bin in s; bins begin at time 0 of the video.
    repeats
        Share of the pictures (0 to 1) that is shown twice, to tell how well a rater
        agrees with him- or herself.
    seed
        The same recordings, in the same order, and seed give the same set.
    margin, size
        Surround of the face as a share of its longer side, and side of the pictures
        in px; see `crop_to_face`.
    model
        Label of the model to go by, where recordings have several.
    units, sharpest, min_exposure, min_frontality
        What makes a frame fit; see `pick_frames` and `facing_frames`.
    scale
        Name or file of the scale on which the pictures are to be rated; the model's
        if left out.
    title
        What the set is called; its folder's name if left out. Raters read it.

    Raises
    ------
    RecordingError
        If a value is out of its range; names every one.
    """

    per_recording: int | None = None
    per_bin: int | None = None
    bin_seconds: float = 180.0
    repeats: float = 0.0
    seed: int = 0
    margin: float = 0.25
    size: int = 512
    model: str | None = None
    units: int | None = None
    sharpest: float = 0.5
    min_exposure: float = 0.5
    min_frontality: float = 0.5
    scale: str | None = None
    title: str = ""

    def __post_init__(self) -> None:
        faults = []
        if self.per_recording is not None and self.per_bin is not None:
            faults.append("frames are chosen per recording or per bin, not both")
        for name in ("per_recording", "per_bin", "size", "units"):
            value = getattr(self, name)
            if value is not None and value < 1:
                faults.append(f"{name} is {value}: give at least 1")
        for name in ("repeats", "sharpest", "min_exposure", "min_frontality"):
            if not 0 <= getattr(self, name) <= 1:
                faults.append(f"{name} is {getattr(self, name)}: give 0 to 1")
        if not self.bin_seconds > 0:
            faults.append(f"bin_seconds is {self.bin_seconds}: give more than 0")
        if not 0 <= self.margin <= 10:
            faults.append(f"margin is {self.margin}: give 0 to 10")
        if self.seed < 0:
            faults.append(f"seed is {self.seed}: give 0 or more")
        if faults:
            raise RecordingError(f"How to choose frames: {'; '.join(faults)}.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The frames that were taken from one recording.

    Attributes
    ----------
    path, recording
        The recording's folder, and what it holds.
    scale
        The scale of the model that was gone by.
    frames
        Frame numbers, increasing.
    boxes
        (frame, edge): the face's box in force in each of them.
    times
        (frame): their presentation times in s.
    empty
        As in `KeyedRecording`.
    """

    path: Path
    recording: xr.Dataset
    scale: Scale
    frames: NDArray[np.int64]
    boxes: NDArray[np.float32]
    times: NDArray[np.float64]
    empty: tuple[tuple[float, float, int], ...]

    def box(self, frame: int) -> NDArray[np.float32]:
        """Give the face's box in a chosen frame."""
        return np.asarray(self.boxes[np.searchsorted(self.frames, frame)])

    def seconds(self, frame: int) -> float:
        """Give the time of a chosen frame in s; NaN where it is unknown."""
        return float(self.times[np.searchsorted(self.frames, frame)])


def choose(path: Path, spec: BlindSpec, index: int) -> Chosen:
    """Choose the frames of one recording.

    Parameters
    ----------
    path
        The recording's folder.
    spec
        How.
    index
        Which of the set's recordings it is: each has its own random numbers.

    Raises
    ------
    RecordingError
        If it has no fit frame, no model or several, or no times where bins are asked
        for.

    Warns
    -----
    GrimaceWarning
        If there are fewer fit frames than asked for, or bins without any.
    """
    recording = open_recording(path)
    model = the_model(recording, spec.model)
    face = box_in_force(recording, model.label).sel(region="face").values
    extent = (face[:, 2] > face[:, 0]) & (face[:, 3] > face[:, 1])
    seen = recording.isel(frame=np.flatnonzero(extent))
    frames, wanted = _picked(seen, path, spec, model.label, index)
    if not len(frames):
        raise RecordingError(
            f"{path}: no frame is fit for rating: of {recording.sizes['frame']} "
            "analysed frames none shows all units of one animal well enough. Analyse "
            "more frames, ask for fewer units, or leave this recording out."
        )
    rows = np.searchsorted(recording["frame"].values, frames)
    times = recording["time"].values[rows]
    empty = _empty(recording, times, wanted, spec.bin_seconds) if wanted else ()
    _tell(path, empty, spec.per_recording, len(frames))
    return Chosen(path, recording, model.scale, frames, face[rows], times, empty)


def _picked(
    seen: xr.Dataset, path: Path, spec: BlindSpec, model: str, index: int
) -> tuple[NDArray[np.int64], int]:
    """Give the frames that are taken, and how many were asked for in each bin."""
    times = seen["time"].values
    if spec.per_recording is None and not np.isfinite(times).all():
        raise RecordingError(
            f"{path}: these pictures have no times, so there are no time bins. Ask for "
            "a number of frames per recording."
        )
    seed = int(np.random.SeedSequence([spec.seed, index]).generate_state(1)[0])
    pick = partial(
        pick_frames,
        rater=model,
        units=spec.units,
        sharpest=spec.sharpest,
        min_exposure=spec.min_exposure,
        seed=seed,
    )
    with warnings.catch_warnings():
        # What is missing is told for the recording as a whole.
        warnings.simplefilter("ignore", GrimaceWarning)
        if spec.per_recording is not None:
            return pick(seen, spec.per_recording), 0
        if spec.per_bin is not None:
            bins = (times // spec.bin_seconds).astype(int)
            parts = [
                pick(seen.isel(frame=np.flatnonzero(bins == each)), spec.per_bin)
                for each in np.unique(bins)
            ]
            return np.concatenate([np.empty(0, np.int64), *parts]), spec.per_bin
    facing = facing_frames(
        seen,
        spec.bin_seconds,
        rater=model,
        units=spec.units,
        min_frontality=spec.min_frontality,
        seed=seed,
    )
    return facing, 1


def _empty(
    recording: xr.Dataset, times: NDArray[np.float64], wanted: int, length: float
) -> tuple[tuple[float, float, int], ...]:
    """Give the time bins of the whole video that have fewer frames than asked for."""
    attrs = recording.attrs
    last = float(recording["time"].values.max())
    number = int(last // length) + 1
    if "frame_count" in attrs and attrs.get("frame_rate"):
        lasts = float(attrs["frame_count"]) / float(attrs["frame_rate"])
        number = max(number, int(np.ceil(lasts / length - 1e-6)))
    taken = np.bincount((times // length).astype(int), minlength=number)
    return tuple(
        (each * length, (each + 1) * length, int(count))
        for each, count in enumerate(taken.tolist())
        if count < wanted
    )


def _tell(
    path: Path,
    empty: tuple[tuple[float, float, int], ...],
    asked: int | None,
    taken: int,
) -> None:
    said = ""
    if asked is not None and taken < asked:
        said = f"only {taken} of {asked} frames are fit for rating"
    elif empty:
        spans = ", ".join(f"{_clock(a)}-{_clock(b)} ({n})" for a, b, n in empty)
        said = f"these time bins have fewer fit frames than asked for: {spans}"
    if said:
        warnings.warn(f"{path.name}: {said}.", GrimaceWarning, stacklevel=4)


def _clock(seconds: float) -> str:
    minutes, left = divmod(seconds, 60)
    return f"{int(minutes)}:{left:04.1f}".removesuffix(".0")
