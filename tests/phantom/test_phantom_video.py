"""Rendered videos and the sample video."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from napari_grimace.errors import GrimaceError
from napari_grimace.phantom import render_video, sample_video
from napari_grimace.phantom.levels import LEVEL_1, LEVEL_2
from napari_grimace.phantom.motion import make_motion, wander
from napari_grimace.phantom.video import truth_columns
from napari_grimace.scales.regions import REGIONS, UNIT_OF_REGION

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = (120, 160)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _frames(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    truth = render_video(path, seconds=1.5, fps=20, size=_SIZE, seed=4, coat="black")
    return path, truth


def test_the_truth_has_a_row_for_each_frame(clip: tuple[Path, Path]) -> None:
    path, truth = clip
    assert truth == path.with_name("clip_truth.csv")
    frames, rows = _frames(path), _table(truth)
    assert len(frames) == len(rows) == 30
    assert {(f.height, f.width) for f in frames} == {_SIZE}
    for number, (frame, row) in enumerate(zip(frames, rows, strict=True)):
        assert int(row["frame"]) == number
        assert float(row["time"]) == pytest.approx(frame.time, abs=1e-3)


def test_the_video_has_frames_that_look_both_ways(clip: tuple[Path, Path]) -> None:
    with av.open(str(clip[0])) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        packets = [p for p in container.demux(stream) if p.pts is not None]
    # Only with B-frames does the order of decoding differ from that of showing.
    shown = [packet.pts for packet in packets]
    assert shown != sorted(shown)
    assert packets[0].is_keyframe


def _check_rows(rows: list[dict[str, str]], size: tuple[int, int]) -> None:
    for row in rows:
        assert list(row) == truth_columns()
        assert 0 <= float(row["pain"]) <= 1
        for region in REGIONS:
            edges = [row[f"{region}_{e}"] for e in ("y_min", "x_min", "y_max", "x_max")]
            if not all(edges):
                assert not any(edges)
                continue
            y_min, x_min, y_max, x_max = map(float, edges)
            assert 0 <= y_min < y_max <= size[0]
            assert 0 <= x_min < x_max <= size[1]
            if region in UNIT_OF_REGION:
                value = float(row[f"{region}_intensity"])
                level = int(row[f"{region}_level"])
                # The table is rounded: leave the thresholds themselves out.
                if min(abs(value - LEVEL_1), abs(value - LEVEL_2)) > 1e-3:
                    assert level == (value > LEVEL_1) + (value > LEVEL_2)


def test_boxes_and_levels_are_whole(clip: tuple[Path, Path]) -> None:
    _check_rows(_table(clip[1]), _SIZE)


def test_the_same_seed_gives_the_same_video(tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.mp4"
        truth = render_video(path, seconds=0.3, fps=20, size=_SIZE, seed=4)
        pictures = [frame.to_ndarray(format="rgb24") for frame in _frames(path)]
        told.append((truth.read_text(), np.stack(pictures)))
    assert told[0][0] == told[1][0]
    np.testing.assert_array_equal(told[0][1], told[1][1])


def test_motion_is_smooth_and_mostly_faces_the_camera() -> None:
    motion = make_motion(np.random.default_rng(1), 60, 30)
    assert len(motion) == 1800
    assert ((motion.units >= 0) & (motion.units <= 1)).all()
    assert np.abs(np.diff(motion.units, axis=0)).max() < 0.12
    assert np.abs(np.diff(motion.yaw)).max() < 15
    assert np.median(np.abs(motion.yaw)) < 60
    assert motion.centre[:, 1].max() > 1
    assert motion.blink.max() > 0.9
    assert np.median(motion.blink) < 0.1


def test_wandering_forgets_and_keeps_its_spread() -> None:
    course = wander(np.random.default_rng(2), 20000, 0.1, 2.0)[:, 0]
    assert abs(course.mean()) < 0.15
    assert course.std() == pytest.approx(1, abs=0.15)
    assert np.corrcoef(course[:-100], course[100:])[0, 1] < 0.2


def test_the_sample_video_is_whole() -> None:
    try:
        path = sample_video()
    except GrimaceError as error:
        pytest.skip(str(error))
    assert path.stat().st_size < 6e6
    rows = _table(path.with_name("sample_truth.csv"))
    assert len(rows) == 1800
    _check_rows(rows, (720, 1280))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.height, stream.width) == (720, 1280)
        assert float(stream.average_rate) == 30
        packets = [p for p in container.demux(stream) if p.pts is not None]
    assert len(packets) == 1800
    shown = [packet.pts for packet in packets]
    assert shown != sorted(shown)
    facing = [
        row for row in rows if row["orbital_left_level"] or row["orbital_right_level"]
    ]
    assert len(facing) > 1000
    levels = [row["orbital_left_level"] for row in rows]
    assert all(levels.count(str(n)) > 60 for n in range(3))
    assert any(not row["face_y_min"] for row in rows)
    pain = [row["in_pain"] for row in rows]
    assert 300 < pain.count("1") < 1500
