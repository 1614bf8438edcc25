"""Old spreadsheets of scores: every way to tell frames, every way to be wrong."""

import csv
from datetime import time, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from PIL import Image

from napari_grimace.errors import RecordingError
from napari_grimace.exchange import import_scores, write_csv, write_xlsx
from napari_grimace.exchange.scores_frames import seconds_of
from napari_grimace.recording import (
    STATES,
    Change,
    Rater,
    RecordingStore,
    open_recording,
    raters_of,
    read_journals,
    rename_rater,
)
from napari_grimace.scales import load_scale
from napari_grimace.video import open_video

BLACK = load_scale("mgs-black")
HEADER = ["Frame", "Orbital tightening", "Nose bulge", "Ear position", "Whisker change"]
ROWS = [[0, 0, 2, 1, 2], [5, 2, 0, 0, 1], [39, 1, 0, 2, 0]]
UNITS = BLACK.unit_names


@pytest.fixture
def recording(clip: Path, clip_attrs, tmp_path: Path) -> Path:
    """A recording of 40 frames, ten per second; a model's scale is known."""
    store = RecordingStore.create(tmp_path / "clip.grimace", clip_attrs)
    model = Rater("nets 1", "nets", "model", scale=BLACK, build="1")
    store.add_rater(model)
    return store.path


def table(path: Path, rows, header=HEADER, sheet="Scores", formats=None) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path) if path.exists() else openpyxl.Workbook()
        page = book.create_sheet(sheet)
        for row in [header, *rows]:
            page.append(row)
        for place, form in (formats or {}).items():
            page[place].number_format = form
        if "Sheet" in book.sheetnames:
            book.remove(book["Sheet"])
        book.save(path)
        return path
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def scores(path: Path, rater="Anna") -> dict[int, list[object]]:
    """Scores as the recording tells them, in the order of the scale."""
    recording = open_recording(path)
    if rater not in recording["rater"]:
        return {}
    one = recording.sel(rater=rater, unit=list(UNITS))
    found = {}
    for frame in one["frame"].values.tolist():
        told = one.sel(frame=frame)
        states, values = told["state"].values.tolist(), told["score"].values.tolist()
        if any(states):
            found[frame] = [
                value if state == 1 else STATES[state]
                for state, value in zip(states, values, strict=True)
            ]
    return found


TRUTH = {row[0]: [float(value) for value in row[1:]] for row in ROWS}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".tsv"])
def test_frames_by_number(recording: Path, tmp_path: Path, suffix: str) -> None:
    path = table(tmp_path / f"old{suffix}", ROWS)
    result = import_scores(recording, path, "Anna")
    assert scores(recording) == TRUTH
    assert (result.frames, result.scores, result.written) == (3, 12, 12)
    assert result.columns == dict(zip(["frame", *UNITS], HEADER, strict=True))
    anna = raters_of(open_recording(recording))[-1]
    assert anna == Rater(
        *("Anna", "Anna", "person"),
        scale=BLACK,
        sampling=f"imported from old{suffix}",
    )
    (journal,) = read_journals(recording / "journals")
    assert len({record.batch for record in journal.records}) == 1
    assert [record.seconds for record in journal.records] == [0.0, 0.5, 3.9]
    assert journal.records[1].reason == f"imported from old{suffix}, row 3"


