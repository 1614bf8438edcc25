"""From blind pictures back to frames: what each picture was given, its frame has."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from blind_samples import BLACK, NAMES, UNITS, given_scores, make_recordings, rate

from napari_grimace.errors import RecordingError
from napari_grimace.rating import (
    BlindSpec,
    build_blind_set,
    finish_blind_set,
    open_blind_set,
    read_key,
)
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import (
    SCORED,
    STATES,
    Change,
    Rater,
    RecordingStore,
    notes_in,
    open_recording,
    raters_of,
    read_journals,
    rename_rater,
)

SPEC = BlindSpec(size=48, per_recording=6, repeats=0.5, seed=5)


@pytest.fixture
def made(tmp_path: Path):
    """A blind set of three recordings, its key, and the recordings."""
    recordings = make_recordings(tmp_path)
    blind = build_blind_set(tmp_path / "a.blind", recordings, SPEC)
    return blind, read_key(tmp_path / "a.blindkey.json"), recordings


def finish(blind, **options):
    key = blind.path.with_name("a.blindkey.json")
    return finish_blind_set(blind.path, key, **options)


def scores(path, rater: str, frame: int) -> dict[str, object]:
    """Scores of a frame as a rater gave them; what is not rated is left out."""
    recording = open_recording(path) if isinstance(path, Path) else path
    if rater not in recording["rater"] or frame not in recording["frame"]:
        return {}
    one = recording.sel(rater=rater, frame=frame)
    told = {}
    for unit in one["unit"].values.tolist():
        state = int(one["state"].sel(unit=unit))
        score = float(one["score"].sel(unit=unit))
        if state:
            told[unit] = score if state == SCORED else STATES[state]
    return told


def journal_bytes(recordings) -> dict[str, bytes]:
    files = [f for path in recordings for f in (path / "journals").glob("*")]
    return {str(file): file.read_bytes() for file in files}


def test_every_frame_has_what_its_picture_was_given(made) -> None:
    blind, key, recordings = made
    raters = [blind.rater("Anna"), blind.rater("Ben")]
    for rater in raters:
        rate(blind, rater)
    copied = finish(blind)
    assert sum(each.written for each in copied) == 2 * blind.count * len(UNITS)
    assert all(not each.clashes and not each.unfinished for each in copied)
    opened = [open_recording(path).load() for path in recordings]
    for each in key.pictures:
        for rater in raters:
            label = rater.name if each.showing == 1 else f"{rater.name} (2)"
            told = scores(opened[each.recording], label, each.frame)
            assert told == given_scores(each.picture, rater.name)
    for index, path in enumerate(recordings):
        passes = {r.label: r for r in raters_of(open_recording(path))}
        assert passes["Anna"] == blind.rater("Anna")
        again = passes["Anna (2)"]
        assert (again.name, again.occasion, again.kind) == ("Anna", 2, "person")
        assert again.sampling == f"{blind.called}, shown again"
        mine = [each for each in key.pictures if each.recording == index]
        frames = {each.frame for each in mine if each.showing == 1}
        state = open_recording(path)["state"].sel(rater="Anna")
        assert set(state["frame"].values[(state > 0).any("unit").values]) == frames


def test_records_tell_picture_time_and_set(made) -> None:
    blind, key, recordings = made
    rate(blind, blind.rater("Anna"))
    finish(blind)
    frames = {(e.recording, e.frame, e.showing): e for e in key.pictures}
    for index, path in enumerate(recordings):
        for journal in read_journals(path / "journals"):
            for record in journal.records:
                told = frames[index, record.frame, journal.rater.occasion]
                assert record.reason == f"{blind.called}, picture {told.picture}"
                assert record.seconds == told.seconds
                assert record.batch


def test_finishing_twice_writes_nothing_new_and_going_on_only_the_rest(made) -> None:
    blind, key, recordings = made
    anna = blind.rater("Anna")
    rate(blind, anna, range(1, 11))
    with blind.store.journal(anna) as writer:  # picture 11 is begun
        writer.commit(10, [Change("score", UNITS[0], None, 1)])
        writer.commit(10, [Change("flag", "", False, True)], reason="blurred")
    first = finish(blind)
    assert sum(each.pictures for each in first) == 10
    assert [n for each in first for n in each.unfinished] == [11]
    eleventh = key.pictures[10]
    label = "Anna" if eleventh.showing == 1 else "Anna (2)"
    path = recordings[eleventh.recording]
    assert scores(path, label, eleventh.frame) == {}
    assert open_recording(path)["flag"].sel(rater=label, frame=eleventh.frame)
    before = journal_bytes(recordings)
    assert sum(each.written for each in finish(blind)) == 0
    assert journal_bytes(recordings) == before
    with blind.store.journal(anna) as writer:
        first_unit = given_scores(1)[UNITS[0]]
        writer.commit(0, [Change("score", UNITS[0], first_unit, 1)])
        for unit in UNITS[1:]:
            writer.commit(10, [Change("score", unit, None, 0)])
    again = finish(blind)
    changed = 0 if first_unit == 1 else 1
    assert sum(each.written for each in again) == changed + len(UNITS)
    expected = {**dict.fromkeys(UNITS, 0.0), UNITS[0]: 1.0}
    assert scores(path, label, eleventh.frame) == expected
    one = key.pictures[0]
    there = scores(recordings[one.recording], "Anna", one.frame)
    assert there == {**given_scores(1), UNITS[0]: 1.0}


def test_what_is_withdrawn_in_the_set_is_withdrawn_in_the_recording(made) -> None:
    blind, key, recordings = made
    anna = blind.rater("Anna")
    rate(blind, anna, [1])
    finish(blind)
    with blind.store.journal(anna) as writer:
        writer.commit(0, [Change("score", "ear", given_scores(1)["ear"], None)])
    (result,) = finish(blind)
    assert result.unfinished == (1,)
    one = key.pictures[0]
    assert scores(recordings[one.recording], "Anna", one.frame) == {}


def test_what_was_changed_in_the_recording_since_stays_and_is_told(made) -> None:
    blind, key, recordings = made
    anna = blind.rater("Anna")
    rate(blind, anna, scores=lambda *_: dict.fromkeys(UNITS, 0.0))
    finish(blind)
    one = key.pictures[0]
    store = RecordingStore.open(recordings[one.recording])
    with store.journal(anna) as writer:
        writer.commit(one.frame, [Change("score", "ear", 0, 2)])
    results = finish(blind)
    assert sum(each.written for each in results) == 0
    (clash,) = [clash for each in results for clash in each.clashes]
    assert (clash.frame, clash.at, clash.there, clash.brought) == (
        *(one.frame, "ear"),
        *(2.0, 0.0),
    )
    assert "2.0 is there, not 0.0" in str(clash)
    assert scores(store.path, "Anna", one.frame)["ear"] == 2


def test_blind_and_open_ratings_of_one_person_are_not_mixed(made) -> None:
    blind, key, recordings = made
    one = next(each for each in key.pictures if each.showing == 1)
    open_anna = Rater("Anna", "Anna", "person", scale=BLACK)
    path = recordings[one.recording]
    with RecordingStore.open(path).journal(open_anna) as writer:
        writer.commit(one.frame, [Change("score", "ear", None, 1)])
    rate(blind, blind.rater("Anna"), scores=lambda *_: dict.fromkeys(UNITS, 0.0))
    results = finish(blind)
    # In all recordings alike, so that an occasion means the same in a whole study.
    assert {each.rater.label for each in results if each.showing == 1} == {"Anna (2)"}
    assert {each.rater.label for each in results if each.showing == 2} == {"Anna (3)"}
    assert scores(path, "Anna", one.frame) == {"ear": 1.0}
    assert scores(path, "Anna (2)", one.frame) == dict.fromkeys(UNITS, 0.0)
    assert sum(each.written for each in finish(blind)) == 0


def test_a_second_pass_over_the_whole_set_is_another_occasion(made) -> None:
    blind, _, _ = made
    anna = blind.rater("Anna")
    rate(blind, anna)
    rate(blind, replace(anna, label="Anna (2)", occasion=2))
    results = finish(blind)
    labels = {(each.rater.label, each.rater.sampling) for each in results}
    assert labels == {
        ("Anna", blind.called),
        ("Anna (2)", f"{blind.called}, shown again"),
        ("Anna (3)", f"{blind.called}, pass 2"),
        ("Anna (4)", f"{blind.called}, pass 2, shown again"),
    }
    assert sum(each.written for each in finish(blind)) == 0


def test_boxes_sides_flags_and_notes_come_along(made) -> None:
    blind, key, recordings = made
    anna = blind.rater("Anna")
    rate(blind, anna, [3])
    with blind.store.journal(anna) as writer:
        changes = [
            Change("box", "nose", None, (10.0, 12.0, 20.0, 24.0)),
            Change("box", "ear_left", None, "region_not_found"),
            Change("region_score", "ear_right", None, 2),
            Change("note", "", None, "eyes shut by hand"),
        ]
        writer.commit(2, changes)
        writer.commit(2, [Change("flag", "", False, True)], reason="held")
    finish(blind)
    third = key.pictures[2]
    label = "Anna" if third.showing == 1 else "Anna (2)"
    path = recordings[third.recording]
    one = open_recording(path).sel(rater=label, frame=third.frame)
    y, x = third.crop[:2]  # pictures of the true size: only the corner moves
    nose = np.clip([10 + y, 12 + x, 20 + y, 24 + x], 0, None)
    np.testing.assert_allclose(one["box"].sel(region="nose"), nose)
    assert one["box_confidence"].sel(region="ear_left") == 0
    assert one["region_score"].sel(region="ear_right") == 2
    assert one["flag"]
    told = [j for j in read_journals(path / "journals") if j.rater.label == label]
    assert notes_in(told) == {third.frame: "eyes shut by hand"}
    reason = told[0].records[0].reason
    assert reason == f"{blind.called}, picture 3: held"


def test_boxes_of_resized_pictures_are_brought_to_size(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path, 1)
    spec = BlindSpec(size=96, per_recording=3)
    blind = build_blind_set(tmp_path / "a.blind", recordings, spec)
    anna = blind.rater("Anna")
    rate(blind, anna, [1])
    with blind.store.journal(anna) as writer:
        # The face without its surround of a quarter on each side.
        writer.commit(0, [Change("box", "face", None, (16.0, 16.0, 80.0, 80.0))])
    finish(blind)
    one = read_key(tmp_path / "a.blindkey.json").pictures[0]
    recording = open_recording(recordings[0]).sel(frame=one.frame, region="face")
    truth = recording["box"].sel(rater="nets 1")
    np.testing.assert_allclose(recording["box"].sel(rater="Anna"), truth)


def test_two_desks_that_contradict_each_other_are_told_and_left(made) -> None:
    blind, key, recordings = made
    anna = blind.rater("Anna")
    rate(blind, anna, [1, 2])
    old = given_scores(1)["orbital"]
    new = [level for level in (0.0, 1.0, 2.0) if level != old]
    with blind.store.journal(anna) as one, blind.store.journal(anna) as other:
        one.commit(0, [Change("score", "orbital", old, new[0])])
        other.commit(0, [Change("score", "orbital", old, new[1])])
    results = finish(blind)
    assert [n for each in results for n in each.unsettled] == [1]
    first = key.pictures[0]
    assert scores(recordings[first.recording], "Anna", first.frame) == {}


def test_only_the_raters_asked_for(made) -> None:
    blind, _, recordings = made
    rate(blind, blind.rater("Anna"), [1])
    rate(blind, blind.rater("Ben"), [1])
    (only,) = finish(blind, raters=["Ben"])
    assert only.rater.label == "Ben"
    labels = {r.label for path in recordings for r in raters_of(open_recording(path))}
    assert labels == {"nets 1", "Ben"}
    with pytest.raises(RecordingError, match="no rater 'Cem', only 'Anna', 'Ben'"):
        finish(blind, raters=["Cem"])


def test_recordings_and_sets_that_moved_are_found(made, tmp_path: Path) -> None:
    blind, _, _ = made
    rate(blind, blind.rater("Anna"))
    new = tmp_path / "new"
    new.mkdir()
    shutil.move(tmp_path / "videos", new / "videos")
    with pytest.raises(RecordingError, match=r"saline-m07\.grimace.*Say where it is"):
        finish(blind)
    shutil.move(blind.path, new / "b.blind")
    shutil.move(tmp_path / "a.blindkey.json", new / "a.blindkey.json")
    moved = open_blind_set(new / "b.blind")
    results = finish(moved)  # by the places relative to the key
    assert {each.recording.resolve().parent for each in results} == {new / "videos"}
    for path in (new / "videos").glob("*.grimace"):
        shutil.rmtree(path / "journals")
        shutil.move(path, tmp_path / path.name)
    results = finish(moved, recordings=[tmp_path])
    assert sum(each.written for each in results) == blind.count * len(UNITS)


def test_another_recording_of_that_name_is_not_taken(made, tmp_path: Path) -> None:
    blind, _, recordings = made
    rate(blind, blind.rater("Anna"), [1])
    shutil.rmtree(recordings[0])
    shutil.copytree(recordings[1], recordings[0])
    with pytest.raises(RecordingError, match="is of another video or region"):
        finish(blind)
    assert journal_bytes(recordings) == {}


def test_the_key_must_be_that_of_the_set(made, tmp_path: Path) -> None:
    blind, _, recordings = made
    spec = replace(SPEC, seed=6)
    build_blind_set(tmp_path / "other.blind", recordings, spec)
    rate(blind, blind.rater("Anna"), [1])
    with pytest.raises(RecordingError, match=r"another set \('other'"):
        finish_blind_set(blind.path, tmp_path / "other.blindkey.json")
    with pytest.raises(RecordingError, match="cannot be read"):
        finish_blind_set(blind.path, tmp_path / "missing.json")
    (tmp_path / "odd.json").write_text("[1]")
    with pytest.raises(RecordingError, match="no key"):
        finish_blind_set(blind.path, tmp_path / "odd.json")
    text = (tmp_path / "a.blindkey.json").read_text("utf-8")
    (tmp_path / "odd.json").write_text(text.replace('"identity"', '"id"'))
    with pytest.raises(RecordingError, match="damaged"):
        finish_blind_set(blind.path, tmp_path / "odd.json")


@pytest.mark.parametrize("seed", [0, 2])
def test_after_any_course_of_events_frames_are_as_their_pictures(made, seed) -> None:
    """Rated, rated anew, taken back, and finished, in any order."""
    blind, key, recordings = made
    rng = np.random.default_rng(seed)
    options = [[None, *map(float, u.levels), "not_scorable"] for u in BLACK.units]
    with closing(Rating(blind.store, blind.rater("Anna"))) as rating:
        for _ in range(50):
            frame = int(rng.integers(blind.count))
            kind = rng.integers(8)
            if kind == 0 and rating.can_undo:
                rating.undo()
            elif kind == 1:
                finish(blind)
            else:
                values = [each[rng.integers(len(each))] for each in options]
                scores_ = zip(UNITS, values, strict=True)
                rating.set({frame: {("score", unit): v for unit, v in scores_}})
        finish(blind)
        opened = [open_recording(path).load() for path in recordings]
        for each in key.pictures:
            label = "Anna" if each.showing == 1 else "Anna (2)"
            frame = each.picture - 1
            given = {
                unit: value
                for unit in UNITS
                if (value := rating.value(frame, "score", unit)) is not None
            }
            there = scores(opened[each.recording], label, each.frame)
            assert there == (given if rating.is_rated(frame) else {})
    assert sum(each.written for each in finish(blind)) == 0


def test_who_was_renamed_since_goes_on_in_the_same_passes(made) -> None:
    blind, key, recordings = made
    one = key.pictures[0]
    path = recordings[one.recording]
    anna = Rater("Anna", "Anna", "person", scale=BLACK)
    with RecordingStore.open(path).journal(anna) as writer:
        writer.commit(one.frame, [Change("score", "ear", None, 1)])
    rate(blind, blind.rater("Anna"), range(1, 20))
    finish(blind)
    rename_rater(recordings, "Anna", "Bea")
    rate(blind, blind.rater("Anna"), range(20, blind.count + 1))
    results = finish(blind)
    assert {each.rater.label for each in results} == {"Bea (2)", "Bea (3)"}
    assert sum(each.written for each in results) == (blind.count - 19) * len(UNITS)
    for each in key.pictures:
        label = "Bea (2)" if each.showing == 1 else "Bea (3)"
        there = scores(recordings[each.recording], label, each.frame)
        assert there == given_scores(each.picture)
    assert scores(path, "Bea", one.frame) == {"ear": 1.0}
    rename_rater([blind.path / "ratings.grimace"], "Anna", "Bea")
    assert sum(each.written for each in finish(blind)) == 0


def test_chambers_of_one_video_are_told_apart(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path, 2, rois=[[0, 0, 64, 40], [0, 40, 64, 80]])
    blind = build_blind_set(tmp_path / "a.blind", recordings, replace(SPEC, repeats=0))
    key = read_key(tmp_path / "a.blindkey.json")
    assert len({each.identity for each in key.recordings}) == 1
    rate(blind, blind.rater("Anna"))
    one, other = recordings
    one.rename(tmp_path / "x")
    other.rename(one)
    (tmp_path / "x").rename(other)
    with pytest.raises(RecordingError, match="is of another video or region"):
        finish(blind)
    one.rename(tmp_path / "x")
    other.rename(one)
    (tmp_path / "x").rename(other)
    finish(blind)
    for each in key.pictures:
        there = scores(recordings[each.recording], "Anna", each.frame)
        assert there == given_scores(each.picture)


def test_models_and_others_are_untouched(made) -> None:
    blind, _, recordings = made
    ben = Rater("Ben", "Ben", "person", scale=BLACK)
    with RecordingStore.open(recordings[0]).journal(ben) as writer:
        writer.commit(3, [Change("score", "ear", None, 1)])
    before = journal_bytes(recordings)
    model = open_recording(recordings[0]).sel(rater=["nets 1"]).load()
    rate(blind, blind.rater("Anna"))
    finish(blind)
    after = journal_bytes(recordings)
    assert before.items() <= after.items()
    kept = open_recording(recordings[0]).sel(rater=["nets 1"]).load()
    np.testing.assert_array_equal(kept["score"], model["score"])
    np.testing.assert_array_equal(kept["box"], model["box"])
    assert NAMES[0] in str(recordings[0])
