"""``napari-grimace teach``: reference sets, and how learners come along on them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_grimace.cli.console import guarded, say, show_table
from napari_grimace.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_grimace.recording.record import Value
    from napari_grimace.teaching import PassRule, ReferenceSet

COURSE = "course"
_SHOWN = 20  # places to decide on that are listed

teach = typer.Typer(
    help="Teach people to score, on pictures with known scores.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


class Rule(StrEnum):
    """How experts' scores become one."""

    mode = "mode"
    mean = "mean"


ReferenceArgument = Annotated[
    Path,
    typer.Argument(
        help=f"A reference set (NAME.reference), or {COURSE!r}: the course of rendered "
        "faces that ships.",
        metavar="SET",
        show_default=False,
    ),
]


@teach.callback()
def _teach() -> None:
    """Teach people to score, on pictures with known scores."""


@teach.command()
@guarded
def build(
    reference: Annotated[
        Path,
        typer.Argument(
            help="The set to make (NAME.reference).", metavar="SET", show_default=False
        ),
    ],
    recordings: Annotated[
        list[Path],
        typer.Argument(help="Recordings that experts rated.", show_default=False),
    ],
    title: Annotated[str, typer.Option(help="What the set is called.")] = "",
    expert: Annotated[
        list[str] | None,
        typer.Option(help="An expert's name; once for each. All people, if not given."),
    ] = None,
    rule: Annotated[
        Rule,
        typer.Option(
            help="Right is what most experts gave, or the level next to mean."
        ),
    ] = Rule.mode,
    limit: Annotated[
        float,
        typer.Option(min=0, help="Experts who differ by more steps leave it open."),
    ] = 1.0,
    count: Annotated[
        int | None, typer.Option(min=1, help="So many pictures, by chance.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same pictures.")] = 0,
    model: Annotated[
        str | None, typer.Option(help="Whose face boxes, where there are several.")
    ] = None,
    margin: Annotated[
        float, typer.Option(min=0, help="Surround of the face, as a share of its side.")
    ] = 0.25,
    size: Annotated[int, typer.Option(min=16, help="Side of the pictures, px.")] = 512,
) -> None:
    """Make a reference set of frames that experts rated.

    For example: napari-grimace teach build lab.reference *.grimace --expert Anna
    --expert Ben
    """
    from napari_grimace.teaching import (
        ConsensusRule,
        Source,
        build_reference,
        rule_of,
    )

    built = build_reference(
        reference,
        [Source(recording, model=model) for recording in recordings],
        title=title or reference.stem,
        experts=expert,
        rule=ConsensusRule(rule.value, limit),
        count=count,
        seed=seed,
        margin=margin,
        size=size,
    )
    say(f"written: {built.pictures.path}")
    _tell_set(built, rule_of(built))


@teach.command()
@guarded
def decide(
    reference: ReferenceArgument,
    picture: Annotated[int, typer.Argument(help="Its number, from 1.")],
    unit: Annotated[str, typer.Argument(help="The action unit.")],
    value: Annotated[
        str, typer.Argument(help="A level, not_scorable, or 'open' to take it back.")
    ],
    by: Annotated[str, typer.Option(help="Who decides.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Decide on a right score that experts left open."""
    from napari_grimace.teaching import adjudicate

    decided = adjudicate(_opened(reference), picture, unit, _value(value), by, reason)
    left = int(decided.to_decide.sum())
    say(f"picture {picture}, {unit}: {value}, by {by}; {left} left to decide")


@teach.command()
@guarded
def status(
    reference: ReferenceArgument,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Learners' folders, or the folder that holds them.", show_default=False
        ),
    ] = None,
) -> None:
    """Tell what a set holds, and how learners stand.

    Of a test that is not finished no agreement is told: it would tell right answers.
    """
    from napari_grimace.teaching import judge, list_attempts, rule_of

    opened = _opened(reference)
    rule = rule_of(opened)
    _tell_set(opened, rule)
    rows = []
    for folder in _learner_folders(folders or []):
        for attempt in list_attempts(folder, opened):
            verdict = judge(opened, attempt, rule)
            rows.append(
                (
                    attempt.learner,
                    f"{attempt.mode} {attempt.number}",
                    f"{attempt.begun:%Y-%m-%d}" if attempt.begun else "not begun",
                    f"{len(attempt.answered)} of {len(attempt.asked)}",
                    *(
                        f"{check.value:.2f}" if attempt.may_be_told else "-"
                        for check in verdict.checks
                    ),
                    _words(attempt.mode, verdict.passed),
                )
            )
    if rows:
        header = ("learner", "attempt", "begun", "pictures", *rule.limits, "verdict")
        against = "as experts are compared" if rule.experts else "with the right scores"
        show_table(f"Learners (weighted kappa; total: ICC; {against})", header, rows)
    elif folders:
        say("No attempts on this set in these folders.")


@teach.command()
@guarded
def report(
    learner: Annotated[
        Path, typer.Argument(help="A learner's folder.", show_default=False)
    ],
    reference: ReferenceArgument,
    output: Annotated[Path, typer.Argument(help="The file to write: .html or .pdf.")],
    kappa: Annotated[
        float | None,
        typer.Option(help="Ask for this weighted kappa of each unit; needs --icc."),
    ] = None,
    icc: Annotated[
        float | None, typer.Option(help="Ask for this ICC of totals; needs --kappa.")
    ] = None,
    min_pictures: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="With --kappa and --icc: over so many pictures; else as the set asks.",
        ),
    ] = None,
    min_share: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="With --kappa and --icc: the least share of the pictures that can be "
            "scored, for each unit; else as the set asks.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Write a report on a learner, to be filed."""
    from napari_grimace.teaching import write_report

    if (kappa is None) != (icc is None):
        raise typer.BadParameter("give --kappa and --icc together")
    if kappa is None and (min_pictures is not None or min_share is not None):
        raise typer.BadParameter("give --kappa and --icc too")
    if output.exists() and not overwrite:
        raise ExportError(
            f"{output} is there already: choose another name, or add --overwrite."
        )
    opened, rule = _opened(reference), None
    if kappa is not None and icc is not None:
        rule = _asked_for(opened, kappa, icc, min_pictures, min_share)
    write_report(learner, opened, output, rule)
    say(f"written: {output}")


