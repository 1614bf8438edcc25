"""A person is given another name in all recordings."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.recording.disk import disk_errors, write_synced
from napari_grimace.recording.journal_files import read_journals
from napari_grimace.recording.names import NAMES_VERSION, Renaming, relabelled
from napari_grimace.recording.rater import check_name, is_line
from napari_grimace.recording.record import encoded, now
from napari_grimace.recording.store import RecordingStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from napari_grimace.recording.rater import Rater


def rename_rater(paths: Iterable[str | Path], old: str, new: str) -> int:
    """Give a person, or a consensus, another name in recordings.

    All passes of the person are renamed: `name`, and with it the labels that begin
    with it, such as "Anna" and "Anna (2)". Journals stay as they are; the renaming is
    a record of its own. A program in which the person is rating goes on meanwhile, and
    what it writes counts under the new name.

    Parameters
    ----------
    paths
        Recordings' folders, ``NAME.grimace``. All are checked before any is changed.
    old, new
        The name (not a label) before and after.

    Returns
    -------
    int
        In how many recordings the person was renamed; those without the person, or in
        which it was done before, are left as they are.

    Raises
    ------
    RecordingError
        If nobody of this name is in any of the recordings, it is a model, the person
        has a third name by now, the new name is not a line of text, or another rater
        has it in any of the recordings; or the disk refuses. Renaming again then goes
        on with the recordings that are left.
    """
    if not new.strip() or not is_line(new) or new != new.strip():
        raise RecordingError(f"{new!r} is no name: give a line of text.")
    stores = [RecordingStore.open(path) for path in paths]
    asked = [store for store in stores if _is_to_be_renamed(store, old, new)]
    for store in asked:
        told = Renaming(NAMES_VERSION, now(), old, new)
        path = store.journals / f"{uuid.uuid4().hex}.names"
        with disk_errors(path):
            store.journals.mkdir(exist_ok=True)
            write_synced(path, encoded(told))
    if not asked and all(store.names.now(old) == old for store in stores):
        people = {r.name for s in stores for r in raters_in(s) if r.kind != "model"}
        raise RecordingError(
            f"None of these recordings has a rater of the name {old!r}; they have "
            f"{', '.join(map(repr, sorted(people))) or 'no people'}. Give one of these."
        )
    return len(asked)


def raters_in(store: RecordingStore) -> list[Rater]:
    """Give all raters of a recording, those of its journals too, by present names."""
    found = {rater.label: rater for rater in store.raters}
    for journal in read_journals(store.journals):
        found.setdefault(journal.rater.label, journal.rater)
    return list(found.values())


def _is_to_be_renamed(store: RecordingStore, old: str, new: str) -> bool:
    raters = raters_in(store)
    passes = [rater for rater in raters if rater.name == old]
    others = [rater for rater in raters if rater.name != old]
    if any(rater.kind == "model" for rater in passes):
        raise RecordingError(
            f"{store.path}: {old!r} is a model, whose name tells its build: it stays."
        )
    now = store.names.now(old)
    if old == new or now == new:
        return False  # it was done before
    if now != old:
        raise RecordingError(
            f"{store.path}: {old!r} is called {now!r} now. To give that person another "
            f"name, rename {now!r}."
        )
    for rater in passes:
        check_name(replace(rater, name=new))
    labels = {relabelled(rater, new) for rater in passes}
    for other in others:
        if other.name == new or other.label in labels | {new}:
            raise RecordingError(
                f"{store.path}: there is a rater {other.label!r} already (name "
                f"{other.name!r}). Two people would become one: choose another name, "
                "or leave this recording out."
            )
    if store.names.now(new) not in (old, new):
        raise RecordingError(
            f"{store.path}: {new!r} is what {store.names.now(new)!r} was called "
            "before. Two people would become one: choose another name."
        )
    return bool(passes)
