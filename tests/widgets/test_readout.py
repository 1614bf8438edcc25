"""The readout tells what the recording holds of the current frame."""

import dataclasses
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from napari.utils.theme import get_theme
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QLabel, QPushButton

from napari_grimace.errors import RecordingError
from napari_grimace.exchange import one_pass
from napari_grimace.recording import open_recording
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.facts import facts_at, neighbours
from napari_grimace.widgets.readout import ReadoutWidget
from napari_grimace.widgets.view import Contents
from napari_grimace.widgets.words import (
    NOTHING_OPEN,
    NOTHING_READ,
    NOTHING_SCORED,
    frame_words,
    why_nothing,
)

TRUTH = "truth of the render"


def plain(text):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", text)).replace("&nbsp;", " ")


@pytest.fixture
def readout(make_napari_viewer, sample, wait_for):
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget("napari-grimace", "Readout")
    desk = desk_of(viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    assert isinstance(widget, ReadoutWidget)
    return widget, desk, viewer


def told(widget):
    return plain(widget.findChildren(QLabel)[-1].text())


@pytest.fixture
def done(sample):
    recording = open_recording(sample / "sample.grimace")
    return one_pass(recording, str(recording["rater"].values[0]))


def test_scores_total_and_build_are_told(readout, done):
    widget, desk, _ = readout
    desk.go_to(360)
    text, data = told(widget), done.data.sel(frame=360)
    index = done.frames.tolist().index(360)
    assert "frame 360, 12.00 s" in text
    assert f"total {done.total[index]:g} of 8" in text
    for unit in done.scale.units:
        score = float(data["score"].sel(unit=unit.name))
        probability = float(data["probability"].sel(unit=unit.name, level=0))
        line = re.search(rf"{unit.title} +([\d.]+)", text)
        assert float(line.group(1)) == score
        assert f"{probability:.2f}" in text
    assert done.rater.build in text
    assert "trained on rendered faces" in text


def test_a_frame_without_analysis_says_so_and_where_there_is_one(readout):
    widget, desk, _ = readout
    desk.go_to(361)
    assert "frame 361, 12.03 s" in told(widget)
    assert "not analysed; the nearest that are: 360 and 390" in told(widget)
    assert "total" not in told(widget)


def test_raters_are_chosen_and_compared(readout, wait_for, qtbot):
    widget, desk, _ = readout
    _, rater, compared = widget.findChildren(QComboBox)
    model = rater.currentText()
    desk.go_to(360)
    rater.setCurrentText(TRUTH)
    rater.activated.emit(rater.currentIndex())
    wait_for(lambda: desk.view.shown.rater.label == TRUTH)
    assert "consensus" in told(widget)
    compared.setCurrentText(model)
    compared.activated.emit(compared.currentIndex())
    wait_for(lambda: desk.view.compared is not None)
    assert "compared: 4" in told(widget)


def pick(box, text):
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def test_nobody_is_compared_with_themselves(readout, wait_for):
    widget, desk, _ = readout
    _, rater, compared = widget.findChildren(QComboBox)
    model = rater.currentText()
    pick(compared, TRUTH)
    wait_for(lambda: desk.view.compared is not None)
    pick(rater, TRUTH)
    wait_for(lambda: desk.view.shown.rater.label == TRUTH)
    assert desk.view.compared is None
    assert compared.currentText() == ""
    desk.view.compare(TRUTH)
    desk.view.choose(model)
    wait_for(lambda: desk.view.shown.rater.label == model)
    assert desk.view.compared is None


def test_a_failed_reading_leaves_what_is_shown(readout, wait_for, sample):
    widget, desk, _ = readout
    _, rater, compared = widget.findChildren(QComboBox)
    model, shown = rater.currentText(), desk.view.shown
    away = sample / "sample.grimace"
    away.rename(sample / "away")
    for box in (rater, compared):
        pick(box, TRUTH)
        assert box.currentText() == TRUTH
        wait_for(lambda: rater.currentText() == model and not compared.currentText())
    assert desk.view.shown is shown
    (sample / "away").rename(away)
    pick(rater, TRUTH)
    wait_for(lambda: desk.view.shown.rater.label == TRUTH)
    assert desk.view.compared is None


def test_a_choice_made_while_a_reading_fails_is_kept(readout, wait_for, monkeypatch):
    _, desk, _ = readout
    view, read, failing = desk.view, desk.view.read, iter([True])

    def read_but_once():
        if next(failing, False):
            raise RecordingError("not now")
        return read()

    monkeypatch.setattr(view, "read", read_but_once)
    desk.read(view)
    view.choose(TRUTH)
    wait_for(lambda: view.shown.rater.label == TRUTH)


def test_recordings_of_one_name_are_told_apart(readout, wait_for, sample):
    widget, desk, _ = readout
    box = widget.findChildren(QComboBox)[0]
    first = desk.view
    other = sample / "other" / "sample.grimace"
    shutil.copytree(sample / "sample.grimace", other)
    second = desk.open_recording(other)
    wait_for(lambda: second.shown is not None)
    desk.activated.emit()
    assert [box.itemText(i) for i in range(box.count())] == ["sample", "sample"]
    assert box.currentIndex() == 1
    tip = Qt.ItemDataRole.ToolTipRole
    assert [box.itemData(i, tip) for i in range(2)] == [str(first.path), str(other)]
    box.activated.emit(0)
    assert desk.view is first
    assert box.currentIndex() == 0
    assert box.toolTip() == str(first.path)


def test_an_index_of_an_old_list_is_harmless(readout, sample):
    widget, desk, _ = readout
    box = widget.findChildren(QComboBox)[0]
    desk.views.append(SimpleNamespace(name="b", path=sample / "b.grimace"))
    desk.activated.emit()
    assert box.count() == 2
    desk.views.pop()
    box.activated.emit(1)
    assert box.count() == 1
    assert desk.view is desk.views[0]
    box.activated.emit(7)
    assert box.currentText() == "sample"


def test_why_there_are_no_scores(readout):
    widget, desk, _ = readout
    view = desk.view
    assert why_nothing(None) == NOTHING_OPEN
    assert "(napari asks once for the reader: choose Grimace)" in NOTHING_OPEN
    view.take(Contents((), None, None))
    assert told(widget) == NOTHING_SCORED
    view.ended = False
    view.changed.emit()
    assert told(widget) == NOTHING_READ
    view.give_up("It is <gone>")
    assert told(widget) == "It is &lt;gone&gt;"


def test_buttons_and_keys_go_to_analysed_frames(readout, qtbot):
    widget, desk, viewer = readout
    back, on = widget.findChildren(QPushButton)
    desk.go_to(31)
    qtbot.mouseClick(on, Qt.MouseButton.LeftButton)
    assert desk.frame == 60
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert desk.frame == 30
    assert "Alt+Right" in on.toolTip()
    viewer.layers.selection.active = viewer.layers["boxes sample"]
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert desk.frame == 60


def test_closing_the_dock_leaves_nothing_behind(readout, qtbot):
    widget, desk, viewer = readout
    viewer.window.remove_dock_widget(widget)
    widget.deleteLater()
    del widget
    qtbot.wait(50)
    desk.go_to(60)
    desk.view.choose(TRUTH)
    qtbot.wait(300)
    assert desk.frame == 60


def test_why_there_is_no_total(done):
    facts = facts_at(done, int(done.frames[0]))
    several = dataclasses.replace(facts, total=np.nan, several_faces=True)
    assert "no total: several faces" in plain(frame_words(done, 0, several))
    few = dataclasses.replace(facts, total=np.nan, units_scored=2)
    assert "no total: 2 of 4 units needed" in plain(frame_words(done, 0, few))
    unit = dataclasses.replace(
        facts.units[0], score=np.nan, state="not_scorable", probabilities={}, sides={}
    )
    one = dataclasses.replace(facts, units=(unit,))
    assert "not scorable" in plain(frame_words(done, 0, one))
    damaged = plain(frame_words(done, 0, facts, problem="Frame 0 is <damaged>"))
    assert "Frame 0 is &lt;damaged&gt;" in damaged


def test_a_picture_of_a_blind_set_has_a_number_and_no_time(done):
    facts = dataclasses.replace(facts_at(done, 60), boxes={})
    told = plain(frame_words(done, 60, facts, time=2.0, blind=True))
    assert "picture 61" in told
    assert "2.00 s" not in told
    assert "frame 60" not in told
    assert "nearest" not in plain(frame_words(done, 61, None, blind=True))


def test_only_a_model_finds_no_face(done, sample):
    facts = dataclasses.replace(facts_at(done, 60), boxes={})
    assert done.rater.kind == "model"
    assert "no face found" in plain(frame_words(done, 60, facts))
    people = one_pass(open_recording(sample / "sample.grimace"), TRUTH)
    assert "no face found" not in plain(frame_words(people, 60, facts))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_links_have_the_colour_of_text_in_each_theme(readout, theme):
    widget, desk, viewer = readout
    desk.hand.begin("Anna")
    for name in ("light", "dark", theme):
        viewer.theme = name
    colour = get_theme(theme).text.as_hex()
    label = widget.findChildren(QLabel)[-1]
    links = re.findall("<a [^>]*>", label.text())
    assert len(links) >= 4
    assert all(f"color:{colour}" in link for link in links)


def test_neighbours(done):
    assert neighbours(done.frames, 0) == (None, 30)
    assert neighbours(done.frames, 45) == (30, 60)
    assert neighbours(done.frames, 1770) == (1740, None)
    assert neighbours(done.frames, 1799) == (1770, None)
