"""When a learner has passed: as near to experts as experts are to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.teaching.pass_rule import (
    TOTAL,
    PassRule,
    agreement,
    rule_of,
)

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.teaching.attempts import Attempt
    from napari_grimace.teaching.reference import ReferenceSet

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Check:
    """One number of a verdict, and its limit.

    Attributes
    ----------
    name
        A unit, or `TOTAL`.
    statistic
        ``"weighted kappa"`` or ``"ICC(A,1)"``.
    value, limit
        What was reached and what is asked; NaN where it cannot be told.
    n
        Pictures that it rests on.
    scorable
        Pictures of those answered that can be scored: they have a right score.
    passed
        None where it cannot be judged.
    reason
        Why it cannot, or why it is not passed whatever the value, in words; else
        empty.
    """

    name: str
    statistic: str
    value: float
    limit: float
    n: int
    scorable: int
    passed: bool | None
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether a learner passed, and by which numbers.

    Attributes
    ----------
    passed
        True only if every check passed; False if one failed; None where none failed,
        but not all could be judged.
    checks
        One for each unit, and one for the total.
    rule
        What was asked.
    reason
        In plain words.
    """

    passed: bool | None
    checks: tuple[Check, ...]
    rule: PassRule
    reason: str


def judge(
    reference: ReferenceSet, attempt: Attempt, rule: PassRule | None = None
) -> Verdict:
    """Judge whether a learner passed a test.

    Parameters
    ----------
    reference
        The set that the test was on.
    attempt
        The test.
    rule
        What is asked; by default the set's own rule, `rule_of`.

    Returns
    -------
    Verdict
        With every number. What cannot be judged is not passed: a practice, a test that
        is not finished, too few pictures, no experts to compare with, no variation.
        Who leaves more pictures without a score than the rule allows does not pass.

    Raises
    ------
    GrimaceError
        If the attempt is on another set.
    """
    if attempt.set_hash != reference.pictures.hash:
        raise GrimaceError(
            f"{attempt.path.name} is an attempt on {attempt.set_title!r}, not on "
            f"{reference.title!r} ({reference.short_hash}): open the set that it is on."
        )
    rule = rule or rule_of(reference)
    given = attempt.scores(reference)
    reached = agreement(reference, given, reference.consensus)
    checks = tuple(
        _check(reference, attempt, given, name, reached[name], rule)
        for name in (*reference.scale.unit_names, TOTAL)
    )
    if attempt.mode != "test" or not attempt.finished:
        what = "a practice" if attempt.mode != "test" else "a test that is not finished"
        return Verdict(None, checks, rule, f"Not judged: this is {what}.")
    passed, reason = _sum_up(checks)
    return Verdict(passed, checks, rule, reason)


def _check(
    reference: ReferenceSet,
    attempt: Attempt,
    given: xr.DataArray,
    name: str,
    value: float,
    rule: PassRule,
) -> Check:
    if name == TOTAL:
        statistic, right = "ICC(A,1)", reference.totals()
        given = reference.totals(given)
    else:
        statistic, right = "weighted kappa", reference.consensus.sel(unit=name)
        given = given.sel(unit=name)
    both = np.isfinite(given.values) & np.isfinite(right.values)
    n, limit = int(both.sum()), rule.limits.get(name, float("nan"))
    answered = np.isin(right["picture"].values, list(attempt.answered))
    scorable = int((answered & np.isfinite(right.values)).sum())
    # The total lacks what any unit lacks: its share follows from theirs.
    if name != TOTAL and n < rule.min_share * scorable - _ROUNDING:
        reason = (
            f"{n} of {scorable} pictures that can be scored were scored, at least "
            f"{rule.min_share:.0%} is asked"
        )
        return Check(name, statistic, value, limit, n, scorable, False, reason)
    told = []
    if n < rule.min_pictures:
        told = [f"{n} pictures were scored, at least {rule.min_pictures} are needed"]
    told += _in_the_way(name, right.values[both], rule)
    if np.isnan(value) and not told:
        told = ["the scores do not vary"]
    reason = ", and ".join(told)
    passed = None if reason else value >= limit - _ROUNDING
    return Check(name, statistic, value, limit, n, scorable, passed, reason)


def cannot_be_judged(
    reference: ReferenceSet, rule: PassRule | None = None
) -> dict[str, tuple[str, ...]]:
    """Tell why a test on a set can give no verdict, before anybody takes it.

    Parameters
    ----------
    reference
        The set.
    rule
        What is asked; by default the set's own rule, `rule_of`.

    Returns
    -------
    dict
        For each reason, in words, the units that it holds for, and `TOTAL`. Empty
        where who answers the whole test is judged.
    """
    rule = rule or rule_of(reference)
    asked = list(reference.pictures_for("test"))
    found: dict[str, tuple[str, ...]] = {}
    for name in (*reference.scale.unit_names, TOTAL):
        whole = name == TOTAL
        right = reference.totals() if whole else reference.consensus.sel(unit=name)
        known = right.sel(picture=asked).values
        known = known[np.isfinite(known)]
        told = _in_the_way(name, known, rule)
        if len(known) < rule.min_pictures:
            few = f"{len(known)} pictures of a test have a right score"
            told.insert(0, f"{few}, at least {rule.min_pictures} are needed")
        for reason in told:
            found[reason] = (*found.get(reason, ()), name)
    return found


def _in_the_way(name: str, right: NDArray[np.float64], rule: PassRule) -> list[str]:
    """Tell what of the set prevents a verdict: right scores alike, and no limit."""
    told = []
    if len(right) and len(np.unique(right)) < 2:
        told.append(
            "the right scores do not vary, so agreement cannot be told from chance"
        )
    if np.isnan(rule.limits.get(name, float("nan"))):
        told.append(rule.missing.get(name, "there is no limit"))
    return told


def _below(check: Check) -> str:
    return f"{check.statistic} {check.value:.2f}, at least {check.limit:.2f} is asked"


def _sum_up(checks: tuple[Check, ...]) -> tuple[bool | None, str]:
    failed = [check for check in checks if check.passed is False]
    unjudged = [check for check in checks if check.passed is None]
    told = []
    if failed:
        listed = ", ".join(
            f"{check.name} ({check.reason or _below(check)})" for check in failed
        )
        told.append(f"Not passed: {listed}.")
    if unjudged:
        listed = "; ".join(f"{check.name}: {check.reason}" for check in unjudged)
        told.append(f"Not judged: {listed}.")
    if told:
        return (False if failed else None), " ".join(told)
    return True, "Passed: every unit and the total reach what is asked."
