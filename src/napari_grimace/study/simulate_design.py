"""What is simulated: groups of animals, and what they do at each timepoint."""

from __future__ import annotations

from dataclasses import dataclass

from napari_grimace.study.simulate_frames import Course


@dataclass(frozen=True, slots=True)
class Group:
    """Animals that are treated alike.

    Attributes
    ----------
    name
        The group.
    letter
        What the names of its animals begin with.
    males, females
        Number of animals.
    courses
        What the typical animal does, by timepoint.
    """

    name: str
    letter: str
    males: int
    females: int
    courses: dict[str, Course]


SECONDS = 1800
"""Length of a recording; a frame each second."""

FRAME_RATE = 30
"""Frames each second of the videos that the frames would be of."""

N_FRAMES_OF_PEOPLE = 10
"""Frames, with all units seen, that people score in a recording."""

N_ANIMALS_OF_PEOPLE = 12
"""Animals in a group of which people score frames, at most."""

_BEFORE = Course(medium=0.17, high=0.025)

LAPAROTOMY = (
    Group(
        "sham",
        "S",
        males=7,
        females=7,
        courses={
            "baseline": _BEFORE,
            "post": Course(medium=0.24, high=0.047, rise=0.9),
        },
    ),
    Group(
        "laparotomy",
        "L",
        males=9,
        females=8,
        courses={"baseline": _BEFORE, "post": Course(medium=0.275, high=0.475)},
    ),
    Group(
        "carprofen",
        "C",
        males=8,
        females=7,
        courses={
            "baseline": _BEFORE,
            "post": Course(medium=0.27, high=0.041, rise=0.9),
        },
    ),
)
"""Sham operation; laparotomy; laparotomy after carprofen. Sex makes no difference."""

_LATER = Course(medium=0.18, high=0.03)

CARRAGEENAN = (
    Group(
        "not habituated",
        "N",
        males=10,
        females=0,
        courses={
            "baseline": _BEFORE,
            "3-3.5 h": _LATER,
            "3.5-4 h": Course(medium=0.28, high=0.3),
        },
    ),
    Group(
        "habituated",
        "H",
        males=10,
        females=0,
        courses={
            "baseline": _BEFORE,
            "3-3.5 h": _LATER,
            "3.5-4 h": Course(medium=0.25, high=0.085),
        },
    ),
)
"""Carrageenan in animals that did not know the chamber, and in those that did."""
