import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from recording_samples import BLACK, SUBJECT, VIDEO, model, person, random_block

from napari_grimace.errors import RecordingError
from napari_grimace.recording import (
    RecordingStore,
    columns,
    open_recording,
    rater_block,
    raters_of,
)
from napari_grimace.recording.disk import group_name
from napari_grimace.scales import Scale, load_scale

RATER = model()


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(columns, "ROWS", 8)


@pytest.fixture
def store(tmp_path, small_chunks):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO, SUBJECT)
    store.add_rater(RATER)
    return store


def same(recording, block):
    """Compare all but when they were made."""
    made = recording.attrs["created"]
    xr.testing.assert_identical(recording.compute(), block.assign_attrs(created=made))


def test_a_store_without_raters_is_an_empty_recording(tmp_path):
    path = tmp_path / "a.grimace"
    assert RecordingStore.create(path, VIDEO, SUBJECT).raters == []
    recording = open_recording(path)
    assert recording.sizes["rater"] == recording.sizes["frame"] == 0
    assert recording.attrs["identity"] == VIDEO["identity"]


def test_blocks_come_back_as_they_were(store):
    block = random_block(RATER, np.arange(0, 300, 10))
    assert store.frames(RATER.label).size == 0
    for start, stop in ((0, 3), (3, 8), (8, 29), (29, 30)):
        store.append(RATER.label, block.isel(frame=slice(start, stop)))
        np.testing.assert_array_equal(
            store.frames(RATER.label), block["frame"][:stop].values
        )
        same(store.read(), block.isel(frame=slice(stop)))
    again = RecordingStore.open(store.path)
    assert again.raters == [RATER]
    same(open_recording(store.path, check=True), block)


def test_values_are_read_when_used(store):
    store.append(RATER.label, random_block(RATER, range(20)))
    recording = open_recording(store.path)
    assert all(array.chunks for array in recording.data_vars.values())
    assert not recording["time"].chunks


@settings(deadline=None, max_examples=6)
@given(
    sizes=st.lists(st.integers(0, 20), min_size=1, max_size=4),
    reopened=st.lists(st.booleans(), min_size=4, max_size=4),
    measures=st.lists(st.sampled_from(["sharpness", "exposure"]), unique=True),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_blocks_in_any_order(tmp_path_factory, sizes, reopened, measures, seed):
    path = tmp_path_factory.mktemp("any") / "a.grimace"
    frames = np.random.default_rng(seed).permutation(1000)[: sum(sizes)]
    block = random_block(RATER, np.sort(frames), seed, measures)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "ROWS", 8)
        store = RecordingStore.create(path, VIDEO, SUBJECT)
        store.add_rater(RATER)
        for part, anew in zip(
            np.split(frames, np.cumsum(sizes)[:-1]), reopened, strict=False
        ):
            store.append(RATER.label, block.sel(frame=np.sort(part)))
            store = RecordingStore.open(path) if anew else store
    expected = block if len(frames) else block.isel(measure=[])
    same(open_recording(path, check=True), expected)


def test_chunks_keep_the_length_they_were_made_with(store, monkeypatch):
    store.append(RATER.label, random_block(RATER, range(12)))
    monkeypatch.setattr(columns, "ROWS", 1024)
    again = RecordingStore.open(store.path)
    again.append(RATER.label, random_block(RATER, range(12, 30), seed=1))
    assert len(open_recording(store.path, check=True)["frame"]) == 30


def test_chunks_of_nothing_seen_are_there_after_reopening(store):
    for start in range(0, 24, 6):
        frames = np.arange(start, start + 6)
        blank = rater_block(RATER, frames, frames, quality={"sharpness": frames})
        RecordingStore.open(store.path).append(RATER.label, blank)
    recording = open_recording(store.path, check=True)
    assert recording["box"].isnull().all()
    np.testing.assert_array_equal(recording["quality"][0, :, 0], np.arange(24))


