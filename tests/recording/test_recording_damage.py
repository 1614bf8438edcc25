"""A disk that refuses, a file that is broken: a clear message, and nothing lost."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from recording_samples import VIDEO, model, person, random_block

from napari_grimace.errors import RecordingError
from napari_grimace.recording import (
    Change,
    RecordingStore,
    columns,
    open_recording,
    save_recording,
)

RATER = model()
BLOCK = random_block(RATER, range(30))


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "ROWS", 8)
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(RATER)
    store.append(RATER.label, BLOCK.isel(frame=slice(20)))
    return store


def chunk(store, name, number):
    (path,) = store.path.glob(f"recording.zarr/*/{name}/c/{number}")
    return path if path.is_file() else next(p for p in path.glob("**/*") if p.is_file())


@contextlib.contextmanager
def full_disk(size):
    """Let no file grow beyond a size, as the operating system can be asked to."""
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    wrote = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # Python would leave cut-off files in its caches
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = wrote


@contextlib.contextmanager
def somebody():
    """Be a user to whom permissions apply, which they do not to root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("on Windows a folder cannot be made read-only for its owner")
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def read_only():
    """A folder that everybody may read and nobody may write to."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    for path in [folder, *folder.glob("**/*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


def close(folder):
    for path in [folder, *folder.glob("**/*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.mark.parametrize("name", ["box", "score", "quality", "flag"])
@pytest.mark.parametrize("harm", ["changed", "cut", "emptied", "removed"])
def test_a_broken_chunk_is_never_read_as_unseen(store, name, harm):
    path = chunk(store, name, 1)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes({"changed": content, "cut": content[:-5]}.get(harm, b""))
    recording = open_recording(store.path)  # the rest can be read
    np.testing.assert_array_equal(recording["face_count"], BLOCK["face_count"][:, :20])
    with pytest.raises(RecordingError) as caught:
        recording[name].compute()
    assert str(caught.value).startswith(f"{name}: {path} is ")
    assert "from a backup" in str(caught.value)
    with pytest.raises(RecordingError, match=path.name):
        open_recording(store.path, check=True)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_broken_frame_numbers_are_told_when_opening(store, number):
    path = chunk(store, "frame", number)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(RecordingError, match=r"frame: .* is damaged"):
        open_recording(store.path)
    path.unlink()
    with pytest.raises(RecordingError, match=r"frame: .* is missing"):
        open_recording(store.path)
    path.write_bytes(content)
    assert len(open_recording(store.path, check=True)["frame"]) == 20


@pytest.mark.parametrize("of", ["", "*/", "*/box/", "*/frame/"])
def test_broken_metadata_are_told(store, of):
    (path,) = store.path.glob(f"recording.zarr/{of}zarr.json")
    path.write_text(path.read_text()[:20])
    with pytest.raises(RecordingError, match=r"zarr\.json.*from a backup"):
        open_recording(store.path).load()
    path.unlink()
    with pytest.raises(RecordingError, match=r"zarr\.json.*from a backup"):
        open_recording(store.path).load()


def test_a_group_that_tells_no_rater(store):
    (path,) = store.path.glob("recording.zarr/*/zarr.json")
    data = json.loads(path.read_text())
    del data["attributes"]["rater"]["kind"]
    path.write_text(json.dumps(data))
    with pytest.raises(RecordingError, match="does not tell the rater"):
        open_recording(store.path)


def test_a_full_disk_keeps_what_was_there(store):
    before = open_recording(store.path).load()
    for size in (0, 300):
        with (
            full_disk(size),
            pytest.raises(RecordingError, match=r"The 20 frames before are kept. Free"),
        ):
            store.append(RATER.label, BLOCK.isel(frame=slice(20, None)))
        xr.testing.assert_identical(
            open_recording(store.path, check=True).load(), before
        )
    store.append(RATER.label, BLOCK.isel(frame=slice(20, None)))
    np.testing.assert_array_equal(open_recording(store.path)["box"], BLOCK["box"])


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
def test_a_full_disk_leaves_the_saved_file(store, tmp_path, suffix):
    path = tmp_path / f"saved{suffix}"
    save_recording(store.read(), path)
    with full_disk(2000), pytest.raises(RecordingError, match="cannot be written"):
        save_recording(BLOCK, path)
    assert len(open_recording(path, check=True)["frame"]) == 20
    assert [p.name for p in tmp_path.glob("*saved*")] == [path.name]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full")
def test_a_full_disk_tears_no_journal(store):
    writer = store.journal(person())
    writer.path.symlink_to("/dev/full")
    with writer, pytest.raises(RecordingError, match=r"No space left.*Free some space"):
        writer.commit(3, [Change("flag", "", False, True)])
    writer.path.unlink()
    with writer:
        writer.commit(3, [Change("flag", "", False, True)])
        with full_disk(writer.path.stat().st_size + 50), pytest.raises(RecordingError):
            writer.commit(4, [Change("flag", "", False, True)])
        writer.commit(5, [Change("flag", "", False, True)])
    recording = store.read()
    flagged = recording["frame"][recording["flag"].sel(rater="Anna").values]
    assert flagged.values.tolist() == [3, 5]


def test_a_read_only_recording_opens_and_says_why_it_does_not_grow(store, read_only):
    path = shutil.copytree(store.path, read_only / "a.grimace")
    close(read_only)
    with somebody():
        assert len(open_recording(path, check=True)["frame"]) == 20
        again = RecordingStore.open(path)
        with pytest.raises(RecordingError, match="Choose a folder that you may write"):
            again.append(RATER.label, BLOCK.isel(frame=slice(20, None)))
        with pytest.raises(RecordingError, match="Choose a folder"):
            again.add_rater(model("another"))
        with again.journal(person()) as writer, pytest.raises(RecordingError):
            writer.commit(3, [Change("flag", "", False, True)])
        with pytest.raises(RecordingError, match="Choose a folder"):
            RecordingStore.create(read_only / "b.grimace", VIDEO)
        with pytest.raises(RecordingError, match="Choose a folder"):
            save_recording(BLOCK, read_only / "b.nc")
    assert len(open_recording(path, check=True)["frame"]) == 20


def test_a_run_killed_while_adding_a_rater(store):
    (store.path / "recording.zarr" / "half-12345678").mkdir()
    assert RecordingStore.open(store.path).raters == [RATER]
