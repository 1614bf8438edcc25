import json
import multiprocessing
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from recording_samples import BLACK, VIDEO, model, person, random_block

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import (
    Change,
    JournalWriter,
    Rater,
    RecordingStore,
    box_in_force,
    grimace_score,
    notes_in,
    open_recording,
    raters_of,
    read_journals,
    validate_recording,
)
from napari_grimace.scales import load_scale

ANNA = person()
BOX = (10.1, 20.2, 30.3, 40.4)


@pytest.fixture
def store(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(model().label, random_block(model(), [0, 10, 20]))
    return store


def score(unit, old, new):
    return Change("score", unit, old, new)


def scores(recording, frame, rater="Anna"):
    row = recording.sel(rater=rater, frame=frame)
    return dict(
        zip(row["unit"].values.tolist(), row["score"].values.tolist(), strict=True)
    )


def test_what_a_person_rates_is_in_the_recording(store):
    with store.journal(ANNA) as writer:
        changes = [score("ear", None, 2), score("nose", None, "not_scorable")]
        writer.commit(10, changes, seconds=10 / 30)
        writer.commit(11, [Change("box", "nose", None, BOX)], seconds=11 / 30)
        writer.commit(11, [Change("flag", "", False, True)], reason="blurred")
        writer.commit(5, [Change("confirmed", "", False, True)])
        writer.commit(5, [Change("region_score", "ear_left", None, 1)])
        writer.commit(5, [score("orbital", None, "region_not_found")])
    recording = open_recording(store.path).load()
    validate_recording(recording)
    assert raters_of(recording) == [model(), ANNA]
    assert recording["frame"].values.tolist() == [0, 5, 10, 11, 20]
    anna = recording.sel(rater="Anna")
    assert anna["score"].sel(frame=10, unit="ear") == 2
    assert anna["state"].sel(frame=10).values.tolist() == [0, 2, 1, 0]
    assert anna["state"].sel(frame=5, unit="orbital") == 3
    box = anna["box"].sel(frame=11, region="nose")
    np.testing.assert_array_equal(box, np.float32(BOX))
    assert anna["flag"].values.tolist() == [False, False, False, True, False]
    assert anna["confirmed"].values.tolist() == [False, True, False, False, False]
    assert anna["region_score"].sel(frame=5, region="ear_left") == 1
    assert recording["time"].sel(frame=11) == 11 / 30
    assert np.isnan(recording["time"].sel(frame=5))


def test_a_journal_is_text_that_people_can_read(store):
    with store.journal(ANNA) as writer:
        assert not writer.path.exists()
        writer.commit(10, [score("ear", None, 2)], seconds=0.5, reason="clear")
    assert writer.path.parent == store.journals
    assert writer.path.name == f"anna-{writer.path.name[5:13]}.{writer.writer}.jsonl"
    header, record = map(json.loads, writer.path.read_text("utf-8").splitlines())
    assert Rater.from_dict(header["rater"]) == ANNA
    assert record.pop("time").endswith("+00:00")
    assert record == {
        "id": f"{writer.writer}.1",
        "rater": "Anna",
        "frame": 10,
        "seconds": 0.5,
        "changes": [{"field": "score", "at": "ear", "old": None, "new": 2.0}],
        "reason": "clear",
        "undoes": "",
        "settles": False,
        "batch": "",
        "event": "",
    }


def test_undo_is_a_commit_of_its_own(store):
    with store.journal(ANNA) as writer:
        writer.commit(10, [score("ear", None, 1)])
        changes = [score("ear", 1, 2), Change("box", "nose", None, BOX)]
        undone = writer.commit(10, [*changes, Change("flag", "", False, True)])
        record = writer.undo(undone)
        assert record.undoes == undone.id
        writer.undo(record)
        assert len(writer.path.read_text().splitlines()) == 5
    anna = open_recording(store.path).sel(rater="Anna", frame=10)
    assert anna["score"].sel(unit="ear") == 2
    assert bool(anna["flag"])
    with JournalWriter(store.journals, ANNA) as other:
        other.commit(10, [score("ear", 2, None)])
        last = other.commit(10, [score("ear", None, 0)])
        other.undo(last)
    anna = open_recording(store.path).sel(rater="Anna", frame=10)
    assert anna["state"].sel(unit="ear") == 0
    assert np.isnan(anna["score"].sel(unit="ear"))


def test_a_model_does_not_write_journals(store):
    with pytest.raises(RecordingError, match="journals are for people"):
        store.journal(model())
    with pytest.raises(RecordingError, match="with another name, kind, build, scale"):
        store.journal(person(model().label, load_scale("mgs")))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (score("ear", None, 3), "levels are 0, 1, 2"),
        (score("nose", None, 1), "levels are 0, 2"),
        (score("ear", None, 0.5), "levels are"),
        (score("cheek", None, 1), "no such place"),
        (score("ear", None, "unsure"), "'not_scorable'"),
        (Change("box", "cheek", None, BOX), "no such place"),
        (Change("box", "nose", None, (5, 0, 4, 9)), "give y_min"),
        (Change("box", "nose", None, (0, 0, 4, np.nan)), "give y_min"),
        (Change("box", "nose", None, 5), "give y_min"),
        (Change("flag", "", False, 1), "True or False"),
        (score("ear", np.nan, 1), "nan before: give None"),
        (Change("box", "nose", (np.inf, 0, 4, 9), BOX), "before: give None"),
        (Change("mood", "", None, 1), "no such field"),
    ],
)
def test_what_the_scale_does_not_allow_is_not_written(store, change, told):
    with store.journal(ANNA) as writer, pytest.raises(RecordingError, match=told):
        writer.commit(0, [change])
    assert not writer.path.exists()