def test_text_in_other_ways_of_writing(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    text = (
        "Mausstudie;;\r\n\r\n Bild ;Frame # ; EYE;Ohren;ears;Müde\r\n"
        'x;"0,0";1,0; ; 2 ;\r\nx;5;"2";;"-1";ja\r\n'
    )
    path.write_bytes(text.encode("cp1252"))
    result = import_scores(recording, path, "Anna")
    assert scores(recording) == {
        0: [1.0, "not_rated", 2.0, "not_rated"],
        5: [2.0, "not_rated", "not_rated", "not_rated"],
    }
    assert result.left_out == ("Bild", "Ohren", "Müde")
    assert result.not_rated == 1


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        ([0.02, 0.49, 3.93], {}),
        (["0:00.04", "0:00.5", "00:00:03.9"], {}),
        ([time(0, 0, 0), timedelta(seconds=0.5), timedelta(seconds=3.9)], {}),
    ],
)
def test_frames_by_time(recording: Path, tmp_path: Path, cells, formats) -> None:
    rows = [[cell, *row[1:]] for cell, row in zip(cells, ROWS, strict=True)]
    path = table(tmp_path / "old.xlsx", rows, ["Time (s)", *HEADER[1:]])
    import_scores(recording, path, "Anna")
    assert scores(recording) == TRUTH


def test_what_a_spreadsheet_takes_for_hours_are_minutes(
    recording: Path, tmp_path: Path
) -> None:
    """Typed as 0:03, a program keeps three minutes past midnight, shown as h:mm."""
    rows = [[time(0, 3), 1, 2, 0, 0]]
    header = ["Time", *HEADER[1:]]
    path = table(tmp_path / "old.xlsx", rows, header, formats={"A2": "h:mm"})
    import_scores(recording, path, "Anna")
    assert list(scores(recording)) == [30]


def test_times_outside_of_the_video_are_refused(recording, tmp_path: Path) -> None:
    rows = [[3.949, 0, 0, 0, 0], [3.96, 0, 0, 0, 0], ["0:75", 0, 0, 0, 0]]
    path = table(tmp_path / "old.xlsx", rows, ["Time", *HEADER[1:]])
    with pytest.raises(RecordingError) as error:
        import_scores(recording, path, "Anna")
    assert str(error.value).splitlines()[1:] == [
        "- row 3, column A (time): no frame is shown at 3.96 s: the nearest is frame "
        "39, at 3.900 s",
        "- row 4, column A (time): '0:75' is no time: write seconds, mm:ss or hh:mm:ss",
    ]
    assert scores(recording) == {}


def test_without_the_video_only_known_times_are_found(
    clip_attrs, tmp_path: Path
) -> None:
    attrs = {**clip_attrs, "source_path": str(tmp_path / "gone.mp4")}
    store = RecordingStore.create(tmp_path / "a.grimace", attrs)
    ben = Rater("Ben", "Ben", "person", scale=BLACK)
    with store.journal(ben) as writer:
        writer.commit(5, [Change("score", "ear", None, 1)], seconds=0.5)
    path = table(tmp_path / "old.csv", [[0.52, 1, 2, 0, 0]], ["Time", *HEADER[1:]])
    import_scores(store.path, path, "Anna")
    assert list(scores(store.path)) == [5]
    table(path, [[0.7, 1, 2, 0, 0]], ["Time", *HEADER[1:]])
    with pytest.raises(RecordingError, match=r"no frame is shown at 0\.7 s"):
        import_scores(store.path, path, "Anna")


def test_frames_by_the_names_of_their_pictures(recording, tmp_path: Path) -> None:
    names = ["clip_000000.jpg", "frames/clip_5.png", "C:\\a\\clip_0039.jpg"]
    rows = [[name, *row[1:]] for name, row in zip(names, ROWS, strict=True)]
    path = table(tmp_path / "old.csv", rows, ["File name", *HEADER[1:]])
    import_scores(recording, path, "Anna")
    assert scores(recording) == TRUTH
    table(path, [["PG1.png", 0, 0, 0, 0]], ["Filename", *HEADER[1:]])
    with pytest.raises(RecordingError, match=r"'PG1\.png' does not tell a frame"):
        import_scores(recording, path, "Anna")


