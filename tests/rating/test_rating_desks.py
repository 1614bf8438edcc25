"""One person at two desks: what conflicts, what settles it, and what does not."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from napari_grimace.rating.rating import Rating
from napari_grimace.recording import RecordingStore, open_recording, validate_recording
from napari_grimace.scales import load_scale
from napari_grimace.scales.scoring import score_of_sides

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import BLACK, VIDEO, person

ANNA = person()
LEFT, RIGHT = ("region_score", "ear_left"), ("region_score", "ear_right")
EAR, NOSE = ("score", "ear"), ("score", "nose")


@pytest.fixture
def store(tmp_path):
    return RecordingStore.create(tmp_path / "a.grimace", VIDEO)


@pytest.fixture
def desks(store):
    """Give any number of desks, which have not seen each other's work."""
    with ExitStack() as stack:

        def some(count, rater=ANNA):
            ratings = [Rating(store, rater) for _ in range(count)]
            for rating in ratings:
                stack.callback(rating.close)
            return ratings

        yield some


def told(store, *places, frame=10):
    """Give the values and conflicts that both ways of reading agree on."""
    whole, conflicts = store.read_with_conflicts()
    validate_recording(whole.load())
    rating = Rating(store, ANNA)
    assert rating.conflicts == conflicts
    one = whole.sel(rater="Anna", frame=frame)
    for field, at in places:
        dim = "unit" if field == "score" else "region"
        value = float(one[field].sel({dim: at}))
        given = rating.value(frame, field, at)
        assert value == given or (value != value and not isinstance(given, float))
    found = tuple(rating.value(frame, *place) for place in places)
    return found, {(c.field, c.at): c.kept for c in conflicts}


@pytest.fixture
def divided(desks):
    """Anna's desk, at which an ear scored 1 here and then 2 at another is seen."""
    one, two = desks(2)
    one.score(10, "ear", 1)
    two.score(10, "ear", 2)
    one.read()
    assert [c.kept for c in one.conflicts] == [2]
    return one


@pytest.mark.parametrize("value", [0, 1, 2, "not_scorable", None])
def test_rating_anew_settles(store, divided, value):
    divided.score(10, "ear", value)
    assert divided.conflicts == []
    assert told(store, EAR) == ((value,), {})
    assert divided.set({10: {EAR: value}}) == []  # nothing is left to settle


def test_all_that_two_desks_set_differently_is_settled_in_one_go(store, desks):
    one, two = desks(2)
    for desk, ear, nose in ((one, 1, 0), (two, 2, 2)):
        desk.set({10: {EAR: ear, NOSE: nose}, 11: {EAR: ear}})
    one.read()
    assert len(one.conflicts) == 3
    written = one.set({10: {EAR: 1, NOSE: 2, ("score", "whiskers"): 1}})
    assert [(r.frame, r.settles, len(r.changes)) for r in written] == [
        (10, False, 1),
        (10, True, 2),
    ]
    assert [(c.frame, c.at) for c in one.conflicts] == [(11, "ear")]
    assert one.undo() == [10]
    assert len(one.conflicts) == 3


def test_what_is_not_in_conflict_is_not_settled(store, desks):
    """Another desk's value that was not yet seen stays a conflict."""
    one, two, three = desks(3)
    one.score(10, "ear", 1)
    two.score(10, "ear", 2)
    one.read()
    three.score(10, "nose", 2)
    one.set({10: {EAR: 1, NOSE: 0}})
    assert told(store, EAR)[1] == {NOSE: 0}


def test_undoing_brings_the_conflict_back(store, divided, desks):
    before, conflicts = told(store, EAR), list(divided.conflicts)
    divided.score(10, "ear", 0)
    assert divided.undo() == [10]
    assert divided.conflicts == conflicts
    assert told(store, EAR) == before
    assert divided.redo() == [10]
    assert divided.conflicts == []
    assert told(store, EAR) == ((0,), {})
    divided.undo()
    (again,) = desks(1)
    assert again.conflicts == conflicts
    again.redo()
    assert told(store, EAR) == ((0,), {})
    again.undo()
    again.settle(again.conflicts[0], 2)  # as it stands
    assert told(store, EAR) == ((2,), {})


def test_the_other_desk_can_undo_what_settled(store, divided, desks):
    divided.settle(divided.conflicts[0], 2)
    (other,) = desks(1)
    assert other.conflicts == []
    other.undo()
    assert [v for _, _, v in other.conflicts[0].values] == [1, 2]
    assert told(store, EAR) == ((2,), {EAR: 2})


def test_what_is_scored_after_it_was_settled_stays(store, divided, desks):
    divided.settle(divided.conflicts[0], 2)
    (other,) = desks(1)
    other.score(10, "ear", 0)
    assert told(store, EAR) == ((0,), {})


