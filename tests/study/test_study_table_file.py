"""Tables with a row for each frame are studies too."""

import warnings

import numpy as np
import pandas as pd
import pytest
from study_samples import model, random_block, write_csv, write_xlsx

from napari_grimace import open_study
from napari_grimace.errors import GrimaceWarning, StudyError
from napari_grimace.recording import NOT_SCORABLE, raters_of
from napari_grimace.study import frame_scores, make_study, sheet_of

UNITS = ["Orbital tightening", "Nose bulge", "Ears", "Whiskers"]
HEADER = ["Mouse", "Group", "Day", "Rater", "Frame", *UNITS]


def opened(path, **options):
    return open_study(path, **{"scale": "mgs-black", **options})


def faults(path, **options):
    with pytest.raises(StudyError) as error:
        opened(path, **options)
    return str(error.value)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "tsv"])
def test_animals_raters_and_frames(tmp_path, kind):
    rows = [
        HEADER,
        ["007", "sham", "0", "A", "0", "0", "0", "1", "2"],
        ["007", "sham", "0", "B", "0", "0", "2", "1", "2"],
        ["007", "sham", "0", "A", "30", "1", "0", "", "2"],
        ["007", "sham", "7", "A", "0", "2", "2", "2", "2"],
        ["8", "lap", "0", "B", "5", "2", "0", "not scorable", "2"],
    ]
    path = tmp_path / f"t.{kind}"
    if kind == "xlsx":
        write_xlsx(path, *rows)
    else:
        write_csv(path, *rows, delimiter="\t" if kind == "tsv" else ";")
    study = opened(path)
    assert sheet_of(study).to_dict("index") == {
        "007_0": {"animal": "007", "group": "sham", "timepoint": "0"},
        "007_7": {"animal": "007", "group": "sham", "timepoint": "7"},
        "8_0": {"animal": "8", "group": "lap", "timepoint": "0"},
    }
    table = frame_scores(study).set_index(["recording", "rater", "frame"])
    assert table["total"].loc[("007_0", "A", 0)] == 3
    assert table["total"].loc[("007_0", "B", 0)] == 5
    assert np.isnan(table["total"].loc[("007_0", "A", 30)])
    assert table["units_scored"].loc[("007_0", "A", 30)] == 3
    assert table["total"].loc[("007_7", "A", 0)] == 8
    assert len(table) == 5
    assert [rater.label for rater in raters_of(study["007_0"].to_dataset())] == [
        "A",
        "B",
    ]
    state = study["8_0"]["state"].sel(unit="ear").item()
    assert state == NOT_SCORABLE


def test_codes_of_missing_scores_are_counted(tmp_path):
    rows = [
        ["animal", "frame", "orbital", "nose", "ear", "whiskers"],
        ["1", "0", "-1", "9", "-", "n/a"],
        ["1", "1", "1", "0", "", "2"],
        ["1", "2", "", "", "", ""],
        ["1", "3", "2", "2", "-1.0", "2"],
    ]
    path = write_csv(tmp_path / "t.csv", *rows)
    with pytest.warns(GrimaceWarning, match="5 cells say -1, 9, - or n/a"):
        table = frame_scores(opened(path))
    assert table["frame"].tolist() == [0, 1, 3]  # nobody rated the one that is blank
    assert table["units_scored"].tolist() == [0, 3, 3]
    assert table["total"].isna().all()


def test_scores_off_the_scale_and_other_faults(tmp_path):
    rows = [
        ["Scores of May"],
        [*HEADER, "rater kind"],
        ["1", "a", "0", "A", "0", "3", "1", "x", "1.5", "person"],
        ["1", "a", "0", "A", "zero", "0", "0", "0", "0", "robot"],
        ["1", "a", "0", "A", "", "0", "0", "0", "0", ""],
        ["1", "a", "0", "A", "0", "0", "0", "0", "0", ""],
        ["1", "b", "0", "A", "9", "0", "0", "0", "0", ""],
        ["", "b", "0", "A", "9", "0", "0", "0", "0", ""],
    ]
    told = faults(write_csv(tmp_path / "t.csv", *rows)).splitlines()[1:]
    assert told == [
        "- row 3, column F (orbital): '3' is not one of 0, 1, 2, not scorable",
        "- row 3, column G (nose): '1' is not one of 0, 2, not scorable",
        "- row 3, column H (ear): 'x' is not one of 0, 1, 2, not scorable",
        "- row 3, column I (whiskers): '1.5' is not one of 0, 1, 2, not scorable",
        "- row 4, column E (frame): 'zero' is no frame number (whole, from 0)",
        "- row 4, column J (rater_kind): 'robot' is none of person, model, consensus",
        "- row 5, column E (frame): is blank",
        "- row 6: the same frame by the same rater is in row 3",
        "- row 7, column B (group): recording '1_0' has group 'a' in row 3, and 'b' "
        "here: give each recording its own name",
        "- row 8, column A (animal): is blank",
    ]


