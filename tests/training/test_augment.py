"""Boxes move with what they hold."""

import numpy as np
import pytest

from napari_grimace.training.augment import fit, photograph


def marked(box, size=(120, 160)):
    image = np.full((*size, 3), 40, np.uint8)
    y_min, x_min, y_max, x_max = box
    image[y_min:y_max, x_min:x_max] = 230
    return image


@pytest.mark.parametrize("seed", range(25))
def test_boxes_follow_the_picture(seed):
    box = (50, 60, 74, 90)
    rng = np.random.default_rng(seed)
    image = marked(box)
    frame, moved, kept = fit(image, np.array([box], np.float32), (96, 128), rng)
    assert frame.shape == (96, 128, 3)
    inner = frame[2:-2, 2:-2, 0] > 135
    if not kept[0] or moved[0].min() <= 2 or (moved[0, 2:] >= [94, 126]).any():
        return
    y_min, x_min, y_max, x_max = moved[0]
    rows, columns = np.mgrid[2:94, 2:126] + 0.5
    inside = (rows > y_min + 1) & (rows < y_max - 1)
    inside &= (columns > x_min + 1) & (columns < x_max - 1)
    assert inner[inside].mean() > 0.98


def test_what_is_cut_off_or_tiny_is_not_asked_for():
    rng = np.random.default_rng(0)
    boxes = np.array([[0, 0, 119, 159], [10, 10, 12, 12]], np.float32)
    for _ in range(20):
        _, moved, kept = fit(marked((0, 0, 1, 1)), boxes, (96, 128), rng)
        assert not kept[1]
        assert (moved >= 0).all()
        assert (moved <= [96, 128, 96, 128]).all()


def test_the_same_seed_gives_the_same_picture():
    image = marked((10, 10, 60, 60))
    one = photograph(image, np.random.default_rng(3))
    other = photograph(image, np.random.default_rng(3))
    np.testing.assert_array_equal(one, other)
    assert one.dtype == np.uint8
    assert one.shape == image.shape
