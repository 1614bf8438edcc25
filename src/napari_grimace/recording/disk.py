"""Names of folders on the disk, and what the disk can refuse."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def group_name(label: str) -> str:
    """Name of a rater's folder: readable, and unique where case is not told apart."""
    readable = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:40]
    digest = hashlib.sha256(label.encode()).hexdigest()[:8]
    return f"{readable or 'rater'}-{digest}"


@contextmanager
def disk_errors(
    path: Path, frames: int | None = None, doing: str = "written"
) -> Iterator[None]:
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
            f"{path}: cannot be {doing} ({why}).{kept} {remedy}, then go on."
        ) from error


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file, which is on the disk when this returns, or not at all."""
    try:
        with path.open("xb", buffering=0) as file:
            left = memoryview(content)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make sure that a new file is found after a power cut, where that can be done."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
