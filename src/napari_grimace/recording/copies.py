"""Copies of a recording's folder: a backup, and two that become one again."""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.files import written_whole
from napari_grimace.recording.access import check_same_video
from napari_grimace.recording.columns import Columns
from napari_grimace.recording.disk import disk_errors
from napari_grimace.recording.groups import open_group, stored_raters
from napari_grimace.recording.merge import merged_attrs
from napari_grimace.recording.rename import raters_in
from napari_grimace.recording.store import SUFFIX, RecordingStore

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINES = (".jsonl", ".names")  # files of journals, which grow line by line


def back_up(path: str | Path, folder: str | Path) -> Path:
    """Copy a recording, which may be in use meanwhile, to another folder.

    Parameters
    ----------
    path
        The recording's folder, ``NAME.grimace``.
    folder
        Where the copy is put, as ``NAME DATE TIME.grimace``; made if need be.

    Returns
    -------
    Path
        The copy, a recording like any other. It holds every rating that was made, and
        every frame that was appended, before.

    Raises
    ------
    RecordingError
        If `path` is no recording's folder, or the disk refuses.
    """
    path, folder = Path(path), Path(folder)
    RecordingStore.open(path)
    _check_outside(path, folder)
    name = f"{path.stem} {datetime.now():%Y-%m-%d %H.%M.%S}"
    into, number = folder / f"{name}{SUFFIX}", 1
    while into.exists():
        number += 1
        into = folder / f"{name} ({number}){SUFFIX}"
    with disk_errors(into):
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(into) as aside:
            _copy(path, aside)
    return into


def merge_folders(first: str | Path, second: str | Path, into: str | Path) -> Path:
    """Merge two copies of a recording's folder, in which work went on separately.

    Journals are united file by file, and raters that only one copy has are taken from
    it. Where people contradict each other, the merged recording tells when it is
    opened, as for two desks. The copies are left as they are.

    Parameters
    ----------
    first, second
        Two copies of a folder ``NAME.grimace``.
    into
        The merged recording's folder, which must be new.

    Returns
    -------
    Path
        The merged recording's folder.

    Raises
    ------
    RecordingError
        If they are recordings of different videos or animals; if a file of journals,
        or a rater's frames in the store, went on in both in different ways; if two
        people who are apart in one copy were given one name in the other; or the disk
        refuses. Nothing is written then.
    """
    copies, into = (Path(first), Path(second)), Path(into)
    stores = [RecordingStore.open(path) for path in copies]
    if into.suffix != SUFFIX or into.exists():
        raise RecordingError(f"{into}: give the name of a new folder NAME{SUFFIX}.")
    for path in copies:
        _check_outside(path, into)
    mine, other = (store.attrs for store in stores)
    check_same_video(mine, other, str(first))
    if mine["schema_version"] != other["schema_version"]:
        raise RecordingError(
            f"{first} and {second} were begun by different versions: merge what "
            "`open_recording` reads of them, with `merge_recordings`."
        )
    attrs = merged_attrs(mine, other)
    with disk_errors(into), written_whole(into) as aside:
        _copy(copies[0], aside)
        _add_groups(copies, aside)
        _add_files(copies[1], aside)
        open_group(aside / "recording.zarr").attrs.update(attrs)
        _check_people(stores, aside, into)
    return into


def _check_outside(path: Path, place: Path) -> None:
    if path.resolve() in [place.resolve(), *place.resolve().parents]:
        raise RecordingError(f"{place}: is within the recording. Choose another place.")


def _copy(path: Path, into: Path) -> None:
    for file in _files(path):
        target = into / file
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_file(path / file, target)
    (into / "journals").mkdir(exist_ok=True)
    for group in _groups(path):
        _copy_group(group, into / "recording.zarr" / group.name)


def _files(path: Path) -> Iterator[Path]:
    """Give the files of a recording, but hidden ones and those of raters' frames."""
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        hidden = any(part.startswith(".") for part in parts)
        frames = parts[0] == "recording.zarr" and len(parts) > 2
        if file.is_file() and not (hidden or frames):
            yield Path(*parts)


def _copy_file(file: Path, into: Path) -> None:
    if file.suffix in _LINES:
        into.write_bytes(_whole_lines(file))
    else:
        shutil.copyfile(file, into)


def _whole_lines(file: Path) -> bytes:
    content = file.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _groups(path: Path) -> list[Path]:
    root = path / "recording.zarr"
    return [root / name for name in stored_raters(root)]


