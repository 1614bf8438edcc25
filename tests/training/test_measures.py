"""Measures against hand-worked cases."""

import numpy as np
import pytest

from napari_grimace.scales.regions import REGIONS
from napari_grimace.training.calibrate import (
    best_threshold,
    calibration_error,
    log_loss,
    temperature,
)
from napari_grimace.training.measures import Finds, area_under_curve, weighted_kappa


def found(**boxes):
    box = np.full((len(REGIONS), 4), np.nan, np.float32)
    for name, edges in boxes.items():
        box[REGIONS.index(name)] = edges
    return box, np.where(np.isnan(box[:, 0]), np.nan, 0.5).astype(np.float32)


def truth(**boxes):
    return {name: [np.array(b, np.float32) for b in v] for name, v in boxes.items()}


def test_finds_are_matched_whatever_their_side():
    finds = Finds(("orbital", "nose"))
    box, sure = found(orbital_left=[0, 0, 10, 10], orbital_right=[0, 30, 10, 40])
    finds.add(box, sure, truth(orbital=[[0, 30, 10, 40], [0, 4, 10, 14]]))
    measures = finds.measures()
    assert measures["orbital_boxes"] == 2
    assert measures["orbital_found_0.3"] == 1.0
    assert measures["orbital_found_0.5"] == 0.5
    assert measures["false_per_image"] == 0


def test_false_boxes_are_counted_per_image():
    finds = Finds(("nose", "ear"))
    box, sure = found(nose=[0, 0, 10, 10], ear_left=[0, 0, 5, 5])
    finds.add(box, sure, truth(nose=[[50, 50, 60, 60]]))
    finds.add(*found(), truth(nose=[[50, 50, 60, 60]]))
    measures = finds.measures()
    assert measures["nose_found_0.3"] == 0
    assert measures["nose_false_per_image"] == 0.5
    assert measures["ear_false_per_image"] == 0.5
    assert measures["false_per_image"] == 1.0
    assert "ear_found_0.3" not in measures


def test_one_find_answers_one_true_box():
    finds = Finds(("ear",))
    box, sure = found(ear_left=[0, 0, 10, 10])
    finds.add(box, sure, truth(ear=[[0, 0, 10, 10], [0, 2, 10, 12]]))
    assert finds.measures()["ear_found_0.5"] == 0.5


def test_weighted_kappa_by_hand():
    one, other = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])
    # Observed disagreement 1/4; expected from the margins (2,1,1) and (1,2,1):
    # (2*2*1 + 2*1*4 + 1*1*1 + 1*1*1 + 1*1*4 + 1*2*1) / 16 = 20/16.
    assert weighted_kappa(one, other) == pytest.approx(1 - (1 / 4) / (20 / 16))
    assert weighted_kappa(one, one) == 1


def test_area_under_curve_counts_ties_half():
    value = np.array([1.0, 2.0, 2.0, 3.0])
    case = np.array([False, False, True, True])
    assert area_under_curve(value, case) == pytest.approx(3.5 / 4)


def test_temperature_is_found_again():
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 2, (20_000, 3)).astype(np.float32)
    soft = np.exp(odds) / np.exp(odds).sum(-1, keepdims=True)
    level = (rng.random((len(odds), 1)) > soft.cumsum(-1)).sum(-1)
    assert temperature(odds, level) == pytest.approx(1, abs=0.05)
    sharp = 3 * odds
    heat = temperature(sharp, level)
    assert heat == pytest.approx(3, abs=0.12)
    assert log_loss(sharp, level, heat) < log_loss(sharp, level)
    assert calibration_error(soft, level) < 0.02


def test_best_threshold_heeds_false_boxes():
    sure = np.array([0.9, 0.81, 0.69, 0.35, 0.3, 0.2], np.float32)
    right = np.array([True, True, False, True, False, True])
    loose = best_threshold(sure, right, wanted=4, images=10, most_false=1.0)
    strict = best_threshold(sure, right, wanted=4, images=10, most_false=0.05)
    assert loose <= 0.2
    assert 0.69 < strict <= 0.81
