"""Foreign zarr stores of frames."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import zarr
from video_clips import pictures

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.video import iter_frames, open_source, open_video

STACK = np.stack(list(pictures(11)))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("chunk", [1, 4])
@pytest.mark.parametrize("grey", [False, True])
def test_plain_array(tmp_path, zarr_format, chunk, grey):
    path = tmp_path / "frames.zarr"
    data = STACK[..., 0] if grey else STACK
    zarr.create_array(
        str(path),
        data=data,
        chunks=(chunk, *data.shape[1:]),
        zarr_format=zarr_format,
    )
    expected = np.repeat(data[..., None], 3, axis=3) if grey else data
    video = open_video(path)
    np.testing.assert_array_equal(video, expected)
    got = dict(iter_frames(path, [1, 2, 5, 9]))
    np.testing.assert_array_equal(got[9], expected[9])
    np.testing.assert_array_equal(
        open_video(path, (2, 3, 50, 60))[3], got_part(expected)
    )


def got_part(expected):
    return expected[3, 2:50, 3:60]


def test_array_in_a_group_with_times(tmp_path):
    group = zarr.create_group(str(tmp_path / "frames.zarr"))
    group.create_array("movie", data=STACK, chunks=(1, *STACK.shape[1:]))
    group.create_array("time", data=np.arange(11) / 50)
    video = open_video(tmp_path / "frames.zarr")
    np.testing.assert_array_equal(video[4], STACK[4])
    assert video.attrs["frame_rate"] == pytest.approx(50)
    assert "time_assumed" not in video.attrs


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("axes", ["tcyx", "tczyx", "tyx"])
def test_ome_zarr(tmp_path, version, axes):
    data = {
        "tcyx": np.moveaxis(STACK, -1, 1),
        "tczyx": np.moveaxis(STACK, -1, 1)[:, :, None],
        "tyx": STACK[..., 0],
    }[axes]
    path = tmp_path / "image.ome.zarr"
    group = zarr.create_group(str(path), zarr_format=2 if version == "0.4" else 3)
    group.create_array("0", data=data, chunks=(1, *data.shape[1:]))
    group.create_array("1", data=data[..., ::2, ::2])
    units = {"t": {"type": "time", "unit": "millisecond"}, "c": {"type": "channel"}}
    multiscales = [
        {
            "axes": [{"name": a, **units.get(a, {"type": "space"})} for a in axes],
            "datasets": [
                {
                    "path": str(level),
                    "coordinateTransformations": [
                        {"type": "scale", "scale": [40.0] + [1.0] * (len(axes) - 1)}
                    ],
                }
                for level in range(2)
            ],
        }
    ]
    if version == "0.4":
        group.attrs["multiscales"] = multiscales
    else:
        group.attrs["ome"] = {"version": "0.5", "multiscales": multiscales}
    video = open_video(path)
    expected = STACK if "c" in axes else np.repeat(STACK[..., :1], 3, axis=3)
    np.testing.assert_array_equal(video, expected)
    np.testing.assert_allclose(video.time, np.arange(11) * 0.04)


def test_stacks_in_depth_are_no_videos(tmp_path):
    path = tmp_path / "image.zarr"
    group = zarr.create_group(str(path))
    group.create_array("0", data=STACK[..., 0])
    axes = [{"name": name} for name in "zyx"]
    image = {"axes": axes, "datasets": [{"path": "0"}]}
    group.attrs["multiscales"] = [image]
    with pytest.raises(VideoError, match="OME-Zarr image with axes z, y, x"):
        open_video(path)


def test_several_arrays(tmp_path):
    path = tmp_path / "two.zarr"
    group = zarr.create_group(str(path))
    group.create_array("left", data=STACK)
    group.create_array("right", data=STACK)
    with pytest.raises(VideoError, match=r"2 arrays of frames \(left, right\)"):
        open_video(path)
    np.testing.assert_array_equal(open_video(path / "left")[3], STACK[3])


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 6, 7), (2, 3, 4, 5, 3)])
def test_arrays_that_are_no_frames(tmp_path, shape):
    zarr.create_array(str(tmp_path / "odd.zarr"), data=np.zeros(shape, np.uint8))
    with pytest.raises(VideoError, match=r"odd\.zarr has the shape"):
        open_video(tmp_path / "odd.zarr")


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_broken_chunk(tmp_path, zarr_format):
    path = tmp_path / "frames.zarr"
    zarr.create_array(
        str(path), data=STACK, chunks=(1, *STACK.shape[1:]), zarr_format=zarr_format
    )
    chunk = path / ("5.0.0.0" if zarr_format == 2 else "c/5/0/0/0")
    chunk.write_bytes(chunk.read_bytes()[:100])
    with open_source(path) as source, pytest.raises(VideoError, match="position 5 of"):
        source[5]
    with pytest.warns(GrimaceWarning, match="1 of 11 frames"):
        got = dict(iter_frames(path, range(11)))
    assert sorted(got) == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]
    np.testing.assert_array_equal(got[6], STACK[6])


def test_broken_metadata(tmp_path):
    path = tmp_path / "frames.zarr"
    zarr.create_array(str(path), data=STACK)
    (path / "zarr.json").write_text("{ this is cut")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(VideoError, match="cannot be opened as a zarr store"):
            open_video(path)
