"""The key of a blind set: which picture shows which frame of which recording."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import RecordingError
from napari_grimace.files import written_whole
from napari_grimace.recording.disk import disk_errors
from napari_grimace.recording.store import SUFFIX, RecordingStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = 1
_KIND = "key of a blind set"


@dataclass(frozen=True, slots=True)
class KeyedRecording:
    """A recording that a blind set was made from.

    Attributes
    ----------
    path, relative
        Its place, absolute and from the key's folder (empty on another drive).
    source, identity, roi
        Its video and region, as the recording's attributes tell them.
    frame_size
        Height and width of the video's frames in px.
    frames
        Number of frames that were taken.
    empty
        Time bins, in s, from which fewer frames were taken than asked for, for none
        more were fit: (from, to, number taken).
    """

    path: str
    relative: str
    source: str
    identity: str
    roi: str
    frame_size: tuple[int, int]
    frames: int
    empty: tuple[tuple[float, float, int], ...] = ()

    @property
    def name(self) -> str:
        """The recording's folder, without what it lies in."""
        return Path(self.path.replace("\\", "/")).name


@dataclass(frozen=True, slots=True)
class KeyedPicture:
    """What a picture of a blind set shows.

    Attributes
    ----------
    picture
        Its number, from 1.
    recording
        Index of the recording among those of the key.
    frame, seconds
        Number and presentation time (s; None where unknown) of the frame.
    crop
        y_min, x_min, y_max, x_max of the picture in px of the full frame; it may reach
        beyond the frame.
    showing
        1, or 2 where the frame was shown before, as an earlier picture.
    """

    picture: int
    recording: int
    frame: int
    seconds: float | None
    crop: tuple[float, float, float, float]
    showing: int


@dataclass(frozen=True, slots=True)
class BlindKey:
    """The key of a blind set.

    Attributes
    ----------
    title, hash
        Of the set.
    size
        Side of its pictures in px.
    recordings
        What the set was made from, in the order given.
    pictures
        What each picture shows, in order.
    facts
        How frames were chosen.
    """

    title: str
    hash: str
    size: int
    recordings: tuple[KeyedRecording, ...]
    pictures: tuple[KeyedPicture, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def key_path(blind: str | Path) -> Path:
    """Place of a blind set's key where no other is chosen: beside the set."""
    blind = Path(blind)
    return blind.with_name(f"{blind.stem}.blindkey.json")


def relative_to_key(recording: Path, key: Path) -> str:
    """Tell a recording's place from the key's folder; empty on another drive."""
    try:
        told = os.path.relpath(recording.resolve(), key.resolve().parent)
    except ValueError:
        return ""
    return Path(told).as_posix()


def write_key(key: BlindKey, path: str | Path) -> None:
    """Write a key as readable JSON.

    Raises
    ------
    RecordingError
        If the disk refuses.
    """
    path = Path(path)
    told = {"kind": _KIND, "version": VERSION, **asdict(key)}
    # Beside the index, the name, so that people can read it.
    for picture in told["pictures"]:
        picture["recording_name"] = key.recordings[picture["recording"]].name
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, indent=2)
    with disk_errors(path), written_whole(path) as aside:
        aside.write_text(text + "\n", encoding="utf-8")


def read_key(path: str | Path) -> BlindKey:
    """Read the key of a blind set.

    Raises
    ------
    RecordingError
        If it is not a key, cannot be read, is damaged, or is of a newer version.
    """
    path = Path(path)
    try:
        told = dict(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise RecordingError(
            f"{path}: the key cannot be read ({error.strerror}). Say where it is: "
            "without it nobody can tell what the pictures show."
        ) from error
    except (ValueError, TypeError) as error:
        raise RecordingError(f"{path}: is no key of a blind set ({error}).") from error
    if told.get("kind") != _KIND or not isinstance(told.get("version"), int):
        raise RecordingError(
            f"{path}: is no key of a blind set. Give the file NAME.blindkey.json that "
            "was written with the set."
        )
    if told["version"] > VERSION:
        raise RecordingError(f"{path}: is of a newer version. Update this program.")
    try:
        return _key(told)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise RecordingError(
            f"{path}: is damaged ({error!r}). Put it back from a copy."
        ) from error


def find_recording(
    told: KeyedRecording, key: Path, others: Iterable[str | Path] = ()
) -> Path:
    """Find a recording of a key, also where it was moved.

    Parameters
    ----------
    told
        What the key tells of it.
    key
        The key's place.
    others
        Recordings, or folders of them, that are looked at first.

    Returns
    -------
    Path
        A recording of the same video and region. Looked at are `others`, then where
        it was, absolute and from the key, then beside the key.

    Raises
    ------
    RecordingError
        If there is none.
    """
    places = []
    for other in map(Path, others):
        places += [other] if other.suffix == SUFFIX else [other / told.name]
    places.append(Path(told.path))
    if told.relative:
        places.append(key.parent / told.relative)
    places.append(key.parent / told.name)
    there = [place for place in places if (place / "recording.zarr").is_dir()]
    for place in there:
        attrs = RecordingStore.open(place).attrs
        asked = (told.identity, told.roi)
        if asked == (str(attrs.get("identity", "")), str(attrs.get("roi", ""))):
            return place
    found = f" ({there[-1]} is of another video or region)" if there else ""
    raise RecordingError(
        f"The recording {told.name} of {told.source!r}, which the blind set was made "
        f"from, is not at {told.path} nor beside the key{found}. Say where it is."
    )


def _key(told: Mapping[str, Any]) -> BlindKey:
    recordings = tuple(
        KeyedRecording(
            **{
                **each,
                "frame_size": tuple(each["frame_size"]),
                "empty": tuple(
                    (float(a), float(b), int(n)) for a, b, n in each["empty"]
                ),
            }
        )
        for each in told["recordings"]
    )
    pictures = []
    for each in told["pictures"]:
        values = {k: v for k, v in each.items() if k != "recording_name"}
        y_min, x_min, y_max, x_max = map(float, values["crop"])
        values["crop"] = (y_min, x_min, y_max, x_max)
        pictures.append(KeyedPicture(**values))
        _ = recordings[pictures[-1].recording]
    facts = {key: told[key] for key in ("title", "hash", "size", "facts")}
    return BlindKey(**facts, recordings=recordings, pictures=tuple(pictures))
