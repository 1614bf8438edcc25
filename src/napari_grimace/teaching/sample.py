"""The course that ships: rendered faces with known scores.

``python -m napari_grimace.teaching.sample FOLDER`` draws it again.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.phantom import Units, draw_scene, render
from napari_grimace.phantom.levels import LEVEL_1, LEVEL_2, TWO_LEVEL_2
from napari_grimace.rating.face_crop import crop_to_face, square_round
from napari_grimace.rating.picture_set import write_picture_set
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.record import Change
from napari_grimace.scales import UNIT_OF_REGION, load_scale
from napari_grimace.teaching.course import NAME
from napari_grimace.teaching.reference import RENDERED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from napari_grimace.phantom.scene import Animal, Scene
    from napari_grimace.phantom.truth import AnimalTruth

SCALE = "mgs-black"
COUNT = 60
SEED = 60
SIZE = 208  # px
TRUTH = "truth of the render"
"""Label of the rater that holds what was drawn."""

FACTS: dict[str, Any] = {
    "origin": RENDERED,
    "about": "Drawn by napari-grimace with known scores; no real animal is shown. "
    "Each unit varies by itself, with equally many pictures of each of its levels, "
    "all drawn clear of the borders between levels.",
    "seed": SEED,
    "pass_rule": {
        "min_pictures": 50,
        "kappa": 0.6,
        "icc": 0.75,
        "source": "fixed by the makers of this set. It is a choice, not a finding, for "
        "no experts rated these pictures: a weighted kappa of 0.6 is where "
        "'substantial' agreement begins for Landis and Koch (1977), an ICC of 0.75 "
        "where 'good' reliability begins for Koo and Li (2016)",
    },
}

_DRAWN = 448  # px of the picture from which the face is cut
_MARGIN = 0.18
_CLEAR = 0.06  # of an intensity from the borders of its level


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture of the course: image (y, x, rgb), boxes in its pixels, true scores."""

    image: NDArray[np.uint8]
    boxes: Mapping[str, tuple[float, ...]]
    scores: Mapping[str, int]


def make_course(folder: str | Path) -> Path:
    """Draw the course into a folder; takes half a minute.

    Returns
    -------
    Path
        Of the reference set.
    """
    scale = load_scale(SCALE)
    drawn: list[Drawn] = []

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for number in range(1, COUNT + 1):
            drawn.append(draw_picture(number))
            yield drawn[-1].image

    path = Path(folder) / NAME
    title = f"Course on {RENDERED}, {scale.title}"
    made = write_picture_set(
        path, pictures(), kind="reference", title=title, scale=scale, facts=FACTS
    )
    truth = Rater(TRUTH, TRUTH, "consensus", scale=scale, sampling=RENDERED)
    with made.store.journal(truth) as journal:
        journal.commit_all(
            (frame, _changes(picture), {"seconds": frame})
            for frame, picture in enumerate(drawn)
        )
    return path


def draw_picture(number: int) -> Drawn:
    """Draw one picture of the course; pictures count from 1.

    The same number gives the same picture.
    """
    scores = {unit: levels[number - 1] for unit, levels in _plan().items()}
    attempt = 0
    while True:  # until all units of the face are to be seen
        rng = np.random.default_rng([SEED, number, attempt])
        made = render(_scene(rng, scores), _DRAWN)
        if len(made.animals) == 1 and _shows_all(made.animals[0]):
            break
        attempt += 1
    boxes = made.animals[0].boxes
    top, left, bottom, _ = square_round(boxes["face"], _MARGIN)
    zoom = SIZE / (bottom - top)
    return Drawn(
        crop_to_face(made.image, boxes["face"], _MARGIN, SIZE),
        {
            region: tuple((np.array(box) - [top, left, top, left]) * zoom)
            for region, box in boxes.items()
        },
        scores,
    )


def _plan() -> dict[str, list[int]]:
    """For each unit the level in each picture: all equally often, in random order."""
    rng = np.random.default_rng(SEED)
    plan = {}
    for unit in load_scale(SCALE).units:
        each = -(-COUNT // len(unit.levels))
        plan[unit.name] = rng.permutation(unit.levels * each)[:COUNT].tolist()
    return plan


def _scene(rng: np.random.Generator, scores: Mapping[str, int]) -> Scene:
    intensity = partial(_intensity, rng)
    scene: Scene = draw_scene(
        rng,
        framing="crop",
        species="mouse",
        coat="black",
        length=0.62,
        centre=(0.5, 0.5),
        yaw=float(rng.uniform(-75, 75)),
        pitch=float(rng.normal(-4, 9)),
        units=Units(
            orbital=(intensity(scores["orbital"]), intensity(scores["orbital"])),
            ear=(intensity(scores["ear"]), intensity(scores["ear"])),
            nose=intensity(scores["nose"], two_levels=True),
            cheek=float(rng.random()),
            whiskers=intensity(scores["whiskers"]),
        ),
        plain=True,
    )
    # Without noise a picture takes half the space.
    camera = replace(scene.camera, noise=0.0)
    return replace(scene, animals=(_bare(scene.animals[-1]),), camera=camera)


def _bare(animal: Animal) -> Animal:
    """Take off what hides parts of the face, and make the whiskers show."""
    extras = replace(
        animal.extras,
        cap=0.0,
        cable=False,
        paws=0.0,
        whisker_shade=max(animal.extras.whisker_shade, 0.8),
        whisker_strength=max(animal.extras.whisker_strength, 0.6),
    )
    return replace(animal, extras=extras)


def _intensity(
    rng: np.random.Generator, level: int, *, two_levels: bool = False
) -> float:
    """Draw an intensity that stands for a level, clear of the borders."""
    borders = (
        (0, TWO_LEVEL_2, TWO_LEVEL_2, 1) if two_levels else (0, LEVEL_1, LEVEL_2, 1)
    )
    low, high = borders[level], borders[level + 1]
    return float(rng.uniform(low + _CLEAR * (low > 0), high - _CLEAR * (high < 1)))


def _shows_all(animal: AnimalTruth) -> bool:
    units = {UNIT_OF_REGION.get(region) for region in animal.boxes}
    return "face" in animal.boxes and units.issuperset(load_scale(SCALE).unit_names)


def _changes(picture: Drawn) -> Iterator[Change]:
    for unit, level in picture.scores.items():
        yield Change("score", unit, None, level)
    for region in load_scale(SCALE).regions:
        if region in picture.boxes:
            edges = np.clip(np.round(picture.boxes[region], 1), 0, SIZE)
            yield Change("box", region, None, tuple(edges))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name one folder: python -m napari_grimace.teaching.sample FOLDER")
    print(make_course(sys.argv[1]))
