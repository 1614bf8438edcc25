"""Picture sets on disk, and faces that are cut out of frames."""

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_grimace.errors import RecordingError
from napari_grimace.exchange import find_video
from napari_grimace.rating import crop_to_face, open_picture_set, write_picture_set
from napari_grimace.rating.face_crop import square_round
from napari_grimace.recording import Change, Rater, open_recording
from napari_grimace.scales import load_scale
from napari_grimace.video import open_video

BLACK = load_scale("mgs-black")
ANNA = Rater("Anna", "Anna", "person", scale=BLACK)


def pictures(count=12, size=(24, 32), seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (*size, 3), np.uint8) for _ in range(count)]


def make(folder: Path, images=None, **facts):
    return write_picture_set(
        folder / "a.reference",
        pictures() if images is None else images,
        kind="reference",
        title="Course é",
        scale=BLACK,
        facts=facts,
    )


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    images = pictures()
    made = make(tmp_path, iter(images), pass_kappa=0.8)
    again = open_picture_set(tmp_path / "a.reference", check=True)
    assert again == made
    assert (made.kind, made.title, made.scale) == ("reference", "Course é", BLACK)
    assert (made.count, made.size) == (12, (24, 32))
    assert made.facts == {"pass_kappa": 0.8}
    assert made.software.startswith("napari-grimace")
    video = open_video(made.pictures)
    np.testing.assert_array_equal(video.values, images)
    files = sorted(made.pictures.iterdir())
    assert files == [made.picture(number) for number in range(1, 13)]
    joined = b"".join(file.read_bytes() for file in files)
    assert made.hash == hashlib.sha256(joined).hexdigest()


def test_more_pictures_than_four_digits_count_stay_in_order(tmp_path: Path) -> None:
    made = make(tmp_path, (np.full((1, 1, 3), n % 251, np.uint8) for n in range(10050)))
    shown = open_video(made.pictures)[[0, 999, 9998, 9999, 10049], 0, 0, 0].values
    assert shown.tolist() == [n % 251 for n in (0, 999, 9998, 9999, 10049)]


def test_people_rate_the_pictures_in_the_sets_own_recording(tmp_path: Path) -> None:
    made = make(tmp_path)
    made.store.check_video(open_video(made.pictures).attrs)
    with made.store.journal(ANNA) as writer:
        writer.commit(11, [Change("score", "ear", None, 2)])
        with pytest.raises(RecordingError, match="beyond the video"):
            writer.commit(12, [Change("score", "ear", None, 2)])
    rated = open_recording(made.path / "ratings.grimace")
    assert rated["score"].sel(rater="Anna", frame=11, unit="ear") == 2


def test_a_set_that_was_moved_is_whole(tmp_path: Path) -> None:
    made = make(tmp_path)
    moved = tmp_path / "elsewhere" / "b.reference"
    moved.parent.mkdir()
    made.path.rename(moved)
    opened = open_picture_set(moved, check=True)
    recording = open_recording(moved / "ratings.grimace")
    assert find_video(recording, moved / "ratings.grimace") == opened.pictures
    told = (moved / "ratings.grimace" / "recording.zarr" / "zarr.json").read_text()
    assert str(tmp_path) not in told


