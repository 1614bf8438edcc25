"""Simulated animals: what their faces show, second by second.

At any time an animal is in one of three states, low, medium or high. How much of the
time it spends in each is told by its group and timepoint, moved up or down by an
effect of the animal and one of the recording (proportional odds). The state makes the
levels of the action units more or less likely (`ABOVE`); given the state the units are
independent. Animals turn to the camera and away, and only then are all units seen.

All of it is driven by uniform numbers that are held for a while and then drawn anew
(`held`), which makes the scores autocorrelated and leaves the distribution at each
time what it is: so the truth is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.scales import Scale

STATES = ("low", "medium", "high")

ABOVE = {
    "orbital": [[0.10, 0.01], [0.66, 0.10], [0.97, 0.52]],
    "nose": [[0.02], [0.42], [0.97]],
    "ear": [[0.15, 0.005], [0.70, 0.03], [0.96, 0.12]],
    "whiskers": [[0.20, 0.005], [0.70, 0.03], [0.95, 0.10]],
}
"""For each unit and state: probability of a level above the first, above the second."""

FOUND = {
    "orbital": (0.30, 0.996),
    "nose": (0.0, 0.996),
    "ear": (0.50, 0.996),
    "whiskers": (0.20, 0.996),
}
"""For each unit: probability that it is seen, turned away and facing the camera."""

ANIMAL_SD, RECORDING_SD = 0.45, 0.3
"""Spread of the effects of animals and of recordings, in logits."""

STATE_HELD, LEVEL_HELD, FACING_HELD = 6.0, 3.0, 30.0
"""Mean time in s for which a state, a unit's level, and a direction are held."""

TURNED_AWAY, TURNED_AWAY_POWER = 0.995, 2.4
"""Shares of time turned away are 0.995 * p ** 2.4, p uniform: 29 % on average."""

RISE_FROM, RISE_TO = 600.0, 1200.0
"""Times in s between which pain rises, where it does."""

MISREAD = 0.08
"""Share of units that a rater, person or model, reads one level too low or high."""


@dataclass(frozen=True, slots=True)
class Course:
    """How much of one recording the typical animal of a group spends in which state.

    Attributes
    ----------
    medium, high
        Share of time, 0 to 1.
    rise
        By how much the odds of a higher state grow after `RISE_FROM`, in logits.
    """

    medium: float
    high: float
    rise: float = 0.0


class Faces(NamedTuple):
    """What the faces of animals show."""

    level: NDArray[np.int8]
    """(recording, frame, unit): which of the unit's levels it is, from 0."""
    found: NDArray[np.bool_]
    """(recording, frame, unit): whether it can be seen."""
    expected: NDArray[np.float64]
    """(recording, frame): mean of the total that raters read."""
    effect: NDArray[np.float64]
    """(recording): effect of animal and recording, in logits."""
    facing: NDArray[np.float64]
    """(recording): share of time that the animal faces the camera."""


def simulate_faces(
    courses: Sequence[Course],
    n_animals: int,
    n_frames: int,
    scale: Scale,
    rng: np.random.Generator,
) -> Faces:
    """Simulate what the faces of a group of animals show, one frame each second.

    Parameters
    ----------
    courses
        One for each timepoint.
    n_animals
        Number of animals; each is recorded at each timepoint.
    n_frames
        Frames of a recording.
    scale
        Whose units are simulated.
    rng
        Where chance comes from.

    Returns
    -------
    Faces
        Recordings animal by animal, and within an animal by timepoint.
    """
    shape = (n_animals, len(courses))
    effect = ANIMAL_SD * ndtri(spread(rng, n_animals, 1))
    effect = (effect + RECORDING_SD * ndtri(spread(rng, *shape))).ravel()
    turned = TURNED_AWAY * spread(rng, *shape) ** TURNED_AWAY_POWER
    facing = 1 - turned.ravel()
    at_least = _at_least(courses, effect, n_frames)
    frames = (len(effect), n_frames)
    state = (held(rng, frames, STATE_HELD)[..., None] < at_least).sum(axis=-1)
    faces = (held(rng, frames, FACING_HELD) < facing[:, None]).astype(np.intp)
    level = np.empty((*frames, len(scale.units)), np.int8)
    found = np.empty(level.shape, np.bool_)
    for i, unit in enumerate(scale.unit_names):
        above = np.array(ABOVE[unit])[state]
        drawn = held(rng, frames, LEVEL_HELD)[..., None]
        level[..., i] = (drawn < above).sum(axis=-1)
        seen = held(rng, frames, LEVEL_HELD)
        found[..., i] = seen < np.array(FOUND[unit])[faces]
    expected = _expected_totals(scale)
    rising = expected[0] + (at_least * np.diff(expected)).sum(axis=-1)
    return Faces(level, found, rising, effect, facing)


