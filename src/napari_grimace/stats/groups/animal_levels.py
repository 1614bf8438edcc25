"""How often each animal was given each level of an action unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.distribution.animals import frames_by_animal
from napari_grimace.stats.groups.values import joined, order_of
from napari_grimace.study.names import listed
from napari_grimace.study.table import scale_of, unit_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.study.table import Scores

    Numbers = NDArray[np.float64]

_MOST_LEVELS = 9  # what has more is no order of levels


@dataclass(frozen=True)
class AnimalLevels:
    """Shares of frames at each level, a row per animal and group.

    `groups` and `levels` in order; `group` and `animal` (row,) numbers from 0; `shares`
    (row, level), each row's sum is 1; `note` on what was left out.
    """

    groups: tuple[str, ...]
    levels: Numbers
    group: NDArray[np.intp]
    animal: NDArray[np.intp]
    shares: Numbers
    note: str = ""

    @property
    def within(self) -> bool:
        """Whether animals are in several groups, as timepoints are."""
        return len(np.unique(self.animal)) < len(self.animal)

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Animals of each group."""
        return np.bincount(self.group, minlength=len(self.groups))

    @property
    def group_shares(self) -> Numbers:
        """Mean share (group, level) over animals."""
        member = np.eye(len(self.groups))[self.group].T
        return np.asarray(member @ self.shares / self.sizes[:, None])

    @property
    def ridits(self) -> Numbers:
        """Mean ridit (row,): the chance that a random frame of all was given less.

        Half of those that were given the same count as less (Bross 1958).
        """
        pooled = self.shares.mean(0)
        return np.asarray(self.shares @ (np.cumsum(pooled) - pooled / 2))

    def only(self, groups: Sequence[str], note: str = "") -> AnimalLevels:
        """Keep groups, in the order given, and the levels that they have."""
        places = [self.groups.index(name) for name in groups]
        rows = np.isin(self.group, places)
        shares = self.shares[rows]
        seen = shares.sum(0) > 0
        renamed = np.argsort(places)[np.searchsorted(np.sort(places), self.group[rows])]
        return replace(
            self,
            groups=tuple(groups),
            levels=self.levels[seen],
            group=renamed,
            animal=np.unique(self.animal[rows], return_inverse=True)[1],
            shares=shares[:, seen],
            note=joined(self.note, note),
        )


def count_levels(
    scores: Scores,
    unit: str,
    by: str,
    *,
    timepoint: str | None,
    rater: str | None,
    window: tuple[float, float] | None,
) -> AnimalLevels:
    """Count the levels that animals were given; see `ordinal_model`.

    Groups of fewer than two animals, and animals without a scored frame, are left out
    and noted.
    """
    by_animal = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window
    )
    frames = by_animal.frames
    units = unit_columns(frames)
    if unit not in units:
        raise GrimaceError(f"There is no unit {unit!r}; there are {', '.join(units)}.")
    given = frames[unit].to_numpy(np.float64)
    scored = np.isfinite(given)
    levels = np.unique(given[scored])
    if len(levels) > _MOST_LEVELS:
        raise GrimaceError(
            f"{unit!r} has {len(levels)} different scores: these are numbers rather "
            "than levels. Compare the animals' means instead."
        )
    cell = np.where(scored, np.searchsorted(levels, given), -1)
    used, shares = by_animal.shares(cell, len(levels))
    keys = by_animal.keys[used > 0]
    order = [str(name) for name in order_of(by_animal.keys[by])]
    names = keys[by].map(str)
    empty = by_animal.keys[used == 0]
    unseen = listed(f"{one['animal']} ({one[by]})" for one in empty.to_dict("records"))
    counted = AnimalLevels(
        tuple(order),
        levels,
        pd.Index(order).get_indexer(pd.Index(names)),
        pd.factorize(keys["animal"])[0],
        shares[used > 0],
        f"left out, no frame with a score of {unit}: {unseen}" if len(empty) else "",
    )
    never = _never_given(frames, unit, levels)
    counted = replace(counted, note=joined(counted.note, never))
    small = [
        f"{name} (n = {n})"
        for name, n in zip(order, counted.sizes, strict=True)
        if n < 2
    ]
    note = f"left out, fewer than two animals: {', '.join(small)}" if small else ""
    kept = [n for n, size in zip(order, counted.sizes, strict=True) if size > 1]
    return counted.only(kept, note)


def _never_given(frames: pd.DataFrame, unit: str, levels: Numbers) -> str:
    """Say which of the scale's levels nobody gave."""
    scale = scale_of(frames)
    if scale is None:
        return ""
    never = [f"{one:g}" for one in scale.unit(unit).levels if one not in levels]
    return f"never given: {', '.join(never)}" if never else ""
