"""What a report on a learner says, before it is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.recording.store import RecordingStore
from napari_grimace.software import this_software
from napari_grimace.teaching.passing import judge
from napari_grimace.teaching.progress import attempt_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from napari_grimace.teaching.attempts import Attempt
    from napari_grimace.teaching.pass_rule import PassRule
    from napari_grimace.teaching.passing import Check, Verdict
    from napari_grimace.teaching.reference import ReferenceSet

Row = tuple[str, ...]

RENDERED_NOTE = (
    "This set shows rendered faces: drawn animals with known scores, not real ones. "
    "What is reached here shows that the scale and the program are understood, not "
    "that real animals are scored rightly."
)
MEANINGS = (
    "Kappa: quadratically weighted kappa (Cohen 1968, Psychol Bull 70:213-220); 1 is "
    "full agreement, 0 what chance would give.",
    "ICC(A,1): intraclass correlation of totals for absolute agreement of single "
    "ratings (Shrout and Fleiss 1979, Psychol Bull 86:420-428; McGraw and Wong 1996, "
    "Psychol Methods 1:30-46).",
    "With whom: in a verdict by the experts' own agreement, kappa and ICC are the mean "
    "of the learner's agreement with the consensus of all experts but one, each who "
    "counts left out in turn, on the pictures on which that expert is compared with "
    "it. Everywhere else, and where there is no limit, they are the agreement with the "
    "right scores.",
    "Bias: mean of the learner's minus the right score; above 0 the learner scores too "
    "high. Agreement: percentage of equal scores. Seconds: median time from showing a "
    "picture to the last answer, without pauses.",
    "Each picture counts once in an attempt: in a test with the last answers before it "
    "was left, in a practice with the first full answers, before the right scores were "
    "shown. Times are UTC.",
)

OTHERWISE = (
    "These numbers compare with the right scores. The verdict compares the learner as "
    "each expert was compared, with the other experts' consensus: its numbers differ."
)


@dataclass(frozen=True)
class Section:
    """A part of a report: a heading, paragraphs, and a table under a header."""

    title: str
    lines: tuple[str, ...] = ()
    header: Row = ()
    rows: tuple[Row, ...] = ()


def sections_of(
    attempts: Sequence[Attempt], reference: ReferenceSet, rule: PassRule
) -> list[Section]:
    """Give the parts of a report on a learner's attempts on a set.

    Of a test that is not finished no agreement is told.
    """
    verdicts = {a.path: judge(reference, a, rule) for a in attempts if is_done(a)}
    return [
        _facts(attempts, reference),
        _verdict(attempts, verdicts, reference, rule),
        _attempts(attempts, verdicts),
        _agreement(attempts, reference, rule),
        Section("What the numbers mean", MEANINGS),
    ]


def is_done(attempt: Attempt) -> bool:
    """Whether it is a test that is at its end."""
    return attempt.mode == "test" and attempt.finished


def name_of(attempt: Attempt) -> str:
    """Name an attempt in words."""
    return f"{attempt.mode} {attempt.number}"


def number(value: float, digits: int = 2) -> str:
    """Write a number; a dash where there is none."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def _facts(attempts: Sequence[Attempt], reference: ReferenceSet) -> Section:
    pictures, scale = reference.pictures, reference.scale
    software = {str(RecordingStore.open(a.path).attrs["software"]) for a in attempts}
    by = ", ".join(expert.name for expert in reference.experts)
    right = (
        f"{reference.rule.name} of {by}, who may differ by {reference.rule.limit:g}"
        if by
        else reference.judge.name
    )
    rows = [
        ("Learner", attempts[0].learner),
        ("Reference set", pictures.title),
        ("Hash of its pictures", pictures.hash),
        ("Pictures", str(pictures.count)),
        ("Right scores", right),
        ("Scale", f"{scale.title} ({scale.name})"),
        ("Reference of the scale", scale.reference or "none given"),
        ("Attempts made with", ", ".join(sorted(software))),
        ("Report made with", this_software()),
    ]
    notes = (RENDERED_NOTE,) if reference.rendered else ()
    return Section("Who and what", notes, (), tuple(rows))


