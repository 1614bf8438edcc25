"""What an animal wears or holds before its face: head caps, cables, forepaws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.body import Tube, bezier, make_paw, tube

if TYPE_CHECKING:
    from napari_grimace.phantom.arrays import Floats
    from napari_grimace.phantom.pose import View
    from napari_grimace.phantom.scene import Animal

Colour = tuple[float, float, float]
_CAPS: tuple[Colour, ...] = (
    (0.88, 0.86, 0.84), (0.80, 0.55, 0.56), (0.12, 0.12, 0.13), (0.55, 0.56, 0.58),
    (0.30, 0.42, 0.62),
)  # fmt: skip


def make_cap(
    animal: Animal, view: View, rng: np.random.Generator
) -> list[tuple[Tube, Colour]]:
    """Cement, implant and cable on the head, or nothing."""
    size = animal.extras.cap
    if size <= 0:
        return []
    top = 0.20 * animal.build.height
    at = np.array([rng.uniform(-0.22, 0.0), rng.normal(0, 0.02), top - 0.06])
    up = np.array([rng.normal(0, 0.15), rng.normal(0, 0.1), 1.0])
    colour = _CAPS[int(rng.integers(len(_CAPS)))]
    high = 0.08 + 0.22 * size * rng.random()
    rise = np.linspace(0, 1, 9)[:, None] * up * high + at
    wide = np.interp(np.linspace(0, 1, 9), [0, 0.75, 0.9, 1], [1, 0.75, 0.7, 0.0])
    parts = [(_posed(rise, wide * 0.12 * size, view), colour)]
    end = at + up * high
    if animal.extras.cable or rng.random() < 0.4:
        bow = rng.normal(0, 0.4, (2, 3))
        points = np.stack(
            [end, end + up * 0.5, end + up * 1.2 + bow[0], end + up * 2.2 + bow[1]]
        )
        thick = rng.uniform(0.015, 0.04)
        cable = _posed(bezier(points, 24), np.full(24, thick), view)
        parts.append((cable, _CAPS[int(rng.integers(len(_CAPS)))]))
    return parts


def _posed(curve: Floats, radius: Floats, view: View) -> Tube:
    turn = view.turn.astype(np.float64)
    side = turn @ np.array([0.9, 0.3, 0.05])
    return tube(curve @ turn.T, radius, side, around=16)


def make_forepaws(
    animal: Animal, view: View, rng: np.random.Generator
) -> tuple[list[Tube], list[Tube]]:
    """Arms and paws at the mouth, as in grooming and eating; or nothing."""
    if animal.extras.paws <= 0:
        return [], []
    turn = view.turn.astype(np.float64)
    reach = animal.extras.paws
    arms: list[Tube] = []
    paws: list[Tube] = []
    for sign in (1, -1):
        if rng.random() < 0.15:
            continue
        shoulder = np.array([-0.42, 0.16 * sign, -0.32])
        hand = np.array(
            [
                rng.uniform(0.18, 0.42),
                sign * rng.uniform(0.06, 0.17),
                -0.20 + 0.24 * reach * rng.random(),
            ]
        )
        elbow = (shoulder + hand) / 2 + [0.0, 0.10 * sign, -0.22]
        curve = bezier(np.stack([shoulder, elbow, elbow, hand]) @ turn.T, 16)
        radius = np.linspace(0.085, 0.034, 16)
        arms.append(tube(curve, radius, turn @ np.array([0, 0.3, 1.0]), around=14))
        ahead = turn @ np.array([0.55, -0.5 * sign, 0.65])
        up = turn @ np.array([0.75, 0.3 * sign, -0.35])
        paws.append(make_paw(hand @ turn.T, ahead, up, 0.075, rng))
    return arms, paws


def joined(tubes: list[Tube], columns: int) -> Tube:
    """Several tubes as one grid, with rows of NaN between them.

    Parameters
    ----------
    tubes
        At least one.
    columns
        That the grids are brought to.
    """
    grids, normals, along, height = [], [], [], []
    for one in tubes:
        pick = np.round(np.linspace(0, one.grid.shape[1] - 1, columns)).astype(int)
        gap = np.full((1, columns, 3), np.nan, np.float32)
        grids += [one.grid[:, pick], gap]
        normals += [one.normal[:, pick], gap]
        along += [one.along[:, pick], gap[..., 0]]
        height += [one.height[:, pick], gap[..., 0]]
    return Tube(*(np.concatenate(part) for part in (grids, normals, along, height)))
