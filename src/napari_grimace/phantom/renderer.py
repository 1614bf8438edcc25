"""From a scene to a picture with its truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.phantom.animal import add_whiskers, draw_animal, look
from napari_grimace.phantom.backdrop import draw_backdrop
from napari_grimace.phantom.camera import photograph
from napari_grimace.phantom.chance import draw_scene
from napari_grimace.phantom.shade import cast_shadow
from napari_grimace.phantom.things import draw_thing
from napari_grimace.phantom.truth import Render, make_truth

if TYPE_CHECKING:
    from napari_grimace.phantom.arrays import Floats, Mask
    from napari_grimace.phantom.paint import Drawn
    from napari_grimace.phantom.scene import Scene


def render(scene: Scene, size: int | tuple[int, int] = 320) -> Render:
    """Draw a scene.

    Parameters
    ----------
    scene
        What to draw.
    size
        Height and width in pixels, or one number for both.

    Returns
    -------
    Render
        Image (y, x, rgb) uint8 and truth. The same scene and size give the same
        render.
    """
    height, width = (size, size) if isinstance(size, int) else size
    picture = draw_backdrop(scene.backdrop, height, width)
    drawn = [draw_animal(a, scene.light, height, width) for a in scene.animals]
    for animal, one in zip(scene.animals, drawn, strict=True):
        cast_shadow(picture, one, scene.light)
        picture += one.cover[..., None] * (one.colour - picture)
        if animal.has_face:
            add_whiskers(picture, one, animal)
    hidden = _draw_front(picture, scene)
    truths = []
    for animal, one in zip(reversed(scene.animals), reversed(drawn), strict=True):
        truths.append(make_truth(animal, look(one, hidden)))
        hidden = hidden | (one.buffer.part > 0)
    rng = np.random.default_rng([scene.seed, 31])
    image = photograph(picture * metered(picture, drawn), scene.camera, rng)
    return Render(image, tuple(t for t in reversed(truths) if t.boxes), scene)


def metered(picture: Floats, drawn: list[Drawn]) -> float:
    """Gain that brings animal and surroundings near a middle grey, as cameras do.

    Parameters
    ----------
    picture
        (y, x, rgb) shares of white.
    drawn
        The animals in it; the last counts.
    """
    value = float(picture.mean())
    for one in drawn[-1:]:
        seen = one.cover > 0.5
        if seen.any():
            value = 0.35 * value + 0.65 * float(picture[seen].mean())
    return float(np.clip((0.40 / max(value, 0.02)) ** 0.6, 0.55, 2.4))


def _draw_front(picture: Floats, scene: Scene) -> Mask:
    """Draw what is before the animals; returns where it hides them."""
    rng = np.random.default_rng([scene.backdrop.seed, 22])
    hidden = np.zeros(picture.shape[:2], bool)
    for thing in scene.backdrop.front:
        before = picture.copy()
        draw_thing(picture, thing, rng)
        # One sees through a pane.
        if thing != "pane":
            hidden |= np.abs(picture - before).sum(-1) > 0.12
    return hidden


def random_render(
    seed: int, size: int | tuple[int, int] = 320, **constraints: Any
) -> Render:
    """Draw a random scene.

    Parameters
    ----------
    seed
        The same seed, size and constraints give the same render.
    size
        Height and width in pixels, or one number for both.
    **constraints
        As `draw_scene` takes them.
    """
    return render(draw_scene(np.random.default_rng(seed), **constraints), size)
