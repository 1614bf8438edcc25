"""The window: ratios within one run, to the same window without the load.

Run with `pytest tests/benchmarks/test_bench_window.py --benchmark-only -s`; it needs a
screen (pytest-xvfb starts one on Linux).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

pytest.importorskip("qtpy", reason="the window needs Qt")

from napari_grimace.recording import Rater, RecordingStore, rater_block
from napari_grimace.scales import load_scale
from napari_grimace.video import open_source, open_video
from napari_grimace.video.browse import BrowsedVideo

if TYPE_CHECKING:
    from pathlib import Path

HEIGHT, WIDTH, RATE, GOP = 1080, 1920, 30, 250
SCALE = load_scale("mgs-black")
ROUNDS = 5


def encode(path: Path, seconds: int) -> Path:
    """Write a video of moving texture: one group of pictures, again and again."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (HEIGHT // 20, WIDTH // 20, 3), dtype=np.uint8)
    texture = np.kron(coarse, np.ones((20, 20, 1), np.uint8))
    with av.open(str(path), "w") as file:
        options = {"preset": "veryfast", "x264-params": "bframes=0:scenecut=0"}
        stream = file.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = GOP
        group = []
        for number in range(GOP):
            moved = np.roll(texture, 7 * number, 1)
            noise = rng.integers(-6, 7, moved.shape, dtype=np.int16)
            moved = np.clip(moved + noise, 0, 255).astype(np.uint8)
            group += stream.encode(av.VideoFrame.from_ndarray(moved, format="rgb24"))
        group += stream.encode(None)
        for number in range(seconds * RATE):
            old = group[number % GOP]
            packet = av.Packet(bytes(old))
            packet.stream, packet.time_base = stream, old.time_base
            step = int(1 / (RATE * old.time_base))
            packet.pts = packet.dts = number * step
            packet.duration, packet.is_keyframe = step, old.is_keyframe
            file.mux(packet)
    return path


def record(path: Path, video: Path, frames: np.ndarray) -> Path:
    """Write a recording with a box for every region in every frame."""
    source = open_source(video)
    rater = Rater("model", "model", "model", scale=SCALE, build="model 1 (0)")
    rng = np.random.default_rng(1)
    corner = rng.uniform(20, 200, (len(frames), len(SCALE.regions), 2))
    size = rng.uniform(20, 100, corner.shape)
    units = len(SCALE.units)
    store = RecordingStore.create(path, source.attrs)
    store.add_rater(rater)
    block = rater_block(
        rater,
        frames,
        source.times[frames],
        box=np.concatenate([corner, corner + size], axis=-1),
        score=np.full((len(frames), units), 2.0),
        video=source.attrs,
    )
    store.append(rater.label, block)
    source.close()
    return path


@pytest.fixture(scope="module")
def half_hour(tmp_path_factory):
    """A video of 30 minutes."""
    return encode(tmp_path_factory.mktemp("window") / "half_hour.mp4", 1800)


