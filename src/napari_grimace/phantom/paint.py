"""Colours and light of an animal's surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.arrays import Floats, Mask, floats
from napari_grimace.phantom.coats import body_colour, head_colour
from napari_grimace.phantom.eyes import paint_eye
from napari_grimace.phantom.fur import clouds, coat_texture, sample
from napari_grimace.phantom.muzzle import paint_muzzle
from napari_grimace.phantom.pose import window
from napari_grimace.phantom.raster import extent, look_up
from napari_grimace.phantom.shade import lit
from napari_grimace.phantom.truth import head_parts

if TYPE_CHECKING:
    from napari_grimace.phantom.anatomy import Head
    from napari_grimace.phantom.body import Tube
    from napari_grimace.phantom.ears import Ear
    from napari_grimace.phantom.eyes import Lids
    from napari_grimace.phantom.pose import View
    from napari_grimace.phantom.raster import Buffer
    from napari_grimace.phantom.scene import Animal, Light

HEAD, EAR, BODY, TAIL, LEG, PAW, ARM, CAP = 1, 2, 10, 11, 12, 13, 14, 20
_NAKED = (TAIL, PAW, ARM + 1)
_REACH = {"eye": 0.11, "disc": 0.11, "pad": 0.11, "cheek": 0.14}

Patch = tuple[slice, slice]


@dataclass(slots=True)
class Drawn:
    """An animal as it was drawn.

    Attributes
    ----------
    colour
        (y, x, 3) shares of white.
    cover
        (y, x) share of each pixel that it fills.
    buffer
        Depth and parts.
    view, head, lids
        How it was seen.
    parts
        Masks (y, x) of what is visible, as `truth.head_parts` names them, and ears.
    areas
        Pixels of each part unhidden, and from straight ahead.
    colours
        Of things that it wears.
    """

    colour: Floats
    cover: Floats
    buffer: Buffer
    view: View
    head: Head
    lids: tuple[Lids, Lids]
    parts: dict[str, Mask]
    areas: dict[str, tuple[float, float]]
    colours: dict[int, tuple[float, float, float]]


def _patch(buffer: Buffer, part: int) -> tuple[Patch, Mask] | None:
    """Smallest rectangle around a part, and where in it the part is."""
    mask = buffer.part == part
    edges = extent(mask)
    if edges is None:
        return None
    at = (slice(edges[0], edges[2]), slice(edges[1], edges[3]))
    return at, mask[at]


def _put(drawn: Drawn, at: Patch, mask: Mask, colour: Floats) -> None:
    drawn.colour[at][mask] = colour[mask]
    drawn.cover[at][mask] = 1.0


def paint_tube(
    drawn: Drawn, part: int, tube: Tube, animal: Animal, light: Light
) -> None:
    """Paint body, limbs, tail or something worn."""
    found = _patch(drawn.buffer, part)
    if found is None:
        return
    at, mask = found
    row, column = drawn.buffer.row[at], drawn.buffer.column[at]
    values = np.concatenate(
        [tube.normal, tube.along[..., None], tube.height[..., None]], -1
    )
    seen = look_up(np.nan_to_num(values), row, column)
    normal, along, high = seen[..., :3], seen[..., 3], seen[..., 4]
    scale, sheen = drawn.view.scale, 0.0
    if part >= CAP:
        colour = np.broadcast_to(floats(drawn.colours[part]), normal.shape)
        sheen = 0.25
    elif part in _NAKED:
        colour = np.broadcast_to(floats(animal.coat.ear) * 1.03, normal.shape)
        if part == TAIL:
            rings = np.sin(along * 320) * np.clip(scale / 150 - 0.4, 0, 0.12)
            colour = colour * (1 + rings)[..., None]
    else:
        colour = _furred(part, along, high, column, animal, scale)
        sheen = _sheen(animal)
    shown = lit(np.asarray(colour, np.float32), normal, light, sheen=sheen)
    _put(drawn, at, mask, shown)


def _furred(
    part: int,
    along: Floats,
    high: Floats,
    column: Floats,
    animal: Animal,
    scale: float,
) -> Floats:
    rough = _roughness(animal)
    if part == BODY:
        colour = body_colour(along, high, animal.coat, animal.seed)
        hair = coat_texture(along * 2.2, column * 0.045, scale, animal.seed)
        lump = sample(clouds(animal.seed % 4), along * 180, column * 6)
        colour *= (1 + rough * 1.1 * hair + 0.07 * lump)[..., None]
        return colour
    fur = floats(animal.coat.fur)
    hair = coat_texture(along * 0.4, column * 0.03, scale, animal.seed + 1)
    return np.asarray(fur * (1 + rough * hair)[..., None], np.float32)


def _roughness(animal: Animal) -> float:
    """Spread of the hair's shade: single hairs show more on dark coats."""
    return animal.build.hair * (0.13 + 0.16 * (np.mean(animal.coat.fur) < 0.3))