def _verdict(
    attempts: Sequence[Attempt],
    verdicts: Mapping[Path, Verdict],
    reference: ReferenceSet,
    rule: PassRule,
) -> Section:
    asked = f"Asked: {rule.source}; over at least {rule.min_pictures} pictures."
    asked += (
        f" At least {rule.min_share:.0%} of the pictures that can be scored must be "
        "scored, for each unit."
    )
    tests = [attempt for attempt in attempts if attempt.path in verdicts]
    if not tests:
        lines = ("Not judged: no test was finished.", asked, *rule.warnings)
        return Section("Verdict", lines)
    last = tests[-1]
    verdict = verdicts[last.path]
    before = [a for a in attempts[: attempts.index(last)] if a.mode == "practice"]
    practised = {trial.picture for a in before for trial in a.trials if trial.complete}
    known = len(practised.intersection(last.asked))
    lines = (
        f"{name_of(last).capitalize()}, {day(last.begun)}: {verdict.reason}",
        asked,
        *rule.warnings,
        f"Of its {len(last.asked)} pictures {known} had been practised before, with "
        "the right scores shown.",
        _total(verdict, len(last.asked), reference),
        *_by_expert(rule),
    )
    header = ("", "statistic", "reached", "asked", "scored", "verdict")
    rows = tuple(
        (
            _title(reference, check.name),
            check.statistic,
            number(check.value),
            _asked(rule, check),
            f"{check.n} of {check.scorable}",
            WORDS[check.passed],
        )
        for check in verdict.checks
    )
    return Section("Verdict", lines, header, rows)


def _total(verdict: Verdict, asked: int, reference: ReferenceSet) -> str:
    scale = reference.scale
    needed, units = scale.min_units, len(scale.units)
    of = f"all {units} units" if needed == units else f"at least {needed} units"
    return (
        f"The total rests on {verdict.checks[-1].n} of the {asked} pictures: it takes "
        f"scores of {of}, from the learner and to compare with."
    )


WORDS = {True: "passed", False: "not passed", None: "not judged"}


def _asked(rule: PassRule, check: Check) -> str:
    """Write a limit, and how many pictures of the experts it rests on."""
    shared = rule.pictures(check.name)
    rests = "" if shared is None else f" (n {shared})"
    return f"{number(check.limit)}{rests}"


def _by_expert(rule: PassRule) -> tuple[str, ...]:
    return tuple(
        f"{label} against the other experts: "
        + ", ".join(
            f"{name} {number(value)} (n {expert.shared(name)}"
            + (")" if expert in rule.counting(name) else ", does not count)")
            for name, value in expert.reached.items()
        )
        + "."
        for label, expert in rule.experts.items()
    )


def _attempts(attempts: Sequence[Attempt], verdicts: Mapping[Path, Verdict]) -> Section:
    header = ("attempt", "begun", "pictures answered", "finished", "seconds", "verdict")
    rows = []
    for attempt in attempts:
        answered = attempt.answered
        seconds = [trial.seconds for trial in answered.values()]
        verdict = verdicts.get(attempt.path)
        rows.append(
            (
                name_of(attempt),
                day(attempt.begun),
                f"{len(answered)} of {len(attempt.asked)}",
                _finished(attempt),
                number(float(np.median(seconds)), 1) if seconds else "–",
                WORDS[verdict.passed] if verdict else "–",
            )
        )
    return Section("Attempts", (), header, tuple(rows))


def _finished(attempt: Attempt) -> str:
    if attempt.mode != "test":
        return "–"  # a practice goes on until all is known
    return "yes" if attempt.finished else "no"


def _agreement(
    attempts: Sequence[Attempt], reference: ReferenceSet, rule: PassRule
) -> Section:
    header = ("attempt", "unit", "pictures", "kappa", "ICC(A,1)", "agreement %", "bias")
    rows = tuple(
        (
            name_of(attempt),
            _title(reference, row["unit"]),
            str(row["n"]),
            number(row["kappa"]),
            number(row["icc"]),
            number(row["percent_agreement"], 0),
            number(row["bias"]),
        )
        for attempt in attempts
        if attempt.may_be_told
        for row in attempt_rows(attempt, reference)
    )
    lines = (*([OTHERWISE] if rule.experts else []), *untold(attempts))
    return Section("Agreement with the right scores", lines, header, rows)


def untold(attempts: Sequence[Attempt]) -> tuple[str, ...]:
    """Say which attempts are left out, as their agreement would tell answers."""
    names = [name_of(attempt) for attempt in attempts if not attempt.may_be_told]
    if not names:
        return ()
    return (
        f"Left out: {', '.join(names)}. Nothing is told of a test before it is "
        "finished.",
    )


def _title(reference: ReferenceSet, name: str) -> str:
    units: dict[str, str] = {u.name: u.title for u in reference.scale.units}
    return units.get(name, "Total")


def day(when: datetime | None) -> str:
    """Write a time to the minute, UTC."""
    return when.strftime("%Y-%m-%d %H:%M") if when else "not begun"
