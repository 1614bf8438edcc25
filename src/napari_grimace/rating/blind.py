"""Blind rating: pictures without name, group or time, in random order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.rating.picture_set import PictureSet, open_picture_set
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.record import SHOWN
from napari_grimace.recording.schema import NOT_RATED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from napari_grimace.recording.journal_files import Journal

LONGEST_LOOK = 300.0
"""Seconds without a record after which the rater is taken to have gone away."""


@dataclass(frozen=True, slots=True)
class BlindSet(PictureSet):
    """A picture set from many recordings, which does not tell from which.

    Any number of people rate the same set, each in journals of their own. What the
    pictures show is in the set's key (`read_key`), which nobody needs to rate.
    """

    @property
    def called(self) -> str:
        """What the set is called in recordings: its title and part of its hash."""
        # A semicolon parts the ways in which a rater's frames were chosen.
        return f"blind set {self.title.replace(';', ',')} ({self.hash[:8]})"

    def rater(self, name: str) -> Rater:
        """Describe a person as a rater of this set."""
        return Rater(name, name, "person", scale=self.scale, sampling=self.called)

    @property
    def raters(self) -> list[Rater]:
        """People who have begun to rate the set."""
        recording, _ = self.store.read_with_conflicts()
        return [rater for rater in raters_of(recording) if rater.kind != "model"]


def open_blind_set(path: str | Path, *, check: bool = False) -> BlindSet:
    """Open a blind set; parameters and errors are those of `open_picture_set`.

    Raises
    ------
    RecordingError
        Also if it is a picture set of another kind.
    """
    opened = open_picture_set(path, check=check)
    if opened.kind != "blind":
        raise RecordingError(
            f"{path}: is a {opened.kind} set, not a blind one. Give a folder "
            "NAME.blind."
        )
    return BlindSet(**{key.name: getattr(opened, key.name) for key in fields(opened)})


def pictures_done(blind: PictureSet, rater: Rater) -> list[int]:
    """Give the numbers of the pictures that a rater has done.

    A picture is done when every unit of the scale was scored, or judged not to be
    scorable.
    """
    block = blind.store.read_person(rater).block.isel(rater=0)
    state = block["state"].sel(unit=list(rater.scale.unit_names)).values
    done = (state != NOT_RATED).all(axis=-1)
    return [frame + 1 for frame in block["frame"].values[done].tolist()]


def progress(blind: PictureSet, rater: Rater) -> tuple[int, int]:
    """Give how many pictures a rater has done, and how many there are."""
    return len(pictures_done(blind, rater)), blind.count


def viewing_times(
    journals: Iterable[Journal], longest_look: float = LONGEST_LOOK
) -> dict[int, float]:
    """Give the time for which a rater looked at each picture.

    A picture is looked at from the record that it was shown until the next picture is
    shown, the work is paused, or the journal ends. When nothing at all was recorded
    for longer than `longest_look`, the rater is taken to have gone away without a
    word, and that stretch does not count.

    Parameters
    ----------
    journals
        One rater's journals (`RecordingStore.read_person`).
    longest_look
        In s; five minutes if nothing else is said.

    Returns
    -------
    dict
        For each picture (from 1) the time in s, over all its showings. A picture that
        was never shown, or for which no time was counted, is left out.
    """
    seconds: dict[int, float] = {}
    for journal in journals:
        picture, since = 0, None
        for record in journal.records:
            now = datetime.fromisoformat(record.time)
            if picture and since is not None:
                spent = (now - since).total_seconds()
                if 0 < spent <= longest_look:  # clocks can be set back
                    seconds[picture] = seconds.get(picture, 0.0) + spent
            since = now
            if record.event:
                picture = record.frame + 1 if record.event == SHOWN else 0
    return seconds