def _sheen(animal: Animal) -> float:
    return 0.05 + 0.07 * (animal.seed % 7) / 6


def paint_head(
    drawn: Drawn, animal: Animal, light: Light, rng: np.random.Generator
) -> None:
    """Paint the head, and note where its parts are seen."""
    shape = drawn.cover.shape
    parts = head_parts(drawn.head, drawn.lids)
    drawn.parts |= {name: np.zeros(shape, bool) for name in parts}
    found = _patch(drawn.buffer, HEAD)
    if found is None:
        return
    at, mask = found
    head, view = drawn.head, drawn.view
    row, column = drawn.buffer.row[at], drawn.buffer.column[at]
    place = look_up(head.grid, row, column)
    normal = view.facing(look_up(head.normal, row, column))
    colour = head_colour(place, animal.coat, animal.seed)
    _add_hair(colour, place, column, animal, view)
    colour *= (1 - look_up(head.crease[..., None], row, column)[..., 0])[..., None]
    paint_muzzle(colour, place, animal, head, view, rng)
    balls = _paint_eyes(drawn, colour, place, animal)
    shown = lit(np.clip(colour, 0.01, 1), normal, light, sheen=_sheen(animal))
    for near, share, ball in balls:
        bright = 0.55 + 0.45 * (light.ambient + light.strength * 0.5)
        shown[near] += share[..., None] * (ball * bright - shown[near])
    _put(drawn, at, mask, shown)
    for name, part in parts.items():
        near = (slice(None), slice(None))
        if part.spot is not None:
            around = window(part.spot, _REACH[name[:-1]], place, view)
            if around is None:
                continue
            near = around
        drawn.parts[name][at][near] = part.covers(place[near]) & mask[near]


def _paint_eyes(
    drawn: Drawn,
    colour: Floats,
    place: Floats,
    animal: Animal,
) -> list[tuple[Patch, Floats, Floats]]:
    """Paint lids; returns where the eyeballs are, how much they cover, and colours."""
    balls = []
    for side in (0, 1):
        spot = drawn.head.eyes[side]
        near = window(spot, spot.radius * 3.2, place, drawn.view)
        if near is None:
            continue
        rng = np.random.default_rng([animal.seed, 18, side])
        share, ball = paint_eye(
            colour[near], place[near], spot, drawn.lids[side], animal, drawn.view, rng
        )
        balls.append((near, share, ball))
    return balls


def _add_hair(
    colour: Floats,
    place: Floats,
    column: Floats,
    animal: Animal,
    view: View,
) -> None:
    """Hair that runs back from the nose and sweeps down the cheeks."""
    around = column * floats(0.0105)
    along = place[..., 0] + 0.35 * place[..., 2]
    hair = coat_texture(along, around, view.scale, animal.seed)
    lump = sample(clouds(animal.seed % 4), place[..., 0] * 260, around * 260)
    short = np.clip(1.25 - 1.6 * np.clip(place[..., 0] - 0.1, 0, 1), 0.4, 1.1)
    bands = animal.coat.speckle * sample(
        clouds(3), place[..., 0] * 1500, around * 1700 + place[..., 2] * 900
    )
    shade = _roughness(animal) * hair * short + 0.05 * lump + bands
    colour *= (1 + shade)[..., None]


