"""What a learner must reach: the experts' own agreement, or fixed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import absolute_agreement, weighted_kappa
from napari_grimace.teaching.consensus import form_consensus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.teaching.reference import ReferenceSet

TOTAL = "total"
"""In the place of a unit's name: the total."""

MIN_PICTURES = 50
MIN_SHARE = 0.9
LOW = 0.2
"""Below this a limit asks for little more than chance gives."""

EXPERTS = (
    "the experts' own agreement on this set (each who shares enough pictures with the "
    "others is compared with their consensus, and the learner with the same "
    "consensuses; the learner's mean must reach the lowest expert's value)"
)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """An expert who is left out, and compared with the consensus of the others.

    Attributes
    ----------
    right
        By unit, and for the total by `TOTAL`: (picture) float64, what the expert, and
        then a learner, is compared with; NaN where the expert is not.
    reached
        The weighted kappa of each unit, and ICC(A,1) of the total; NaN where it cannot
        be told.
    """

    right: Mapping[str, NDArray[np.float64]]
    reached: Mapping[str, float]

    def shared(self, name: str) -> int:
        """Count the pictures that what was reached rests on."""
        return int(np.isfinite(self.right[name]).sum())

    def varies(self, name: str) -> bool:
        """Whether others' scores differ: else agreement is 0 whatever one scores."""
        right = self.right[name]
        return len(np.unique(right[np.isfinite(right)])) > 1


@dataclass(frozen=True)
class PassRule:
    """What a learner must reach in a test.

    Attributes
    ----------
    limits
        For each unit the least quadratically weighted kappa, and for `TOTAL` the least
        intraclass correlation ICC(A,1); NaN where there is none.
    source
        Where the limits come from, in words.
    min_pictures
        How many pictures must have been rated in the test, for each unit.
    min_share
        Which share of the pictures that can be scored, from 0 to 1, must have been
        scored, for each unit: else who calls hard pictures not scorable would pass.
        The total rests on the pictures whose units were all scored; so for it 0.9 of
        each of four units may leave 0.6.
    experts
        Where the limits are the experts' own agreement: the experts, by label. A
        learner is compared as those of them are who count for the limit; without any,
        with the right scores.
    """

    limits: Mapping[str, float]
    source: str
    min_pictures: int = MIN_PICTURES
    min_share: float = MIN_SHARE
    experts: Mapping[str, LeftOut] = field(default_factory=dict)

    def counting(self, name: str) -> tuple[LeftOut, ...]:
        """Give the experts who count for the limit of a unit or the total.

        They share at least `min_pictures` with the others, on which the others' scores
        vary, and their agreement can be told.
        """
        return tuple(
            expert
            for expert in self.experts.values()
            if expert.shared(name) >= self.min_pictures
            and expert.varies(name)
            and np.isfinite(expert.reached[name])
        )

    def pictures(self, name: str) -> int | None:
        """Tell how many pictures the limit of a unit or the total rests on.

        It is the least of the experts who count. None where there is no such limit.
        """
        counts = (expert.shared(name) for expert in self.counting(name))
        return min(counts, default=None)

    @property
    def missing(self) -> dict[str, str]:
        """Why a unit or the total has no limit, in words, where it has none."""
        return {
            name: self._why(name)
            for name, limit in self.limits.items()
            if np.isnan(limit)
        }

    def _why(self, name: str) -> str:
        shared = max((one.shared(name) for one in self.experts.values()), default=None)
        if shared is None:
            return "there is no limit, for it takes two experts, or fixed values"
        if shared >= self.min_pictures:
            return "there is no limit, for the experts' scores do not vary"
        return (
            f"there is no limit, for experts share {shared} pictures, and at least "
            f"{self.min_pictures} are needed"
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Which limits ask for little more than chance gives, in words."""
        return tuple(
            f"Warning: the limit of {name} is only {limit:.2f}, little more than "
            "chance gives. Who reaches it has not shown to score well."
            for name, limit in self.limits.items()
            if limit < LOW
        )


def rule_of(reference: ReferenceSet) -> PassRule:
    """Give the pass rule of a set.

    That is the fixed one of the set's facts, `pass_rule`, with `kappa` and `icc` (a
    number, for `kappa` also one for each unit by name), `min_pictures`,
    `min_share` and `source`; else the experts' own agreement.

    Raises
    ------
    GrimaceError
        If the facts cannot be read.
    """
    told = reference.pictures.facts.get("pass_rule")
    if told is None:
        return experts_rule(reference)
    try:
        return fixed_rule(reference, **told)
    except (TypeError, GrimaceError) as error:
        raise GrimaceError(
            f"{reference.pictures.path / 'set.json'}: its pass_rule cannot be read "
            f"({error}). Give kappa and icc as numbers, "
            "min_pictures, min_share and source."
        ) from error


def fixed_rule(
    reference: ReferenceSet,
    kappa: float | Mapping[str, float],
    icc: float,
    *,
    min_pictures: int = MIN_PICTURES,
    min_share: float = MIN_SHARE,
    source: str = "fixed values",
) -> PassRule:
    """Make a pass rule of fixed values.

    Parameters
    ----------
    reference
        The set.
    kappa
        Least weighted kappa: one for all units, or one for each by name.
    icc
        Least intraclass correlation of totals.
    min_pictures, min_share, source
        See `PassRule`.

    Raises
    ------
    GrimaceError
        If kappa is missing for a unit or given for one that the scale lacks, a limit is
        no number from -1 to 1, the share is none from 0 to 1, or `min_pictures` is no
        whole number from 1.
    """
    units = reference.scale.unit_names
    given = kappa if isinstance(kappa, Mapping) else dict.fromkeys(units, kappa)
    _check_units(units, given)
    limits = {unit: _within(-1, given[unit], f"kappa of {unit}") for unit in units}
    limits[TOTAL] = _within(-1, icc, "icc")
    whole = isinstance(min_pictures, int) and not isinstance(min_pictures, bool)
    if not whole or min_pictures < 1:
        raise GrimaceError(f"min_pictures is a whole number from 1, not {min_pictures}")
    share = _within(0, min_share, "min_share")
    return PassRule(limits, source, int(min_pictures), share)


def _check_units(units: Sequence[str], given: Mapping[str, float]) -> None:
    missing = [unit for unit in units if unit not in given]
    unknown = [str(unit) for unit in given if unit not in units]
    if missing:
        raise GrimaceError(f"no kappa is given for {', '.join(missing)}")
    if unknown:
        raise GrimaceError(
            f"kappa is given for {', '.join(unknown)}, but the units are "
            f"{', '.join(units)}"
        )


def _within(low: float, value: Any, what: str) -> float:
    """Check that a value is a number from a lowest one to 1, and give it."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not low <= value <= 1:
        raise GrimaceError(f"{what} is a number from {low:g} to 1, not {value!r}")
    return float(value)


