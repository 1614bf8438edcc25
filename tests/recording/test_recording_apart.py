"""What people rated stays as it is whatever happens to the video and to the models."""

import shutil

import numpy as np
import pytest
import xarray as xr
from recording_samples import VIDEO, model, person, random_block

from napari_grimace import open_video
from napari_grimace.errors import ExportError, RecordingError
from napari_grimace.exchange import find_video
from napari_grimace.phantom import sample_video
from napari_grimace.recording import (
    Change,
    RecordingStore,
    open_recording,
    save_recording,
)

ANNA = person()


def rate(store, rater=ANNA):
    with store.journal(rater) as writer:
        for frame in (0, 5, 10):
            writer.commit(
                frame, [Change("score", "ear", None, 2)], seconds=frame / 29.97
            )
            writer.commit(frame, [Change("box", "nose", None, (1, 2, 3.5, 4))])
        writer.commit(10, [Change("score", "ear", 2, "not_scorable")])


def ratings(path, label="Anna"):
    """What a person rated, in all that is stored of it, and the journals' bytes."""
    recording = open_recording(path)
    frames = [0, 5, 10]
    rated = recording.sel(rater=[label], frame=frames).drop_vars("measure").load()
    del rated["quality"]  # of what the models measure, a person has nothing
    rated.attrs = {}
    journals = {p.name: p.read_bytes() for p in (path / "journals").iterdir()}
    return rated, journals


def assert_same(before, after):
    xr.testing.assert_identical(before[0], after[0])
    assert before[1] == after[1]


def attrs_of(path):
    with open_video(path) as video:
        return video.attrs


@pytest.fixture
def filmed(tmp_path):
    """A recording of a real video, which is in a folder of its own."""
    film = tmp_path / "film" / "mouse.mp4"
    film.parent.mkdir()
    shutil.copy(sample_video(), film)
    store = RecordingStore.create(tmp_path / "mouse.grimace", attrs_of(film))
    rate(store)
    return store, film


def test_the_video_is_moved_away(filmed, tmp_path):
    store, film = filmed
    before = ratings(store.path)
    away = film.rename(tmp_path / "elsewhere.mp4")
    assert_same(before, ratings(store.path))
    with pytest.raises(ExportError, match=r"mouse\.mp4\) is not where it was scored"):
        find_video(open_recording(store.path), store.path)
    beside = away.rename(store.path.with_name(film.name))
    assert find_video(open_recording(store.path), store.path) == beside
    store.check_video(attrs_of(beside))
    with store.journal(ANNA) as writer:
        writer.commit(11, [Change("score", "ear", None, 0)])
    assert open_recording(store.path)["frame"].values.tolist() == [0, 5, 10, 11]


def test_the_videos_content_was_changed(filmed):
    store, film = filmed
    before = ratings(store.path)
    content = film.read_bytes()
    film.write_bytes(content + b"\0\0\0\x08free")  # a box that players pass over
    assert find_video(open_recording(store.path), store.path) == film
    with pytest.raises(RecordingError, match=r"another video: 'mouse\.mp4' \(identity"):
        store.check_video(attrs_of(film))
    assert_same(before, ratings(store.path))
    film.write_bytes(content)
    store.check_video(attrs_of(film))


@pytest.mark.parametrize("imported", [False, True])
def test_a_model_that_runs_again_leaves_what_people_rated(tmp_path, imported):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(model().label, random_block(model(), [0, 10, 20]))
    if imported:  # ratings in the store itself, over which the person has rated anew
        store.add_rater(ANNA)
        store.append("Anna", random_block(ANNA, [5, 10], seed=3))
    rate(store)
    before = ratings(store.path)
    store = RecordingStore.open(store.path)
    store.append(model().label, random_block(model(), [5, 30, 40], seed=1))
    assert_same(before, ratings(store.path))
    other = model("unit nets 2")
    store.add_rater(other)
    store.append(other.label, random_block(other, range(0, 50, 5), seed=2))
    assert_same(before, ratings(store.path))
    recording = open_recording(store.path)
    assert recording.sizes["rater"] == 3
    for suffix in (".zarr", ".nc"):
        save_recording(recording, tmp_path / f"saved{suffix}")
        assert_same(before, ratings(store.path))
        saved = open_recording(tmp_path / f"saved{suffix}")
        rated = saved.sel(rater=["Anna"], frame=[0, 5, 10]).load()
        for name, values in before[0].data_vars.items():
            np.testing.assert_array_equal(rated[name], values)
