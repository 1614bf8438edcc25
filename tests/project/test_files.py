"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from napari_grimace.files import written_whole


def test_a_file_appears_with_its_content(tmp_path: Path) -> None:
    target = tmp_path / "scores.csv"
    with written_whole(target) as aside:
        aside.write_text("new")
        assert not target.exists()
        assert aside.suffix == ".csv"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "scores.csv"
    target.write_text("old")
    with pytest.raises(OSError, match="no space"), written_whole(target) as aside:
        aside.write_text("half")
        raise OSError("no space")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_replaces_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "recording.zarr"
    target.mkdir()
    (target / "stale").write_text("old")
    with written_whole(target) as aside:
        aside.mkdir()
        (aside / "fresh").write_text("new")
    assert [path.name for path in target.iterdir()] == ["fresh"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_does_not_replace_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "scores.csv"
    target.mkdir()
    (target / "kept").write_text("old")
    with (
        pytest.raises(IsADirectoryError, match="folder of this name"),
        written_whole(target) as aside,
    ):
        aside.write_text("new")
    assert [path.name for path in target.iterdir()] == ["kept"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "recording.zarr"
    target.mkdir()
    (target / "kept").write_text("old")
    with pytest.raises(ValueError, match="stop"), written_whole(target) as aside:
        aside.mkdir()
        raise ValueError("stop")
    assert [path.name for path in target.iterdir()] == ["kept"]
    assert list(tmp_path.iterdir()) == [target]
