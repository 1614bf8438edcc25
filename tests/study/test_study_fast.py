"""Reading scores alone gives what opening the recordings gives."""

import shutil

import numpy as np
import pandas as pd
import pytest
from study_samples import (
    model,
    person,
    random_block,
    write_csv,
    write_recording,
)

from napari_grimace import open_recording, open_study
from napari_grimace.errors import RecordingError
from napari_grimace.rating import Rating
from napari_grimace.recording import RecordingStore
from napari_grimace.study import frame_scores, summarise
from napari_grimace.study.fast import _read_quickly, read_passes
from napari_grimace.study.passes import passes_of


def same(path, rater=None):
    """Whether reading quickly and in full come to the same."""
    quick, full = read_passes(path, rater), passes_of(open_recording(path), rater)
    assert [one.rater for one in quick] == [one.rater for one in full]
    for one, other in zip(quick, full, strict=True):
        for name in ("frame", "time", "score", "face_count"):
            mine, theirs = getattr(one, name), getattr(other, name)
            np.testing.assert_array_equal(mine, theirs, strict=True)
    return len(quick)


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """A model and two people, longer than a chunk, in two blocks out of order."""
    folder = tmp_path_factory.mktemp("fast")
    path = write_recording(
        folder / "a.grimace",
        random_block(model(), np.arange(1500, 3000), 1),
        random_block(person(), np.arange(0, 2000, 7), 2, faces=False),
        random_block(person("Bo"), [], 3),
    )
    block = random_block(model(), np.arange(1500), 4)
    RecordingStore.open(path).append(model().label, block)
    return path


def test_every_rater_is_read_as_it_is(several):
    assert _read_quickly(several, "Anna") is not None
    assert _read_quickly(several, model().label) is not None
    assert same(several) == 3
    assert same(several, "Anna") == 1
    assert same(several, "nets") == 1
    assert same(several, "nobody") == 0


def test_a_hundred_recordings(tmp_path):
    kinds = [
        write_recording(tmp_path / f"{i}.grimace", random_block(model(), frames, i))
        for i, frames in enumerate([range(60), range(0, 1800, 30), [5]])
    ]
    rows = []
    for i in range(100):
        path = tmp_path / f"m{i:02d}.grimace"
        shutil.copytree(kinds[i % 3], path)
        rows.append([path.name, i, "ab"[i % 2]])
    study = open_study(
        write_csv(tmp_path / "s.csv", ["path", "animal", "group"], *rows)
    )
    quick, frames = summarise(study, bins=10), frame_scores(study)
    nodes = list(study.children.values())  # from now on they are open
    full = frame_scores(study)
    pd.testing.assert_frame_equal(frames, full, check_exact=True)
    pd.testing.assert_frame_equal(quick, summarise(full, bins=10), check_exact=True)
    assert quick["recording"].nunique() == len(nodes) == 100


def test_journals_are_heeded(several, tmp_path):
    path = tmp_path / "rated.grimace"
    shutil.copytree(several, path)
    rating = Rating(RecordingStore.open(path), person())
    rating.score(0, "ear", 2)
    rating.score(3, "ear", 1)
    rating.close()
    assert _read_quickly(path, None) is None
    assert same(path) == 3
    (anna,) = read_passes(path, "Anna")
    ear = anna.rater.scale.unit_names.index("ear")
    assert dict(zip(anna.frame.tolist(), anna.score[:, ear], strict=True))[3] == 1


def test_times_that_another_rater_knows(tmp_path):
    block = random_block(person(), np.arange(0, 300, 30), 1)
    untimed = block.assign_coords(time=block["time"] * np.nan)
    other = random_block(model(), np.arange(0, 150, 30), 2)
    path = write_recording(tmp_path / "a.grimace", untimed, other)
    assert same(path, "Anna") == 1
    assert np.isfinite(read_passes(path, "Anna")[0].time).any()


def test_what_is_lost_is_told(several, tmp_path):
    for name in ("state", "face_count", "time"):
        path = tmp_path / f"{name}.grimace"
        shutil.copytree(several, path)
        (first, *_) = sorted(path.glob(f"recording.zarr/nets*/{name}/c/0"))
        if first.is_dir():
            shutil.rmtree(first)
        else:
            first.unlink()
        with pytest.raises(RecordingError, match=f"{name}: .* is missing"):
            passes_of(open_recording(path))
        with pytest.raises(RecordingError, match=f"{name}: .* is missing"):
            read_passes(path)


def test_what_is_damaged_is_told(several, tmp_path):
    path = tmp_path / "damaged.grimace"
    shutil.copytree(several, path)
    (chunk, *_) = sorted(path.glob("recording.zarr/nets*/score/c/1/0"))
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 255
    chunk.write_bytes(content)
    with pytest.raises(RecordingError, match=r"score: .* is damaged"):
        read_passes(path)


def test_a_run_killed_before_its_first_frame(tmp_path):
    path = write_recording(tmp_path / "a.grimace", random_block(model(), [0, 30]))
    RecordingStore.open(path).add_rater(model("2"))
    assert same(path) == 2
