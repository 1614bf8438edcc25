"""When a learner has passed: by the experts' own agreement, or by fixed values.

By the experts' own agreement a learner is compared as each expert was: with the
consensus of the others, on the same pictures. By fixed values the learner is compared
with the right scores.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.teaching.pass_rule import (
    TOTAL,
    PassRule,
    agreement,
    column,
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
        What was reached and what is asked; NaN where it cannot be told. By the experts'
        own agreement the value is the mean over the experts who count of the learner's
        agreement with the consensus of the others, on the pictures on which that expert
        is compared with it; by fixed values, and where there is no limit, it is the
        agreement with the right scores.
    n
        Pictures that it rests on: those scored of the `scorable`.
    scorable
        Pictures that were answered and can be scored: the attempt asked the unit (of
        the total: the units that a total needs), and there is something to compare
        with.
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
        is not finished, too few pictures, no experts to compare with, no variation, or
        a test that left out many of the pictures on which experts are compared.
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
    given, asked = attempt.scores(reference), _asked(reference, attempt)
    checks = tuple(
        _check(
            reference,
            rule,
            name,
            column(reference, given, name),
            np.isfinite(column(reference, asked, name)),
        )
        for name in (*reference.scale.unit_names, TOTAL)
    )
    if attempt.mode != "test" or not attempt.finished:
        what = "a practice" if attempt.mode != "test" else "a test that is not finished"
        return Verdict(None, checks, rule, f"Not judged: this is {what}.")
    passed, reason = _sum_up(checks)
    return Verdict(passed, checks, rule, reason)


def _asked(reference: ReferenceSet, attempt: Attempt) -> xr.DataArray:
    """Give (picture, unit) a score where it was asked of an answered picture."""
    asked = reference.places({n: attempt.asked[n] for n in attempt.answered})
    return asked.astype(float).where(asked)


def _compared(
    reference: ReferenceSet, rule: PassRule, name: str
) -> NDArray[np.float64]:
    """Give (comparison, picture) what a learner is compared with."""
    right = [expert.right[name] for expert in rule.counting(name)]
    return np.stack(right or [column(reference, reference.consensus, name)])


def _check(
    reference: ReferenceSet,
    rule: PassRule,
    name: str,
    given: NDArray[np.float64],
    asked: NDArray[np.bool_],
) -> Check:
    statistic = "ICC(A,1)" if name == TOTAL else "weighted kappa"
    right, limit = _compared(reference, rule, name), rule.limits[name]
    value = float(np.mean([agreement(reference, name, given, one) for one in right]))
    known = np.isfinite(right).any(axis=0)
    scored = known & asked & np.isfinite(given)
    n, scorable = int(scored.sum()), int((known & asked).sum())
    told = Check(name, statistic, value, limit, n, scorable, None)
    if name != TOTAL and n < rule.min_share * scorable - _ROUNDING:
        reason = (
            f"{n} of {scorable} pictures that can be scored were scored, at least "
            f"{rule.min_share:.0%} is asked"
        )
        return replace(told, passed=False, reason=reason)
    reasons = _too_few(rule, name, told, int(known.sum()))
    reasons += _in_the_way(name, right[:, scored], rule)
    if np.isnan(value) and not reasons:
        reasons = ["the scores do not vary"]
    if reasons:
        return replace(told, reason=", and ".join(reasons))
    return replace(told, passed=value >= limit - _ROUNDING)


def _too_few(rule: PassRule, name: str, told: Check, known: int) -> list[str]:
    """Tell whether a test asked, and a learner scored, too few pictures to judge by."""
    found = []
    if told.n < rule.min_pictures:
        found.append(
            f"{told.n} pictures were scored, at least {rule.min_pictures} are needed"
        )
    # Experts are compared on these too: where few were asked, limit and value differ.
    if rule.counting(name) and told.scorable < rule.min_share * known - _ROUNDING:
        found.append(
            f"the test asked {told.scorable} of the {known} pictures on which experts "
            f"are compared, at least {rule.min_share:.0%} is needed"
        )
    return found


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
    pictures = reference.consensus["picture"].values
    asked = np.isin(pictures, list(reference.asked_in("test")))
    found: dict[str, tuple[str, ...]] = {}
    for name in (*reference.scale.unit_names, TOTAL):
        right = _compared(reference, rule, name)[:, asked]
        told = _in_the_way(name, right, rule)
        known = int(np.isfinite(right).any(axis=0).sum())
        if known < rule.min_pictures:
            few = f"{known} pictures of a test have a right score"
            told.insert(0, f"{few}, at least {rule.min_pictures} are needed")
        for reason in told:
            found[reason] = (*found.get(reason, ()), name)
    return found


def _in_the_way(name: str, right: NDArray[np.float64], rule: PassRule) -> list[str]:
    """Tell what of the set prevents a verdict: right scores alike, and no limit."""
    told, known = [], right[np.isfinite(right)]
    if len(known) and len(np.unique(known)) < 2:
        told.append(
            "the right scores do not vary, so agreement cannot be told from chance"
        )
    if name in rule.missing:
        told.append(rule.missing[name])
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
