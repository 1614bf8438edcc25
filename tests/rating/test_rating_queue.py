"""Which frame to look at next."""

import sys
from pathlib import Path

import numpy as np
import pytest

from napari_grimace.rating.queue import (
    beside,
    disagreement,
    frames_to_look_at,
    poor_quality,
    uncertainty,
)
from napari_grimace.recording import rater_block
from napari_grimace.recording.join import join_raters

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import BLACK, model, person, random_recording

FRAMES = [10, 20, 30, 40]
NAN = np.nan


@pytest.fixture
def recording():
    """Scores of orbital, nose, ear, whiskers by a model and two people."""
    best = np.array([0.9, 0.5, NAN, 0.6])
    probability = np.full((4, 4, 3), NAN)
    probability[:, 0] = np.stack([best, 1 - best, 0 * best], axis=-1)
    probability[0, 2] = [0.2, 0.4, 0.4]
    scored = [[0, NAN, 1, NAN], [0, *[NAN] * 3], [NAN] * 4, [0, *[NAN] * 3]]
    blocks = [
        rater_block(
            model(),
            FRAMES,
            [0.1, 0.2, 0.3, 0.4],
            score=scored,
            probability=probability,
            quality={"sharpness": [5, 1, NAN, 3], "exposure": [0.1, 0.2, NAN, 0.3]},
        ),
        rater_block(
            person("Anna"),
            FRAMES,
            [NAN] * 4,
            score=[[2, NAN, 1, NAN], [0, 2, 2, 2], [1, 0, 1, 1], [NAN] * 4],
            flag=[False, False, True, False],
        ),
        rater_block(
            person("Bo"),
            FRAMES,
            [NAN] * 4,
            score=[[1, 0, 1, NAN], [0, 0, 1, 2], [1, 0, 1, 1], [NAN] * 4],
        ),
    ]
    assert BLACK.unit_names == ("orbital", "nose", "ear", "whiskers")
    return join_raters(blocks, {})


def test_disagreement(recording):
    np.testing.assert_array_equal(disagreement(recording), [2, 3, 0, NAN])
    found = frames_to_look_at(recording, "disagreement")
    assert found.tolist() == [20, 10]


def test_disagreement_is_the_sum_of_ranges():
    recording = random_recording([model(), person("A"), person("B")], range(40)).load()
    expected = []
    for frame in recording["frame"].values:
        of_units = [
            recording["score"].sel(frame=frame, unit=unit).dropna("rater").values
            for unit in recording["unit"].values
        ]
        ranges = [values.max() - values.min() for values in of_units if len(values) > 1]
        expected.append(sum(ranges) if ranges else NAN)
    np.testing.assert_array_equal(disagreement(recording), expected)


def test_the_least_confident_come_first(recording):
    doubt = uncertainty(recording, model().label)
    np.testing.assert_allclose(doubt, [(0.1 + 0.6) / 2, 0.5, NAN, 0.4], rtol=1e-6)
    assert frames_to_look_at(recording, "least confident").tolist() == [20, 40, 10]


def test_the_poorest_come_first(recording):
    poor = poor_quality(recording, model().label)
    np.testing.assert_allclose(poor, [1 - 0.5, 1 - 0.25, NAN, 1 - 0.75])
    assert frames_to_look_at(recording, "quality").tolist() == [20, 10, 40]


def test_flagged_and_all(recording):
    assert frames_to_look_at(recording, "flagged").tolist() == [30]
    assert frames_to_look_at(recording, "unrated").tolist() == FRAMES


def test_without_a_model_nothing_is_known():
    block = rater_block(person(), FRAMES, [NAN] * 4, flag=[True] * 4)
    for reason in ("least confident", "quality", "disagreement"):
        assert len(frames_to_look_at(block, reason)) == 0


def test_beside():
    in_time, worst = [10, 20, 30], [20, 30, 10]
    assert beside(in_time, 15, 1, in_time=True) == 20
    assert beside(in_time, 20, -1, in_time=True) == 10
    assert beside(in_time, 30, 1, in_time=True) is None
    assert beside(worst, 20, 1, in_time=False) == 30
    assert beside(worst, 20, -1, in_time=False) is None
    assert beside(worst, 11, 1, in_time=False) == 20
    assert beside(worst, None, 1, in_time=False) == 20
    assert beside([], 5, 1, in_time=False) is None
