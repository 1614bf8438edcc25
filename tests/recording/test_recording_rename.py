"""A person's other name: everywhere, without a journal being rewritten."""

import json
import shutil
from dataclasses import replace
from itertools import permutations

import pytest
import xarray as xr
from recording_samples import BLACK, VIDEO, model, person, random_block

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import (
    Change,
    Rater,
    RecordingStore,
    open_recording,
    raters_of,
    read_journals,
    rename_rater,
)
from napari_grimace.recording.names import Names, Renaming

ANNA = person("Anna")
AGAIN = Rater("Anna (2)", "Anna", "person", 2, scale=BLACK)
BO = person("Bo")


def ear(old, new):
    return Change("score", "ear", old, new)


@pytest.fixture
def store(tmp_path):
    """Anna has two passes, the first in the store and in a journal, and Bo one."""
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    for rater in (model(), ANNA):
        store.add_rater(rater)
        store.append(rater.label, random_block(rater, [0, 10, 20]))
    for rater in (ANNA, AGAIN, BO):
        with store.journal(rater) as writer:
            writer.commit(11, [ear(None, 1)])
            writer.commit(12, [Change("note", "", None, rater.label)])
    return store


def journals(store):
    return {path.name: path.read_bytes() for path in store.journals.glob("*.jsonl")}


def labels(path):
    return [rater.label for rater in raters_of(open_recording(path))]


def test_name_and_labels_change_and_nothing_else(store):
    before, content = open_recording(store.path).load(), journals(store)
    assert rename_rater([store.path], "Anna", "Zoë") == 1
    after = open_recording(store.path).load()
    assert journals(store) == content
    # Who rated only in journals comes in the order of the journals.
    assert labels(store.path) == [model().label, "Zoë", "Zoë (2)", "Bo"]
    assert raters_of(after)[1:3] == [
        replace(ANNA, label="Zoë", name="Zoë"),
        replace(AGAIN, label="Zoë (2)", name="Zoë"),
    ]
    names = {"rater": before["rater"], "rater_name": before["rater_name"]}
    xr.testing.assert_identical(before, after.assign_coords(names))
    assert {j.rater.name for j in read_journals(store.journals)} == {"Zoë", "Bo"}
    assert [r.label for r in store.raters] == [model().label, "Anna"]  # opened before
    assert [r.label for r in RecordingStore.open(store.path).raters][1] == "Zoë"
    told = store.read_person(replace(AGAIN, label="Zoë (2)", name="Zoë"))
    assert told.notes == {12: "Anna (2)"}
    assert [j.rater.label for j in told.journals] == ["Zoë (2)"]


def test_who_is_stored_goes_on_under_the_new_name(store):
    rename_rater([store.path], "Anna", "Zoë")
    store = RecordingStore.open(store.path)
    zoe = replace(ANNA, label="Zoë", name="Zoë")
    store.add_rater(zoe)  # is there
    store.append("Zoë", random_block(zoe, [30]))
    assert store.frames("Zoë").tolist() == [0, 10, 20, 30]
    assert len(list((store.path / "recording.zarr").glob("*/zarr.json"))) == 2
    assert store.go_on(replace(zoe, sampling="by hand")).sampling == "by hand"
    assert RecordingStore.open(store.path).raters[1].sampling == "by hand"
    with store.journal(replace(zoe, sampling="by hand")) as writer:
        writer.commit(13, [ear(None, 2)])
    block = open_recording(store.path).sel(rater="Zoë")
    assert block["score"].sel(unit="ear", frame=[11, 13]).values.tolist() == [1, 2]


def test_a_writer_that_is_open_goes_on_under_the_old_name(store):
    with store.journal(ANNA) as writer:
        writer.commit(13, [ear(None, 1)])
        rename_rater([store.path], "Anna", "Zoë")
        writer.commit(13, [ear(1, 2)])
        with pytest.raises(RecordingError, match="'Anna' is called 'Zoë' in this"):
            store.journal(ANNA)
        with store.journal(replace(ANNA, label="Zoë", name="Zoë")) as other:
            other.commit(14, [ear(None, 0)])
            writer.commit(15, [ear(None, 0)])
        told = store.read_person(ANNA)
        assert raters_of(told.block) == [replace(ANNA, label="Zoë", name="Zoë")]
    recording, conflicts = store.read_with_conflicts()
    assert not conflicts
    scores = recording["score"].sel(rater="Zoë", unit="ear", frame=[13, 14, 15])
    assert scores.values.tolist() == [2, 0, 0]
    assert "Anna" not in recording["rater"].values


def test_names_go_on_changing(store):
    for old, new in (("Anna", "Bea"), ("Bea", "Zoë"), ("Bo", "Bea 2")):
        assert rename_rater([store.path], old, new) == 1
    assert labels(store.path) == [model().label, "Zoë", "Zoë (2)", "Bea 2"]
    assert rename_rater([store.path], "Zoë", "Anna") == 1  # it was wrong
    assert labels(store.path)[1:3] == ["Anna", "Anna (2)"]
    with RecordingStore.open(store.path).journal(ANNA) as writer:
        writer.commit(40, [ear(None, 1)])
    assert rename_rater([store.path], "Anna", "Zoë") == 1
    assert labels(store.path)[1:3] == ["Zoë", "Zoë (2)"]
    assert open_recording(store.path)["frame"][-1] == 40


