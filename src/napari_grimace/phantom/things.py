"""Objects that are not faces: in the background, or in front of the animal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.arrays import floats
from napari_grimace.phantom.strokes import (
    Picture,
    blend,
    ellipse,
    some_colour,
    some_curve,
    somewhere,
    stroke,
)

if TYPE_CHECKING:
    from collections.abc import Callable


BEHIND = (
    "panel", "cylinder", "disc", "eyes", "dropping", "cable", "glove", "tail",
    "wheel", "screw", "bottle", "print", "fluff",
)  # fmt: skip
FRONT = ("bars", "cable", "glove", "pane", "dropping", "chips", "edge", "tail")


def draw_thing(picture: Picture, name: str, rng: np.random.Generator) -> None:
    """Draw a thing of a kind somewhere into a picture (y, x, rgb), in place."""
    _DRAW[name](picture, rng)


def _panel(picture: Picture, rng: np.random.Generator) -> None:
    x, y, unit = somewhere(picture, rng)
    size = (rng.uniform(0.05, 0.7) * unit, rng.uniform(0.05, 0.7) * unit)
    corners = cv2.boxPoints(((x, y), size, float(rng.normal(0, 20))))
    cv2.fillConvexPoly(
        picture, np.round(corners * 8).astype(np.int32), some_colour(rng), cv2.LINE_8, 3
    )


def _cylinder(picture: Picture, rng: np.random.Generator) -> None:
    """Metal rod or tube with a long highlight."""
    x, y, unit = somewhere(picture, rng)
    angle = rng.uniform(0, np.pi)
    half = rng.uniform(0.01, 0.12) * unit
    grid = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    across = ((grid[1] - x) * -np.sin(angle) + (grid[0] - y) * np.cos(angle)) / half
    along = (grid[1] - x) * np.cos(angle) + (grid[0] - y) * np.sin(angle)
    mask = np.clip((1 - np.abs(across)) * half + 0.5, 0, 1)
    mask *= np.clip(rng.uniform(0.1, 0.9) * unit - np.abs(along), 0, 1)
    shine = np.exp(-(((across - rng.uniform(-0.6, 0.6)) / 0.25) ** 2)) * rng.uniform(
        0, 0.9
    )
    shade = 0.35 + 0.65 * np.sqrt(np.clip(1 - across**2, 0, 1))
    value = floats(some_colour(rng, 0.05)) * shade[..., None] + shine[..., None]
    picture += mask[..., None] * (value - picture)


def _disc(picture: Picture, rng: np.random.Generator) -> None:
    x, y, unit = somewhere(picture, rng)
    axes = rng.uniform(0.02, 0.3, 2) * unit
    ellipse(picture, (x, y), axes, float(rng.uniform(0, 180)), some_colour(rng), -1)


def _eyes(picture: Picture, rng: np.random.Generator) -> None:
    """Dark shiny beads, alone or in pairs, that are no eyes."""
    x, y, unit = somewhere(picture, rng)
    r = rng.uniform(0.008, 0.06) * unit
    gap = rng.uniform(2.2, 7) * r
    for n in range(int(rng.integers(1, 3))):
        at = (x + n * gap, y + n * rng.normal(0, r))
        dark = [float(v) for v in rng.uniform(0, 0.2) * np.ones(3)]
        ellipse(picture, at, np.array([r, r * rng.uniform(0.7, 1)]), 0, dark, -1)
        if rng.random() < 0.6:
            spot = (at[0] + r * rng.uniform(-0.4, 0.4), at[1] - r * 0.3)
            ellipse(picture, spot, np.array([r, r]) * 0.22, 0, [0.9] * 3, -1)


def _dropping(picture: Picture, rng: np.random.Generator) -> None:
    x, y, unit = somewhere(picture, rng)
    for _ in range(int(rng.integers(1, 7))):
        r = rng.uniform(0.006, 0.028) * unit
        at = (x + rng.normal(0, 0.1) * unit, y + rng.normal(0, 0.07) * unit)
        shade = [float(v) for v in np.array([0.14, 0.11, 0.08]) * rng.uniform(0.5, 1.5)]
        ellipse(
            picture, at, np.array([r * 1.9, r]), float(rng.uniform(0, 180)), shade, -1
        )


def _cable(picture: Picture, rng: np.random.Generator) -> None:
    curve = some_curve(picture, rng)
    wide = np.full(30, rng.uniform(0.006, 0.03) * min(picture.shape[:2]))
    stroke(picture, curve, wide, some_colour(rng, 0.4))


def _tail(picture: Picture, rng: np.random.Generator) -> None:
    curve = some_curve(picture, rng)
    wide = np.linspace(0.05, 0.012, 30) * rng.uniform(0.5, 1.6) * min(picture.shape[:2])
    colour = [0.82, 0.58, 0.54] if rng.random() < 0.6 else [0.3, 0.25, 0.24]
    stroke(picture, curve, wide, colour)


def _glove(picture: Picture, rng: np.random.Generator) -> None:
    """Fingers of a gloved or bare hand."""
    x, y, unit = somewhere(picture, rng)
    colour = [
        [0.25, 0.4, 0.75], [0.85, 0.83, 0.8], [0.45, 0.3, 0.65],
        [0.85, 0.62, 0.52], [0.1, 0.1, 0.12],
    ][int(rng.integers(5))]  # fmt: skip
    angle = rng.uniform(0, 2 * np.pi)
    thick = rng.uniform(0.06, 0.16) * unit
    for n in range(int(rng.integers(1, 5))):
        turn = angle + rng.normal(0, 0.15)
        reach = np.array([np.cos(turn), np.sin(turn)]) * unit * rng.uniform(0.3, 0.9)
        side = np.array([-np.sin(angle), np.cos(angle)]) * thick * 1.05 * n
        t = np.linspace(0, 1, 12)[:, None]
        curve = floats([x, y] + side + reach * t)
        stroke(picture, curve, np.full(12, thick), colour)


def _wheel(picture: Picture, rng: np.random.Generator) -> None:
    x, y, unit = somewhere(picture, rng)
    r = rng.uniform(0.15, 0.7) * unit
    thick = max(1, round(rng.uniform(0.01, 0.06) * unit))
    colour = some_colour(rng)
    ellipse(picture, (x, y), np.array([r, r * rng.uniform(0.5, 1)]), 0, colour, thick)
    for turn in np.linspace(0, np.pi, int(rng.integers(3, 10)))[:-1]:
        d = np.array([np.cos(turn), np.sin(turn)]) * r
        a, b = np.array([x, y]) - d, np.array([x, y]) + d
        cv2.line(
            picture,
            a.astype(int).tolist(),
            b.astype(int).tolist(),
            colour,
            max(1, thick // 3),
        )


def _screw(picture: Picture, rng: np.random.Generator) -> None:
    x, y, unit = somewhere(picture, rng)
    r = rng.uniform(0.01, 0.05) * unit
    ellipse(
        picture, (x, y), np.array([r, r]), 0, [float(rng.uniform(0.3, 0.9))] * 3, -1
    )
    ellipse(picture, (x, y), np.array([r, r]) * 0.5, 0, [0.08] * 3, -1)


def _bottle(picture: Picture, rng: np.random.Generator) -> None:
    _cylinder(picture, rng)
    _screw(picture, rng)


def _print(picture: Picture, rng: np.random.Generator) -> None:
    """Write something, as on labels and cage cards."""
    x, y, unit = somewhere(picture, rng)
    text = "".join(rng.choice(list("ABCDEFGH0123456789-"), 6))
    mask = np.zeros(picture.shape[:2], np.uint8)
    size = float(rng.uniform(0.001, 0.004) * unit)
    thick = int(rng.integers(1, 4))
    at = (int(x), int(y))
    cv2.putText(mask, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thick)
    blend(picture, mask, floats(some_colour(rng)))


def _fluff(picture: Picture, rng: np.random.Generator) -> None:
    """Draw a soft ball: cotton, a nest, another animal out of focus."""
    x, y, unit = somewhere(picture, rng)
    grid = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    a, b = rng.uniform(0.08, 0.4, 2) * unit
    away = np.hypot((grid[1] - x) / a, (grid[0] - y) / b)
    soft = np.clip((1 - away) / rng.uniform(0.08, 0.6), 0, 1)[..., None]
    shade = (1.05 - 0.5 * away * away).clip(0.2, 1.1)[..., None]
    picture += soft * (floats(some_colour(rng, 0.1)) * shade - picture)


def _front_bars(picture: Picture, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    unit = min(height, width)
    thick = rng.uniform(0.006, 0.03) * unit
    flat = rng.random() < 0.25
    pitch = rng.uniform(0.14, 0.5) * unit
    at = rng.uniform(0, pitch)
    colour = some_colour(rng, 0.05)
    lean = rng.normal(0, 0.04) * unit
    while at < (height if flat else width):
        ends = (
            [[-5, at], [width + 5, at + lean]]
            if flat
            else [[at, -5], [at + lean, height + 5]]
        )
        stroke(picture, floats(ends), np.full(2, thick), colour)
        at += pitch


def _pane(picture: Picture, rng: np.random.Generator) -> None:
    """Reflections and scratches on plexiglass."""
    height, width = picture.shape[:2]
    grid = np.mgrid[:height, :width].astype(np.float32)
    angle, wide = rng.uniform(0, np.pi), rng.uniform(0.03, 0.4) * width
    across = (grid[1] - rng.uniform(0, width)) * np.cos(angle) + (
        grid[0] - rng.uniform(0, height)
    ) * np.sin(angle)
    band = np.exp(-((across / wide) ** 4)) * rng.uniform(0.04, 0.3)
    picture += band[..., None]
    for _ in range(int(rng.integers(0, 4))):
        draw_thing(picture, "scratch", rng)


def _scratch(picture: Picture, rng: np.random.Generator) -> None:
    mask = np.zeros(picture.shape[:2], np.uint8)
    points = np.round(some_curve(picture, rng)).astype(np.int32)
    cv2.polylines(mask, [points], False, int(rng.uniform(30, 130)), 1, cv2.LINE_AA)
    blend(picture, mask, floats(0.9))


def _chips(picture: Picture, rng: np.random.Generator) -> None:
    """Shavings before the animal."""
    height, width = picture.shape[:2]
    unit = min(height, width)
    for _ in range(int(rng.integers(3, 40))):
        at = np.array([rng.uniform(0, width), height * (1 - abs(rng.normal(0, 0.12)))])
        angle = rng.uniform(0, np.pi)
        along = (
            np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.01, 0.06) * unit
        )
        across = np.array([-along[1], along[0]]) * 0.4
        corners = np.array([at + along, at + across, at - along, at - across])
        colour = (np.array([0.8, 0.66, 0.48]) * rng.uniform(0.4, 1.2)).tolist()
        cv2.fillConvexPoly(
            picture, np.round(corners * 8).astype(np.int32), colour, cv2.LINE_8, 3
        )


def _edge(picture: Picture, rng: np.random.Generator) -> None:
    """Part of the apparatus that cuts into the picture from one side."""
    height, width = picture.shape[:2]
    deep = rng.uniform(0.04, 0.3)
    colour = floats(some_colour(rng))
    side = int(rng.integers(4))
    if side == 0:
        picture[: int(deep * height)] = colour
    elif side == 1:
        picture[int((1 - deep) * height) :] = colour
    elif side == 2:
        picture[:, : int(deep * width)] = colour
    else:
        picture[:, int((1 - deep) * width) :] = colour


_DRAW: dict[str, Callable[[Picture, np.random.Generator], None]] = {
    "panel": _panel, "cylinder": _cylinder, "disc": _disc, "eyes": _eyes,
    "dropping": _dropping, "cable": _cable, "glove": _glove, "tail": _tail,
    "wheel": _wheel, "screw": _screw, "bottle": _bottle, "print": _print,
    "fluff": _fluff, "bars": _front_bars, "pane": _pane, "scratch": _scratch,
    "chips": _chips, "edge": _edge,
}  # fmt: skip
