"""A lab's own examples: faces kept one by one, as they are come across."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from napari_grimace.errors import GrimaceError, RecordingError
from napari_grimace.files import written_whole
from napari_grimace.rating.picture_set import write_picture_set
from napari_grimace.recording.disk import disk_errors
from napari_grimace.recording.rater import is_line
from napari_grimace.teaching.consensus import levels_of
from napari_grimace.teaching.curate import adjudicate, mark_example
from napari_grimace.teaching.reference import ReferenceSet, open_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from napari_grimace.recording.record import Value
    from napari_grimace.scales import Scale

KEPT = "faces kept as examples"
"""The fact `origin` of a set that grows by `keep_example`."""

SIZE = 256
"""Side of the pictures of such a set, in px."""


def keep_example(
    path: str | Path,
    picture: NDArray[np.uint8],
    unit: str,
    level: Value,
    *,
    scale: Scale,
    source: Mapping[str, Any],
    by: str,
) -> ReferenceSet:
    """Keep a face as an example of what a unit looks like at a level.

    The set is made if it is not there. A face of the same source is kept once, for
    however many units. With each new face the set's hash changes: a set that people
    are tested on is built by `build_reference` instead.

    Parameters
    ----------
    path
        Folder of the set, ``NAME.reference``.
    picture
        (y, x, rgb) uint8, `SIZE` px high and wide.
    unit, level
        What it is an example of.
    scale
        By which it was scored.
    source
        Where it is from, as plain data, such as `recording`, `identity` of its video,
        `frame` and `box`. With an identity the name of the recording does not count:
        two may be called alike, and one may be renamed.
    by
        Who says so.

    Returns
    -------
    ReferenceSet
        The set as it is now.

    Raises
    ------
    GrimaceError
        If the set was built otherwise or follows another scale, the unit has no such
        level, nobody is named, or the disk refuses.
    """
    path = Path(path)
    _check(scale, unit, level, by)
    known = open_reference(path) if path.exists() else None
    if known is not None:
        _check_grows(known, scale)
    sources = [] if known is None else list(known.pictures.facts["sources"])
    # As it comes back from the set's file: a tuple is a list there.
    told = json.loads(json.dumps(dict(source)))
    places = [_place(one) for one in sources]
    if known is None or _place(told) not in places:
        sources.append(told)
        places.append(_place(told))
        known = _with(path, known, picture, scale, sources)
    number = places.index(_place(told)) + 1
    return mark_example(adjudicate(known, number, unit, level, by), number, unit)


def _place(source: Mapping[str, Any]) -> dict[str, Any]:
    """Give what tells one face from another."""
    named = bool(source.get("identity"))
    return {k: v for k, v in source.items() if not (named and k == "recording")}


def _check(scale: Scale, unit: str, level: Value, by: str) -> None:
    """Check what is told before a picture is written."""
    if level not in levels_of(scale, unit):
        levels = ", ".join(f"{one:g}" for one in levels_of(scale, unit))
        raise GrimaceError(f"{unit} has the levels {levels}: score it first.")
    if not by.strip() or not is_line(by):
        raise GrimaceError("Say who decides, in a line of text.")


def _check_grows(known: ReferenceSet, scale: Scale) -> None:
    path = known.pictures.path
    if known.pictures.facts.get("origin") != KEPT:
        raise RecordingError(
            f"{path}: was built to teach and to test, and stays as it is. Choose "
            "another name for the set of examples."
        )
    if known.scale != scale:
        raise RecordingError(
            f"{path}: follows {known.scale.title}, not {scale.title}. Choose another "
            "name for the examples of this scale."
        )


def _with(
    path: Path,
    known: ReferenceSet | None,
    picture: NDArray[np.uint8],
    scale: Scale,
    sources: list[dict[str, Any]],
) -> ReferenceSet:
    """Write the set with one picture more, whole or not at all."""
    old = range(1, len(sources))
    files = [] if known is None else [known.pictures.picture(n) for n in old]

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for file in files:
            with Image.open(file) as opened:
                yield np.asarray(opened)
        yield picture

    with disk_errors(path), written_whole(path) as aside:
        aside.parent.mkdir(parents=True, exist_ok=True)
        made = write_picture_set(
            aside,
            pictures(),
            kind="reference",
            title=path.stem,
            scale=scale,
            facts={"origin": KEPT, "sources": sources},
        )
        if known is not None:
            journals = known.pictures.store.journals
            shutil.copytree(journals, made.store.journals, dirs_exist_ok=True)
    return open_reference(path)
