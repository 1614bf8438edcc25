import json
import string
from functools import partial

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from recording_samples import (
    SUBJECT,
    VIDEO,
    model,
    person,
    random_block,
    random_recording,
)

from napari_grimace.errors import RecordingError
from napari_grimace.recording import (
    Rater,
    RecordingStore,
    migrate,
    new_recording,
    open_recording,
    raters_of,
    save_recording,
    subject_of,
    validate_recording,
)
from napari_grimace.scales import list_scales, load_scale

lines = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=12
)
plain_values = st.none() | st.booleans() | st.integers() | lines
raters = st.builds(
    Rater,
    lines,
    lines,
    st.sampled_from(["person", "model"]),
    st.integers(1, 5),
    lines | st.just(""),
    trained_on=lines | st.just(""),
    scale=st.sampled_from(list_scales()),
    sampling=lines | st.just(""),
)
recordings = st.builds(
    random_recording,
    st.lists(raters, min_size=1, max_size=3, unique_by=lambda rater: rater.label),
    st.lists(st.integers(0, 10**6 - 1), max_size=12, unique=True).map(np.array),
    st.integers(0, 2**32 - 1),
)


# Without shrinking: an example that fails is told, and takes minutes to shrink.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]


@settings(deadline=None, max_examples=6, phases=PHASES)
@given(
    recording=recordings,
    subject=st.dictionaries(lines, plain_values | st.lists(plain_values), max_size=3),
    source=lines,
)
@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
def test_any_recording_comes_back_exactly(
    tmp_path_factory, suffix, recording, subject, source
):
    recording = recording.assign_attrs(source=source, subject=json.dumps(subject))
    path = tmp_path_factory.mktemp("any") / f"recording{suffix}"
    save_recording(recording, path)
    again = open_recording(path, check=True)
    xr.testing.assert_identical(again.compute(), recording)
    assert raters_of(again) == raters_of(recording)
    assert subject_of(again) == subject
    assert {k: type(v) for k, v in again.attrs.items()} == {
        k: type(v) for k, v in recording.attrs.items()
    }


@settings(deadline=None, max_examples=3, phases=PHASES)
@given(recording=recordings)
def test_any_recording_can_be_kept_in_a_folder(tmp_path_factory, recording):
    assume(recording.sizes["frame"])  # measures come with the first frame
    path = tmp_path_factory.mktemp("any") / "recording.grimace"
    store = RecordingStore.create(path, VIDEO, SUBJECT)
    for rater in raters_of(recording):
        store.add_rater(rater)
        one = recording.sel(rater=[rater.label], unit=list(rater.scale.unit_names))
        one = one.sel(region=list(rater.scale.regions))
        kept = {rater.scale.name: rater.scale.to_dict()}
        store.append(rater.label, one.assign_attrs(scales=json.dumps(kept)))
    again = open_recording(path, check=True).compute()
    xr.testing.assert_identical(
        again, recording.assign_attrs(created=again.attrs["created"])
    )


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
class TestSaved:
    def test_xarray_opens_it_without_this_package(self, tmp_path, suffix):
        recording = random_recording([model(), person("Bö")], np.arange(0, 90, 9))
        path = tmp_path / f"r{suffix}"
        save_recording(recording, path)
        with xr.open_dataset(path) as opened:
            assert opened["rater"].values.tolist() == ["unit nets 1", "Bö"]
            assert opened["time"].dtype == np.float64
            np.testing.assert_array_equal(opened["box"], recording["box"])
            assert opened["flag"].dtype == bool
            assert json.loads(opened.attrs["subject"]) == SUBJECT
            assert opened["state"].attrs["flag_meanings"].split()[1] == "scored"

    def test_an_empty_recording(self, tmp_path, suffix):
        path = tmp_path / f"r{suffix}"
        for recording in (new_recording(VIDEO), new_recording({})):
            save_recording(recording, path)
            xr.testing.assert_identical(open_recording(path, check=True), recording)

    def test_a_folder_is_saved_chunk_by_chunk(self, tmp_path, suffix):
        store = RecordingStore.create(tmp_path / "r.grimace", VIDEO)
        frames = np.arange(1500)
        for rater, step in ((model(), 1), (model("other"), 3)):
            store.add_rater(rater)
            store.append(rater.label, random_block(rater, frames[::step]))
        recording = open_recording(store.path)
        path = tmp_path / f"r{suffix}"
        save_recording(recording, path)
        xr.testing.assert_identical(open_recording(path).compute(), recording.compute())

    def test_it_can_be_changed_and_saved_over_itself(self, tmp_path, suffix):
        path = tmp_path / f"r{suffix}"
        save_recording(random_recording([person()], np.arange(9)), path)
        opened = open_recording(path)
        changed = opened.assign(flag=~opened["flag"])
        expected = changed.compute()
        save_recording(changed, path)
        xr.testing.assert_identical(open_recording(path).compute(), expected)

    def test_other_coordinates_are_kept(self, tmp_path, suffix):
        names = np.array(["a.png", "bé.png", "c.png"], dtype=object)
        block = random_block(person(), range(3)).assign_coords(name=("frame", names))
        path = tmp_path / f"r{suffix}"
        save_recording(block, path)
        assert open_recording(path)["name"].values.tolist() == names.tolist()

    def test_what_is_not_valid_is_not_saved(self, tmp_path, suffix):
        path = tmp_path / f"r{suffix}"
        with pytest.raises(RecordingError, match="schema-version"):
            save_recording(new_recording({}).assign_attrs(schema_version=3), path)
        assert not path.exists()


