"""Edit lists, display rotation, lying headers, files that are cut or no video."""

from __future__ import annotations

import struct
import warnings
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from video_clips import COUNT, HEIGHT, WIDTH, digest, full_decode, pictures, write_clip

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.video import iter_frames, open_source, open_video

if TYPE_CHECKING:
    from pathlib import Path


def assert_exact(path: Path, *, turns: int = 0) -> None:
    truth, _ = full_decode(path, turns)
    with open_source(path) as source:
        assert len(source) == len(truth)
        order = [*range(0, len(truth), 7), *range(len(truth) - 1, -1, -3)]
        assert [digest(source[n]) for n in order] == [truth[n] for n in order]
    got = [digest(picture) for _, picture in iter_frames(path, range(len(truth)))]
    assert got == truth


def shifted_clip(path: Path, first: int, options: dict[str, str]) -> Path:
    """Times that begin before or after zero: the mp4 writer makes an edit list."""
    with av.open(str(path), "w", options=options) as output:
        stream: Any = output.add_stream(
            "libx264", rate=30, options={"bf": "3", "g": "20"}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 30)
        for number, picture in enumerate(pictures(), start=first):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("first", "count"), [(-10, 60), (-25, 45), (45, 70)])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_edit_list_at_the_start(tmp_path, first, count, suffix):
    options = {"avoid_negative_ts": "disabled"} if first < 0 else {}
    path = shifted_clip(tmp_path / f"clip{suffix}", first, options)
    assert_exact(path)
    with open_source(path) as source:
        assert len(source) == count
        assert source.times[0] == pytest.approx(max(first, 0) / 30)
        assert source.times.tolist() == full_decode(path)[1]


def test_edit_list_of_several_pieces(tmp_path):
    """Pieces are shown out of order, and from within groups of pictures."""
    path = write_clip(tmp_path / "clip.mp4", options={"bf": "2", "g": "12"})
    data = bytearray(path.read_bytes())
    at = data.find(b"elst") - 4
    (length,) = struct.unpack_from(">I", data, at)
    (offset,) = struct.unpack_from(">i", data, at + 20)
    pieces = [(500, 15), (400, 40), (300, 5)]
    entries = b"".join(
        struct.pack(">IiI", ms, offset + 512 * frame, 1 << 16) for ms, frame in pieces
    )
    table = struct.pack(">II", 0, len(pieces)) + entries
    data[at : at + length] = struct.pack(">I4s", 8 + len(table), b"elst") + table
    for parent in (b"edts", b"trak", b"moov"):
        at = data.find(parent) - 4
        (size,) = struct.unpack_from(">I", data, at)
        struct.pack_into(">I", data, at, size + 8 + len(table) - length)
    path.write_bytes(data)
    assert_exact(path)


