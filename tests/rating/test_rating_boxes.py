"""Boxes that follow from others."""

import sys
from pathlib import Path

import numpy as np
import pytest

from napari_grimace.errors import RecordingError
from napari_grimace.rating.boxes import annotated_before, copied, interpolated
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import RecordingStore

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import VIDEO, person

LOW, HIGH = (10.0, 20.0, 30.0, 40.0), (20.0, 0.0, 60.0, 80.0)


@pytest.fixture
def rating(tmp_path):
    rating = Rating(RecordingStore.create(tmp_path / "a.grimace", VIDEO), person())
    rating.set(
        {
            0: {("box", "nose"): LOW, ("box", "ear_left"): "region_not_found"},
            40: {("box", "nose"): HIGH, ("score", "ear"): 1},
        }
    )
    yield rating
    rating.close()


def test_boxes_are_copied(rating):
    everything = copied(rating, 0, [0, 5, 9])
    assert list(everything) == [5, 9]
    assert everything[5] == dict(rating.values(0))
    assert copied(rating, 0, [5], "nose") == {5: {("box", "nose"): LOW}}
    rating.set(everything)
    assert rating.value(9, "box", "nose") == LOW
    assert rating.undo() == [5, 9]
    with pytest.raises(RecordingError, match="no ear_left in frame 40"):
        copied(rating, 40, [5], "ear_left")
    with pytest.raises(RecordingError, match="no box in frame 7"):
        copied(rating, 7, [5])


def test_boxes_are_interpolated(rating):
    changed = interpolated(rating, 15, range(0, 60, 10))
    assert sorted(changed) == [10, 20, 30]
    for frame in changed:
        ((place, edges),) = changed[frame].items()
        assert place == ("box", "nose")
        expected = [
            np.interp(frame, [0, 40], ends) for ends in zip(LOW, HIGH, strict=True)
        ]
        np.testing.assert_allclose(edges, expected)
    rating.set({20: {("box", "nose"): LOW}})
    assert sorted(interpolated(rating, 15, range(0, 60, 10))) == [10]
    assert sorted(interpolated(rating, 20, range(0, 60, 10))) == [30]


@pytest.mark.parametrize(
    ("frame", "region"), [(50, None), (15, "ear_left"), (15, "face")]
)
def test_nothing_to_interpolate(rating, frame, region):
    with pytest.raises(RecordingError, match="nothing to fill in"):
        interpolated(rating, frame, range(0, 60, 10), region)


def test_the_annotated_frame_before(rating):
    assert annotated_before(rating, 0) is None
    assert annotated_before(rating, 40) == 0
    assert annotated_before(rating, 41) == 40
