"""``rate``: from recordings to a blind set, to a sheet, and back to recordings."""

import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from napari_grimace.phantom import sample_video
from napari_grimace.recording import RecordingStore, open_recording
from napari_grimace.video import open_video


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    """Two copies of the shipped recording, beside a link to its video."""
    made = []
    for name in ("mouse1", "mouse2"):
        path = tmp_path / f"{name}.grimace"
        shutil.copytree(sample_video().with_name("sample.grimace"), path)
        made.append(path)
    shutil.copy(sample_video(), tmp_path)
    return made


def test_a_round_of_blind_rating(run, recordings: list[Path], tmp_path: Path) -> None:
    blind, keys = tmp_path / "study.blind", tmp_path / "mine.json"
    answer = run(
        *("rate", "build", blind, *recordings),
        *("--per-recording", 3, "--repeats", 0.5, "--seed", 1, "--key", keys),
        *("--size", 64),
    )
    assert answer.exit_code == 0, answer.output
    assert "9 pictures, to be rated on mgs-black" in answer.stdout
    assert open_video(blind / "pictures").shape == (9, 64, 64, 3)
    assert "nobody has begun" in run("rate", "status", blind).stdout
    assert "nothing is rated" in run("rate", "finish", blind, "--key", keys).stdout

    answer = run("rate", "sheet", blind, tmp_path / "for Anna")
    assert answer.exit_code == 0
    path = tmp_path / "for Anna" / "ratings.xlsx"
    book = openpyxl.load_workbook(path)
    page = book["Ratings"]
    for picture in range(1, 9):
        for column, value in enumerate((picture % 3, 2, 0, 1), start=2):
            page.cell(picture + 5, column, value)
    page["B14"] = 1  # picture 9 is begun
    book.save(path)
    answer = run("rate", "read-sheet", blind, path)
    assert answer.exit_code == 1
    assert "does not tell who rated" in answer.stderr
    answer = run("rate", "read-sheet", blind, path, "--rater", "Anna")
    assert answer.exit_code == 0
    assert "33 values written" in answer.stdout
    line = next(
        row for row in run("rate", "status", blind).stdout.splitlines() if "Anna" in row
    )
    cells = [cell.strip() for cell in line.strip("│┃|").split("│")]
    assert cells == ["Anna", "8 of 9", "-", "0"]

    answer = run("rate", "finish", blind, "--key", keys)
    assert answer.exit_code == 0
    told = json.loads(keys.read_text("utf-8"))["pictures"]
    opened = [open_recording(path).load() for path in recordings]
    for each in told[:8]:
        rater = "Anna" if each["showing"] == 1 else "Anna (2)"
        one = opened[each["recording"]].sel(rater=rater, frame=each["frame"])
        units = ["orbital", "nose", "ear", "whiskers"]
        given = [each["picture"] % 3, 2, 0, 1]
        assert one["score"].sel(unit=units).values.tolist() == given
    again = run("rate", "finish", blind, "--key", keys).stdout
    rows = [row for row in again.splitlines() if "Anna" in row]
    assert rows
    assert all(row.strip("│ ").endswith("0") for row in rows)


def test_clashes_and_missing_keys_are_told(run, recordings, tmp_path: Path) -> None:
    from napari_grimace.rating import open_blind_set, read_key
    from napari_grimace.recording import Change

    blind = tmp_path / "study.blind"
    build = ("rate", "build", blind, recordings[0], "--per-recording", 2)
    assert run(*build, "--size", 32).exit_code == 0
    answer = run(*build)
    assert answer.exit_code == 1
    assert "is there already" in answer.stderr
    anna = open_blind_set(blind).rater("Anna")
    with open_blind_set(blind).store.journal(anna) as writer:
        for unit in anna.scale.unit_names:
            writer.commit(0, [Change("score", unit, None, 0)])
    assert run("rate", "finish", blind).exit_code == 0
    first = read_key(tmp_path / "study.blindkey.json").pictures[0]
    with RecordingStore.open(recordings[0]).journal(anna) as writer:
        writer.commit(first.frame, [Change("score", "ear", 0, 2)])
    answer = run("rate", "finish", blind)
    assert answer.exit_code == 0
    assert f"frame {first.frame}, score ear: 2.0 is there, not 0.0" in answer.stdout
    answer = run("rate", "finish", blind, "--key", tmp_path / "none.json")
    assert answer.exit_code == 1
    assert "the key cannot be read" in answer.stderr
    (tmp_path / "moved").mkdir()
    shutil.move(recordings[0], tmp_path / "moved")
    assert "Say where it is" in run("rate", "finish", blind).stderr
    answer = run("rate", "finish", blind, "--recordings", tmp_path / "moved")
    assert answer.exit_code == 0


def test_old_scores_are_imported(run, recording: Path, tmp_path: Path) -> None:
    table = tmp_path / "old.csv"
    table.write_text("Bild,Eye,Ears,Sum\n3,1,-1,1\n4,2,0,2\n")
    command = ("rate", "import", recording, table, "--rater", "Ben")
    answer = run(*command)
    assert answer.exit_code == 1
    assert "no row of headers" in answer.stderr
    answer = run(*command, "--column", "Bild")
    assert answer.exit_code == 2
    answer = run(*command, "--column", "frame=Bild")
    assert answer.exit_code == 0
    assert "3 scores on 2 frames as 'Ben', 3 of them new" in answer.stdout
    assert "cells that say not rated: 1" in answer.stdout
    assert "column not used: Sum" in answer.stdout
    ben = open_recording(recording).sel(rater="Ben", frame=4)
    assert ben["score"].sel(unit="orbital") == 2
    assert run(*command, "--column", "frame=Bild").stdout.count("0 of them new") == 1