def _copy_group(group: Path, into: Path) -> None:
    """Copy a rater's arrays, while another program may append to them.

    See `columns`: frame numbers are written last and make rows count, so they are
    copied first; what is appended from then on does not count in the copy.
    """
    into.mkdir(parents=True)
    shutil.copyfile(group / "zarr.json", into / "zarr.json")
    arrays = sorted(path.parent.name for path in group.glob("*/zarr.json"))
    arrays.sort(key=lambda name: name != "frame")
    chunks = 0
    for name in arrays:
        (into / name).mkdir()
        shutil.copyfile(group / name / "zarr.json", into / name / "zarr.json")
        if name == "frame":
            facts = json.loads((into / name / "zarr.json").read_text("utf-8"))
            length = facts["chunk_grid"]["configuration"]["chunk_shape"][0]
            chunks = facts["shape"][0] // length
        for chunk in range(chunks):
            _copy_chunk(group / name / "c" / str(chunk), into / name / "c" / str(chunk))


def _copy_chunk(chunk: Path, into: Path) -> None:
    """Copy a chunk: a file, or a folder with one for further dimensions."""
    files = [chunk] if chunk.is_file() else [*chunk.rglob("*")]
    for file in files:
        # One that is being written has another name, and goes away.
        if file.is_file() and file.name.isdigit():
            target = into / file.relative_to(chunk)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _add_groups(copies: tuple[Path, Path], aside: Path) -> None:
    """Take the raters' frames that only the second copy has."""
    first, second = (stored_raters(path / "recording.zarr") for path in copies)
    for name, rater in second.items():
        mine, other = (path / "recording.zarr" / name for path in copies)
        into = aside / "recording.zarr" / name
        if name not in first:
            _copy_group(other, into)
            open_group(into).attrs["order"] = len(list(into.parent.glob("*/zarr.json")))
            continue
        longer = _longer(Columns(open_group(mine)), Columns(open_group(other)))
        if replace(first[name], sampling="") != replace(rater, sampling=""):
            longer = None
        if longer is None:
            raise RecordingError(
                f"Rater {rater.label!r} went on in both {copies[0]} and {copies[1]}, "
                "in different ways: the frames, or their values, differ. Remove the "
                f"rater's folder {other} (or {mine}), or merge what `open_recording` "
                "reads of both, with `merge_recordings`."
            )
        if longer == 1:
            shutil.rmtree(into)
            _copy_group(other, into)
        open_group(into).attrs["rater"] = first[name].joined(rater).to_dict()


def _longer(one: Columns, other: Columns) -> int | None:
    """Tell which of two, 0 or 1, holds all rows of both; None where neither does."""
    count = min(len(one.frames), len(other.frames))
    if count and (one.dims != other.dims or one.labels != other.labels):
        return None
    for name in one.dims if count else ():
        some, others = one.read(name, 0, count), other.read(name, 0, count)
        if not np.array_equal(some, others, equal_nan=True):
            return None
    return int(len(other.frames) > count)


def _add_files(path: Path, aside: Path) -> None:
    """Take the other files that only the second copy has, or has more lines of."""
    for file in _files(path):
        mine, other = aside / file, path / file
        if file.parts[0] == "recording.zarr":
            continue
        mine.parent.mkdir(parents=True, exist_ok=True)
        if not mine.exists():
            _copy_file(other, mine)
            continue
        kept, content = mine.read_bytes(), other.read_bytes()
        grows = file.suffix in _LINES
        if grows:
            content = _whole_lines(other)
        if not (kept == content or (grows and _begins(kept, content))):
            raise RecordingError(
                f"{other}: differs from that of the other copy, so that one of them "
                "was changed by hand or damaged. Put the right one into both."
            )
        mine.write_bytes(max(kept, content, key=len))


def _begins(one: bytes, other: bytes) -> bool:
    return one.startswith(other) or other.startswith(one)


def _check_people(stores: list[RecordingStore], aside: Path, into: Path) -> None:
    """Make sure that the merged recording opens, and that people stay apart."""
    try:
        with warnings.catch_warnings():  # what is damaged is told of the copies
            warnings.simplefilter("ignore", GrimaceWarning)
            merged = RecordingStore.open(aside)
            merged.read_with_conflicts()
    except RecordingError as error:
        told = str(error).replace(str(aside), str(into))
        raise RecordingError(f"The copies do not become one: {told}") from error
    for store in stores:
        people = {r.name for r in raters_in(store) if r.kind != "model"}
        called: dict[str, str] = {}
        for name in sorted(people):
            now = merged.names.now(name)
            if now in called:
                raise RecordingError(
                    f"{store.path}: {called[now]!r} and {name!r} are two people, but "
                    f"in the other copy one of them was renamed {now!r}: they would "
                    "become one. Rename one of them otherwise, then merge."
                )
            called[now] = name