@pytest.mark.parametrize("frame", [-1, 1_000_000, 2.5, np.nan, None])
def test_frames_that_the_video_lacks_are_not_written(store, frame):
    with (
        store.journal(ANNA) as writer,
        pytest.raises(RecordingError, match=r"give (a whole number|the number)"),
    ):
        writer.commit(frame, [score("ear", None, 1)])
    assert not writer.path.exists()
    with store.journal(ANNA) as writer:
        writer.commit(np.int64(999_999), [score("ear", None, 1)])
    validate_recording(open_recording(store.path))


@pytest.mark.parametrize("seconds", [np.nan, np.inf, None, np.float64("nan")])
def test_a_time_that_is_not_known_is_nan_in_the_recording(store, seconds):
    with store.journal(ANNA) as writer:
        record = writer.commit(5, [score("ear", None, 1)], seconds=seconds)
        writer.undo(record)
    (journal,) = read_journals(store.journals)
    assert journal.records[0] == record
    recording = open_recording(store.path)
    validate_recording(recording)
    assert np.isnan(recording["time"].sel(frame=5))


def test_sides_and_consensus_may_lie_between_levels(store):
    rat = person("Bo", load_scale("rgs-no-whiskers"))
    agreed = Rater("all", "all", "consensus", scale=BLACK)
    for rater, value in ((rat, 0.5), (agreed, 1.25)):
        with store.journal(rater) as writer:
            writer.commit(0, [score("ear", None, value)])
    recording = open_recording(store.path)
    validate_recording(recording)
    assert scores(recording, 0, "Bo")["ear"] == 0.5
    assert scores(recording, 0, "all")["ear"] == 1.25


def test_a_torn_last_record_is_dropped_with_a_notice(store):
    with store.journal(ANNA) as writer:
        writer.commit(10, [score("ear", None, 1)])
        writer.commit(10, [score("ear", 1, 2)])
    whole = writer.path.read_bytes()
    for cut in (1, 30):
        writer.path.write_bytes(whole[:-cut])
        with pytest.warns(GrimaceWarning, match="last record was torn off"):
            recording = open_recording(store.path)
        assert scores(recording, 10)["ear"] == 1
    with store.journal(ANNA) as other:
        other.commit(10, [score("ear", 1, 0)])
    with pytest.warns(GrimaceWarning, match="torn"):
        assert scores(open_recording(store.path), 10)["ear"] == 0


