"""Body, legs, paws and tail: tubes along curves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.anatomy import normals
from napari_grimace.phantom.arrays import Floats, floats
from napari_grimace.phantom.pose import rotation

if TYPE_CHECKING:
    from napari_grimace.phantom.pose import View
    from napari_grimace.phantom.scene import Animal


@dataclass(frozen=True, slots=True)
class Tube:
    """A surface in camera axes, head lengths.

    Attributes
    ----------
    grid, normal
        (row, column, 3); rows along, columns around.
    along, height
        (row, column) 0 to 1 from one end to the other; -1 below to 1 above.
    """

    grid: Floats
    normal: Floats
    along: Floats
    height: Floats


def bezier(points: Floats, count: int) -> Floats:
    """Points (count, d) of a cubic curve with four control points (4, d)."""
    t = np.linspace(0, 1, count)[:, None]
    a, b, c, d = points
    u = 1 - t
    curve = u**3 * a + 3 * u**2 * t * b + 3 * u * t**2 * c + t**3 * d
    return np.asarray(curve, np.float64)


def tube(
    curve: Floats,
    radius: Floats,
    up: Floats,
    *,
    around: int = 28,
    flat: float = 1.0,
) -> Tube:
    """Wrap a tube around a curve.

    Parameters
    ----------
    curve
        (row, 3).
    radius
        (row,).
    up
        (3,) direction that counts as above.
    around
        Columns.
    flat
        Width over height.
    """
    ahead = np.gradient(curve, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    side = np.cross(ahead, up)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    above = np.cross(side, ahead)
    angle = np.linspace(-np.pi / 2, 1.5 * np.pi, around)
    # Camera axes are left-handed: going round the other way, cells run like the
    # head's seen from outside.
    cos, sin = -np.cos(angle)[None, :, None] * flat, np.sin(angle)[None, :, None]
    round_ = side[:, None] * cos + above[:, None] * sin
    grid = (curve[:, None] + round_ * radius[:, None, None]).astype(np.float32)
    along = np.broadcast_to(np.linspace(0, 1, len(curve))[:, None], grid.shape[:2])
    height = np.broadcast_to(np.sin(angle)[None], grid.shape[:2])
    return Tube(
        grid, -normals(grid), along.astype(np.float32), height.astype(np.float32)
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """Axes of the body in camera axes: where it ends, and what is up."""

    neck: Floats
    back: Floats
    up: Floats
    side: Floats
    spine: Floats
    radius: Floats


def make_frame(animal: Animal, view: View) -> Frame:
    """Lay the spine of an animal."""
    pitch = animal.pitch * 0.35 - animal.rise
    axes = rotation(animal.yaw + animal.turn, pitch, animal.roll * 0.4)
    axes = axes.astype(np.float64)
    back, side, up = -axes[:, 0], axes[:, 1], axes[:, 2]
    head = view.turn.astype(np.float64)
    neck = head @ np.array([-0.42, 0.0, -0.02])
    long = (1.9 if animal.species == "mouse" else 2.35) * animal.stretch
    hunch = 0.22 * animal.pain + 0.06
    points = np.stack(
        [
            neck + head[:, 0] * 0.12,
            neck - head[:, 0] * 0.45 * long * 0.5,
            neck + back * long * 0.62 + up * hunch,
            neck + back * long - up * 0.12,
        ]
    )
    fat = animal.build.fat * (1.0 if animal.species == "mouse" else 1.05)
    t = np.linspace(0, 1, 40)
    radius = np.interp(
        t,
        [0, 0.12, 0.3, 0.5, 0.7, 0.85, 0.95, 1],
        [0.2, 0.25, 0.32, 0.41, 0.45, 0.38, 0.22, 0.02],
    )
    return Frame(neck, back, up, side, bezier(points, 40), radius * fat)


def make_body(frame: Frame) -> Tube:
    """Trunk, from the neck to the rump."""
    return tube(frame.spine, frame.radius, frame.up, around=48, flat=1.05)


def make_tail(frame: Frame, rng: np.random.Generator) -> Tube:
    """Tail, from the rump in any curve along the ground."""
    root = frame.spine[-2] - frame.up * 0.05
    swing = rng.normal(0, 0.9, 2)
    rise = rng.normal(-0.15, 0.2, 2)
    points = np.stack(
        [
            root - frame.back * 0.1,
            root + frame.back * 0.6 + frame.up * rise[0],
            root + frame.back * 1.1 + frame.side * swing[0] + frame.up * rise[1],
            root
            + frame.back * rng.uniform(0.2, 1.8)
            + frame.side * swing.sum()
            - frame.up * 0.25,
        ]
    )
    radius = np.linspace(0.055, 0.014, 36) * rng.uniform(0.9, 1.2)
    return tube(bezier(points, 36), radius, frame.up, around=10)


def make_limbs(frame: Frame, rng: np.random.Generator) -> tuple[list[Tube], list[Tube]]:
    """Furred legs, and naked paws."""
    legs: list[Tube] = []
    paws: list[Tube] = []
    down = -frame.up
    thigh = np.interp(
        np.linspace(0, 1, 12), [0, 0.1, 0.3, 0.6, 1], [0.1, 1.3, 1.9, 1.3, 0.55]
    )
    for at, spread, size in ((11, 0.21, 0.085), (30, 0.31, 0.12)):
        for sign in (1, -1):
            root = frame.spine[at] + frame.side * sign * spread + down * 0.1
            step = rng.normal(0, 0.09)
            foot = root + down * (frame.radius[at] - 0.02) - frame.back * (0.05 + step)
            curve = bezier(np.stack([root, root + down * 0.12, foot, foot]), 12)
            legs.append(
                tube(
                    curve,
                    thigh * size,
                    frame.back,
                    around=14,
                )
            )
            paws.append(make_paw(foot, -frame.back, frame.up, size * 0.75, rng))
    return legs, paws


@cache
def _paw_form(variant: int) -> tuple[Floats, Floats]:
    """Palm and four toes of size 1 that point along x, z up: grid and normals."""
    rng = np.random.default_rng([7003, variant])
    up = np.array([0.0, 0.0, 1.0])
    palm = np.linspace(-0.9, 1.1, 10)[:, None] * np.array([1.0, 0, 0])
    shape = np.sqrt(np.clip(1 - np.linspace(-1, 1, 10) ** 4, 0.01, 1))
    parts = [tube(palm, shape * 0.5, up, around=10)]
    for toe in np.linspace(-1, 1, 4):
        root = np.array([0.8, toe * 0.38, 0.0])
        tip = root + np.array([rng.uniform(0.7, 1.1), toe * 0.3, -0.2])
        curve = np.linspace(root, tip, 7)
        parts.append(tube(curve, np.linspace(0.15, 0.09, 7), up, around=10))
    gap = np.full((1, 10, 3), np.nan, np.float32)
    grids = [g for part in parts for g in (part.grid, gap)]
    normal = [g for part in parts for g in (part.normal, gap)]
    return np.concatenate(grids), np.concatenate(normal)


def make_paw(
    at: Floats,
    ahead: Floats,
    up: Floats,
    size: float,
    rng: np.random.Generator,
) -> Tube:
    """Palm and four toes that point ahead."""
    grid, normal = _paw_form(int(rng.integers(4)))
    axes = np.stack([ahead / np.linalg.norm(ahead), np.zeros(3), up])
    axes[2] -= axes[0] * (axes[0] @ axes[2])
    axes[2] /= np.linalg.norm(axes[2])
    axes[1] = np.cross(axes[2], axes[0])
    axes = axes.astype(np.float32)
    flat = np.zeros(grid.shape[:2], np.float32)
    placed = grid @ (axes * floats(size)) + at.astype(np.float32)
    return Tube(placed, normal @ axes, flat, flat)
