"""Reading ahead in the background, lazy arrays, several threads and processes."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xarray as xr
from video_clips import COUNT, digest, full_decode, write_clip

from napari_grimace.errors import VideoError
from napari_grimace.video import iter_frames, open_source, open_video
from napari_grimace.video.opening import to_array


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return write_clip(path, options={"bf": "3", "g": "20"})


def workers():
    return [t for t in threading.enumerate() if t.name == "decode frames"]


def test_any_kind_of_video(clip):
    truth, _ = full_decode(clip)
    numbers = [2, 3, 30, 69]
    lazy = open_video(clip)
    with open_source(clip) as source:
        for video in (
            clip,
            str(clip),
            source,
            lazy,
            lazy.load(),
            lazy.copy().compute(),
        ):
            got = [(n, digest(picture)) for n, picture in iter_frames(video, numbers)]
            assert got == [(n, truth[n]) for n in numbers]


def test_an_array_that_was_changed_is_not_read_from_the_file(clip):
    video = open_video(clip)
    with xr.set_options(keep_attrs=True):
        inverted = 255 - video
    part = video.isel(frame=slice(10, 60, 2), y=slice(0, 40))
    _, picture = next(iter(iter_frames(inverted, [12])))
    np.testing.assert_array_equal(picture, 255 - video[12].values)
    _, picture = next(iter(iter_frames(part, [12])))
    np.testing.assert_array_equal(picture, video[12, :40].values)
    with pytest.raises(VideoError, match="no frame 11"):
        iter_frames(part, [11])


@pytest.mark.parametrize(
    ("roi", "corner"), [(None, (0, 0)), ((8, 16, 50, 60), (8, 16))]
)
def test_pixels_are_numbered_in_the_full_frame(clip, roi, corner):
    whole, video = open_video(clip), open_video(clip, roi)
    for axis, first in zip("yx", corner, strict=True):
        expected = np.arange(first, first + video.sizes[axis])
        np.testing.assert_array_equal(video[axis], expected)
    there = {"frame": 3, "y": slice(20, 30), "x": slice(30, 40)}
    np.testing.assert_array_equal(video.sel(there), whole.sel(there))
    assert video.sel(there).shape == (11, 11, 3)


def test_wrong_arrays_and_orders(clip):
    with pytest.raises(VideoError, match="increasing"):
        iter_frames(clip, [3, 2])
    grey = xr.DataArray(np.zeros((3, 4, 5)), dims=("frame", "y", "x"))
    with pytest.raises(VideoError, match="dimensions"):
        iter_frames(grey, [1])
    assert list(iter_frames(clip, [])) == []


def test_closing_stops_the_decoding(clip):
    steps = iter_frames(clip, range(COUNT))
    next(steps)
    assert workers()
    steps.close()
    assert not workers()


def test_a_source_that_gives_up_is_said(clip, monkeypatch):
    def read(positions, on_error=None):
        yield positions[0], np.zeros((96, 128, 3), np.uint8)
        raise VideoError("the disk was taken out")

    with open_source(clip) as source:
        monkeypatch.setattr(source, "read", read)
        steps = iter_frames(source, [3, 4])
        assert next(steps)[0] == 3
        with pytest.raises(VideoError, match="taken out"):
            next(steps)


def test_what_is_given_is_the_callers_own(clip):
    truth, _ = full_decode(clip)
    with open_source(clip) as source:
        source[5][:] = 0
        assert digest(source[5]) == truth[5]
        for _, picture in iter_frames(source, range(10)):
            assert picture.flags.writeable
            assert picture.flags.c_contiguous
            picture[:] = 0
        assert digest(source[6]) == truth[6]


def test_reading_ahead_and_at_random_at_once(clip):
    """One source, used by a reader in order and by lookers at random."""
    truth, _ = full_decode(clip)
    order = np.random.default_rng(0).integers(0, COUNT, 40)
    with open_source(clip) as source, ThreadPoolExecutor(3) as pool:
        looked = [pool.submit(lambda n: digest(source[n]), int(n)) for n in order]
        read = [digest(picture) for _, picture in iter_frames(source, range(COUNT))]
        assert read == truth
        assert [look.result() for look in looked] == [truth[n] for n in order]


@pytest.fixture(scope="module")
def short_groups(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "short.mkv"
    options = {"x264-params": "open-gop=1:keyint=6:scenecut=0:bframes=2"}
    return write_clip(path, options=options)


@pytest.mark.parametrize("wanted", [range(0, 70, 6), range(4, 70, 9), range(5, 65, 1)])
def test_several_decoders_at_once(short_groups, wanted, monkeypatch):
    """Frames far apart are shared out, and come back in order."""
    monkeypatch.setattr("napari_grimace.video.pyav_parallel._cores", lambda: 3)
    truth, _ = full_decode(short_groups)
    got = [(n, digest(picture)) for n, picture in iter_frames(short_groups, wanted)]
    assert got == [(n, truth[n]) for n in wanted]
    steps = iter_frames(short_groups, wanted)
    next(steps)
    steps.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("decode")]


def test_dask_threads(clip):
    truth, _ = full_decode(clip)
    video = open_video(clip)
    values = video.data.compute(scheduler="threads", num_workers=4)
    assert [digest(picture) for picture in values] == truth


def test_lazy_array_goes_to_other_processes(clip):
    video = open_video(clip, (0, 0, 50, 60))
    copy = pickle.loads(pickle.dumps(video))
    np.testing.assert_array_equal(copy[33], video[33])
    assert copy.attrs == video.attrs


class Long:
    shape, dtype = (54_000, 1080, 1920, 3), np.dtype(np.uint8)
    frames, times = np.arange(54_000), np.arange(54_000) / 30
    attrs = {"source_path": "long.mp4", "identity": "0"}  # noqa: RUF012
    asked: list[int] = []  # noqa: RUF012

    def __len__(self):
        return 54_000

    def __getitem__(self, position):
        self.asked.append(position)
        return np.zeros(self.shape[1:], np.uint8)


def test_long_videos_open_quickly_and_lazily():
    video = to_array(Long())
    assert len(pickle.dumps(video.data.dask.layers)) < 20e6
    video.sel(frame=40_000)[5:9, 7].compute()
    video[3:5].compute()
    assert sorted(Long.asked) == [3, 4, 40_000]


def test_memory_of_a_source_is_bounded(clip, monkeypatch):
    monkeypatch.setattr("napari_grimace.video.source._CACHE_BYTES", 6 * 96 * 128 * 3)
    with open_source(clip) as source:
        for n in range(COUNT):
            source[n]
        for n in range(COUNT - 1, -1, -1):
            source[n]
        assert len(source._cache) <= 6


def test_importing_the_room_is_light():
    heavy = {"torch", "xarray", "dask", "zarr", "pandas", "cv2", "av", "PIL"}
    code = "import sys, napari_grimace.video; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not heavy & set(run.stdout.split())
