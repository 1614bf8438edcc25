"""``export`` writes what the suffix says, and replaces nothing unasked."""

import zipfile
from pathlib import Path

import av
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from napari_grimace import open_recording


def test_everything_at_once(run, recording: Path, tmp_path: Path) -> None:
    kinds = ("csv", "zip", "xlsx", "nc", "zarr", "png", "mp4")
    out = {kind: tmp_path / f"out.{kind}" for kind in kinds}
    answer = run("export", recording, *out.values())
    assert answer.exit_code == 0, answer.output
    assert "warning: the column RGS" in answer.stderr  # a mouse in a rat's sheet
    table = pd.read_csv(out["csv"])
    assert table["Total"].tolist()[:2] == [0, 4]
    assert "Timestamp(s) [s]:" in (tmp_path / "out_columns.txt").read_text("utf-8")
    with zipfile.ZipFile(out["zip"]) as archive:
        assert "frames/clip_000015.jpg" in archive.namelist()
    assert next(iter(pd.read_excel(out["xlsx"]))) == "Filename"
    with xr.open_dataset(out["nc"], engine="h5netcdf") as plain:
        assert plain.sizes["frame"] == 4
    xr.testing.assert_identical(
        open_recording(out["zarr"]).load(), open_recording(recording).load()
    )
    with Image.open(out["png"]) as page:
        assert page.width > 1000
    with av.open(str(out["mp4"])) as file:
        assert sum(1 for _ in file.decode(video=0)) == 20


def test_what_is_there_is_replaced_only_when_asked(
    run, recording: Path, tmp_path: Path
) -> None:
    target = tmp_path / "scores.csv"
    target.write_text("mine")
    answer = run("export", recording, target)
    assert answer.exit_code == 1
    assert "--overwrite" in answer.stderr
    assert target.read_text() == "mine"
    assert run("export", recording, target, "--overwrite").exit_code == 0
    assert target.read_text().startswith("Timestamp(s)")


def test_the_columns_text_is_replaced_only_when_asked(
    run, recording: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "scores_columns.txt"
    notes.write_text("mine")
    answer = run("export", recording, tmp_path / "scores.csv")
    assert answer.exit_code == 1
    assert "scores_columns.txt is there already" in answer.stderr
    assert notes.read_text() == "mine"
    assert not (tmp_path / "scores.csv").exists()
    assert (
        run("export", recording, tmp_path / "scores.csv", "--overwrite").exit_code == 0
    )
    assert "Timestamp(s)" in notes.read_text("utf-8")


@pytest.mark.parametrize("name", ["clip.video.zarr", "s.csv", "s.nc", "s.zip", "s.png"])
def test_other_folders_are_never_replaced(
    run, recording: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "mine").write_text("mine")
    answer = run("export", recording, folder, "--overwrite")
    assert answer.exit_code == 1
    assert "not replaced" in answer.stderr
    assert (folder / "mine").read_text() == "mine"


def test_a_saved_recording_is_replaced(run, recording: Path, tmp_path: Path) -> None:
    for _ in range(2):
        answer = run("export", recording, tmp_path / "out.zarr", "--overwrite")
        assert answer.exit_code == 0, answer.output
    assert open_recording(tmp_path / "out.zarr").sizes["frame"] == 4


def test_the_video_is_never_replaced(run, recording: Path, clip: Path) -> None:
    before = clip.read_bytes()
    answer = run("export", recording, clip, "--overwrite")
    assert answer.exit_code == 1
    assert "is the video itself" in answer.stderr
    assert clip.read_bytes() == before


def test_a_moved_video_is_found_beside_the_recording(
    run, recording: Path, clip: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "moved"
    folder.mkdir()
    recording.rename(folder / recording.name)
    clip.rename(folder / clip.name)
    answer = run("export", folder / recording.name, tmp_path / "out.zip")
    assert answer.exit_code == 0, answer.output


def test_without_its_video(run, recording: Path, clip: Path, tmp_path: Path) -> None:
    elsewhere = clip.rename(tmp_path / "elsewhere.mp4")
    answer = run("export", recording, tmp_path / "out.zip")
    assert answer.exit_code == 1
    assert "--video" in answer.stderr
    answer = run("export", recording, tmp_path / "out.png")
    assert answer.exit_code == 0
    assert "warning: out.png has no example frames" in answer.stderr
    answer = run("export", recording, tmp_path / "out.zip", "--video", elsewhere)
    assert answer.exit_code == 0


def test_an_unknown_suffix_is_told_before_any_work(run, recording: Path) -> None:
    answer = run("export", recording, "scores.csv2")
    assert answer.exit_code == 2
    assert ".csv" in answer.stderr


def test_fewer_units_make_rescaled_totals(run, recording: Path, tmp_path: Path) -> None:
    run("export", recording, tmp_path / "s.csv", "--min-units", "3", "--boxes")
    table = pd.read_csv(tmp_path / "s.csv")
    assert table["Total (rescaled)"][2] == pytest.approx(8 / 3)
    assert "face x_min(px)" in table


def test_an_unknown_rater(run, recording: Path, tmp_path: Path) -> None:
    answer = run("export", recording, tmp_path / "s.csv", "--rater", "Bert")
    assert answer.exit_code == 1
    assert "no rater 'Bert'; it has 'Anna'" in answer.stderr


def test_no_recording_there(run, tmp_path: Path) -> None:
    answer = run("export", tmp_path / "none.grimace", tmp_path / "s.csv")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: ")
