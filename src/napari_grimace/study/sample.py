"""Where the simulated study lies that ships with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

NAME = "simulated_study.nc"


def sample_study() -> Path:
    """Path of the simulated study that ships: scores alone, of no living animal.

    Its experiments are ``laparotomy``, ``carrageenan`` and ``raters``; what they hold
    is told in the README of the sample data.

    Raises
    ------
    GrimaceError
        If this installation lacks it.
    """
    remedy = "python -m napari_grimace.study.simulate FOLDER"
    return shipped(NAME, "simulated study", remedy)
