"""One animal, drawn onto a picture, with what is visible of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.anatomy import make_head
from napari_grimace.phantom.body import make_body, make_frame, make_limbs, make_tail
from napari_grimace.phantom.coats import body_colour, head_colour
from napari_grimace.phantom.ears import make_ear
from napari_grimace.phantom.eyes import Lids, paint_eye
from napari_grimace.phantom.fur import clouds, coat_texture, sample
from napari_grimace.phantom.muzzle import paint_muzzle
from napari_grimace.phantom.pose import View
from napari_grimace.phantom.raster import Buffer, extent, facing_area, look_up, mend, splat
from napari_grimace.phantom.shade import crevices, lit
from napari_grimace.phantom.truth import TURNED, Seen, head_parts, unhidden_areas
from napari_grimace.phantom.whiskers import draw_whiskers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.phantom.anatomy import Head
    from napari_grimace.phantom.body import Tube
    from napari_grimace.phantom.ears import Ear
    from napari_grimace.phantom.scene import Animal, Light

HEAD, EAR, BODY, TAIL, NAKED = 1, 2, 10, 11, 12
_FIRST_LIMB = 20

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
        Masks (y, x) of what is visible, as `truth.head_parts` names them.
    areas
        Pixels of each part unhidden, and from straight ahead.
    """

    colour: NDArray[np.float32]
    cover: NDArray[np.float32]
    buffer: Buffer
    view: View
    head: Head
    lids: tuple[Lids, Lids]
    parts: dict[str, NDArray[np.bool_]]
    areas: dict[str, tuple[float, float]]


def draw_animal(animal: Animal, light: Light, height: int, width: int) -> Drawn:
    """Draw an animal on nothing."""
    rng = np.random.default_rng([animal.seed, 11])
    view = View.of(animal, height, width)
    head = make_head(animal)
    lids = tuple(
        Lids.of(tight, np.random.default_rng([animal.seed, 12, side]))
        for side, tight in enumerate(animal.units.orbital)
    )
    drawn = Drawn(
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width), np.float32),
        Buffer.empty(height, width),
        view,
        head,
        (lids[0], lids[1]),
        {},
        {},
    )
    tubes = _splat_body(drawn, animal, rng)
    ears = _splat_head(drawn, animal) if animal.has_face else []
    mend(drawn.buffer)
    for part, tube in tubes.items():
        _paint_tube(drawn, part, tube, animal, light)
    if animal.has_face:
        _paint_head(drawn, animal, light, rng)
        for side, ear in enumerate(ears):
            _paint_ear(drawn, side, ear, animal, light)
    dark = crevices(drawn.buffer.depth, view.scale, light.occlusion)
    drawn.colour *= dark[..., None]
    _smooth_edges(drawn)
    return drawn


def _splat_body(
    drawn: Drawn, animal: Animal, rng: np.random.Generator
) -> dict[int, Tube]:
    view = drawn.view
    frame = make_frame(animal, view)
    legs, paws = make_limbs(frame, animal, rng)
    tubes = {BODY: make_body(frame), TAIL: make_tail(frame, rng)}
    tubes |= {_FIRST_LIMB + i: leg for i, leg in enumerate(legs)}
    tubes |= {_FIRST_LIMB + 20 + i: paw for i, paw in enumerate(paws)}
    for part, tube in tubes.items():
        splat(drawn.buffer, view.project_camera(tube.grid), part)
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


def _patch(buffer: Buffer, part: int) -> tuple[Patch, NDArray[np.bool_]] | None:
    """Smallest rectangle around a part, and where in it the part is."""
    mask = buffer.part == part
    edges = extent(mask)
    if edges is None:
        return None
    at = (slice(edges[0], edges[2]), slice(edges[1], edges[3]))
    return at, mask[at]


def _put(drawn: Drawn, at: Patch, mask: NDArray[np.bool_], colour: NDArray[np.float32]) -> None:
    drawn.colour[at][mask] = colour[mask]
    drawn.cover[at][mask] = 1.0


def _paint_tube(
    drawn: Drawn, part: int, tube: Tube, animal: Animal, light: Light
) -> None:
    found = _patch(drawn.buffer, part)
    if found is None:
        return
    at, mask = found
    row, column = drawn.buffer.row[at], drawn.buffer.column[at]
    values = np.concatenate(
        [tube.normal, tube.along[..., None], tube.height[..., None]], -1
    )
    seen = look_up(values, row, column)
    normal, along, high = seen[..., :3], seen[..., 3], seen[..., 4]
    scale = drawn.view.scale
    if part == BODY:
        colour = body_colour(along, high, animal.coat, animal.seed)
        hair = coat_texture(along * 2.2, column * 0.045, scale, animal.seed)
        lump = sample(clouds(animal.seed % 4), along * 180, column * 6)
        colour *= (1 + animal.build.hair * 0.17 * hair + 0.07 * lump)[..., None]
    elif part < _FIRST_LIMB + 20 and part != TAIL:
        colour = np.broadcast_to(np.float32(animal.coat.fur), normal.shape)
        hair = coat_texture(along * 0.4, column * 0.03, scale, animal.seed + 1)
        colour = colour * (1 + 0.15 * hair)[..., None]
    else:
        colour = np.broadcast_to(np.float32(animal.coat.ear) * 1.03, normal.shape)
        if part == TAIL:
            rings = np.sin(along * 320) * np.clip(scale / 150 - 0.4, 0, 0.12)
            colour = colour * (1 + rings)[..., None]
    _put(drawn, at, mask, lit(np.asarray(colour, np.float32), normal, light))


