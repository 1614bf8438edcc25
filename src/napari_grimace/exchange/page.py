"""Pages of HTML in one file: text, tables and figures, for reports."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.figure import Figure

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 52rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .75rem .25rem 0;
  text-align: left; vertical-align: top; overflow-wrap: anywhere; }
img { max-width: 100%; }
@media print { body { margin: 0; } h2, tr, img { break-inside: avoid; } }
"""


def html_page(title: str, parts: Iterable[str]) -> str:
    """Give a whole page of HTML.

    Parameters
    ----------
    title
        Title and first heading, as plain text.
    parts
        HTML of the body, in order, as `html_heading`, `html_text`, `html_table` and
        `html_figure` give it.
    """
    body = "\n".join([f"<h1>{escape(title)}</h1>", *parts])
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def html_heading(text: str) -> str:
    """Give a heading of a section."""
    return f"<h2>{escape(text)}</h2>"


def html_text(text: str) -> str:
    """Give a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def html_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table of plain text; an empty header is left out."""
    lines = [_row(header, "th")] if header else []
    lines += [_row(row, "td") for row in rows]
    return "\n".join(["<table>", *lines, "</table>"])


def html_figure(figure: Figure, words: str) -> str:
    """Give a figure as vectors, within the page.

    Parameters
    ----------
    figure
        What is shown.
    words
        What it shows, for people who do not see it.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg")
    data = base64.b64encode(drawn.getvalue()).decode()
    return f'<p><img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}"></p>'


def _row(row: Sequence[str], cell: str) -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(v)}</{cell}>" for v in row) + "</tr>"
