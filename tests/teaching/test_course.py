"""The course that ships: what it holds, and that it can be drawn again."""

import numpy as np
import pytest
from PIL import Image

from napari_grimace.phantom.levels import LEVEL_1, LEVEL_2, TWO_LEVEL_2
from napari_grimace.teaching import open_reference, sample_course
from napari_grimace.teaching.sample import COUNT, _intensity, draw_picture


@pytest.fixture(scope="module")
def course():
    return open_reference(sample_course(), check=True)


def test_it_covers_every_level_of_every_unit_equally(course):
    assert course.pictures.count == COUNT == len(course.asked_in("test"))
    for unit in course.scale.units:
        given = course.consensus.sel(unit=unit.name).values
        assert [np.sum(given == level) for level in unit.levels] == [
            COUNT // len(unit.levels)
        ] * len(unit.levels)


def test_it_says_what_it_is(course):
    assert course.rendered
    assert "rendered faces" in course.title
    assert course.experts == ()
    assert "not a finding" in course.pictures.facts["pass_rule"]["source"]
    assert course.judge.label == "truth of the render"
    assert "source_path" not in course.pictures.store.attrs


def test_it_is_small():
    size = sum(f.stat().st_size for f in sample_course().rglob("*") if f.is_file())
    assert size < 3e6


@pytest.mark.parametrize("number", [1, 22, 47, 60])
def test_a_picture_can_be_drawn_again(course, number):
    again = draw_picture(number)
    with Image.open(course.pictures.picture(number)) as kept:
        difference = np.abs(np.asarray(kept).astype(int) - again.image)
    # Another processor may round a shade differently.
    assert np.mean(difference > 2) < 1e-3
    right = course.consensus.sel(picture=number)
    assert {u: int(right.sel(unit=u)) for u in again.scores} == dict(again.scores)


def test_the_boxes_are_those_of_the_pictures(course):
    truth = course.pictures.store.read().isel(rater=0).sel(frame=21)
    again = draw_picture(22)
    for region, edges in again.boxes.items():
        if region in truth["region"]:
            kept = truth["box"].sel(region=region)
            np.testing.assert_allclose(kept, np.clip(edges, 0, 208), atol=0.06)


@pytest.mark.parametrize(
    ("level", "low", "high"), [(0, 0, LEVEL_1), (1, LEVEL_1, LEVEL_2)]
)
def test_levels_are_drawn_clear_of_the_borders(level, low, high):
    rng = np.random.default_rng(0)
    drawn = np.array([_intensity(rng, level) for _ in range(500)])
    assert drawn.min() >= low + 0.06 * (low > 0)
    assert drawn.max() <= high - 0.06
    noses = [_intensity(rng, 2, two_levels=True) for _ in range(500)]
    assert min(noses) >= TWO_LEVEL_2 + 0.06
    assert max(noses) <= 1
