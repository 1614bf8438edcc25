"""The report is written from the window, and replaces no file without a word."""

from pathlib import Path

import pytest
from lesson_set import write_set

from napari_grimace.teaching import Practice, learner_folder
from napari_grimace.widgets.teach_progress import WRITE, ProgressFields


@pytest.fixture
def learner(tmp_path):
    """A learner's folder, and the set on which the learner was tested."""
    reference = write_set(tmp_path / "lab.reference")
    with Practice(reference, "Lea", tmp_path, "test", seed=1) as practice:
        practice.next()
        for unit in practice.units:
            practice.answer(unit, 0.0)
    return learner_folder(tmp_path, "Lea"), reference


@pytest.fixture
def fields(qtbot, learner, wait_for):
    made = ProgressFields(lambda: learner)
    qtbot.addWidget(made)
    yield made
    wait_for(lambda: made._work is None)


def is_report(path):
    return path.is_file() and "Lea" in path.read_text("utf-8")


def test_a_file_is_replaced_by_a_second_press(fields, tmp_path, wait_for):
    paths = [tmp_path / "own.html", tmp_path / "other.html"]
    for path in paths:  # the question is of one file
        path.write_text("mine")
        fields.report.value = path
        assert fields.write.text() == WRITE
        fields.write.click()
        fields.write.click()  # a double click is one press
        assert fields.write.text() == f"Press again to replace {path.name}"
        assert fields._work is None
        wait_for(fields.write.isEnabled)
    fields.write.click()
    wait_for(lambda: fields._work is None)
    assert fields.write.text() == WRITE
    assert is_report(paths[1])
    assert paths[0].read_text() == "mine"


def test_the_usual_report_is_brought_up_to_date(fields, learner, wait_for):
    usual = learner[0] / "report.html"
    usual.write_text("of last week")
    fields.write.click()
    wait_for(lambda: fields._work is None)
    assert is_report(usual)


def test_a_relative_path_begins_at_home(fields, tmp_path, monkeypatch, wait_for):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    assert Path.home() == tmp_path
    fields.report.line_edit.value = "lea.html"
    fields.write.click()
    wait_for(lambda: fields._work is None)
    assert is_report(tmp_path / "lea.html")
