"""A report on a learner that a lab can file: HTML or PDF, each one file."""

from __future__ import annotations

import base64
import io
import textwrap
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import ExportError
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
    from napari_grimace.teaching.report_content import Row, Section

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 52rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .75rem .25rem 0;
  text-align: left; vertical-align: top; overflow-wrap: anywhere; }
img { max-width: 100%; }
@media print { body { margin: 0; } h2, tr, img { break-inside: avoid; } }
"""


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
    parts = [f"<h1>{escape(title)}</h1>"]
    for section in sections[:-1]:
        parts += _html_section(section)
    parts += [_html_figure(figure) for figure in figures]
    parts += _html_section(sections[-1])
    body = "\n".join(parts)
    path.write_text(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n",
        encoding="utf-8",
    )


def _html_section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    for line in section.lines:
        yield f"<p>{escape(line)}</p>"
    if section.rows:
        yield "<table>"
        if section.header:
            yield _html_row(section.header, "th")
        for row in section.rows:
            yield _html_row(row, "td")
        yield "</table>"


def _html_row(row: Row, cell: str) -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(v)}</{cell}>" for v in row) + "</tr>"


def _html_figure(figure: Figure) -> str:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg")
    data = base64.b64encode(drawn.getvalue()).decode()
    title = figure.get_suptitle() or "Agreement and bias over the attempts"
    return f'<p><img alt="{escape(title)}" src="data:image/svg+xml;base64,{data}"></p>'


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
