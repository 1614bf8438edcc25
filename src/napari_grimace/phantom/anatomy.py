"""The head as a surface in its own coordinates, shaped by the action units.

Head coordinates are in head lengths (tip of the nose to occiput): x to the nose, y to
the animal's left, z up, the origin in the middle. The surface is a tube along x whose
outline is tabulated for each species, with rounded bumps for eyes, cheeks, whisker
pads, brow and the bridge of the nose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.arrays import Doubles, Floats, floats

if TYPE_CHECKING:
    from napari_grimace.phantom.scene import Animal, Build, Units

ROWS, COLUMNS = 90, 132

# Behind the tip, half width, top and bottom of the outline, all in head lengths.
_STATION = np.array([0, 0.02, 0.06, 0.12, 0.2, 0.3, 0.42, 0.55, 0.7, 0.85, 1.0, 1.12])
_OUTLINE = {
    "mouse": np.array(
        [
            [
                0.012,
                0.040,
                0.066,
                0.092,
                0.122,
                0.160,
                0.204,
                0.236,
                0.255,
                0.262,
                0.25,
                0.21,
            ],
            [
                0.012,
                0.040,
                0.058,
                0.076,
                0.102,
                0.138,
                0.182,
                0.212,
                0.228,
                0.228,
                0.205,
                0.17,
            ],
            [
                -0.02,
                -0.052,
                -0.082,
                -0.108,
                -0.132,
                -0.158,
                -0.184,
                -0.204,
                -0.22,
                -0.23,
                -0.22,
                -0.19,
            ],
        ]
    ),
    "rat": np.array(
        [
            [
                0.016,
                0.044,
                0.074,
                0.100,
                0.122,
                0.148,
                0.182,
                0.212,
                0.235,
                0.246,
                0.24,
                0.21,
            ],
            [
                0.016,
                0.044,
                0.066,
                0.086,
                0.110,
                0.138,
                0.170,
                0.194,
                0.206,
                0.206,
                0.19,
                0.16,
            ],
            [
                -0.024,
                -0.06,
                -0.095,
                -0.12,
                -0.138,
                -0.156,
                -0.178,
                -0.196,
                -0.212,
                -0.22,
                -0.21,
                -0.19,
            ],
        ]
    ),
}
_EYE = {"mouse": (0.43, 0.60, 0.062), "rat": (0.47, 0.68, 0.056)}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the head with its own axes.

    Attributes
    ----------
    at
        (3,) in head coordinates.
    out, ahead, up
        (3,) unit vectors: away from the head, towards the nose, upwards.
    radius
        In head lengths.
    """

    at: Floats
    out: Floats
    ahead: Floats
    up: Floats
    radius: float


@dataclass(frozen=True, slots=True)
class Head:
    """A head's surface and the places on it.

    Attributes
    ----------
    grid
        (row, column, 3) points in head coordinates; rows run from the nose back,
        columns around from the animal's left over the top.
    normal
        (row, column, 3) unit vectors outwards.
    behind
        (row, column) distance behind the tip, and `angle` around the axis.
    eyes, cheeks, pads
        Places on the animal's left and right.
    roots
        (whisker, 3) where the whiskers of the left and right grow.
    """

    grid: Floats
    normal: Floats
    behind: Floats
    angle: Floats
    eyes: tuple[Spot, Spot]
    cheeks: tuple[Spot, Spot]
    pads: tuple[Spot, Spot]
    roots: tuple[Floats, Floats]


def _outline(species: str, build: Build, behind: Doubles) -> tuple[Doubles, ...]:
    table = _OUTLINE[species]
    width, top, bottom = (np.interp(behind, _STATION, line) for line in table)
    snout = 1 + (build.snout - 1) * np.exp(-((behind / 0.3) ** 2))
    return width * build.width * snout, top * build.height, bottom * build.height