def read(
    level: NDArray[np.int8],
    scale: Scale,
    rng: np.random.Generator,
    misread: ArrayLike = MISREAD,
) -> NDArray[np.int8]:
    """Give the levels (..., unit) that a rater reads from those that faces show.

    `misread`, of one or of each unit, is the share of levels read one too low or one
    too high, equally often; the lowest and the highest are read right instead of
    beyond the scale.
    """
    chance, share = rng.random(level.shape), np.asarray(misread)
    step = (chance > 1 - share / 2).astype(np.int8) - (chance < share / 2)
    last = [len(unit.levels) - 1 for unit in scale.units]
    seen: NDArray[np.int8] = np.clip(level + step, 0, last).astype(np.int8)
    return seen


def scores_of(level: NDArray[np.int8], scale: Scale) -> NDArray[np.float32]:
    """Give the scores (..., unit) that levels, counted from 0, stand for."""
    columns = [np.take(u.levels, level[..., i]) for i, u in enumerate(scale.units)]
    return np.stack(columns, axis=-1).astype(np.float32)


def spread(rng: np.random.Generator, n: int, columns: int) -> NDArray[np.float64]:
    """Draw uniform numbers (n, columns), one from each n-th of 0 to 1 in a column.

    So that groups of few animals are alike (a Latin hypercube).
    """
    rows = np.broadcast_to(np.arange(n)[:, None], (n, columns))
    return (rng.permuted(rows, axis=0) + rng.random((n, columns))) / n


def held(
    rng: np.random.Generator, shape: tuple[int, int], seconds: float
) -> NDArray[np.float64]:
    """Draw uniform numbers (recording, frame), each held for a while.

    In each frame a new number is drawn with probability 1 / `seconds`: correlation
    falls by this share with each frame.
    """
    new = rng.random(shape) * seconds < 1
    new[:, 0] = True
    since = np.maximum.accumulate(np.where(new, np.arange(shape[1]), 0), axis=1)
    return np.take_along_axis(rng.random(shape), since, axis=1)


def _at_least(
    courses: Sequence[Course], effect: NDArray[np.float64], n_frames: int
) -> NDArray[np.float64]:
    """Give the probability of at least medium, of high (recording, frame, 2)."""
    typical = logit([(c.medium + c.high, c.high) for c in courses])
    grown = np.clip((np.arange(n_frames) - RISE_FROM) / (RISE_TO - RISE_FROM), 0, 1)
    rise = np.array([c.rise for c in courses])[:, None] * grown
    repeat = len(effect) // len(courses)
    course = np.tile(typical[:, None, :] + rise[..., None], (repeat, 1, 1))
    likely: NDArray[np.float64] = expit(course + effect[:, None, None])
    return likely


def _expected_totals(scale: Scale) -> NDArray[np.float64]:
    """Give the mean total that is read in each state."""
    mean = np.zeros(len(STATES))
    for unit in scale.units:
        shown = -np.diff(ABOVE[unit.name], axis=1, prepend=1, append=0)
        levels = np.array(unit.levels)
        lower, higher = np.r_[levels[0], levels[:-1]], np.r_[levels[1:], levels[-1]]
        mean += shown @ (levels * (1 - MISREAD) + (lower + higher) * MISREAD / 2)
    return mean
