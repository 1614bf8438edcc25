import numpy as np
import pytest
import xarray as xr
from recording_samples import BLACK, SUBJECT, VIDEO, model, person, random_block

from napari_grimace.errors import RecordingError
from napari_grimace.recording import (
    NOT_FOUND,
    NOT_RATED,
    SCORED,
    Rater,
    new_recording,
    rater_block,
    raters_of,
    scales_of,
    subject_of,
    validate_recording,
    video_of,
)
from napari_grimace.recording.schema import VARIABLES
from napari_grimace.scales import REGIONS, Scale, load_scale


def test_a_new_recording_is_valid_and_empty():
    empty = new_recording(VIDEO, subject=SUBJECT)
    validate_recording(empty)
    assert empty.sizes["frame"] == empty.sizes["rater"] == 0
    assert video_of(empty) == VIDEO
    assert subject_of(empty) == SUBJECT
    assert raters_of(empty) == []
    validate_recording(new_recording({}))


def test_attributes_of_numpy_become_plain():
    video = {
        "frame_rate": np.float32(25),
        "roi": np.array([0, 0, 5, 5]),
        "odd": object(),
    }
    recording = new_recording(video)
    assert video_of(recording) == {"frame_rate": 25.0, "roi": [0, 0, 5, 5]}
    assert type(recording.attrs["frame_rate"]) is float
    with pytest.raises(RecordingError, match="text, numbers"):
        new_recording({}, subject={"who": object()})


def test_a_block_holds_what_it_was_given():
    rater = model(sampling="1 frame/s")
    block = random_block(rater, [3, 7, 11])
    validate_recording(block)
    assert raters_of(block) == [rater]
    assert scales_of(block) == {"mgs-black": BLACK}
    assert list(block["region"].values) == list(BLACK.regions)
    assert {name: block[name].dims for name in VARIABLES} == {
        name: spec.dims for name, spec in VARIABLES.items()
    }


def test_boxes_of_all_regions_are_cut_to_those_of_the_scale():
    boxes = np.arange(2 * 9 * 4, dtype=float).reshape(2, 9, 4)
    block = rater_block(model(), [0, 1], [0, 0.1], box=boxes, box_confidence=None)
    assert "cheek" not in block["region"]
    for region in BLACK.regions:
        expected = boxes[:, REGIONS.index(region)]
        np.testing.assert_array_equal(block["box"].sel(region=region)[0], expected)


def test_units_come_in_the_order_that_all_recordings_share():
    data = load_scale("mgs-black").to_dict()
    data["units"] = data["units"][::-1]
    turned = Scale.from_dict({**data, "name": "turned"})
    assert turned.unit_names == ("whiskers", "ear", "nose", "orbital")
    block = rater_block(person(scale=turned), [0], [0], score=[[0, 1, 2, 1]])
    scores = dict(zip(block["unit"].values, block["score"].values[0, 0], strict=True))
    assert scores == {"orbital": 1, "nose": 2, "ear": 1, "whiskers": 0}
    assert list(scores) == ["orbital", "nose", "ear", "whiskers"]
    validate_recording(block)


def test_states_follow_from_scores_and_boxes():
    box = np.full((1, len(BLACK.regions), 4), np.nan)
    for region in ("face", "ear_left", "nose"):
        box[0, BLACK.regions.index(region)] = [0, 0, 5, 5]
    block = rater_block(model(), [0], [0], box=box, score=[[np.nan, np.nan, 1, np.nan]])
    states = dict(zip(block["unit"].values, block["state"].values[0, 0], strict=True))
    assert states == {
        "orbital": NOT_FOUND,
        "nose": NOT_RATED,
        "ear": SCORED,
        "whiskers": NOT_FOUND,
    }


def test_wrong_shapes_are_all_named():
    with pytest.raises(RecordingError, match=r"box has shape \(2, 3, 4\).*score has"):
        rater_block(
            model(), [0, 1], [0, 1], box=np.zeros((2, 3, 4)), score=np.zeros((2, 5))
        )
    with pytest.raises(RecordingError, match=r"quality 'sharpness' has shape \(1,\)"):
        rater_block(model(), [0, 1], [0, 1], quality={"sharpness": [1]})


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"label": ""}, "label is empty"),
        ({"name": "a\nb"}, "line of text"),
        ({"kind": "robot"}, "person, model, consensus"),
        ({"occasion": 0}, "count from 1"),
    ],
)
def test_a_rater_that_cannot_be_kept(facts, named):
    with pytest.raises(RecordingError, match=named):
        Rater(**{"label": "A", "name": "A", "kind": "person", "scale": BLACK, **facts})


def test_a_rater_survives_plain_data():
    rater = person(occasion=2, sampling="random, 10 of each minute")
    assert Rater.from_dict(rater.to_dict()) == rater


def test_one_frame_has_one_row_for_everyone():
    block = random_block(model(), [5])
    assert isinstance(block, xr.Dataset)
    assert block["time"].attrs["units"] == "s"
    assert block["box"].attrs["units"] == "px"
