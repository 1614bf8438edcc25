"""Who of several raters in one window set something last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_grimace.rating.rating import Rating


class Turns:
    """The order in which a person, and the consensus in the person's hand, set values.

    Each has a history of its own, also from other days; what was set in this window is
    taken back in the order in which it was set, whoever set it.
    """

    def __init__(self) -> None:
        self._done: list[Rating] = []
        self._undone: list[Rating] = []

    def add(self, rating: Rating) -> None:
        """Note who set something."""
        self._done.append(rating)
        self._undone.clear()

    def undo(self, otherwise: Rating) -> Rating:
        """Give who is to take something back; one's own where all is taken back."""
        rating = _last(self._done, otherwise)
        self._undone.append(rating)
        return rating

    def redo(self, otherwise: Rating) -> Rating:
        """Give who is to set something anew."""
        rating = _last(self._undone, otherwise)
        self._done.append(rating)
        return rating


def _last(ratings: list[Rating], otherwise: Rating) -> Rating:
    return ratings.pop() if ratings else otherwise
