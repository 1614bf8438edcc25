"""Where the course that ships lies."""

from __future__ import annotations

from pathlib import Path

from napari_grimace.errors import GrimaceError

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
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "sample_data", package.parents[1] / "sample_data"):
        course = folder / NAME
        if (course / "set.json").exists() and (course / "ratings.grimace").exists():
            return course
    raise GrimaceError(
        "The course is not part of this installation. Install napari-grimace from its "
        "wheel or source, or draw the course: "
        "python -m napari_grimace.teaching.sample FOLDER"
    )
