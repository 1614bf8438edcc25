"""What lies behind the animals: walls, cages, grids, bedding, apparatus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.arrays import Floats, floats
from napari_grimace.phantom.fur import clouds, sample
from napari_grimace.phantom.things import draw_thing

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.phantom.scene import Backdrop

    Picture = Floats

# Walls and voids are plain: nothing is drawn on them.
KINDS = ("wall", "void", "bars", "holes", "bedding", "mesh", "room", "apparatus")


def draw_backdrop(backdrop: Backdrop, height: int, width: int) -> Picture:
    """Draw a backdrop, (y, x, rgb) shares of white."""
    rng = np.random.default_rng([backdrop.seed, 21])
    unit = min(height, width)
    picture = _wall(height, width, backdrop, rng)
    if backdrop.kind in _DRAW:
        _DRAW[backdrop.kind](picture, rng)
    if backdrop.floor < 1:
        _floor(picture, backdrop, rng)
    for thing in backdrop.things:
        draw_thing(picture, thing, rng)
    if backdrop.blur > 0:
        picture = floats(cv2.GaussianBlur(picture, (0, 0), backdrop.blur * unit))
    return np.clip(picture, 0, 1.2)


def _wall(
    height: int, width: int, backdrop: Backdrop, rng: np.random.Generator
) -> Picture:
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    a, b = rng.normal(0, 0.2, 2)
    shade = backdrop.brightness * (1 + a * x + b * y)
    if rng.random() < 0.4:
        cy, cx = rng.uniform(-1, 1, 2)
        shade = shade + rng.uniform(0.05, 0.35) * np.exp(
            -((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(0.1, 1)
        )
    grid = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    zoom, start = rng.uniform(0.3, 2), rng.uniform(0, 500)
    mottled = sample(
        clouds(int(rng.integers(4))), grid[0] * zoom + start, grid[1] * zoom
    )
    shade = np.maximum(shade * (1 + rng.uniform(0, 0.12) * mottled), 0.0)
    return np.asarray(shade[..., None] * floats(backdrop.tint), np.float32)


def _floor(picture: Picture, backdrop: Backdrop, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    line = int(backdrop.floor * height)
    slope = rng.normal(0, 0.05)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    below = np.clip(y - line - slope * (x - width / 2), 0, 1)[..., None]
    colour = floats(rng.uniform(0.05, 0.95)) * floats(1 + rng.normal(0, 0.07, 3))
    lump = sample(clouds(1), x * 1.7, y * 3.1)[..., None]
    picture += below * (colour * (1 + 0.1 * lump) - picture)


def _bars(picture: Picture, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    pitch = rng.uniform(0.04, 0.18) * min(height, width)
    tilt = rng.normal(0, 0.06) + (np.pi / 2 if rng.random() < 0.35 else 0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    at = (x * np.cos(tilt) + y * np.sin(tilt)) / pitch + rng.random()
    away = np.abs(at - np.round(at)) * 2
    thick = rng.uniform(0.15, 0.5)
    bar = np.clip((thick - away) * pitch / 2 + 0.5, 0, 1)[..., None]
    shine = floats(rng.uniform(0.1, 0.9)) * (1.3 - away / thick)[..., None]
    picture += bar * (shine - picture)


def _holes(picture: Picture, rng: np.random.Generator) -> None:
    """Perforated wall: rows of round holes that look like eyes."""
    height, width = picture.shape[:2]
    pitch = rng.uniform(0.07, 0.3) * min(height, width)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    row = y / pitch + rng.random()
    column = x / pitch + rng.random() + 0.5 * (np.floor(row) % 2) * (rng.random() < 0.5)
    away = np.hypot(row % 1 - 0.5, column % 1 - 0.5)
    size = rng.uniform(0.12, 0.4)
    hole = np.clip((size - away) * pitch + 0.5, 0, 1)[..., None]
    inside = rng.choice([0.02, 0.1, 0.9], p=[0.6, 0.25, 0.15])
    lip = np.exp(-(((away - size) * pitch / 1.5) ** 2))[..., None] * rng.uniform(
        -0.3, 0.4
    )
    picture += hole * (floats(inside) - picture) + lip


def _bedding(picture: Picture, rng: np.random.Generator) -> None:
    """Shavings or pellets, thick on the ground."""
    height, width = picture.shape[:2]
    unit = min(height, width)
    base = floats([0.75, 0.62, 0.45]) * rng.uniform(0.4, 1.2)
    first = rng.uniform(0, 0.6) * height
    long = rng.uniform(0.015, 0.09) * unit
    for _ in range(int(rng.integers(120, 500))):
        at = np.array([rng.uniform(0, width), rng.uniform(first, height)])
        angle = rng.uniform(0, np.pi)
        along = np.array([np.cos(angle), np.sin(angle)]) * long * rng.uniform(0.4, 1.3)
        across = np.array([-along[1], along[0]]) * rng.uniform(0.15, 0.6)
        corners = np.array([at + along, at + across, at - along, at - across])
        colour = (base * rng.uniform(0.5, 1.2)).tolist()
        cv2.fillConvexPoly(
            picture, np.round(corners * 8).astype(np.int32), colour, cv2.LINE_8, 3
        )


def _mesh(picture: Picture, rng: np.random.Generator) -> None:
    _bars(picture, rng)
    _bars(picture, rng)


def _room(picture: Picture, rng: np.random.Generator) -> None:
    """Flat shapes out of focus."""
    for _ in range(int(rng.integers(2, 8))):
        draw_thing(picture, "panel", rng)


def _apparatus(picture: Picture, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(2, 6))):
        draw_thing(
            picture, str(rng.choice(["panel", "cylinder", "disc", "cylinder"])), rng
        )


_DRAW: dict[str, Callable[[Picture, np.random.Generator], None]] = {
    "bars": _bars,
    "holes": _holes,
    "bedding": _bedding,
    "mesh": _mesh,
    "room": _room,
    "apparatus": _apparatus,
}
