"""A section of a report: text, tables and figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.exchange.page import (
    html_figure,
    html_heading,
    html_table,
    html_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd


@dataclass
class Section:
    """A section of a report.

    Attributes
    ----------
    title
        Its heading.
    texts
        Paragraphs, before the tables.
    tables
        What each shows, and the table.
    figures
        What each shows, and its `Axes`.
    """

    title: str
    texts: list[str] = field(default_factory=list)
    tables: list[tuple[str, pd.DataFrame]] = field(default_factory=list)
    figures: list[tuple[str, Any]] = field(default_factory=list)

    def show(self, words: str, ax: Any) -> None:
        """Add a figure."""
        self.figures.append((words, ax))

    def tell(self, words: str, table: pd.DataFrame) -> None:
        """Add a table."""
        self.tables.append((words, table))

    def html(self) -> Iterator[str]:
        """Give the section as HTML."""
        yield html_heading(self.title)
        yield from map(html_text, self.texts)
        for words, ax in self.figures:
            yield html_figure(ax.figure, words)
            yield html_text(words)
        for words, table in self.tables:
            yield html_text(words)
            yield html_table(*as_cells(table))


def as_cells(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Write a table as text.

    Three digits, p to three decimals, blank where missing; both ends of an interval in
    one column; columns without anything in them are left out.
    """
    columns = {str(name): _column(table[name], str(name)) for name in table}
    for low in [name for name in columns if name.endswith("ci_low")]:
        name = low.removesuffix("ci_low")
        high = columns.pop(f"{name}ci_high", None)
        if high is not None:
            columns[low] = [
                f"{a} to {b}" if a and b else a or b
                for a, b in zip(columns[low], high, strict=True)
            ]
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    header = [name.replace("ci_low", "95 % CI").replace("_", " ") for name in shown]
    return header, [list(row) for row in zip(*shown.values(), strict=True)]


def _column(values: Iterable[Any], name: str) -> list[str]:
    probability = name in ("p", "q") or name.startswith("p_")
    return [_cell(value, probability=probability) for value in values]


def _cell(value: Any, *, probability: bool) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating):
        if probability:
            return "< 0.001" if value < 0.001 else f"{value:.3f}"
        number = float(value)
        whole = number.is_integer() or abs(number) >= 1000
        return f"{number:.0f}" if whole else f"{number:.3g}"
    return str(value)