def experts_rule(
    reference: ReferenceSet, *, min_pictures: int = MIN_PICTURES
) -> PassRule:
    """Make the default pass rule: the experts' own agreement on the set.

    Each expert is compared with the consensus of the others, formed by the set's rule,
    on the pictures of a test where there is one and the expert gave a score, also where
    the set is left open: without these experts would seem to agree better than they do.
    Who rated a unit as not scorable contradicts there as in the set itself. A learner
    is compared with the same consensuses on the same pictures, and the mean over the
    experts must reach the limit.

    The limit is the lowest of the experts who share at least `min_pictures` with the
    others: from a handful of pictures there is none. It is not their mean, for who is
    as good as the experts is below it by chance about every second time, in each of
    the units. With fewer than two experts there are no limits, and nobody can pass.

    The rule is strict on chance: of simulated learners who err exactly as the experts
    do, in 9 of 100 scores of 150 pictures, 5 % pass with two experts, 30 % with three,
    37 % with four (``python tests/teaching/test_equal_footing.py``).
    """
    labels = reference.expert_scores["rater"].values.tolist()
    experts = {}
    if len(labels) > 1:
        experts = {label: _against_others(reference, label) for label in labels}
    bare = PassRule({}, EXPERTS, min_pictures, experts=experts)
    names = (*reference.scale.unit_names, TOTAL)
    reached = {n: [expert.reached[n] for expert in bare.counting(n)] for n in names}
    limits = {name: min(told, default=float("nan")) for name, told in reached.items()}
    return replace(bare, limits=limits)


def leave_one_out(reference: ReferenceSet) -> dict[str, dict[str, float]]:
    """Compare each expert with the consensus of the others.

    Returns
    -------
    dict
        For each expert, by label, the weighted kappa of each unit, and ICC(A,1) of
        the total; NaN where it cannot be told. Empty with fewer than two experts.
    """
    experts = experts_rule(reference).experts
    return {label: dict(expert.reached) for label, expert in experts.items()}


def _against_others(reference: ReferenceSet, label: str) -> LeftOut:
    """Compare an expert with the consensus of the others on the pictures of a test."""
    scores, rated = (
        own.drop_sel(rater=label).values
        for own in (reference.expert_scores, reference.rated)
    )
    formed = form_consensus(scores, rated, reference.scale, reference.rule)
    tested = reference.places(reference.asked_in("test"))
    consensus = reference.consensus.copy(data=formed).where(tested)
    given = reference.expert_scores.sel(rater=label)
    right, reached = {}, {}
    for name in (*reference.scale.unit_names, TOTAL):
        own, others = (column(reference, one, name) for one in (given, consensus))
        right[name] = np.where(np.isfinite(own), others, np.nan)
        reached[name] = agreement(reference, name, own, others)
    return LeftOut(right, reached)


def column(
    reference: ReferenceSet, scores: xr.DataArray, name: str
) -> NDArray[np.float64]:
    """Give (picture) the scores of a unit, or for `TOTAL` the totals."""
    if name == TOTAL:
        return reference.totals(scores).values.astype(np.float64)
    return np.asarray(scores.sel(unit=name).values, np.float64)


def agreement(
    reference: ReferenceSet,
    name: str,
    given: NDArray[np.float64],
    right: NDArray[np.float64],
) -> float:
    """Compare columns: weighted kappa of a unit, ICC(A,1) of totals; perhaps NaN."""
    found: float
    if name == TOTAL:
        found = absolute_agreement(np.stack([given, right], axis=1))
    else:
        found = weighted_kappa(given, right, reference.levels(name))
    return found
