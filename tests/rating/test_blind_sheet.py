"""Sheets for raters without napari: written, filled in, read back, refused."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from blind_samples import BLACK, UNITS, given_scores, make_recordings, rate

from napari_grimace.errors import RecordingError
from napari_grimace.rating import (
    BlindSpec,
    build_blind_set,
    export_blind_sheet,
    import_blind_sheet,
    progress,
)
from napari_grimace.recording import Change, notes_in, rename_rater
from napari_grimace.scales import load_scale

FIRST = 6  # row of picture 1


@pytest.fixture
def blind(tmp_path: Path):
    spec = BlindSpec(size=16, per_recording=6, title="=1+1")
    return build_blind_set(tmp_path / "a.blind", make_recordings(tmp_path, 1), spec)


@pytest.fixture
def sheet(blind, tmp_path: Path) -> Path:
    return export_blind_sheet(blind, tmp_path / "for Anna")


def fill(path: Path, cells: dict[str, object], save: str = "") -> Path:
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book["Ratings"][place] = value
    target = path.with_name(save) if save else path
    book.save(target)
    return target


def full(rater: str = "Anna", pictures=range(1, 7)) -> dict[str, object]:
    cells: dict[str, object] = {"B1": rater}
    for picture in pictures:
        for letter, unit in zip("BCDE", UNITS, strict=True):
            value = given_scores(picture, rater)[unit]
            cells[f"{letter}{FIRST - 1 + picture}"] = str(value).replace("_", " ")
            if isinstance(value, float):
                cells[f"{letter}{FIRST - 1 + picture}"] = int(value)
    return cells


def rated(blind, rater: str = "Anna") -> dict[int, dict[str, object]]:
    block = blind.store.read_person(blind.rater(rater)).block.isel(rater=0)
    found: dict[int, dict[str, object]] = {}
    for frame in block["frame"].values.tolist():
        for unit in block["unit"].values.tolist():
            one = block.sel(frame=frame, unit=unit)
            if int(one["state"]):
                scored = int(one["state"]) == 1
                value = float(one["score"]) if scored else "not_scorable"
                found.setdefault(frame + 1, {})[unit] = value
    return found


def refused(blind, path: Path, **options) -> str:
    with pytest.raises(RecordingError) as error:
        import_blind_sheet(blind, path, **options)
    assert rated(blind) == {}
    return str(error.value)


def test_a_folder_holds_the_pictures_and_the_sheet(blind, sheet: Path) -> None:
    assert sheet.name == "ratings.xlsx"
    files = sorted(file.name for file in (sheet.parent / "pictures").iterdir())
    assert files == [f"{number:04d}.png" for number in range(1, 7)]
    for file in (sheet.parent / "pictures").iterdir():
        assert file.read_bytes() == (blind.pictures / file.name).read_bytes()
        assert file.stat().st_mtime == blind.picture(1).stat().st_mtime
    with pytest.raises(RecordingError, match="is there already"):
        export_blind_sheet(blind, sheet.parent)


def test_what_the_sheet_shows(blind, sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    ratings, levels = book.worksheets
    assert ratings["B1"].value is None
    assert ratings["B2"].value == "'=1+1"  # no formula
    assert ratings["B3"].value == blind.hash
    header = [cell.value for cell in ratings[FIRST - 1]]
    assert header == [
        "Picture",
        *("Orbital tightening (orbital)", "Nose bulge (nose)"),
        *("Ear position (ear)", "Whisker change (whiskers)"),
        "Notes",
    ]
    assert [ratings.cell(row, 1).value for row in range(FIRST, FIRST + 6)] == [
        *range(1, 7)
    ]
    assert ratings.freeze_panes == "B6"
    rules = {
        str(rule.sqref): rule.formula1
        for rule in ratings.data_validations.dataValidation
    }
    assert rules == {
        "B6:B11": '"0,1,2,not scorable"',
        "C6:C11": '"0,2,not scorable"',
        "D6:D11": '"0,1,2,not scorable"',
        "E6:E11": '"0,1,2,not scorable"',
    }
    told = [[cell.value for cell in row] for row in levels.iter_rows(max_col=3)]
    assert ["Nose bulge", 2, BLACK.unit("nose").descriptions[1]] in told
    assert sum(isinstance(row[1], int) for row in told) == 11


def test_a_sheet_that_averages_sides_offers_the_values_between(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path, 1, scale=load_scale("rgs-no-whiskers"))
    blind = build_blind_set(
        tmp_path / "a.blind", recordings, BlindSpec(size=16, per_recording=2)
    )
    path = export_blind_sheet(blind, tmp_path / "a.xlsx")
    assert path == tmp_path / "a.xlsx"
    rules = openpyxl.load_workbook(path)["Ratings"].data_validations.dataValidation
    assert [rule.formula1 for rule in rules] == [
        '"0,0.5,1,1.5,2,not scorable"',
        '"0,1,2,not scorable"',
        '"0,0.5,1,1.5,2,not scorable"',
    ]
    fill(path, {"B1": "Anna", "B6": "0,5", "C6": 1, "D6": 1.5})
    assert import_blind_sheet(blind, path) == 3
    assert list(rated(blind)[1].values()) == [0.5, 1.0, 1.5]


def test_what_is_filled_in_is_rated(blind, sheet: Path) -> None:
    fill(sheet, {**full(), "F7": " too dark\n(cage) "})
    assert import_blind_sheet(blind, sheet) == 6 * 4 + 1
    anna = blind.rater("Anna")
    assert rated(blind) == {picture: given_scores(picture) for picture in range(1, 7)}
    assert progress(blind, anna) == (6, 6)
    assert blind.raters == [anna]
    (journal,) = blind.store.read_person(anna).journals
    assert notes_in([journal]) == {1: "too dark (cage)"}
    assert {record.reason for record in journal.records} == {"sheet ratings.xlsx"}


def test_reading_twice_writes_nothing_and_going_on_the_rest(blind, sheet) -> None:
    fill(sheet, full(pictures=[1, 3]))
    assert import_blind_sheet(blind, sheet) == 8
    assert import_blind_sheet(blind.path, sheet) == 0
    fill(sheet, {**full(pictures=[1, 2, 3]), "B6": "not scorable", "B8": None})
    changed = int(given_scores(1)["orbital"] != "not_scorable")
    assert import_blind_sheet(blind, sheet) == 4 + changed
    assert rated(blind) == {
        1: {**given_scores(1), "orbital": "not_scorable"},
        2: given_scores(2),
        3: given_scores(3),  # a blank takes nothing back
    }


def test_numbers_may_be_written_in_many_ways(blind, sheet: Path) -> None:
    ways = {"B6": "1", "C6": 2.0, "D6": " 1.0 ", "E6": "2,0", "B7": "Not_Scorable"}
    fill(sheet, {"B1": "Anna", **ways, "A6": "1", "A7": 2.0})
    assert import_blind_sheet(blind, sheet) == 5
    assert rated(blind) == {
        1: {"orbital": 1.0, "nose": 2.0, "ear": 1.0, "whiskers": 2.0},
        2: {"orbital": "not_scorable"},
    }


def test_every_fault_is_named_and_nothing_is_written(blind, sheet: Path) -> None:
    faults = {
        "B6": 3,
        "C6": 1,
        "D6": -1,
        "E6": "9",
        "B7": "-",
        "C7": "=1+1",
        "D7": True,
        "E7": "one",
        "F8": "=A1",
        "D8": 0.5,
        "G8": "much",
        "A9": 3,
        "A10": 7,
        "A11": None,
        "B11": 1,
    }
    told = refused(blind, fill(sheet, {**full(), **faults})).splitlines()
    assert "nothing was read" in told[0]
    allowed = "is not one of 0, 1, 2, not scorable"
    assert told[1:] == [
        f"- row 6, column B (orbital): '3' {allowed}",
        "- row 6, column C (nose): '1' is not one of 0, 2, not scorable",
        f"- row 6, column D (ear): '-1' {allowed}; if it was not rated, leave the "
        "cell blank",
        f"- row 6, column E (whiskers): '9' {allowed}; if it was not rated, leave the "
        "cell blank",
        f"- row 7, column B (orbital): '-' {allowed}; if it was not rated, leave the "
        "cell blank",
        "- row 7, column C (nose): =1+1 is a formula: write what it comes to",
        f"- row 7, column D (ear): 'True' {allowed}",
        f"- row 7, column E (whiskers): 'one' {allowed}",
        f"- row 8, column D (ear): '0.5' {allowed}",
        "- row 8, column F (Notes): =A1 is a formula: write what it comes to",
        "- row 8, column G: 'much' has no header above it",
        "- row 9, column A: picture 3 is in row 8 already",
        "- row 10, column A: 7 where a picture's number from 1 to 6 belongs",
        "- row 11, column A: there is no number where a picture's number from 1 to 6 "
        "belongs",
    ]


def test_rows_may_be_sorted_or_deleted_and_columns_moved(blind, sheet: Path) -> None:
    book = openpyxl.load_workbook(fill(sheet, full()))
    ratings = book["Ratings"]
    rows = [[cell.value for cell in row] for row in ratings.iter_rows(min_row=FIRST)]
    for row, values in enumerate(reversed(rows), start=FIRST):
        for column, value in enumerate([values[0], *values[:0:-1]], start=1):
            ratings.cell(row, column).value = value
    header = [cell.value for cell in ratings[FIRST - 1]]
    for column, value in enumerate([header[0], *header[:0:-1]], start=1):
        ratings.cell(FIRST - 1, column).value = value
    ratings.delete_rows(FIRST)  # picture 6
    book.save(sheet)
    assert import_blind_sheet(blind, sheet) == 20
    assert rated(blind) == {picture: given_scores(picture) for picture in range(1, 6)}


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"B5": "Eyes"}, ["column B: 'Eyes' is no column", "no column 'Orbital"]),
        ({"B5": "ear"}, ["column D: there are two columns of ear"]),
        ({"A5": "Nr"}, ["column A has no cell 'Picture'"]),
        ({"G5": "Total"}, ["row 5, column G: 'Total' is no column"]),
    ],
)
def test_faulty_headers_are_named(blind, sheet: Path, cells, words) -> None:
    told = refused(blind, fill(sheet, {**full(), **cells}))
    assert all(word in told for word in words)


def test_merged_cells_are_refused(blind, sheet: Path) -> None:
    book = openpyxl.load_workbook(fill(sheet, full()))
    book["Ratings"].merge_cells("B6:B8")
    book.save(sheet)
    assert "B6:B8: cells are merged" in refused(blind, sheet)


def test_a_sheet_belongs_to_one_set_and_one_rater(blind, sheet: Path) -> None:
    other = fill(sheet, {**full(), "B3": "0" * 64}, "other.xlsx")
    assert "not a sheet of this set" in refused(blind, other)
    gone = fill(sheet, {**full(), "B3": None}, "gone.xlsx")
    assert "says nothing" in refused(blind, gone)
    nobody = fill(sheet, {**full(), "B1": None}, "nobody.xlsx")
    assert "does not tell who rated" in refused(blind, nobody)
    fill(sheet, full())
    assert "is by 'Anna' (cell B1), not by 'Ben'" in refused(blind, sheet, rater="Ben")
    assert import_blind_sheet(blind, nobody, rater="Anna") == 24
    lower = fill(sheet, full("anna", [1]) | full(pictures=[1]) | {"B1": "anna"})
    assert import_blind_sheet(blind, lower) == 0
    assert blind.raters == [blind.rater("Anna")]


def test_what_was_rated_in_the_set_since_is_not_written_over(blind, sheet) -> None:
    fill(sheet, full())
    import_blind_sheet(blind, sheet)
    old = given_scores(2)["ear"]
    new = 0.0 if old == 1.0 else 1.0
    with blind.store.journal(blind.rater("Anna")) as writer:
        writer.commit(1, [Change("score", "ear", old, new)])
    before = rated(blind)
    fill(sheet, {"B6": "not scorable"})
    with pytest.raises(RecordingError) as error:
        import_blind_sheet(blind, sheet)
    told = (
        f"row 7, column D (ear): {old!r} here, but {new!r} was rated in the set itself"
    )
    assert told in str(error.value)
    assert rated(blind) == before
    fill(sheet, {"D7": new})
    import_blind_sheet(blind, sheet)
    assert rated(blind)[1]["orbital"] == "not_scorable"
    assert rated(blind)[2]["ear"] == new


def test_several_raters_fill_in_copies(blind, sheet: Path) -> None:
    for name in ("Anna", "Ben"):
        import_blind_sheet(blind, fill(sheet, full(name), f"{name}.xlsx"))
    rate(blind, blind.rater("Cem"))
    for name in ("Anna", "Ben", "Cem"):
        assert rated(blind, name) == {
            picture: given_scores(picture, name) for picture in range(1, 7)
        }


def test_a_second_pass_of_a_rater_is_read_under_its_label(blind, sheet) -> None:
    again = replace(blind.rater("Anna"), label="Anna (2)", occasion=2)
    rate(blind, again, [1])
    fill(sheet, {"B1": "anna (2)", "B7": 1})
    assert import_blind_sheet(blind, sheet) == 1
    assert blind.raters == [again]


def test_a_rater_who_was_renamed_since_goes_on(blind, sheet) -> None:
    fill(sheet, full(pictures=[1, 2]))
    import_blind_sheet(blind, sheet)
    rename_rater([blind.path / "ratings.grimace"], "Anna", "Bea")
    fill(sheet, full())
    assert import_blind_sheet(blind, sheet) == 16
    assert [rater.label for rater in blind.raters] == ["Bea"]


def test_files_that_are_no_sheets(blind, tmp_path: Path) -> None:
    text = tmp_path / "a.xlsx"
    text.write_text("picture,orbital")
    assert "no xlsx file" in refused(blind, text)
    assert "cannot be read" in refused(blind, tmp_path / "none.xlsx")
    openpyxl.Workbook().save(text)
    assert "not a sheet of this set" in refused(blind, text)
    assert "no xlsx file" in refused(blind, blind.path / "set.json")


def test_no_names_in_the_sheet(blind, sheet: Path, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(sheet) as archive:
        content = b"".join(map(archive.read, archive.namelist()))
    assert b"saline" not in content
    assert str(tmp_path).encode() not in content


def test_reading_loads_no_window() -> None:
    program = (
        "import sys\n"
        "from napari_grimace.rating import import_blind_sheet, finish_blind_set\n"
        "print(*sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"napari", "qtpy", "torch", "matplotlib"} & set(answer.stdout.split())
