"""The per-frame table: its columns, exact values, blanks, several raters."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_grimace.errors import ExportError
from napari_grimace.exchange import describe_table, frame_table, write_csv
from napari_grimace.recording import (
    grimace_score,
    join_raters,
    merge_recordings,
    new_recording,
)

Make = Callable[..., xr.Dataset]

PAINFACE = ["Timestamp(s)", "AU Scored", "Orbital", "Nose", "Ears", "Whiskers"]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_first_columns_are_those_of_painface(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    write_csv(one_rater_recording(), tmp_path / "scores.csv")
    header = (tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",")[:7] == [*PAINFACE, "Total"]


def test_values_read_back_exactly(one_rater_recording: Make, tmp_path: Path) -> None:
    recording = one_rater_recording(kind="model", build="unknown 1 (00000000)")
    write_csv(recording, tmp_path / "scores.csv", boxes=True)
    table = pd.read_csv(tmp_path / "scores.csv")
    one = recording.isel(rater=0)
    np.testing.assert_array_equal(table["Timestamp(s)"], one["time"])
    np.testing.assert_array_equal(table["Frame"], one["frame"])
    np.testing.assert_array_equal(table["Total"], grimace_score(recording)[0])
    units = {
        "orbital": "Orbital",
        "nose": "Nose",
        "ear": "Ears",
        "whiskers": "Whiskers",
    }
    for unit, name in units.items():
        np.testing.assert_array_equal(table[name], one["score"].sel(unit=unit))
        confidence = one["probability"].sel(unit=unit).max("level")
        read = table[f"Confidence {name}"].astype(np.float32)
        np.testing.assert_array_equal(read, confidence)
    box = one["box"].sel(region="face", edge="x_max")
    np.testing.assert_array_equal(table["face x_max(px)"], box)


def test_what_is_missing_is_blank_and_never_zero(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    write_csv(one_rater_recording(), tmp_path / "scores.csv")
    row = rows_of(tmp_path / "scores.csv")[2]
    assert row["Ears"] == ""
    assert row["Total"] == ""
    assert row["AU Scored"] == "3"
    assert row["Missing"] == "ear: region not found"
    assert row["Confidence Orbital"] == ""  # a person has none


def test_totals_from_fewer_units_are_called_rescaled(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    write_csv(one_rater_recording(), tmp_path / "scores.csv", min_units=3)
    rows = rows_of(tmp_path / "scores.csv")
    assert "Total" not in rows[0]
    assert rows[2]["Total (rescaled)"] != ""


def test_frames_with_several_faces_have_no_total_unless_asked_for(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    recording = one_rater_recording(face_count=[1, 2, 2, 1, 1, 1, 1, 1])
    write_csv(recording, tmp_path / "one.csv")
    row = rows_of(tmp_path / "one.csv")[1]
    assert (row["Total"], row["Faces"], row["AU Scored"]) == ("", "2", "4")
    assert row["Orbital"] != ""
    assert "several faces were found" in describe_table(frame_table(recording))
    write_csv(recording, tmp_path / "all.csv", several_faces=True)
    rows = rows_of(tmp_path / "all.csv")
    assert rows[1]["Total"] != ""
    assert rows[2]["Total"] == ""  # too few units
    words = describe_table(frame_table(recording, several_faces=True))
    assert "several faces (column Faces) are included, by choice" in words


def test_several_raters_stand_one_after_the_other(one_rater_recording: Make) -> None:
    anna = one_rater_recording()
    bert = one_rater_recording(label="Bert", name="Bert", scale="mgs").isel(
        frame=slice(0, 3)
    )
    both = merge_recordings(anna, bert)
    table = frame_table(both)
    assert table["Rater"].tolist() == ["Anna"] * 8 + ["Bert"] * 3
    assert table.loc[table["Rater"] == "Anna", "Cheek"].isna().all()
    assert table.loc[table["Rater"] == "Bert", "Scale"].unique().tolist() == ["mgs"]
    assert frame_table(both, rater="Bert")["Rater"].tolist() == ["Bert"] * 3


def test_each_rater_shows_the_faces_that_it_found(one_rater_recording: Make) -> None:
    fast = one_rater_recording(label="fast", kind="model", build="nets 1")
    slow = one_rater_recording(label="slow", kind="model", build="nets 1")
    slow = slow.assign(face_count=slow["face_count"] + 1, quality=-slow["quality"])
    person = one_rater_recording()
    person = person.assign(
        face_count=person["face_count"] * np.nan, quality=person["quality"] * np.nan
    )
    joined = join_raters([fast, slow, person], fast.attrs)
    table = frame_table(joined).set_index("Rater")
    sharpness = fast["quality"].values[0, :, 0]
    assert table.loc["fast", "Faces"].tolist() == [1] * 8
    assert table.loc["slow", "Faces"].tolist() == [2] * 8
    np.testing.assert_array_equal(table.loc["fast", "Quality sharpness"], sharpness)
    np.testing.assert_array_equal(table.loc["slow", "Quality sharpness"], -sharpness)
    assert table.loc["Anna", ["Faces", "Quality sharpness"]].isna().all(axis=None)


def test_scored_pictures_are_named(one_rater_recording: Make, tmp_path: Path) -> None:
    recording = one_rater_recording()
    names = np.array([f"mouse {n}.png" for n in range(8)], dtype=object)
    recording = recording.assign_coords(
        name=("frame", names), time=("frame", np.full(8, np.nan))
    )
    write_csv(recording, tmp_path / "scores.csv")
    rows = rows_of(tmp_path / "scores.csv")
    assert [row["Image"] for row in rows] == names.tolist()
    assert {row["Timestamp(s)"] for row in rows} == {""}


def test_text_cells_cannot_be_formulas(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    recording = one_rater_recording(label='=HYPERLINK("http://x")', name="@Anna")
    recording.attrs["source"] = "+cmd.mp4"
    write_csv(recording, tmp_path / "scores.csv")
    row = rows_of(tmp_path / "scores.csv")[0]
    assert row["Rater"].startswith("'=")
    assert row["Video"] == "'+cmd.mp4"
    assert all(not cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_every_column_is_documented_with_its_unit(one_rater_recording: Make) -> None:
    table = frame_table(one_rater_recording(), boxes=True)
    words = describe_table(table)
    for name in table:
        assert f"\n{name} [" in words
    assert "Timestamp(s) [s]:" in words
    assert "face x_min(px) [px]:" in words
    assert "Anna: scale mgs-black, scored by Anna (person)" in words


def test_a_recording_without_scores_is_refused(clip_attrs: dict[str, object]) -> None:
    with pytest.raises(ExportError, match="holds no scores yet"):
        frame_table(new_recording(clip_attrs))


def test_an_unknown_rater_is_refused_with_those_there_are(
    one_rater_recording: Make,
) -> None:
    with pytest.raises(ExportError, match="no rater 'Bert'; it has 'Anna'"):
        frame_table(one_rater_recording(), rater="Bert")


def test_a_failed_write_leaves_the_old_file(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    (tmp_path / "scores.csv").write_text("old")
    with pytest.raises(ExportError):
        write_csv(one_rater_recording(), tmp_path / "scores.csv", rater="nobody")
    assert (tmp_path / "scores.csv").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1
