"""Hair: directional textures for the near and far, and single hairs on the outline."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from napari_grimace.phantom.arrays import Floats

_SIDE = 512


@cache
def streaks(index: int, long: float = 9.0) -> Floats:
    """Texture (512, 512) of hairs that run along x; mean 0, spread 1; it tiles."""
    rng = np.random.default_rng([7001, index])
    noise = rng.standard_normal((_SIDE, _SIDE)).astype(np.float32)
    total = np.zeros_like(noise)
    for step, (sx, sy) in enumerate(((long, 0.7), (long * 2.2, 1.6), (long, 3.5))):
        padded = np.pad(np.roll(noise, 97 * step, 0), 64, mode="wrap")
        soft = cv2.GaussianBlur(padded, (0, 0), sx, sigmaY=sy)[64:-64, 64:-64]
        total += soft / soft.std() * (1.0, 0.8, 0.45)[step]
    # Locks: hair bends to and fro.
    wave = _tiling(rng, 40) * 5
    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)
    bent = cv2.remap(total, x, y + wave, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray((bent - bent.mean()) / bent.std(), np.float32)


def _tiling(rng: np.random.Generator, sigma: float) -> Floats:
    noise = rng.standard_normal((_SIDE, _SIDE)).astype(np.float32)
    margin = int(3 * sigma)
    padded = np.pad(noise, margin, mode="wrap")
    soft = cv2.GaussianBlur(padded, (0, 0), sigma)[margin:-margin, margin:-margin]
    return np.asarray(soft / soft.std(), np.float32)


@cache
def clouds(index: int) -> Floats:
    """Soft texture (512, 512), mean 0, spread 1; it tiles."""
    rng = np.random.default_rng([7002, index])
    total = sum(_tiling(rng, s) * w for s, w in ((48, 1.0), (16, 0.6), (5, 0.35)))
    return np.asarray(total / np.std(total), np.float32)


def sample(texture: Floats, x: Floats, y: Floats) -> Floats:
    """Texture at places in its pixels, going round."""
    return np.asarray(
        cv2.remap(
            texture,
            np.asarray(x, np.float32),
            np.asarray(y, np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        ),
        np.float32,
    )


def coat_texture(
    along: Floats,
    around: Floats,
    scale: float,
    seed: int,
) -> Floats:
    """Hair seen on a surface.

    Parameters
    ----------
    along, around
        (y, x) place on the surface, head lengths, with and across the hair.
    scale
        Pixels per head length: hairs finer than a pixel are left out.
    seed
        Picks the textures.
    """
    offset = (seed % 97) * 5.0
    total = np.zeros_like(along)
    weight = 0.0
    for octave, fine in enumerate((110.0, 260.0, 620.0)):
        # One texture pixel is one hair's breadth; drop what the camera cannot see.
        seen = float(np.clip(scale / fine * 1.6 - 0.15, 0, 1))
        if seen <= 0:
            continue
        texture = streaks((seed + octave) % 3)
        total += seen * sample(
            texture, along * fine + offset, around * fine + 2 * offset
        )
        weight += seen
    return total / max(weight, 1.0)
