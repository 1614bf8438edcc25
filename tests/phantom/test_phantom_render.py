"""Rendered pictures: what they promise about themselves."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_grimace.phantom import (
    COATS,
    FRAMINGS,
    SPECIES,
    Units,
    draw_scene,
    random_render,
    render,
)
from napari_grimace.phantom.levels import TWO_LEVEL_2, eye_aperture, level_of
from napari_grimace.phantom.renderer import metered
from napari_grimace.scales.regions import REGIONS, UNIT_OF_REGION

if TYPE_CHECKING:
    from napari_grimace import phantom

_FACING = {
    "framing": "crop", "length": 0.7, "centre": (0.5, 0.5), "pitch": 0.0, "roll": 0.0,
    "plain": True,
}  # fmt: skip


def _alone(seed: int, size: int = 200, **constraints: object) -> phantom.Render:
    """One animal with nothing in front of it and nothing worn."""
    scene = draw_scene(np.random.default_rng(seed), **{**_FACING, **constraints})
    animal = scene.animals[-1]
    bare = replace(animal, extras=replace(animal.extras, cap=0.0, paws=0.0, tag=0))
    return render(replace(scene, animals=(bare,)), size)


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def test_the_same_seed_gives_the_same_render_in_any_process() -> None:
    program = (
        "import hashlib; from napari_grimace.phantom import random_render;"
        "r = random_render(11, (90, 120));"
        "print(hashlib.sha256(r.image.tobytes()).hexdigest(), r.animals)"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert told[0] == told[1]
    ours, again = random_render(11, (90, 120)), random_render(11, (90, 120))
    np.testing.assert_array_equal(ours.image, again.image)
    assert ours.animals == again.animals
    assert str(ours.animals) in told[0]


def test_other_seeds_give_other_renders() -> None:
    images = [random_render(seed, 64).image.tobytes() for seed in range(8)]
    assert len(set(images)) == 8


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("coat", COATS)
def test_every_animal_renders_in_every_framing(
    framing: str, species: str, coat: str
) -> None:
    given = {"framing": framing, "species": species, "coat": coat}
    seed = 100 * FRAMINGS.index(framing) + COATS.index(coat)
    made = random_render(seed, (96, 128), **given)
    assert made.image.shape == (96, 128, 3)
    assert made.image.dtype == np.uint8
    assert made.image.std() > 0
    for animal in made.animals:
        assert animal.species == species
        assert animal.boxes
    if made.scene.animals:
        assert made.scene.animals[-1].coat.name == coat


@pytest.mark.parametrize("seed", range(24))
def test_boxes_lie_in_the_image_and_scores_belong_to_them(seed: int) -> None:
    height, width = 150, 200
    for animal in random_render(seed, (height, width)).animals:
        for region, (y_min, x_min, y_max, x_max) in animal.boxes.items():
            assert region in REGIONS
            assert 0 <= y_min < y_max <= height
            assert 0 <= x_min < x_max <= width
        scored = {region for region in animal.boxes if region in UNIT_OF_REGION}
        assert set(animal.levels) == set(animal.intensity) == scored
        for region, level in animal.levels.items():
            assert level == level_of(animal.intensity[region])


@pytest.mark.parametrize("seed", range(8))
def test_the_face_box_holds_its_parts_and_the_body_box_the_face(seed: int) -> None:
    (animal,) = _alone(seed, yaw=35.0).animals
    face, body = animal.boxes["face"], animal.boxes["body"]
    for region in set(animal.boxes) - {"face", "body"}:
        y_min, x_min, y_max, x_max = animal.boxes[region]
        assert face[0] <= y_min < y_max <= face[2]
        assert face[1] <= x_min < x_max <= face[3]
    assert body[0] <= face[0] < face[2] <= body[2]
    assert body[1] <= face[1] < face[3] <= body[3]


@pytest.mark.parametrize("yaw", [0.0, 30.0, -60.0, 90.0])
def test_the_eye_is_where_its_box_says(yaw: float) -> None:
    """Open and shut eyes differ inside the eyes' boxes, and hardly elsewhere."""
    open_, shut = (
        _alone(3, yaw=yaw, coat="white", species="rat", units=Units(orbital=(t, t)))
        for t in (0.0, 1.0)
    )
    change = np.abs(open_.image.astype(float) - shut.image).sum(-1)
    within = np.zeros(change.shape, bool)
    found = 0
    for made in (open_, shut):
        for region, box in made.animals[0].boxes.items():
            if region.startswith("orbital"):
                y_min, x_min, y_max, x_max = map(int, box)
                # The folds of squeezed lids lie a little outside.
                margin = 1 + max(y_max - y_min, x_max - x_min) // 2
                within[
                    y_min - margin : y_max + margin, x_min - margin : x_max + margin
                ] = True
                found += 1
    assert found >= 2
    assert change[within].mean() > 8 * change[~within].mean()


