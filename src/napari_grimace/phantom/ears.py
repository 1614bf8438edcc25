"""Ears: thin cupped shells that turn back, spread, fold and narrow in pain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.anatomy import normals

if TYPE_CHECKING:
    from napari_grimace.phantom.arrays import Doubles, Floats
    from napari_grimace.phantom.scene import Animal

ROWS, COLUMNS = 36, 27
# Place of the base, length and half width, in head lengths.
_BASE = {"mouse": (-0.27, 0.15, 0.15), "rat": (-0.29, 0.165, 0.12)}
_SIZE = {"mouse": (0.40, 0.185), "rat": (0.31, 0.15)}


@dataclass(frozen=True, slots=True)
class Ear:
    """One ear in head coordinates.

    Attributes
    ----------
    grid, normal
        (row, column, 3); rows run from base to tip, columns across, normals point
        out of the cup.
    along, across
        (row, column) 0 at the base to 1 at the tip; -1 to 1 from rim to rim.
    """

    grid: Floats
    normal: Floats
    along: Floats
    across: Floats


def _unit(vector: Doubles) -> Doubles:
    return vector / np.linalg.norm(vector)


def _axes(
    species: str, change: float, rng: np.random.Generator
) -> tuple[Doubles, Doubles, Doubles]:
    """Axis from base to tip, direction the cup opens to, and across; left ear."""
    jitter = rng.normal(0, 0.07, 3)
    # Angles in radians: outwards from upright, and backwards.
    rest = (0.42, 0.12, 0.75) if species == "mouse" else (0.95, 0.10, 0.62)
    pain = (1.12, 0.85, 1.75) if species == "mouse" else (1.30, 0.75, 1.62)
    out, back, turned = (
        a + (b - a) * change + j for a, b, j in zip(rest, pain, jitter, strict=True)
    )
    axis = _unit(
        np.array(
            [-np.sin(back), np.sin(out) * np.cos(back), np.cos(out) * np.cos(back)]
        )
    )
    # The opening turns from forwards to outwards about the ear's own axis.
    ahead = np.array([1.0, 0, 0]) - axis * axis[0]
    side = np.cross(axis, _unit(ahead))
    side = side if side[1] > 0 else -side
    opening = _unit(_unit(ahead) * np.cos(turned) + side * np.sin(turned))
    return axis, opening, _unit(np.cross(opening, axis))


def _notched(
    v: Doubles,
    u: Doubles,
    animal: Animal,
    side: int,
    rng: np.random.Generator,
) -> Doubles:
    """Bite a notch out of one rim, as animals are marked."""
    at, deep = rng.uniform(0.35, 0.8), rng.uniform(0.3, 0.6)
    if animal.extras.notch != side + 1:
        return np.ones_like(v)
    return 1 - deep * np.exp(-(((v - at) / 0.06) ** 2)) * (u > 0)


def make_ear(animal: Animal, side: int, rng: np.random.Generator) -> Ear:
    """Shape one ear.

    Parameters
    ----------
    animal
        Its build and ear change are used.
    side
        0 for the animal's left, 1 for its right.
    rng
        Small differences of posture and form.
    """
    change = animal.units.ear[side]
    axis, opening, across = _axes(animal.species, change, rng)
    length, half = _SIZE[animal.species]
    length *= animal.build.ear
    half *= animal.build.ear * animal.build.ear_width * (1 - 0.42 * change)
    v, u = np.meshgrid(
        np.linspace(0, 1, ROWS), np.linspace(-1, 1, COLUMNS), indexing="ij"
    )
    # A narrow base that widens to a round top; pain draws the tip to a point.
    round_top = np.sqrt(np.clip(1 - ((v - 0.5) / 0.5) ** 2, 0, 1))
    base = 0.52 * np.clip(1 - v / 0.5, 0, 1)
    outline = np.maximum(round_top ** (0.8 + 0.5 * change), base)
    outline *= _notched(v, u, animal, side, rng)
    cup = (0.30 + 0.55 * change + rng.normal(0, 0.08)) * u**2
    curl = (0.10 + 0.1 * change) * (v - 0.35) ** 2 + rng.normal(0, 0.03) * u * v
    deep = -0.10 * (1 - u**2) * np.exp(-(((v - 0.3) / 0.25) ** 2))
    grid = (
        v[..., None] * axis * length
        + (u * outline)[..., None] * across * half
        + ((cup * outline + deep) * half + curl * length)[..., None] * opening
    )
    grid += np.array(_BASE[animal.species]) * [
        1,
        animal.build.width,
        animal.build.height,
    ]
    grid -= axis * 0.03
    if side:
        grid = (grid * [1, -1, 1])[:, ::-1]
    points = grid.astype(np.float32)
    normal = normals(points)
    open_to = (opening * ([1, -1, 1] if side else [1, 1, 1])).astype(np.float32)
    if float((normal @ open_to).mean()) < 0:
        normal = -normal
    return Ear(points, normal, v.astype(np.float32), u.astype(np.float32))
