"""Who confirmed what, and which frames are confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.recording.journal_files import read_journals

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.store import RecordingStore

OF = "of "
"""Begins the reason of a mark that was set while another rater's scores were shown."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That somebody confirmed a frame, or took it back.

    Attributes
    ----------
    frame
        Number of the frame.
    by, of
        Labels of who confirmed, and of the rater whose scores were confirmed: the same
        where people confirm their own.
    time
        When, UTC, as ISO text.
    confirmed
        False where it was taken back.
    """

    frame: int
    by: str
    of: str
    time: str
    confirmed: bool


def confirmations(store: RecordingStore) -> list[Confirmation]:
    """Give all confirmations of a recording from its journals, in order of time.

    Raises
    ------
    RecordingError
        If a journal cannot be read.
    """
    found = [
        Confirmation(
            frame=record.frame,
            by=journal.rater.label,
            of=record.reason.removeprefix(OF)
            if record.reason.startswith(OF)
            else journal.rater.label,
            time=record.time,
            confirmed=change.new is True,
        )
        for journal in read_journals(store.journals)
        for record in journal.records
        for change in record.changes
        if change.field == "confirmed"
    ]
    return sorted(found, key=lambda one: one.time)


def confirmed_frames(recording: xr.Dataset) -> NDArray[np.int64]:
    """Give the frames that anybody has confirmed: what training takes by default.

    Parameters
    ----------
    recording
        A recording.

    Returns
    -------
    ndarray
        Frame numbers, in order.
    """
    confirmed = recording["confirmed"].any("rater").values
    return np.asarray(recording["frame"].values[confirmed])