def test_pictures_of_a_folder_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2, 10):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / f"PG{number}.png")
    attrs = dict(open_video(folder).attrs)
    store = RecordingStore.create(tmp_path / "a.grimace", attrs)
    rows = [["pg10.PNG", 1, 2, 0, 0], ["PG2.png", 0, 0, 2, 2]]
    path = table(tmp_path / "old.xlsx", rows, ["Image", *HEADER[1:]])
    import_scores(store.path, path, "Anna", scale="mgs-black")
    assert list(scores(store.path)) == [1, 2]
    assert scores(store.path)[2] == [1.0, 2.0, 0.0, 0.0]
    table(tmp_path / "b.csv", [["PG3.png", 1, 2, 0, 0]], ["Image", *HEADER[1:]])
    with pytest.raises(RecordingError, match=r"no 'PG3\.png'"):
        import_scores(store.path, tmp_path / "b.csv", "Anna", scale="mgs-black")


def test_what_was_not_scored_is_never_zero(recording, tmp_path: Path) -> None:
    rows = [
        [0, -1, "9", "-", None],
        [1, "-1.0", 9, "n/a", "NaN"],
        [2, 0, "", "not scorable", "0"],
        [3, None, None, None, None],
    ]
    result = import_scores(recording, table(tmp_path / "old.xlsx", rows), "Anna")
    assert scores(recording) == {2: [0.0, "not_rated", "not_scorable", 0.0]}
    assert (result.frames, result.scores, result.not_rated) == (1, 3, 13)
    assert "cells that say not rated: 13" in str(result)


def test_the_table_of_painface(recording, tmp_path: Path) -> None:
    header = [" Timestamp (s)", " AU Scored", "Orbital ", "Nose", "Ears", "Whiskers"]
    rows = [[0.0, 4, 1, 2, 0, 2, -1], [0.1, 2, 1, -1, 2, -1, -1]]
    path = table(tmp_path / "painface.csv", rows, [*header, "Cheek"])
    result = import_scores(recording, path, "Anna")
    assert scores(recording) == {
        0: [1.0, 2.0, 0.0, 2.0],
        1: [1.0, "not_rated", 2.0, "not_rated"],
    }
    assert result.left_out == ("AU Scored", "Cheek")  # no unit of mgs-black


def test_tables_of_this_program_come_back(
    recording, one_rater_recording, tmp_path: Path
) -> None:
    truth = one_rater_recording()
    write_csv(truth, tmp_path / "scores.csv")
    import_scores(recording, tmp_path / "scores.csv", "Anna")
    back = open_recording(recording).sel(rater="Anna", unit=list(UNITS))
    there = truth.isel(rater=0).sel(unit=list(UNITS))
    brought = back.sel(frame=there["frame"])["score"].values
    np.testing.assert_array_equal(brought, there["score"].values)
    np.testing.assert_allclose(back["time"].sel(frame=there["frame"]), there["time"])


def test_the_sheet_of_automated_rgs_comes_back(
    recording, one_rater_recording, tmp_path: Path
) -> None:
    truth = one_rater_recording(scale="rgs-no-whiskers")
    truth["score"][0, 0, 0] = 0.5  # the mean of two sides
    write_xlsx(truth, tmp_path / "rat.xlsx")
    assert pd.read_excel(tmp_path / "rat.xlsx").columns[0] == "Filename"
    result = import_scores(
        recording, tmp_path / "rat.xlsx", "Anna", scale="rgs-no-whiskers"
    )
    units = ["orbital", "nose", "ear"]
    back = open_recording(recording).sel(rater="Anna", unit=units)["score"]
    np.testing.assert_array_equal(
        back.sel(frame=truth["frame"]), truth.isel(rater=0)["score"].sel(unit=units)
    )
    assert result.left_out == ("RGS",)