def test_raters_have_frames_of_their_own(store):
    other = model("unit nets 2", load_scale("mgs"), occasion=2)
    store.add_rater(other)
    store.append(RATER.label, random_block(RATER, [0, 10, 20]))
    store.append(other.label, random_block(other, [10, 15], measures=("exposure",)))
    recording = store.read().load()
    assert (
        raters_of(recording) == [RATER, other] == RecordingStore.open(store.path).raters
    )
    assert recording["frame"].values.tolist() == [0, 10, 15, 20]
    assert list(recording["unit"].values) == list(load_scale("mgs").unit_names)
    unseen = recording.sel(rater=other.label, frame=[0, 20])
    assert not unseen["state"].any()
    assert unseen["box"].isnull().all()
    assert recording["measure"].values.tolist() == ["sharpness", "exposure"]


def test_a_rater_is_added_once(store):
    store.add_rater(RATER)
    with pytest.raises(RecordingError, match="with another occasion, sampling"):
        store.add_rater(model(occasion=2, sampling="1 frame/s"))
    data = {**BLACK.to_dict(), "min_units": 1}
    with pytest.raises(RecordingError, match="another scale by 'mgs-black'"):
        store.add_rater(person("Bo", Scale.from_dict(data)))
    assert store.raters == [RATER]


def test_a_rater_goes_on_with_frames_chosen_otherwise(store):
    slow, more = (
        model("slow", sampling="1 frame/s"),
        model("slow", sampling="10 at random"),
    )
    with pytest.raises(RecordingError, match="no rater 'slow'"):
        store.go_on(slow)
    store.add_rater(slow)
    both = store.go_on(more)
    assert both.sampling == "1 frame/s; 10 at random"
    assert store.go_on(slow) == store.go_on(more) == both
    assert RecordingStore.open(store.path).raters == [RATER, both]
    store.append("slow", random_block(both, [3]))
    with pytest.raises(RecordingError, match="with another occasion"):
        store.go_on(model("slow", occasion=2))


def test_blocks_that_do_not_fit_are_refused(store):
    block = random_block(RATER, range(5))
    store.append(RATER.label, block)
    with pytest.raises(RecordingError, match="has frame 3 already"):
        store.append(RATER.label, random_block(RATER, [3, 7]))
    with pytest.raises(RecordingError, match="no rater 'Bo', only 'unit nets 1'"):
        store.append("Bo", block)
    with pytest.raises(RecordingError, match="not of rater"):
        store.append(RATER.label, random_block(person(), [7]))
    with pytest.raises(RecordingError, match="score-needs-state"):
        unrated = random_block(RATER, [8])
        unrated["state"].values[:] = 0
        store.append(RATER.label, unrated)
    with pytest.raises(RecordingError, match="The block's measures are"):
        store.append(RATER.label, random_block(RATER, [9], measures=("noise",)))
    same(store.read(), block)


def test_two_programs_do_not_append_at_once(store):
    store.append(RATER.label, random_block(RATER, range(3)))
    other = RecordingStore.open(store.path)
    other.append(RATER.label, random_block(RATER, range(3, 6)))
    with pytest.raises(RecordingError, match="another program appends"):
        store.append(RATER.label, random_block(RATER, range(6, 9)))
    assert len(open_recording(store.path, check=True)["frame"]) == 6


def test_a_recording_of_another_video_is_told(store):
    store.check_video(VIDEO)
    store.check_video({**VIDEO, "source": "renamed.mp4", "source_path": "elsewhere"})
    with pytest.raises(RecordingError, match=r"another video: 'mouse é.mp4'.*'b.mp4'"):
        store.check_video({**VIDEO, "identity": "other", "source": "b.mp4"})
    with pytest.raises(RecordingError, match="another region"):
        store.check_video({**VIDEO, "roi": [0, 0, 5, 5]})
    whole = {key: value for key, value in VIDEO.items() if key != "roi"}
    with pytest.raises(RecordingError, match="another region"):
        store.check_video(whole)


def test_a_folder_that_is_no_recording(tmp_path):
    with pytest.raises(RecordingError, match=r"a\.zarr: name the recording's folder"):
        RecordingStore.create(tmp_path / "a.zarr", VIDEO)
    path = tmp_path / "a.grimace"
    with pytest.raises(RecordingError, match=r"not a recording's folder"):
        open_recording(path)
    path.mkdir()
    with pytest.raises(RecordingError, match="there is a recording already"):
        RecordingStore.create(path, VIDEO)


