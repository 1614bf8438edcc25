"""What people rated: opening it beside a saved recording, a commit beside an append."""

import os
import random
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_grimace.recording import (
    Change,
    RecordingStore,
    open_recording,
    save_recording,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import BLACK, VIDEO, person

RATERS, FRAMES = 10, 2500  # times 4 units are 100,000 ratings


@pytest.mark.parametrize("frames", ["the same frames", "frames of their own"])
def test_open(benchmark, tmp_path, monkeypatch, frames):
    """Opening 100,000 ratings beside opening the same scores, saved as one store.

    10 is the most that is wanted.
    """
    rng = random.Random(1)
    path, saved = tmp_path / "a.grimace", tmp_path / "a.zarr"
    store = RecordingStore.create(path, VIDEO)
    with monkeypatch.context() as quick:
        quick.setattr(os, "fsync", lambda _: None)
        for number in range(RATERS):
            numbers = range(0, 10 * FRAMES, 10)
            if frames != "the same frames":
                numbers = rng.sample(range(10 * FRAMES), FRAMES)
            with store.journal(person(f"Rater {number}")) as writer:
                for frame in numbers:
                    for unit in BLACK.units:
                        change = Change(
                            "score", unit.name, None, rng.choice(unit.levels)
                        )
                        writer.commit(frame, [change], seconds=frame / 30)
    save_recording(open_recording(path), saved)
    taken = []
    for _ in range(9):  # in turns, so that a busy machine is so for both
        begun = time.perf_counter()
        xr.open_dataset(saved, engine="zarr").load()
        taken.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        recording = open_recording(path).load()
        taken.append(time.perf_counter() - begun)
    benchmark.pedantic(lambda: open_recording(path).load(), rounds=3)
    plain, journals = np.median(taken[2::2]), np.median(taken[3::2])
    benchmark.extra_info.update(
        to_opening_saved=journals / plain,
        ms=1000 * journals,
        ms_saved=1000 * plain,
        mb_of_journals=sum(p.stat().st_size for p in store.journals.iterdir()) / 1e6,
    )
    assert int(np.isfinite(recording["score"]).sum()) == 4 * RATERS * FRAMES


def test_commit(benchmark, tmp_path):
    """A commit of one score beside a bare append of the same bytes, on the disk too.

    3 is the most that is wanted.
    """
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    bare, whole = [], []
    with store.journal(person()) as writer, (tmp_path / "bare").open("ab", 0) as file:

        def commit(frame):
            writer.commit(frame, [Change("score", "ear", None, 1)], seconds=frame / 30)

        commit(0)
        line = writer.path.read_bytes().splitlines(keepends=True)[-1]
        for frame in range(1, 500):
            begun = time.perf_counter()
            file.write(line)
            os.fsync(file.fileno())
            bare.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            commit(frame)
            whole.append(time.perf_counter() - begun)
        benchmark.pedantic(commit, args=(500,), rounds=20)
    benchmark.extra_info.update(
        to_bare_append=np.median(whole) / np.median(bare),
        slowest_to_bare_append=np.quantile(whole, 0.99) / np.quantile(bare, 0.99),
        ms=1000 * np.median(whole),
        ms_bare=1000 * np.median(bare),
    )
