"""Memory does not grow with the length of a video."""

import tracemalloc

import numpy as np
import pytest
from painted_animals import BrightnessScorer, SquareDetector, all_levels, paint

from napari_grimace.analysis import iter_score_video, score_video

SHAPE = (240, 320)
MEBI = 2**20


class EndlessSource:
    """A video of any length that takes no memory until a frame is read."""

    def __init__(self, length):
        self.frames = np.arange(length)
        self.times = self.frames / 30
        self.shape = (length, *SHAPE, 3)
        self.dtype = np.dtype(np.uint8)
        self.attrs = {
            "source": "endless.mp4",
            "identity": "painted",
            "frame_rate": 30.0,
            "frame_count": length,
        }
        self.read_ahead = 0

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, position):
        levels = all_levels(position % 3)
        return paint(levels, corner=(100, position % 200), shape=SHAPE)

    def read(self, positions, on_error=None):  # noqa: ARG002
        for position in positions:
            self.read_ahead += 1
            yield position, self[position]

    def close(self):
        pass


def models():
    return {"detector": SquareDetector(), "scorer": BrightnessScorer()}


def peak(length, **options):
    """Peak of the memory allocated during a run, in MiB."""
    tracemalloc.start()
    try:
        recording = score_video(EndlessSource(length), every=1, **models(), **options)
        assert recording.sizes["frame"] == length
        return tracemalloc.get_traced_memory()[1] / MEBI
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("stored", [True, False])
def test_memory_is_the_same_for_four_times_the_length(tmp_path, stored):
    def used(name, length):
        return peak(length, output=tmp_path / name if stored else None)

    used("warm-up", 70)  # what is loaded or kept once
    short, long = used("short", 100), used("long", 400)
    # The 300 frames more would take 66 MiB.
    assert long - short < 3
    assert long < 40


def test_a_slow_network_does_not_let_frames_pile_up():
    source = EndlessSource(1000)
    run = iter_score_video(source, every=1, batch=4, **models())
    for step in run:
        if step.done >= 40:
            break
    # 64 MiB of frames wait at most, and two are in hands.
    assert source.read_ahead <= 40 + 64 * MEBI / np.prod(SHAPE) / 3 + 3
    run.close()
