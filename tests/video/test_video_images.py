"""TIFF stacks, folders of images, and their faults."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from video_clips import pictures

from napari_grimace.errors import VideoError
from napari_grimace.video import iter_frames, open_source, open_video, sample_frames
from napari_grimace.video.images import natural_key

STACK = np.stack(list(pictures(12)))
GREY = STACK[..., 1]


def test_colour_stack(tmp_path):
    tifffile.imwrite(tmp_path / "stack.tif", STACK, photometric="rgb")
    video = open_video(tmp_path / "stack.tif")
    np.testing.assert_array_equal(video, STACK)
    assert "time_assumed" in video.attrs
    assert len(video.attrs["identity"]) == 32


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("imagej", [False, True])
def test_grey_stack(tmp_path, compression, imagej):
    if imagej and compression:
        pytest.skip("ImageJ files are not compressed")
    path = tmp_path / "stack.tiff"
    metadata = {"axes": "TYX", "finterval": 0.04} if imagej else None
    tifffile.imwrite(
        path, GREY, compression=compression, imagej=imagej, metadata=metadata
    )
    with open_source(path, (4, 8, 50, 100)) as source:
        assert source.shape == (12, 46, 92, 3)
        expected = np.repeat(GREY[7, 4:50, 8:100, None], 3, axis=2)
        np.testing.assert_array_equal(source[7], expected)
        if imagej:
            np.testing.assert_allclose(source.times, np.arange(12) * 0.04)
            assert source.attrs["frame_rate"] == pytest.approx(25)
            assert "time_assumed" not in source.attrs


def test_planes_of_colour(tmp_path):
    planes = np.moveaxis(STACK, -1, 1)
    tifffile.imwrite(
        tmp_path / "planes.tif", planes, imagej=True, metadata={"axes": "TCYX"}
    )
    np.testing.assert_array_equal(open_video(tmp_path / "planes.tif"), STACK)


def test_twelve_bits_in_sixteen(tmp_path):
    deep = GREY.astype(np.uint16) * 16 + 7
    tifffile.imwrite(tmp_path / "deep.tif", deep, photometric="minisblack")
    video = open_video(tmp_path / "deep.tif")
    np.testing.assert_array_equal(video[..., 0], GREY)


def test_palette_and_inverted_grey(tmp_path):
    table = np.random.default_rng(0).integers(0, 255, (3, 256)).astype(np.uint16)
    tifffile.imwrite(
        tmp_path / "palette.tif", GREY, photometric="palette", colormap=table * 257
    )
    expected = np.moveaxis(table, 0, -1)[GREY]
    np.testing.assert_array_equal(open_video(tmp_path / "palette.tif"), expected)
    tifffile.imwrite(tmp_path / "inverted.tif", GREY, photometric="miniswhite")
    np.testing.assert_array_equal(
        open_video(tmp_path / "inverted.tif")[..., 0], 255 - GREY
    )


def test_stack_of_two_series_axes(tmp_path):
    tifffile.imwrite(
        tmp_path / "deep.tif",
        GREY.reshape(3, 4, *GREY.shape[1:]),
        imagej=True,
        metadata={"axes": "TZYX"},
    )
    with pytest.raises(VideoError, match="has the axes TZYX"):
        open_video(tmp_path / "deep.tif")


def test_damaged_stack(tmp_path):
    path = tmp_path / "stack.tif"
    path.write_bytes(b"II*\0" + bytes(40))
    with pytest.raises(VideoError, match=r"stack\.tif cannot be read as a TIFF"):
        open_video(path)
    tifffile.imwrite(path, GREY.astype(np.float32), photometric="minisblack")
    with pytest.raises(VideoError, match=r"stack\.tif has pixels of type float32"):
        open_video(path)[0].values  # noqa: B018


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_folder_in_natural_order(tmp_path, mode):
    expected = []
    for number, picture in enumerate(STACK):
        image = Image.fromarray(picture).convert(mode)
        image.save(tmp_path / f"img{number}.png")
        expected.append(np.asarray(image.convert("RGB")))
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "._img1.png").write_text("what macOS writes beside files")
    Image.new("L", (128, 96)).save(tmp_path / "img.gif")
    video = open_video(tmp_path)
    np.testing.assert_array_equal(video, np.stack(expected))
    assert video.attrs["source"] == tmp_path.name
    got = dict(iter_frames(tmp_path, [2, 10, 11]))
    np.testing.assert_array_equal(got[10], expected[10])
    assert sample_frames(tmp_path, every=5).tolist() == [0, 5, 10]


@pytest.mark.parametrize(
    "names",
    [
        ["1²2.png", "1²10.png", "2²1.png"],  # superscripts are no numbers to count by
        ["a01.png", "a1.png", "a2.png"],
        ["x1.png", "X2.png", "x10.png"],
        ["٣.png", "10.png"],  # the Arabic digit 3
    ],
)
def test_natural_order_of_odd_names(names):
    for order in (names, names[::-1]):
        paths = sorted(map(Path, order), key=natural_key)
        assert [path.name for path in paths] == names


def test_photographs_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    for number in range(3):
        image = Image.fromarray(STACK[number])
        image.save(tmp_path / f"{number}.png", exif=exif)
    video = open_video(tmp_path)
    np.testing.assert_array_equal(video[1], np.rot90(STACK[1], -1))


def test_folder_of_different_sizes(tmp_path):
    for number, side in enumerate((40, 40, 41)):
        Image.new("RGB", (side, 30)).save(tmp_path / f"{number}.png")
    with pytest.raises(VideoError, match=r"2\.png in .* has 41x30 pixels, 0\.png"):
        open_video(tmp_path)


def test_folder_without_images(tmp_path):
    with pytest.raises(VideoError, match="holds no images"):
        open_video(tmp_path)


def test_a_zip_file_is_no_video(tmp_path):
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.writestr("1.png", b"")
    with pytest.raises(VideoError, match=r"images\.zip cannot be read as a video"):
        open_video(tmp_path / "images.zip")


def test_broken_image(tmp_path):
    for number in range(3):
        Image.new("RGB", (40, 30)).save(tmp_path / f"{number}.png")
    whole = (tmp_path / "1.png").read_bytes()
    (tmp_path / "1.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(VideoError, match=r"1\.png cannot be read as an image"):
        open_video(tmp_path)[1].values  # noqa: B018
