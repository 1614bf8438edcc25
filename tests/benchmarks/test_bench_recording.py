"""Appending to a recording: as quick at the end as at the start, and beside saving."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from napari_grimace.recording import RecordingStore, open_recording, save_recording

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import VIDEO, model, random_block

RATER = model()
FRAMES = 8192


@pytest.mark.parametrize("size", [8, 64])
def test_append(benchmark, tmp_path, size):
    """Seconds per frame of the last eighth, over those of the second eighth.

    A store whose appending rewrote what was there would come to 5 or more; blocks of
    constant cost come to 1. The time beside saving everything at once tells what the
    safety of single blocks costs, and the files how many there are.
    """
    block = random_block(RATER, np.arange(FRAMES))
    starts = range(0, FRAMES, size)
    blocks = [block.isel(frame=slice(start, start + size)) for start in starts]
    path = tmp_path / "a.grimace"
    store = RecordingStore.create(path, VIDEO)
    store.add_rater(RATER)
    taken = []

    def append_all():
        for one in blocks:
            before = time.perf_counter()
            store.append(RATER.label, one)
            taken.append(time.perf_counter() - before)

    benchmark.pedantic(append_all, rounds=1)
    begun = time.perf_counter()
    save_recording(block, tmp_path / "whole.zarr")
    whole = time.perf_counter() - begun
    begun = time.perf_counter()
    recording = open_recording(path).load()
    opened = time.perf_counter() - begun
    eighth = len(taken) // 8
    files = [file for file in path.glob("**/*") if file.is_file()]
    benchmark.extra_info.update(
        last_to_second_eighth=np.median(taken[-eighth:])
        / np.median(taken[eighth : 2 * eighth]),
        to_saving_at_once=sum(taken) / whole,
        opening_to_appending=opened / sum(taken),
        ms_per_block=1000 * float(np.median(taken)),
        files=len(files),
        frames=recording.sizes["frame"],
    )
    np.testing.assert_array_equal(recording["box"], block["box"])
