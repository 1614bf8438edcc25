"""Groups of a recording's zarr store, and what the disk can refuse."""

from __future__ import annotations

import errno
import hashlib
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import zarr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.rater import Rater

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def group_name(label: str) -> str:
    """Name of a rater's folder: readable, and unique where case is not told apart."""
    readable = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:40]
    digest = hashlib.sha256(label.encode()).hexdigest()[:8]
    return f"{readable or 'rater'}-{digest}"


@contextmanager
def disk_errors(path: Path, frames: int | None = None) -> Iterator[None]:
    """Turn an operating system's refusal into a `RecordingError`."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        remedy = "Check the disk or the network share"
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            remedy = "Free some space on the disk"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            remedy = "Choose a folder that you may write to, or change its permissions"
        kept = "" if frames is None else f" The {frames} frames before are kept."
        raise RecordingError(
            f"{path}: cannot be written ({why}).{kept} {remedy}, then go on."
        ) from error


def stored_raters(path: Path) -> list[Rater]:
    """Read the raters of a recording's folder, in the order they were added."""
    found: list[tuple[int, Rater]] = []
    for folder in sorted((path / "recording.zarr").iterdir()):
        # A run killed while it added a rater can leave a folder with nothing in it.
        if any(folder.glob("**/zarr.json")):
            attrs: dict[str, Any] = open_group(folder).attrs.asdict()
            try:
                found.append((int(attrs["order"]), Rater.from_dict(attrs["rater"])))
            except (KeyError, TypeError, ValueError) as error:
                raise _damaged(folder, f"does not tell the rater: {error!r}") from error
    return [rater for _, rater in sorted(found, key=lambda item: item[0])]


def open_group(folder: Path) -> zarr.Group:
    """Open a group, for reading until something is written to it."""
    try:
        return zarr.open_group(str(folder), mode="r+", zarr_format=3)
    except Exception as error:  # damaged metadata raise many kinds
        raise _damaged(folder, str(error)) from error


def _damaged(folder: Path, problem: str) -> RecordingError:
    return RecordingError(
        f"{folder / 'zarr.json'}: is missing or damaged ({problem}). Put it back "
        "from a backup."
    )
