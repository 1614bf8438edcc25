"""Which test a design gets, which others it can have, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import (
    anova,
    effects,
    explained,
    permutation,
    posthoc,
    ranks,
    ttest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from napari_grimace.stats.groups.effects import Effect
    from napari_grimace.stats.groups.per_animal import PerAnimal

Design = Literal[
    "two groups",
    "several groups",
    "crossed factors",
    "two conditions",
    "several conditions",
    "groups at conditions",
]


@dataclass(frozen=True)
class Procedure:
    """A test with the comparisons and effect size that belong to it.

    Attributes
    ----------
    name
        What it is called in a text.
    why
        What speaks for it, to follow the name.
    test
        Of all groups or of two; None for models.
    pairs, pairs_name
        The post-hoc test of all pairs of groups; None where there is none.
    control_pairs, control_name
        That of each group with a control.
    single
        The test of two groups, for pairs without a post-hoc test or adjusted
        otherwise; None where the test itself is of two, or for ranks.
    effect
        Size of the difference of two groups.
    share
        Share of variance between all groups; None for tests of ranks.
    centre
        ``"mean"`` or ``"median"``, for the text.
    exchanges
        Whether the tests take ``n_resamples`` and ``seed``.
    """

    name: str
    why: str
    test: Callable[..., pd.DataFrame] | None
    effect: Callable[..., Effect]
    pairs: Callable[..., pd.DataFrame] | None = None
    pairs_name: str = ""
    control_pairs: Callable[..., pd.DataFrame] | None = None
    control_name: str = ""
    single: Callable[..., pd.DataFrame] | None = None
    share: Callable[..., Effect] | None = None
    centre: Literal["mean", "median"] = "mean"
    exchanges: bool = False

    @property
    def of_two(self) -> bool:
        """Whether the test itself compares two groups or conditions."""
        return self.test is not None and self.pairs is None and self.single is None

    def with_exchanges(self, **chosen: int) -> Procedure:
        """Give the same with ``n_resamples`` and ``seed``, if its tests take them."""
        if not self.exchanges or self.test is None:
            return self
        single = self.single and partial(self.single, **chosen)
        return replace(self, test=partial(self.test, **chosen), single=single)


_UNEQUAL = "which does not assume equal variances"
_EQUAL = "which assumes equal variances"
_NO_SHAPE = "which assumes no distribution"
_RANKS = "which compares ranks and assumes no distribution"

PROCEDURES: dict[str, Procedure] = {
    "welch-t": Procedure(
        "Welch's t test", _UNEQUAL, ttest.welch_t_test, effects.hedges_g
    ),
    "student-t": Procedure(
        "Student's t test", _EQUAL, ttest.student_t_test, effects.hedges_g
    ),
    "mann-whitney": Procedure(
        "the Mann-Whitney test",
        _RANKS,
        ranks.mann_whitney,
        effects.cliffs_delta,
        centre="median",
    ),
    "brown-forsythe": Procedure(
        "the Brown-Forsythe ANOVA of means (F*)",
        _UNEQUAL,
        anova.brown_forsythe_anova,
        effects.hedges_g,
        posthoc.dunnett_t3,
        "Dunnett's T3 test",
        posthoc.dunnett_t3,
        "Dunnett's T3 test",
        single=ttest.welch_t_test,
        share=explained.omega_squared,
    ),
    "welch-anova": Procedure(
        "Welch's ANOVA",
        _UNEQUAL,
        anova.welch_anova,
        effects.hedges_g,
        posthoc.games_howell,
        "the Games-Howell test",
        posthoc.dunnett_t3,
        "Dunnett's T3 test",
        single=ttest.welch_t_test,
        share=explained.omega_squared,
    ),
    "anova": Procedure(
        "one-way ANOVA",
        _EQUAL,
        anova.one_way_anova,
        effects.hedges_g,
        posthoc.tukey,
        "the Tukey-Kramer test",
        posthoc.dunnett,
        "Dunnett's test",
        single=ttest.student_t_test,
        share=explained.omega_squared,
    ),
    "kruskal-wallis": Procedure(
        "the Kruskal-Wallis test",
        _RANKS,
        ranks.kruskal_wallis,
        effects.cliffs_delta,
        posthoc.dunn,
        "Dunn's test",
        posthoc.dunn,
        "Dunn's test",
        centre="median",
    ),
    "permutation": Procedure(
        "a permutation test of animals",
        _NO_SHAPE,
        permutation.permutation_test,
        effects.hedges_g,
        exchanges=True,
    ),
    "permutation-f": Procedure(
        "a permutation test of animals (F)",
        _NO_SHAPE,
        partial(permutation.permutation_test, statistic="F"),
        effects.hedges_g,
        single=permutation.permutation_test,
        share=explained.omega_squared,
        exchanges=True,
    ),
    "paired-t": Procedure(
        "the paired t test",
        "which compares each animal with itself",
        ttest.paired_t_test,
        effects.hedges_g_paired,
    ),
    "sign-flip": Procedure(
        "a sign-flip permutation test",
        "which compares each animal with itself and assumes no normal distribution",
        permutation.sign_flip_test,
        effects.hedges_g_paired,
        exchanges=True,
    ),
    "wilcoxon": Procedure(
        "the Wilcoxon signed-rank test",
        "which compares each animal with itself and assumes no normal distribution",
        ranks.wilcoxon_signed_rank,
        effects.rank_biserial,
        centre="median",
    ),
    "linear-model": Procedure(
        "a linear model of crossed factors",
        "which tests each factor and their interaction and assumes equal variances",
        None,
        effects.hedges_g,
    ),
    "mixed-model": Procedure(
        "a linear mixed model with the animal as random effect",
        "which keeps the values of one animal together and assumes equal variances in "
        "all groups and conditions",
        None,
        effects.hedges_g,
    ),
}
"""Tests by the name that `compare_groups` takes."""

_OF_GROUPS = (
    "brown-forsythe",
    "welch-anova",
    "anova",
    "kruskal-wallis",
    "permutation-f",
)

CHOICES: dict[Design, tuple[str, ...]] = {
    "two groups": ("welch-t", "student-t", "mann-whitney", "permutation", *_OF_GROUPS),
    "several groups": _OF_GROUPS,
    "crossed factors": ("linear-model", *_OF_GROUPS),
    "two conditions": ("paired-t", "wilcoxon", "sign-flip", "mixed-model"),
    "several conditions": ("mixed-model",),
    "groups at conditions": ("mixed-model",),
}
"""Tests that fit each design; the first is the rule."""


def design_of(data: PerAnimal) -> Design:
    """Tell the design of one value per animal (and condition).

    Raises
    ------
    GrimaceError
        If there is one group or condition only.
    """
    groups = len(data.cells(by_condition=False))
    if data.within is not None:
        conditions = data.table[data.within].nunique()
        if conditions < 2:
            raise GrimaceError(
                f"All values are of one {data.within}: nothing to compare."
            )
        if groups > 1:
            return "groups at conditions"
        return "two conditions" if conditions == 2 else "several conditions"
    if groups < 2:
        raise GrimaceError(
            f"All {len(data.table)} animals with a value of {data.outcome!r} are of "
            "one group: nothing to compare it with."
        )
    if len(data.by) > 1:
        return "crossed factors"
    return "two groups" if groups == 2 else "several groups"


def choose(design: Design, test: str | None) -> str:
    """Give the name of the test: that asked for, if it fits, or that of the rule.

    Raises
    ------
    GrimaceError
        If the test is unknown or does not fit the design.
    """
    fitting = CHOICES[design]
    if test is None:
        return fitting[0]
    if test not in fitting:
        what = "does not fit" if test in PROCEDURES else "is unknown"
        raise GrimaceError(
            f"test={test!r} {what}. The design is {design}: choose one of "
            f"{', '.join(fitting)}."
        )
    return test
