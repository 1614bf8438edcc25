"""The order in which pictures are shown: random, with repeats well apart."""

from __future__ import annotations

import numpy as np

APART = 10
"""Pictures that lie between the two showings of one, where the set is large enough."""


def shuffled(count: int, repeats: float, seed: int) -> list[tuple[int, int]]:
    """Put pictures in random order, and show a share of them twice.

    Parameters
    ----------
    count
        Number of pictures.
    repeats
        Share of them that is shown twice, from 0 to 1, chosen at random.
    seed
        The same seed gives the same order.

    Returns
    -------
    list of (int, int)
        For each showing which picture (from 0), and 1 or 2: the first or second time.
        Between the two lie at least `APART` other pictures, or half of `count` where
        that is less.
    """
    rng = np.random.default_rng([seed, count])
    order = rng.permutation(count).tolist()
    apart = min(APART, count // 2)
    # Each insertion only moves others further apart.
    for again in rng.permutation(count)[: round(repeats * count)].tolist():
        at = order.index(again)
        places = [
            place
            for place in range(len(order) + 1)
            if place + apart <= at or place > at + apart
        ]
        order.insert(int(rng.choice(places)), again)
    seen: set[int] = set()
    showings = []
    for index in order:
        showings.append((index, 2 if index in seen else 1))
        seen.add(index)
    return showings