def test_the_eyes_box_gets_lower_as_the_lids_tighten() -> None:
    heights = []
    for tight in (0.0, 0.35, 0.7, 1.0):
        units = Units(orbital=(tight, tight))
        box = _alone(5, 320, yaw=-80.0, units=units).animals[0].boxes["orbital_left"]
        heights.append(box[2] - box[0])
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > 1.5 * heights[-1]


def test_dark_eyes_show_less_as_the_lids_tighten() -> None:
    """In the pictures themselves, not only in the truth."""
    dark = []
    for tight in (0.0, 0.4, 0.7, 0.9):
        made = _alone(
            2, 320, yaw=70.0, coat="cream", units=Units(orbital=(tight, tight))
        )
        (region,) = [r for r in made.animals[0].boxes if r.startswith("orbital")]
        y_min, x_min, y_max, x_max = map(int, made.animals[0].boxes[region])
        crop = made.image[y_min:y_max, x_min:x_max].mean(-1)
        face = np.median(made.image[y_min - 20 : y_max + 20, x_min - 20 : x_max + 20])
        dark.append(int((crop < 0.45 * face).sum()))
    assert dark == sorted(dark, reverse=True)
    assert dark[0] > 3 * dark[-1]


def test_ears_fold_back_in_pain() -> None:
    boxes = [
        _alone(4, yaw=0.0, units=Units(ear=(change, change))).animals[0].boxes
        for change in (0.0, 1.0)
    ]
    rise = [b["ear_left"][2] - b["ear_left"][0] for b in boxes]
    assert rise[0] > 1.5 * rise[1]
    assert boxes[1]["ear_left"][0] > boxes[0]["ear_left"][0]


def test_levels_follow_intensity() -> None:
    grid = np.linspace(0, 1, 301)
    levels = [level_of(value) for value in grid]
    assert levels == sorted(levels)
    assert [levels.count(n) for n in range(3)] == pytest.approx([100, 100, 101], abs=1)
    assert level_of(TWO_LEVEL_2 - 1e-6, two_levels=True) == 0
    assert level_of(TWO_LEVEL_2, two_levels=True) == 2
    apertures = [eye_aperture(value) for value in grid]
    assert apertures == sorted(apertures, reverse=True)
    assert (apertures[0], apertures[-1]) == (1, 0)


def test_levels_are_balanced_and_units_follow_pain_loosely() -> None:
    rng = np.random.default_rng(0)
    animals = [draw_scene(rng, framing="crop").animals[-1] for _ in range(900)]
    pain = np.array([a.pain for a in animals])
    for name in ("orbital", "ear", "nose", "cheek", "whiskers"):
        value = np.array([np.mean(getattr(a.units, name)) for a in animals])
        share = np.bincount([level_of(v) for v in value], minlength=3) / len(value)
        assert share.min() > 0.22, name
        assert 0.3 < np.corrcoef(pain, value)[0, 1] < 0.9, name


def test_negatives_have_no_face() -> None:
    drawn = [random_render(seed, 120, framing="negative") for seed in range(16)]
    animals = [animal for render in drawn for animal in render.animals]
    assert len(animals) >= 4
    for animal in animals:
        assert set(animal.boxes) == {"body"}
        assert not animal.levels


