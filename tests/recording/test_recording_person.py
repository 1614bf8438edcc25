import numpy as np
import pytest
import xarray as xr
from recording_samples import VIDEO, model, person, random_block

from napari_grimace.errors import RecordingError
from napari_grimace.recording import (
    Change,
    RecordingStore,
    open_recording,
    raters_of,
    validate_recording,
)
from napari_grimace.scales import load_scale

ANNA, BO = person("Anna"), person("Bo")


@pytest.fixture
def store(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(model().label, random_block(model(), [0, 10, 20]))
    return store


def ear(old, new):
    return Change("score", "ear", old, new)


def test_a_new_person_has_rated_nothing(store):
    told = store.read_person(ANNA)
    validate_recording(told.block)
    assert raters_of(told.block) == [ANNA]
    assert told.block.sizes["frame"] == 0
    assert told.block.attrs["identity"] == VIDEO["identity"]
    assert (told.journals, told.conflicts, told.notes) == ((), [], {})


@pytest.mark.parametrize("stored", [False, True])
def test_a_person_is_read_as_in_the_whole_recording(store, stored):
    if stored:
        store.add_rater(ANNA)
        store.append("Anna", random_block(ANNA, [3, 10]))
    with store.journal(ANNA) as one, store.journal(ANNA) as two:
        one.commit(4, [ear(None, 1)], seconds=4 / 29.97)
        two.commit(4, [ear(None, 2)])
        two.commit(4, [Change("note", "", None, "asleep?")])
        with store.journal(BO) as other:
            other.commit(5, [ear(None, 0)])
        told = store.read_person(ANNA)
        assert [journal.writer for journal in told.journals] == [one.writer, two.writer]
    validate_recording(told.block)
    assert told.notes == {4: "asleep?"}
    whole, conflicts = store.read_with_conflicts()
    assert told.conflicts == conflicts
    assert len(conflicts) == 1
    frames = told.block["frame"].values
    assert frames.tolist() == ([3, 4, 10] if stored else [4])
    expected = whole.sel(rater=["Anna"], frame=frames, measure=told.block["measure"])
    expected = expected.assign_attrs(scales=told.block.attrs["scales"])
    xr.testing.assert_identical(told.block, expected.compute())
    assert all(array.chunks is None for array in told.block.values())


def test_journals_of_others_are_not_read(store):
    with store.journal(ANNA) as writer:
        writer.commit(1, [ear(None, 1)])
    with store.journal(BO) as writer:
        writer.commit(2, [ear(None, 1)])
        torn = writer.path
    torn.write_bytes(torn.read_bytes()[:-1])
    told = store.read_person(ANNA)  # without a notice
    assert told.block["frame"].values.tolist() == [1]
    (store.journals / "x.jsonl").write_text("lost its first line\n")
    with pytest.warns(UserWarning, match=r"x\.jsonl: line 1 is damaged"):
        store.read_person(ANNA)


def test_who_is_no_person_or_another(store):
    with pytest.raises(RecordingError, match="is a model"):
        store.read_person(model())
    with store.journal(ANNA) as writer:
        writer.commit(1, [ear(None, 1)])
    with pytest.raises(RecordingError, match="other facts of rater 'Anna'"):
        store.read_person(person("Anna", load_scale("mgs")))
    np.testing.assert_array_equal(open_recording(store.path)["frame"], [0, 1, 10, 20])
