"""Which picture to practise next: those that were missed come back soon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WAITS = {1: 4, 2: 12}
"""For each box how many other pictures come before one of it comes back."""

KNOWN = 3
"""The box of what is known; it does not come back in this practice."""


@dataclass(slots=True)
class _Card:
    box: int
    last: int

    def overdue(self, now: int) -> int:
        """By how many pictures it is late; below 0 it is not due yet."""
        return now - self.last - 1 - WAITS[self.box]


def next_picture(
    order: Sequence[int],
    answered: Sequence[tuple[int, bool]],
    skipped: Sequence[int] = (),
) -> int | None:
    """Choose the picture to be practised next.

    The rule is Leitner's card box in small. A picture that is answered rightly at
    first sight is known, and does not come back. One that was missed goes to box 1,
    and comes back after 4 other pictures; from there, answered rightly, it goes to box
    2, and comes back after 12 others; answered rightly there too, it is known. Missed
    anywhere, it goes back to box 1. A picture that is due comes before new ones, the
    one that is latest first, but between two that come back there is a new one, so
    that hard pictures do not hold the learner up. Where nothing is due or new, the
    one that is due soonest comes.

    Parameters
    ----------
    order
        All pictures, in the order in which new ones come.
    answered
        Which pictures were answered so far, in order, and whether rightly.
    skipped
        Which were skipped, as often as they were: new ones that were skipped less
        often come first.

    Returns
    -------
    int or None
        None when all pictures are known.

    References
    ----------
    Leitner S (1972) So lernt man lernen. Herder, Freiburg.
    Cepeda NJ, Pashler H, Vul E, Wixted JT, Rohrer D (2006) Distributed practice in
    verbal recall tasks: a review and quantitative synthesis. Psychological Bulletin
    132:354-380.
    """
    cards = _cards(answered)
    now = len(answered)
    waiting = {n: c for n, c in cards.items() if c.box < KNOWN}
    latest = max(waiting, key=lambda n: waiting[n].overdue(now), default=None)
    new = [n for n in order if n not in cards]
    came_back = answered and answered[-1][0] in {
        picture for picture, _ in answered[:-1]
    }
    due = latest is not None and waiting[latest].overdue(now) >= 0
    if new and (came_back or not due):
        return min(new, key=skipped.count)
    return latest


def known_pictures(answered: Sequence[tuple[int, bool]]) -> set[int]:
    """Give the pictures that are known; see `next_picture`."""
    return {number for number, card in _cards(answered).items() if card.box == KNOWN}


def _cards(answered: Sequence[tuple[int, bool]]) -> dict[int, _Card]:
    cards: dict[int, _Card] = {}
    for turn, (picture, right) in enumerate(answered):
        before = cards[picture].box if picture in cards else KNOWN - 1
        cards[picture] = _Card(before + 1 if right else 1, turn)
    return cards
