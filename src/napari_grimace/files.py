"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Write a file or a folder aside, and move it into place when it is complete.

    Parameters
    ----------
    path
        Where the result is to appear. What is there already is replaced only after
        the new content is complete; whether a folder may be, the caller checks.

    Yields
    ------
    Path
        A path beside `path`, with the same suffix, to write the file or folder to.
        If the block raises, it is removed and `path` is left as it was.

    Raises
    ------
    IsADirectoryError
        If a file was written, and there is a folder of this name.
    """
    path = Path(path)
    aside = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield aside
        put_in_place(aside, path)
    finally:
        _remove(aside)


def put_in_place(new: Path, old: Path) -> None:
    """Move a complete file or folder to its place, and remove what was there.

    If it cannot be moved, what was there stays.
    """
    if not old.is_dir():
        new.replace(old)
        return
    if not new.is_dir():
        problem = "a folder of this name is there, which a file does not replace"
        raise IsADirectoryError(errno.EISDIR, problem, str(old))
    # A folder cannot be replaced in one step: move the old one out of the way first,
    # so that at every moment one of the two is whole.
    kept = old.with_name(f".{old.name}.{uuid.uuid4().hex[:8]}.old")
    old.rename(kept)
    try:
        new.rename(old)
    except OSError:
        kept.rename(old)
        raise
    _remove(kept)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    elif path.exists():
        path.unlink()
