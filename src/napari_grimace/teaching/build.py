"""Reference sets are built from recordings that experts have rated."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.exchange.frames import find_video, matching_video
from napari_grimace.rating.picture_set import crop_to_face, write_picture_set
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.derive import box_in_force
from napari_grimace.recording.files import open_recording
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.record import Change
from napari_grimace.recording.schema import NOT_RATED, STATES
from napari_grimace.teaching.consensus import ConsensusRule
from napari_grimace.teaching.reference import (
    ReferenceSet,
    first_passes,
    open_reference,
)
from napari_grimace.video import iter_frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.scales import Scale


@dataclass(frozen=True)
class Source:
    """A recording that pictures are taken from.

    Attributes
    ----------
    recording
        Its folder ``NAME.grimace``.
    frames
        Frames to take; all that an expert rated, if not given.
    video
        The video, if it is neither where it was scored nor beside the recording.
    model
        Label of the model whose face boxes are taken, where there are several and no
        person drew one.
    """

    recording: Path
    frames: Sequence[int] | None = None
    video: Path | None = None
    model: str | None = None


@dataclass(frozen=True, eq=False)
class _Picture:
    """A frame that becomes a picture: where it is from, and what experts gave."""

    source: Source
    frame: int
    time: float
    box: tuple[float, ...]
    scores: Mapping[str, dict[str, float | str]]

    def told(self) -> dict[str, Any]:
        return {
            "recording": self.source.recording.name,
            "frame": self.frame,
            "time": None if np.isnan(self.time) else self.time,
            "box": list(self.box),
        }


def build_reference(
    path: str | Path,
    sources: Sequence[Source | Path | str],
    *,
    title: str,
    experts: Sequence[str] | None = None,
    rule: ConsensusRule | None = None,
    count: int | None = None,
    seed: int = 0,
    margin: float = 0.25,
    size: int = 512,
    facts: Mapping[str, Any] | None = None,
) -> ReferenceSet:
    """Build a reference set from recordings that experts have rated.

    The frames are cut to the face, and the experts' scores are copied in. Each expert
    counts with the first pass over a recording.

    Parameters
    ----------
    path
        Folder of the set, ending in ``.reference``.
    sources
        Recordings, or `Source`.
    title
        What the set is called.
    experts
        Names of the people who count as experts; all people who rated, if not given.
    rule
        How the consensus is formed.
    count
        Take so many pictures at random; all if not given.
    seed
        Of this choice.
    margin, size
        Of the pictures; see `crop_to_face`.
    facts
        Further facts of the set, such as `pass_rule`; see `pass_rule.rule_of`.

    Returns
    -------
    ReferenceSet
        Where its `to_decide` says so, somebody must decide (`adjudicate`) before a
        picture serves for a unit.

    Raises
    ------
    RecordingError
        If no expert rated anything, experts followed different scales, a frame that
        was asked for has no face box or no expert's score, a video is not found or
        another, or the set cannot be written.

    Warns
    -----
    GrimaceWarning
        If frames were left out for want of a face box.
    """
    given = [s if isinstance(s, Source) else Source(Path(s)) for s in sources]
    scale, found = _collect(given, experts)
    kept = np.random.default_rng(seed).permutation(len(found))[:count]
    chosen = [found[i] for i in sorted(kept)]
    told = {
        **(facts or {}),
        "origin": "frames of recordings",
        "consensus": (rule or ConsensusRule()).to_dict(),
        "sources": [picture.told() for picture in chosen],
    }
    made = write_picture_set(
        path,
        _cut(chosen, margin, size),
        kind="reference",
        title=title,
        scale=scale,
        facts=told,
    )
    names = dict.fromkeys(name for picture in chosen for name in picture.scores)
    for name in names:
        expert = Rater(name, name, "person", scale=scale, sampling="reference set")
        with made.store.journal(expert) as journal:
            journal.commit_all(_commits(chosen, name))
    return open_reference(made.path)


def _collect(
    sources: Sequence[Source], experts: Sequence[str] | None
) -> tuple[Scale, list[_Picture]]:
    scales: dict[str, Scale] = {}
    found: list[_Picture] = []
    for source in sources:
        recording = open_recording(source.recording).load()
        raters = [
            rater
            for rater in first_passes(raters_of(recording))
            if experts is None or rater.name in experts
        ]
        scales |= {f"{r.name} in {source.recording.name}": r.scale for r in raters}
        found += _pictures(source, recording, raters)
    if not found:
        who = "nobody" if experts is None else f"none of {', '.join(experts)}"
        raise RecordingError(
            f"In these recordings {who} rated a frame with a face box: have experts "
            "rate them first, or name the people who did."
        )
    scale = next(iter(scales.values()))
    for whose, other in scales.items():
        if other != scale:
            raise RecordingError(
                f"{whose} followed scale {other.name!r}, others {scale.name!r}: build "
                "one set for each scale."
            )
    return scale, found


def _pictures(
    source: Source, recording: xr.Dataset, raters: Sequence[Rater]
) -> list[_Picture]:
    if not raters:
        return []
    scores = _scores(recording, raters)
    rated = sorted({frame for told in scores.values() for frame in told})
    wanted = rated if source.frames is None else sorted(set(source.frames))
    boxes = box_in_force(recording, source.model).sel(region="face")
    found, missing = [], []
    for frame in wanted:
        if frame not in rated:
            raise RecordingError(
                f"{source.recording}: no expert rated frame {frame}. Leave it out, or "
                "have it rated first."
            )
        row = boxes.sel(frame=frame)
        if np.isfinite(row).all():
            own = {n: told[frame] for n, told in scores.items() if frame in told}
            edges = tuple(row.values.astype(float).tolist())
            found.append(_Picture(source, frame, float(row["time"]), edges, own))
        else:
            missing.append(frame)
    _tell_missing(source, missing)
    return found


def _tell_missing(source: Source, frames: Sequence[int]) -> None:
    if not frames:
        return
    listed = ", ".join(map(str, frames[:10])) + (", ..." if len(frames) > 10 else "")
    problem = f"{source.recording}: no face box in frames {listed}"
    if source.frames is not None:
        raise RecordingError(f"{problem}. Draw it, or leave these frames out.")
    message = f"{problem}: they are left out. Draw the boxes to have them in."
    warnings.warn(message, GrimaceWarning, stacklevel=5)


def _scores(
    recording: xr.Dataset, raters: Sequence[Rater]
) -> dict[str, dict[int, dict[str, float | str]]]:
    """For each expert and frame that was rated, the scores as journals tell them."""
    found: dict[str, dict[int, dict[str, float | str]]] = {}
    for rater in raters:
        units = list(rater.scale.unit_names)
        own = recording.sel(rater=rater.label, unit=units)
        states, scores = own["state"].values, own["score"].values
        told = found.setdefault(rater.name, {})
        for row, unit in np.argwhere(states != NOT_RATED):
            frame, state = int(own["frame"].values[row]), int(states[row, unit])
            score = float(scores[row, unit])
            value = score if np.isfinite(score) else STATES[state]
            told.setdefault(frame, {})[units[unit]] = value
    return found


def _cut(
    pictures: Sequence[_Picture], margin: float, size: int
) -> Iterator[NDArray[np.uint8]]:
    """Cut the faces out, one at a time; each video is read once, forwards."""
    for source, group in groupby(pictures, key=lambda picture: picture.source):
        own = list(group)
        recording = open_recording(source.recording)
        video = source.video or find_video(recording, source.recording)
        with matching_video(recording, video) as opened:
            decoded = iter_frames(opened, [picture.frame for picture in own])
            for picture in own:
                frame, image = next(decoded, (-1, None))
                if image is None or frame != picture.frame:
                    raise RecordingError(
                        f"{source.recording}: frame {picture.frame} of its video "
                        "cannot be decoded. Leave it out."
                    )
                yield crop_to_face(image, picture.box, margin, size)


def _commits(
    pictures: Sequence[_Picture], name: str
) -> Iterator[tuple[int, list[Change], dict[str, Any]]]:
    for number, picture in enumerate(pictures):
        given = picture.scores.get(name)
        if given:
            where = f"{picture.source.recording.name}, frame {picture.frame}"
            changes = [Change("score", unit, None, v) for unit, v in given.items()]
            yield number, changes, {"seconds": float(number), "reason": where}
