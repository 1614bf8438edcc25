"""What was rated blind is copied into the recordings that the pictures came from."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.exchange.update import Clash, brought_before, changes_to, pass_for
from napari_grimace.rating.blind import (
    BlindSet,
    open_blind_set,
    pictures_done,
)
from napari_grimace.rating.blind_key import BlindKey, find_recording, read_key
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.store import RecordingStore
from napari_grimace.recording.values import values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from napari_grimace.rating.blind_key import KeyedPicture
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Change, Place, Value


@dataclass(frozen=True, slots=True)
class Copied:
    """What one rater's pass over a blind set brought to one recording.

    Attributes
    ----------
    recording
        The recording's folder.
    rater
        The rater as which the ratings are there.
    showing
        1, or 2 for the pictures that were shown a second time.
    pictures
        Number of pictures of this recording that are done.
    unfinished
        Numbers of pictures that are begun but not done: their frames stay not rated.
    written
        Number of values that were written now.
    clashes
        Values that someone set in the recording itself since, and which stay so.
    unsettled
        Numbers of pictures to which the rater gave two values at two desks; they are
        not copied until that is settled in the blind set.
    """

    recording: Path
    rater: Rater
    showing: int
    pictures: int
    unfinished: tuple[int, ...]
    written: int
    clashes: tuple[Clash, ...]
    unsettled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """What one rater gave in a blind set: values, reasons, and what is done."""

    rater: Rater
    values: Mapping[int, Mapping[Place, Value]]  # by picture
    reasons: Mapping[int, str]
    done: frozenset[int]
    unsettled: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be written for one pass in one recording."""

    store: RecordingStore
    commits: Sequence[tuple[int, Sequence[Change], Mapping[str, object]]]
    result: Copied


def finish_blind_set(
    set_path: str | Path,
    key_path: str | Path,
    *,
    raters: Iterable[str] | None = None,
    recordings: Iterable[str | Path] | None = None,
) -> list[Copied]:
    """Copy what was rated blind into the recordings' journals, by the set's key.

    Each rater becomes a rater of the recordings, whose `sampling` names the set; the
    pictures that were shown a second time become a pass of their own, of a later
    occasion. Where the person has rated in a recording otherwise, the blind passes
    get the next free occasions, so that blind and open ratings are not mixed; the
    number is the same in all recordings of the set wherever it is free there.

    Pictures that are not done leave their frames not rated (flags and notes are
    copied). Boxes are brought from the picture to the full frame.

    It can be done again at any time: only what differs is written. What someone has
    changed since in a recording itself is not written over but told as a clash.

    Parameters
    ----------
    set_path, key_path
        The blind set and its key.
    raters
        Labels of the raters to be copied; all by default.
    recordings
        Where the recordings are, or folders of them, if they were moved.

    Returns
    -------
    list of Copied
        For each rater, showing and recording what was done.

    Raises
    ------
    RecordingError
        If the key is of another set, a recording is not found or is of another video,
        there is no such rater, or the disk refuses. Before the disk refuses, nothing
        is written; afterwards, finish again.
    """
    blind, key = open_blind_set(set_path), read_key(key_path)
    if key.hash != blind.hash or len(key.pictures) != blind.count:
        raise RecordingError(
            f"{key_path}: is the key of another set ({key.title!r}, {key.hash[:8]}), "
            f"not of {set_path} ({blind.hash[:8]}). Give the key that was written with "
            "it."
        )
    stores = [
        RecordingStore.open(find_recording(told, Path(key_path), recordings or ()))
        for told in key.recordings
    ]
    there = [raters_of(store.read_with_conflicts()[0]) for store in stores]
    work: list[_Work] = []
    for rater in _chosen(blind, raters):
        given, least = _given(blind, rater), 1
        for showing in sorted({each.showing for each in key.pictures}):
            passes = _passes(_asked(blind, rater, showing), stores, there, least)
            least = passes[0].occasion + 1
            work += [
                _work(blind, key, given, showing, index, store, passes[index])
                for index, store in enumerate(stores)
            ]
    for each in work:
        if each.commits:
            with each.store.journal(each.result.rater) as writer:
                writer.commit_all(each.commits)
    return [each.result for each in work if _tells(each.result)]


def _chosen(blind: BlindSet, labels: Iterable[str] | None) -> list[Rater]:
    known = {rater.label: rater for rater in blind.raters}
    asked = list(known) if labels is None else list(labels)
    for label in asked:
        if label not in known:
            raise RecordingError(
                f"{blind.path}: there is no rater {label!r}, only "
                f"{', '.join(map(repr, known)) or 'none yet'}."
            )
    return [known[label] for label in asked]


