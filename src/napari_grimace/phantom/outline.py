"""Outline of a head without its bumps, and places on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.arrays import floats

if TYPE_CHECKING:
    from napari_grimace.phantom.arrays import Doubles, Floats
    from napari_grimace.phantom.scene import Build

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
EYE = {"mouse": (0.43, 0.60, 0.062), "rat": (0.47, 0.68, 0.056)}


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


def _outline(species: str, build: Build, behind: Doubles) -> tuple[Doubles, ...]:
    table = _OUTLINE[species]
    width, top, bottom = (np.interp(behind, _STATION, line) for line in table)
    snout = 1 + (build.snout - 1) * np.exp(-((behind / 0.3) ** 2))
    return width * build.width * snout, top * build.height, bottom * build.height


def point(species: str, build: Build, behind: Doubles, angle: Doubles) -> Doubles:
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
        return point(species, build, np.array(b), np.array(a))

    side = 1 if np.cos(angle) > 0 else -1
    ahead = at(behind - 0.03, angle) - at(behind + 0.03, angle)
    up = at(behind, angle + 0.08 * side) - at(behind, angle - 0.08 * side)
    ahead /= np.linalg.norm(ahead)
    up -= ahead * (up @ ahead)
    up /= np.linalg.norm(up)
    out = np.cross(ahead, up) * -side
    place, out, ahead, up = floats([at(behind, angle), out, ahead, up])
    return Spot(place, out, ahead, up, radius)


def pair(
    species: str, build: Build, behind: float, angle: float, radius: float
) -> tuple[Spot, Spot]:
    """Give the places on the left and right at a distance and angle, with a radius."""
    left = _spot(species, build, behind, angle, radius)
    return left, _spot(species, build, behind, np.pi - angle, radius)
