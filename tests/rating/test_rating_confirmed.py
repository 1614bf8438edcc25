"""People confirm scores: whose, by whom, and what is left untouched by that."""

import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_grimace.errors import RecordingError
from napari_grimace.rating.confirmation import confirmations, confirmed_frames
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import (
    RecordingStore,
    open_recording,
    rater_block,
    rename_rater,
    validate_recording,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import BLACK, VIDEO, model, person

NETS = model().label
FRAMES = [0, 10, 20]


def scores(rater, frames):
    levels = np.zeros((len(frames), len(BLACK.units)))
    return rater_block(rater, frames, np.array(frames) / 29.97, score=levels)


@pytest.fixture
def store(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(NETS, scores(model(), FRAMES))
    return store


@pytest.fixture
def begin(store):
    with ExitStack() as stack:

        def one(label="Eve"):
            rating = Rating(store, person(label))
            stack.callback(rating.close)
            return rating

        yield one


def of(label, value=True):
    return {("confirmed", label): value}


def test_a_models_scores_are_confirmed_and_nothing_else_changes(store, begin):
    eve = begin()
    eve.score(10, "ear", 2)
    before = open_recording(store.path).load()
    eve.set({10: of(NETS), 20: of(NETS)})
    read = open_recording(store.path)
    assert read["probability"].chunks is not None
    after = read.load()
    validate_recording(after)
    assert confirmed_frames(after, NETS).tolist() == [10, 20]
    assert confirmed_frames(after, "Eve").tolist() == []
    xr.testing.assert_identical(
        after.drop_vars("confirmed"), before.drop_vars("confirmed")
    )


def test_who_confirms_others_alone_rated_nothing(store, begin):
    eve = begin()
    eve.set({20: of(NETS)})
    for rating in (eve, begin()):
        assert rating.frames == []
        assert len(rating.as_pass().frames) == 0
    told = store.read_person(person("Eve"))
    assert told.block.sizes["frame"] == 0
    assert told.confirmed == {NETS: {20}}
    one = open_recording(store.path).sel(rater="Eve").load()
    assert not one["confirmed"].any()
    assert not one["state"].any()


def test_frames_that_the_rater_lacks_are_not_confirmed_until_there(store, begin):
    begin().set({30: of(NETS), 20: of("Bo")})
    assert open_recording(store.path)["frame"].values.tolist() == FRAMES
    store.append(NETS, scores(model(), [30, 40]))
    recording = open_recording(store.path)
    assert confirmed_frames(recording).tolist() == [30]
    begin("Bo").score(20, "ear", 1)
    assert confirmed_frames(open_recording(store.path), "Bo").tolist() == [20]


def test_own_and_others_confirmations_stand_apart(store, begin):
    anna, eve = begin("Anna"), begin()
    anna.score(10, "ear", 1)
    eve.set({10: {**of("Anna"), **of("")}})
    assert confirmed_frames(open_recording(store.path), "Anna").tolist() == [10]
    anna.read()
    assert anna.value(10, "confirmed") is False  # Anna has not confirmed
    anna.set({10: of("")})
    eve.set({10: of("Anna", False)})
    recording = open_recording(store.path)
    assert confirmed_frames(recording, "Anna").tolist() == [10]  # by Anna
    assert confirmed_frames(recording, "Eve").tolist() == [10]


def test_it_is_there_after_reopening_and_is_taken_back(store, begin):
    eve = begin()
    eve.set({0: of(NETS), 10: of(NETS)})
    assert eve.value(0, "confirmed", NETS) is True
    assert eve.value(0, "confirmed") is False
    again = begin()
    assert again.value(0, "confirmed", NETS) is True
    assert again.value(0, "confirmed") is False
    assert again.undo() == [0, 10]
    assert again.value(10, "confirmed", NETS) is False
    assert confirmed_frames(open_recording(store.path)).tolist() == []
    third = begin()
    assert third.redo() == [0, 10]
    assert third.set({0: of(NETS), 10: of(NETS)}) == []
    assert confirmed_frames(open_recording(store.path)).tolist() == [0, 10]


def test_two_desks_of_one_person(store, begin):
    one, two = begin(), begin()
    one.set({0: of(NETS)})
    two.set({0: of(NETS)})
    one.read()
    assert one.conflicts == []
    one.set({0: of(NETS, False)})
    assert confirmed_frames(open_recording(store.path)).tolist() == []


def test_it_follows_whose_scores_they_are_to_a_new_name(store, begin):
    anna, eve = begin("Anna"), begin()
    anna.score(10, "ear", 1)
    anna.score(20, "ear", 1)
    eve.set({10: of("Anna"), 20: of("Anna")})
    rename_rater([store.path], "Anna", "Zoë")
    assert confirmed_frames(open_recording(store.path), "Zoë").tolist() == [10, 20]
    assert {c.of for c in confirmations(store)} == {"Zoë"}
    eve.read()
    assert eve.value(10, "confirmed", "Zoë") is True
    eve.set({10: of("Zoë", False)})
    assert confirmed_frames(open_recording(store.path), "Zoë").tolist() == [20]
    assert [eve.undo(), eve.undo()] == [[10], [10, 20]]
    assert confirmed_frames(open_recording(store.path)).tolist() == []
    _, conflicts = store.read_with_conflicts()
    assert not conflicts


def test_a_label_is_a_line_of_text(begin):
    with pytest.raises(RecordingError, match="no such place"):
        begin().set({0: of("Anna\nBo")})