def test_a_damaged_record_is_left_out_with_a_notice(store):
    with store.journal(ANNA) as writer:
        for frame in (1, 2, 3):
            writer.commit(frame, [score("ear", None, 1)])
    lines = writer.path.read_text().splitlines(keepends=True)
    for harmed, told in ((lines[2][9:], "damaged"), ("{}\n", "missing")):
        writer.path.write_text("".join([*lines[:2], harmed, lines[3]]))
        with pytest.warns(GrimaceWarning, match=f"line 3.*{told}"):
            recording = open_recording(store.path)
        assert recording["frame"].values.tolist() == [0, 1, 3, 10, 20]
    unknown = lines[2].replace('"ear"', '"tail"')
    writer.path.write_text("".join([*lines[:2], unknown, lines[3]]))
    with pytest.warns(GrimaceWarning, match="line 3 was left out .*no such place"):
        open_recording(store.path)


def test_a_journal_without_its_rater(store):
    path = store.journals / "x.jsonl"
    path.write_bytes(b"")
    open_recording(store.path)  # a writer that was killed before its first commit
    path.write_text('{"journal": 1}\n')
    with pytest.raises(RecordingError, match=r"x\.jsonl: its first line"):
        open_recording(store.path)
    path.write_text('{"journal": 3}\n')
    with pytest.raises(RecordingError, match="newer version"):
        open_recording(store.path)


def test_two_desks_of_one_person(store):
    with store.journal(ANNA) as one, store.journal(ANNA) as two:
        one.commit(10, [score("ear", None, 1)])
        two.commit(11, [score("ear", None, 2)])
        one.commit(10, [score("nose", None, 0)])
        two.commit(10, [score("ear", 1, 2)])  # having seen what the other wrote
        one.commit(10, [score("ear", 2, 0)])
    recording, conflicts = store.read_with_conflicts()
    assert not conflicts
    assert scores(recording, 10)["ear"] == 0
    assert scores(recording, 11)["ear"] == 2
    assert len(list(store.journals.iterdir())) == 2


def test_clocks_that_differ_do_not_matter(store):
    with store.journal(ANNA) as one, store.journal(ANNA) as two:
        one.commit(10, [score("ear", None, 1)])
        two.commit(10, [score("ear", 1, 2)])
    text = two.path.read_text()
    two.path.write_text(text.replace("20", "19", 1).replace('"time":"20', '"time":"19'))
    recording, conflicts = store.read_with_conflicts()
    assert not conflicts
    assert scores(recording, 10)["ear"] == 2


def test_two_writers_who_change_the_same_value_conflict(store):
    with store.journal(ANNA) as one, store.journal(ANNA) as two:
        one.commit(10, [score("ear", None, 1), score("nose", None, 0)])
        two.commit(10, [score("ear", None, 2), score("nose", None, 0)])
        with pytest.warns(
            GrimaceWarning, match=r"Anna, frame 10, score ear: 1\.0 .*2\.0"
        ):
            recording = open_recording(store.path)
        assert scores(recording, 10)["ear"] == 2  # the last
        _, (conflict,) = store.read_with_conflicts()
        assert (conflict.frame, conflict.field, conflict.at) == (10, "score", "ear")
        assert [value for _, _, value in conflict.values] == [1, 2]
        one.commit(10, [score("ear", 2, 1)], settles=True)
    recording, conflicts = store.read_with_conflicts()
    assert not conflicts
    assert scores(recording, 10)["ear"] == 1


def test_a_person_goes_on_with_ratings_that_were_imported(store):
    store.add_rater(ANNA)
    block = random_block(ANNA, [0, 10])
    store.append("Anna", block)
    row = block.isel(rater=0).sel(frame=10, unit="ear")
    old = {0: None, 1: row["score"].item(), 2: "not_scorable", 3: "region_not_found"}
    with store.journal(ANNA) as writer:
        writer.commit(
            10,
            [
                score("ear", old[row["state"].item()], 0),
                Change("box", "nose", None, BOX),
            ],
        )
    recording, conflicts = store.read_with_conflicts()
    assert not conflicts
    anna = recording.sel(rater="Anna", frame=10).load()
    assert anna["score"].sel(unit="ear") == 0
    assert np.isnan(anna["box_confidence"].sel(region="nose"))
    xr.testing.assert_equal(
        recording["box"].sel(rater=["Anna"], frame=[0]).compute(),
        block["box"].sel(frame=[0]),
    )


