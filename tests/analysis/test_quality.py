"""The quality measures against pictures of which the answer is known."""

import cv2
import numpy as np
import pytest
from painted_animals import SquareDetector, all_levels, paint, true_box

from napari_grimace.analysis import quality
from napari_grimace.scales.regions import REGIONS


def boxes_of(image):
    return SquareDetector().detect([image]).box[0]


def measured(image, boxes=None):
    values = quality.measure(image, boxes_of(image) if boxes is None else boxes)
    return dict(zip(quality.MEASURES, values.tolist(), strict=True))


def test_blur_lowers_sharpness_step_by_step():
    image = paint(all_levels(1))
    boxes = boxes_of(image)
    blurred = [cv2.GaussianBlur(image, (0, 0), sigma) for sigma in (0.5, 1, 2, 4)]
    sharp = [measured(picture, boxes)["sharpness"] for picture in (image, *blurred)]
    assert sharp == sorted(sharp, reverse=True)
    assert sharp[-1] < 0.1 * sharp[0]


def test_sharpness_is_that_of_the_face_not_of_the_cage():
    image = paint(all_levels(1))
    boxes = boxes_of(image)
    cage = image.copy()
    cage[:15, ::2] = 255
    assert measured(cage, boxes) == measured(image, boxes)


def test_sharpness_does_not_depend_on_the_size_of_a_sharp_face():
    rng = np.random.default_rng(1)
    face = cv2.resize(rng.integers(0, 255, (16, 16), np.uint8), (128, 128))
    double = cv2.resize(face, (256, 256), interpolation=cv2.INTER_CUBIC)
    assert quality.sharpness(double) == pytest.approx(quality.sharpness(face), rel=0.1)


def test_a_flat_face_has_no_sharpness():
    assert quality.sharpness(np.full((40, 30), 90, np.uint8)) == 0


def test_exposure_is_the_share_of_pixels_with_shades():
    grey = np.array([[0, 5, 6, 128], [249, 250, 255, 100]], np.uint8)
    assert quality.exposure(grey) == 4 / 8


def test_face_size_is_the_side_of_a_square_of_the_same_area():
    assert measured(paint({}))["face_size"] == pytest.approx(np.sqrt(80 * 90))


def test_a_symmetric_face_is_frontal_and_a_profile_is_not():
    frontal = {name: np.full(4, np.nan) for name in REGIONS}
    frontal["face"] = np.array([0.0, 0, 100, 100])
    frontal |= {
        "orbital_left": np.array([30.0, 20, 45, 35]),
        "orbital_right": np.array([30.0, 65, 45, 80]),
        "nose": np.array([70.0, 40, 90, 60]),
    }
    assert quality.frontality(frontal) == 1
    turned = frontal | {"orbital_right": np.array([30.0, 80, 45, 85])}
    assert quality.frontality(turned) == pytest.approx((1 / 3 + 1) / 2)
    profile = frontal | {
        "orbital_right": np.full(4, np.nan),
        "nose": np.array([70.0, 90, 90, 100]),
    }
    assert quality.frontality(profile) == pytest.approx((0 + 0.1) / 2)


def test_no_region_no_frontality():
    assert np.isnan(measured(paint({}))["frontality"])


def test_no_face_no_measures():
    image = paint({})
    nothing = np.full((len(REGIONS), 4), np.nan)
    assert np.isnan(quality.measure(image, nothing)).all()


def test_a_face_at_the_border_is_measured_where_it_is_seen():
    image = paint(all_levels(1), corner=(20, 30))
    boxes = boxes_of(image)
    boxes[0] += [-40, -50, 0, 0]
    assert np.isfinite(measured(image, boxes)["sharpness"])
    boxes[0] = [500, 500, 600, 600]
    assert np.isnan(measured(image, boxes)["sharpness"])


def test_instruments_tell_the_truth():
    boxes = boxes_of(paint(all_levels(2), corner=(11, 23)))
    for region in ("face", "orbital_left", "ear_right", "whiskers"):
        assert boxes[REGIONS.index(region)].tolist() == true_box(region, (11, 23))