def test_the_scale_is_named_by_a_column_or_asked_for(tmp_path):
    header = ["animal", "frame", "orbital", "nose", "ear", "scale"]
    path = write_csv(
        tmp_path / "t.csv", header, ["1", "0", "0.5", "1", "1", "rgs-no-whiskers"]
    )
    study = open_study(path)
    assert study.attrs["scale"] == "rgs-no-whiskers"
    assert frame_scores(study)["total"].tolist() == [np.float32(2.5 / 3)]
    path = write_csv(tmp_path / "t.csv", header[:-1], ["1", "0", "0", "0", "1"])
    assert "Add a column 'scale'" in faults(path, scale=None)
    rows = [["1", "0", "0", "0", "1", "rgs"], ["1", "1", "0", "0", "1", "mgs"]]
    path = write_csv(tmp_path / "t.csv", header, *rows)
    assert "scales are mixed: 'rgs', 'mgs'" in faults(path, scale=None)


def test_frames_by_time_and_by_picture(tmp_path):
    rows = [["animal", "time", "orbital"], ["1", "1:30", "1"], ["1", "30", "2"]]
    table = frame_scores(opened(write_csv(tmp_path / "t.csv", *rows)))
    assert table["time"].tolist() == [30, 90]
    assert table["frame"].tolist() == [0, 1]
    assert table["orbital"].tolist() == [2, 1]
    rows = [["animal", "picture", "orbital"], ["1", "b.png", "1"], ["1", "a.png", "2"]]
    table = frame_scores(opened(write_csv(tmp_path / "t.csv", *rows)))
    assert table["orbital"].tolist() == [1, 2]
    assert table["time"].isna().all()
    rows = [["animal", "time", "orbital"], ["1", "soon", "1"]]
    assert "'soon' is no time" in faults(write_csv(tmp_path / "t.csv", *rows))


def test_what_differs_between_frames_is_not_of_the_recording(tmp_path):
    rows = [
        ["animal", "frame", "orbital", "sex", "remark"],
        ["1", "0", "1", "m", "asleep"],
        ["1", "1", "1", "m", ""],
    ]
    path = write_csv(tmp_path / "t.csv", *rows)
    with pytest.warns(GrimaceWarning, match="are left out: 'remark'"):
        assert list(sheet_of(opened(path))) == ["animal", "group", "timepoint", "sex"]


def test_columns_must_be_clear(tmp_path):
    path = write_csv(tmp_path / "t.csv", ["frame", "ear"], ["1", "1"])
    assert "there is no column 'animal'" in faults(path)
    path = write_csv(tmp_path / "t.csv", ["animal", "frame", "eye", "orbital"], ["1"])
    assert "are both of orbital" in faults(path)


def test_a_table_that_was_written_comes_back(tmp_path):
    """But for frames with several faces, whose totals a table does not tell."""
    recording = random_block(model(), np.arange(0, 900, 30))
    study = make_study(
        {"a b": recording},
        pd.DataFrame({"animal": ["007"], "group": ["g"], "dose": ["5"]}, index=["a b"]),
    )
    table = frame_scores(study)
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(GrimaceWarning, match="column 'total' is not what the scale's"):
        back = opened(tmp_path / "t.csv")
    assert frame_scores(back).equals(frame_scores(study, several_faces=True))
    assert sheet_of(back).equals(sheet_of(study))
    frame_scores(study, several_faces=True).to_csv(tmp_path / "t.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened(tmp_path / "t.csv")


def test_a_scale_that_is_not_there_is_told_with_its_row(tmp_path):
    header = ["animal", "frame", "orbital", "scale"]
    path = write_csv(tmp_path / "t.csv", header, ["1", "0", "1", "msg"])
    told = faults(path, scale=None)
    assert "t.csv" in told
    assert "row 2, column D (scale): There is no scale 'msg'" in told


def test_times_must_go_with_frames(tmp_path):
    header = ["animal", "rater", "frame", "time", "orbital"]
    rows = [["1", "A", "0", "0.5", "1"], ["1", "B", "0", "9", "1"]]
    told = faults(write_csv(tmp_path / "t.csv", header, *rows))
    assert "row 3, column D (time): frame 0 is at 9 s, but frame 0 at 0.5 s" in told
    rows = [["1", "A", "60", "0:02", "1"], ["1", "A", "30", "2:00", "1"]]
    told = faults(write_csv(tmp_path / "t.csv", header, *rows))
    assert "row 2, column D (time): frame 60 is at 2 s, but frame 30 at 120 s" in told
    rows = [["1", "A", "30", "0:01", "1"], ["1", "B", "30", "1.4", "1"]]  # rounded
    assert len(frame_scores(opened(write_csv(tmp_path / "t.csv", header, *rows)))) == 2


def test_raters_are_told_in_every_row_and_their_kind_in_one(tmp_path):
    header = ["animal", "rater", "rater kind", "frame", "orbital"]
    rows = [["1", "A", "", "0", "1"], ["1", "", "", "1", "1"], ["1", "", "", "2", ""]]
    told = faults(write_csv(tmp_path / "t.csv", header, *rows))
    assert "row 3, column B (rater): is blank" in told
    assert "row 4" not in told  # nobody scored that
    rows = [["1", "A", "", "0", "1"], ["1", "A", "model", "1", "1"]]
    study = opened(write_csv(tmp_path / "t.csv", header, *rows))
    assert raters_of(study["1"].to_dataset())[0].kind == "model"
    rows.append(["2", "A", "person", "1", "1"])
    told = faults(write_csv(tmp_path / "t.csv", header, *rows))
    assert "row 4, column C (rater_kind): 'A' is a person here, and a model" in told