def _point(species: str, build: Build, behind: Doubles, angle: Doubles) -> Doubles:
    """Points of the tube without its bumps."""
    width, top, bottom = _outline(species, build, behind)
    cos, sin = np.cos(angle), np.sin(angle)
    # A little squarer than an ellipse: skulls have sides.
    y = width * np.sign(cos) * np.abs(cos) ** 0.88
    z = np.where(sin > 0, top, -bottom) * np.sign(sin) * np.abs(sin) ** 0.92
    # The snout hangs a little below the skull's middle.
    droop = -0.035 * np.exp(-behind / 0.22)
    return np.stack([0.5 - behind, y, z + droop], -1)


def _spot(
    species: str, build: Build, behind: float, angle: float, radius: float
) -> Spot:
    def at(b: float, a: float) -> Doubles:
        return _point(species, build, np.array(b), np.array(a))

    side = 1 if np.cos(angle) > 0 else -1
    ahead = at(behind - 0.03, angle) - at(behind + 0.03, angle)
    up = at(behind, angle + 0.08 * side) - at(behind, angle - 0.08 * side)
    ahead /= np.linalg.norm(ahead)
    up -= ahead * (up @ ahead)
    up /= np.linalg.norm(up)
    out = np.cross(ahead, up) * -side
    values = (at(behind, angle), out, ahead, up)
    return Spot(*(v.astype(np.float32) for v in values), radius)


def _pair(
    species: str, build: Build, behind: float, angle: float, radius: float
) -> tuple[Spot, Spot]:
    left = _spot(species, build, behind, angle, radius)
    return left, _spot(species, build, behind, np.pi - angle, radius)


def normals(grid: Floats) -> Floats:
    """Unit normals (row, column, 3) of a surface, rows x columns."""
    a, b = _slope(grid, 0), _slope(grid, 1)
    cross = np.empty(grid.shape, np.float32)
    for axis in range(3):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        cross[..., axis] = a[..., i] * b[..., j] - a[..., j] * b[..., i]
    size = np.sqrt(np.einsum("...i,...i", cross, cross))
    cross /= np.maximum(size, 1e-12)[..., None]
    return cross


def _slope(grid: Floats, axis: int) -> Floats:
    g = grid.swapaxes(0, axis)
    slope = np.empty_like(g)
    slope[1:-1] = g[2:] - g[:-2]
    slope[0], slope[-1] = g[1] - g[0], g[-1] - g[-2]
    return slope.swapaxes(0, axis)


def _bumps(
    animal: Animal,
    eyes: tuple[Spot, Spot],
    cheeks: tuple[Spot, Spot],
    pads: tuple[Spot, Spot],
) -> list[tuple[Floats, tuple[float, float, float], float]]:
    """Centres, widths (x, y, z) and heights of the rounded bumps."""
    from napari_grimace.phantom.levels import eye_aperture

    units, mouse = animal.units, animal.species == "mouse"
    bumps: list[tuple[Floats, tuple[float, float, float], float]] = []
    for spot, tight in zip(eyes, units.orbital, strict=True):
        r = spot.radius
        rise = 0.012 + 0.018 * eye_aperture(tight)
        bumps.append((spot.at, (r * 0.95, r * 0.95, r * 0.95), rise))
        # Squeezed lids push up a fold above and a roll of cheek below.
        for sign in (1, -1):
            fold = spot.at + spot.up * (sign * r * 1.15)
            bumps.append((fold, (r * 1.1, r * 0.5, r * 0.5), 0.012 * tight**2))
        bumps.append((spot.at + spot.up * r * 1.3, (0.1, 0.06, 0.05), 0.012))
    for spot in cheeks:
        bumps.append((spot.at, (0.075, 0.07, 0.065), 0.075 * units.cheek - 0.008))
        hollow = spot.at + spot.ahead * 0.1
        bumps.append((hollow, (0.035, 0.06, 0.06), -0.014 * units.cheek))
    full = 1.0 if mouse else 1.15 - 0.75 * units.nose
    for spot in pads:
        bumps.append((spot.at, (0.06, 0.05, 0.05), 0.026 * full))
        crease = spot.at - spot.ahead * 0.105 + spot.up * 0.01
        depth = 0.007 if mouse else 0.022 * (1 - units.nose)
        bumps.append((crease, (0.022, 0.06, 0.07), -depth))
    bridge = np.array([0.5 - 0.24, 0.0, 0.10 * animal.build.height], np.float32)
    if mouse:
        bumps.append((bridge, (0.07, 0.06, 0.06), 0.068 * units.nose - 0.006))
        pinch = bridge - np.array([0.115, 0.0, -0.03], np.float32)
        bumps.append((pinch, (0.04, 0.09, 0.06), -0.012 * units.nose))
    else:
        bumps.append((bridge, (0.11, 0.07, 0.06), 0.046 * (1 - units.nose) - 0.014))
    return bumps


