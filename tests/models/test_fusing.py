"""Fusing views, and giving boxes to regions."""

import numpy as np
import pytest

from napari_grimace.models.assign import assign
from napari_grimace.models.fusing import Candidates, fuse, overlap, suppress
from napari_grimace.scales.regions import DETECTOR_CLASSES, REGIONS

FACE = np.array([0, 0, 100, 100], np.float32)


def some(*rows):
    """Candidates from (class, confidence, edges)."""
    return Candidates(
        np.array([row[2] for row in rows], np.float32).reshape(-1, 4),
        np.array([row[1] for row in rows], np.float32),
        np.array([DETECTOR_CLASSES.index(row[0]) for row in rows], np.int64),
    )


def placed(found, least=0.2):
    return assign(FACE, 0.9, found, dict.fromkeys(DETECTOR_CLASSES, least))


def test_overlap_by_hand():
    one = np.array([0.0, 0, 10, 10])
    others = np.array([[0.0, 0, 10, 10], [0, 5, 10, 15], [20, 20, 30, 30]])
    np.testing.assert_allclose(overlap(one, others), [1, 50 / 150, 0], rtol=1e-6)


def test_suppress_keeps_the_best_of_each_class():
    found = suppress(
        some(
            ("ear", 0.6, [0, 0, 10, 10]),
            ("ear", 0.8, [0, 1, 10, 11]),
            ("nose", 0.5, [0, 0, 10, 10]),
        )
    )
    np.testing.assert_allclose(found.confidence, [0.8, 0.5])


def test_fuse_averages_boxes_by_confidence_and_confidence_over_all_views():
    views = [
        some(("ear", 0.9, [0, 0, 10, 10])),
        some(("ear", 0.3, [0, 2, 10, 12])),
        some(),
    ]
    fused = fuse(views)
    np.testing.assert_allclose(fused.confidence, [(0.9 + 0.3) / 3], rtol=1e-6)
    np.testing.assert_allclose(fused.box[0], [0, 0.5, 10, 10.5], rtol=1e-6)


def test_fuse_counts_each_view_once():
    view = some(("ear", 0.8, [0, 0, 10, 10]), ("ear", 0.7, [0, 1, 10, 11]))
    fused = fuse([view, some()])
    np.testing.assert_allclose(fused.confidence, [0.4])


def test_what_one_view_alone_sees_counts_little():
    views = [some(("nose", 0.9, [50, 50, 60, 60])), *[some()] * 7]
    assert fuse(views).confidence[0] == pytest.approx(0.9 / 8)


def test_nothing_fused_is_nothing():
    fused = fuse([some(), some()])
    assert fused.box.shape == (0, 4)


def test_two_eyes_are_left_and_right_by_their_order():
    box, sure = placed(
        some(("orbital", 0.9, [30, 60, 40, 70]), ("orbital", 0.5, [30, 52, 40, 58]))
    )
    left, right = REGIONS.index("orbital_left"), REGIONS.index("orbital_right")
    np.testing.assert_allclose(box[left], [30, 52, 40, 58])
    np.testing.assert_allclose(box[right], [30, 60, 40, 70])
    np.testing.assert_allclose(sure[[left, right]], [0.5, 0.9])


@pytest.mark.parametrize(("x", "side"), [(20, "left"), (70, "right")])
def test_one_ear_is_placed_by_the_centre_line(x, side):
    box, _ = placed(some(("ear", 0.9, [0, x, 10, x + 10])))
    other = {"left": "right", "right": "left"}[side]
    assert np.isfinite(box[REGIONS.index(f"ear_{side}")]).all()
    assert np.isnan(box[REGIONS.index(f"ear_{other}")]).all()


def test_only_what_is_sure_and_in_the_face_counts():
    box, sure = placed(
        some(
            ("nose", 0.9, [300, 300, 310, 310]),
            ("nose", 0.6, [80, 45, 90, 55]),
            ("nose", 0.5, [60, 45, 70, 55]),
            ("cheek", 0.1, [50, 50, 60, 60]),
        )
    )
    nose = REGIONS.index("nose")
    np.testing.assert_allclose(box[nose], [80, 45, 90, 55])
    assert sure[nose] == pytest.approx(0.6)
    assert np.isnan(box[REGIONS.index("cheek")]).all()
    assert np.isnan(sure[REGIONS.index("whiskers")])
