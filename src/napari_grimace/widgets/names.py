"""Names under which people rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.rating.consensus import CONSENSUS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_grimace.recording.rater import Rater


def check_name(name: str, raters: Iterable[Rater]) -> None:
    """Raise `RecordingError` where a person cannot rate under a name.

    Parameters
    ----------
    name
        The name.
    raters
        All raters of the recording; the person may be among them.
    """
    if not name:
        raise RecordingError("Give your name first: what you set is kept under it.")
    if name.casefold() == CONSENSUS:
        raise RecordingError(
            f"{name!r} is what is decided between raters, in the widget Compare "
            "raters. Give your own name."
        )
    for rater in raters:
        if rater.label == name and rater.kind != "person":
            raise RecordingError(f"{name!r} is a {rater.kind}: give your own name.")
        if rater.label != name and rater.label.casefold() == name.casefold():
            raise RecordingError(
                f"{rater.label!r} rates here already. If that is you, write the name "
                "so; else give one that differs in more than capital letters."
            )
