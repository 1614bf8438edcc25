"""A recording is copied while it is in use, and two copies become one again."""

import re
import shutil
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import xarray as xr
from recording_samples import VIDEO, model, person, random_block

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import (
    Change,
    RecordingStore,
    back_up,
    columns,
    merge_folders,
    open_recording,
    read_journals,
    rename_rater,
)

ANNA, BO = person("Anna"), person("Bo")
RATER = model()
BLOCK = random_block(RATER, range(0, 600, 10))


def ear(old, new):
    return Change("score", "ear", old, new)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "ROWS", 8)
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO, {"species": "mouse"})
    store.add_rater(RATER)
    store.append(RATER.label, BLOCK.isel(frame=slice(20)))
    with store.journal(ANNA) as writer:
        writer.commit(10, [ear(None, 1)], seconds=10 / 29.97)
    return store


def rate(path, rater, frame, old, new):
    with RecordingStore.open(path).journal(rater) as writer:
        writer.commit(frame, [ear(old, new)])


def content(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder): path.read_bytes() for path in files}


@contextmanager
def untouched(*paths):
    before = [content(path) for path in paths]
    yield
    assert [content(path) for path in paths] == before


def ears(path, rater="Anna"):
    scores = open_recording(path)["score"].sel(rater=rater, unit="ear").load()
    return {int(row["frame"]): row.item() for row in scores.dropna("frame")}


def test_a_backup_is_a_whole_recording_with_a_date(store, tmp_path):
    with untouched(store.path):
        copy = back_up(store.path, tmp_path / "backups" / "of today")
        again = back_up(store.path, tmp_path / "backups" / "of today")
    assert re.fullmatch(r"a \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.grimace", copy.name)
    assert copy != again
    assert content(copy) == content(again) == content(store.path)
    assert set(copy.parent.iterdir()) == {copy, again}
    xr.testing.assert_identical(
        open_recording(copy, check=True).load(), open_recording(store.path).load()
    )
    with pytest.raises(RecordingError, match="is within the recording"):
        back_up(store.path, store.path / "backups")
    with pytest.raises(RecordingError, match="not a recording's folder"):
        back_up(tmp_path, tmp_path / "backups")


def test_a_backup_holds_whole_records_only(store, tmp_path):
    (journal,) = store.journals.glob("*.jsonl")
    whole = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(b'{"id":"torn')
    copy = back_up(store.path, tmp_path)
    assert (copy / "journals" / journal.name).read_bytes() == whole
    assert ears(copy) == {10: 1}  # without a notice


def test_a_backup_while_others_rate_and_a_model_runs(store, tmp_path):
    wrong, acknowledged, enough = [], [0], threading.Event()

    def work():
        try:
            with store.journal(BO) as writer:
                for start in range(20, 60):
                    block = BLOCK.isel(frame=slice(start, start + 1))
                    store.append(RATER.label, block)
                    writer.commit(start, [ear(None, 2)])
                    acknowledged[0] += 1
                    if enough.is_set():
                        break
        except Exception as error:
            wrong.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    copies = []
    for _ in range(5):
        before = acknowledged[0]
        copies.append((before, back_up(store.path, tmp_path / "copies")))
    enough.set()
    thread.join()
    assert not wrong
    grown = set()
    for before, path in copies:
        recording = open_recording(path, check=True)
        copy = RecordingStore.open(path)
        frames = copy.frames(RATER.label)
        grown.add(len(frames))
        assert len(frames) >= 20 + before
        np.testing.assert_array_equal(frames, BLOCK["frame"][: len(frames)])
        np.testing.assert_array_equal(
            recording["box"].sel(rater=RATER.label, frame=frames),
            BLOCK["box"].isel(rater=0, frame=slice(len(frames))),
        )
        if before:
            assert len(ears(path, "Bo")) >= before
        if len(frames) < 60:  # the copy goes on like any other recording
            copy.append(RATER.label, BLOCK.isel(frame=slice(len(frames), None)))
            last = open_recording(path, check=True)["box"].sel(rater=RATER.label)
            np.testing.assert_array_equal(
                last.sel(frame=BLOCK["frame"]), BLOCK["box"].isel(rater=0)
            )
    assert len(grown) > 1


