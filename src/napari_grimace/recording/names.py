"""What people are called now, though journals tell what they were called then.

Journals are never rewritten. Renaming a person adds a file ``WRITER.names`` to the
journals of a recording, with a line of JSON: when, the old name and the new one. Names
that renaming has linked are one person, whose name is the one given last. So it does
not matter in which order copies of a recording, in which people were renamed, come
together, nor whether a program still goes on with a journal under an old name.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording.disk import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from napari_grimace.recording.rater import Rater

NAMES_VERSION = 1


class Renaming(msgspec.Struct, frozen=True):
    """One person's name that was changed.

    Attributes
    ----------
    names
        Version of the format.
    time
        When, UTC, as ISO text.
    old, new
        The name before and after.
    """

    names: int
    time: str
    old: str
    new: str


class Names:
    """Who was called otherwise before.

    Parameters
    ----------
    renamings
        All that a recording's folder tells, in any order.

    Raises
    ------
    RecordingError
        If two people were given one name.
    """

    def __init__(self, renamings: Iterable[Renaming] = ()) -> None:
        self._people: dict[str, set[str]] = {}  # for each name all names of the person
        self._now: dict[str, str] = {}
        for told in sorted(renamings, key=lambda told: (told.time, told.new)):
            before = self._people.get(told.new, set())
            person = self._people.get(told.old, {told.old})
            if before and before is not person:
                raise RecordingError(
                    f"{told.old!r} was renamed {told.new!r} at {told.time}, and so was "
                    f"{min(before - {told.new})!r}: two people have one name. Remove "
                    "one of the two files .names from the journals, and give that "
                    "person another name."
                )
            person |= {told.new}
            for name in person:
                self._people[name], self._now[name] = person, told.new

    def __bool__(self) -> bool:
        """Whether anybody was called otherwise."""
        return bool(self._now)

    def now(self, name: str) -> str:
        """Give the present name of who has, or had, a name."""
        return self._now.get(name, name)

    def renamed(self, rater: Rater) -> Rater:
        """Give a rater under the present name; models keep theirs."""
        name = self.now(rater.name)
        if rater.kind == "model" or name == rater.name:
            return rater
        return replace(rater, name=name, label=relabelled(rater, name))

    def labels(self, rater: Rater) -> set[str]:
        """Give all labels that a rater has or had."""
        names = self._people.get(rater.name, set())
        return {rater.label, *(relabelled(rater, name) for name in names)}

    def label_now(self, label: str) -> str:
        """Give the present label of who has, or had, a label."""
        for name in sorted(self._now, key=len, reverse=True):
            if _is_named(label, name):
                return self._now[name] + label.removeprefix(name)
        return label


def relabelled(rater: Rater, name: str) -> str:
    """Give the label for another name: "Anna (2)" is that of Anna's second pass."""
    if not _is_named(rater.label, rater.name):
        return rater.label
    return name + rater.label.removeprefix(rater.name)


def _is_named(label: str, name: str) -> bool:
    return label == name or label.startswith(f"{name} (")


def read_names(folder: Path) -> Names:
    """Read what the people of a recording were called before.

    Parameters
    ----------
    folder
        The recording's folder of journals.

    Raises
    ------
    RecordingError
        If a file cannot be read, is of a newer version, or two people were given
        one name.

    Warns
    -----
    GrimaceWarning
        If a file is torn or damaged and was left out.
    """
    decoder = msgspec.json.Decoder(Renaming)
    found: list[Renaming] = []
    for path in sorted(folder.glob("[!.]*.names")):
        with disk_errors(path, doing="read"):
            content = path.read_bytes()
        try:
            told = decoder.decode_lines(content[: content.rfind(b"\n") + 1])
        except (msgspec.MsgspecError, ValueError) as error:
            warnings.warn(
                f"{path}: is damaged ({error}): whom it renamed has the old name.",
                GrimaceWarning,
                stacklevel=3,
            )
            continue
        if any(one.names > NAMES_VERSION for one in told):
            raise RecordingError(
                f"{path}: is of a newer version. Update napari-grimace."
            )
        found += told
    try:
        return Names(found)
    except RecordingError as error:
        raise RecordingError(f"{folder}: {error}") from None
