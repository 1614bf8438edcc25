"""Conversion to zarr: what goes in, being killed, full disks, damaged stores."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from video_clips import COUNT, write_clip

from napari_grimace.errors import VideoError
from napari_grimace.video import (
    convert_video,
    iter_convert_video,
    iter_frames,
    open_source,
    open_video,
    sample_frames,
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "mouse.mp4"
    return write_clip(path, options={"bf": "2", "g": "20"})


@pytest.fixture
def out(tmp_path):
    return tmp_path / "mouse.video.zarr"


def test_lossless_store_is_the_video(clip, out):
    assert convert_video(clip, out, lossless=True) == out
    source, store = open_video(clip), open_video(out)
    np.testing.assert_array_equal(source, store)
    np.testing.assert_array_equal(source.time, store.time)
    for name in ("identity", "source", "source_size", "frame_rate", "frame_count"):
        assert source.attrs[name] == store.attrs[name]
    assert store.attrs["stored_as"] == "lossless"
    assert store.chunks[0] == (1,) * COUNT


def test_jpeg_store_is_close_and_small(clip, out):
    convert_video(clip, out)
    source, store = open_video(clip), open_video(out)
    difference = np.abs(source.values.astype(int) - store.values)
    assert difference.mean() < 3
    array = zarr.open_group(str(out))["video"]
    assert array.chunks[0] == 1
    assert array.shards[0] > 1
    assert array.metadata.to_dict()["codecs"][0]["name"] == "sharding_indexed"
    assert array.nbytes_stored() < array.nbytes / 2


def test_store_opens_without_this_package(clip, out):
    convert_video(clip, out, lossless=True, frames=[3, 5, 8])
    with xr.open_zarr(out) as dataset:
        assert dataset.video.dims == ("frame", "y", "x", "rgb")
        assert dataset.frame.values.tolist() == [3, 5, 8]
        np.testing.assert_allclose(dataset.time, np.array([3, 5, 8]) / 30)


def test_sampled_frames_of_a_region_keep_their_numbers(clip, out):
    roi = (8, 16, 72, 120)
    convert_video(clip, out, rate=3, roi=roi, lossless=True)
    numbers = sample_frames(clip, rate=3)
    source, store = open_video(clip, roi), open_video(out)
    assert store.frame.values.tolist() == numbers.tolist()
    assert store.attrs["roi"] == list(roi)
    assert store.attrs["frame_count"] == COUNT
    np.testing.assert_array_equal(store, source.sel(frame=numbers))
    got = dict(iter_frames(out, numbers[2:4]))
    np.testing.assert_array_equal(got[numbers[3]], source.sel(frame=numbers[3]))
    smaller = open_video(out, (10, 20, 40, 50))  # on the original picture
    np.testing.assert_array_equal(
        smaller[1], open_video(clip)[numbers[1], 10:40, 20:50]
    )
    with pytest.raises(VideoError, match="x 16 to 120"):
        open_video(out, (0, 0, 40, 50))
    with pytest.raises(VideoError, match="no frame 1"):
        iter_frames(out, [1])


def test_a_store_converts_again(clip, out, tmp_path):
    convert_video(clip, out, lossless=True)
    again = convert_video(out, tmp_path / "again.video.zarr", rate=2, lossless=True)
    assert open_video(again).attrs["identity"] == open_video(clip).attrs["identity"]
    np.testing.assert_array_equal(
        open_video(again), open_video(clip).sel(frame=sample_frames(clip, rate=2))
    )


def test_black_frames_are_stored(tmp_path):
    import tifffile

    tifffile.imwrite(tmp_path / "black.tif", np.zeros((5, 32, 32), np.uint8))
    store = convert_video(tmp_path / "black.tif", lossless=True)
    assert store.name == "black.video.zarr"
    with open_source(store) as source:
        assert not source[3].any()


def test_progress_and_cancelling(clip, out, monkeypatch):
    monkeypatch.setattr("napari_grimace.video.convert._SHARD_FRAMES", 8)
    steps = iter_convert_video(clip, out)
    seen = [next(steps) for _ in range(20)]
    assert [step.done for step in seen] == list(range(1, 21))
    assert {step.total for step in seen} == {COUNT}
    steps.close()
    assert not out.exists()
    part = out.with_name(out.name + ".part")
    assert part.exists()
    with pytest.raises(VideoError, match=r"unfinished conversion of mouse\.mp4"):
        open_video(part)
    resumed = next(iter_convert_video(clip, out))
    assert 8 < resumed.done < 20
    convert_video(clip, out)
    assert not part.exists()
    fresh = convert_video(clip, out.with_name("fresh.video.zarr"))
    np.testing.assert_array_equal(open_video(out), open_video(fresh))


def test_other_choices_begin_anew(clip, out, monkeypatch):
    monkeypatch.setattr("napari_grimace.video.convert._SHARD_FRAMES", 8)
    steps = iter_convert_video(clip, out)
    for _ in range(20):
        next(steps)
    steps.close()
    assert next(iter_convert_video(clip, out, quality=80)).done == 1


SLOW = """
import sys, time
import napari_grimace.video.convert as convert
convert._SHARD_FRAMES = 4
for step in convert.iter_convert_video(sys.argv[1], sys.argv[2], lossless=True):
    print(step.done, flush=True)
    time.sleep(0.02)