def test_every_fault_is_named_and_nothing_is_written(recording, tmp_path) -> None:
    rows = [
        [0, 3, 1, 0.5, "two"],
        [0, 1, 0, 0, 0],
        [40, 1, 0, 0, 0],
        [1.5, 1, 0, 0, 0],
        [None, 1, 0, 0, 0],
        ["Mean", 1.2, 0, 0, 0],
        [7, "=B2", 0, 0, True],
    ]
    with pytest.raises(RecordingError) as error:
        import_scores(recording, table(tmp_path / "old.xlsx", rows), "Anna")
    said = str(error.value).splitlines()
    assert "nothing was imported" in said[0]
    allowed = "is not one of 0, 1, 2, not scorable"
    assert said[1:] == [
        f"- row 2, column B (orbital): '3' {allowed}",
        "- row 2, column C (nose): '1' is not one of 0, 2, not scorable",
        f"- row 2, column D (ear): '0.5' {allowed}",
        f"- row 2, column E (whiskers): 'two' {allowed}",
        "- row 3: frame 0 is in row 2 already",
        "- row 4, column A (frame): the video has 40 frames, numbered from 0: there is "
        "no 40",
        "- row 5, column A (frame): 1.5 is no frame number (whole, from 0)",
        "- row 6, column A (frame): is blank, but the row has scores",
        "- row 7, column A (frame): 'Mean' is no frame number (whole, from 0)",
        "- row 8, column B (orbital): the file does not say what =B2 comes to: open "
        "and save it in the spreadsheet program",
        f"- row 8, column E (whiskers): 'True' {allowed}",
    ]
    assert scores(recording) == {}
    assert not list((recording / "journals").iterdir())


def test_many_faults_are_counted(recording, tmp_path: Path) -> None:
    rows = [[frame, 3, 3, 3, 3] for frame in range(40)]
    with pytest.raises(RecordingError, match="and 140 more"):
        import_scores(recording, table(tmp_path / "old.csv", rows), "Anna")


def test_importing_again_writes_only_what_was_mended(recording, tmp_path) -> None:
    path = table(tmp_path / "old.csv", ROWS)
    import_scores(recording, path, "Anna")
    before = sorted((recording / "journals").iterdir())
    assert import_scores(recording, path, "Anna").written == 0
    assert sorted((recording / "journals").iterdir()) == before
    table(path, [[0, 2, 2, 1, -1], [7, 0, 0, 0, 0]])
    assert import_scores(recording, path, "Anna").written == 6
    assert scores(recording) == {
        **TRUTH,
        0: [2.0, 2.0, 1.0, "not_rated"],
        7: [0.0] * 4,
    }


def test_what_was_changed_in_the_recording_since_stays(recording, tmp_path) -> None:
    path = table(tmp_path / "old.csv", ROWS)
    anna = import_scores(recording, path, "Anna").rater
    with RecordingStore.open(recording).journal(anna) as writer:
        writer.commit(5, [Change("score", "ear", 0, 2)])
    result = import_scores(recording, path, "Anna")
    assert result.written == 0
    (clash,) = result.clashes
    assert (clash.frame, clash.at, clash.there, clash.brought) == (5, "ear", 2.0, 0.0)
    assert "frame 5, score ear: 2.0 is there, not 0.0" in str(result)
    assert scores(recording)[5][2] == 2


def test_other_tables_of_a_person_are_other_passes(recording, tmp_path) -> None:
    import_scores(recording, table(tmp_path / "old.csv", ROWS), "Anna")
    again = [[row[0], 0, 0, 0, 0] for row in ROWS]
    result = import_scores(recording, table(tmp_path / "again.csv", again), "Anna")
    assert (result.rater.label, result.rater.occasion) == ("Anna (2)", 2)
    assert scores(recording) == TRUTH
    assert scores(recording, "Anna (2)") == {row[0]: [0.0] * 4 for row in ROWS}
    ben = import_scores(recording, tmp_path / "old.csv", "Ben").rater
    assert (ben.label, ben.occasion) == ("Ben", 1)


