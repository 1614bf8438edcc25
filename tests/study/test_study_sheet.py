"""Sample sheets: what they tell, and faults by row and column."""

import warnings

import numpy as np
import pandas as pd
import pytest
from study_samples import (
    VIDEO,
    model,
    person,
    random_block,
    write_csv,
    write_recording,
    write_xlsx,
)

from napari_grimace import open_recording, open_study
from napari_grimace.errors import GrimaceError, StudyError
from napari_grimace.rating import Rating
from napari_grimace.recording import RecordingStore, raters_of, save_recording
from napari_grimace.scales import load_scale
from napari_grimace.study import (
    frame_scores,
    make_study,
    raters_in,
    save_study,
    sheet_of,
)

HEADER = ["path", "animal", "group", "timepoint"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four recordings by one model, two of them of one video's chambers."""
    folder = tmp_path_factory.mktemp("study")
    for i, name in enumerate(["m1", "m1_left", "m1_right", "007"]):
        block = random_block(model(), np.arange(0, 1800, 30), seed=i)
        write_recording(folder / f"{name}.grimace", block)
    return folder


def faults(path, **options):
    with pytest.raises(StudyError) as error:
        open_study(path, **options)
    return str(error.value)


def test_text_stays_text(folder):
    rows = [
        [*HEADER, "dose", "cohort"],
        ["007.grimace", "007", "NA", "nan", "1e3", ""],
        ["m1.grimace", "7", "None", "-1", "5.0", "null"],
    ]
    sheet = sheet_of(open_study(write_csv(folder / "text.csv", *rows)))
    assert sheet.to_numpy().tolist() == [row[1:] for row in rows[1:]]
    assert list(sheet) == ["animal", "group", "timepoint", "dose", "cohort"]
    assert list(sheet.index) == ["007", "m1"]


def test_numbers_of_a_workbook_are_written_as_people_read_them(folder):
    path = write_xlsx(
        folder / "numbers.xlsx",
        ["Our study of 2026", None, None, None],
        [],
        ["path", "animal", "group", "day"],
        ["m1", 7.0, "sham", 0],
        [],
        ["007", "007", "sham", 2.5],
    )
    sheet = sheet_of(open_study(path))
    assert sheet["animal"].tolist() == ["7", "007"]
    assert sheet["timepoint"].tolist() == ["0", "2.5"]


@pytest.mark.parametrize(
    ("name", "delimiter", "encoding"),
    [
        ("a.csv", ",", "utf-8"),
        ("b.csv", ";", "utf-8-sig"),
        ("c.tsv", "\t", "utf-8"),
        ("d.csv", ";", "cp1252"),
    ],
)
def test_any_usual_text_file(folder, name, delimiter, encoding):
    rows = [[" Path", "MOUSE ID", "Treatment ", "Time point"], ["m1", "ä", "ö,", "ü;"]]
    path = write_csv(folder / name, *rows, delimiter=delimiter, encoding=encoding)
    told = sheet_of(open_study(path))
    assert told.to_numpy().tolist() == [["ä", "ö,", "ü;"]]
    assert list(told) == ["animal", "group", "timepoint"]


def test_a_word_of_ours_counts_before_its_aliases(folder):
    rows = [["path", "id", "animal", "group", "treatment"], ["m1", "x", "1", "a", "b"]]
    told = sheet_of(open_study(write_csv(folder / "alias.csv", *rows)))
    assert told.loc["m1"].to_dict() == {
        "animal": "1",
        "group": "a",
        "timepoint": "",
        "id": "x",
        "treatment": "b",
    }


def test_recordings_are_found_by_video_and_chamber(folder):
    (folder / "m1.mp4").touch()
    path = write_csv(
        folder / "chambers.csv",
        ["video", "chamber", "animal", "group"],
        ["m1.mp4", "", "1", "a"],
        ["m1.mp4", "left", "2", "a"],
        ["m1_right.grimace", "right", "3", "a"],
        ["007", "", "4", "a"],
    )
    assert list(open_study(path).children) == ["m1", "m1_left", "m1_right", "007"]


def test_a_region_in_pixels_must_be_the_recordings(folder):
    block = random_block(model(), [0, 30])
    write_recording(folder / "roi.grimace", block, video={"roi": [0, 10, 480, 640]})
    header = ["path", "roi", "animal", "group"]
    path = write_csv(folder / "r.csv", header, ["roi", "0,10,480,640", "1", "a"])
    assert list(open_study(path).children) == ["roi"]
    path = write_csv(folder / "r.csv", header, ["roi", "0,0,480,640", "1", "a"])
    assert "row 2, column B (roi): roi.grimace is of another region" in faults(path)


def test_all_faults_are_told_at_once(folder):
    (folder / "notes.txt").write_text("no recording")
    path = write_csv(
        folder / "bad.csv",
        [*HEADER, "time", "Sex", "sex", ""],
        ["m1", "1", "sham", "post", "", "m", "", ""],
        ["nowhere.grimace", "2", "sham", "post", "", "m", "", ""],
        ["notes.txt", "3", "sham", "post", "", "m", "", ""],
        [],
        ["m1.mp4", "1", "Sham", "post", "", "m", "", "!"],
        ["", "", "", "post", "", "m", "", ""],
    )
    told = faults(path)
    assert told.splitlines()[1:] == [
        "- row 1: column G is called 'sex' as another is",
        "- row 1, column E (time): a column cannot be called 'time' here: give it "
        "another name",
        f"- row 3, column A (path): there is no recording {folder / 'nowhere.grimace'}",
        "- row 4, column A (path): notes.txt is no recording, and there is no "
        "notes.grimace beside it: score it first, or give the recording's path",
        "- row 6: '!' is in column H, which has no name in the row of headers",
        "- row 6, column C (group): 'Sham' is 'sham' in row 2: write both alike",
        "- row 6, column B (animal): animal '1' at timepoint 'post' is in row 2 "
        "already; give different animals different names, or recordings of one animal "
        "different timepoints",
        "- row 6, column A (path): m1.grimace is in row 2 already",
        "- row 7, column A (path): is blank",
        "- row 7, column B (animal): is blank",
        "- row 7, column C (group): is blank",
    ]


def test_missing_columns(folder):
    told = faults(write_csv(folder / "few.csv", ["animal", "sex"], ["1", "m"]))
    assert "row 1: there is no column 'path', only 'animal', 'sex'" in told
    assert "row 1: there is no column 'group'" in told
    rows = [["file", "mouse", "rat", "group"], ["m1"]]
    told = faults(write_csv(folder / "few.csv", *rows))
    assert "columns B (mouse) and C (rat) are both of animal: keep one" in told


def test_empty_and_absent_sheets(folder):
    assert "is empty" in faults(write_csv(folder / "none.csv"))
    assert "no rows below" in faults(write_csv(folder / "none.csv", HEADER))
    assert "there is no such file" in faults(folder / "nothing.csv")
    assert "is a folder" in faults(folder)
    assert "Save it as" in faults(folder / "m1.mp4")
    (folder / "broken.xlsx").write_text("no workbook")
    assert "is no xlsx file" in faults(folder / "broken.xlsx")


def test_a_damaged_recording_is_told_with_its_row(folder):
    (folder / "damaged.grimace" / "recording.zarr").mkdir(parents=True)
    told = faults(write_csv(folder / "d.csv", HEADER, ["damaged", "1", "a", ""]))
    assert "row 2, column A (path)" in told
    assert "zarr.json" in told


def test_mixed_scales_are_told_before_anything_is_read(tmp_path):
    rgs = load_scale("rgs")
    for name, rater in [("a", model()), ("b", model()), ("c", person(scale=rgs))]:
        write_recording(tmp_path / f"{name}.grimace", random_block(rater, [0, 30, 60]))
    for chunk in tmp_path.glob("*.grimace/recording.zarr/*/*/c"):
        chunk.rename(chunk.with_name("gone"))
    rows = [[name, name, "g", ""] for name in "abc"]
    told = faults(write_csv(tmp_path / "s.csv", HEADER, *rows))
    assert "scales are mixed: 'mgs-black' in rows 2 to 3; 'rgs' in row 4" in told


def test_mixed_builds_are_told_and_can_be_allowed(tmp_path):
    for name, build in [("a", "1"), ("b", "2"), ("c", "1")]:
        block = random_block(model(build), [0, 30, 60])
        write_recording(tmp_path / f"{name}.grimace", block)
    block = random_block(person(), [0, 30])
    write_recording(tmp_path / "d.grimace", block)  # by people alone: no matter
    rows = [[name, name, "g", ""] for name in "abcd"]
    path = write_csv(tmp_path / "s.csv", HEADER, *rows)
    told = faults(path)
    assert "'nets 1 mgs-black' in rows 2, 4; 'nets 2 mgs-black' in row 3" in told
    study = open_study(path, allow_mixed_builds=True)
    with pytest.warns(UserWarning, match="'nets' did not rate 1 of the.*'d'"):
        scores = frame_scores(study, rater="nets")
    assert scores["rater"].unique().tolist() == ["nets"]
    assert scores["recording"].unique().tolist() == ["a", "b", "c"]


def test_recordings_scored_by_several_builds_have_one_in_common(tmp_path):
    for name, builds in [("a", "1"), ("b", "12")]:
        blocks = [random_block(model(build), [0, 30]) for build in builds]
        write_recording(tmp_path / f"{name}.grimace", *blocks)
    path = write_csv(tmp_path / "s.csv", HEADER, *([n, n, "g", ""] for n in "ab"))
    assert len(raters_in(open_study(path))["b"]) == 2


def test_people_in_journals_are_known_without_opening(tmp_path):
    path = write_recording(tmp_path / "a.grimace", random_block(model(), [0, 30]))
    rating = Rating(RecordingStore.open(path), person("Bo"))
    rating.score(30, "ear", 1)
    rating.close()
    study = open_study(write_csv(tmp_path / "s.csv", HEADER, ["a", "1", "g", ""]))
    raters = raters_in(study)["a"]
    assert [rater.label for rater in raters] == ["nets 1 mgs-black", "Bo"]
    assert raters == raters_of(study["a"].to_dataset())


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_saved_recordings_serve_too(tmp_path, suffix):
    path = write_recording(tmp_path / "a.grimace", random_block(model(), [0, 30]))
    save_recording(open_recording(path), tmp_path / f"b{suffix}")
    rows = [["a", "1", "g", ""], [f"b{suffix}", "2", "g", ""]]
    study = open_study(write_csv(tmp_path / "s.csv", HEADER, *rows))
    assert raters_in(study)["a"] == raters_in(study)["b"]
    scores = frame_scores(study).drop(columns=["recording", "animal"])
    first, second = (rows for _, rows in scores.groupby(frame_scores(study)["animal"]))
    assert first.reset_index(drop=True).equals(second.reset_index(drop=True))


def test_files_of_one_name_are_told_apart_by_animal(tmp_path):
    for place in ("x", "y"):
        (tmp_path / place).mkdir()
        write_recording(tmp_path / place / "a.grimace", random_block(model(), [0]))
    write_recording(tmp_path / "b.grimace", random_block(model(), [0]))
    rows = [["x/a", "1/2", "g", "pre"], ["y\\a.grimace", "3", "g", ""], ["b", "4", "g"]]
    study = open_study(write_csv(tmp_path / "s.csv", HEADER, *rows))
    assert list(study.children) == ["1_2_pre", "3", "b"]
    assert study["1_2_pre"].attrs["animal"] == "1/2"


def test_experiments_of_a_sheet(folder):
    header = [*HEADER, "Experiment"]
    rows = [["m1", "1", "a", "", "one"], ["007", "2", "a", "", "two"]]
    path = write_csv(folder / "e.csv", header, *rows)
    assert len(open_study(path).children) == 2
    rows = [["m1", "1", "a", "pre", "one"], ["007", "1", "a", "post", "two"]]
    path = write_csv(folder / "e.csv", header, *rows)
    told = faults(path)
    assert "row 3, column B (animal): animal '1' of experiment 'two' is in" in told
    assert "choose one experiment (experiment=" in told
    assert list(open_study(path, experiment="two").children) == ["007"]
    told = faults(path, experiment="three")
    assert "there is no experiment 'three', only 'one', 'two'" in told


def test_animals_are_spelled_alike(folder):
    rows = [["m1", "a1", "g", "pre"], ["007", "A1", "g", "post"]]
    told = faults(write_csv(folder / "s.csv", HEADER, *rows))
    assert "row 3, column B (animal): 'A1' is 'a1' in row 2: write both alike" in told


def test_errors_of_the_spreadsheet_program_are_no_names(folder):
    rows = [["m1", "#REF!", "g", ""], ["007", "2", "#N/A", ""]]
    told = faults(write_csv(folder / "s.csv", HEADER, *rows))
    assert "row 2, column B (animal): '#REF!' is an error of the spreadsheet" in told
    assert "row 3, column C (group): '#N/A' is an error of the spreadsheet" in told


def test_a_quotation_mark_that_nothing_closes_swallows_no_rows(folder):
    path = folder / "quote.csv"
    path.write_text(
        'path,animal,group,remark\nm1,1,a,ok\n007,2,a,"5 mm\nm1_left,3,b,ok\n'
    )
    assert "row 3: quotation marks are not as they should be" in faults(path)


def test_unicode_text_of_a_spreadsheet_program(folder):
    path = folder / "utf16.txt"
    path.write_text("path\tanimal\tgroup\nm1\t1\tä\n", encoding="utf-16")
    assert sheet_of(open_study(path)).loc["m1", "group"] == "ä"


def test_paths_as_they_are_copied(tmp_path):
    """With quotes around them, with two blanks, with a dot that ends no name."""
    for i, name in enumerate(["my  clip", "mouse", "mouse.1"]):
        block = random_block(model(), np.arange(0, 300, 30), seed=i)
        write_recording(tmp_path / f"{name}.grimace", block)
    header, *rows = (
        HEADER[:3],
        ['"my  clip.mp4"', "1", "g"],
        ["mouse.1", "2", "g"],
        ["mouse.mp4", "3", "g"],
    )
    study = open_study(write_xlsx(tmp_path / "s.xlsx", header, *rows))
    assert list(study.children) == ["my  clip", "mouse.1", "mouse"]


def test_paths_without_a_name(folder):
    told = faults(write_csv(folder / "p.csv", HEADER, [".", "1"], ["/", "2", "a"]))
    assert "row 2, column A (path): there is no recording" in told
    assert "row 3, column A (path): there is no recording /" in told


def test_a_column_with_a_slash_can_be_packed(folder):
    header = [*HEADER[:3], "dose (mg/kg)"]
    path = write_csv(folder / "slash.csv", header, ["m1", "1", "g", "0,5"])
    save_study(open_study(path), folder / "slash.nc")
    packed = sheet_of(open_study(folder / "slash.nc"))
    assert packed["dose_(mg_kg)"].tolist() == ["0,5"]
    block = random_block(model(), [0, 30])
    by_hand = make_study({"a": block}, pd.DataFrame({"mg/kg": ["1"]}, index=["a"]))
    with pytest.raises(StudyError, match="'mg/kg' has a slash"):
        save_study(by_hand, folder / "slash.nc")


def test_one_animal_in_several_groups_is_a_crossover(folder):
    rows = [["m1", "1", "a", "first"], ["007", "1", "b", "second"]]
    study = open_study(write_csv(folder / "c.csv", HEADER, *rows))
    assert sheet_of(study)["group"].tolist() == ["a", "b"]


def test_scores_are_read_when_they_are_used(folder):
    """Damage in one recording harms no other."""
    for name in ("good", "lost"):
        write_recording(folder / f"{name}.grimace", random_block(model(), [0, 30]))
    for chunk in folder.glob("lost.grimace/recording.zarr/*/score/c"):
        chunk.rename(chunk.with_name("gone"))
    rows = [["good", "1", "g", ""], ["lost", "2", "g", ""]]
    study = open_study(write_csv(folder / "l.csv", HEADER, *rows))
    assert VIDEO["source"] == study["good"].attrs["source"]
    with warnings.catch_warnings(), pytest.raises(GrimaceError, match="score"):
        frame_scores(study)
