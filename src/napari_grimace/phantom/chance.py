"""Scenes by chance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from napari_grimace.phantom.coats import draw_coat
from napari_grimace.phantom.scene import (
    COATS,
    FRAMINGS,
    SPECIES,
    Animal,
    Build,
    Extras,
    Scene,
    Units,
)
from napari_grimace.phantom.surroundings import draw_backdrop, draw_camera, draw_light

_COAT_ODDS = {
    "mouse": (0.30, 0.34, 0.12, 0.03, 0.07, 0.08, 0.06),
    "rat": (0.42, 0.08, 0.10, 0.26, 0.05, 0.05, 0.04),
}
_SINGLE = (
    "species",
    "coat",
    "yaw",
    "pitch",
    "roll",
    "pain",
    "length",
    "centre",
    "units",
)


def draw_scene(
    rng: np.random.Generator, *, framing: str | None = None, **constraints: Any
) -> Scene:
    """Draw a random scene.

    Parameters
    ----------
    rng
        Chance.
    framing
        "crop": one face fills a third of the picture to more than all of it;
        "scene": whole animals, small, among other things; "negative": no face.
        By chance if not given.
    **constraints
        `species` ("mouse" or "rat"), `coat`, `yaw`, `pitch`, `roll` (degrees), `pain`
        (0 to 1), `units` (`Units`), `length` (head length in parts of the shorter
        side), `centre` (y, x in parts of the image), `plain` (True: no things in
        front of the animal, mild camera), all for the first animal.

    Raises
    ------
    ValueError
        If a constraint is unknown or its value is.
    """
    plain = bool(constraints.pop("plain", False))
    _check(framing, constraints)
    framing = framing or str(rng.choice(FRAMINGS, p=(0.6, 0.25, 0.15)))
    camera = draw_camera(rng, plain=plain)
    light = draw_light(rng)
    animals = _draw_animals(rng, framing, camera.infrared, constraints)
    backdrop = draw_backdrop(rng, framing, plain=plain)
    return Scene(animals, light, camera, backdrop, int(rng.integers(2**31)), framing)


def _check(framing: str | None, constraints: dict[str, Any]) -> None:
    unknown = sorted(set(constraints) - set(_SINGLE))
    if unknown:
        raise ValueError(
            f"Unknown constraint {unknown[0]!r}; known: {', '.join(_SINGLE)}."
        )
    for name, value, known in (
        ("framing", framing, FRAMINGS),
        ("species", constraints.get("species"), SPECIES),
        ("coat", constraints.get("coat"), COATS),
    ):
        if value is not None and value not in known:
            raise ValueError(f"{name} {value!r} is not one of {', '.join(known)}.")


def _draw_animals(
    rng: np.random.Generator, framing: str, infrared: bool, given: dict[str, Any]
) -> tuple[Animal, ...]:
    if framing == "negative":
        if rng.random() < 0.45:
            return ()
        return (_faceless(draw_animal_by_chance(rng, "scene", infrared, given), rng),)
    first = draw_animal_by_chance(rng, framing, infrared, given)
    if rng.random() > (0.15 if framing == "scene" else 0.06):
        return (first,)
    free = {k: v for k, v in given.items() if k in ("species",)}
    other = draw_animal_by_chance(rng, framing, infrared, free)
    if rng.random() < 0.4:
        other = _faceless(other, rng)
    elif framing == "crop":
        # Beside the first, and not larger.
        side = 1 if first.centre[1] < 0.5 else -1
        other = replace(
            other,
            length=min(other.length, first.length * 0.8),
            centre=(other.centre[0], 0.5 + side * float(rng.uniform(0.3, 0.6))),
        )
    return (other, first)


def _faceless(animal: Animal, rng: np.random.Generator) -> Animal:
    """Make it a rump, or a body that leaves the picture head first."""
    if rng.random() < 0.5:
        yaw = float(rng.choice([-1, 1]) * rng.uniform(130, 180))
        long = animal.length * float(rng.uniform(1, 2))
        return replace(animal, has_face=False, yaw=yaw, length=long)
    side = float(rng.choice([-1, 1]))
    at = 0.5 + side * (0.62 + animal.length * 0.5)
    yaw = side * float(rng.uniform(60, 120))
    return replace(
        animal,
        has_face=False,
        yaw=yaw,
        centre=(animal.centre[0], at),
        turn=float(rng.normal(0, 12)),
    )


def _draw_yaw(rng: np.random.Generator, framing: str) -> float:
    pick = rng.random()
    if pick < 0.25:
        return float(rng.normal(0, 14))
    side = float(rng.choice([-1, 1]))
    if pick < 0.62:
        return side * float(rng.uniform(15, 65))
    if pick < 0.97 if framing == "crop" else pick < 0.88:
        return side * float(rng.uniform(62, 100))
    return side * float(rng.uniform(100, 180))


def _draw_pitch(rng: np.random.Generator) -> float:
    """Mostly level; now and then seen from well above, or from below."""
    pick = rng.random()
    if pick < 0.08:
        return float(rng.uniform(-75, -30))
    if pick < 0.12:
        return float(rng.uniform(25, 55))
    return float(np.clip(rng.normal(-6, 15), -50, 35))


def _draw_units(rng: np.random.Generator, pain: float) -> Units:
    """Units that follow a latent state loosely, each spread over all levels."""

    def unit(own: float = 0.55) -> float:
        value = pain * (1 - own) + rng.random() * own
        if rng.random() < 0.12:
            value = rng.random()
        # The mean of two uniform numbers heaps up in the middle: spread it again.
        return float(np.clip((value - 0.5) * 1.28 + 0.5, 0, 1))

    eye, ear = unit(0.5), unit(0.5)

    def other(value: float, spread: float) -> float:
        return float(np.clip(value + rng.normal(0, spread), 0, 1))

    if rng.random() < 0.08:
        eye = 1.0
    return Units(
        orbital=(other(eye, 0.08), other(eye, 0.08)),
        ear=(other(ear, 0.10), other(ear, 0.10)),
        nose=unit(),
        cheek=unit(),
        whiskers=unit(),
    )


def _draw_build(rng: np.random.Generator) -> Build:
    def about(spread: float, middle: float = 1.0) -> float:
        return float(middle * np.exp(rng.normal(0, spread)))

    return Build(
        snout=about(0.09),
        width=about(0.07),
        height=about(0.06),
        eye=about(0.12),
        eye_forward=float(rng.normal(0, 0.018)),
        eye_up=float(rng.normal(0, 0.06)),
        ear=about(0.12),
        ear_width=about(0.1),
        fat=about(0.12),
        hair=float(np.clip(about(0.35), 0.4, 1.8)),
    )


def _draw_extras(rng: np.random.Generator, infrared: bool) -> Extras:
    return Extras(
        cap=float(rng.uniform(0.5, 1)) if rng.random() < 0.1 else 0.0,
        cable=bool(rng.random() < 0.06),
        tag=int(rng.integers(0, 3)) if rng.random() < 0.12 else 0,
        notch=int(rng.integers(0, 3)) if rng.random() < 0.12 else 0,
        paws=float(rng.random()) if rng.random() < 0.15 else 0.0,
        whisker_strength=float(rng.uniform(0.3, 1.0)),
        whisker_shade=float(rng.choice([0.95, 0.8, 0.05], p=[0.6, 0.2, 0.2])),
        highlights=int(rng.choice([0, 1, 2, 3], p=[0.2, 0.45, 0.25, 0.1])),
        bright_pupil=float(rng.uniform(0.3, 1.1))
        if infrared and rng.random() < 0.2
        else 0.0,
        wet=float(rng.random()),
    )


def draw_animal_by_chance(
    rng: np.random.Generator, framing: str, infrared: bool, given: dict[str, Any]
) -> Animal:
    """Draw one animal; `given` are constraints of `draw_scene`."""
    species = given.get("species") or str(rng.choice(SPECIES, p=(0.58, 0.42)))
    name = given.get("coat") or str(rng.choice(COATS, p=_COAT_ODDS[species]))
    pain = float(given.get("pain", rng.random()))
    length, centre = _draw_place(rng, framing)
    animal = Animal(
        species=species,
        coat=draw_coat(rng, name, grey=infrared),
        build=_draw_build(rng),
        units=_draw_units(rng, pain),
        extras=_draw_extras(rng, infrared),
        yaw=_draw_yaw(rng, framing),
        pitch=_draw_pitch(rng),
        roll=float(rng.normal(0, 11)),
        turn=float(rng.normal(0, 38)),
        rise=float(rng.normal(0, 12)),
        centre=centre,
        length=length,
        distance=float(rng.uniform(3.0, 14)),
        pain=pain,
        seed=int(rng.integers(2**31)),
        stretch=float(rng.uniform(0.75, 1.15)),
    )
    own = {
        k: given[k]
        for k in ("yaw", "pitch", "roll", "length", "centre", "units")
        if k in given
    }
    return _untwisted(replace(animal, **own))


def _untwisted(animal: Animal) -> Animal:
    """Keep a body from hiding the face: no rump towards a camera that is looked at."""
    if abs(animal.yaw) > 105:
        return animal
    ahead = float(np.clip(animal.yaw + animal.turn, -105, 105))
    return replace(animal, turn=ahead - animal.yaw)


def _draw_place(
    rng: np.random.Generator, framing: str
) -> tuple[float, tuple[float, float]]:
    if framing == "crop":
        length = float(np.exp(rng.uniform(np.log(0.34), np.log(1.25))))
        loose = 0.10 + 0.12 * length
        y, x = rng.normal(0.5, loose, 2)
    else:
        length = float(np.exp(rng.uniform(np.log(0.09), np.log(0.36))))
        y, x = rng.uniform(0.15, 0.85, 2)
    return length, (float(y), float(x))
