"""What a learner is told, as rich text."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.teaching import cannot_be_judged, rule_of
from napari_grimace.teaching.reference import RENDERED
from napari_grimace.teaching.report_content import RENDERED_NOTE, name_of
from napari_grimace.widgets.words import score_mark, state_words

if TYPE_CHECKING:
    from napari_grimace.recording.record import Value
    from napari_grimace.scales import Scale
    from napari_grimace.teaching.feedback import Feedback, UnitFeedback
    from napari_grimace.teaching.reference import ReferenceSet
    from napari_grimace.teaching.report_content import Section
    from napari_grimace.widgets.teach_lesson import Lesson

NOBODY_LEARNS = "Choose a set, give your name, and press Start."
_VERDICTS = {True: "Passed", False: "Not passed", None: "Cannot be judged"}
_DONE = {"practice": "known", "test": "answered"}


def feedback_words(feedback: Feedback) -> str:
    """Tell for each unit what was given, what is right, and what was missed."""
    heads = ("unit", "given", "right", "")
    rows = [_row([f"<small>{head}</small>" for head in heads])]
    rows += [_row(_cells(unit)) for unit in feedback.units]
    missed = [
        f"<p><b>{escape(unit.title)} {unit.expert:g}</b>: {escape(unit.missed)}</p>"
        for unit in feedback.units
        if unit.missed
    ]
    verdict = "All right." if feedback.right else "What the right level looks like:"
    table = f"<table cellspacing=0 cellpadding=3>{''.join(rows)}</table>"
    return f"{table}<p>{verdict}</p>{''.join(missed)}"


def difference_words(unit: UnitFeedback) -> str:
    """Tell how an answer differs from the right score."""
    if np.isnan(unit.expert):
        return "no right score"
    if unit.right:
        return "✓ right"
    if np.isnan(unit.difference):
        return "✗ can be scored"
    side = "high" if unit.difference > 0 else "low"
    return f"✗ {abs(unit.difference):g} too {side}"


def _cells(unit: UnitFeedback) -> list[str]:
    right = "–" if np.isnan(unit.expert) else score_mark(unit.expert)
    return [escape(unit.title), _given(unit.given), right, difference_words(unit)]


def _given(value: Value) -> str:
    if isinstance(value, float):
        return score_mark(value)
    return state_words(str(value))


def verdict_words(
    passed: bool | None, section: Section, reference: ReferenceSet
) -> str:
    """Tell whether a test was passed, by which numbers, and what they rest on."""
    reason, *rest = section.lines
    rest += [RENDERED_NOTE] if reference.rendered else []
    numbers = replace(section, title=_VERDICTS[passed], lines=(reason,))
    return section_words(numbers) + "".join(f"<p>{escape(line)}</p>" for line in rest)


def section_words(section: Section) -> str:
    """Tell a part of a report."""
    parts = [f"<p><b>{escape(section.title)}</b></p>"]
    parts += [f"<p>{escape(line)}</p>" for line in section.lines]
    if section.rows:
        rows = [_row([f"<small>{escape(head)}</small>" for head in section.header])]
        rows += [_row([escape(cell) for cell in row]) for row in section.rows]
        parts.append(f"<table cellspacing=0 cellpadding=2>{''.join(rows)}</table>")
    return "".join(parts)


def state_of(lesson: Lesson) -> str:
    """Tell who learns, in which mode, how far it has come, and that it is saved."""
    practice = lesson.practice
    if practice is None:
        return NOBODY_LEARNS
    attempt, (done, count) = practice.attempt, lesson.progress
    words = [
        attempt.learner,
        name_of(attempt),
        f"{done} of {count} {_DONE[attempt.mode]}",
    ]
    if not lesson.on:
        words.append("finished" if done == count else "paused: Start goes on with it")
    if lesson.saved:
        words.append(lesson.saved)
    if practice.reference.rendered:
        words.append(RENDERED)
    return " · ".join(words)


def set_words(reference: ReferenceSet) -> str:
    """Tell what a reference set is, and why a test on it can give no verdict."""
    words = [reference.title, f"{reference.pictures.count} pictures"]
    if reference.scale.title not in reference.title:
        words.append(reference.scale.title)
    if reference.rendered:
        words.append(f"{RENDERED}: drawn, no real animals")
    rule = rule_of(reference)
    reasons = [
        f"{', '.join(names)}: {reason}"
        for reason, names in cannot_be_judged(reference, rule).items()
    ]
    lines = [" · ".join(words), *rule.warnings]
    if reasons:
        lines.append(f"A test on it cannot be passed. {'; '.join(reasons)}.")
    return "\n".join(lines)


def guide_words(reference: ReferenceSet, scale: Scale | None) -> str:
    """Tell what examples are from, and whether they follow another scale."""
    words = [reference.title]
    if reference.rendered and RENDERED not in reference.title:
        words.append(RENDERED)
    if scale is not None and scale != reference.scale:
        words.append(
            f"These pictures follow another scale: {reference.scale.title}. Choose "
            "a set of the scale that you rate by."
        )
    return " · ".join(words)


def _row(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
