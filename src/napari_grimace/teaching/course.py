"""Where the course that ships lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

NAME = "course.reference"


def sample_course() -> Path:
    """Path of the course that ships: a reference set of rendered faces.

    60 faces of black mice, drawn with known scores on the scale `mgs-black`. What is
    learned on them is the scale, and the handling of the program, not real faces.

    Raises
    ------
    GrimaceError
        If this installation lacks it.
    """
    remedy = "python -m napari_grimace.teaching.sample FOLDER"
    for part in ("set.json", "ratings.grimace"):
        shipped(f"{NAME}/{part}", "course", remedy)
    return shipped(NAME, "course", remedy)
