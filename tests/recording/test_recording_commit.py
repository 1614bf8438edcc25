"""A commit is on the disk when it returns, or it is not there and says why."""

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from io import FileIO
from pathlib import Path

import pytest
from recording_samples import VIDEO, model, person, random_block

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import Change, RecordingStore, read_journals

ANNA = person()


@pytest.fixture
def store(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(model().label, random_block(model(), [0, 10, 20]))
    return store


def flag(new=True):
    return Change("flag", "", not new, new)


def frames(store):
    """Frames of all records that are read, in order."""
    journals = read_journals(store.journals)
    return [record.frame for journal in journals for record in journal.records]


class Calls(list):
    """What reaches the operating system, in order; everything is really done."""

    def __init__(self, monkeypatch, at_once=None):
        super().__init__()
        self.at_once = at_once  # bytes that are taken in one write
        opening, syncing = Path.open, os.fsync
        calls = self

        class Told(FileIO):
            def write(self, data):
                calls.append(("write", self.name.name))
                return super().write(data[: calls.at_once])

        def fsync(handle):
            facts = os.fstat(handle)
            calls.append(("fsync", facts.st_ino, facts.st_size))
            syncing(handle)

        def open_(path, mode="r", buffering=-1, **kwargs):
            if mode != "ab":
                return opening(path, mode, buffering, **kwargs)
            assert buffering == 0
            file = Told(path, mode)
            calls.append(("open", path.name))
            return file

        monkeypatch.setattr(Path, "open", open_)
        monkeypatch.setattr(os, "fsync", fsync)

    def since(self, number):
        return list(self[number:])


@pytest.mark.parametrize("at_once", [None, 10_000, 100])
def test_a_commit_returns_when_it_is_on_the_disk(store, monkeypatch, at_once):
    calls = Calls(monkeypatch, at_once)
    with store.journal(ANNA) as writer:
        writer.commit(3, [flag()])
        first, length = calls.since(0), writer.path.stat().st_size
        writer.commit_all([(frame, [flag()], {}) for frame in (4, 5)])
        second, whole = calls.since(len(first)), writer.path.stat().st_size
    name, number = writer.path.name, writer.path.stat().st_ino
    folder = store.journals.stat().st_ino
    opened, *synced = first[: first.index(("write", name))]
    assert opened == ("open", name)
    # The new name is on the disk before the rating is, where a folder can be synced.
    assert [call[:2] for call in synced] == [("fsync", folder)] * (os.name == "posix")
    assert first[-1] == ("fsync", number, length)
    assert second[-1] == ("fsync", number, whole)
    for calls_of_one in (first[1 + len(synced) :], second):
        writes = calls_of_one[:-1]
        assert writes == [("write", name)] * len(writes)
    assert (len(second) > 2) == (at_once == 100)
    assert frames(store) == [3, 4, 5]


def test_the_folder_of_journals_is_made_where_a_copy_left_it_out(store, monkeypatch):
    store.journals.rmdir()
    calls = Calls(monkeypatch)
    with store.journal(ANNA) as writer:
        writer.commit(3, [flag()])
    if os.name == "posix":
        assert calls[0][:2] == ("fsync", store.path.stat().st_ino)
    assert frames(store) == [3]


def test_torn_at_every_byte_the_records_before_are_there(store):
    with store.journal(ANNA) as writer:
        writer.commit(3, [flag()])
        writer.commit(4, [Change("note", "", None, "Schläft?")])
        kept = writer.path.stat().st_size
        writer.commit(5, [Change("note", "", None, "nose é, 鼻"), flag()])
    content = writer.path.read_bytes()
    for length in range(kept, len(content)):
        writer.path.write_bytes(content[:length])
        notice = pytest.warns(GrimaceWarning, match="last record was torn off")
        with notice if length > kept else contextlib.nullcontext():
            assert frames(store) == [3, 4]
    writer.path.write_bytes(content)
    assert frames(store) == [3, 4, 5]
    header = content.index(b"\n")
    for length in range(header + 1):  # the first commit, torn within the header
        writer.path.write_bytes(content[:length])
        notice = pytest.warns(GrimaceWarning, match="last record was torn off")
        with notice if length else contextlib.nullcontext():
            assert frames(store) == []


@contextlib.contextmanager
def mounted(folder, *options):
    """A file system of its own at a folder, where this user may mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a file system")
    command = ["mount", *options, str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder, left):
    """Fill a disk but for some KiB."""
    filler = (folder / "filler").open("wb", buffering=0)
    with filler as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    if left:
        size = (folder / "filler").stat().st_size
        os.truncate(folder / "filler", size - 1024 * left)


def test_on_a_full_disk_nothing_is_torn_and_the_same_writer_goes_on(store, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    with mounted(small, "-t", "tmpfs", "-o", "size=2M", "tmpfs"):
        path = shutil.copytree(store.path, small / "a.grimace")
        store = RecordingStore.open(path)
        many = [(frame, [flag()], {}) for frame in range(100, 200)]
        with store.journal(ANNA) as writer:
            fill(small, 0)
            with pytest.raises(RecordingError, match=r"No space left.*Free some space"):
                writer.commit(1, [flag()])  # not even the header
            fill(small, 8)
            done = []
            with pytest.raises(RecordingError, match="Free some space"):
                for frame in range(2, 90):
                    writer.commit(frame, [flag()])
                    done.append(frame)
            assert len(done) > 5
            with pytest.raises(RecordingError, match="Free some space"):
                writer.commit_all(many)
            assert frames(store) == done
            (small / "filler").unlink()
            writer.commit(90, [flag()])
            writer.commit_all(many)
        assert frames(store) == [*done, 90, *range(100, 200)]


def test_a_disk_that_becomes_read_only_keeps_what_was_there(store, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    with mounted(other, "-t", "tmpfs", "tmpfs"):
        store = RecordingStore.open(shutil.copytree(store.path, other / "a.grimace"))
        with store.journal(ANNA) as writer:
            writer.commit(1, [flag()])
            writer.close()
            subprocess.run(["mount", "-o", "remount,ro", str(other)], check=True)
            for _ in range(2):
                with pytest.raises(RecordingError, match="Choose a folder that you"):
                    writer.commit(2, [flag()])
            with (
                store.journal(person("Bo")) as bo,
                pytest.raises(RecordingError, match="Choose a folder that you"),
            ):
                bo.commit(2, [flag()])
            assert frames(store) == [1]
            subprocess.run(["mount", "-o", "remount,rw", str(other)], check=True)
            writer.commit(3, [flag()])
        assert frames(store) == [1, 3]


def moved(path, to):
    try:
        return path.rename(to)
    except PermissionError:
        pytest.skip("a folder whose files are in use cannot be moved here")


@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_journal_that_is_moved_away_is_missed_at_once(store, tmp_path, above):
    with store.journal(ANNA) as writer:
        writer.commit(3, [flag()])
        place = [writer.path, *writer.path.parents][above]
        away = moved(place, tmp_path / "away.grimace")
        for _ in range(2):
            with pytest.raises(RecordingError, match=r"jsonl: is not there.*Put it"):
                writer.commit(4, [flag()])
        assert not writer.path.exists()  # nobody would look for a half of it there
        away.rename(place)
        writer.commit(5, [flag()])
    assert frames(store) == [3, 5]


def test_a_journal_that_was_put_back_goes_on(store):
    with store.journal(ANNA) as writer:
        writer.commit(3, [flag()])
        before = writer.path.read_bytes()
        writer.commit(4, [flag()])
        content = writer.path.read_bytes()
        moved(writer.path, writer.path.with_suffix(".old"))
        writer.path.write_bytes(before)  # too old a backup: a rating is missing
        with pytest.raises(RecordingError, match="not whole"):
            writer.commit(5, [flag()])
        assert writer.path.read_bytes() == before
        writer.path.write_bytes(content)
        writer.commit(6, [flag()])
    assert frames(store) == [3, 4, 6]


def test_a_journal_that_is_deleted_does_not_swallow_ratings(store):
    with store.journal(ANNA) as writer:
        writer.commit(3, [flag()])
        try:
            shutil.rmtree(store.journals)
        except PermissionError:
            pytest.skip("a file that is in use cannot be deleted here")
        with pytest.raises(RecordingError, match="is not there any more"):
            writer.commit(4, [flag()])
    with store.journal(ANNA) as writer:  # another, as when it is opened anew
        writer.commit(4, [flag()])
    assert frames(store) == [4]


def test_what_could_not_be_taken_away_is_so_before_the_next_record(store, monkeypatch):
    """A network share that goes away in a write takes the means to mend it along."""

    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    Calls(monkeypatch)
    with store.journal(ANNA) as writer:
        writer.commit(3, [flag()])
        size = writer.path.stat().st_size
        with monkeypatch.context() as away:
            away.setattr(os, "fsync", refuse)
            away.setattr(type(writer._file), "truncate", refuse, raising=False)
            with pytest.raises(RecordingError, match="Check the disk or the network"):
                writer.commit(4, [flag()])
        assert writer.path.stat().st_size > size
        writer.commit(5, [flag()])
    assert frames(store) == [3, 5]
