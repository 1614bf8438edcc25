"""What the person at the keyboard sees: progress, tables, warnings and errors."""

from __future__ import annotations

import functools
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TextIO, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from napari_grimace.errors import GrimaceError, GrimaceWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from napari_grimace.progress import Progress

P = ParamSpec("P")
T = TypeVar("T")

#: Results go to the standard output, all else to the standard error.
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_INTERRUPTED = 130  # what shells report for a process that Ctrl+C ended


def guarded(command: Callable[P, T]) -> Callable[P, T]:
    """Make a command that ends with a clear message where a user can mend it.

    Errors that are meant for the user, and those of the operating system (a full
    disk, a folder that may not be written), end it with status 1 and one message;
    Ctrl+C with status 130; warnings of this package show as one line each.
    """

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with one_line_warnings():
            try:
                return command(*args, **kwargs)
            except (GrimaceError, OSError) as problem:
                complain(explain(problem))
                raise typer.Exit(1) from None
            except KeyboardInterrupt:
                err.print("stopped; run again to go on", style="yellow")
                raise typer.Exit(_INTERRUPTED) from None

    return wrapper


def explain(problem: GrimaceError | OSError) -> str:
    """Put an error into words for the user, with what to do."""
    import errno

    if not isinstance(problem, OSError):
        return str(problem)
    where = _where(problem.filename)
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"{where}the disk is full or the file too large for it: make room, or "
            "choose another folder with --output, and run again; what is written "
            "already is kept"
        )
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{where}may not be read or written: choose another folder with --output, "
            "or ask for the right to write there"
        )
    return f"{where}{problem.strerror or problem}"


def _where(filename: object) -> str:
    """Name the place of an error; for a file that is written aside, its folder."""
    if not filename:
        return ""
    path = Path(str(filename))
    return f"{path.parent if path.name.startswith('.') else path}: "


def complain(message: str) -> None:
    """Show an error."""
    err.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)


@contextmanager
def one_line_warnings() -> Iterator[None]:
    """Show each warning of this package as one line, and others as they are."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, GrimaceWarning):
                usual(message, category, filename, lineno, file, line)
                return
            text = " ".join(str(message).split())
            err.print(f"[yellow]warning:[/] {escape(text)}", soft_wrap=True)

        warnings.showwarning = show
        warnings.simplefilter("default", GrimaceWarning)
        yield


def follow(work: Generator[Progress, None, T], title: str) -> T:
    """Drive long work to its end with a progress bar, and give what it returns.

    Where the output is no terminal, a line for each tenth takes the bar's place.
    """
    from contextlib import closing

    with closing(work):
        return _on_bar(work, title) if err.is_terminal else _in_lines(work, title)


def _on_bar(work: Generator[Progress, None, T], title: str) -> T:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[message]}", style="dim", markup=False),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(title, total=None, message="")
        while True:
            try:
                step = next(work)
            except StopIteration as stop:
                result: T = stop.value
                return result
            bar.update(
                task, completed=step.done, total=step.total, message=step.message
            )


def _in_lines(work: Generator[Progress, None, T], title: str) -> T:
    told: tuple[int, int] | None = None  # steps in all, and tenths told of them
    while True:
        try:
            step = next(work)
        except StopIteration as stop:
            result: T = stop.value
            return result
        now = (step.total, step.done * 10 // max(step.total, 1))
        if now != told:
            told = now
            err.print(
                f"{title}: {step.done} of {step.total} {step.message}", markup=False
            )


def show_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """Show a table on the standard output; the first column is text."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for index, name in enumerate(header):
        table.add_column(
            escape(name), overflow="fold", justify="left" if index == 0 else "right"
        )
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    # A pipe has no width: a table is not broken to fit one.
    console = out if out.is_terminal else Console(width=300, highlight=False)
    console.print(table)


def say(message: str) -> None:
    """Show a line on the standard output, as it is."""
    out.print(escape(message), soft_wrap=True)