def test_who_was_renamed_since_keeps_the_pass(recording, tmp_path: Path) -> None:
    path = table(tmp_path / "old.csv", ROWS)
    import_scores(recording, path, "Anna")
    rename_rater([recording], "Anna", "Bea")
    result = import_scores(recording, path, "Anna")
    assert (result.rater.label, result.written) == ("Bea", 0)


def test_the_sheet_with_scores_is_found_or_asked_for(recording, tmp_path) -> None:
    path = table(tmp_path / "old.xlsx", [["x", "y"]], ["Notes", "More"], sheet="About")
    table(path, ROWS, sheet="Anna")
    import_scores(recording, path, "Anna")
    assert scores(recording) == TRUTH
    table(path, [[1, 0, 0, 0, 0]], sheet="Ben")
    with pytest.raises(RecordingError, match="'Anna', 'Ben' all hold scores"):
        import_scores(recording, path, "Ben")
    result = import_scores(recording, path, "Ben", sheet="Ben")
    assert result.rater.sampling == "imported from old.xlsx, sheet Ben"
    assert scores(recording, "Ben") == {1: [0.0] * 4}
    with pytest.raises(RecordingError, match="no sheet 'Cem', only 'About', 'Anna'"):
        import_scores(recording, path, "Cem", sheet="Cem")


def test_columns_of_other_names_are_asked_for(recording, tmp_path: Path) -> None:
    header = ["Bild-Nr", "Auge", "Ohr", "Eye"]
    path = table(tmp_path / "old.csv", [[3, 1, 2, 0]], header)
    with pytest.raises(RecordingError, match="no row of headers"):
        import_scores(recording, path, "Anna")
    columns = {"frame": "bild nr", "orbital": "Auge", "ear": "Ohr"}
    result = import_scores(recording, path, "Anna", columns=columns)
    assert scores(recording) == {3: [1.0, "not_rated", 2.0, "not_rated"]}
    assert result.left_out == ("Eye",)
    with pytest.raises(RecordingError, match="no column 'Nase'"):
        import_scores(recording, path, "Anna", columns={**columns, "nose": "Nase"})
    with pytest.raises(RecordingError, match="no columns for 'tail', only for orbital"):
        import_scores(recording, path, "Anna", columns={"tail": "Ohr"})


def test_two_columns_of_one_unit_are_refused(recording, tmp_path: Path) -> None:
    path = table(tmp_path / "old.csv", [[3, 1, 2]], ["Frame", "Eye", "Orbital"])
    with pytest.raises(RecordingError, match=r"B \(Eye\) and C \(Orbital\)"):
        import_scores(recording, path, "Anna")
    import_scores(recording, path, "Anna", columns={"orbital": "Orbital"})
    assert scores(recording)[3][0] == 2


def test_the_scale_must_be_clear(clip_attrs, tmp_path: Path) -> None:
    store = RecordingStore.create(tmp_path / "a.grimace", clip_attrs)
    path = table(tmp_path / "old.csv", ROWS)
    with pytest.raises(RecordingError, match="Say which scale was followed"):
        import_scores(store.path, path, "Anna")
    import_scores(store.path, path, "Anna", scale="mgs-black")
    assert scores(store.path) == TRUTH


def test_files_that_cannot_be_read(recording, tmp_path: Path) -> None:
    for name, words in [
        ("none.csv", "cannot be read"),
        ("none.xlsx", "cannot be read"),
        ("old.xls", r"read from \.xlsx, \.csv and \.tsv"),
    ]:
        with pytest.raises(RecordingError, match=words):
            import_scores(recording, tmp_path / name, "Anna")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(RecordingError, match="no row of headers"):
        import_scores(recording, tmp_path / "empty.csv", "Anna")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:02", 62),
        ("1:02:03.5", 3723.5),
        ("90:00", 5400),
        (12, 12),
        ("12,5", 12.5),
        (" 0:00 ", 0),
    ],
)
def test_times(text, seconds) -> None:
    assert seconds_of(text) == seconds