def make_head(animal: Animal) -> Head:
    """Shape an animal's head.

    Parameters
    ----------
    animal
        Species, build and action units are used.
    """
    species, build = animal.species, animal.build
    t = np.linspace(0, 1, ROWS)
    behind, angle = np.meshgrid(
        1.12 * t**1.35, np.linspace(-np.pi / 2, 1.5 * np.pi, COLUMNS), indexing="ij"
    )
    grid = _point(species, build, behind, angle)
    eye_at, eye_angle, radius = _EYE[species]
    eyes = _pair(
        species,
        build,
        eye_at - build.eye_forward,
        eye_angle + build.eye_up,
        radius * build.eye,
    )
    cheeks = _pair(species, build, 0.55 if species == "mouse" else 0.6, -0.28, 0.1)
    pads = _pair(species, build, 0.15, -0.12, 0.075)
    grid += _displacement(grid, _bumps(animal, eyes, cheeks, pads))
    if species == "rat":
        # Flattening draws the nose out.
        front = np.clip((grid[..., 0] - 0.1) / 0.4, 0, 1)
        grid[..., 0] += 0.05 * (animal.units.nose - 0.3) * front
    points = grid.astype(np.float32)
    return Head(
        points,
        normals(points),
        behind.astype(np.float32),
        angle.astype(np.float32),
        (_risen(eyes[0], animal.units, 0), _risen(eyes[1], animal.units, 1)),
        cheeks,
        pads,
        (_roots(points, pads[0]), _roots(points, pads[1])),
    )


def _roots(grid: Floats, pad: Spot) -> Floats:
    """Roots of the whiskers of one side, in four rows, on the skin."""
    row, column = np.array([(r, c) for r in range(4) for c in range(5 + r // 2)]).T
    ahead = 0.05 - 0.023 * column - 0.006 * row
    up = 0.04 - 0.024 * row - 0.004 * column
    points = pad.at + np.outer(ahead, pad.ahead) + np.outer(up, pad.up)
    near = grid[4:46:2, ::2].reshape(-1, 3)
    near = near[np.abs(near - pad.at).max(1) < 0.12]
    if not len(near):
        return np.asarray(points, np.float32)
    away = ((points[:, None] - near[None]) ** 2).sum(-1)
    to_skin = (near[away.argmin(1)] - points) @ np.outer(pad.out, pad.out)
    return np.asarray(points + to_skin, np.float32)


def _displacement(
    grid: Doubles,
    bumps: list[tuple[Floats, tuple[float, float, float], float]],
) -> Doubles:
    points = grid.astype(np.float32)
    height = np.zeros(grid.shape[:2], np.float32)
    middle = points[:, 0, 0]
    for centre, width, rise in bumps:
        # Rows ordered by x: only those near the bump.
        rows = np.flatnonzero(np.abs(middle - centre[0]) < 3 * width[0])
        if not len(rows):
            continue
        part = slice(rows[0], rows[-1] + 1)
        away = (points[part] - centre) / floats(width)
        height[part] += floats(rise) * np.exp(-np.einsum("...i,...i", away, away))
    return height[..., None] * normals(points)


def _risen(spot: Spot, units: Units, side: int) -> Spot:
    from napari_grimace.phantom.levels import eye_aperture

    rise = 0.012 + 0.018 * eye_aperture(units.orbital[side])
    return Spot(spot.at + spot.out * rise, spot.out, spot.ahead, spot.up, spot.radius)
