"""The zip: table, its documentation and the frames, streamed and whole."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from napari_grimace.errors import RecordingError
from napari_grimace.exchange import iter_write_zip, write_zip
from napari_grimace.video import iter_frames, open_video

Make = Callable[..., xr.Dataset]


def test_it_holds_table_columns_and_every_frame(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    recording = one_rater_recording()
    write_zip(recording, clip, tmp_path / "mouse.zip", pictures="png")
    with zipfile.ZipFile(tmp_path / "mouse.zip") as archive:
        assert archive.testzip() is None
        text = archive.read("scores.csv").decode("utf-8")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert "Image [text]:" in archive.read("columns.txt").decode("utf-8")
        frames = recording["frame"].values
        for row, (number, image) in zip(rows, iter_frames(clip, frames), strict=True):
            assert int(row["Frame"]) == number
            picture = archive.read(f"frames/{row['Image']}")
            stored = np.asarray(Image.open(io.BytesIO(picture)))
            np.testing.assert_array_equal(stored, image)


def test_an_open_video_serves_as_well(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    write_zip(one_rater_recording(), open_video(clip), tmp_path / "mouse.zip")
    with zipfile.ZipFile(tmp_path / "mouse.zip") as archive:
        assert len([n for n in archive.namelist() if n.endswith(".jpg")]) == 8


def test_closing_leaves_nothing_behind(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    work = iter_write_zip(one_rater_recording(), clip, tmp_path / "mouse.zip")
    assert next(work).total == 8
    work.close()
    assert list(tmp_path.iterdir()) == []


def test_the_wrong_video_is_refused(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    recording = one_rater_recording()
    recording.attrs["identity"] = "another"
    with pytest.raises(RecordingError, match="not the video of this recording"):
        write_zip(recording, clip, tmp_path / "mouse.zip")


def test_names_in_the_zip_stay_in_their_folder(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    recording = one_rater_recording()
    recording.attrs["source"] = "..\\..\\evil name.mp4"
    write_zip(recording, clip, tmp_path / "mouse.zip")
    with zipfile.ZipFile(tmp_path / "mouse.zip") as archive:
        pictures = [name for name in archive.namelist() if name.startswith("frames/")]
    assert all("\\" not in name and name.count("/") == 1 for name in pictures)


def test_one_frame_at_a_time_is_in_memory(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    work = iter_write_zip(one_rater_recording(), clip, tmp_path / "mouse.zip")
    next(work)
    tracemalloc.start()
    for _ in work:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 160 * 120 * 3
