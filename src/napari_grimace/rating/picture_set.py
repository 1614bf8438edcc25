"""A picture set: pictures of one size in random or taught order, and their ratings.

A folder ``NAME.blind`` or ``NAME.reference``::

    set.json            what the set is, with its scale and a hash of its pictures
    pictures/0001.png   the pictures; `open_video` opens them as an image folder
    ratings.grimace     a recording of that image folder, with the raters' journals

Picture number n (from 1) is frame n - 1 of the recording.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image

from napari_grimace.errors import GrimaceError, RecordingError
from napari_grimace.files import written_whole
from napari_grimace.rating.face_crop import crop_to_face as crop_to_face
from napari_grimace.recording.disk import disk_errors
from napari_grimace.recording.rater import is_line
from napari_grimace.recording.schema import plain
from napari_grimace.recording.store import RecordingStore
from napari_grimace.scales import Scale
from napari_grimace.video import open_source
from napari_grimace.video.images import image_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

Kind = Literal["blind", "reference"]
KINDS: tuple[Kind, ...] = ("blind", "reference")
"""Kinds of picture sets; a set's folder is called ``NAME.KIND``."""

VERSION = 1


@dataclass(frozen=True, slots=True)
class PictureSet:
    """A folder of pictures to be rated.

    Attributes
    ----------
    path
        The set's folder.
    kind
        ``"blind"`` or ``"reference"``.
    title
        What the set is called, on one line.
    scale
        The scale to be followed.
    count
        Number of pictures.
    size
        Height and width of the pictures in px.
    hash
        SHA-256 over the bytes of the pictures' files, in order.
    made
        When it was made, UTC, as ISO text.
    software
        What made it.
    facts
        What else is to be known of the set, as plain data.
    """

    path: Path
    kind: Kind
    title: str
    scale: Scale
    count: int
    size: tuple[int, int]
    hash: str
    made: str
    software: str
    facts: Mapping[str, Any]

    @property
    def pictures(self) -> Path:
        """Folder of the pictures; `open_video` opens it."""
        return self.path / "pictures"

    def picture(self, number: int) -> Path:
        """Give the file of a picture; pictures count from 1."""
        return self.pictures / picture_name(number)

    @property
    def store(self) -> RecordingStore:
        """The recording of the pictures, in which people rate them."""
        return RecordingStore.open(self.path / "ratings.grimace")


def picture_name(number: int) -> str:
    """Name the file of a picture; pictures count from 1."""
    return f"{number:04d}.png"


def write_picture_set(
    path: str | Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    kind: Kind,
    title: str,
    scale: Scale,
    facts: Mapping[str, Any] | None = None,
) -> PictureSet:
    """Write a picture set, whole or not at all.

    Parameters
    ----------
    path
        Its folder, ending in ``.blind`` or ``.reference`` as `kind` says.
    pictures
        (y, x, rgb) uint8 each, all of one size; taken one at a time. They are kept
        without loss, as PNG files that hold nothing but the pixels, all of one date.
    kind, title, scale, facts
        See `PictureSet`.

    Raises
    ------
    RecordingError
        If the folder is there already or misnamed, there are no pictures or they
        differ in size, or the disk refuses.
    """
    path = Path(path)
    check_place(path, kind, title)
    with disk_errors(path), written_whole(path) as aside:
        folder = aside / "pictures"
        folder.mkdir(parents=True)
        made = datetime.now(UTC).replace(microsecond=0)
        files, size = _write_pictures(folder, pictures, made.timestamp())
        told = {
            "kind": kind,
            "version": VERSION,
            "title": title,
            "scale": scale.to_dict(),
            "pictures": len(files),
            "size": list(size),
            "made": made.isoformat(),
            "hash": _hash(files),
            "software": _begin_ratings(aside),
            "facts": dict(facts or {}),
        }
        text = json.dumps(
            told, ensure_ascii=False, allow_nan=False, indent=2, default=plain
        )
        (aside / "set.json").write_text(text + "\n", encoding="utf-8")
    return open_picture_set(path)


