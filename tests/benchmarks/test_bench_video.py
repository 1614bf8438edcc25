"""Speed of reading, as ratios within one run to a full PyAV decode.

Run with `pytest tests/benchmarks/test_bench_video.py --benchmark-only -s`. The full
decode uses the same threads and converts no colours; ours converts what it gives. The
index of a file is made once, when it is opened, and has its own figure. All figures
are medians of rounds in which the two alternate, since machines are noisy.
"""

from __future__ import annotations

import gc
import statistics
import time
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np
import pytest

from napari_grimace.video import iter_frames, open_source
from napari_grimace.video.pyav_index import index_packets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 3
HEIGHT, WIDTH = 1080, 1920


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """1080p30 H.264 with B-frames, by group length: texture, motion, sensor noise."""
    folder = tmp_path_factory.mktemp("bench")
    return {
        gop: _encode(folder / f"gop{gop}.mp4", gop, count)
        for gop, count in ((30, 240), (250, 500))
    }


def _encode(path: Path, gop: int, count: int) -> Path:
    rng = np.random.default_rng(0)
    coarse = rng.normal(0, 1, (135, 240)).astype(np.float32)
    cage = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * 25 + 120
    animal = cv2.GaussianBlur(rng.normal(0, 60, (400, 600)).astype(np.float32), None, 2)
    noise = rng.normal(0, 3.0, (HEIGHT + 256, WIDTH + 256)).astype(np.float32)
    options = {
        "preset": "fast",
        "crf": "23",
        "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes=3",
    }
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(count):
            row, column = rng.integers(0, 256, 2)  # new noise in each frame
            picture = cage + noise[row : row + HEIGHT, column : column + WIDTH]
            y = int(300 + 200 * np.sin(number / 40))
            x = int(600 + 400 * np.cos(number / 55))
            picture[y : y + 400, x : x + 600] += animal
            grey = np.clip(picture, 0, 255).astype(np.uint8)
            rgb = np.stack([grey, grey, grey // 4 * 3], axis=-1)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        output.mux(stream.encode(None))
    return path


def full_decode(path: Path) -> None:
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass


def cost(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds on the clock, and of all cores together."""
    gc.collect()
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def compare(
    benchmark: Any, name: str, ours: Callable[[], Any], theirs: Callable[[], Any]
) -> None:
    """Report the median ratios of adjacent runs, after one of each to warm up.

    The ratio of processor time is the steadier one where others use the machine.
    """
    ours(), theirs()
    pairs = [(cost(ours), cost(theirs)) for _ in range(ROUNDS)]
    clock = statistics.median(one[0] / other[0] for one, other in pairs)
    cores = statistics.median(one[1] / other[1] for one, other in pairs)
    benchmark.pedantic(ours, rounds=1)
    benchmark.extra_info.update(name=name, ratio=clock, processor_ratio=cores)
    print(f"\n  {name}: {clock:.3f} by the clock, {cores:.3f} of processor time")


def take(path: Path, wanted: range) -> None:
    for _ in iter_frames(path, wanted):
        pass


@pytest.mark.parametrize(
    ("gop", "phase", "target"),
    [(30, 0, 0.20), (30, 10, 0.65), (30, 20, 0.65), (30, 29, 0.65), (250, 0, 0.95)],
)
def test_one_frame_a_second(benchmark, clips, gop, phase, target):
    path = clips[gop]
    wanted = range(phase, 240 if gop == 30 else 500, 30)
    name = f"1 frame/s, GOP {gop}, phase {phase} (target {target})"
    compare(benchmark, name, lambda: take(path, wanted), lambda: full_decode(path))


def test_every_frame(benchmark, clips):
    path = clips[30]
    name, every = "every frame, in RGB", range(240)
    compare(benchmark, name, lambda: take(path, every), lambda: full_decode(path))


def test_indexing(benchmark, clips):
    path = clips[250]
    name = "index (target 0.03)"
    compare(benchmark, name, lambda: index_packets(path), lambda: full_decode(path))


def napari_video(path: Path, numbers: list[int]) -> None:
    """What napari-video 0.2.13 does for each frame (cv2 alone)."""
    reader = cv2.VideoCapture(str(path))
    for number in numbers:
        if number != reader.get(cv2.CAP_PROP_POS_FRAMES):
            reader.set(cv2.CAP_PROP_POS_FRAMES, number)
        cv2.cvtColor(reader.read()[1], cv2.COLOR_BGR2RGB)
    reader.release()


@pytest.mark.parametrize(("gop", "target"), [(30, 0.35), (250, float("nan"))])
def test_random_frames(benchmark, clips, gop, target):
    path = clips[gop]
    count = 240 if gop == 30 else 500
    numbers = np.random.default_rng(1).permutation(count)[:12].tolist()
    source = open_source(path)

    def ours() -> None:
        source.close()
        for number in numbers:
            source[number]

    name = f"random frame, GOP {gop} (target {target})"
    compare(benchmark, name, ours, lambda: napari_video(path, numbers))
    source.close()
