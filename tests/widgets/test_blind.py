"""A blind set is made, rated to the end by keys, and copied into the recordings."""

import re

import numpy as np
import pytest
from driving import Driver

from napari_grimace.rating.blind import open_blind_set, viewing_times
from napari_grimace.rating.blind_key import key_path, read_key
from napari_grimace.recording import open_recording
from napari_grimace.widgets.blind import EVEN, BlindWidget
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.rate import RateWidget
from napari_grimace.widgets.readout import ReadoutWidget

KEYS = {0.0: "0", 1.0: "1", 2.0: "2", "not_scorable": "9"}


@pytest.fixture
def window(make_napari_viewer, sample, wait_for, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1000, 700)
    desk = desk_of(viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    driver = Driver(viewer, qtbot)
    driver.desk, driver.folder = desk, sample
    driver.widget = BlindWidget(viewer)
    driver.rate = RateWidget(viewer)
    driver.readout = ReadoutWidget(viewer)
    for name in ("widget", "rate", "readout"):
        viewer.window.add_dock_widget(getattr(driver, name), name=name)
    return driver


@pytest.fixture
def blind(window, wait_for):
    """The folder of a blind set that was made and opened by the window."""
    widget = window.widget
    widget.folder.value = window.folder
    widget.way.value = EVEN
    widget.count.value = 4
    widget.repeats.value = 25
    widget.title.value = "March"
    widget.new.value = window.folder / "march.blind"
    widget._build()
    wait_for(lambda: widget._work is None, seconds=60)
    assert "5 pictures" in widget.said.value
    widget._open()
    window.rest(100)
    return window.folder / "march.blind"


def begin(window, name="Anna"):
    window.rate.name.setEditText(name)
    window.rate.start.click()
    window.viewer.layers.selection.active = window.boxes
    window.rest()


def given(picture):
    """What the rater of these tests gives a picture, by unit."""
    rng = np.random.default_rng(picture)
    levels = {"nose": [0.0, 2.0]}
    units = ("orbital", "nose", "ear", "whiskers")
    told = {
        unit: float(rng.choice(levels.get(unit, [0.0, 1.0, 2.0]))) for unit in units
    }
    if picture == 2:
        told["ear"] = "not_scorable"
    return told


def test_rated_to_the_end(window, blind, wait_for):
    begin(window)
    pictures = open_blind_set(blind)
    for picture in range(1, pictures.count + 1):
        assert window.desk.frame == picture - 1
        assert f"picture {picture} of 5" in window.rate.state.text()
        for value in given(picture).values():
            window.key(KEYS[value])
    assert "5 of 5 pictures rated" in window.rate.state.text()
    window.rate.start.click()  # stop
    journals = pictures.store.read_person(pictures.rater("Anna")).journals
    assert set(viewing_times(journals)) == {1, 2, 3, 4, 5}
    assert journals[0].records[-1].event == "paused"
    window.widget._finish()
    wait_for(lambda: window.widget._work is None)
    assert "Anna: 4 pictures" in window.widget.said.value
    assert "Anna (2): 1 pictures" in window.widget.said.value
    recording = open_recording(window.folder / "sample.grimace").load()
    key = read_key(key_path(blind))
    for number, one in enumerate(key.pictures, start=1):
        label = "Anna" if one.showing == 1 else "Anna (2)"
        told = recording.sel(rater=label, frame=one.frame)
        for unit, value in given(number).items():
            score, state = told["score"].sel(unit=unit), told["state"].sel(unit=unit)
            assert state == (2 if value == "not_scorable" else 1)
            assert np.isnan(score) if value == "not_scorable" else score == value


def test_nothing_tells_where_a_picture_comes_from(window, blind):
    begin(window)
    assert [view.blind is not None for view in window.desk.views] == [True]
    names = " ".join(layer.name for layer in window.viewer.layers)
    told = " ".join(
        [names, window.readout._text.text(), window.rate.state.text()]
        + [
            window.readout._rater.itemText(i)
            for i in range(window.readout._rater.count())
        ]
    )
    assert not re.search("sample|render|consensus|truth", told)
    assert window.boxes.nshapes == 0
    assert [rater.label for rater in window.desk.view.raters] == ["Anna"]
    window.key("M")
    assert window.desk.adviser.proposal is None


def test_a_name_with_a_dot_stays_whole(window, wait_for):
    widget = window.widget
    widget.folder.value = window.folder
    widget.way.value = EVEN
    widget.count.value = 2
    for typed in ("day1.5mg", "day2.5mg.blind"):
        widget.title.value = typed
        widget.new.value = window.folder / typed
        widget._build()
        wait_for(lambda: widget._work is None, seconds=60)
    made = sorted(path.name for path in window.folder.glob("*.blind"))
    assert made == ["day1.5mg.blind", "day2.5mg.blind"]


def test_its_ratings_open_as_the_set(window, blind, wait_for):
    begin(window)
    for key in "1212":
        window.key(key)
    window.rate.start.click()
    window.desk.close_all()
    window.desk.open(blind / "ratings.grimace")
    window.rest(100)
    assert [view.blind is not None for view in window.desk.views] == [True]
    assert window.desk.view.name == "March"
    assert window.desk.view.raters == ()
    assert window.desk.view.shown is None
    count = len(window.viewer.layers)
    window.desk.open(blind / "ratings.grimace")
    assert len(window.viewer.layers) == count


def test_unit_by_unit(window, blind):
    begin(window)
    window.rate.by_unit.click()
    for picture in range(5):
        assert (window.desk.frame, window.desk.hand.unit) == (picture, "orbital")
        window.key("1")
    assert (window.desk.frame, window.desk.hand.unit) == (0, "nose")
    for _ in range(5):
        window.key("2")
    assert (window.desk.frame, window.desk.hand.unit) == (0, "ear")


def test_another_day_goes_on(window, blind, wait_for):
    begin(window)
    for key in "1212":
        window.key(key)
    window.key("0")
    window.rate.start.click()
    window.desk.close_all()
    window.widget._open()
    window.rest(100)
    begin(window)
    assert window.desk.frame == 1
    assert window.desk.hand.unit == "nose"
    assert window.desk.hand.rating.value(1, "score", "orbital") == 0
    window.key("Ctrl+Z")
    assert window.desk.hand.rating.value(1, "score", "orbital") is None


def test_two_raters_do_not_see_each_other(window, blind):
    begin(window)
    for key in "1212":
        window.key(key)
    window.rate.start.click()
    begin(window, "Bo")
    assert window.desk.frame == 0
    assert window.desk.hand.rating.value(0, "score", "orbital") is None
    assert [rater.label for rater in window.desk.view.raters] == ["Bo"]
    names = [window.rate.name.itemText(i) for i in range(window.rate.name.count())]
    assert "Anna" not in names