def test_two_copies_in_which_people_went_on_become_one(store, tmp_path):
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    with store.journal(ANNA) as writer, untouched(other):
        writer.commit(11, [ear(None, 2)])
    rate(other, ANNA, 12, None, 0)
    rate(other, BO, 10, None, 2)
    second = model("another model")
    added = RecordingStore.open(other)
    added.add_rater(second)
    added.append(second.label, random_block(second, [5, 15], seed=2))
    with untouched(store.path, other):
        for copies in ((store.path, other), (other, store.path)):
            into = tmp_path / f"{copies[0].stem} merged.grimace"
            assert merge_folders(*copies, into) == into
            merged = RecordingStore.open(into)
            assert not merged.read_with_conflicts()[1]
            assert [r.label for r in merged.raters] == [RATER.label, second.label]
            assert ears(into) == {10: 1, 11: 2, 12: 0}
            assert ears(into, "Bo") == {10: 2}
            assert len(list(merged.journals.iterdir())) == 4
            told = open_recording(into, check=True).sel(rater=second.label, frame=5)
            block = random_block(second, [5, 15], seed=2).isel(rater=0)
            np.testing.assert_array_equal(told["box"], block["box"].sel(frame=5))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_one_journal_that_went_on_in_one_copy(store, tmp_path):
    with store.journal(BO) as writer:
        writer.commit(1, [ear(None, 1)])
        other = shutil.copytree(store.path, tmp_path / "b.grimace")
        writer.commit(2, [ear(None, 1)])
    name = writer.path.name
    for number, copies in enumerate([(store.path, other), (other, store.path)]):
        into = merge_folders(*copies, tmp_path / f"{number}.grimace")
        assert (into / "journals" / name).read_bytes() == writer.path.read_bytes()
    lines = writer.path.read_bytes().splitlines(keepends=True)
    (other / "journals" / name).write_bytes(
        b"".join([lines[0], lines[2].replace(b":1.0", b":2.0")])
    )
    with (
        untouched(store.path, other),
        pytest.raises(RecordingError, match=re.escape(f"{name}: differs from that")),
    ):
        merge_folders(store.path, other, tmp_path / "c.grimace")
    assert not (tmp_path / "c.grimace").exists()


def test_people_who_contradict_each_other_are_shown_when_it_is_opened(store, tmp_path):
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    rate(store.path, ANNA, 10, 1, 0)
    rate(other, ANNA, 10, 1, 2)
    into = merge_folders(store.path, other, tmp_path / "c.grimace")
    with pytest.warns(GrimaceWarning, match=r"ear: 1\.0 .* 0\.0 .* 2\.0"):
        assert ears(into) == {10: 2}


def test_a_models_frames_that_went_on_in_one_copy_or_in_both(store, tmp_path):
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    store.append(RATER.label, BLOCK.isel(frame=slice(20, 45)))
    for number, copies in enumerate([(store.path, other), (other, store.path)]):
        into = merge_folders(*copies, tmp_path / f"{number}.grimace")
        assert len(RecordingStore.open(into).frames(RATER.label)) == 45
        box = open_recording(into, check=True)["box"].sel(rater=RATER.label)
        box = box.sel(frame=BLOCK["frame"][:45])
        np.testing.assert_array_equal(box, BLOCK["box"].isel(rater=0)[:45])
    RecordingStore.open(other).append(RATER.label, BLOCK.isel(frame=slice(46, 50)))
    with (
        untouched(store.path, other),
        pytest.raises(RecordingError, match="Rater 'unit nets 1' went on in both"),
    ):
        merge_folders(store.path, other, tmp_path / "c.grimace")
    assert not (tmp_path / "c.grimace").exists()