def _given(blind: BlindSet, rater: Rater) -> _Given:
    told = blind.store.read_person(rater)
    given = values_of(told.block, told.notes)
    values = {frame + 1: dict(places) for frame, places in given.items()}
    done = frozenset(pictures_done(blind, rater))
    for picture, each in values.items():
        if picture not in done:
            kept = {at: v for at, v in each.items() if at[0] in ("flag", "note")}
            values[picture] = kept
    reasons = {
        record.frame + 1: record.reason
        for journal in told.journals
        for record in journal.records
        if record.reason and record.changes
    }
    unsettled = frozenset(conflict.frame + 1 for conflict in told.conflicts)
    return _Given(rater, values, reasons, done, unsettled)


def _asked(blind: BlindSet, rater: Rater, showing: int) -> Rater:
    """Describe as whom a rater's pictures go into a recording."""
    ways = [blind.called]
    ways += [f"pass {rater.occasion}"] if rater.occasion > 1 else []
    ways += ["shown again"] if showing > 1 else []
    return replace(rater, label=rater.name, sampling=", ".join(ways))


def _passes(
    asked: Rater,
    stores: Sequence[RecordingStore],
    there: Sequence[list[Rater]],
    least: int,
) -> list[Rater]:
    """Give for each recording the rater as which the ratings go there; note them."""
    # A person may have been renamed in a recording.
    named = [store.names.renamed(asked) for store in stores]
    own, taken = [], set()
    for each, raters in zip(named, there, strict=True):
        passes = [rater for rater in raters if rater.name == each.name]
        taken |= {rater.occasion for rater in passes}
        own += [p.occasion for p in passes if asked.sampling in p.sampling.split("; ")]
    occasion = own[0] if own else next(n for n in count(least) if n not in taken)
    found = []
    for each, raters in zip(named, there, strict=True):
        rater = pass_for(raters, replace(each, occasion=occasion))
        if rater not in raters:
            raters.append(rater)
        found.append(rater)
    return found


def _work(
    blind: BlindSet,
    key: BlindKey,
    given: _Given,
    showing: int,
    index: int,
    store: RecordingStore,
    rater: Rater,
) -> _Work:
    pictures = {
        each.frame: each
        for each in key.pictures
        if (each.recording, each.showing) == (index, showing)
    }
    settled = {
        frame: each
        for frame, each in pictures.items()
        if each.picture not in given.unsettled
    }
    told = store.read_person(rater)
    before = brought_before(told.journals, blind.called)
    changes, clashes = changes_to(
        values_of(told.block, told.notes),
        {frame: each for frame, each in before.items() if frame in settled},
        {
            frame: _mapped(given.values.get(each.picture, {}), each, key)
            for frame, each in settled.items()
        },
    )
    numbers = {each.picture for each in pictures.values()}
    result = Copied(
        store.path,
        rater,
        showing,
        pictures=len(numbers & given.done),
        unfinished=tuple(sorted(numbers.intersection(given.values) - given.done)),
        written=sum(map(len, changes.values())),
        clashes=tuple(clashes),
        unsettled=tuple(sorted(numbers & given.unsettled)),
    )
    return _Work(store, _commits(blind, given, pictures, changes), result)


def _commits(
    blind: BlindSet,
    given: _Given,
    pictures: Mapping[int, KeyedPicture],
    changes: Mapping[int, Sequence[Change]],
) -> list[tuple[int, Sequence[Change], dict[str, Any]]]:
    """Say of each frame's changes from which picture of the set they come, and why."""
    batch = uuid.uuid4().hex
    commits = []
    for frame, each in changes.items():
        picture = pictures[frame]
        reason = f"{blind.called}, picture {picture.picture}"
        if picture.picture in given.reasons:
            reason += f": {given.reasons[picture.picture]}"
        facts = {"seconds": picture.seconds, "reason": reason, "batch": batch}
        commits.append((frame, each, facts))
    return commits


def _mapped(
    values: Mapping[Place, Value], picture: KeyedPicture, key: BlindKey
) -> dict[Place, Value]:
    """Bring boxes from pixels of the picture to pixels of the full frame."""
    y_min, x_min, y_max, x_max = picture.crop
    corner = np.array([y_min, x_min] * 2)
    factor = np.array([y_max - y_min, x_max - x_min] * 2) / key.size
    most = np.array(key.recordings[picture.recording].frame_size * 2)
    mapped = dict(values)
    for place, value in values.items():
        if isinstance(value, tuple):
            # What is drawn on the grey surround lies outside of the frame.
            edges = np.clip(corner + np.array(value) * factor, 0, most)
            mapped[place] = tuple(edges.tolist())
    return mapped


def _tells(result: Copied) -> bool:
    told = (result.pictures, result.unfinished, result.clashes, result.unsettled)
    return any(told) or result.written > 0
