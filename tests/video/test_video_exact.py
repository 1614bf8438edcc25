"""Frame n is frame n: every way of reading against a full decode."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from video_clips import COUNT, digest, full_decode, write_clip

from napari_grimace.video import iter_frames, open_source

OPEN_GOP = "open-gop=1:keyint=12:scenecut=0:bframes=3"
CLIPS = {
    "b_gop30.mp4": {"options": {"bf": "3", "g": "30"}},
    "b_gop250.mp4": {"options": {"bf": "3", "g": "250", "sc_threshold": "0"}},
    "open_gop.mkv": {"options": {"x264-params": OPEN_GOP}},
    "open_gop.mp4": {"options": {"x264-params": OPEN_GOP}},
    "pyramid.mov": {"options": {"x264-params": "b-pyramid=normal:bframes=5:keyint=20"}},
    "intra_refresh.mp4": {"options": {"x264-params": "intra-refresh=1:keyint=20"}},
    "vfr.mp4": {"options": {"bf": "3", "g": "20"}, "times_ms": "vfr"},
    "vfr.mkv": {"options": {"bf": "2", "g": "20"}, "times_ms": "vfr"},
    "fragmented.mp4": {
        "options": {"bf": "2", "g": "15"},
        "container": {"movflags": "frag_keyframe+empty_moov"},
    },
    "stream.ts": {"options": {"bf": "3", "g": "15"}},
    "yuv444.mp4": {"pixels": "yuv444p"},
    "yuv422.mkv": {"pixels": "yuv422p"},
    "ten_bit.mp4": {"pixels": "yuv420p10le", "options": {"g": "20"}},
    "twelve_bit.mkv": {"codec": "ffv1", "pixels": "yuv420p12le"},
    "grey.mkv": {"codec": "ffv1", "pixels": "gray"},
    "rgb.mkv": {"codec": "ffv1", "pixels": "bgr0"},
    "hevc.mp4": {
        "codec": "libx265",
        "options": {"x265-params": "keyint=15:open-gop=1:log-level=none"},
    },
    "mpeg4.avi": {"codec": "mpeg4", "gop": 12, "b_frames": 0},
    "mpeg4_b.avi": {"codec": "mpeg4", "gop": 12, "b_frames": 2},
    "mpeg4_b.mp4": {"codec": "mpeg4", "gop": 12, "b_frames": 2},
    "h264.avi": {"options": {"bf": "3", "g": "20"}},
    "mpeg2.ts": {"codec": "mpeg2video", "gop": 12, "b_frames": 2},
    "msvideo1.avi": {"codec": "msvideo1", "pixels": "rgb555le"},
    "mjpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "wmv2.wmv": {"codec": "wmv2", "gop": 12},
    "vp8.webm": {
        "codec": "libvpx",
        "gop": 20,
        "options": {"auto-alt-ref": "1", "lag-in-frames": "12"},
    },
    "vp9.webm": {
        "codec": "libvpx-vp9",
        "gop": 20,
        "options": {"auto-alt-ref": "1", "lag-in-frames": "12", "cpu-used": "8"},
    },
    "animated.gif": {"codec": "gif", "pixels": "rgb8"},
}


@pytest.fixture(scope="module", params=sorted(CLIPS))
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    settings = dict(CLIPS[request.param])
    if settings.get("times_ms") == "vfr":
        steps = np.random.default_rng(1).integers(4, 90, COUNT)
        settings["times_ms"] = np.cumsum(steps)
    path = tmp_path_factory.mktemp("clips") / request.param
    write_clip(path, **settings)
    return path, *full_decode(path)


def test_every_order_gives_the_same_frames(clip):
    path, truth, times = clip
    with open_source(path) as source:
        assert len(source) == len(truth) == COUNT
        if path.name != "h264.avi":  # there PyAV hands on the times of other frames
            assert source.times.tolist() == times
        assert (np.diff(source.times) > 0).all()
        forward = [digest(source[n]) for n in range(COUNT)]
        assert forward == truth
        shuffled = random.Random(0).sample(range(COUNT), COUNT)
        assert [digest(source[n]) for n in shuffled] == [truth[n] for n in shuffled]
        source.close()
        backward = [digest(source[n]) for n in reversed(range(COUNT))]
        assert backward == truth[::-1]


@pytest.mark.parametrize("step", [1, 2, 7, 20, 29, 69])
def test_subsets_skip_exactly(clip, step):
    path, truth, _ = clip
    for first in (0, 3):
        wanted = range(first, COUNT, step)
        got = [(n, digest(picture)) for n, picture in iter_frames(path, wanted)]
        assert got == [(n, truth[n]) for n in wanted]


def test_several_threads_share_a_source(clip):
    path, truth, _ = clip
    order = random.Random(2).sample(range(COUNT), 40)
    with open_source(path) as source, ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda n: digest(source[n]), order))
    assert got == [truth[n] for n in order]
