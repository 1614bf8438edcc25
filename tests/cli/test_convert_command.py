"""``convert`` makes stores, goes past a bad file, and reads numbers and edges."""

from pathlib import Path

import numpy as np
import pytest
import typer

from napari_grimace import open_video
from napari_grimace.cli.options import edges, frame_numbers


def test_a_store_of_some_frames_and_a_region(run, clip: Path) -> None:
    answer = run("convert", clip, "--frames", "0-19:5", "--roi", "10,20,110,140")
    assert answer.exit_code == 0, answer.output
    video = open_video(clip.with_name("clip.video.zarr"))
    np.testing.assert_array_equal(video["frame"], [0, 5, 10, 15])
    assert video.shape[1:] == (100, 120, 3)


def test_several_videos_with_a_bad_one(run, clip: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")
    answer = run("convert", empty, clip, "--output", tmp_path / "stores")
    assert answer.exit_code == 1
    assert "error: empty.mp4: " in answer.stderr
    assert [path.name for path in (tmp_path / "stores").iterdir()] == [
        "clip.video.zarr"
    ]


def test_a_store_that_is_there_is_kept(run, clip: Path) -> None:
    assert run("convert", clip).exit_code == 0
    answer = run("convert", clip)
    assert answer.exit_code == 1
    assert "there already" in answer.stderr
    assert run("convert", clip, "--overwrite", "--lossless").exit_code == 0


def test_a_region_outside_the_frame(run, clip: Path) -> None:
    answer = run("convert", clip, "--roi", "0,0,500,500")
    assert answer.exit_code == 1
    assert "clip.mp4" in answer.stderr


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0,30,60", [0, 30, 60]),
        ("3-6", [3, 4, 5, 6]),
        ("0-10:5, 7", [0, 5, 7, 10]),
        ("5,5,4", [4, 5]),
    ],
)
def test_frame_numbers(text: str, numbers: list[int]) -> None:
    assert frame_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "1-", "-1", "9-3", "1:2:3", "1.5"])
def test_what_is_no_frame_number(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        frame_numbers(text)


def test_edges() -> None:
    assert edges("1, 2.5,3,4") == (1, 2.5, 3, 4)
    for text in ("1,2,3", "a,b,c,d", ""):
        with pytest.raises(typer.BadParameter, match="Y_MIN"):
            edges(text)
