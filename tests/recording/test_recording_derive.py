import numpy as np
import pytest
from recording_samples import BLACK, model, person, random_recording

from napari_grimace.errors import RecordingError, ScaleError
from napari_grimace.recording import (
    Rater,
    box_in_force,
    grimace_score,
    grimace_state,
    new_recording,
    rater_block,
    units_scored,
)
from napari_grimace.recording.join import join_raters
from napari_grimace.scales import load_scale

NAN = np.nan


def joined(*blocks):
    return join_raters(blocks, blocks[0].attrs)


@pytest.fixture
def two_scales():
    """A black mouse's nets and a rat's, on the same frames (for the numbers' sake)."""
    mouse = rater_block(
        model(),
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        score=[[2, 2, 2, 2], [1, 0, 1, 0], [2, NAN, 1, 1], [NAN] * 4],
        state=[[1] * 4, [1] * 4, [1, 2, 1, 1], [3] * 4],
    )
    rat = rater_block(
        model("rat", load_scale("rgs-no-whiskers")),
        [1, 2],
        [1, 2],
        score=[[1.5, 1, 0.5], [2, NAN, 1]],
    )
    return joined(mouse, rat)


def test_each_rater_follows_its_own_scale(two_scales):
    total = grimace_score(two_scales)
    assert total.dims == ("rater", "frame")
    np.testing.assert_array_equal(total, [[8, 2, NAN, NAN], [NAN, 1, NAN, NAN]])
    assert total.attrs["rescaled"] is False
    assert total.attrs["long_name"] == "grimace score"
    assert total.attrs["min_units"] == [4, 3]


def test_units_scored_knows_none_from_unseen(two_scales):
    count = units_scored(two_scales)
    np.testing.assert_array_equal(count, [[4, 4, 3, 0], [NAN, 3, 2, NAN]])


def test_fewer_units_by_choice_are_called_rescaled(two_scales):
    total = grimace_score(two_scales, min_units=2)
    np.testing.assert_allclose(
        total, [[8, 2, 16 / 3, NAN], [NAN, 1, 1.5, NAN]], rtol=1e-6
    )
    assert total.attrs["rescaled"] is True
    assert "rescaled" in total.attrs["long_name"]
    assert grimace_score(two_scales, min_units=3).attrs["rescaled"] is True
    assert np.isnan(grimace_score(two_scales, min_units=3)[1, 2])
    with pytest.raises(ScaleError, match="'rgs-no-whiskers' has 3 units"):
        grimace_score(two_scales, min_units=4)


def test_states_are_the_published_bands(two_scales):
    state = grimace_state(two_scales)
    assert state.attrs["flag_meanings"] == "low medium high"
    np.testing.assert_array_equal(state, [[2, 0, -1, -1], [-1] * 4])
    rescaled = grimace_state(two_scales, min_units=2)
    np.testing.assert_array_equal(rescaled[0], [2, 0, 2, -1])
    assert rescaled.attrs["rescaled"] is True


def test_frames_with_several_faces_have_no_total_unless_asked_for():
    score = [[2, 2, 2, 2], [1, 0, 1, 0], [2, 2, 2, 1]]
    fast = rater_block(model(), [0, 1, 2], [0, 1, 2], score=score, face_count=[1, 2, 3])
    slow = rater_block(
        model("slow"), [0, 1, 2], [0, 1, 2], score=score, face_count=[2, 1, 1]
    )
    anna = rater_block(person(), [1], [1], score=score[1:2])
    recording = joined(fast, slow, anna)
    total = grimace_score(recording)
    np.testing.assert_array_equal(total, [[8, NAN, NAN], [NAN, 2, 7], [NAN, 2, NAN]])
    state = grimace_state(recording)
    np.testing.assert_array_equal(state, [[2, -1, -1], [-1, 0, 2], [-1, 0, -1]])
    every = grimace_score(recording, several_faces=True)
    np.testing.assert_array_equal(every, [[8, 2, 7], [8, 2, 7], [NAN, 2, NAN]])
    assert grimace_state(recording, several_faces=True).values[0].tolist() == [2, 0, 2]
    assert units_scored(recording).values[0].tolist() == [4, 4, 4]


def test_published_example_of_every_total():
    scores = [[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [1, 0, 1, 1], [1, 2, 1, 0]]
    scores += [[1, 2, 1, 1], [2, 2, 1, 1], [2, 2, 2, 1], [2, 2, 2, 2]]
    recording = rater_block(person(), range(9), range(9), score=scores)
    np.testing.assert_array_equal(grimace_score(recording)[0], range(9))
    low, medium, high = [0] * 3, [1] * 2, [2] * 4
    np.testing.assert_array_equal(grimace_state(recording)[0], low + medium + high)


def test_nothing_comes_of_nothing():
    empty = new_recording({})
    for derived in (units_scored(empty), grimace_score(empty), grimace_state(empty)):
        assert derived.shape == (0, 0)
    assert box_in_force(empty).shape == (0, 2, 4)


def box_of(rater, frames, **regions):
    box = np.full((len(frames), len(BLACK.regions), 4), NAN)
    for region, corner in regions.items():
        box[:, BLACK.regions.index(region)] = [corner, corner, corner + 5, corner + 5]
    return rater_block(rater, frames, frames, box=box)


def test_a_persons_box_counts_before_a_models():
    agreed = Rater("all", "all", "consensus", scale=BLACK)
    recording = joined(
        box_of(agreed, [2], nose=40),
        box_of(person("Anna"), [1, 2], nose=20, face=21),
        box_of(person("Bo"), [1], nose=30),
        box_of(model(), [0, 1, 2], nose=10, face=11, ear_left=12),
    )
    force = box_in_force(recording)
    assert force.dims == ("frame", "region", "edge")
    corner = force.sel(edge="y_min")
    assert corner.sel(region="nose").values.tolist() == [10, 30, 40]
    assert corner.sel(region="face").values.tolist() == [11, 21, 21]
    assert corner.sel(region="ear_left").values.tolist() == [12, 12, 12]
    assert corner.sel(region="whiskers").isnull().all()
    assert "rater" not in force.coords
    assert "build" not in force.coords


def test_one_of_several_models_is_chosen():
    recording = joined(
        box_of(model("new"), [0, 1], nose=10), box_of(model("old"), [1, 2], nose=20)
    )
    with pytest.raises(RecordingError, match="choose one of new, old"):
        box_in_force(recording)
    corner = box_in_force(recording, "old").sel(edge="y_min", region="nose")
    np.testing.assert_array_equal(corner, [NAN, 20, 20])
    with pytest.raises(RecordingError, match="no model 'other', only new, old"):
        box_in_force(recording, "other")


def test_derived_values_of_lazy_recordings(tmp_path):
    recording = random_recording([model(), person()], np.arange(50))
    lazy = recording.chunk({"frame": 7})
    for derive in (units_scored, grimace_score, grimace_state, box_in_force):
        np.testing.assert_array_equal(derive(lazy), derive(recording))
