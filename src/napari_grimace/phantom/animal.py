"""One animal, drawn onto nothing, with what is visible of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.anatomy import make_head
from napari_grimace.phantom.arrays import Floats, Mask, floats
from napari_grimace.phantom.body import make_body, make_frame, make_limbs, make_tail
from napari_grimace.phantom.ears import make_ear
from napari_grimace.phantom.eyes import Lids
from napari_grimace.phantom.hairs import draw_hairs, grow
from napari_grimace.phantom.paint import (
    ARM,
    BODY,
    CAP,
    EAR,
    HEAD,
    LEG,
    PAW,
    TAIL,
    Drawn,
    paint_ear,
    paint_head,
    paint_tube,
)
from napari_grimace.phantom.pose import View
from napari_grimace.phantom.raster import Buffer, facing_area, mend, splat
from napari_grimace.phantom.shade import crevices
from napari_grimace.phantom.truth import TURNED, Seen, unhidden_areas
from napari_grimace.phantom.whiskers import draw_whiskers
from napari_grimace.phantom.worn import joined, make_cap, make_forepaws

if TYPE_CHECKING:
    from napari_grimace.phantom.body import Tube
    from napari_grimace.phantom.ears import Ear
    from napari_grimace.phantom.scene import Animal, Light

_HAIRY = 70.0
"""Pixels per head length from which single hairs are drawn."""


def draw_animal(
    animal: Animal,
    light: Light,
    height: int,
    width: int,
    *,
    part: tuple[int, int, int, int] | None = None,
) -> Drawn:
    """Draw an animal.

    Parameters
    ----------
    animal, light
        What to draw.
    height, width
        Of the image, pixels.
    part
        y_min, x_min, y_max, x_max of the part of the image to be drawn; all of it if
        not given.
    """
    rng = np.random.default_rng([animal.seed, 11])
    drawn = _begin(animal, (height, width), part or (0, 0, height, width))
    tubes = _splat_body(drawn, animal, rng)
    ears: list[Ear] = []
    if animal.has_face:
        ears = _splat_head(drawn, animal)
        tubes |= _splat_worn(drawn, animal)
    mend(drawn.buffer)
    for number, tube in tubes.items():
        paint_tube(drawn, number, tube, animal, light)
    if animal.has_face:
        paint_head(drawn, animal, light, rng)
        for side, ear in enumerate(ears):
            paint_ear(drawn, side, ear, animal, light)
    dark = crevices(drawn.buffer.depth, drawn.view.scale, light.occlusion)
    drawn.colour *= dark[..., None]
    _smooth_edges(drawn)
    _draw_fringe(drawn, animal, tubes)
    return drawn


def _begin(
    animal: Animal, size: tuple[int, int], part: tuple[int, int, int, int]
) -> Drawn:
    height, width = part[2] - part[0], part[3] - part[1]
    lids = [
        Lids.of(tight, np.random.default_rng([animal.seed, 12, side]))
        for side, tight in enumerate(animal.units.orbital)
    ]
    return Drawn(
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width), np.float32),
        Buffer.empty(height, width),
        View.of(animal, *size, part[:2]),
        make_head(animal),
        (lids[0], lids[1]),
        {},
        {},
        {},
    )


def _splat_body(
    drawn: Drawn, animal: Animal, rng: np.random.Generator
) -> dict[int, Tube]:
    view = drawn.view
    frame = make_frame(animal, view)
    legs, paws = make_limbs(frame, rng)
    tubes = {
        BODY: make_body(frame),
        TAIL: make_tail(frame, rng),
        LEG: joined(legs, 14),
        PAW: joined(paws, 10),
    }
    for part, tube in tubes.items():
        splat(drawn.buffer, view.project_camera(tube.grid), part)
    return tubes


def _splat_worn(drawn: Drawn, animal: Animal) -> dict[int, Tube]:
    rng = np.random.default_rng([animal.seed, 16])
    tubes: dict[int, Tube] = {}
    arms, paws = make_forepaws(animal, drawn.view, rng)
    if arms:
        tubes |= {ARM: joined(arms, 14), ARM + 1: joined(paws, 10)}
    for number, (tube, colour) in enumerate(make_cap(animal, drawn.view, rng)):
        tubes[CAP + number] = tube
        drawn.colours[CAP + number] = colour
    for part, tube in tubes.items():
        splat(drawn.buffer, drawn.view.project_camera(tube.grid), part)
    return tubes


def _splat_head(drawn: Drawn, animal: Animal) -> list[Ear]:
    view, head = drawn.view, drawn.head
    grid = view.project(head.grid)
    splat(drawn.buffer, grid, HEAD)
    drawn.areas |= unhidden_areas(head, grid, view.scale, drawn.lids)
    ears = []
    for side in (0, 1):
        ear = make_ear(animal, side, np.random.default_rng([animal.seed, 13, side]))
        shape = view.project(ear.grid)
        splat(drawn.buffer, shape, EAR + side, two_sided=True)
        area = float(np.abs(facing_area(shape)).sum())
        drawn.areas[f"ear{side}"] = (area, area)
        ears.append(ear)
    return ears


def _draw_fringe(drawn: Drawn, animal: Animal, tubes: dict[int, Tube]) -> None:
    """Single hairs over body and head and beyond their outlines."""
    view = drawn.view
    if view.scale < _HAIRY:
        return
    rng = np.random.default_rng([animal.seed, 17])
    count = int(np.clip(view.scale * 2.2, 150, 900))
    long = floats(rng.uniform(0.035, 0.07) * animal.build.hair**0.3)
    body = tubes[BODY]
    hairs = grow(
        body.grid, body.normal, body.normal[..., 2], count,
        np.full(len(body.grid), long * 1.4, np.float32), rng,
    )  # fmt: skip
    surfaces = [(BODY, view.project_camera(hairs))]
    if animal.has_face:
        head = drawn.head
        length = long * np.interp(
            head.behind[:, 0], [0, 0.1, 0.5, 1], [0.15, 0.4, 0.8, 1.2]
        )
        facing = view.facing(head.normal)[..., 2]
        away = [
            np.linalg.norm(head.grid - e.at, axis=-1) < e.radius * 1.5
            for e in head.eyes
        ]
        facing = np.where(away[0] | away[1] | (head.behind < 0.05), -1, facing)
        hairs = grow(
            head.grid, head.normal, facing, count, length.astype(np.float32), rng
        )
        surfaces.append((HEAD, view.project(hairs)))
    for part, strokes in surfaces:
        draw_hairs(
            drawn.colour, drawn.cover, drawn.buffer, part, strokes, view.scale, rng
        )


def _smooth_edges(drawn: Drawn) -> None:
    """Soften the steps between parts, and the outline, which hair blurs."""
    soft = cv2.GaussianBlur(drawn.colour, (0, 0), 0.7)
    cover = cv2.GaussianBlur(drawn.cover, (0, 0), 0.7)
    part = drawn.buffer.part
    edge = cv2.morphologyEx(part, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    filled = soft / np.maximum(cover, 1e-3)[..., None]
    outside = edge & (cover > 0.02)
    drawn.colour[outside] = filled[outside]
    drawn.cover = np.where(edge, cover, drawn.cover)


def look(drawn: Drawn, hidden: Mask) -> Seen:
    """Tell what is visible of an animal where nothing else hides it.

    Parameters
    ----------
    drawn
        The animal.
    hidden
        (y, x) where something nearer was drawn.
    """
    free = ~hidden
    body = (drawn.buffer.part > 0) & free
    parts = {name: mask & free for name, mask in drawn.parts.items()}
    shares = {name: _share(drawn, name, mask) for name, mask in parts.items()}
    parts["body"] = body
    shares["body"] = 1.0
    for side in (0, 1):
        shares[f"eye{side}"] = shares.get(f"disc{side}", 0.0)
    if "skull" in parts:
        parts["face"] = (
            parts["skull"] | parts.get("ear0", body) | parts.get("ear1", body)
        )
        shares["face"] = shares["skull"]
        _join(parts, shares, "pad", "whiskers", both=True)
        _join(parts, shares, "cheek", "cheek", both=False)
    return Seen(parts, shares)


def _share(drawn: Drawn, name: str, mask: Mask) -> float:
    shown, whole = drawn.areas.get(name, (0.0, 0.0))
    count = int(mask.sum())
    if whole <= 0 or shown < TURNED * whole or not count:
        return 0.0
    return min(1.0, count / max(shown, 1.0))


def _join(
    parts: dict[str, Mask],
    shares: dict[str, float],
    kind: str,
    name: str,
    *,
    both: bool,
) -> None:
    """One region of two sides: both that are seen, or the one seen better."""
    seen = [s for s in (0, 1) if shares[f"{kind}{s}"] >= 0.3]
    if not seen:
        return
    if not both:
        seen = [max(seen, key=lambda s: int(parts[f"{kind}{s}"].sum()))]
    parts[name] = np.logical_or.reduce([parts[f"{kind}{s}"] for s in seen])
    shares[name] = max(shares[f"{kind}{s}"] for s in seen)


def add_whiskers(image: Floats, drawn: Drawn, animal: Animal) -> None:
    """Draw the whiskers over the animal and what is behind it."""
    rng = np.random.default_rng([animal.seed, 15])
    draw_whiskers(image, drawn.buffer.depth, animal, drawn.head, drawn.view, rng)