def test_in_all_recordings_or_in_none(store, tmp_path):
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    alone = RecordingStore.create(tmp_path / "c.grimace", VIDEO)
    with alone.journal(person("Zoë")) as writer:
        writer.commit(1, [ear(None, 1)])
    paths = [store.path, other, alone.path]
    with pytest.raises(RecordingError, match=r"c\.grimace: there is a rater 'Zoë'"):
        rename_rater(paths, "Anna", "Zoë")
    assert labels(store.path) == labels(other)
    assert "Anna" in labels(other)
    assert rename_rater(paths[:1], "Anna", "Mia") == 1  # and then the disk was full
    assert rename_rater(paths, "Anna", "Mia") == 1
    assert rename_rater(paths, "Anna", "Mia") == 0
    assert labels(store.path) == labels(other)
    assert labels(other)[1] == "Mia"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("unit nets", "nets", "is a model, whose name tells its build"),
        ("Anna", "Bo", "there is a rater 'Bo' already"),
        ("Bo", "Anna (2)", r"there is a rater 'Anna \(2\)' already"),
        ("Bo", "unit nets", "there is a rater 'unit nets 1' already"),
        ("Bo", "unit nets 1", "there is a rater 'unit nets 1' already"),
        ("Ann", "Zoë", "a rater of the name 'Ann'; they have 'Anna', 'Bo'"),
        ("Anna (2)", "Zoë", "'Anna', 'Bo'"),  # a label, not a name
        ("Anna", "Consensus", "person cannot be called 'Consensus'"),
        ("Anna", "", "is no name"),
        ("Anna", " Zoë", "is no name"),
        ("Anna", "Zo\në", "is no name"),
    ],
)
def test_what_is_refused_changes_nothing(store, old, new, told):
    before = sorted(store.path.glob("**/*"))
    with pytest.raises(RecordingError, match=told):
        rename_rater([store.path], old, new)
    assert sorted(store.path.glob("**/*")) == before


def test_a_name_that_another_had_is_not_given_again(store):
    rename_rater([store.path], "Anna", "Zoë")
    with pytest.raises(RecordingError, match="'Anna' is what 'Zoë' was called"):
        rename_rater([store.path], "Bo", "Anna")
    with pytest.raises(RecordingError, match="as another person, under a third"):
        RecordingStore.open(store.path).add_rater(ANNA)


def test_who_was_renamed_is_renamed_by_the_present_name_only(store, tmp_path):
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    rename_rater([store.path], "Anna", "Anne")
    for paths in ([store.path], [other, store.path]):
        with pytest.raises(RecordingError, match="'Anna' is called 'Anne' now"):
            rename_rater(paths, "Anna", "Annie")
    assert "Anna" in labels(other)  # one person does not get two names
    assert rename_rater([store.path, other], "Anna", "Anne") == 1
    assert rename_rater([store.path, other], "Anne", "Annie") == 2
    with pytest.raises(RecordingError, match="None of these recordings"):
        rename_rater([store.path], "Cleo", "Zoë")


def test_labels_that_do_not_begin_with_the_name_stay(store):
    agreed = Rater("all", "Anna, Bo", "consensus", scale=BLACK)
    initials = Rater("AB", "Annabel", "person", scale=BLACK)
    for rater in (agreed, initials):
        with store.journal(rater) as writer:
            writer.commit(1, [ear(None, 1)])
    rename_rater([store.path], "Anna, Bo", "both")
    rename_rater([store.path], "Annabel", "Belle")
    found = {r.label: r.name for r in raters_of(open_recording(store.path))}
    assert (found["all"], found["AB"], found["Anna"]) == ("both", "Belle", "Anna")


def told(time, old, new):
    return Renaming(1, f"2030-01-0{time}", old, new)


@pytest.mark.parametrize(
    "renamings",
    [
        [told(1, "a", "b"), told(2, "b", "c")],
        [told(1, "a", "b"), told(2, "a", "c")],  # at two desks
        [told(1, "b", "a"), told(2, "a", "b"), told(3, "b", "c")],
        [told(1, "a", "b"), told(2, "a", "d"), told(3, "b", "c")],
    ],
)
def test_names_are_those_given_last_in_whatever_order_they_are_read(renamings):
    for order in permutations(renamings):
        names = Names(order)
        assert [names.now(name) for name in "abce"] == ["c", "c", "c", "e"]


def test_two_people_of_one_name_are_told(store, tmp_path):
    other = shutil.copytree(store.path, tmp_path / "b.grimace")
    rename_rater([store.path], "Anna", "Zoë")
    rename_rater([other], "Bo", "Zoë")
    for path in (other / "journals").glob("*.names"):
        shutil.copy(path, store.journals)
    with pytest.raises(RecordingError, match=r"journals: 'Bo' was renamed 'Zoë' at"):
        open_recording(store.path)


def test_renamings_that_are_damaged_or_newer(store):
    rename_rater([store.path], "Anna", "Zoë")
    (path,) = store.journals.glob("*.names")
    line = path.read_bytes()
    path.write_bytes(line[:-1])  # killed in writing it: it was not acknowledged
    assert "Anna" in labels(store.path)
    path.write_bytes(b"{" + line)
    with pytest.warns(GrimaceWarning, match=r"names: is damaged .* has the old name"):
        assert "Anna" in labels(store.path)
    path.write_text(json.dumps({**json.loads(line), "names": 2}) + "\n")
    with pytest.raises(RecordingError, match=r"names: is of a newer version"):
        open_recording(store.path)
