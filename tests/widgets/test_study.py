"""A study is loaded, its recordings opened, its groups compared and exported."""

import shutil

import pandas as pd
import pytest
import qtpy.QtWidgets as qt
from napari.utils.notifications import notification_manager

from napari_grimace import open_study
from napari_grimace.stats import compare_groups
from napari_grimace.study import sample_study, summarise
from napari_grimace.widgets.figure_dock import FigureDock
from napari_grimace.widgets.study import NO_SHEET, StudyWidget

SHEET = """path,animal,group,timepoint,sex
m1.grimace,M1,sham,post,male
m2.grimace,M2,sham,post,female
m3.grimace,M3,laparotomy,post,male
"""


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


@pytest.fixture
def widget(viewer, wait_for):
    made = StudyWidget(viewer)
    viewer.window.add_dock_widget(made, name="Study")
    yield made
    wait_for(lambda: made._work is None)


@pytest.fixture
def sheet(sample):
    for name in ("m1", "m2", "m3"):
        shutil.copytree(sample / "sample.grimace", sample / f"{name}.grimace")
    path = sample / "study.csv"
    path.write_text(SHEET)
    return path


def press(widget, text):
    """Press the button of this text, wherever it lies."""
    (one,) = [b for b in widget.findChildren(qt.QPushButton) if b.text() == text]
    one.click()


def load(widget, path, wait_for, experiment=None):
    widget.sheet.value = path
    if experiment:
        widget.experiment.value = experiment
    press(widget, "Load")
    wait_for(lambda: widget._work is None and widget._loaded, seconds=60)


def cell(widget, row, column):
    heads = [
        widget.table.horizontalHeaderItem(i).text()
        for i in range(widget.table.columnCount())
    ]
    return widget.table.item(row, heads.index(column)).text()


def last_told():
    return notification_manager.records[-1].message


def test_a_sheet_shows_its_recordings_and_opens_one(widget, sheet, wait_for):
    load(widget, sheet, wait_for)
    assert widget.table.rowCount() == 3
    assert [cell(widget, row, "group") for row in range(3)] == [
        "sham",
        "sham",
        "laparotomy",
    ]
    assert cell(widget, 1, "scored") == "60"
    assert cell(widget, 1, "rated") == cell(widget, 1, "confirmed") == "0"
    assert cell(widget, 2, "sex") == "male"
    assert "3 recordings of 3 animals" in widget.said.value
    assert "rendered faces" in widget.said.value
    assert widget._desk.views == []
    widget.table.cellDoubleClicked.emit(1, 0)
    assert [view.path.name for view in widget._desk.views] == ["m2.grimace"]


def test_the_faults_of_a_sheet_are_told_with_row_and_column(widget, sheet, wait_for):
    sheet.write_text(SHEET.replace("m3.grimace", "m4.grimace").replace("M2", "M1"))
    widget.sheet.value = sheet
    press(widget, "Load")
    wait_for(lambda: widget._work is None)
    message = last_told()
    assert "m4.grimace" in message
    assert "row 4" in message
    assert "row 3" in message
    assert widget.table.rowCount() == 0


def test_nothing_is_compared_before_a_study_is_loaded(widget):
    press(widget, "Group summary")
    assert last_told() == NO_SHEET


def test_groups_are_compared_as_the_library_does(viewer, widget, wait_for):
    widget.sheet.value = sample_study()
    assert set(widget.experiment.choices) == {"laparotomy", "carrageenan", "raters"}
    load(widget, sample_study(), wait_for, "laparotomy")
    assert widget.choices.timepoint.value == "post"
    widget.choices.control.value = "sham"
    widget.choices.minutes.value = 10
    for _ in range(2):  # the second takes the place of the first
        press(widget, "Group summary")
        wait_for(lambda: widget._work is None, seconds=60)
    (dock,) = viewer.window._qt_window.findChildren(FigureDock)
    study = open_study(sample_study(), experiment="laparotomy")
    found = compare_groups(
        study,
        control="sham",
        timepoint="post",
        window=(0, 600),
        rater="simulated model 1.0",
    )
    words = dock.findChild(qt.QLabel).text()
    assert words == str(found)
    drawn = sum(len(c.get_offsets()) for c in dock.figure.axes[0].collections)
    assert drawn >= len(found.values)


def test_scores_alone_cannot_be_opened_but_be_exported(
    widget, wait_for, tmp_path, monkeypatch
):
    load(widget, sample_study(), wait_for, "raters")
    name = widget.table.item(0, 0).text()
    widget.table.cellDoubleClicked.emit(0, 0)
    message = last_told()
    assert name in message
    assert "scores alone" in message
    monkeypatch.setattr(
        qt.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path)
    )
    press(widget, "Tables ...")
    wait_for(lambda: widget._work is None, seconds=60)
    written = pd.read_csv(tmp_path / "simulated_study_summary.csv")
    right = summarise(open_study(sample_study(), experiment="raters"))
    assert len(written) == len(right)
    assert written["total"].to_numpy() == pytest.approx(
        right["total"].to_numpy(), abs=1e-5, nan_ok=True
    )
