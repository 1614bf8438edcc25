"""A person's rating: what is set, taken back, and there again after reopening."""

import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_grimace.errors import RecordingError
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import (
    RecordingStore,
    open_recording,
    rename_rater,
    validate_recording,
)
from napari_grimace.recording.values import block_of, values_of
from napari_grimace.scales import load_scale
from napari_grimace.scales.scoring import score_of_sides

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import BLACK, VIDEO, model, person, random_block

ANNA = person()
BOX = (10.0, 20.0, 30.0, 40.0)
SIDES = ("left", "right")


@pytest.fixture
def store(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(model().label, random_block(model(), [0, 10, 20]))
    return store


@pytest.fixture
def begin(store):
    """Begin to rate, as often as wanted."""
    with ExitStack() as stack:

        def one():
            rating = Rating(store, ANNA, lambda frame: frame / 30)
            stack.callback(rating.close)
            return rating

        yield one


@pytest.fixture
def rating(begin):
    return begin()


def on_disk(store, frame, unit="ear"):
    one = open_recording(store.path).sel(rater="Anna", frame=frame, unit=unit).load()
    return float(one["score"]), int(one["state"])


def test_scores_are_on_the_disk_at_once(store, rating):
    rating.score(10, "ear", 2)
    assert rating.value(10, "score", "ear") == 2
    assert on_disk(store, 10) == (2, 1)
    rating.score(10, "ear", "not_scorable")
    assert np.isnan(on_disk(store, 10)[0])
    assert on_disk(store, 10)[1] == 2
    rating.score(10, "ear", None)
    assert on_disk(store, 10)[1] == 0
    with pytest.raises(RecordingError, match="levels are 0, 2"):
        rating.score(10, "nose", 1)
    assert rating.value(10, "score", "nose") is None
    recording = open_recording(store.path)
    assert recording["time"].sel(frame=10) == pytest.approx(10 / 29.97, abs=0.01)


def test_what_is_set_again_alike_is_not_written(store, rating):
    rating.score(10, "ear", 2)
    (journal,) = store.journals.iterdir()
    size = journal.stat().st_size
    rating.score(10, "ear", 2)
    assert journal.stat().st_size == size


def test_undo_and_redo_across_frames_and_after_reopening(store, rating, begin):
    rating.score(0, "ear", 1)
    rating.set({10: {("box", "nose"): BOX}})
    rating.set({10: {("flag", ""): True}}, "blurred")
    rating.set(
        {0: {("confirmed", ""): True}, 20: {("confirmed", ""): True}, 30: {}}, "range"
    )
    rating.score(20, "orbital", 0)

    again = begin()
    assert again.frames == [0, 10, 20]
    assert again.undo() == [20]
    assert again.value(20, "score", "orbital") is None
    assert again.undo() == [0, 20]
    assert not again.value(0, "confirmed")
    assert not again.value(20, "confirmed")

    third = begin()
    assert third.redo() == [0, 20]
    assert third.value(0, "confirmed") is True
    assert third.redo() == [20]
    assert third.redo() == []
    assert not third.can_redo
    for frames in ([20], [0, 20], [10], [10], [0]):
        assert third.undo() == frames
    assert third.undo() == []
    assert not third.can_undo
    assert third.frames == []
    assert [third.redo() for _ in range(3)] == [[0], [10], [10]]
    third.score(0, "nose", 2)
    assert not third.can_redo

    recording = open_recording(store.path).load()
    validate_recording(recording)
    anna = recording.sel(rater="Anna")
    assert anna["score"].sel(frame=0, unit="ear") == 1
    assert anna["score"].sel(frame=0, unit="nose") == 2
    np.testing.assert_array_equal(anna["box"].sel(frame=10, region="nose"), BOX)
    assert bool(anna["flag"].sel(frame=10))
    assert not anna["confirmed"].any()


def test_many_undos_and_redos_come_to_the_same_as_a_list_of_states(store, begin):
    """Against a plain list of all states, with reopening in between."""
    rng = np.random.default_rng(3)
    rating, states, now = begin(), [{}], 0
    for turn in range(150):
        act = rng.random()
        if act < 0.5:
            value = rng.choice([None, 0, 1, 2])
            at = int(rng.integers(3)), str(rng.choice(["ear", "whiskers"]))
            rating.score(*at, value)
            state = {**states[now], at: value}
            if value is None:
                del state[at]
            if state.get(at) != states[now].get(at):
                states, now = [*states[: now + 1], state], now + 1
        elif act < 0.75:
            rating.undo()
            now = max(0, now - 1)
        elif act < 0.95:
            rating.redo()
            now = min(len(states) - 1, now + 1)
        else:
            rating.close()
            rating = begin()
        found = {
            (frame, unit): value
            for frame in range(3)
            for (_, unit), value in rating.values(frame).items()
        }
        assert found == states[now], turn
    _, conflicts = store.read_with_conflicts()
    assert not conflicts


def test_sides_are_scored_apart(store, rating):
    rating.score_side(10, "ear_left", 1)
    assert rating.value(10, "score", "ear") == 1
    rating.score_side(10, "ear_right", 2)
    assert rating.value(10, "score", "ear") == 1
    rating.score_side(10, "ear_left", 2)
    assert on_disk(store, 10) == (2, 1)
    rating.undo()
    assert rating.value(10, "region_score", "ear_left") == 1
    rating.score(10, "ear", 0)
    assert rating.value(10, "region_score", "ear_left") is None
    with pytest.raises(RecordingError, match="no side"):
        rating.score_side(10, "face", 1)


def sides_of(rating, frame):
    left, right = (rating.value(frame, "region_score", f"ear_{s}") for s in SIDES)
    return left, right, rating.value(frame, "score", "ear")


@pytest.mark.parametrize(
    ("before", "side", "value", "after"),
    [
        # A whole score says it of both sides.
        ((None, None, 2), "left", 0, (0, 2, 1)),
        ((None, None, 2), "left", 2, (2, 2, 2)),
        ((None, None, 2), "left", None, (None, 2, 2)),
        ((None, None, 2), "right", "not_scorable", (2, None, 2)),
        ((None, None, "not_scorable"), "left", 2, (2, None, 2)),
        # What cannot be scored on one side leaves the other.
        ((0, 2, 1), "left", "not_scorable", (None, 2, 2)),
        ((0, 2, 1), "right", "region_not_found", (0, None, 0)),
        ((0, None, 0), "left", "region_not_found", (None, None, "region_not_found")),
        ((0, None, 0), "right", "not_scorable", (0, None, 0)),
        ((None, None, None), "left", "not_scorable", (None, None, "not_scorable")),
        # Taken away.
        ((0, 2, 1), "left", None, (None, 2, 2)),
        ((0, None, 0), "left", None, (None, None, None)),
    ],
)
def test_one_side_is_scored_and_the_other_stays(
    store, rating, begin, before, side, value, after
):
    places = [("region_score", "ear_left"), ("region_score", "ear_right")]
    places += [("score", "ear")]
    rating.set({10: dict(zip(places, before, strict=True))})
    rating.score_side(10, f"ear_{side}", value)
    assert sides_of(rating, 10) == after
    again = begin()
    assert sides_of(again, 10) == after
    if after != before:
        again.undo()
        assert sides_of(again, 10) == before
    validate_recording(open_recording(store.path).load())


def test_the_only_side_of_a_unit_is_the_unit(rating):
    rating.score_side(10, "nose", 2)
    assert rating.value(10, "score", "nose") == 2
    rating.score_side(10, "nose", "not_scorable")
    assert rating.value(10, "score", "nose") == "not_scorable"


@pytest.mark.parametrize(
    ("scale", "left", "right", "whole"),
    [
        ("mgs-black", 0, 2, 1),
        ("mgs-black", 1, 2, 1),
        ("mgs-black", None, 2, 2),
        ("rgs-no-whiskers", 1, 2, 1.5),
        ("rgs-no-whiskers", None, None, None),
    ],
)
def test_a_unit_follows_from_its_sides(scale, left, right, whole):
    sides = {"ear_left": left, "ear_right": right}
    assert score_of_sides(load_scale(scale), "ear", sides) == whole


def test_values_and_blocks_are_the_same(store):
    block = random_block(ANNA, [3, 5, 8, 13], measures=())
    told = values_of(block)
    times = dict(zip(told, block["time"].values.tolist(), strict=True))
    again = block_of(ANNA, told, times)
    for name in ("score", "state", "box", "region_score", "flag", "confirmed"):
        np.testing.assert_array_equal(again[name], block[name], err_msg=name)
    np.testing.assert_array_equal(again["time"], block["time"])
    assert not np.isfinite(again["box_confidence"]).any()


def test_notes_and_regions_that_are_not_there_come_back(rating, begin):
    rating.set({10: {("note", ""): "asleep", ("box", "ear_left"): "region_not_found"}})
    again = begin()
    assert again.value(10, "note") == "asleep"
    assert again.value(10, "box", "ear_left") == "region_not_found"
    again.undo()
    assert again.value(10, "note") is None
    assert again.frames == []


def test_two_desks_conflict_and_one_decides(store, rating, begin):
    other = begin()
    rating.score(10, "ear", 1)
    other.score(10, "ear", 2)
    rating.score(10, "nose", 0)
    rating.read()
    (conflict,) = rating.conflicts
    assert (conflict.frame, conflict.at) == (10, "ear")
    rating.settle(conflict, 1)
    assert not rating.conflicts
    _, conflicts = store.read_with_conflicts()
    assert not conflicts
    assert on_disk(store, 10) == (1, 1)
    assert rating.undo() == [10]  # of what settled it


def test_two_windows_of_one_person_see_each_other(store, begin):
    one, two = begin(), begin()
    assert not one.changed_elsewhere()
    one.score(10, "ear", 1)
    assert not one.changed_elsewhere()  # by itself
    for value in (2, 0):  # a new journal, and one that goes on
        two.read()
        two.score(10, "ear", value)
        assert one.changed_elsewhere()
        assert one.changed_elsewhere()  # until it is read
        one.read()
        assert not one.changed_elsewhere()
        assert one.value(10, "score", "ear") == value
    with store.journal(person("Annabel")) as other:
        other.commit(10, [])
        assert not one.changed_elsewhere()  # it is another's


def test_a_journal_of_an_old_name_counts(store, begin):
    rating = begin()
    rating.score(10, "ear", 1)
    rename_rater([store.path], "Anna", "Zoë")
    zoe = replace(ANNA, label="Zoë", name="Zoë")
    with closing(Rating(store, zoe)) as new:
        rating.score(10, "ear", 2)
        assert new.changed_elsewhere()
        new.read()
        assert not new.changed_elsewhere()
        assert new.value(10, "score", "ear") == 2
        assert rating.changed_elsewhere() is False
        new.score(10, "ear", 0)
        assert rating.changed_elsewhere()


def test_what_a_share_that_is_away_holds_is_not_forgotten(store, begin):
    one, two = begin(), begin()
    two.score(10, "ear", 1)
    one.read()
    away = store.journals.rename(store.path / "away")
    assert not one.changed_elsewhere()
    assert one.value(10, "score", "ear") == 1
    away.rename(store.journals)
    assert not one.changed_elsewhere()


def test_what_was_set_at_another_desk_is_not_taken_back(rating, begin):
    rating.score(10, "ear", 1)
    other = begin()
    other.score(10, "ear", 2)
    rating.read()
    assert rating.undo() == [10]  # the other desk's, which came last
    assert rating.value(10, "score", "ear") == 1
    other.read()
    other.score(10, "ear", 0)
    rating.undo()
    other.read()
    with pytest.raises(RecordingError, match="set again at another desk"):
        other.undo()


def test_a_pass_of_what_is_rated(store, rating):
    assert len(rating.as_pass().frames) == 0
    for unit in BLACK.unit_names:
        rating.score(10, unit, 2)
    rating.score(20, "ear", 1)
    done = rating.as_pass()
    assert done.frames.tolist() == [10, 20]
    assert done.total[0] == 8
    assert np.isnan(done.total[1])
    assert rating.is_rated(10)
    assert not rating.is_rated(20)


def test_models_do_not_rate_by_hand(store):
    with pytest.raises(RecordingError, match="journals are for people"):
        Rating(store, model())