def test_one_label_is_one_rater(store):
    with store.journal(ANNA) as writer:
        writer.commit(0, [score("ear", None, 1)])
    impostor = replace(ANNA, name="Another Anna")
    with JournalWriter(store.journals, impostor) as writer:
        writer.commit(0, [score("ear", None, 1)])
    with pytest.raises(RecordingError, match="tells other facts of rater 'Anna'"):
        open_recording(store.path)


def _rate(folder, frames):
    with JournalWriter(folder, ANNA) as writer:
        for frame in frames:
            writer.commit(frame, [score(unit, None, 2) for unit in BLACK.unit_names])


def test_several_programs_write_at_once(store):
    context = multiprocessing.get_context("spawn")
    turns = [range(100 + start, 130, 2) for start in (0, 1)]
    processes = [
        context.Process(target=_rate, args=(store.journals, turn)) for turn in turns
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(read_journals(store.journals)) == 2
    recording = open_recording(store.path)
    assert (
        grimace_score(recording).sel(rater="Anna", frame=slice(100, 129)) == 8
    ).all()
    assert len(recording["frame"]) == 33


def test_values_are_rounded_as_recordings_keep_them():
    change = Change("box", "nose", None, np.array([0.1, 0.2, 0.3, 0.4]))
    assert change.new == tuple(map(float, np.float32([0.1, 0.2, 0.3, 0.4])))
    assert Change("flag", "", np.False_, np.True_).new is True
    assert score("ear", None, np.int8(2)).new == 2.0


def test_several_frames_are_written_together_or_not_at_all(store):
    good = (1, [score("ear", None, 1)], {"batch": "b", "reason": "alike"})
    with store.journal(ANNA) as writer:
        with pytest.raises(RecordingError, match="levels are"):
            writer.commit_all([good, (2, [score("ear", None, 7)], {})])
        assert not writer.path.exists()
        records = writer.commit_all([good, (2, [score("ear", None, 2)], {})])
        third = writer.commit(3, [score("ear", None, 0)])
    assert [record.id.rpartition(".")[2] for record in records] == ["1", "2"]
    (journal,) = read_journals(store.journals)
    assert journal.records == (*records, third)
    assert [record.batch for record in journal.records] == ["b", "", ""]


def test_a_person_says_that_a_region_is_not_there(store):
    frames = open_recording(store.path)
    box = frames["box"].sel(rater=model().label, region="nose").load()
    frame = int(box.dropna("frame")["frame"][0])
    with store.journal(ANNA) as writer:
        writer.commit(frame, [Change("box", "nose", None, "region_not_found")])
    recording = open_recording(store.path).load()
    validate_recording(recording)
    assert (
        recording["box_confidence"].sel(rater="Anna", frame=frame, region="nose") == 0
    )
    assert np.isnan(box_in_force(recording).sel(frame=frame, region="nose")).all()
    with store.journal(ANNA) as writer:
        writer.commit(frame, [Change("box", "nose", "region_not_found", None)])
    recording, conflicts = store.read_with_conflicts()
    assert not conflicts
    np.testing.assert_array_equal(
        box_in_force(recording).sel(frame=frame, region="nose"), box.sel(frame=frame)
    )


def test_notes_are_kept_in_the_journals(store):
    with store.journal(ANNA) as writer:
        writer.commit(0, [Change("note", "", None, "asleep?")])
        writer.commit(10, [Change("note", "", None, "whiskers cut")])
        writer.commit(0, [Change("note", "", "asleep?", None)])
        writer.commit(5, event="shown")
        with pytest.raises(RecordingError, match="give a line of text"):
            writer.commit(5, [Change("note", "", None, "two\nlines")])
    journals = read_journals(store.journals)
    assert notes_in(journals) == {10: "whiskers cut"}
    assert journals[0].records[-1].event == "shown"
    recording, conflicts = store.read_with_conflicts()
    validate_recording(recording)
    assert not conflicts
