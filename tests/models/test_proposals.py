"""Proposed faces, and what a closer look makes of them."""

import numpy as np
import pytest

from napari_grimace.models.fusing import Candidates
from napari_grimace.models.proposals import Face, distinct, propose, refined
from napari_grimace.scales.regions import DETECTOR_CLASSES

FACE = [100, 100, 200, 200]


def candidates(*found):
    names, boxes, sure = zip(*found, strict=True) if found else ((), (), ())
    return Candidates(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(sure, np.float32),
        np.array([DETECTOR_CLASSES.index(name) for name in names], np.int64),
    )


def face(confidence=0.6, box=FACE):
    return Face(0, np.array(box, np.float32), confidence)


def test_proposed_are_the_best_few_that_do_not_lie_in_one_another():
    found = candidates(
        ("face", FACE, 0.8),
        ("face", [105, 100, 205, 200], 0.7),
        ("body", [0, 0, 300, 300], 0.9),
        ("face", [300, 300, 380, 380], 0.5),
        ("face", [400, 0, 460, 60], 0.4),
        ("face", [0, 400, 60, 460], 0.2),
    )
    kept = propose(3, found, least=0.1, most=3, share=0.3)
    assert [round(one.confidence, 3) for one in kept] == [0.8, 0.5, 0.4]
    assert {one.image for one in kept} == {3}
    assert len(propose(0, found, least=0.1, most=2, share=0.3)) == 2
    assert len(propose(0, found, least=0.1, most=9, share=0.6)) == 2
    assert len(propose(0, found, least=0.1, most=9, share=0.0)) == 4
    assert propose(0, found, least=0.81, most=9, share=0.0) == []


def test_regions_in_a_face_speak_for_it():
    bare = candidates(("face", FACE, 0.6))
    seen = candidates(
        ("face", FACE, 0.6),
        ("orbital", [120, 120, 140, 140], 0.6),
        ("nose", [170, 170, 195, 195], 0.4),
    )
    assert refined(face(), bare).confidence == pytest.approx(0.3)
    assert refined(face(), seen).confidence == pytest.approx((0.6 + 0.5) / 2)


def test_only_the_two_most_evident_kinds_inside_count():
    seen = candidates(
        ("face", FACE, 0.6),
        ("orbital", [120, 120, 140, 140], 0.6),
        ("orbital", [120, 160, 140, 180], 0.5),
        ("ear", [90, 90, 130, 130], 0.4),
        ("nose", [170, 170, 195, 195], 0.1),
        ("nose", [400, 400, 420, 420], 0.9),
        ("cheek", [150, 150, 170, 170], 0.9),
    )
    assert refined(face(), seen).confidence == pytest.approx((0.6 + 0.5) / 2)


def test_the_closer_look_corrects_the_box_and_weighs_double():
    moved = candidates(("face", [103, 106, 203, 206], 0.6))
    after = refined(face(0.6), moved)
    np.testing.assert_allclose(after.box, [102, 104, 202, 204])
    lower = refined(face(0.3), moved)
    assert lower.confidence == pytest.approx((0.3 + 2 * 0.6) / 3 / 2)


def test_a_face_that_the_closer_look_does_not_see_counts_little():
    after = refined(face(0.6), candidates(("face", [300, 300, 400, 400], 0.9)))
    np.testing.assert_array_equal(after.box, FACE)
    assert after.confidence == pytest.approx(0.1)
    assert refined(face(0.6), candidates()).confidence == pytest.approx(0.1)


def test_faces_within_a_better_one_are_not_counted():
    apart, within = face(0.5, [300, 300, 400, 400]), face(0.4, [110, 110, 160, 160])
    beside = face(0.4, [100, 150, 200, 250])
    assert distinct([]) == 0
    assert distinct([within, face(0.6), apart]) == 2
    assert distinct([face(0.6), beside]) == 2
