"""``teach``: sets, learners and reports from the command line."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_grimace.recording import (
    Change,
    Rater,
    RecordingStore,
    open_recording,
    read_journals,
)
from napari_grimace.scales import load_scale
from napari_grimace.teaching import Practice, open_reference, sample_course

BLACK = load_scale("mgs-black")
FACE = (20, 30, 100, 120)


@pytest.fixture
def rated(recording: Path) -> Path:
    """The clip with Anna's scores, a face box, and Ben, who differs on frame 5."""
    store = RecordingStore.open(recording)
    drawn = Rater("boxes", "boxes", "consensus", scale=BLACK)
    with store.journal(drawn) as journal:
        for frame in (0, 5, 10, 15):
            journal.commit(frame, [Change("box", "face", None, FACE)])
    ben = Rater("Ben", "Ben", "person", scale=BLACK)
    scores = open_recording(recording)["score"].sel(rater="Anna")
    with store.journal(ben) as journal:
        for frame in (0, 5, 10, 15):
            given = scores.sel(frame=frame, unit=list(BLACK.unit_names)).values
            given = np.where(frame == 5, np.array([2, 0, 0, 0]), given)
            journal.commit(
                frame,
                [
                    Change("score", unit, None, float(value))
                    for unit, value in zip(BLACK.unit_names, given, strict=True)
                    if np.isfinite(value)
                ],
            )
    return recording


@pytest.fixture
def learner(tmp_path: Path) -> Path:
    """Lea gave the truth in a test on the course."""
    course = open_reference(sample_course())
    with Practice(course, "Lea", tmp_path / "learners", "test", 1) as practice:
        while picture := practice.next():
            for unit in practice.units:
                right = course.consensus.sel(picture=picture, unit=unit)
                practice.answer(unit, float(right))
    return tmp_path / "learners" / "Lea"


def test_a_set_is_built_and_what_is_open_decided(run, rated: Path) -> None:
    path = rated.with_name("lab.reference")
    words = ["teach", "build", path, rated, "--size", 32]
    answer = run(*words, "--expert", "Anna", "--expert", "Ben", "--title", "Lab")
    assert answer.exit_code == 0, answer.stderr
    assert "Lab: 4 pictures" in answer.stdout
    assert "right scores: Anna, Ben" in answer.stdout
    assert "orbital none, nose none, ear none, whiskers none, total" in answer.stdout
    assert "nan" not in answer.stdout
    assert "3 left to decide: picture 2 orbital, picture 2 nose" in answer.stdout
    answer = run(
        "teach", "decide", path, 2, "nose", 2, "--by", "Cem", "--reason", "bulge"
    )
    assert answer.exit_code == 0, answer.stderr
    assert "2 left to decide" in answer.stdout
    opened = open_reference(path)
    assert opened.consensus.sel(picture=2, unit="nose") == 2
    records = [
        r for j in read_journals(opened.pictures.store.journals) for r in j.records
    ]
    assert records[-1].reason == "decided by Cem: bulge"
    answer = run("teach", "decide", path, 2, "nose", "open", "--by", "Cem")
    assert "3 left to decide" in answer.stdout
    answer = run("teach", "decide", path, 2, "nose", 1, "--by", "Cem")
    assert answer.exit_code == 1
    assert "has the levels 0, 2" in answer.stderr
    answer = run(*words)
    assert answer.exit_code == 1
    assert "is there already" in answer.stderr


def test_the_status_of_set_and_learners(run, learner: Path) -> None:
    answer = run("teach", "status", "course", learner.parent)
    assert answer.exit_code == 0, answer.stderr
    assert "rendered faces: drawn animals, not real ones" in answer.stdout
    assert "at least 50 pictures: orbital 0.60" in answer.stdout
    assert "a choice, not a finding" in answer.stdout
    line = next(row for row in answer.stdout.splitlines() if "test 1" in row)
    cells = [cell.strip() for cell in line.strip("│┃|").split("│")]
    assert cells[0] == "Lea"
    assert cells[3:] == ["60 of 60", *["1.00"] * 5, "passed"]
    assert "No attempts" in run("teach", "status", "course", learner.parents[1]).stdout
    answer = run("teach", "status", "course", learner / "missing")
    assert answer.exit_code == 1
    assert "no such folder" in answer.stderr


def test_nothing_is_told_of_a_test_that_is_on(run, tmp_path: Path) -> None:
    course = open_reference(sample_course())
    with Practice(course, "Max", tmp_path, "test", 1) as practice:
        for _ in range(5):
            picture = practice.next()
            for unit in practice.units:
                right = course.consensus.sel(picture=picture, unit=unit)
                practice.answer(unit, float(right))
    answer = run("teach", "status", "course", tmp_path)
    line = next(row for row in answer.stdout.splitlines() if "test 1" in row)
    cells = [cell.strip() for cell in line.strip("│┃|").split("│")]
    assert cells[3:] == ["5 of 60", *["-"] * 5, "not judged"]
    path = tmp_path / "max.html"
    assert run("teach", "report", tmp_path / "Max", "course", path).exit_code == 0
    assert "Left out: test 1" in path.read_text("utf-8")


def test_a_report_is_written_and_not_overwritten(run, learner: Path) -> None:
    path = learner.parents[1] / "lea.html"
    assert run("teach", "report", learner, "course", path).exit_code == 0
    first = path.read_text("utf-8")
    assert "rendered faces" in first
    answer = run("teach", "report", learner, "course", path)
    assert answer.exit_code == 1
    assert "--overwrite" in answer.stderr
    own = ["--kappa", 0.9, "--icc", 0.9, "--overwrite"]
    assert run("teach", "report", learner, "course", path, *own).exit_code == 0
    assert "given for this report" in path.read_text("utf-8")
    for alone in (["--kappa", 0.9], ["--min-share", 0.5], ["--min-pictures", 9]):
        answer = run("teach", "report", learner, "course", path, *alone)
        assert answer.exit_code == 2
    answer = run("teach", "report", learner, learner, path.with_suffix(".pdf"))
    assert answer.exit_code == 1
    assert "not a picture set" in answer.stderr


def test_fixed_values_of_a_report_leave_the_rest_of_the_sets_rule(
    run, learner: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.reference"
    shutil.copytree(sample_course(), own)
    facts = json.loads((own / "set.json").read_text("utf-8"))
    facts["facts"]["pass_rule"] |= {"min_pictures": 7, "min_share": 0.35}
    (own / "set.json").write_text(json.dumps(facts), "utf-8")
    path = tmp_path / "lea.html"
    words = ["teach", "report", learner, own, path, "--kappa", 0.9, "--icc", 0.9]
    answer = run(*words)
    assert answer.exit_code == 0, answer.stderr
    told = path.read_text("utf-8")
    assert "over at least 7 pictures. At least 35%" in told
    answer = run(*words, "--min-share", 0.8, "--min-pictures", 9, "--overwrite")
    assert answer.exit_code == 0, answer.stderr
    told = path.read_text("utf-8")
    assert "over at least 9 pictures. At least 80%" in told
    answer = run(*words[:-1], 6, "--overwrite")
    assert answer.exit_code == 1
    assert "icc is a number from -1 to 1, not 6" in answer.stderr
