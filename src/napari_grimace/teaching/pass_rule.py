"""What a learner must reach: the experts' own agreement, or fixed values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import absolute_agreement, weighted_kappa
from napari_grimace.teaching.consensus import form_consensus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from napari_grimace.teaching.reference import ReferenceSet

TOTAL = "total"
"""In the place of a unit's name: the total."""

MIN_PICTURES = 50
MIN_SHARE = 0.9
LOW = 0.2
"""Below this a limit asks for little more than chance gives."""

EXPERTS = "the experts' own agreement on this set (each against the others' consensus)"


@dataclass(frozen=True)
class PassRule:
    """What a learner must reach in a test.

    Attributes
    ----------
    limits
        For each unit the least quadratically weighted kappa, and for `TOTAL` the least
        intraclass correlation ICC(A,1), of learner and right scores; NaN where there
        is none.
    source
        Where the limits come from, in words.
    min_pictures
        How many pictures must have been rated in the test, for each unit.
    min_share
        Which share of the pictures that can be scored, from 0 to 1, must have been
        scored, for each unit: else who calls hard pictures not scorable would pass.
    by_expert
        Where the limits are the experts' own agreement: for each expert what the
        expert reaches against the others.
    shared
        For each expert how many pictures that rests on; an expert with fewer than
        `min_pictures` does not count for the limit.
    """

    limits: Mapping[str, float]
    source: str
    min_pictures: int = MIN_PICTURES
    min_share: float = MIN_SHARE
    by_expert: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shared: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def pictures(self, name: str) -> int | None:
        """Tell how many pictures the limit of a unit or the total rests on.

        It is the least of the experts who count; where none does, the most that one
        of them shares with the others. None for fixed values.
        """
        counts = [told[name] for told in self.shared.values()]
        enough = [count for count in counts if count >= self.min_pictures]
        return min(enough) if enough else max(counts, default=None)

    @property
    def missing(self) -> dict[str, str]:
        """Why a unit or the total has no limit, in words, where it has none."""
        return {
            name: self._why(name)
            for name, limit in self.limits.items()
            if np.isnan(limit)
        }

    def _why(self, name: str) -> str:
        shared = self.pictures(name)
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
    except (TypeError, ValueError) as error:
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
    ValueError
        If a number is missing, or is none, or the share is not from 0 to 1.
    """
    units = reference.scale.unit_names
    given = kappa if not isinstance(kappa, int | float) else dict.fromkeys(units, kappa)
    missing = [unit for unit in units if unit not in given]
    if missing:
        raise ValueError(f"no kappa is given for {', '.join(missing)}")
    limits = {unit: float(given[unit]) for unit in units} | {TOTAL: float(icc)}
    if not np.isfinite(list(limits.values())).all():
        raise ValueError("limits are finite numbers")
    if not 0 <= float(min_share) <= 1:
        raise ValueError(f"min_share is a share from 0 to 1, not {min_share!r}")
    return PassRule(limits, source, int(min_pictures), float(min_share))


def experts_rule(
    reference: ReferenceSet, *, min_pictures: int = MIN_PICTURES
) -> PassRule:
    """Make the default pass rule: the experts' own agreement on the set.

    Each expert is compared with the consensus of the others, formed by the set's rule,
    wherever they have one; the limit is the mean over the experts who share at least
    `min_pictures` with the others: from a handful of pictures there is none. Pictures
    on which the expert departs from the others count, even where they are left open in
    the set: without them experts would seem to agree better than they do. With fewer
    than two experts there are no limits, and nobody can pass.
    """
    pairs = dict(_each_against_others(reference))
    by_expert = leave_one_out(reference)
    shared = {label: _counts(reference, *pair) for label, pair in pairs.items()}
    limits = {}
    for name in (*reference.scale.unit_names, TOTAL):
        told = [
            reached[name]
            for label, reached in by_expert.items()
            if np.isfinite(reached[name]) and shared[label][name] >= min_pictures
        ]
        limits[name] = float(np.mean(told)) if told else float("nan")
    return PassRule(limits, EXPERTS, min_pictures, by_expert=by_expert, shared=shared)


def leave_one_out(reference: ReferenceSet) -> dict[str, dict[str, float]]:
    """Compare each expert with the consensus of the others.

    Returns
    -------
    dict
        For each expert, by label, the weighted kappa of each unit, and ICC(A,1) of
        the total; NaN where it cannot be told. Empty with fewer than two experts.
    """
    return {
        label: agreement(reference, *pair)
        for label, pair in _each_against_others(reference)
    }


def _each_against_others(
    reference: ReferenceSet,
) -> Iterator[tuple[str, tuple[xr.DataArray, xr.DataArray]]]:
    """Give each expert's scores, and the consensus of the others."""
    scores = reference.expert_scores
    if scores.sizes["rater"] < 2:
        return
    for label in scores["rater"].values.tolist():
        others = scores.drop_sel(rater=label).values
        formed = form_consensus(
            others, np.isfinite(others), reference.scale, reference.rule
        )
        consensus = reference.consensus.copy(data=formed)
        yield label, (scores.sel(rater=label), consensus)


def _counts(
    reference: ReferenceSet, given: xr.DataArray, right: xr.DataArray
) -> dict[str, int]:
    """Count the pictures on which an agreement rests, as `agreement` names them."""
    both = given.notnull() & right.notnull()
    counts = {
        unit: int(both.sel(unit=unit).sum()) for unit in reference.scale.unit_names
    }
    totals = [reference.totals(scores).values for scores in (given, right)]
    return counts | {TOTAL: int(np.isfinite(totals).all(axis=0).sum())}


def agreement(
    reference: ReferenceSet, given: xr.DataArray, right: xr.DataArray
) -> dict[str, float]:
    """Compare scores (picture, unit) with right ones.

    Returns
    -------
    dict
        Weighted kappa by unit, and ICC(A,1) of the totals by `TOTAL`.
    """
    found = {
        unit: weighted_kappa(
            given.sel(unit=unit), right.sel(unit=unit), reference.levels(unit)
        )
        for unit in reference.scale.unit_names
    }
    totals = [reference.totals(scores).values for scores in (given, right)]
    return found | {TOTAL: absolute_agreement(np.stack(totals, axis=1))}
