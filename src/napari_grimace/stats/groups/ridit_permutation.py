"""Permutation of the mean ridits of animals: a test of levels without a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.stats.groups.factorial import read_factorial
from napari_grimace.stats.groups.permutation import permutation_test, sign_flip_test
from napari_grimace.stats.groups.term_permutation import permute_term

if TYPE_CHECKING:
    from napari_grimace.stats.groups.animal_levels import AnimalLevels


@dataclass(frozen=True)
class RiditPermutation:
    """Tests of the animals' mean ridits, the score statistic of a cumulative logit.

    Animals are exchanged between groups or, where they are in several, their groups
    within each animal. `n_resamples` and `seed` are those of `permutation_test`.
    """

    counted: AnimalLevels
    n_resamples: int
    seed: int

    def of_pair(self, place: int) -> float:
        """Give p of a group against the first."""
        names = [self.counted.groups[0], self.counted.groups[place]]
        table = self._table(names)
        if self.counted.within:
            test = sign_flip_test(
                table, "ridit", "group", n_resamples=self.n_resamples, seed=self.seed
            )
        else:
            test = permutation_test(
                table, "ridit", n_resamples=self.n_resamples, seed=self.seed
            )
        return float(test["p"].iloc[0])

    def of_all(self) -> float:
        """Give p of all groups at once."""
        if len(self.counted.groups) == 2:
            return self.of_pair(1)
        table = self._table(list(self.counted.groups))
        if not self.counted.within:
            test = permutation_test(
                table,
                "ridit",
                statistic="F",
                n_resamples=self.n_resamples,
                seed=self.seed,
            )
            return float(test["p"].iloc[0])
        design = read_factorial(table, "ridit", "group", (), "animal")
        rng = np.random.default_rng(self.seed)
        return permute_term(design, ("group",), True, self.n_resamples, rng)

    def _table(self, names: list[str]) -> pd.DataFrame:
        """Give a row per animal and group."""
        counted = self.counted
        named = np.array(counted.groups, dtype=object)[counted.group]
        groups = pd.Categorical(named, list(counted.groups))
        table = pd.DataFrame(
            {"animal": counted.animal, "group": groups, "ridit": counted.ridits}
        )
        return table[table["group"].isin(names)]
