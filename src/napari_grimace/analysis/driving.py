"""Long work in one call: a generator of progress, driven to its end."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from napari_grimace.progress import Progress

P = ParamSpec("P")
T = TypeVar("T")


def drive(work: Generator[Progress, None, T]) -> T:
    """Run a generator of progress to its end, and give what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


def in_one_go(
    work: Callable[P, Generator[Progress, None, T]], name: str
) -> Callable[P, T]:
    """Make a function of a generator function, with its parameters and text.

    Parameters
    ----------
    work
        Generator function; its docstring has a section "Yields".
    name
        What the function is called.
    """

    @wraps(work)
    def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        return drive(work(*args, **kwargs))

    whole.__name__ = whole.__qualname__ = name
    signature = inspect.signature(work)
    whole.__signature__ = signature.replace(  # type: ignore[attr-defined]
        return_annotation=signature.empty
    )
    before, _, after = (work.__doc__ or "").partition("    Yields\n")
    whole.__doc__ = before + after[after.find("    Returns\n") :]
    return whole
