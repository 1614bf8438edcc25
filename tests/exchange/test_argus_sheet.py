"""The xlsx of Automated-RGS: exact header, exact means, empty where missing."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr

from napari_grimace.errors import GrimaceWarning
from napari_grimace.exchange import write_xlsx, write_zip

Make = Callable[..., xr.Dataset]

HEADER = ["Filename", "RGS", "Orbital Tightening", "Ear Changes", "Nose Flattening"]


def test_header_and_values(one_rater_recording: Make, tmp_path: Path) -> None:
    recording = one_rater_recording(scale="rgs-no-whiskers")
    write_xlsx(recording, tmp_path / "rat.xlsx")
    table = pd.read_excel(tmp_path / "rat.xlsx")
    assert list(table) == HEADER
    one = recording.isel(rater=0)["score"]
    np.testing.assert_array_equal(table["Orbital Tightening"], one.sel(unit="orbital"))
    np.testing.assert_array_equal(table["Ear Changes"], one.sel(unit="ear"))
    np.testing.assert_array_equal(table["Nose Flattening"], one.sel(unit="nose"))
    np.testing.assert_allclose(table["RGS"], one.mean("unit", skipna=False))
    assert table["Filename"][1] == "clip_000005.jpg"


def test_a_missing_unit_leaves_its_cell_and_the_mean_empty(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    write_xlsx(one_rater_recording(scale="rgs-no-whiskers"), tmp_path / "rat.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "rat.xlsx")["Sheet1"]
    assert [cell.value for cell in sheet[1]] == HEADER
    row = [cell.value for cell in sheet[4]]
    assert row[1] is None
    assert row[3] is None
    assert row[2] == 0


def test_frames_with_several_faces_have_no_mean_unless_asked_for(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    faces = [1, 2, 2, 1, 1, 1, 1, 1]
    recording = one_rater_recording(scale="rgs-no-whiskers", face_count=faces)
    write_xlsx(recording, tmp_path / "one.xlsx")
    one = pd.read_excel(tmp_path / "one.xlsx")
    assert one["RGS"].isna().tolist() == [count > 1 for count in faces]
    assert one["Orbital Tightening"].notna().all()
    write_xlsx(recording, tmp_path / "all.xlsx", several_faces=True)
    every = pd.read_excel(tmp_path / "all.xlsx")
    assert np.flatnonzero(every["RGS"].isna()).tolist() == [2]  # a unit is missing


def test_names_are_those_of_the_pictures_in_the_zip(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    recording = one_rater_recording(scale="rgs-no-whiskers")
    write_xlsx(recording, tmp_path / "rat.xlsx")
    write_zip(recording, clip, tmp_path / "rat.zip")
    with zipfile.ZipFile(tmp_path / "rat.zip") as archive:
        pictures = [n for n in archive.namelist() if n.startswith("frames/")]
    names = pd.read_excel(tmp_path / "rat.xlsx")["Filename"]
    assert [f"frames/{name}" for name in names] == pictures


def test_another_scale_is_warned_of(one_rater_recording: Make, tmp_path: Path) -> None:
    with pytest.warns(GrimaceWarning, match="not the total of scale mgs-black"):
        write_xlsx(one_rater_recording(), tmp_path / "mouse.xlsx")


def test_text_is_no_formula_and_the_origin_is_told(
    one_rater_recording: Make, tmp_path: Path
) -> None:
    recording = one_rater_recording(scale="rgs-no-whiskers", name="=1+1")
    names = ["=cmd.png"] * recording.sizes["frame"]
    recording = recording.assign_coords(name=("frame", np.array(names, dtype=object)))
    write_xlsx(recording, tmp_path / "rat.xlsx")
    book = openpyxl.load_workbook(tmp_path / "rat.xlsx")
    cell = book["Sheet1"]["A2"]
    assert cell.data_type != "f"
    assert cell.value == "'=cmd.png"
    told = [row[0].value for row in book["About"]]
    assert any("scored by =1+1 (person)" in line for line in told)
