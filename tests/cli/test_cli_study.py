"""``study``: sheets are checked, summaries and packed studies written."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from napari_grimace import open_study
from napari_grimace.study import frame_scores, summarise


@pytest.fixture
def sheet(recording: Path) -> Path:
    """Three recordings, of which Anna scored four frames each."""
    for name in ("b", "c"):
        shutil.copytree(recording, recording.with_name(f"{name}.grimace"))
    path = recording.with_name("study.csv")
    path.write_text(
        "path;animal;group;timepoint;sex\n"
        "clip.mp4;007;sham;-1;m\nb;007;sham;1;m\nc;2;=lap;1;f\n"
    )
    return path


def read(path: Path) -> pd.DataFrame:
    text = dict.fromkeys(["recording", "animal", "group", "sex", "rater"], str)
    return pd.read_csv(path, dtype=text)


def test_check_tells_what_is_there(run, sheet: Path) -> None:
    answer = run("study", "check", sheet)
    assert answer.exit_code == 0, answer.output
    assert "3 recordings of 2 animals, scale mgs-black" in answer.stdout
    assert "further columns: sex" in answer.stdout
    lines = [line.replace("│", " ").split() for line in answer.stdout.splitlines()]
    assert ["sham", "1", "1"] in lines
    assert ["=lap", "0", "1"] in lines
    assert ["Anna", "person", "3", "of", "3"] in lines


def test_check_tells_all_faults(run, sheet: Path) -> None:
    sheet.write_text(sheet.read_text() + "d;2;lap;1;f\nc;;sham;;f\n")
    answer = run("study", "check", sheet)
    assert answer.exit_code == 1
    for fault in (
        "row 5, column A (path): there is no recording",
        "row 5, column B (animal): animal '2' at timepoint '1' is in row 4",
        "row 6, column A (path): c.grimace is in row 4 already",
        "row 6, column B (animal): is blank",
    ):
        assert fault in answer.stderr
    assert "Traceback" not in answer.stderr


def test_check_tells_what_may_be_wrong(run, sheet: Path) -> None:
    sheet.write_text("path,animal,group,timepoint\nclip,1,a,x\nb,1,b,y\n")
    answer = run("study", "check", sheet)
    assert answer.exit_code == 0, answer.output
    assert "animal 1 is in several groups" in answer.stdout


def test_summary_is_written_as_it_is_computed(run, sheet: Path, tmp_path: Path) -> None:
    out = tmp_path / "means.csv"
    answer = run("study", "summary", sheet, out, "--window", "0.4-1.2", "--bins", "0.4")
    assert answer.exit_code == 0, answer.output
    told, table = read(out), summarise(open_study(sheet), window=(0.4, 1.2), bins=0.4)
    assert told["animal"].tolist() == table["animal"].tolist()
    assert told["timepoint"].tolist() == [-1, -1, 1, 1, 1, 1]
    assert told["group"].iloc[-1] == "'=lap"  # no spreadsheet program runs it
    numbers = table.select_dtypes("number")
    np.testing.assert_array_equal(told[list(numbers)], numbers)


def test_frames_are_written(run, sheet: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames.csv"
    answer = run("study", "summary", sheet, out, "--frames", "--rater", "Anna")
    assert answer.exit_code == 0, answer.output
    numbers = frame_scores(open_study(sheet)).select_dtypes("number")
    np.testing.assert_array_equal(read(out)[list(numbers)], numbers)
    again = run("study", "check", out, "--scale", "mgs-black")
    assert again.exit_code == 0, again.output
    assert "3 recordings of 2 animals" in again.stdout


def test_packed_and_opened_again(run, sheet: Path, tmp_path: Path) -> None:
    packed = tmp_path / "all.nc"
    for name in ("one", "two"):
        answer = run("study", "pack", sheet, packed, "--name", name)
        assert answer.exit_code == 0, answer.output
    answer = run("study", "check", packed)
    assert answer.exit_code == 1
    assert "'one', 'two'" in answer.stderr
    out = tmp_path / "means.csv"
    answer = run("study", "summary", packed, out, "--experiment", "two")
    assert answer.exit_code == 0, answer.output
    assert read(out)["total"].tolist() == summarise(open_study(sheet))["total"].tolist()


@pytest.mark.parametrize(
    "words",
    [["--window", "x"], ["--window", "-5"], ["--frames", "--bins", "3"]],
)
def test_wrong_options(run, sheet: Path, tmp_path: Path, words: list[str]) -> None:
    answer = run("study", "summary", sheet, tmp_path / "o.csv", *words)
    assert answer.exit_code == 2


def test_a_rater_who_is_not_there(run, sheet: Path, tmp_path: Path) -> None:
    answer = run("study", "summary", sheet, tmp_path / "o.csv", "--rater", "Bo")
    assert answer.exit_code == 1
    assert "there are raters 'Anna'" in answer.stderr
    assert not (tmp_path / "o.csv").exists()


def test_a_summary_replaces_no_sample_sheet_and_is_csv(
    run, sheet: Path, tmp_path: Path
) -> None:
    before = sheet.read_text()
    answer = run("study", "summary", sheet, sheet.parent / "." / sheet.name)
    assert answer.exit_code == 2
    assert "is the study itself" in answer.stderr
    assert sheet.read_text() == before
    answer = run("study", "summary", sheet, tmp_path / "means.xlsx")
    assert answer.exit_code == 1
    assert "written as .csv" in answer.stderr
    answer = run("study", "summary", sheet, tmp_path / "none" / "means.csv")
    assert answer.exit_code == 1
    assert "there is no folder" in answer.stderr
    assert not (tmp_path / "means.xlsx").exists()
