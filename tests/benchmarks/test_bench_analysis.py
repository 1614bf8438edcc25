"""The whole job on full HD: frames a minute, where the time goes, ratio to decoding."""

import time
from contextlib import contextmanager

import av
import numpy as np
import pytest

from napari_grimace.analysis import score_video, sinks
from napari_grimace.models import load_detector, load_scorer
from napari_grimace.video import iter_frames

SECONDS, RATE, GOP = 60, 30, 30
SHAPE = (1080, 1920)
EVERY = {
    "key frames": np.arange(0, SECONDS * RATE, RATE),
    "any phase": np.arange(17, SECONDS * RATE, RATE),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A minute of H.264, GOP 30 with B-frames: a face per second, drifting, noisy."""
    import cv2

    from napari_grimace.phantom import random_render

    path = tmp_path_factory.mktemp("clip") / "full_hd.mp4"
    noise = np.random.default_rng(0).integers(0, 14, (4, *SHAPE, 3), np.uint8)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE)
        stream.height, stream.width = SHAPE
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 2
        stream.options = {"preset": "veryfast", "g": str(GOP), "bf": "2", "crf": "20",
                          "sc_threshold": "0"}  # fmt: skip
        for second in range(SECONDS):
            drawn = random_render(900 + second, (540, 960), framing="scene").image
            wide = cv2.resize(drawn, (SHAPE[1] + RATE, SHAPE[0] + RATE))
            for number in range(RATE):
                moved = wide[number // 2 :, number:][: SHAPE[0], : SHAPE[1]]
                noisy = cv2.add(moved, noise[number % 4])
                file.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, "rgb24")))
        file.mux(stream.encode(None))
    return path


class Clock:
    """Adds up the time spent in calls."""

    def __init__(self):
        self.spent = {}

    @contextmanager
    def __call__(self, name):
        start = time.perf_counter()
        yield
        self.spent[name] = self.spent.get(name, 0) + time.perf_counter() - start

    def watch(self, monkeypatch, owner, method, name):
        original = getattr(owner, method)

        def timed(*args, **kwargs):
            with self(name):
                return original(*args, **kwargs)

        monkeypatch.setattr(owner, method, timed)


def full_decode(path):
    """Seconds for all frames by PyAV with two threads, without colour conversion."""
    start = time.perf_counter()
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type, stream.thread_count = "AUTO", 2
        for _ in file.decode(stream):
            pass
    return time.perf_counter() - start


@pytest.mark.parametrize("phase", EVERY)
@pytest.mark.parametrize("setting", ["fast", "accurate"])
def test_a_minute_of_full_hd(benchmark, clip, tmp_path, monkeypatch, setting, phase):
    detector, scorer = load_detector(), load_scorer("mgs-black")
    frames = EVERY[phase]
    picture = next(iter_frames(clip, frames[:1]))[1]
    scorer.score([picture], detector.detect([picture], setting).box)  # warmed up
    clock = Clock()
    clock.watch(monkeypatch, detector, "detect", "detect")
    clock.watch(monkeypatch, scorer, "score", "score")
    clock.watch(monkeypatch, sinks.StoreSink, "append", "write")

    def run():
        with clock("all"):
            return score_video(
                clip,
                frames=frames,
                detector=detector,
                scorer=scorer,
                setting=setting,
                output=tmp_path,
            )

    recording = benchmark.pedantic(run, rounds=1)
    assert recording.sizes["frame"] == SECONDS
    spent = clock.spent
    whole = spent.pop("all")
    with clock("decode alone"):
        assert sum(1 for _ in iter_frames(clip, frames)) == SECONDS
    decode = full_decode(clip)
    benchmark.extra_info.update(
        device=detector.device,
        frames_per_minute=60 * SECONDS / whole,
        faces=float((recording["face_count"] > 0).mean()),
        **{f"share_{name}": value / whole for name, value in spent.items()},
        share_waiting_for_frames_and_rest=1
        - sum(spent[name] for name in ("detect", "score", "write")) / whole,
        decode_alone_to_full_decode=clock.spent["decode alone"] / decode,
        whole_to_full_decode=whole / decode,
    )