def open_picture_set(path: str | Path, *, check: bool = False) -> PictureSet:
    """Open a picture set.

    Parameters
    ----------
    path
        Its folder.
    check
        Read all pictures and compare them with the set's hash; without, only their
        number and names are compared.

    Raises
    ------
    RecordingError
        If it is not a picture set, is damaged, or is of a newer version.
    """
    path = Path(path)
    told = _told(path)
    try:
        if int(told["version"]) > VERSION:
            raise RecordingError(f"{path}: is of a newer version. Update this program.")
        height, width = map(int, told["size"])
        opened = PictureSet(
            path,
            kind=_kind(told["kind"]),
            scale=Scale.from_dict(told["scale"], origin=str(path / "set.json")),
            count=int(told["pictures"]),
            size=(height, width),
            facts=dict(told["facts"]),
            **{key: str(told[key]) for key in ("title", "hash", "made", "software")},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, repr(error)) from error
    _check_pictures(opened, check=check)
    return opened


def check_place(path: Path, kind: Kind, title: str) -> None:
    """Raise `RecordingError` where a set cannot be made there, or be called so."""
    if path.suffix != f".{_kind(kind)}":
        raise RecordingError(f"{path}: name the set's folder NAME.{kind}.")
    if path.exists():
        raise RecordingError(
            f"{path}: is there already, and may hold ratings. Choose another name."
        )
    if not is_line(title) or not title:
        raise RecordingError(f"The set's title {title!r} must be a line of text.")


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        known = " or ".join(KINDS)
        raise RecordingError(f"A picture set is of kind {known}, not {kind!r}.")
    return kind


def _write_pictures(
    folder: Path, pictures: Iterable[NDArray[np.uint8]], date: float
) -> tuple[list[Path], tuple[int, int]]:
    files: list[Path] = []
    size: tuple[int, int] | None = None
    for number, picture in enumerate(pictures, start=1):
        values = np.asarray(picture)
        if values.dtype != np.uint8 or values.ndim != 3 or values.shape[-1] != 3:
            raise RecordingError(
                f"Picture {number} is {values.dtype} {values.shape}, not uint8 "
                "(y, x, rgb)."
            )
        size = size or values.shape[:2]
        if values.shape[:2] != size:
            raise RecordingError(
                f"Picture {number} has {values.shape[:2]} pixels, the first {size}: "
                "the pictures of a set have one size."
            )
        file = folder / picture_name(number)
        Image.fromarray(values).save(file, "PNG")
        # Files of one date do not tell which was made when.
        os.utime(file, (date, date))
        files.append(file)
    if size is None:
        raise RecordingError("There are no pictures to make a set of.")
    return files, size


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _begin_ratings(folder: Path) -> str:
    """Make the recording in which the pictures are rated, and tell the software."""
    source = open_source(folder / "pictures")
    try:
        # The set goes to other machines: its pictures are found beside the recording.
        attrs = {k: v for k, v in source.attrs.items() if k != "source_path"}
    finally:
        source.close()
    return str(
        RecordingStore.create(folder / "ratings.grimace", attrs).attrs["software"]
    )


def _told(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((path / "set.json").read_text("utf-8")))
    except FileNotFoundError:
        raise RecordingError(
            f"{path}: this is not a picture set (it has no set.json). Give the path of "
            "a folder NAME.blind or NAME.reference."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise _damaged(path, str(error)) from error


def _check_pictures(opened: PictureSet, *, check: bool) -> None:
    wanted = [picture_name(number) for number in range(1, opened.count + 1)]
    folder = opened.pictures
    there = {file.name for file in image_files(folder)} if folder.is_dir() else set()
    missing, surplus = [n for n in wanted if n not in there], there.difference(wanted)
    if missing or surplus:
        problem = f"{missing[0]} is missing" if missing else f"{min(surplus)} is new"
        raise RecordingError(
            f"{opened.pictures}: does not hold the set's {opened.count} pictures "
            f"({problem}). Copy the whole set again; ratings stay in ratings.grimace."
        )
    if check and _hash(map(opened.picture, range(1, opened.count + 1))) != opened.hash:
        raise RecordingError(
            f"{opened.pictures}: the pictures are not those that the set was made "
            "with. Copy them again from the set's maker; ratings stay as they are."
        )


def _damaged(path: Path, problem: str) -> GrimaceError:
    return RecordingError(
        f"{path / 'set.json'}: cannot be read ({problem}). Copy it again from the "
        "set's maker; ratings stay in ratings.grimace."
    )
