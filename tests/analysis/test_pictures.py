"""Single pictures: arrays of all shapes, files of all sizes, and broken ones."""

import numpy as np
import pytest
from painted_animals import BrightnessScorer, SquareDetector, all_levels, paint
from PIL import Image

from napari_grimace.analysis import score_frames
from napari_grimace.analysis.pictures import as_pictures, as_rgb
from napari_grimace.errors import GrimaceWarning, ModelError, VideoError
from napari_grimace.recording import open_recording, save_recording, validate_recording
from napari_grimace.video import open_video


def scored(images, **options):
    recording = score_frames(
        images, detector=SquareDetector(), scorer=BrightnessScorer(), **options
    )
    validate_recording(recording)
    return recording.isel(rater=0)


def orbital(recording):
    return recording["score"].sel(unit="orbital").values.tolist()


def test_an_array_of_pictures_one_picture_and_a_list_agree():
    images = np.stack([paint(all_levels(level)) for level in (0, 1, 2)])
    assert orbital(scored(images)) == [0, 1, 2]
    assert orbital(scored(list(images))) == [0, 1, 2]
    assert orbital(scored(images[2])) == [2]
    assert orbital(scored(images[1] / 255)) == [1]


def test_pictures_of_any_size_are_scored_in_one_list():
    images = [paint(all_levels(2), shape=shape) for shape in ((120, 160), (300, 200))]
    assert orbital(scored(images)) == [2, 2]


def test_an_alpha_channel_is_left_out():
    image = paint(all_levels(2))
    alpha = np.dstack([image, np.zeros(image.shape[:2], np.uint8)])
    assert orbital(scored(alpha)) == [2]


def test_grey_pictures_become_three_equal_channels():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for given in (grey, grey[..., None]):
        np.testing.assert_array_equal(as_rgb(given), np.dstack([grey] * 3))


def test_grey_stacks_are_several_pictures():
    grey = np.zeros((5, 120, 160), np.uint8)
    grey[:, 20:100, 30:120] = 60
    recording = scored(grey)
    assert recording.sizes["frame"] == 5
    assert recording["face_count"].values.tolist() == [1] * 5


def test_a_lazy_array_is_read_picture_by_picture():
    import dask.array as da

    read = []

    def one(block_id):
        read.append(block_id[0])
        return paint(all_levels(block_id[0] % 3))[None]

    lazy = da.map_blocks(
        one,
        chunks=((1,) * 6, 120, 160, 3),
        dtype=np.uint8,
        meta=np.empty((0, 0, 0, 0), np.uint8),
    )
    assert orbital(scored(lazy, batch=2)) == [0, 1, 2, 0, 1, 2]
    assert sorted(read) == list(range(6))


def test_a_folder_of_files_is_scored_in_natural_order_with_names(tmp_path):
    for number, size in ((10, (120, 160)), (2, (240, 320)), (1, (150, 200))):
        image = paint(all_levels({10: 2, 2: 1, 1: 0}[number]), shape=size)
        Image.fromarray(image).save(tmp_path / f"mouse {number}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    recording = scored(tmp_path)
    assert recording["name"].values.tolist() == [f"mouse {n}.png" for n in (1, 2, 10)]
    assert orbital(recording) == [0, 1, 2]
    assert recording.attrs["source"] == tmp_path.name
    assert np.isnan(recording["time"]).all()


def test_the_file_names_survive_saving(tmp_path):
    Image.fromarray(paint(all_levels(1))).save(tmp_path / "a.png")
    whole = score_frames(
        [tmp_path / "a.png"], detector=SquareDetector(), scorer=BrightnessScorer()
    )
    for name in ("r.nc", "r.zarr"):
        save_recording(whole, tmp_path / name)
        assert open_recording(tmp_path / name)["name"].values.tolist() == ["a.png"]


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path):
    files = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        files.append(tmp_path / folder / "1.png")
        Image.fromarray(paint(all_levels(0))).save(files[-1])
    assert scored(files)["name"].values.tolist() == [str(file) for file in files]


