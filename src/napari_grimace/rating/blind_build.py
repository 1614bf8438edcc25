"""A blind set is made: frames of many recordings, cropped, shuffled, without names."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ExportError, RecordingError
from napari_grimace.exchange.frames import find_video, matching_video
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.rating import blind_key
from napari_grimace.rating.blind import BlindSet, open_blind_set
from napari_grimace.rating.blind_choice import BlindSpec, Chosen, choose
from napari_grimace.rating.blind_key import BlindKey, KeyedPicture, KeyedRecording
from napari_grimace.rating.blind_order import shuffled
from napari_grimace.rating.face_crop import crop_to_face, square_round
from napari_grimace.rating.picture_set import check_place, write_picture_set
from napari_grimace.recording.store import RecordingStore
from napari_grimace.scales import load_scale
from napari_grimace.video import iter_frames

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    from napari_grimace.scales import Scale


@dataclass(frozen=True, slots=True)
class _Shot:
    """A picture before it has a number: its content is kept on disk."""

    recording: int
    frame: int
    seconds: float
    crop: tuple[float, float, float, float]
    file: Path

    def read(self) -> NDArray[np.uint8]:
        return np.asarray(np.load(self.file))


def iter_build_blind_set(
    path: str | Path,
    recordings: Sequence[str | Path],
    spec: BlindSpec | None = None,
    key_path: str | Path | None = None,
) -> Generator[Progress, None, BlindSet]:
    """Make a blind set from recordings, and the key that tells what it shows.

    The pictures are cropped to the face (`box_in_force`), in random order over all
    recordings. The set holds no name, group, time or score; what can be read in the
    pictures themselves (a cage card, a clock drawn in by the camera) stays.

    Parameters
    ----------
    path
        The set's folder, ending in ``.blind``.
    recordings
        Recordings' folders (``.grimace``), with a model's boxes and image quality.
    spec
        How frames are chosen and shown; by default one random frame in which the
        animal faces the camera for every 3 minutes.
    key_path
        Where to write the key; by default beside the set (`blind_key.key_path`). It
        must not be in the set, which raters get.

    Yields
    ------
    Progress
        After each frame that was read. Closing the generator cancels; nothing is then
        left.

    Returns
    -------
    BlindSet
        The set. Its key (`read_key`) tells for each recording how many frames were
        taken, and which time bins were left empty.

    Raises
    ------
    RecordingError
        If a file is there already, a recording is given twice, follows another scale
        or has no fit frame at all, its video is not found, or the disk refuses; no
        file is then left.

    Warns
    -----
    GrimaceWarning
        If a recording, or a time bin, had fewer fit frames than asked for; which.
    """
    spec = spec or BlindSpec()
    path = Path(path)
    key_file = Path(key_path) if key_path else blind_key.key_path(path)
    places = [Path(place) for place in recordings]
    check_place(path, "blind", spec.title or path.stem)
    _check_places(path, key_file, places)
    chosen = [choose(place, spec, index) for index, place in enumerate(places)]
    scale = _one_scale(chosen, spec)
    with tempfile.TemporaryDirectory(prefix="grimace-blind-") as folder:
        shots, sizes = yield from _shots(chosen, spec, Path(folder))
        order = shuffled(len(shots), spec.repeats, spec.seed)
        write_picture_set(
            path,
            (shots[i].read() for i, _ in order),
            kind="blind",
            title=spec.title or path.stem,
            scale=scale,
        )
    try:
        made = open_blind_set(path)
        keyed = _keyed(chosen, sizes, shots, key_file)
        pictures = _numbered(shots, order)
        facts = asdict(spec) | {"scale": scale.name}
        key = BlindKey(made.title, made.hash, spec.size, keyed, pictures, facts)
        blind_key.write_key(key, key_file)
    except BaseException:
        shutil.rmtree(path)  # without its key, it is of no use
        raise
    return made


build_blind_set = in_one_go(iter_build_blind_set, "build_blind_set")


def _check_places(path: Path, key: Path, recordings: Sequence[Path]) -> None:
    if not recordings:
        raise RecordingError("Give at least one recording to make a blind set from.")
    if key.resolve().is_relative_to(path.resolve()):
        raise RecordingError(
            f"{key}: lies in the set, which raters get. Put the key elsewhere."
        )
    if key.exists():
        raise RecordingError(
            f"{key}: is there already, and may be another set's key. Choose another "
            "name."
        )
    for file in (path, key):
        if not file.resolve().parent.is_dir():
            raise RecordingError(f"{file.parent}: there is no such folder. Make it.")
    seen: dict[Path, Path] = {}
    for recording in recordings:
        if recording.resolve() in seen:
            raise RecordingError(f"{recording}: was given twice. Name each one once.")
        seen[recording.resolve()] = recording
        RecordingStore.open(recording)


def _one_scale(chosen: Sequence[Chosen], spec: BlindSpec) -> Scale:
    if spec.scale is not None:
        return load_scale(spec.scale)
    first = chosen[0]
    for other in chosen:
        if other.scale != first.scale:
            raise RecordingError(
                f"{first.path} was scored on {first.scale.name!r}, {other.path} on "
                f"{other.scale.name!r}. Say on which scale the pictures are to be "
                "rated, or make a set of each."
            )
    return first.scale


def _shots(
    chosen: Sequence[Chosen], spec: BlindSpec, folder: Path
) -> Generator[Progress, None, tuple[list[_Shot], list[tuple[int, int]]]]:
    """Cut the faces out of the chosen frames; also give the size of the frames."""
    shots: list[_Shot] = []
    sizes: list[tuple[int, int]] = []
    total = sum(len(each.frames) for each in chosen)
    for index, each in enumerate(chosen):
        size = (0, 0)
        with matching_video(each.recording, _video(each)) as video:
            for frame, picture in iter_frames(video, each.frames):
                box, seconds = each.box(frame), each.seconds(frame)
                file = folder / f"{len(shots)}.npy"
                np.save(file, crop_to_face(picture, box, spec.margin, spec.size))
                crop = square_round(box, spec.margin)
                shots.append(_Shot(index, frame, seconds, crop, file))
                size = (picture.shape[0], picture.shape[1])
                yield Progress(len(shots), total, "frames read", frame)
        sizes.append(size)
    return shots, sizes


def _video(chosen: Chosen) -> Path:
    try:
        return find_video(chosen.recording, chosen.path)
    except ExportError as error:
        name = chosen.recording.attrs.get("source", "no name kept")
        raise RecordingError(
            f"{chosen.path}: its video ({name}) is neither where it was scored nor "
            "beside the recording. Put it, or a link to it, beside the recording."
        ) from error


def _keyed(
    chosen: Sequence[Chosen],
    sizes: Sequence[tuple[int, int]],
    shots: Sequence[_Shot],
    key: Path,
) -> tuple[KeyedRecording, ...]:
    return tuple(
        KeyedRecording(
            path=str(each.path.resolve()),
            relative=blind_key.relative_to_key(each.path, key),
            source=str(each.recording.attrs.get("source", "")),
            identity=str(each.recording.attrs.get("identity", "")),
            roi=str(each.recording.attrs.get("roi", "")),
            frame_size=size,
            frames=sum(shot.recording == index for shot in shots),
            empty=each.empty,
        )
        for index, (each, size) in enumerate(zip(chosen, sizes, strict=True))
    )


def _numbered(
    shots: Sequence[_Shot], order: Sequence[tuple[int, int]]
) -> tuple[KeyedPicture, ...]:
    pictures = []
    for number, (index, showing) in enumerate(order, start=1):
        shot = shots[index]
        known = shot.seconds if np.isfinite(shot.seconds) else None
        pictures.append(
            KeyedPicture(number, shot.recording, shot.frame, known, shot.crop, showing)
        )
    return tuple(pictures)
