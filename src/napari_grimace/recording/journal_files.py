"""Journals are read: every record that is whole and fits, and a notice of others."""

from __future__ import annotations

import contextlib
import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from napari_grimace.errors import GrimaceError, GrimaceWarning, RecordingError
from napari_grimace.recording.disk import group_name
from napari_grimace.recording.journal import JOURNAL_VERSION
from napari_grimace.recording.names import read_names
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.record import Record, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_grimace.recording.names import Names


class DamagedJournalError(RecordingError):
    """Nothing tells whose a journal is."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What one writer wrote for one rater, in order.

    The rater has the present name, and so has whose scores were confirmed; records tell
    the label under which they were made.
    """

    path: Path
    writer: str
    rater: Rater
    records: tuple[Record, ...]


def read_journals(folder: Path, label: str | None = None) -> list[Journal]:
    """Read the journals of a recording, oldest first.

    Parameters
    ----------
    folder
        The recording's folder of journals.
    label
        The rater whose journals to read; without it, all are read.

    Raises
    ------
    RecordingError
        If a file cannot be read, or was written by a newer version.

    Warns
    -----
    GrimaceWarning
        If a record is torn or damaged and was left out.
    """
    names = read_names(folder)
    found = []
    for path in sorted(folder.glob("[!.]*.jsonl")):  # macOS leaves hidden ones beside
        if label is not None and _label_of(path, names) not in (None, label):
            continue
        content = _whole_lines(path)
        first = content.find(b"\n") + 1
        header = _header(path, content[:first], alone=first == len(content))
        if header:
            journal = _journal(path, header, content[first:], names)
            found.append((str(header.get("time", "")), journal))
    return _once([told for _, told in sorted(found, key=lambda item: item[0])])


def journal_facts(folder: Path, label: str) -> dict[str, tuple[int, int]]:
    """Give length and time of change of a rater's journals, without reading any.

    Parameters
    ----------
    folder
        The recording's folder of journals, which may not be there (yet, or for now).
    label
        Label under which the journals were begun.

    Returns
    -------
    dict
        By file name: bytes, and ns.
    """
    found = {}
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{group_name(label)}.*.jsonl"):
            # On Windows, the folder's own entries lag behind what is written.
            facts = path.stat()
            found[path.name] = facts.st_size, facts.st_mtime_ns
    return found


def _once(journals: list[Journal]) -> list[Journal]:
    """Leave out what is a copy of another journal, of now or of earlier.

    Programs that keep folders alike on several machines leave such behind.
    """
    kept: dict[str, Journal] = {}
    for journal in sorted(journals, key=lambda told: -len(told.records)):
        whole = kept.setdefault(journal.writer, journal)
        known = {record.id for record in whole.records}
        if whole is not journal and known.issuperset(r.id for r in journal.records):
            problem = f"is a copy of {whole.path.name} and was left out: remove it"
            _notice(journal.path, problem)
            journals = [told for told in journals if told is not journal]
    return journals


def _label_of(path: Path, names: Names) -> str | None:
    """Read the rater's label alone; None where reading it all tells what is wrong."""
    try:
        with path.open("rb") as file:
            rater = Rater.from_dict(json.loads(file.readline())["rater"])
    except (OSError, ValueError, KeyError, TypeError, GrimaceError):
        return None
    return names.renamed(rater).label


def _whole_lines(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read ({error.strerror}). Check its permissions."
        ) from error
    end = content.rfind(b"\n") + 1
    if end < len(content):
        _notice(path, "its last record was torn off while it was written: left out")
    return content[:end]


def _header(path: Path, line: bytes, *, alone: bool) -> dict[str, Any]:
    """Read the first line; empty where nothing can be lost by that."""
    if not line and alone:
        return {}
    try:
        return dict(json.loads(line))
    except (ValueError, TypeError) as error:
        if not alone:
            raise _without_rater(path, error) from error
        _notice(path, "line 1 is damaged and was left out")
        return {}


def _journal(
    path: Path, header: dict[str, Any], content: bytes, names: Names
) -> Journal:
    if int(header.get("journal", 0)) > JOURNAL_VERSION:
        raise RecordingError(f"{path}: is of a newer version. Update napari-grimace.")
    try:
        writer, rater = str(header["writer"]), Rater.from_dict(header["rater"])
    except (KeyError, TypeError, ValueError, GrimaceError) as error:
        raise _without_rater(path, error) from error
    rater = names.renamed(rater)
    records = _records(path, content, rater)
    if names:
        records = tuple(_under_present_labels(record, names) for record in records)
    return Journal(path, writer, rater, records)


def _under_present_labels(record: Record, names: Names) -> Record:
    """Let confirmations tell the present label of the rater whose scores they mean."""
    if not any(change.is_of_another for change in record.changes):
        return record
    changes = tuple(
        msgspec.structs.replace(change, at=names.label_now(change.at))
        if change.is_of_another
        else change
        for change in record.changes
    )
    return msgspec.structs.replace(record, changes=changes)


def _without_rater(path: Path, error: Exception) -> DamagedJournalError:
    return DamagedJournalError(
        f"{path}: its first line does not tell the rater ({error!r}). Put the file "
        "back from a backup, or copy the first line of another of its journals."
    )


def _records(path: Path, content: bytes, rater: Rater) -> tuple[Record, ...]:
    try:
        records = decoded(content, rater)
    except (msgspec.MsgspecError, ValueError, RecordingError):
        records = []
    if len(records) == content.count(b"\n"):
        return tuple(records)
    return tuple(_one_by_one(path, content, rater))


def _one_by_one(path: Path, content: bytes, rater: Rater) -> Iterator[Record]:
    for number, line in enumerate(content.split(b"\n")[:-1], start=2):
        try:
            json.loads(line)
        except ValueError:
            _notice(path, f"line {number} is damaged and was left out")
            continue
        try:
            yield from decoded(line, rater)
        except (msgspec.MsgspecError, ValueError, RecordingError) as error:
            _notice(path, f"line {number} was left out ({error})")


def _notice(path: Path, problem: str) -> None:
    warnings.warn(f"{path}: {problem}.", GrimaceWarning, stacklevel=4)
