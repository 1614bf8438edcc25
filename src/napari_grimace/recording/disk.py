"""Names of folders on the disk, and what the disk can refuse."""

from __future__ import annotations

import errno
import hashlib
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