def test_folder_names_of_raters_are_safe_and_unique():
    names = [group_name(label) for label in ("Anna", "anna", "A/n:n*a", "安娜", "CON")]
    assert len({name.lower() for name in names}) == len(names)
    assert all(name.replace("-", "").isalnum() and name.isascii() for name in names)


class Killed(BaseException):
    """Not an error that any code would handle."""


def test_killed_at_any_write_it_goes_on(store, tmp_path, monkeypatch):
    """A run is cut off before each file that an append puts in place, in turn."""
    block = random_block(RATER, range(11))
    store.append(RATER.label, block.isel(frame=slice(5)))
    moved = Path.replace
    written, cuts = [], 0

    def replace(self, target):
        if len(written) == cuts:
            raise Killed
        written.append(target)
        return moved(self, target)

    seen = set()
    while True:
        path = tmp_path / f"{cuts}.grimace"
        shutil.copytree(store.path, path)
        cut = RecordingStore.open(path)
        written.clear()
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            try:
                cut.append(RATER.label, block.isel(frame=slice(5, None)))
            except Killed:
                pass
            else:
                break
        again = RecordingStore.open(path)
        kept = len(again.frames(RATER.label))
        same(again.read(), block.isel(frame=slice(kept)))
        seen.add(kept)
        again.append(RATER.label, block.isel(frame=slice(kept, None)))
        same(again.read(), block)
        cuts += 5  # in turn a variable, the frames, or the length of an array
    assert seen == {5, 8, 11}  # the block fills one chunk of 8, then begins the next
    assert cuts > 3 * len(columns.ARRAYS)


ENDLESS = """
import sys
import numpy as np
from napari_grimace.recording import RecordingStore
sys.path.insert(0, sys.argv[2])
from recording_samples import random_block
store = RecordingStore.open(sys.argv[1])
rater = store.raters[0]
while True:
    start = len(store.frames(rater.label))
    store.append(rater.label, random_block(rater, range(start, start + 3), seed=start))
    print(start + 3, flush=True)
"""


def test_a_killed_program_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "a.grimace"
    store = RecordingStore.create(path, VIDEO, SUBJECT)
    store.add_rater(RATER)
    rng = np.random.default_rng(0)
    told = 0
    for _ in range(2):
        code = [sys.executable, "-c", ENDLESS, str(path), str(Path(__file__).parent)]
        with subprocess.Popen(code, stdout=subprocess.PIPE, text=True) as process:
            for _ in range(4):
                told = int(process.stdout.readline())
            time.sleep(rng.uniform(0, 0.05))
            process.kill()
        frames = RecordingStore.open(path).frames(RATER.label)
        assert len(frames) >= told
        assert len(frames) % 3 == 0
    recording = open_recording(path, check=True).load()
    assert len(recording["frame"]) > 12
    for start in range(0, len(frames), 3):
        block = random_block(RATER, range(start, start + 3), seed=start)
        same(recording.isel(frame=slice(start, start + 3)), block)


def test_files_stay_few_and_full_chunks_untouched(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(RATER)
    block = random_block(RATER, range(3 * columns.ROWS))
    store.append(RATER.label, block.isel(frame=slice(columns.ROWS + 1)))
    first = {p: p.stat().st_mtime_ns for p in store.path.glob("**/c/0*") if p.is_file()}
    first |= {p: p.stat().st_mtime_ns for p in store.path.glob("**/c/0/**/*")}
    store.append(RATER.label, block.isel(frame=slice(columns.ROWS + 1, None)))
    assert first
    assert all(p.stat().st_mtime_ns == when for p, when in first.items())
    files = [p for p in store.path.glob("**/*") if p.is_file()]
    assert len(files) < 5 * len(columns.ARRAYS)  # 3 chunks and zarr.json each


def test_long_recordings_of_two_raters_without_measures_are_joined(tmp_path):
    path = tmp_path / "a.grimace"
    store = RecordingStore.create(path, VIDEO)
    for label, frames in (("A", np.arange(54_000)), ("B", np.arange(0, 54_000, 30))):
        store.add_rater(model(label))
        store.append(label, random_block(model(label), frames, measures=()))
    recording = open_recording(path)
    assert recording.sizes["frame"] == 54_000
    assert recording["score"].load().shape == (2, 54_000, 4)