"""


@pytest.mark.parametrize("after", [2, 9, 23])
def test_killed_run_goes_on_and_never_looks_whole(clip, out, after, monkeypatch):
    monkeypatch.setattr("napari_grimace.video.convert._SHARD_FRAMES", 4)
    command = [sys.executable, "-c", SLOW, str(clip), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if int(line) >= after:
                break
        run.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        run.stdout.read()
    assert not out.exists()
    first = next(steps := iter_convert_video(clip, out, lossless=True))
    assert first.done >= max(1, after - 8)
    for _ in steps:
        pass
    np.testing.assert_array_equal(open_video(out), open_video(clip))


FULL = """
import resource, sys
sys.dont_write_bytecode = True  # Python would leave cut-off files in its caches
from napari_grimace.errors import VideoError
from napari_grimace.video import convert_video
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    convert_video(sys.argv[1], sys.argv[2], lossless=True)
except VideoError as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="file size limits are those of Unix")
def test_full_disk(clip, out):
    """No room for a file: the same error as from a full disk, by another number."""
    command = [sys.executable, "-c", FULL, str(clip), str(out)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "mouse.video.zarr cannot be written" in run.stdout
    assert "goes on from there" in run.stdout
    assert not out.exists()
    convert_video(clip, out, lossless=True)
    np.testing.assert_array_equal(open_video(out), open_video(clip))


def test_folder_that_cannot_be_written(clip, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(VideoError, match="cannot be written"):
        convert_video(clip, tmp_path / "file" / "mouse.video.zarr")


def test_existing_store_is_kept_unless_asked(clip, out):
    convert_video(clip, out, frames=[1, 2])
    with pytest.raises(VideoError, match="is there already"):
        convert_video(clip, out)
    convert_video(clip, out, frames=[4], overwrite=True)
    assert open_video(out).frame.values.tolist() == [4]
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    precious = out.with_name("precious.zarr")
    precious.mkdir()
    with pytest.raises(VideoError, match="is there already"):
        convert_video(clip, precious, overwrite=True)


def test_a_store_stays_until_the_new_one_is_in_its_place(clip, out, monkeypatch):
    convert_video(clip, out, frames=[1, 2])
    rename = Path.rename

    def refused(path, target):
        if path.name.endswith(".part"):
            raise OSError(16, "Device or resource busy")
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refused)
        with pytest.raises(VideoError, match="cannot be written"):
            convert_video(clip, out, frames=[4], overwrite=True)
    assert open_video(out).frame.values.tolist() == [1, 2]
    convert_video(clip, out, frames=[4], overwrite=True)
    assert open_video(out).frame.values.tolist() == [4]
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_the_home_folder_is_meant_by_its_sign(clip, tmp_path, monkeypatch):
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    shutil.copy(clip, home / "m.mp4")
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert convert_video("~/m.mp4", frames=[1]) == home / "m.video.zarr"
    named = convert_video(clip, "~/named.video.zarr", frames=[1])
    assert named == home / "named.video.zarr"
    assert not any(here.iterdir())


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"frames": [3, 3]}, "increasing"),
        ({"frames": []}, "at least one"),
        ({"frames": [1, 500]}, "no frame 500"),
        ({"frames": [1], "rate": 1}, "exclude"),
        ({"rate": 100}, "above the 30 frames/s of mouse.mp4"),
        ({"roi": (0, 0, 500, 500)}, "does not lie in the picture"),
    ],
)
def test_impossible_choices(clip, out, how, message):
    with pytest.raises(VideoError, match=message):
        convert_video(clip, out, **how)
    assert not any(out.parent.iterdir())


@pytest.mark.parametrize("lossless", [False, True])
def test_damaged_chunks_are_found(clip, out, lossless, monkeypatch):
    monkeypatch.setattr("napari_grimace.video.convert._SHARD_FRAMES", 8)
    convert_video(clip, out, lossless=lossless)
    files = sorted(
        (out / "video" / "c").glob("*/0/0/0"), key=lambda p: int(p.parts[-4])
    )
    data = bytearray(files[1].read_bytes())
    data[len(data) // 3] ^= 0x10  # one bit
    files[1].write_bytes(data)
    shutil.rmtree(files[3].parents[2])
    broken = []
    with open_source(out) as source:
        for position in range(COUNT):
            try:
                source[position]
            except VideoError as error:
                assert "damaged" in str(error)  # noqa: PT017
                broken.append(position)
    assert len([n for n in broken if 8 <= n < 16]) == 1
    assert [n for n in broken if n >= 16] == list(range(24, 32))


def test_store_of_a_newer_version(clip, out):
    convert_video(clip, out, frames=[1])
    zarr.open_group(str(out)).attrs["format_version"] = 99
    with pytest.raises(VideoError, match="newer"):
        open_video(out)