def test_a_turned_photograph_is_set_upright(tmp_path):
    image = Image.fromarray(paint(all_levels(2)))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.png", exif=exif)
    assert orbital(scored(tmp_path)) == [2]


def test_the_same_pictures_have_the_same_identity(tmp_path):
    image = paint(all_levels(2))
    Image.fromarray(image).save(tmp_path / "a.png")
    from_array, from_file = scored(image), scored(tmp_path / "a.png")
    assert from_array.attrs["identity"] == from_file.attrs["identity"]
    other = scored(paint(all_levels(1)))
    assert other.attrs["identity"] != from_array.attrs["identity"]


def test_an_unreadable_file_is_left_out_and_named(tmp_path):
    for name in ("1.png", "2.png", "3.png"):
        Image.fromarray(paint(all_levels(2))).save(tmp_path / name)
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:200])
    with pytest.warns(GrimaceWarning, match=r"1 of 3 pictures .* 2\.png"):
        recording = scored(tmp_path)
    assert recording["frame"].values.tolist() == [0, 2]
    assert recording["name"].values.tolist() == ["1.png", "3.png"]


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((2, 3, 4, 5), np.uint8), "shape"),
        (np.zeros(7, np.uint8), "shape"),
        (np.zeros((0, 8, 8, 3), np.uint8), "no picture"),
        ([], "no picture"),
        (np.zeros((8, 8, 3), np.uint16), "uint16.*uint8"),
        (np.full((8, 8, 3), 200.0), "outside 0 to 1"),
        (np.full((8, 8, 3), np.nan), "outside 0 to 1"),
        ("nowhere/mouse.png", "No such image file.*mouse.png"),
    ],
)
def test_what_is_no_picture_is_said(images, words):
    with pytest.raises(VideoError, match=words):
        scored(images)


def test_a_folder_without_pictures_and_text_files_are_errors(tmp_path):
    (tmp_path / "notes.txt").write_text("text")
    with pytest.raises(VideoError, match="holds no image file"):
        scored(tmp_path)
    with pytest.raises(VideoError, match=r"notes\.txt cannot be read as an image"):
        scored(tmp_path / "notes.txt")


def test_pictures_of_a_folder_are_the_frames_of_the_folder_as_video(tmp_path):
    for number in range(12):
        grey = paint(all_levels(number % 3))[..., 1].astype(np.uint16) * 16
        Image.fromarray(grey).save(tmp_path / f"mouse {number}²2.png")
        (tmp_path / f"._mouse {number}²2.png").write_bytes(b"\0\5\x16\7 from macOS")
    Image.new("L", (160, 120)).save(tmp_path / "mouse.gif")
    read, video = as_pictures(tmp_path), open_video(tmp_path)
    assert read.names == [f"mouse {number}²2.png" for number in range(12)]
    assert len(read) == len(video)
    for number in range(12):
        expected = paint(all_levels(number % 3))[..., 1]  # 12 bits in 16
        np.testing.assert_array_equal(read[number][..., 0], expected)
        np.testing.assert_array_equal(read[number], video[number])


def test_a_broken_first_file_does_not_hide_how_deep_the_others_are(tmp_path):
    (tmp_path / "0.png").write_bytes(b"nothing")
    for name in ("1.png", "2.png"):
        Image.fromarray(np.full((20, 20), 0x0FF0, np.uint16)).save(tmp_path / name)
    assert (as_pictures(tmp_path)[1] == 255).all()


def test_a_scale_that_the_scorer_does_not_serve_is_refused_before_work():
    detector = SquareDetector()
    with pytest.raises(ModelError, match="does not serve the scale"):
        score_frames(
            paint({}), "rgs-no-whiskers", detector=detector, scorer=BrightnessScorer()
        )
    assert detector.seen == []
