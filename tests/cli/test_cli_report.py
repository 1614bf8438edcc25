"""``report``: one page of a study, from a sample sheet."""

from pathlib import Path

import numpy as np
import pytest

from napari_grimace.recording import RecordingStore, rater_block
from napari_grimace.recording.rater import Rater
from napari_grimace.scales import load_scale


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Six recordings of ten seconds, of two groups."""
    rng = np.random.default_rng(3)
    anna = Rater("Anna", "Anna", "person", scale=load_scale("mgs-black"))
    lines = ["path;animal;group;sex"]
    for i in range(6):
        score = rng.integers(0, 2, (10, 4)) * (1 + (i > 2))
        score[:, list(anna.scale.unit_names).index("nose")] = 0
        path = tmp_path / f"m{i}.grimace"
        video = {"source": f"m{i}.mp4", "frame_rate": 1.0, "frame_count": 10}
        store = RecordingStore.create(path, video)
        store.add_rater(anna)
        block = rater_block(anna, np.arange(10), np.arange(10.0), score=score)
        store.append("Anna", block)
        lines.append(f"m{i}.mp4;{i};{'lap' if i > 2 else 'sham'};{'mf'[i % 2]}")
    sheet = tmp_path / "study.csv"
    sheet.write_text("\n".join(lines), encoding="utf-8-sig")
    return sheet


def test_a_report_is_written_beside_the_sheet(run, sheet: Path) -> None:
    answer = run("report", sheet, "--control", "sham", "--window", "2-9")
    assert answer.exit_code == 0, answer.output
    page = (sheet.parent / "study_report.html").read_text(encoding="utf-8")
    assert "Report on study.csv" in page
    assert "6 recordings of 6 animals. Scores by Anna (person)" in page
    assert "frames from 2 to 9 s" in page
    assert "lap and sham" in page or "in lap than in sham" in page
    assert str(sheet.parent / "study_report.html") in answer.stdout


def test_groups_by_another_column_and_another_place(run, sheet: Path) -> None:
    there = sheet.with_name("by sex.html")
    answer = run("report", sheet, there, "--by", "sex", "--outcome", "orbital")
    assert answer.exit_code == 0, answer.output
    assert "Compared here: orbital by sex" in there.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rater", "Bo"], "There is no rater 'Bo', only 'Anna'"),
        (["--by", "strain"], "There is no column 'strain'"),
        (["--control", "naive"], "There is no group 'naive', only 'sham', 'lap'"),
        (["--outcome", "tail"], "There is no outcome 'tail'"),
        (["--timepoint", "post"], "There is no timepoint 'post'"),
        (["--window", "9-2"], "The window is 9 to 2 s"),
        (["--experiment", "x"], "there is no experiment 'x'"),
        (["none/r.html"], "there is no folder"),
        (["r.pdf"], "a report is written as .html"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(
    run, sheet: Path, words: list[str], told: str
) -> None:
    before = sorted(sheet.parent.iterdir())
    answer = run("report", sheet, *words)
    assert answer.exit_code == 1, answer.output
    assert told in answer.stderr
    assert "Traceback" not in answer.output
    assert sorted(sheet.parent.iterdir()) == before


def test_a_window_that_is_none(run, sheet: Path) -> None:
    assert run("report", sheet, "--window", "ten").exit_code == 2