def test_only_known_formats_are_saved(tmp_path):
    with pytest.raises(RecordingError, match=r"\.zarr or \.nc"):
        save_recording(new_recording({}), tmp_path / "r.csv")


def contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_only_saved_recordings_are_replaced(tmp_path):
    block = random_block(model(), range(3))
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(model().label, block)
    video = tmp_path / "clip.video.zarr"
    zarr.create_group(str(video)).create_array("frame", data=np.arange(3))
    notes = tmp_path / "notes.nc"
    notes.mkdir()
    (notes / "mine.txt").write_text("mine")
    for path in (video, notes, store.path / "recording.zarr"):
        before = contents(path)
        with pytest.raises(RecordingError, match=r"not replaced\. Choose another name"):
            save_recording(block, path)
        assert contents(path) == before
    assert len(list(tmp_path.iterdir())) == 3


def test_what_is_no_recording_is_told(tmp_path):
    with pytest.raises(RecordingError, match="there is no such file"):
        open_recording(tmp_path / "r.nc")
    (tmp_path / "r.nc").write_text("frame,score")
    with pytest.raises(RecordingError, match="cannot be opened as a recording"):
        open_recording(tmp_path / "r.nc")
    (tmp_path / "r.zarr").mkdir()
    with pytest.raises(RecordingError, match="cannot be opened as a recording"):
        open_recording(tmp_path / "r.zarr")
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "o.nc", engine="h5netcdf")
    with pytest.raises(RecordingError, match=r"o\.nc: is not a recording"):
        open_recording(tmp_path / "o.nc")


def test_another_programs_dataset_of_our_version_is_checked(tmp_path):
    odd = xr.Dataset({"box": ("x", [1.0])}, attrs={"schema_version": 1})
    odd.to_netcdf(tmp_path / "o.nc", engine="h5netcdf")
    with pytest.raises(RecordingError, match="variables: variable score is missing"):
        open_recording(tmp_path / "o.nc")


def _renamed(version, recording):
    """Two made-up steps of the schema's past."""
    if version == -1:
        return recording.rename(confidence="box_confidence")
    return recording.rename(ok="confirmed")


@pytest.fixture
def past(monkeypatch):
    for version in (-1, 0):
        step = partial(_renamed, version)
        monkeypatch.setitem(migrate.MIGRATIONS, version, step)


@pytest.mark.parametrize("version", [-1, 0])
def test_an_older_recording_is_brought_up_to_date(tmp_path, past, version):
    block = random_block(person(), range(5))
    old = block.rename(confirmed="ok").assign_attrs(schema_version=version)
    if version == -1:
        old = old.rename(box_confidence="confidence")
    old.to_netcdf(tmp_path / "old.nc", engine="h5netcdf")
    xr.testing.assert_identical(open_recording(tmp_path / "old.nc", check=True), block)


def test_an_older_folder_is_read_but_does_not_go_on(tmp_path, past):
    block = random_block(person(), range(5))
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO, SUBJECT)
    store.add_rater(person())
    store.append("Anna", block)
    inside = store.path / "recording.zarr"
    (group,) = (path for path in inside.iterdir() if path.is_dir())
    (group / "confirmed").rename(group / "ok")
    for path, new, old in (
        (group / "zarr.json", '"confirmed"', '"ok"'),
        (inside / "zarr.json", '"schema_version": 1', '"schema_version": 0'),
    ):
        assert new in path.read_text()
        path.write_text(path.read_text().replace(new, old))
    again = open_recording(store.path, check=True)
    validate_recording(again)
    made = again.attrs["created"]
    xr.testing.assert_identical(again.compute(), block.assign_attrs(created=made))
    older = RecordingStore.open(store.path)
    with pytest.raises(
        RecordingError, match=r"begun by an older version, .*Save it as"
    ):
        older.append("Anna", random_block(person(), [9]))
    with pytest.raises(RecordingError, match="begun by an older version"):
        older.add_rater(model())


def test_a_newer_recording_is_refused(tmp_path):
    newer = new_recording({}).assign_attrs(
        schema_version=2, software="napari-grimace 9"
    )
    newer.to_netcdf(tmp_path / "new.nc", engine="h5netcdf")
    told = r"newer version \(napari-grimace 9; schema 2, known up to 1\). Update"
    with pytest.raises(RecordingError, match=told):
        open_recording(tmp_path / "new.nc")
    path = RecordingStore.create(tmp_path / "a.grimace", VIDEO).path
    metadata = path / "recording.zarr" / "zarr.json"
    metadata.write_text(
        metadata.read_text().replace('"schema_version": 1', '"schema_version": 2')
    )
    with pytest.raises(RecordingError, match=r"newer version .*schema 2"):
        open_recording(path)


def test_a_version_that_is_forgotten_is_refused(tmp_path):
    old = new_recording({}).assign_attrs(schema_version=0)
    with pytest.raises(RecordingError, match="cannot be read any more"):
        migrate.migrate(old)


def test_all_printable_text_is_a_line():
    for character in string.printable[:-5]:
        assert Rater(character, character, "person", scale=load_scale("mgs"))


def test_joined_recordings_are_valid():
    validate_recording(random_recording([model(), person()], np.array([3, 1, 2])))
