"""Who confirmed what, and which frames are confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.recording.journal_files import read_journals

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.store import RecordingStore


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That somebody confirmed a frame, or took it back.

    Attributes
    ----------
    frame
        Number of the frame.
    by, of
        Labels, as they are now, of who confirmed, and of the rater whose scores were
        confirmed: the same where people confirm their own.
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
            of=change.at or journal.rater.label,
            time=record.time,
            confirmed=change.new is True,
        )
        for journal in read_journals(store.journals)
        for record in journal.records
        for change in record.changes
        if change.field == "confirmed"
    ]
    return sorted(found, key=lambda one: one.time)


def confirmed_frames(
    recording: xr.Dataset, rater: str | None = None
) -> NDArray[np.int64]:
    """Give the frames in which a rater's scores are confirmed, by whomever.

    Parameters
    ----------
    recording
        A recording.
    rater
        Label of the rater whose scores are meant; without it, any rater's.

    Returns
    -------
    ndarray
        Frame numbers, in order.

    Raises
    ------
    RecordingError
        If there is no such rater.
    """
    labels = recording["rater"].values.tolist()
    if rater is not None and rater not in labels:
        raise RecordingError(
            f"There is no rater {rater!r}, only "
            f"{', '.join(map(repr, labels)) or 'none'}."
        )
    confirmed = recording["confirmed"].sel(rater=labels if rater is None else [rater])
    return np.asarray(recording["frame"].values[confirmed.any("rater").values])
