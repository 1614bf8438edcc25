"""What is to be seen in a render: boxes as a person would draw them, and scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.eyes import Lids, plane, whole_eye
from napari_grimace.phantom.levels import IN_PAIN, level_of
from napari_grimace.phantom.muzzle import NOSE_LENGTH
from napari_grimace.phantom.raster import extent, facing_area
from napari_grimace.scales.regions import UNIT_OF_REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_grimace.phantom.anatomy import Head
    from napari_grimace.phantom.arrays import Floats, Mask
    from napari_grimace.phantom.outline import Spot
    from napari_grimace.phantom.scene import Animal, Scene

Box = tuple[float, float, float, float]
SEEN = 0.35
"""Share of a part that must be visible for it to have a box."""
TURNED = 0.10
"""Share of a part's area seen from straight ahead, below which it is turned away."""
SMALLEST = 3.0
"""Boxes narrower or lower than this, in pixels, are dropped."""


@dataclass(frozen=True, slots=True)
class AnimalTruth:
    """One animal of a render.

    Attributes
    ----------
    boxes
        y_min, x_min, y_max, x_max of the visible part of each region; regions that
        are hidden, turned away or tiny are absent. Of two eyes or ears the one
        further left in the image is `_left`; a single one goes by its centre's side
        of the face box's centre line.
    levels
        0, 1 or 2 for each region that shows a unit.
    intensity
        The action-unit parameter behind each level, 0 to 1.
    species, coat
        What was drawn.
    yaw, pitch, roll
        Degrees; yaw 0 is frontal, positive with the nose to the image's right.
    in_pain
        Whether the latent state that drives all units is over the threshold.
    pain
        The latent state, 0 to 1.
    """

    boxes: dict[str, Box]
    levels: dict[str, int]
    intensity: dict[str, float]
    species: str
    coat: str
    yaw: float
    pitch: float
    roll: float
    in_pain: bool
    pain: float


@dataclass(frozen=True, slots=True)
class Render:
    """A drawn scene.

    Attributes
    ----------
    image
        (y, x, rgb) uint8.
    animals
        Truth of each animal of which anything can be seen, the nearest last.
    scene
        What was drawn.
    """

    image: NDArray[np.uint8]
    animals: tuple[AnimalTruth, ...]
    scene: Scene