def test_files_tell_nothing_but_pixels(tmp_path: Path) -> None:
    made = make(tmp_path)
    assert len({file.stat().st_mtime_ns for file in made.pictures.iterdir()}) == 1
    for file in made.pictures.iterdir():
        assert set(png_chunks(file.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}


def png_chunks(content: bytes) -> list[bytes]:
    at, found = 8, []
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        found.append(content[at + 4 : at + 8])
        at += 12 + length
    return found


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([], "no pictures"),
        ([*pictures(2), *pictures(1, (24, 31))], "Picture 3 has .* one size"),
        ([np.zeros((4, 4), np.uint8)], "Picture 1 is uint8"),
        ([np.zeros((4, 4, 3))], "Picture 1 is float64"),
    ],
)
def test_faulty_pictures_leave_nothing(tmp_path: Path, images, words) -> None:
    with pytest.raises(RecordingError, match=words):
        make(tmp_path, images)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_or_misnamed(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(RecordingError, match="is there already"):
        make(tmp_path)
    facts = {"title": "a", "scale": BLACK}
    with pytest.raises(RecordingError, match=r"NAME\.blind"):
        write_picture_set(
            tmp_path / "b.reference", pictures(), kind="blind", title="a", scale=BLACK
        )
    with pytest.raises(RecordingError, match="blind or reference"):
        write_picture_set(tmp_path / "b.odd", pictures(), kind="odd", **facts)
    with pytest.raises(RecordingError, match="line of text"):
        write_picture_set(
            tmp_path / "b.blind", pictures(), kind="blind", title="a\nb", scale=BLACK
        )


def test_damage_is_told(tmp_path: Path) -> None:
    made = make(tmp_path)
    with pytest.raises(RecordingError, match="not a picture set"):
        open_picture_set(tmp_path)
    third = made.picture(3).read_bytes()
    made.picture(3).write_bytes(made.picture(4).read_bytes())
    open_picture_set(made.path)
    with pytest.raises(RecordingError, match="not those that the set was made with"):
        open_picture_set(made.path, check=True)
    made.picture(3).unlink()
    with pytest.raises(RecordingError, match=r"0003\.png is missing"):
        open_picture_set(made.path)
    made.picture(3).write_bytes(third)
    (made.pictures / "._0001.png").write_bytes(b"left by a system")
    (made.pictures / "Thumbs.db").write_bytes(b"left by a system")
    assert open_picture_set(made.path, check=True) == made
    (made.pictures / "0013.png").write_bytes(third)
    with pytest.raises(RecordingError, match=r"0013\.png is new"):
        open_picture_set(made.path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "newer version"),
        ({"version": "x"}, "cannot be read"),
        ({"size": 3}, "cannot be read"),
        ({"hash": None, "pictures": "many"}, "cannot be read"),
        ({"kind": "odd"}, "blind or reference"),
    ],
)
def test_a_faulty_description_is_told(tmp_path: Path, change, words) -> None:
    made = make(tmp_path)
    told = json.loads((made.path / "set.json").read_text("utf-8"))
    (made.path / "set.json").write_text(json.dumps({**told, **change}))
    with pytest.raises(RecordingError, match=words):
        open_picture_set(made.path)
    (made.path / "set.json").write_text("{")
    with pytest.raises(RecordingError, match="cannot be read"):
        open_picture_set(made.path)


def test_a_crop_of_whole_pixels_is_the_frame() -> None:
    frame = pictures(1, (100, 120))[0]
    # 20 high, 30 wide: a square of 30, and 15 more on each side.
    cut = crop_to_face(frame, (40, 45, 60, 75), margin=0.5, size=60)
    np.testing.assert_array_equal(cut, frame[20:80, 30:90])


def test_what_is_outside_the_frame_is_grey_and_nothing_is_moved() -> None:
    frame = pictures(1, (50, 60))[0]
    cut = crop_to_face(frame, (0, 40, 40, 70), margin=0.25, size=60)
    # The square is y -10 to 50, x 25 to 85.
    np.testing.assert_array_equal(cut[10:, :35], frame[:, 25:])
    assert (cut[:10] == 128).all()
    assert (cut[:, 35:] == 128).all()
    away = crop_to_face(frame, (200, 200, 240, 240), size=8)
    assert (away == 128).all()


@pytest.mark.parametrize("size", [31, 64, 200])
def test_a_resized_crop_keeps_places(size: int) -> None:
    """On a ramp the value tells the place, whatever the size of the crop."""
    y, x = np.mgrid[:256, :256]
    frame = np.stack([y, x, np.zeros_like(y)], axis=-1).astype(np.uint8)
    box = (80.3, 90.7, 130.1, 131.5)
    top, left, bottom, right = square_round(box, 0.2)
    assert bottom - top == pytest.approx((130.1 - 80.3) * 1.4)
    assert right - left == pytest.approx(bottom - top)
    assert (top + bottom) / 2 == pytest.approx((80.3 + 130.1) / 2)
    cut = crop_to_face(frame, box, margin=0.2, size=size).astype(float)
    step = (bottom - top) / size
    centres = (np.arange(size) + 0.5) * step - 0.5
    inner = slice(size // 8, -size // 8)  # the filter has its own ways at the edge
    np.testing.assert_allclose(
        cut[inner, size // 2, 0], (top + centres)[inner], atol=0.6
    )
    np.testing.assert_allclose(
        cut[size // 2, inner, 1], (left + centres)[inner], atol=0.6
    )


def test_a_face_without_extent_is_refused() -> None:
    frame = np.zeros((9, 9, 3), np.uint8)
    for box in [(1, 1, 1, 1), (np.nan, 0, 5, 5)]:
        with pytest.raises(RecordingError, match="no extent"):
            crop_to_face(frame, box)


def test_pictures_are_lossless_png(tmp_path: Path) -> None:
    images = pictures(2)
    made = make(tmp_path, images)
    with Image.open(made.picture(2)) as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(np.asarray(image), images[1])
