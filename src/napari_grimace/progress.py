"""Progress of long work, the same for windows, the command line and notebooks."""

from __future__ import annotations

from dataclasses import dataclass


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
