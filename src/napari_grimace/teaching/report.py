"""A report on a learner that a lab can file: HTML or PDF, each one file."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import ExportError
from napari_grimace.exchange.page import (
    html_figure,
    html_heading,
    html_page,
    html_table,
    html_text,
)
from napari_grimace.files import written_whole
from napari_grimace.recording.disk import disk_errors
from napari_grimace.teaching.attempts import list_attempts
from napari_grimace.teaching.pass_rule import rule_of
from napari_grimace.teaching.report_content import is_done, sections_of
from napari_grimace.teaching.report_figures import draw_confusion, draw_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.figure import Figure

    from napari_grimace.teaching.pass_rule import PassRule
    from napari_grimace.teaching.reference import ReferenceSet
    from napari_grimace.teaching.report_content import Section


def write_report(
    folder: str | Path,
    reference: ReferenceSet,
    path: str | Path,
    rule: PassRule | None = None,
) -> None:
    """Write a report on a learner's attempts on a reference set.

    It tells the learner, the set and its hash, the scale and its reference, versions
    and dates, the pass rule and the verdict on the last finished test, with tables and
    figures of all attempts but tests that are not finished; and that the faces are
    rendered, where they are.

    Parameters
    ----------
    folder
        The learner's folder.
    reference
        The set.
    path
        The file to write, ``.html`` or ``.pdf``.
    rule
        What is asked; by default the set's own rule.

    Raises
    ------
    ExportError
        If the suffix is another, or the learner made no attempt on this set.
    RecordingError
        If an attempt is of a newer version, or the disk refuses.
    """
    path = Path(path)
    writers = {".html": _html, ".pdf": _pdf}
    if path.suffix.lower() not in writers:
        raise ExportError(f"{path}: a report is written as .html or .pdf. Choose one.")
    attempts = [a for a in list_attempts(folder, reference) if a.begun]
    if not attempts:
        raise ExportError(
            f"{folder}: holds no attempt on {reference.title!r} "
            f"({reference.short_hash}). Give a learner's folder, and the set that was "
            "learned on."
        )
    rule = rule or rule_of(reference)
    sections = sections_of(attempts, reference, rule)
    told = [attempt for attempt in attempts if attempt.may_be_told]
    tests = [attempt for attempt in attempts if is_done(attempt)]
    figures = []
    if told:
        figures = [draw_progress(told, reference, rule)]
        figures += [draw_confusion((tests or told)[-1], reference)]
    title = f"Training in grimace scoring: {attempts[0].learner}"
    with disk_errors(path), written_whole(path) as aside:
        writers[path.suffix.lower()](aside, title, sections, figures)


def _html(
    path: Path, title: str, sections: Sequence[Section], figures: Sequence[Figure]
) -> None:
    parts: list[str] = []
    for section in sections[:-1]:
        parts += _html_section(section)
    for figure in figures:
        words = figure.get_suptitle() or "Agreement and bias over the attempts"
        parts.append(html_figure(figure, words))
    parts += _html_section(sections[-1])
    path.write_text(html_page(title, parts), encoding="utf-8")


def _html_section(section: Section) -> Iterator[str]:
    yield html_heading(section.title)
    yield from map(html_text, section.lines)
    if section.rows:
        yield html_table(section.header, section.rows)


_PAGE = (8.27, 11.69)  # inches, A4
_LEFT, _TOP, _BOTTOM, _LINE = 0.09, 0.95, 0.06, 0.0145  # shares of the page
_WIDE = 100  # characters of a line
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"fontsize": 14, "fontweight": "bold"},
    "heading": {"fontsize": 11, "fontweight": "bold"},
    "text": {"fontsize": 8},
    "table": {"fontsize": 7, "family": "monospace"},
}


def _pdf(
    path: Path, title: str, sections: Sequence[Section], figures: Sequence[Figure]
) -> None:
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    lines = [("title", title), ("text", "")]
    for section in sections:
        lines += [("heading", section.title), *_pdf_lines(section), ("text", "")]
    with PdfPages(path, metadata={"Title": title}) as pages:
        page, height = Figure(figsize=_PAGE), _TOP
        for look, text in lines:
            # A heading at the foot of a page would stand alone.
            if height < _BOTTOM + (4 * _LINE if look == "heading" else 0):
                pages.savefig(page)
                page, height = Figure(figsize=_PAGE), _TOP
            words = page.text(_LEFT, height, text, va="top", **_LOOKS[look])
            words.set_parse_math(False)
            height -= _LINE * (1.6 if look in ("title", "heading") else 1)
        pages.savefig(page)
        for figure in figures:
            pages.savefig(figure)


def _pdf_lines(section: Section) -> Iterator[tuple[str, str]]:
    for line in section.lines:
        yield from (("text", part) for part in textwrap.wrap(line, _WIDE))
    rows = [section.header, *section.rows] if section.header else list(section.rows)
    if not rows:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)
        ]
        before = "  ".join([*cells, ""])
        last = textwrap.wrap(row[-1], _WIDE - len(before)) or [""]
        yield "table", before + last[0]
        yield from (("table", " " * len(before) + part) for part in last[1:])
