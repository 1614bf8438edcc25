"""A quick look at a video, to see whether a long run is worth it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.progress import in_one_go
from napari_grimace.recording.derive import grimace_score

from .pipeline import iter_score_video
from .sampling import opened

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.progress import Progress
    from napari_grimace.scales.scale import Scale
    from napari_grimace.video.source import FrameSource

RATE = 0.001  # frames/s
LEAST = 20  # frames: a share is then known to about 0.2 either way


@dataclass(frozen=True, slots=True)
class QuickLook:
    """What a few frames promise of a video.

    Attributes
    ----------
    frames
        Frames looked at.
    face_share
        Share of them with a face, 0 to 1.
    scored_share
        Share of them with a total: the units that the scale needs (four of
        `mgs-black`), in one face.
    scored_range
        95 % confidence limits of `scored_share` (Wilson, J Am Stat Assoc 1927, 22:209).
    several_faces_share
        Share of them with several faces.
    quality
        Median of each quality measure over the frames in which it could be taken.
    recording
        The frames' recording, in memory.
    """

    frames: int
    face_share: float
    scored_share: float
    scored_range: tuple[float, float]
    several_faces_share: float
    quality: dict[str, float]
    recording: xr.Dataset

    def __str__(self) -> str:
        low, high = self.scored_range
        return (
            f"{self.frames} frames: a face in {self.face_share:.0%}, a total in "
            f"{self.scored_share:.0%} ({low:.0%} to {high:.0%} of the whole video's "
            f"frames, at 95 % confidence), several faces in "
            f"{self.several_faces_share:.0%}; median "
            + ", ".join(f"{name} {value:.3g}" for name, value in self.quality.items())
        )


def iter_quick_look(
    video: str | Path | FrameSource | xr.DataArray,
    scale: str | Path | Scale = "mgs-black",
    *,
    rate: float = RATE,
    least: int = LEAST,
    **options: Any,
) -> Generator[Progress, None, QuickLook]:
    """Look at a few frames of a video before a long run.

    Parameters
    ----------
    video, scale
        As in `iter_score_video`.
    rate
        Frames per second of video, spread evenly.
    least
        Frames to look at in a short video, where `rate` gives fewer; a handful says
        nothing. A video with still fewer frames is looked at whole.
    **options
        More of `iter_score_video`: `roi`, `detector`, `scorer`, `device`, `setting`,
        `batch`.

    Yields
    ------
    Progress
        After each batch. Closing the generator cancels.

    Returns
    -------
    QuickLook
        Shares of frames with a face, with a total, with several faces; quality.

    Raises
    ------
    VideoError, ScaleError, ModelError
        As `iter_score_video`.
    """
    with opened(video, options.pop("roi", None)) as footage:
        times = footage.times
        count = max(least, math.ceil(rate * float(times[-1] - times[0])))
        recording = yield from iter_score_video(
            footage.video, scale, count=min(count, len(times)), **options
        )
    return summary(recording)


quick_look = in_one_go(iter_quick_look, "quick_look")


def summary(recording: xr.Dataset) -> QuickLook:
    """Sum up a recording of one model."""
    one = recording.isel(rater=0)
    face = np.isfinite(one["box"].sel(region="face", edge="y_min").values)
    scored = np.isfinite(grimace_score(recording).isel(rater=0).values)
    return QuickLook(
        frames=len(face),
        face_share=float(face.mean()),
        scored_share=float(scored.mean()),
        scored_range=wilson(int(scored.sum()), len(scored)),
        several_faces_share=float((one["face_count"].values > 1).mean()),
        quality={
            str(name): _median(one["quality"].sel(measure=name).values)
            for name in one["measure"].values
        },
        recording=recording,
    )


def _median(values: NDArray[np.floating]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else np.nan


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Confidence limits of a share, 95 % by default."""
    share, room = hits / total, z**2 / total
    middle = (share + room / 2) / (1 + room)
    half = z / (1 + room) * math.sqrt(share * (1 - share) / total + room / (4 * total))
    return max(middle - half, 0.0), min(middle + half, 1.0)