def _add_tag(
    colour: Floats,
    along: Floats,
    across: Floats,
    seed: int,
) -> None:
    """Paint a clip of metal or coloured plastic through the ear, in place."""
    rng = np.random.default_rng([seed, 19])
    middle, wide = rng.uniform(0.25, 0.6), rng.uniform(0.12, 0.25)
    side = rng.uniform(-0.6, 0.6)
    tag = (np.abs(along - middle) < wide) & (np.abs(across - side) < 0.16)
    shade = floats(
        [[0.75, 0.76, 0.78], [0.9, 0.8, 0.1], [0.2, 0.5, 0.9]][rng.integers(3)]
    )
    colour[tag] = shade * floats(rng.uniform(0.5, 1.2))


def paint_ear(drawn: Drawn, side: int, ear: Ear, animal: Animal, light: Light) -> None:
    """Paint an ear: skin within, fur without, a rim that light comes through."""
    found = _patch(drawn.buffer, EAR + side)
    if found is None:
        drawn.parts[f"ear{side}"] = np.zeros(drawn.cover.shape, bool)
        return
    at, mask = found
    row, column = drawn.buffer.row[at], drawn.buffer.column[at]
    values = np.concatenate(
        [ear.normal, ear.along[..., None], ear.across[..., None]], -1
    )
    seen = look_up(values, row, column)
    normal = drawn.view.facing(seen[..., :3])
    along, across = seen[..., 3], seen[..., 4]
    inner = normal[..., 2] > 0
    normal = np.where(inner[..., None], normal, -normal)
    colour = _ear_colour(along, across, inner, animal, drawn.view.scale, side)
    shown = lit(colour, normal, light, through=0.6)
    if animal.extras.tag == side + 1:
        _add_tag(shown, along, across, animal.seed)
    _put(drawn, at, mask, shown)
    whole = np.zeros(drawn.cover.shape, bool)
    whole[at] = mask
    drawn.parts[f"ear{side}"] = whole


def _ear_colour(
    along: Floats,
    across: Floats,
    inner: Mask,
    animal: Animal,
    scale: float,
    side: int,
) -> Floats:
    coat = animal.coat
    rng = np.random.default_rng([animal.seed, 14, side])
    skin, fur = (
        floats(coat.ear),
        floats(coat.second if coat.patches > 0.3 else coat.fur),
    )
    concha = np.exp(-((across / 0.55) ** 2) - ((along - 0.22) / 0.22) ** 2)
    inside = skin * (1 - rng.uniform(0.3, 0.75) * concha)[..., None]
    veins = sample(clouds(side), along * 130 + across * 50, across * 230)
    inside *= (1 - 0.10 * np.exp(-(veins**2) * 8) * np.clip(scale / 90, 0, 1))[
        ..., None
    ]
    hair = coat_texture(along * 0.4, across * 0.18, scale, animal.seed + 2)
    furred = rng.uniform(0.25, 0.75)
    back = (fur * furred + skin * (1 - furred)) * (1 + 0.1 * hair)[..., None]
    colour = np.where(inner[..., None], inside, back)
    # Hair at the base, and a thin rim that the light comes through.
    base = np.clip((0.20 - along) * 7, 0, 1)[..., None]
    colour = colour + base * (fur * (1 + 0.15 * hair)[..., None] - colour)
    rim = (
        np.exp(-((np.clip(1 - np.abs(across), 0, 1) / 0.13) ** 2))
        + np.clip(along - 0.93, 0, 1) * 12
    )
    colour = colour + (np.clip(rim, 0, 1) * rng.uniform(0.05, 0.35))[..., None] * (
        np.maximum(skin * 1.15, fur * 0.9) - colour
    )
    return np.asarray(colour, np.float32)
