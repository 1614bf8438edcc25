"""Progress of long work, the same for windows, the command line and notebooks."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

P = ParamSpec("P")
T = TypeVar("T")
_YIELDS = re.compile(
    r"    Yields\n    -+\n.*?(?=    [A-Z][a-z]+\n    ---|\Z)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of long work has come.

    Long work is a generator of these; closing the generator cancels the work.

    Attributes
    ----------
    done, total
        Steps finished, and steps in all.
    message
        What is being done, in a few words.
    frame
        The frame number last worked on, if the work goes over frames.
    """

    done: int
    total: int
    message: str = ""
    frame: int | None = None


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
    # What `inspect.signature`, and so help and notebooks, go by.
    vars(whole)["__signature__"] = signature.replace(return_annotation=signature.empty)
    whole.__doc__ = _YIELDS.sub("", work.__doc__ or "")
    return whole
