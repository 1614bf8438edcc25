"""By what a video is known again, without reading all of it."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_MIB = 2**20


def file_identity(
    path: Path,
    size: int,
    pts: NDArray[np.int64],
    time_base: Fraction = Fraction(1),
) -> str:
    """Hash of a video file: its size, packet times, first and last MiB.

    Parameters
    ----------
    path
        The file.
    size
        Its size in bytes.
    pts
        Presentation times in units of `time_base`.
    time_base
        Seconds per unit.

    Returns
    -------
    str
        32 hexadecimal digits of a SHA-256.
    """
    digest = hashlib.sha256()
    digest.update(f"{size} {time_base}".encode())
    digest.update(np.ascontiguousarray(pts, "<i8").tobytes())
    digest.update(_ends(path, size))
    return digest.hexdigest()[:32]


def files_identity(paths: Iterable[Path]) -> str:
    """Hash of a series of files: names, sizes, first and last MiB of the end files."""
    paths = list(paths)
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    for path in {paths[0]: None, paths[-1]: None}:
        digest.update(_ends(path, path.stat().st_size))
    return digest.hexdigest()[:32]


def pictures_identity(shape: tuple[int, ...], *pictures: NDArray[Any]) -> str:
    """Hash of an array of frames: its shape, and some of its pictures."""
    digest = hashlib.sha256(repr(tuple(shape)).encode())
    for picture in pictures:
        digest.update(np.ascontiguousarray(picture).tobytes())
    return digest.hexdigest()[:32]


def full_hash(path: str | Path) -> str:
    """SHA-256 of a whole file, for those who want it; reads all of it."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _ends(path: Path, size: int) -> bytes:
    with path.open("rb") as stream:
        first = stream.read(_MIB)
        stream.seek(max(0, size - _MIB))
        return first + stream.read(_MIB)
