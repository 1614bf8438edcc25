"""From the head's coordinates to the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.arrays import Floats, floats

if TYPE_CHECKING:
    from napari_grimace.phantom.outline import Spot
    from napari_grimace.phantom.scene import Animal


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """Matrix (3, 3) from animal axes (nose, its left, up) to the camera's.

    Camera axes are x right, y down, z towards the camera.

    Parameters
    ----------
    yaw, pitch, roll
        Degrees; yaw 0 is frontal and 90 has the nose to the image's right, pitch
        lifts the nose, roll turns the picture anticlockwise.
    """
    y, p, r = np.deg2rad([yaw, pitch, roll])
    # Lift the nose about the animal's own left axis first.
    lift = np.array([[np.cos(p), 0, -np.sin(p)], [0, 1, 0], [np.sin(p), 0, np.cos(p)]])
    face = np.array([[np.sin(y), np.cos(y), 0], [0, 0, -1], [np.cos(y), -np.sin(y), 0]])
    spin = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (spin @ face @ lift).astype(np.float32)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class View:
    """How an animal is seen.

    Attributes
    ----------
    turn
        (3, 3) head to camera axes.
    scale
        Pixels per head length.
    centre
        x, y in pixels of the head's middle.
    distance
        Of the camera, head lengths.
    """

    turn: Floats
    scale: float
    centre: tuple[float, float]
    distance: float

    @classmethod
    def of(
        cls, animal: Animal, height: int, width: int, corner: tuple[int, int] = (0, 0)
    ) -> View:
        """View of an animal in an image of a size.

        `corner` is the row and column of the image at which pixels start to count.
        """
        return cls(
            rotation(animal.yaw, animal.pitch, animal.roll),
            animal.length * min(height, width),
            (
                animal.centre[1] * width - corner[1],
                animal.centre[0] * height - corner[0],
            ),
            animal.distance,
        )

    def project(self, points: Floats) -> Floats:
        """Head coordinates (..., 3) to x, y and depth in pixels."""
        return self.project_camera(points @ self.turn.T)

    def project_camera(self, points: Floats) -> Floats:
        """Points (..., 3) in camera axes, head lengths, to x, y and depth in pixels."""
        nearer = self.distance / np.maximum(self.distance - points[..., 2], 0.3)
        return np.stack(
            [
                self.centre[0] + points[..., 0] * nearer * self.scale,
                self.centre[1] + points[..., 1] * nearer * self.scale,
                points[..., 2] * self.scale,
            ],
            -1,
        ).astype(np.float32)

    def facing(self, normal: Floats) -> Floats:
        """Vectors in head coordinates, in camera axes."""
        return normal @ self.turn.T


def window(
    spot: Spot, reach: float, place: Floats, view: View
) -> tuple[slice, slice] | None:
    """Rows and columns of a patch in which a spot's surroundings are seen.

    Parameters
    ----------
    spot
        A place on the head.
    reach
        Radius of its surroundings, head lengths.
    place
        (y, x, 3) head coordinates of the patch.
    view
        Tells whether the spot is turned away.

    Returns
    -------
    tuple or None
        None if nothing of it can be seen.
    """
    if float(view.facing(spot.out)[2]) < -0.6:
        return None
    away = place[::3, ::3] - spot.at
    near = np.einsum("...i,...i", away, away) < floats((reach + 3 / view.scale) ** 2)
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    if not len(rows):
        return None
    return (
        slice(max(0, 3 * int(rows[0]) - 3), 3 * int(rows[-1]) + 4),
        slice(max(0, 3 * int(columns[0]) - 3), 3 * int(columns[-1]) + 4),
    )
