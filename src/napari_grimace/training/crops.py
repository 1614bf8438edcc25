"""Crops of action units out of renders, kept on disk for training the scorer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.models.crops import MARGIN, SIZE, cut, square
from napari_grimace.phantom.scene import SPECIES
from napari_grimace.scales.regions import REGIONS, UNIT_OF_REGION
from napari_grimace.training.renders import read_shard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

ROOM = 1.5
"""Cached crops are this much wider than those scored, so that they can be shifted."""
WIDE = int(SIZE * ROOM)
NETWORKS = ("orbital", "nose_mouse", "cheek", "ear", "whiskers", "nose_rat")
"""Networks of a scorer: one for each unit, two for the nose, which bulges in mice in
pain and is drawn flat in rats."""
_SMALLEST = 12.0


@dataclass(frozen=True, slots=True)
class UnitCrops:
    """Crops of one unit.

    Attributes
    ----------
    image
        (crop, y, x) grey, `WIDE` pixels wide, right sides mirrored.
    level
        (crop,) true level.
    in_pain
        (crop,) whether the animal was drawn in pain.
    """

    image: NDArray[np.uint8]
    level: NDArray[np.int64]
    in_pain: NDArray[np.bool_]


def unit_of(network: str) -> str:
    """Name the unit that a network scores."""
    return network.partition("_")[0]


def unit_crops(
    paths: Sequence[Path], network: str, smallest: float = _SMALLEST
) -> UnitCrops:
    """Cut all regions that a network scores out of some shards.

    Parameters
    ----------
    paths
        Shards.
    network
        One of `NETWORKS`.
    smallest
        Regions whose longer side is shorter than this (pixels) are left out: their
        level cannot be seen.
    """
    images, levels, pains = [], [], []
    unit, _, species = network.partition("_")
    regions = [i for i, name in enumerate(REGIONS) if UNIT_OF_REGION.get(name) == unit]
    for path in paths:
        shard = read_shard(path)
        sides = shard.box[:, 2:] - shard.box[:, :2]
        good = np.isin(shard.region, regions) & (shard.level >= 0)
        if species:
            good &= shard.species == SPECIES.index(species)
        rows = np.flatnonzero(good & (sides.max(1) >= smallest))
        last, grey = -1, np.empty((0, 0), np.uint8)
        for row in rows.tolist():
            if shard.image[row] != last:
                last = int(shard.image[row])
                picture = shard.picture(last)
                grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
            mirrored = REGIONS[shard.region[row]].endswith("_right")
            images.append(_wide(grey, shard.box[row], unit, mirrored=mirrored))
        levels.append(shard.level[rows])
        pains.append(shard.in_pain[rows])
    return UnitCrops(
        np.stack(images),
        np.concatenate(levels).astype(np.int64),
        np.concatenate(pains),
    )


def _wide(
    grey: NDArray[np.uint8], box: NDArray[np.float32], unit: str, *, mirrored: bool
) -> NDArray[np.uint8]:
    edges = square(box, MARGIN[unit])
    centre, half = (edges[:2] + edges[2:]) / 2, (edges[2:] - edges[:2]) / 2 * ROOM
    wide = np.concatenate([centre - half, centre + half])
    return cut(grey, wide, (WIDE, WIDE), mirrored=mirrored)


def jittered(
    images: NDArray[np.uint8], rng: Generator, *, mirror: bool
) -> NDArray[np.uint8]:
    """Cut crops of `SIZE` as from boxes that err as a detector's do.

    Parameters
    ----------
    images
        (crop, y, x) of `WIDE`.
    rng
        Source of chance.
    mirror
        Whether half of them are mirrored: for regions without a side.
    """
    return np.stack([_jittered(image, rng, mirror=mirror) for image in images])


def _jittered(
    image: NDArray[np.uint8], rng: Generator, *, mirror: bool
) -> NDArray[np.uint8]:
    half = SIZE / 2 * np.exp(rng.normal(0, 0.1))
    centre = WIDE / 2 + rng.normal(0, 0.06, 2) * SIZE
    edges = np.concatenate([centre - half, centre + half])
    mirrored = mirror and rng.random() < 0.5
    crop = cut(image, edges, (SIZE, SIZE), mirrored=mirrored)
    if rng.random() < 0.3:
        low = int(rng.integers(16, 44))
        crop = np.asarray(cv2.resize(crop, (low, low), interpolation=cv2.INTER_AREA))
        crop = np.asarray(cv2.resize(crop, (SIZE, SIZE)))
    curve = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.25))
    toned = cv2.LUT(crop, (curve * 255).astype(np.uint8))
    noise = rng.normal(0, rng.uniform(0, 8), toned.shape)
    return np.asarray(np.clip(toned + noise, 0, 255), np.uint8)


def centred(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut crops of `SIZE` as from true boxes."""
    edge = (WIDE - SIZE) // 2
    return images[:, edge : edge + SIZE, edge : edge + SIZE]