def _paint_head(
    drawn: Drawn, animal: Animal, light: Light, rng: np.random.Generator
) -> None:
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
    paint_muzzle(colour, place, animal, head, view, rng)
    balls = [
        paint_eye(colour, place, head.eyes[s], drawn.lids[s], animal, view, rng)
        for s in (0, 1)
    ]
    shown = lit(np.clip(colour, 0.01, 1), normal, light)
    for share, ball in balls:
        bright = 0.55 + 0.45 * (light.ambient + light.strength * 0.5)
        shown += share[..., None] * (ball * bright - shown)
    _put(drawn, at, mask, shown)
    for name, inside in head_parts(place, head, drawn.lids).items():
        whole = np.zeros(drawn.cover.shape, bool)
        whole[at] = inside & mask
        drawn.parts[name] = whole


def _add_hair(
    colour: NDArray[np.float32],
    place: NDArray[np.float32],
    column: NDArray[np.float32],
    animal: Animal,
    view: View,
) -> None:
    """Hair that runs back from the nose and sweeps down the cheeks."""
    around = column * np.float32(0.0105)
    along = place[..., 0] + 0.35 * place[..., 2]
    hair = coat_texture(along, around, view.scale, animal.seed)
    lump = sample(clouds(animal.seed % 4), place[..., 0] * 260, around * 260)
    short = np.clip(1.25 - 1.6 * np.clip(place[..., 0] - 0.1, 0, 1), 0.4, 1.1)
    bands = animal.coat.speckle * sample(
        clouds(3), place[..., 0] * 1500, around * 1700 + place[..., 2] * 900
    )
    shade = animal.build.hair * 0.15 * hair * short + 0.05 * lump + bands
    colour *= (1 + shade)[..., None]


def _paint_ear(
    drawn: Drawn, side: int, ear: Ear, animal: Animal, light: Light
) -> None:
    found = _patch(drawn.buffer, EAR + side)
    if found is None:
        drawn.parts[f"ear{side}"] = np.zeros(drawn.cover.shape, bool)
        return
    at, mask = found
    row, column = drawn.buffer.row[at], drawn.buffer.column[at]
    values = np.concatenate([ear.normal, ear.along[..., None], ear.across[..., None]], -1)
    seen = look_up(values, row, column)
    normal = drawn.view.facing(seen[..., :3])
    along, across = seen[..., 3], seen[..., 4]
    inner = normal[..., 2] > 0
    normal = np.where(inner[..., None], normal, -normal)
    colour = _ear_colour(along, across, inner, animal, drawn.view.scale, side)
    _put(drawn, at, mask, lit(colour, normal, light, through=0.6))
    whole = np.zeros(drawn.cover.shape, bool)
    whole[at] = mask
    drawn.parts[f"ear{side}"] = whole


def _ear_colour(
    along: NDArray[np.float32],
    across: NDArray[np.float32],
    inner: NDArray[np.bool_],
    animal: Animal,
    scale: float,
    side: int,
) -> NDArray[np.float32]:
    coat = animal.coat
    rng = np.random.default_rng([animal.seed, 14, side])
    skin, fur = np.float32(coat.ear), np.float32(
        coat.second if coat.patches > 0.3 else coat.fur
    )
    concha = np.exp(-((across / 0.55) ** 2) - ((along - 0.22) / 0.22) ** 2)
    inside = skin * (1 - rng.uniform(0.3, 0.75) * concha)[..., None]
    veins = sample(clouds(side), along * 130 + across * 50, across * 230)
    inside *= (1 - 0.10 * np.exp(-(veins**2) * 8) * np.clip(scale / 90, 0, 1))[..., None]
    hair = coat_texture(along * 0.4, across * 0.18, scale, animal.seed + 2)
    furred = rng.uniform(0.25, 0.75)
    back = (fur * furred + skin * (1 - furred)) * (1 + 0.1 * hair)[..., None]
    colour = np.where(inner[..., None], inside, back)
    # Hair at the base, and a thin rim that the light comes through.
    base = np.clip((0.20 - along) * 7, 0, 1)[..., None]
    colour = colour + base * (fur * (1 + 0.15 * hair)[..., None] - colour)
    rim = np.exp(-((np.clip(1 - np.abs(across), 0, 1) / 0.13) ** 2)) + np.clip(along - 0.93, 0, 1) * 12
    colour = colour + (np.clip(rim, 0, 1) * rng.uniform(0.05, 0.35))[..., None] * (
        np.maximum(skin * 1.15, fur * 0.9) - colour
    )
    return np.asarray(colour, np.float32)


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


def look(drawn: Drawn, hidden: NDArray[np.bool_]) -> Seen:
    """What is visible of an animal where nothing else hides it.

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
        parts["face"] = parts["skull"] | parts.get("ear0", body) | parts.get("ear1", body)
        shares["face"] = shares["skull"]
        _join(parts, shares, "pad", "whiskers", both=True)
        _join(parts, shares, "cheek", "cheek", both=False)
    return Seen(parts, shares)


def _share(drawn: Drawn, name: str, mask: NDArray[np.bool_]) -> float:
    shown, whole = drawn.areas.get(name, (0.0, 0.0))
    count = int(mask.sum())
    if whole <= 0 or shown < TURNED * whole or not count:
        return 0.0
    return min(1.0, count / max(shown, 1.0))


def _join(
    parts: dict[str, NDArray[np.bool_]],
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


def add_whiskers(image: NDArray[np.float32], drawn: Drawn, animal: Animal) -> None:
    """Draw the whiskers over the animal and what is behind it."""
    rng = np.random.default_rng([animal.seed, 15])
    draw_whiskers(image, drawn.buffer.depth, animal, drawn.head, drawn.view, rng)
