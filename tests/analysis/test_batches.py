"""Batches through the networks: truth, states, shrinking when memory is short."""

import numpy as np
import pytest
from painted_animals import (
    BrightnessScorer,
    SquareDetector,
    all_levels,
    paint,
    true_box,
)

from napari_grimace.analysis.batches import Analyser, Rows
from napari_grimace.errors import GrimaceWarning, ModelError
from napari_grimace.recording import NOT_FOUND, NOT_SCORABLE, SCORED
from napari_grimace.scales import load_scale
from napari_grimace.scales.regions import REGIONS


def analyser(scale="mgs-black", detector=None, **options):
    return Analyser(
        detector or SquareDetector(), BrightnessScorer(), load_scale(scale), **options
    )


def rows_of(given, images, **options):
    numbers = np.arange(len(images))
    return given.rows(numbers, numbers / 25, images, **options)


class SmallAccelerator(SquareDetector):
    """A detector whose device holds only a few pictures."""

    room = 2
    device = "cuda"

    def detect(self, images, setting="fast"):
        import torch

        if len(images) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return super().detect(images, setting)


def test_boxes_and_scores_are_those_painted():
    levels = all_levels(1) | {"orbital_left": 2, "orbital_right": 2, "nose": 2}
    rows = rows_of(analyser(), [paint(levels, corner=(7, 9))])
    for region in ("face", "orbital_right", "cheek"):
        found = rows.box[0, REGIONS.index(region)].tolist()
        assert found == true_box(region, (7, 9))
    names = load_scale("mgs-black").unit_names
    assert dict(zip(names, rows.score[0].tolist(), strict=True)) == {
        "orbital": 2,
        "nose": 2,
        "ear": 1,
        "whiskers": 1,
    }
    assert (rows.state == SCORED).all()


def test_boxes_are_in_pixels_of_the_full_frame():
    image = paint(all_levels(0))
    here, there = (rows_of(analyser(), [image], origin=o) for o in ((0, 0), (100, 7)))
    seen = np.isfinite(here.box)
    shifted = np.where(seen, [100, 7, 100, 7], np.nan)
    np.testing.assert_array_equal(there.box - here.box, shifted)


def test_what_is_not_seen_is_not_found_and_never_zero():
    rows = rows_of(analyser(), [paint({"orbital_left": 2, "nose": 0}), paint({})])
    np.testing.assert_array_equal(
        rows.state, [[SCORED, SCORED, NOT_FOUND, NOT_FOUND], [NOT_FOUND] * 4]
    )
    np.testing.assert_array_equal(rows.score, [[2, 0, np.nan, np.nan], [np.nan] * 4])


def test_a_region_that_the_scorer_cannot_score_is_not_scorable():
    class Blind(BrightnessScorer):
        def score(self, images, boxes):
            return np.full_like(super().score(images, boxes), np.nan)

    blind = Analyser(SquareDetector(), Blind(), load_scale("mgs-black"))
    rows = rows_of(blind, [paint({"nose": 0})])
    assert rows.state[0].tolist() == [NOT_FOUND, NOT_SCORABLE, NOT_FOUND, NOT_FOUND]


def test_several_faces_are_counted_and_flagged():
    one, two = paint(all_levels(0)), paint(all_levels(0), shape=(120, 260), faces=2)
    rows = rows_of(analyser(), [one, two, np.zeros_like(one)])
    assert rows.face_count.tolist() == [1, 2, 0]
    assert rows.flag.tolist() == [False, True, False]
    assert rows.face_seen.tolist() == [True, True, False]


def test_a_full_accelerator_halves_the_batch_and_the_run_goes_on():
    images = [paint(all_levels(level % 3), corner=(level, 9)) for level in range(11)]
    small = SmallAccelerator()
    halving = analyser(detector=small, batch=8)
    with pytest.warns(GrimaceWarning, match="a batch of [42]"):
        rows = rows_of(halving, images)
    assert halving.batch == 2
    assert max(small.seen) == 2
    whole = rows_of(analyser(batch=11), images)
    for name in Rows.__slots__:
        np.testing.assert_array_equal(getattr(rows, name), getattr(whole, name))


def test_the_batch_stays_small():
    small = SmallAccelerator()
    halving = analyser(detector=small, batch=4)
    with pytest.warns(GrimaceWarning):
        rows_of(halving, [paint({})] * 4)
    rows_of(halving, [paint({})] * 4)  # warnings are errors: nothing is said again
    assert small.seen == [2, 2, 2, 2]


def test_no_room_for_one_picture_says_what_to_do():
    small = SmallAccelerator()
    small.room = 0
    with pytest.raises(ModelError, match='device="cpu"'), pytest.warns(GrimaceWarning):
        rows_of(analyser(detector=small, batch=2), [paint({})] * 2)


def test_an_mps_device_says_it_in_its_own_way():
    class Apple(SmallAccelerator):
        def detect(self, images, setting="fast"):
            if len(images) > 1:
                raise RuntimeError("MPS backend out of memory (MPS allocated: 18 GB)")
            return super().detect(images, setting)

    with pytest.warns(GrimaceWarning, match="a batch of 1"):
        rows = rows_of(analyser(detector=Apple(), batch=2), [paint({})] * 2)
    assert len(rows) == 2


def test_other_errors_are_not_swallowed():
    class Broken(SquareDetector):
        def detect(self, *_args, **_options):
            raise RuntimeError("sizes of tensors must match")

    with pytest.raises(RuntimeError, match="sizes of tensors"):
        rows_of(analyser(detector=Broken()), [paint({})])