def _asked_for(
    opened: ReferenceSet,
    kappa: float,
    icc: float,
    min_pictures: int | None,
    min_share: float | None,
) -> PassRule:
    """Give the rule of fixed values; what is not given is as the set asks."""
    from napari_grimace.teaching import fixed_rule, rule_of

    own = rule_of(opened)
    rule: PassRule = fixed_rule(
        opened,
        kappa,
        icc,
        min_pictures=own.min_pictures if min_pictures is None else min_pictures,
        min_share=own.min_share if min_share is None else min_share,
        source="fixed values, given for this report",
    )
    return rule


def _opened(reference: Path) -> ReferenceSet:
    from napari_grimace.teaching import open_reference, sample_course

    if str(reference) == COURSE and not reference.exists():
        reference = sample_course()
    opened: ReferenceSet = open_reference(reference)
    return opened


def _value(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return None if text == "open" else text


def _words(mode: str, passed: bool | None) -> str:
    if mode != "test":
        return "-"
    return {True: "passed", False: "not passed", None: "not judged"}[passed]


def _learner_folders(folders: list[Path]) -> Iterator[Path]:
    """Give learners' folders; of a folder that holds some, each of them."""
    for folder in folders:
        if not folder.is_dir():
            raise ExportError(f"{folder}: there is no such folder. Check the path.")
        if any(folder.glob("*.grimace")):
            yield folder
        else:
            yield from sorted(path for path in folder.iterdir() if path.is_dir())


def _tell_set(opened: ReferenceSet, rule: PassRule) -> None:
    experts = ", ".join(expert.name for expert in opened.experts)
    say(f"{opened.title}: {opened.pictures.count} pictures, {opened.short_hash}")
    say(f"  scale: {opened.scale.title} ({opened.scale.name})")
    say(f"  right scores: {experts or opened.judge.name}")
    if opened.rendered:
        say("  rendered faces: drawn animals, not real ones")
    limits = ", ".join(
        f"{name} none"
        if name in rule.missing
        else f"{name} {value:.2f}" + (f" (n {n})" if (n := rule.pictures(name)) else "")
        for name, value in rule.limits.items()
    )
    say(f"  to pass a test of at least {rule.min_pictures} pictures: {limits}")
    say(f"  and {rule.min_share:.0%} of the pictures that can be scored, for each unit")
    say(f"  from: {rule.source}")
    for name, why in rule.missing.items():
        say(f"  {name} cannot be judged: {why}")
    for warning in rule.warnings:
        say(f"  {warning}")
    names = opened.scale.unit_names
    places = [
        f"picture {number} {names[unit]}"
        for number, row in enumerate(opened.to_decide.values, start=1)
        for unit in row.nonzero()[0]
    ]
    if places:
        more = ", ..." if len(places) > _SHOWN else ""
        say(f"  {len(places)} left to decide: {', '.join(places[:_SHOWN])}{more}")