def settle(qtbot, condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        qtbot.wait(1)


def open_view(make_napari_viewer, qtbot, path):
    from napari_grimace.widgets.desk import desk_of

    viewer = make_napari_viewer(show=True)
    desk = desk_of(viewer)
    desk.open(path)
    settle(qtbot, lambda: desk.view.shown is not None)
    for name in ("Readout", "Timeline"):
        viewer.window.add_plugin_dock_widget("napari-grimace", name)
    qtbot.wait(500)
    return viewer, desk


def test_slider_step(benchmark, make_napari_viewer, qtbot, tmp_path, half_hour):
    """A step between analysed frames, with 50,000 boxes recorded and with 6.

    Readout and timeline are open. The pictures are at hand in both, so that only what
    the recording costs is compared.
    """
    regions = len(SCALE.regions)
    many = np.arange(-(-50_000 // regions))
    paths = {
        "50,000": record(tmp_path / "many.grimace", half_hour, many),
        "6": record(tmp_path / "few.grimace", half_hour, many[:1]),
    }
    taken = {name: [] for name in paths}
    opened = {
        name: open_view(make_napari_viewer, qtbot, path) for name, path in paths.items()
    }

    def steps():
        for name, (_, desk) in opened.items():
            # With 6 boxes there is one frame to show them on: go there and away.
            for frame in (0, 1, 0, 1, 0, 1) if name == "6" else (0, 1, 2, 3, 4, 5):
                begun = time.perf_counter()
                desk.go_to(frame)
                qtbot.wait(0)
                if name != "6" or frame == 0:
                    taken[name].append(time.perf_counter() - begun)

    steps()  # read ahead, and Qt's first drawings
    for values in taken.values():
        values.clear()
    benchmark.pedantic(steps, rounds=20)
    median = {name: statistics.median(values) for name, values in taken.items()}
    ratio = median["50,000"] / median["6"]
    benchmark.extra_info.update(ratio=ratio, ms=1000 * median["50,000"])
    print(f"\nstep: {1000 * median['50,000']:.1f} ms, ratio {ratio:.2f} (aim 1.2)")
    assert all(desk.frame in (1, 5) for _, desk in opened.values())


def test_opening(benchmark, make_napari_viewer, qtbot, tmp_path, half_hour):
    """Opening a recording of 30 minutes at 1 frame/s, and its bare video.

    How much of it is napari's tells the video with two plain layers over it.
    """
    from napari_grimace.video import pyav_source
    from napari_grimace.widgets.desk import desk_of

    path = record(
        tmp_path / "whole.grimace", half_hour, np.arange(0, 1800 * RATE, RATE)
    )
    places = {"video": half_hour, "plain layers": half_hour, "recording": path}
    taken = {name: [] for name in places}

    def open_all():
        for name, place in places.items():
            viewer = make_napari_viewer(show=True)
            desk = desk_of(viewer)
            qtbot.wait(200)
            pyav_source._examine.cache_clear()  # each pays for the index
            begun = time.perf_counter()
            desk.open(place)
            if name == "recording":
                settle(qtbot, lambda d=desk: bool(d.viewer.layers[-1].nshapes))
            elif name == "plain layers":
                viewer.add_labels(np.zeros((HEIGHT, WIDTH), np.uint8))
                text = {"string": "{name}"}
                box = np.array([[10, 10], [90, 90]])
                viewer.add_shapes([box], features={"name": ["orbital"]}, text=text)
            viewer.screenshot(flash=False)  # when all is drawn
            taken[name].append(time.perf_counter() - begun)
            viewer.close()

    open_all()
    for values in taken.values():
        values.clear()
    benchmark.pedantic(open_all, rounds=ROUNDS)
    median = {name: statistics.median(values) for name, values in taken.items()}
    ratio = median["recording"] / median["video"]
    plain = median["recording"] / median["plain layers"]
    benchmark.extra_info.update(ratio=ratio, to_plain_layers=plain)
    print(f"\nopening: ratio {ratio:.2f} (aim 1.5), to plain layers {plain:.2f}")
    assert ratio > 0


def test_import(benchmark):
    """`import napari_grimace` beside `import numpy`, each in a fresh Python."""
    program = (
        "import time; begun = time.perf_counter(); import {};"
        "print(time.perf_counter() - begun)"
    )

    def seconds(name):
        command = [sys.executable, "-c", program.format(name)]
        return float(subprocess.check_output(command, text=True))

    seconds("numpy"), seconds("napari_grimace")
    pairs = benchmark.pedantic(
        lambda: [(seconds("napari_grimace"), seconds("numpy")) for _ in range(9)],
        rounds=1,
    )
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    benchmark.extra_info.update(ratio=ratio)
    print(f"\nimport: ratio {ratio:.3f} (aim 0.3)")
    assert ratio > 0


@pytest.mark.parametrize("way", ["stepping", "jumping"])
def test_browsing(benchmark, half_hour, way):
    """Reading frames through the browsed video, beside the dask array of `open_video`.

    Both are asked for one frame after the other, as napari does.
    """
    rng = np.random.default_rng(0)
    array = open_video(half_hour).data
    browsed = BrowsedVideo(open_source(half_hour))
    browsed.leafing = way == "jumping"  # the key frame first
    taken = {"dask": [], "browsed": []}

    def read():
        start = int(rng.integers(0, 50_000))
        stepped = np.arange(start, start + 60)
        frames = stepped if way == "stepping" else rng.integers(0, 50_000, 8)
        for name, video in (("dask", array), ("browsed", browsed)):
            begun = time.perf_counter()
            for frame in frames.tolist():
                np.asarray(video[frame])
            taken[name].append(time.perf_counter() - begun)

    benchmark.pedantic(read, rounds=ROUNDS)
    ratio = statistics.median(taken["browsed"]) / statistics.median(taken["dask"])
    benchmark.extra_info.update(ratio=ratio)
    each = 1000 * statistics.median(taken["browsed"]) / (60 if way == "stepping" else 8)
    print(f"\n{way}: {each:.1f} ms a frame, browsed / dask {ratio:.2f}")
    browsed.close()
    assert ratio > 0


def test_last_key(benchmark, make_napari_viewer, qtbot, tmp_path, half_hour):
    """From the key of a frame's last unit to the next frame, to a step without a key.

    Frames are a second apart, each deep in its group of pictures: what a step takes
    is mostly decoding, which a rater must not wait for.
    """
    from napari_grimace.widgets.layers import browsed

    frames = np.arange(200, 54_000, 30)
    path = record(tmp_path / "second.grimace", half_hour, frames)
    viewer, desk = open_view(make_napari_viewer, qtbot, path)
    viewer.window.add_plugin_dock_widget("napari-grimace", "Rate")
    desk.hand.begin("Anna")
    video = browsed(desk.video_of(desk.view))
    taken = {"step": [], "key": []}
    left = iter(frames[:-1].tolist())

    def timed(kind, act, after):
        begun = time.perf_counter()
        act()
        qtbot.wait(0)
        settle(qtbot, lambda: desk.frame == after and not desk.previewing)
        taken[kind].append(time.perf_counter() - begun)

    def one_frame_each():
        frame = next(left)
        desk.go_to(frame)
        settle(qtbot, lambda: not desk.previewing)
        for level in (1, 2, 1):
            desk.hand.score(level)
            qtbot.wait(300)  # a quick rater
        timed("key", lambda: desk.hand.score(1), frame + 30)
        for _ in range(5):  # away from what was read ahead
            frame = next(left)
        timed("step", lambda: desk.go_to(frame), frame)

    one_frame_each()
    for values in taken.values():
        values.clear()
    benchmark.pedantic(one_frame_each, rounds=20)
    median = {kind: statistics.median(values) for kind, values in taken.items()}
    ratio = median["key"] / median["step"]
    benchmark.extra_info.update(ratio=ratio, ms=1000 * median["key"])
    print(f"\nlast key: {1000 * median['key']:.0f} ms, to a step {ratio:.2f}")
    assert video is not None