def test_faces_are_as_large_as_their_framing_says() -> None:
    sides: dict[str, list[float]] = {"crop": [], "scene": []}
    for framing, found in sides.items():
        for seed in range(12):
            for animal in random_render(seed, 128, framing=framing).animals:
                if "face" in animal.boxes:
                    box = animal.boxes["face"]
                    found.append(max(box[2] - box[0], box[3] - box[1]) / 128)
    assert len(sides["crop"]) >= 10
    assert np.median(sides["crop"]) > 0.4
    assert np.median(sides["scene"]) < 0.4


def test_yaw_decides_the_side() -> None:
    judged = 0
    for seed in range(4):
        right, left = (_alone(seed, yaw=yaw).animals[0].boxes for yaw in (85.0, -85.0))
        middle = [(b["face"][1] + b["face"][3]) / 2 for b in (right, left)]
        nose = [(b["nose"][1] + b["nose"][3]) / 2 for b in (right, left)]
        assert nose[0] > middle[0]
        assert nose[1] < middle[1]
        for boxes, centre in ((right, middle[0]), (left, middle[1])):
            for kind in ("orbital", "ear"):
                found = [n for n in ("left", "right") if f"{kind}_{n}" in boxes]
                if len(found) == 1:
                    box = boxes[f"{kind}_{found[0]}"]
                    assert ((box[1] + box[3]) / 2 < centre) == (found == ["left"])
                    judged += 1
    assert judged >= 8


def test_both_sides_are_seen_from_the_front_and_score_apart() -> None:
    units = Units(orbital=(0.0, 1.0), ear=(0.1, 0.9))
    (animal,) = _alone(1, 320, yaw=0.0, units=units).animals
    # Seen from the front, the animal's left is the image's right.
    assert animal.levels["orbital_right"] == animal.levels["ear_right"] == 0
    assert animal.levels["orbital_left"] == animal.levels["ear_left"] == 2
    assert animal.boxes["orbital_left"][1] < animal.boxes["orbital_right"][1]


def test_an_animal_seen_from_behind_has_no_face() -> None:
    for animal in _alone(6, yaw=180.0).animals:
        assert not {"face", "nose", "orbital_left", "orbital_right"} & set(animal.boxes)


def test_what_lies_in_front_hides_regions() -> None:
    scene = draw_scene(np.random.default_rng(1), **_FACING, yaw=0.0)
    scene = replace(scene, animals=scene.animals[-1:])
    free = render(scene, 160)
    barred = replace(scene.backdrop, front=("glove",) * 6 + ("edge",) * 3)
    hidden = render(replace(scene, backdrop=barred), 160)
    pane = render(
        replace(scene, backdrop=replace(scene.backdrop, front=("pane",))), 160
    )

    def seen(made: phantom.Render) -> float:
        return sum(_area(b) for a in made.animals for b in a.boxes.values())

    assert seen(hidden) < seen(free)
    assert seen(pane) == seen(free)


def test_the_nearer_of_two_animals_hides_the_other() -> None:
    rng = np.random.default_rng(3)
    scene = draw_scene(rng, **_FACING, yaw=20.0)
    front = scene.animals[-1]
    both = render(replace(scene, animals=(front, front)), 160)
    (alone,) = render(replace(scene, animals=(front,)), 160).animals
    assert both.animals == (alone,)


def test_a_larger_picture_shows_the_same() -> None:
    small, large = (_alone(9, size, yaw=40.0) for size in (128, 256))
    for region, box in small.animals[0].boxes.items():
        twice = np.array(large.animals[0].boxes[region]) / 2
        np.testing.assert_allclose(box, twice, atol=4)


def test_exposure_follows_the_animal() -> None:
    dark = np.full((8, 8, 3), 0.05, np.float32)
    assert metered(dark, []) > 1 > metered(np.ones_like(dark), [])


@pytest.mark.parametrize(
    "wrong", [{"framing": "close"}, {"species": "vole"}, {"coat": "blue"}, {"tail": 1}]
)
def test_wrong_constraints_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(
        ValueError,
        match=str(next(iter(wrong.values())) if "tail" not in wrong else "tail"),
    ):
        random_render(0, 64, **wrong)