@dataclass(frozen=True, slots=True)
class Seen:
    """Visible parts of an animal, before boxes are made of them.

    Attributes
    ----------
    parts
        For each part (`body`, `face`, `nose`, `eye0`, `ear1`, ...) a mask (y, x) of
        what should be boxed.
    shares
        How much of the part is visible, 0 to 1; 0 where it is turned away.
    """

    parts: dict[str, Mask]
    shares: dict[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the head.

    `covers` tells which places (..., 3) belong to it, all of them around `spot` if
    it has one.
    """

    covers: Callable[[Floats], Mask]
    spot: Spot | None = None


def head_parts(head: Head, lids: tuple[Lids, Lids]) -> dict[str, Part]:
    """Parts of a head.

    `eye0` is what is boxed, `disc0` the whole eye, whose visible share decides.
    """
    tip = float(head.grid[0, 0, 0])
    parts = {
        "nose": Part(lambda place: place[..., 0] > tip - NOSE_LENGTH),
        "skull": Part(lambda place: place[..., 0] > -0.46),
    }
    for side in (0, 1):
        eye = head.eyes[side]
        parts[f"eye{side}"] = Part(partial(_eye, spot=eye, lids=lids[side]), eye)
        parts[f"disc{side}"] = Part(partial(_disc, spot=eye, wide=1.2), eye)
        for kind, spots in (("pad", head.pads), ("cheek", head.cheeks)):
            spot = spots[side]
            parts[f"{kind}{side}"] = Part(partial(_disc, spot=spot), spot)
    return parts


def _eye(place: Floats, spot: Spot, lids: Lids) -> Mask:
    return whole_eye(*plane(place, spot), lids)


def _disc(place: Floats, spot: Spot, wide: float = 1.0) -> Mask:
    a, b, out = plane(place, spot)
    return (a * a + b * b < wide) & (np.abs(out) < 1.2)


def unhidden_areas(
    head: Head, drawn: Floats, scale: float, lids: tuple[Lids, Lids]
) -> dict[str, tuple[float, float]]:
    """Pixels of each part if nothing hid it, and seen from straight ahead.

    Parameters
    ----------
    head
        The head.
    drawn
        (row, column, 3) its grid in pixels.
    scale
        Pixels per head length.
    lids
        Of its eyes.
    """
    g = head.grid
    middle = (g[1:, 1:] + g[:-1, :-1] + g[1:, :-1] + g[:-1, 1:]) / 4
    a, b = g[1:, 1:] - g[:-1, :-1], g[:-1, 1:] - g[1:, :-1]
    whole = np.linalg.norm(np.cross(a, b), axis=-1) / 2 * scale**2
    shown = np.maximum(facing_area(drawn), 0)
    areas = {}
    for name, part in head_parts(head, lids).items():
        mask = part.covers(middle)
        areas[name] = (float(shown[mask].sum()), float(whole[mask].sum()))
    return areas


def make_truth(animal: Animal, seen: Seen) -> AnimalTruth:
    """Boxes and scores of an animal from what is visible of it."""
    boxes: dict[str, Box] = {}
    intensity: dict[str, float] = {}
    _add(boxes, "body", seen, "body", at_least=0.0)
    if animal.has_face:
        _add_face(boxes, intensity, animal, seen)
    return AnimalTruth(
        boxes=boxes,
        levels={
            region: level_of(value)
            for region, value in intensity.items()
            if region in UNIT_OF_REGION
        },
        intensity=intensity,
        species=animal.species,
        coat=animal.coat.name,
        yaw=animal.yaw,
        pitch=animal.pitch,
        roll=animal.roll,
        in_pain=animal.pain >= IN_PAIN,
        pain=animal.pain,
    )


def _add_face(
    boxes: dict[str, Box], intensity: dict[str, float], animal: Animal, seen: Seen
) -> None:
    units = animal.units
    eyes = _found(seen, "eye")
    _add(boxes, "nose", seen, "nose")
    if "nose" in boxes or eyes:
        _add(boxes, "face", seen, "face", at_least=0.15)
    middle = _middle(boxes.get("face") or _box(seen.parts["face"]))
    for kind, region, values in (
        ("eye", "orbital", units.orbital),
        ("ear", "ear", units.ear),
    ):
        for name, side in _sides(_found(seen, kind), middle).items():
            boxes[f"{region}_{name}"] = _found(seen, kind)[side]
            intensity[f"{region}_{name}"] = values[side]
    _add(boxes, "whiskers", seen, "whiskers")
    _add(boxes, "cheek", seen, "cheek")
    for region, value in (
        ("nose", units.nose),
        ("whiskers", units.whiskers),
        ("cheek", units.cheek),
    ):
        if region in boxes:
            intensity[region] = value


def _middle(box: Box | None) -> float:
    return (box[1] + box[3]) / 2 if box else 0.0


def _sides(found: dict[int, Box], middle: float) -> dict[str, int]:
    """Which of an animal's sides is left and right in the image."""
    order = sorted(found, key=lambda side: found[side][1] + found[side][3])
    if len(order) == 2:
        return {"left": order[0], "right": order[1]}
    return {
        "left" if _middle(found[side]) < middle else "right": side for side in order
    }


def _found(seen: Seen, kind: str) -> dict[int, Box]:
    boxes: dict[str, Box] = {}
    for side in (0, 1):
        _add(boxes, str(side), seen, f"{kind}{side}")
    return {int(side): box for side, box in boxes.items()}


def _box(mask: Mask | None) -> Box | None:
    edges = None if mask is None else extent(mask)
    if edges is None:
        return None
    y_min, x_min, y_max, x_max = map(float, edges)
    if min(y_max - y_min, x_max - x_min) < SMALLEST:
        return None
    return y_min, x_min, y_max, x_max


def _add(
    boxes: dict[str, Box], region: str, seen: Seen, part: str, at_least: float = SEEN
) -> None:
    if seen.shares.get(part, 0.0) < at_least:
        return
    box = _box(seen.parts.get(part))
    if box is not None:
        boxes[region] = box