def test_a_desk_that_changed_its_mind_is_settled_too(store, desks):
    one, two = desks(2)
    one.score(10, "ear", 1)
    two.score(10, "ear", 2)
    two.score(10, "ear", 1)
    one.read()
    if one.conflicts:
        one.settle(one.conflicts[0], 1)
    assert told(store, EAR) == ((1,), {})


def test_the_same_at_two_desks_is_no_conflict_when_one_goes_on(store, desks):
    one, two = desks(2)
    one.score(10, "ear", 1)
    two.score(10, "ear", 1)
    one.read()
    one.score(10, "ear", 2)
    assert told(store, EAR) == ((2,), {})


@pytest.mark.parametrize("scale", ["mgs-black", "rgs-no-whiskers"])
@pytest.mark.parametrize(("left", "right"), [(2, 0), (0, 2), (1, 2), (1, 1)])
def test_a_unit_follows_from_sides_scored_at_two_desks(
    store, desks, scale, left, right
):
    rater = person(scale=load_scale(scale))
    one, two = desks(2, rater)
    one.score_side(10, "ear_left", left)
    two.score_side(10, "ear_right", right)
    whole = score_of_sides(rater.scale, "ear", {"ear_left": left, "ear_right": right})
    one.read()
    assert one.conflicts == []
    assert [one.value(10, *at) for at in (LEFT, RIGHT, EAR)] == [left, right, whole]
    recording, conflicts = store.read_with_conflicts()
    assert not conflicts
    assert recording["score"].sel(frame=10, unit="ear").item() == whole
    one.score(10, "ear", 2)  # knows the unit as it came out
    assert store.read_with_conflicts()[1] == []
    one.undo()
    assert [one.value(10, *at) for at in (LEFT, RIGHT, EAR)] == [left, right, whole]


def test_only_the_side_itself_is_in_conflict(store, desks):
    one, two = desks(2)
    one.score_side(10, "ear_left", 2)
    two.score_side(10, "ear_left", 0)
    two.score_side(10, "ear_right", 2)
    assert told(store, LEFT, RIGHT, EAR) == ((0, 2, 1), {LEFT: 0})
    one.read()
    one.score_side(10, "ear_right", 1)  # which says nothing of the left one
    assert told(store, LEFT, RIGHT, EAR) == ((0, 1, 0), {LEFT: 0})
    one.settle(one.conflicts[0], 2)
    assert one.value(10, *EAR) == 1
    assert told(store, LEFT, RIGHT, EAR) == ((2, 1, 1), {})
    one.undo()
    assert told(store, LEFT, RIGHT, EAR) == ((0, 1, 0), {LEFT: 0})


def test_a_whole_score_and_a_side_contradict_each_other(store, desks):
    one, two = desks(2)
    one.score(10, "ear", 1)
    two.score_side(10, "ear_left", 2)
    assert told(store, EAR)[1] == {EAR: 2}


def test_sides_at_two_desks_of_a_unit_that_keeps_its_score(store, desks):
    """Each desk sees 1 and leaves it so; together they come to 2."""
    (first,) = desks(1)
    first.score_side(10, "ear_left", 1)
    first.score_side(10, "ear_right", 1)
    one, two = desks(2)
    one.score_side(10, "ear_left", 2)
    two.score_side(10, "ear_right", 2)
    assert one.value(10, *EAR) == two.value(10, *EAR) == 1
    assert told(store, LEFT, RIGHT, EAR) == ((2, 2, 2), {})


def test_a_side_taken_back_at_one_desk(store, desks):
    one, two = desks(2)
    one.score_side(10, "ear_left", 2)
    two.score_side(10, "ear_right", 0)
    one.undo()
    assert told(store, LEFT, RIGHT, EAR) == ((None, 0, 0), {})


def test_a_clock_that_was_set_back_does_not_change_the_order_of_undo(store, desks):
    (one,) = desks(1)
    for unit in ("ear", "nose", "whiskers"):
        one.score(10, unit, 2)
    path = one._writer.path
    header, *lines = path.read_text("utf-8").splitlines(keepends=True)
    lines[1:] = [line.replace('"time":"2', '"time":"1') for line in lines[1:]]
    path.write_text("".join([header, *lines]), "utf-8")
    (again,) = desks(1)
    again.undo()
    units = [u for u in BLACK.unit_names if again.value(10, "score", u) is not None]
    assert units == ["nose", "ear"]
    (third,) = desks(1)
    third.redo()
    assert third.undo() == [10]
    third.undo()
    third.undo()
    assert open_recording(store.path)["score"].isnull().all()


def test_identical_values_are_not_written(store, desks):
    (one,) = desks(1)
    places = {EAR: 1, LEFT: 1, RIGHT: 1, ("flag", ""): True, ("note", ""): "asleep"}
    places |= {("box", "nose"): (0.1, 0.2, 0.3, 0.4), NOSE: "not_scorable"}
    assert len(one.set({10: places, 11: places})) == 2
    (again,) = desks(1)
    assert again.set({10: places, 11: places}) == []
    assert again.set({10: again.values(10), 11: dict(one.values(11))}) == []