@pytest.mark.parametrize("angle", [90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_display_rotation_is_honoured(tmp_path, angle, mirrored):
    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.set_display_rotation(angle, hflip=mirrored)
        for picture in pictures(20):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode(None))
    with av.open(str(path)) as container:
        plain = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    # A mirror image is taken after the rotation, left to right.
    upright = [np.rot90(picture, angle // 90) for picture in plain]
    upright = [p[:, ::-1] if mirrored else p for p in upright]
    with open_source(path) as source:
        assert source.shape[1:] == upright[0].shape
        assert [digest(source[n]) for n in range(20)] == [digest(p) for p in upright]
        box = (3, 5, 40, 61)
    with open_source(path, box) as part:
        np.testing.assert_array_equal(part[7], upright[7][3:40, 5:61])


@pytest.mark.parametrize("stated", [0, 5, 1000])
def test_wrong_frame_count_in_avi_header(tmp_path, stated):
    path = write_clip(tmp_path / "clip.avi", "mpeg4", gop=12, b_frames=2)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.find(b"avih") + 8 + 16, stated)
    struct.pack_into("<I", data, data.find(b"strh") + 8 + 32, stated)
    path.write_bytes(data)
    assert_exact(path)
    with open_source(path) as source:
        assert len(source) == COUNT


def test_real_videos(real_data):
    videos = sorted((real_data / "videos").glob("*.[mw][pm][4v]"))
    assert len(videos) >= 4
    for path in videos:
        truth, times = full_decode(path)
        with open_source(path) as source:
            assert source.times.tolist() == times
            assert digest(source[len(truth) // 2]) == truth[len(truth) // 2]
        wanted = range(3, len(truth), 41)
        got = {n: digest(picture) for n, picture in iter_frames(path, wanted)}
        assert got == {n: truth[n] for n in wanted}


def test_header_that_says_no_frames(real_data):
    path = real_data / "videos" / "empty_chamber.wmv"
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 0
    assert len(open_video(path)) == 298
    assert_exact(path)


def test_open_video_describes_itself(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", options={"bf": "2"})
    video = open_video(path, roi=(10, 20.5, 60, 90))
    assert video.dims == ("frame", "y", "x", "rgb")
    assert video.shape == (COUNT, 50, 70, 3)
    assert video.dtype == np.uint8
    assert video.chunks[0] == (1,) * COUNT
    assert video.attrs["roi"] == [10, 20, 60, 90]
    assert video.attrs["source"] == "clip.mp4"
    assert video.attrs["source_size"] == path.stat().st_size
    assert video.attrs["frame_rate"] == 30
    assert video.attrs["frame_count"] == COUNT
    np.testing.assert_array_equal(video.frame, np.arange(COUNT))
    np.testing.assert_allclose(video.time, np.arange(COUNT) / 30)
    whole = open_video(path)
    assert whole.attrs["identity"] == video.attrs["identity"]
    np.testing.assert_array_equal(whole[9:12, 10:60, 20:90], video[9:12])


def test_identity_tells_videos_apart(tmp_path):
    one = write_clip(tmp_path / "one.mp4")
    other = write_clip(tmp_path / "other.mp4", options={"crf": "30"})
    copy = tmp_path / "copy of one.mp4"
    copy.write_bytes(one.read_bytes())
    identity = {p.name: open_video(p).attrs["identity"] for p in (one, other, copy)}
    assert identity["one.mp4"] == identity["copy of one.mp4"]
    assert identity["one.mp4"] != identity["other.mp4"]


def test_missing_file(tmp_path):
    with pytest.raises(VideoError, match=r"no file or folder .*nowhere\.mp4"):
        open_video(tmp_path / "nowhere.mp4")


def test_empty_file(tmp_path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(VideoError, match=r"empty\.mp4 is empty"):
        open_video(tmp_path / "empty.mp4")


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt", "table.csv", "list.m3u8"])
def test_text_file(tmp_path, name):
    text = (
        "#EXTM3U\nhttp://example.org/a.ts\n" if "m3u8" in name else "frame;score\n1;2\n"
    )
    (tmp_path / name).write_text(text * 20)
    with pytest.raises(VideoError, match=r"not a video|no video"):
        open_video(tmp_path / name)


def test_audio_only(tmp_path):
    path = tmp_path / "squeaks.mp4"
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("aac", rate=16000)
        for start in range(0, 16000, 1024):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = 16000, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with pytest.raises(VideoError, match=r"squeaks\.mp4 holds no video \(only audio\)"):
        open_video(path)


def test_noise_is_no_video(tmp_path):
    noise = np.random.default_rng(0).bytes(5000)
    (tmp_path / "noise.mp4").write_bytes(noise)
    with pytest.raises(VideoError, match=r"noise\.mp4 cannot be read as a video"):
        open_video(tmp_path / "noise.mp4")


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("cut.mp4", {"container": {"movflags": "faststart"}, "options": {"g": "20"}}),
        ("cut.mkv", {"options": {"g": "20"}}),
        ("cut.avi", {"codec": "mpeg4", "gop": 12}),
        ("cut.webm", {"codec": "libvpx", "gop": 20}),
        ("cut.wmv", {"codec": "wmv2", "gop": 12}),
    ],
)
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_truncated_file_says_how_many_frames(tmp_path, name, settings, share):
    path = write_clip(tmp_path / name, **settings)
    truth, _ = full_decode(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.warns(
        GrimaceWarning, match=r"cut\.\w+ is cut short.*only (\d+) frames"
    ):
        source = open_source(path)
    assert 0 < len(source) < COUNT
    with source, warnings.catch_warnings():
        # Pictures that refer to lost ones cannot be had; none may be wrong.
        warnings.simplefilter("ignore", GrimaceWarning)
        got = [(n, digest(p)) for n, p in iter_frames(source, range(len(source)))]
    assert len(got) >= len(source) - 4
    assert got == [(n, truth[n]) for n, _ in got]


def test_file_cut_before_its_table(tmp_path):
    path = write_clip(tmp_path / "cut.mp4")
    data = path.read_bytes()
    for share in (0.3, 0.7):
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(VideoError, match=r"cut\.mp4 is cut short .* no frame"):
            open_video(path)


def test_roi_outside_the_picture(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", count=5)
    for roi in [(0, 0, HEIGHT + 1, 10), (-1, 0, 5, 5), (5, 5, 5, 9), (9, 0, 3, 5)]:
        with pytest.raises(VideoError, match=r"clip\.mp4 \(y 0 to 96, x 0 to 128\)"):
            open_video(path, roi)
    with pytest.raises(VideoError, match="four numbers"):
        open_video(path, (1, 2, 3))


def test_frame_that_is_not_there(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", count=5)
    with open_source(path) as source:
        assert digest(source[-1]) == digest(source[4])
        with pytest.raises(VideoError, match="has frames 0 to 4; 5 is not one"):
            source[5]
    with pytest.raises(VideoError, match="has no frame 7"):
        iter_frames(path, [1, 7])


def test_damaged_frames_are_left_out_and_named(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", options={"g": "10", "bf": "0"})
    truth, _ = full_decode(path)
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    at, size = packets[25]
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    with pytest.warns(GrimaceWarning, match="could not be read and were left out"):
        got = dict(iter_frames(path, range(COUNT)))
    assert set(range(COUNT)) - set(got) == {25}
    good = [*range(25), *range(30, COUNT)]  # others build on the damaged one
    assert [digest(got[n]) for n in good] == [truth[n] for n in good]
    with open_source(path) as source, pytest.raises(VideoError, match="Frame 25"):
        source[25]
