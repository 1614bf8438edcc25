"""A thousand recordings are summarised about as quickly as their scores are read."""

import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import zarr

from napari_grimace import open_study
from napari_grimace.study import summarise

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from study_samples import model, random_block, write_csv, write_recording

RECORDINGS, FRAMES = 1000, 1800
ARRAYS = ("score", "state", "frame", "time", "face_count")


@pytest.fixture
def sheet(tmp_path):
    """Copies of ten recordings, one frame a second for half an hour."""
    blocks = [random_block(model(), np.arange(FRAMES) * 30, seed) for seed in range(10)]
    kinds = [
        write_recording(tmp_path / f"{i}.grimace", block)
        for i, block in enumerate(blocks)
    ]
    rows = []
    for i in range(RECORDINGS):
        path = tmp_path / f"m{i}.grimace"
        shutil.copytree(kinds[i % 10], path)
        rows.append([path.name, i, "ab"[i % 2]])
    return write_csv(tmp_path / "study.csv", ["path", "animal", "group"], *rows)


def read_bare(folder):
    """Read the arrays that a summary needs, with zarr alone."""
    total = 0
    for i in range(RECORDINGS):
        (group,) = folder.glob(f"m{i}.grimace/recording.zarr/*/")
        arrays = zarr.open_group(str(group), mode="r")
        total += sum(arrays[name][:].nbytes for name in ARRAYS)
    return total


def test_summary(benchmark, sheet):
    """Seconds from the sample sheet to the table, over those of reading with zarr."""
    begun = time.perf_counter()
    read_bare(sheet.parent)
    bare = time.perf_counter() - begun
    begun = time.perf_counter()
    summarise(open_study(sheet), window=(0, 1800), bins=300)
    bins = time.perf_counter() - begun
    table = benchmark.pedantic(lambda: summarise(open_study(sheet)), rounds=1)
    whole = benchmark.stats.stats.min
    benchmark.extra_info.update(
        to_bare_zarr=whole / bare,
        bins_to_bare_zarr=bins / bare,
        ms_per_recording=1000 * whole / RECORDINGS,
    )
    assert len(table) == RECORDINGS
    assert table["n_frames"].between(1600, FRAMES).all()
