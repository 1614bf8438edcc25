"""``recording``: copies are made and merged, raters are renamed."""

import shutil
from pathlib import Path

import pytest

from napari_grimace.phantom import sample_video
from napari_grimace.rating import Rating
from napari_grimace.recording import Rater, RecordingStore, open_recording
from napari_grimace.scales import load_scale

ANNA = Rater("Anna", "Anna", "person", scale=load_scale("mgs-black"))


def rate(path: Path, frame: int, level: float) -> None:
    rating = Rating(RecordingStore.open(path), ANNA)
    rating.score(frame, "ear", level)
    rating.close()


def scores(path: Path, rater: str = "Anna") -> dict[int, float]:
    told = open_recording(path)["score"].sel(rater=rater, unit="ear").dropna("frame")
    return dict(zip(told["frame"].values.tolist(), told.values.tolist(), strict=True))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mouse.grimace"
    shutil.copytree(sample_video().with_name("sample.grimace"), path)
    rate(path, 30, 1)
    return path


def test_backed_up_and_merged(run, path: Path, tmp_path: Path) -> None:
    answer = run("recording", "backup", path, "--to", tmp_path / "backups")
    assert answer.exit_code == 0, answer.output
    (copy,) = (tmp_path / "backups").iterdir()
    rate(path, 60, 2)
    rate(copy, 90, 0)
    rate(path, 120, 2)
    rate(copy, 120, 1)
    answer = run("recording", "merge", path, copy, tmp_path / "one.grimace")
    assert answer.exit_code == 0, answer.output
    assert "to be decided: Anna, frame 120, score ear" in answer.stdout.replace(
        "\n", " "
    )
    with pytest.warns(UserWarning, match="contradict"):
        told = scores(tmp_path / "one.grimace")
    assert {30: 1, 60: 2, 90: 0}.items() <= told.items()
    assert scores(path) == {30: 1, 60: 2, 120: 2}
    again = run("recording", "merge", path, copy, tmp_path / "one.grimace")
    assert again.exit_code == 1
    assert "new folder" in again.stderr


def test_a_rater_is_renamed(run, path: Path) -> None:
    answer = run("recording", "rename-rater", "Anna", "Anna K.", path)
    assert answer.exit_code == 0, answer.output
    assert "in 1 of 1 recordings" in answer.stdout
    assert scores(path, "Anna K.") == {30: 1}
    answer = run("recording", "rename-rater", "Bo", "Bob", path)
    assert answer.exit_code == 1
    assert "Bo" in answer.stderr
