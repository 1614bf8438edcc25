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
from napari_grimace.phantom.outline import EYE, Spot, pair, point

if TYPE_CHECKING:
    from napari_grimace.phantom.scene import Animal, Units

ROWS, COLUMNS = 90, 132
_CREASE, _DARKEST = 26.0, 0.5


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
    crease
        (row, column) share of the light, 0 to 1, that folds round bulges and the
        bottoms of hollows keep off the skin.
    eyes, cheeks, pads
        Places on the animal's left and right.
    roots
        (whisker, 3) where the whiskers of the left and right grow.
    """

    grid: Floats
    normal: Floats
    behind: Floats
    angle: Floats
    crease: Floats
    eyes: tuple[Spot, Spot]
    cheeks: tuple[Spot, Spot]
    pads: tuple[Spot, Spot]
    roots: tuple[Floats, Floats]


def normals(grid: Floats) -> Floats:
    """Give the unit normals (row, column, 3) of a surface (row, column, 3)."""
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
        bumps.append((spot.at, (0.095, 0.085, 0.08), 0.085 * units.cheek - 0.008))
        hollow = spot.at + spot.ahead * 0.12
        bumps.append((hollow, (0.035, 0.06, 0.06), -0.018 * units.cheek))
    full = 1.0 if mouse else 1.15 - 0.75 * units.nose
    for spot in pads:
        bumps.append((spot.at, (0.06, 0.05, 0.05), 0.026 * full))
        crease = spot.at - spot.ahead * 0.105 + spot.up * 0.01
        depth = 0.007 if mouse else 0.024 * (1 - units.nose)
        bumps.append((crease, (0.03, 0.06, 0.07), -depth))
    bridge = np.array([0.5 - 0.24, 0.0, 0.10 * animal.build.height], np.float32)
    if mouse:
        bumps.append((bridge, (0.07, 0.06, 0.06), 0.080 * units.nose - 0.006))
        pinch = bridge - np.array([0.115, 0.0, -0.03], np.float32)
        bumps.append((pinch, (0.04, 0.09, 0.06), -0.016 * units.nose))
    else:
        bumps.append((bridge, (0.11, 0.07, 0.06), 0.058 * (1 - units.nose) - 0.014))
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
    grid = point(species, build, behind, angle)
    eye_at, eye_angle, radius = EYE[species]
    eyes = pair(
        species,
        build,
        eye_at - build.eye_forward,
        eye_angle + build.eye_up,
        radius * build.eye,
    )
    cheeks = pair(species, build, 0.55 if species == "mouse" else 0.6, -0.28, 0.1)
    pads = pair(species, build, 0.15, -0.12, 0.075)
    height, crease = _relief(grid, _bumps(animal, eyes, cheeks, pads))
    grid += height[..., None] * normals(grid.astype(np.float32))
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
        crease,
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


def _relief(
    grid: Doubles,
    bumps: list[tuple[Floats, tuple[float, float, float], float]],
) -> tuple[Floats, Floats]:
    """Height of the bumps (row, column), and the darkening of their creases."""
    points = grid.astype(np.float32)
    height = np.zeros(grid.shape[:2], np.float32)
    crease = np.zeros(grid.shape[:2], np.float32)
    middle = points[:, 0, 0]
    for centre, width, rise in bumps:
        # Rows ordered by x: only those near the bump.
        rows = np.flatnonzero(np.abs(middle - centre[0]) < 3 * width[0])
        if not len(rows):
            continue
        part = slice(rows[0], rows[-1] + 1)
        away = (points[part] - centre) / floats(width)
        far = np.einsum("...i,...i", away, away)
        bell = np.exp(-far)
        height[part] += floats(rise) * bell
        # Light is lost where the surface is hollow: round a bulge, within a dent.
        hollow = np.maximum(far - 1, 0) if rise > 0 else np.maximum(1 - far, 0)
        crease[part] += floats(_CREASE * abs(rise)) * bell * hollow
    return height, np.minimum(crease, floats(_DARKEST))


def _risen(spot: Spot, units: Units, side: int) -> Spot:
    from napari_grimace.phantom.levels import eye_aperture

    rise = 0.012 + 0.018 * eye_aperture(units.orbital[side])
    return Spot(spot.at + spot.out * rise, spot.out, spot.ahead, spot.up, spot.radius)
