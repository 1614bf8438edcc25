"""Flags, confirmations, notes and decisions of the person who rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.widgets.selecting import guarded

if TYPE_CHECKING:
    from napari_grimace.rating.rating import Rating
    from napari_grimace.recording.record import Place, Value
    from napari_grimace.recording.resolve import Conflict
    from napari_grimace.widgets.hand import Hand


class Marker:
    """Marks frames in the name of the person who rates.

    Parameters
    ----------
    hand
        What the person has in hand.

    Attributes
    ----------
    first, last
        Frames between which things are set on request; None: not chosen.
    """

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.changed = hand.changed
        self.first: int | None = None
        self.last: int | None = None
        hand.desk.activated.connect(self._on_activated)

    @property
    def of(self) -> str:
        """Label of the rater whose scores are confirmed, if another is shown."""
        view = self.hand.desk.view
        shown = None if view is None else view.shown
        if view is None or shown is None or view.rating_shown:
            return ""
        return str(shown.rater.label)

    def _on_activated(self) -> None:
        self.first = self.last = None  # frames of another recording

    @guarded
    def mark_range(self, end: int) -> None:
        """Begin the range at this frame (-1), or end it here (1)."""
        _, frame = self.hand.here(marking=True)
        if end < 0:
            self.first = frame
        else:
            self.last = frame

    def range(self) -> list[int]:
        """Analysed frames of the range.

        Raises
        ------
        RecordingError
            If it was not chosen.
        """
        if self.first is None or self.last is None:
            raise RecordingError("Choose a range first: its first and last frame.")
        low, high = sorted((self.first, self.last))
        frames = self.hand.desk.route.analysed()
        return [int(at) for at in frames[(frames >= low) & (frames <= high)]]

    @guarded
    def flag(self, reason: str = "") -> None:
        """Flag the frame for review, or take the flag away."""
        rating, frame = self.hand.here(marking=True)
        flagged = bool(rating.value(frame, "flag"))
        self.hand.keep(rating, {frame: {("flag", ""): not flagged}}, reason)

    @guarded
    def confirm(self) -> None:
        """Confirm the scores of who is shown in this frame, or take it back."""
        rating, frame = self.hand.here(marking=True)
        confirmed = bool(rating.value(frame, "confirmed", self.of))
        if not confirmed and not self._scored([frame]):
            raise RecordingError("There is no score in this frame to confirm.")
        self.hand.keep(rating, {frame: {("confirmed", self.of): not confirmed}})

    @guarded
    def confirm_range(self) -> None:
        """Confirm the scores of who is shown, in the frames of the range."""
        self._confirm(self.range())

    @guarded
    def confirm_all(self) -> None:
        """Confirm the scores of who is shown, in the whole recording."""
        self._confirm(self.hand.desk.route.analysed().tolist())

    def _confirm(self, frames: list[int]) -> None:
        rating, _ = self.hand.here(marking=True)
        scored = self._scored(frames)
        if not scored:
            raise RecordingError("There are no scores in these frames to confirm.")
        told = {at: {("confirmed", self.of): True} for at in scored}
        self.hand.keep(rating, told, what="{} frames confirmed")

    def _scored(self, frames: list[int]) -> list[int]:
        """Give those of some frames in which who is shown has scored or judged."""
        view = self.hand.desk.view
        rating = self.hand.rating
        if view is None or view.shown is None or rating is None:
            return []
        if view.rating_shown:
            units = rating.rater.scale.unit_names
            return [
                at
                for at in frames
                if any(rating.value(at, "score", unit) is not None for unit in units)
            ]
        done = view.shown
        looked = done.frames[np.isfinite(done.units_scored)]
        return [int(at) for at in np.intersect1d(frames, looked)]

    def note(self, words: str, frame: int, rating: Rating) -> None:
        """Note something of a frame in a rating; no words take the note away.

        Raises
        ------
        RecordingError
            If the disk refuses; nothing is noted then.
        """
        changed: dict[int, dict[Place, Value]] = {
            frame: {("note", ""): " ".join(words.split()) or None}
        }
        if rating is self.hand.rating:
            self.hand.keep(rating, changed)
        else:  # of a recording that was left meanwhile
            rating.set(changed)
        self.changed.emit()

    @guarded
    def settle(self, conflict: Conflict, value: Value) -> None:
        """Decide between the values that two desks have set."""
        rating, _ = self.hand.here()
        rating.settle(conflict, value)
        self.hand.written(rating)