def test_people_who_were_renamed_in_one_copy(store, tmp_path):
    rate(store.path, BO, 1, None, 1)
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    rename_rater([store.path], "Anna", "Zoë")
    rate(other, ANNA, 12, None, 0)
    into = merge_folders(store.path, other, tmp_path / "c.grimace")
    assert ears(into, "Zoë") == {10: 1, 12: 0}
    rename_rater([other], "Anna", "Mia")  # later, at another desk
    into = merge_folders(store.path, other, tmp_path / "d.grimace")
    assert ears(into, "Mia") == {10: 1, 12: 0}
    rename_rater([other], "Bo", "Zoë")  # whom the first copy calls Zoë is another
    with (
        untouched(store.path, other),
        pytest.raises(RecordingError, match="two people have one name"),
    ):
        merge_folders(store.path, other, tmp_path / "e.grimace")


def test_a_person_of_the_new_name_in_the_other_copy(store, tmp_path):
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    rename_rater([store.path], "Anna", "Zoë")
    rate(other, person("Zoë"), 1, None, 2)
    told = r"b\.grimace: 'Anna' and 'Zoë' are two people, but in the other copy"
    with untouched(store.path, other), pytest.raises(RecordingError, match=told):
        merge_folders(store.path, other, tmp_path / "c.grimace")
    assert not (tmp_path / "c.grimace").exists()


def test_copies_that_do_not_belong_together(store, tmp_path):
    def another(name, video=VIDEO, subject=None):
        path = tmp_path / f"{name}.grimace"
        return RecordingStore.create(path, video, subject or {}).path

    into = tmp_path / "c.grimace"
    with pytest.raises(RecordingError, match="recording of another video"):
        merge_folders(store.path, another("b", {**VIDEO, "identity": "77"}), into)
    with pytest.raises(RecordingError, match="species is 'mouse' and 'rat'"):
        merge_folders(store.path, another("r", subject={"species": "rat"}), into)
    with pytest.raises(RecordingError, match="give the name of a new folder"):
        merge_folders(store.path, store.path, store.path)
    with pytest.raises(RecordingError, match="is within the recording"):
        merge_folders(store.path, store.path, store.path / "c.grimace")
    stray = another("s", subject={"sex": "f"})
    rate(stray, person("Anna", occasion=2), 1, None, 2)
    told = r"do not become one: .*c\.grimace.* tells other facts of rater 'Anna'"
    with pytest.raises(RecordingError, match=told):
        merge_folders(store.path, stray, into)
    assert not into.exists()


def test_other_files_and_facts_of_both_are_kept(store, tmp_path):
    other = RecordingStore.create(tmp_path / "b.grimace", VIDEO, {"sex": "f"}).path
    (other / "notes.txt").write_text("cage 3")
    (store.journals.parent / "protocol").mkdir()
    (store.path / "protocol" / "day 1.txt").write_text("fine")
    into = merge_folders(store.path, other, tmp_path / "c.grimace")
    assert (into / "notes.txt").read_text() == "cage 3"
    assert (into / "protocol" / "day 1.txt").read_text() == "fine"
    assert open_recording(into).attrs["subject"] == '{"sex": "f", "species": "mouse"}'
    (store.path / "notes.txt").write_text("cage 4")
    with pytest.raises(RecordingError, match=r"notes\.txt: differs"):
        merge_folders(store.path, other, tmp_path / "d.grimace")


def test_backups_of_one_day_are_merged_into_what_there_was(store, tmp_path):
    first = back_up(store.path, tmp_path / "copies")
    rate(store.path, BO, 3, None, 1)
    second = back_up(store.path, tmp_path / "copies")
    into = merge_folders(first, second, tmp_path / "c.grimace")
    assert content(into) == content(second) == content(store.path)
    assert len(read_journals(into / "journals")) == 2
