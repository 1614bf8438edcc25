"""Cutting crops: where, how large, and the same for both sides."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_grimace.models.crops import (
    MARGIN,
    SIZE,
    cut,
    normalised,
    square,
    unit_crop,
)
from napari_grimace.scales.regions import UNITS


@pytest.fixture
def image():
    noise = np.random.default_rng(0).normal(size=(120, 160, 3))
    smooth = gaussian_filter(noise, (3, 3, 0))
    return (128 + smooth / smooth.std() * 40).clip(0, 255).astype(np.uint8)


def test_a_cut_at_full_size_is_the_image(image):
    same = cut(image, np.array([0.0, 0, 120, 160]), (120, 160))
    np.testing.assert_array_equal(same, image)


def test_a_cut_is_a_slice(image):
    part = cut(image, np.array([10.0, 20, 74, 84]), (64, 64))
    np.testing.assert_array_equal(part, image[10:74, 20:84])


def test_beyond_the_edge_the_last_pixel_is_repeated(image):
    part = cut(image, np.array([-20.0, -20, 44, 44]), (64, 64))
    np.testing.assert_array_equal(part[:20, :20], np.full((20, 20, 3), image[0, 0]))


def test_shrinking_averages(image):
    noisy = np.random.default_rng(1).integers(0, 256, (400, 400), np.uint8)
    small = cut(noisy, np.array([0.0, 0, 400, 400]), (20, 20))
    assert small.std() < 0.15 * noisy.std()
    assert small.mean() == pytest.approx(noisy.mean(), abs=2)


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.3])
def test_mirrored_crop_is_the_crop_of_the_mirrored_image(image, scale):
    edges = np.array([20.5, 30.25, 20.5 + 50, 30.25 + 50])
    size = (round(50 * scale), round(50 * scale))
    mirrored = cut(image, edges, size, mirrored=True).astype(int)
    turned = edges.copy()
    turned[[1, 3]] = 160 - edges[[3, 1]]
    flipped = np.ascontiguousarray(image[:, ::-1])
    difference = np.abs(mirrored - cut(flipped, turned, size))
    assert difference.max() <= 6


@pytest.mark.parametrize("unit", UNITS)
def test_both_sides_of_a_symmetric_face_give_one_crop(image, unit):
    symmetric = np.concatenate([image, image[:, ::-1]], axis=1)
    left = np.array([40, 50, 64, 80], np.float32)
    right = np.array([40, 320 - 80, 64, 320 - 50], np.float32)
    one = unit_crop(symmetric, left, unit, mirrored=False)
    other = unit_crop(symmetric, right, unit, mirrored=True)
    assert one.shape == (SIZE, SIZE)
    assert np.abs(one.astype(int) - other).max() <= 2


def test_square_holds_the_box_and_its_margin():
    edges = square((10, 20, 30, 60), MARGIN["orbital"])
    side = 40 * (1 + 2 * MARGIN["orbital"])
    np.testing.assert_allclose(edges[2:] - edges[:2], side)
    np.testing.assert_allclose((edges[:2] + edges[2:]) / 2, [20, 40])


def test_light_does_not_change_a_normalised_crop(image):
    crop = image[:64, :64, 0]
    darker = (crop * 0.5 + 20).astype(np.uint8)
    np.testing.assert_allclose(normalised(crop), normalised(darker), atol=0.05)


def test_a_blank_crop_is_finite():
    assert np.isfinite(normalised(np.full((1, 64, 64), 7, np.uint8))).all()
