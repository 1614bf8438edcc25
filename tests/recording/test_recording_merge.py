import numpy as np
import pytest
import xarray as xr
from recording_samples import VIDEO, model, person, random_block, random_recording

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import (
    merge_recordings,
    new_recording,
    raters_of,
    subject_of,
    validate_recording,
)
from napari_grimace.recording.join import join_raters
from napari_grimace.scales import Scale, load_scale


@pytest.fixture
def recording():
    return random_recording([model(), person(), person("Bo")], np.arange(0, 60, 3), 5)


def test_a_recording_merges_with_itself(recording):
    xr.testing.assert_identical(merge_recordings(recording, recording), recording)


def test_halves_become_the_whole(recording):
    first = recording.isel(frame=slice(None, 12), rater=[0, 1])
    second = recording.isel(frame=slice(8, None))
    merged = merge_recordings(first, second)
    validate_recording(merged)
    again = merge_recordings(merged, recording.isel(rater=[2]))
    xr.testing.assert_identical(again, recording)


def test_values_that_one_copy_lacks_are_taken_from_the_other(recording):
    anna = recording.sel(rater=["Anna"])
    rng = np.random.default_rng(0)
    mine = xr.DataArray(rng.random(anna["score"].shape) < 0.5, dims=anna["score"].dims)
    unrated = anna["state"] * 0
    halves = [
        anna.assign(
            score=anna["score"].where(kept),
            state=anna["state"].where(kept, unrated),
            flag=anna["flag"] & half,
        )
        for half, kept in ((True, mine), (False, ~mine))
    ]
    xr.testing.assert_identical(merge_recordings(*halves), anna)
    xr.testing.assert_identical(merge_recordings(*halves[::-1]), anna)


def test_frames_that_both_rated_differently_are_told(recording):
    other = recording.copy(deep=True)
    scored = np.argwhere(other["state"].sel(rater="Anna").values == 1)
    frame, unit = scored[0]
    other["score"].loc[{"rater": "Anna"}][frame, unit] = np.nan
    other["state"].loc[{"rater": "Anna"}][frame, unit] = 2
    place = f"frame {other['frame'].values[frame]}, unit {other['unit'].values[unit]}"
    with pytest.raises(RecordingError, match=f"rater 'Anna': state at {place}"):
        merge_recordings(recording, other)
    with pytest.warns(GrimaceWarning, match=r"Kept as 'Anna \(copy 2\)'"):
        merged = merge_recordings(recording, other, conflicts="both")
    validate_recording(merged)
    assert merged["rater"].values.tolist() == [
        "unit nets 1",
        "Anna",
        "Bo",
        "Anna (copy 2)",
    ]
    assert merged["rater_name"].values.tolist()[3] == "Anna"
    np.testing.assert_array_equal(
        merged["score"].sel(rater="Anna (copy 2)"), other["score"].sel(rater="Anna")
    )
    xr.testing.assert_identical(merged.isel(rater=slice(3)), recording)


def test_other_facts_of_a_rater_are_a_contradiction():
    first = random_block(person(), [0, 1])
    second = random_block(person(occasion=2), [5])
    with pytest.raises(RecordingError, match="facts about the rater"):
        merge_recordings(first, second)
    with pytest.warns(GrimaceWarning, match="copy 2"):
        merged = merge_recordings(first, second, conflicts="both")
    assert merged["occasion"].values.tolist() == [1, 2]


def test_a_model_that_went_on_with_other_frames_is_one_model():
    first = random_block(model(sampling="1 frame/s"), [0, 30])
    second = random_block(model(sampling="1 frame/s; 10 at random"), [7, 9])
    merged = merge_recordings(first, second)
    assert merged["frame"].values.tolist() == [0, 7, 9, 30]
    assert merged["sampling"].values.tolist() == ["1 frame/s; 10 at random"]


def test_each_model_keeps_the_faces_that_it_found():
    fast = random_block(model("fast"), [0, 1], seed=1)
    accurate = random_block(model("accurate"), [0, 1], seed=2)
    merged = merge_recordings(fast, accurate)
    validate_recording(merged)
    for block in (fast, accurate):
        for name in ("quality", "face_count"):
            kept = merged[name].sel(rater=block["rater"])
            np.testing.assert_array_equal(kept, block[name])
    again = accurate.assign(face_count=accurate["face_count"] + 1)
    with pytest.raises(RecordingError, match="rater 'accurate': face_count at frame"):
        merge_recordings(merged, again)


def test_copies_of_different_things_are_refused(recording):
    with pytest.raises(RecordingError, match="another video"):
        merge_recordings(recording, recording.assign_attrs(identity="other"))
    with pytest.raises(RecordingError, match="another region"):
        merge_recordings(recording, new_recording({**VIDEO, "roi": [0, 0, 9, 9]}))
    later = recording["time"] + 0.5
    with pytest.raises(RecordingError, match="time at frame"):
        merge_recordings(recording, recording.assign_coords(time=later))


def test_what_is_told_of_the_animal_is_joined(recording):
    mine = recording.assign_attrs(subject='{"strain": "C57BL/6"}')
    more = recording.assign_attrs(subject='{"sex": "f", "strain": "C57BL/6"}')
    assert subject_of(merge_recordings(mine, more)) == {"sex": "f", "strain": "C57BL/6"}
    other = recording.assign_attrs(subject='{"strain": "CD-1"}')
    with pytest.raises(RecordingError, match="strain is 'C57BL/6' and 'CD-1'"):
        merge_recordings(mine, other)


def test_two_scales_of_one_name_are_refused():
    data = {**load_scale("mgs-black").to_dict(), "min_units": 2}
    mine = random_block(person("Bo", Scale.from_dict(data)), [0])
    with pytest.raises(RecordingError, match="different scales by 'mgs-black'"):
        join_raters([mine, random_block(person(), [0])], {})


def test_merging_with_a_new_recording(recording):
    empty = new_recording(VIDEO).assign_attrs(created=recording.attrs["created"])
    merged = merge_recordings(recording, empty)
    xr.testing.assert_identical(merged, recording)
    merged = merge_recordings(empty, recording)
    assert raters_of(merged) == raters_of(recording)
    np.testing.assert_array_equal(merged["box"], recording["box"])
    assert raters_of(merge_recordings(empty, empty)) == []
