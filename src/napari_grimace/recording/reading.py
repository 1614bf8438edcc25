"""What a recording's folder holds, rater by rater."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.build import rater_block
from napari_grimace.recording.join import join_raters
from napari_grimace.recording.journal_files import read_journals
from napari_grimace.recording.migrate import migrate
from napari_grimace.recording.replay import (
    Replayed,
    apply_journals,
    confirmed_by_others,
)
from napari_grimace.recording.schema import VARIABLES, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_grimace.recording.columns import Columns
    from napari_grimace.recording.journal_files import Journal
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.resolve import Conflict


@dataclass(frozen=True, slots=True)
class PersonPass:
    """What one person, or a consensus, has rated in a recording.

    Attributes
    ----------
    block
        A recording of this rater alone, in memory; without frames where nothing is
        rated yet. What others confirmed is not in it.
    journals
        The rater's journals, oldest first.
    conflicts
        Where writers contradict each other.
    notes
        Notes by frame.
    confirmed
        By label of another rater the frames whose scores this one confirms.
    """

    block: xr.Dataset
    journals: tuple[Journal, ...]
    conflicts: list[Conflict]
    notes: dict[int, str]
    confirmed: dict[str, frozenset[int]]


def stored_block(
    rater: Rater, columns: Columns, attrs: Mapping[str, Any], *, check: bool = False
) -> xr.Dataset:
    """Give one rater's rows as a recording, in order of frames, read when used."""
    empty = rater_block(rater, [], [])
    if not len(columns.frames):
        return empty
    if check:
        columns.check()
    variables: dict[str, Any] = {}
    for name, dims in columns.dims.items():
        if name not in ("frame", "time"):
            variables[name] = dims, columns.lazy(name)[np.newaxis]
    coords: dict[Any, Any] = {
        **empty.drop_vars([*VARIABLES, "frame", "time", "measure"]).coords,
        **{dim: text(labels) for dim, labels in columns.labels.items()},
        "frame": columns.frames,
        "time": ("frame", columns.read("time", 0, len(columns.frames))),
    }
    told = {**attrs, "scales": empty.attrs["scales"]}
    block = migrate(xr.Dataset(variables, coords, told))
    return block if np.all(np.diff(columns.frames) > 0) else block.sortby("frame")


def put_journals(
    blocks: dict[str, xr.Dataset], folder: Path, raters: Mapping[str, Rater]
) -> list[Conflict]:
    """Put all journals into the raters' stored blocks, which are replaced by label.

    A rater's scores are confirmed where the rater or anybody else confirmed them.

    Parameters
    ----------
    blocks, raters
        The stored blocks and their raters.
    folder
        The recording's journals.

    Returns
    -------
    list of Conflict
        Where writers contradict each other.

    Raises
    ------
    RecordingError
        If a journal tells other facts of a rater.
    """
    conflicts: list[Conflict] = []
    confirmed: dict[str, set[int]] = {}
    for label, journals in journals_of(folder, raters).items():
        done = apply_journals(blocks.get(label), journals)
        blocks[label] = done.block
        conflicts += done.conflicts
        for other, frames in done.confirmed.items():
            confirmed.setdefault(other, set()).update(frames)
    for label in confirmed.keys() & blocks.keys():
        blocks[label] = confirmed_by_others(blocks[label], confirmed[label])
    return conflicts


def person_pass(
    stored: xr.Dataset, folder: Path, rater: Rater, attrs: Mapping[str, Any]
) -> PersonPass:
    """Put a rater's journals into the rater's stored block, which may be empty.

    Parameters
    ----------
    stored, rater
        The block and its rater.
    folder
        The recording's journals.
    attrs
        The recording's attributes.

    Raises
    ------
    RecordingError
        If a journal tells other facts of the rater.
    """
    told = journals_of(folder, {rater.label: rater}, rater.label)
    journals = told.get(rater.label, [])
    done = Replayed(stored, [], {}, {})
    if journals:
        done = apply_journals(stored, journals)
    return PersonPass(
        join_raters([done.block], attrs).load(),
        tuple(journals),
        done.conflicts,
        done.notes,
        done.confirmed,
    )


def journals_of(
    folder: Path, raters: Mapping[str, Rater], label: str | None = None
) -> dict[str, list[Journal]]:
    """Read the journals in a folder, all or one rater's, by rater.

    Raises
    ------
    RecordingError
        If a journal tells other facts of a rater than the recording or another one.
    """
    found: dict[str, list[Journal]] = {}
    known = dict(raters)
    for journal in read_journals(folder, label):
        label = journal.rater.label
        first = known.setdefault(label, journal.rater)
        # How frames were chosen may change while a pass goes on.
        if replace(first, sampling="") != replace(journal.rater, sampling=""):
            raise RecordingError(
                f"{journal.path}: tells other facts of rater {label!r} than the "
                "recording. If two people have this label, give one of them another in "
                "the first line of the journals."
            )
        found.setdefault(label, []).append(journal)
    return found
