"""A blind set is made, rated to the end by keys, and copied into the recordings."""

import re
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from napari.utils.notifications import notification_manager

from napari_grimace.errors import RecordingError
from napari_grimace.rating.blind import open_blind_set, viewing_times
from napari_grimace.rating.blind_key import key_path, read_key
from napari_grimace.recording import open_recording
from napari_grimace.widgets.blind import BlindWidget
from napari_grimace.widgets.blind_make import EVEN, FINISH, NO_SET, chosen
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.rate import RateWidget
from napari_grimace.widgets.readout import ReadoutWidget
from napari_grimace.widgets.timeline import TimelineWidget
from napari_grimace.widgets.words import NOT_BEGUN

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
    widget = window.widget.maker
    widget.folder.value = window.folder
    widget.way.value = EVEN
    widget.count.value = 4
    widget.repeats.value = 25
    widget.title.value = "March"
    widget.new.value = window.folder / "march.blind"
    widget._build()
    wait_for(lambda: widget._work is None, seconds=60)
    assert "5 pictures" in widget.said.value
    window.widget._open()
    window.rest(100)
    return window.folder / "march.blind"


def begin(window, name="Anna"):
    window.rate.name.setEditText(name)
    window.rate.start.click()
    window.viewer.layers.selection.active = window.boxes
    window.rest()


def finish(window, wait_for):
    """Close the set and copy what was rated, by two presses."""
    window.desk.close_all()
    button = window.widget.maker.finish
    for text in (FINISH, "Press again to copy what 1 rater rated"):
        wait_for(button.isEnabled)
        assert button.text() == text
        button.click()
    wait_for(lambda: window.widget.maker._work is None)
    assert button.text() == FINISH


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
    finish(window, wait_for)
    assert "Anna: 4 pictures" in window.widget.maker.said.value
    assert "Anna (2): 1 pictures" in window.widget.maker.said.value
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
    widget = window.widget.maker
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


def shown_in(desk):
    return [(view.name, view.blind is not None) for view in desk.views]


@pytest.fixture
def notices():
    """What the window tells."""
    told = []
    manager = notification_manager.notification_ready
    manager.connect(told.append)
    yield told
    manager.disconnect(told.append)


@pytest.mark.parametrize("viewers", [1, 2])
@pytest.mark.parametrize(("name", "layers"), [("sample.grimace", 3), ("sample.mp4", 1)])
def test_a_set_is_closed_when_something_else_comes(
    window, blind, make_napari_viewer, wait_for, notices, viewers, name, layers
):
    for _ in range(viewers - 1):  # then the reader does not know for which it reads
        make_napari_viewer()
    begin(window)
    window.key("1")
    window.viewer.open(str(window.folder / name), plugin="napari-grimace")
    wait_for(lambda: any("March has been closed" in n.message for n in notices))
    assert not any(blind for _, blind in shown_in(window.desk))
    names = [layer.name for layer in window.viewer.layers]
    assert names[0] == "sample.mp4"
    assert not any("March" in name for name in names)
    assert len(names) == layers
    window.rest(500)  # the docks become smaller, and all is drawn anew
    assert window.desk.frame == 0
    assert sum("blind set March has been closed" in n.message for n in notices) == 1
    told = open_blind_set(blind).store.read_person(open_blind_set(blind).rater("Anna"))
    assert float(told.block["score"].max()) == 1


def test_a_set_closes_what_is_open_in_any_window(
    window, blind, make_napari_viewer, notices
):
    other = make_napari_viewer()
    other.open(str(window.folder / "sample.grimace"), plugin="napari-grimace")
    assert shown_in(desk_of(other)) == [("sample", False)]
    for _ in range(2):  # the same set twice is there once
        other.open(str(blind), plugin="napari-grimace")
        window.rest(600)
        assert shown_in(desk_of(other)) == [("March", True)]
        assert len(other.layers) == 2
    assert any("rated by itself" in notice.message for notice in notices)
    assert shown_in(window.desk) == [("March", True)]


def test_raters_are_not_told_what_the_maker_is(window, blind, wait_for, notices):
    maker = window.widget.maker

    def people():
        raters = open_recording(window.folder / "sample.grimace")["rater"].values
        return [label for label in raters.tolist() if "Anna" in label]

    maker.finish.click()  # while the set is open, whoever has rated
    assert any("Close the set first" in notice.message for notice in notices)
    assert maker.finish.text() == FINISH
    window.desk.close_all()
    maker.finish.click()
    assert maker.said.value == "Nobody has rated this set yet."
    assert maker.finish.text() == FINISH
    window.widget._open()
    window.rest(100)
    begin(window)
    for key in "1212":
        window.key(key)
    window.rate.start.click()
    window.desk.close_all()
    maker.finish.click()
    maker.finish.click()  # a double click is one press
    assert maker.finish.text() == "Press again to copy what 1 rater rated"
    assert not people()
    wait_for(maker.finish.isEnabled)
    maker.key.value = window.folder / "other.json"  # another question
    assert maker.finish.text() == FINISH
    maker.key.value = key_path(blind)
    finish(window, wait_for)
    assert people() == ["Anna"]
    assert "sample, Anna: 1 pictures" in maker.said.value
    window.desk.open(blind)
    window.rest(100)
    assert maker.said.value == ""
    assert "March: 5 pictures" in window.widget.state.value
    assert "sample" not in window.widget.state.value
    assert not window.widget._folded.isExpanded()


def test_relative_paths_begin_at_home(window, blind):
    maker = window.widget.maker
    begin(window)
    window.key("1")
    window.desk.close_all()
    maker.key.line_edit.value = "keys/march.json"
    maker.finish.click()
    assert maker.finish.asked == (blind, Path.home() / "keys" / "march.json")
    window.widget.set.line_edit.value = "sets/march.blind"
    assert chosen(window.widget.set, NO_SET) == Path.home() / "sets" / "march.blind"
    window.widget.set.line_edit.value = ""
    with pytest.raises(RecordingError, match=NO_SET):
        chosen(window.widget.set, NO_SET)


def test_nothing_is_drawn_of_a_blind_set(window, blind, wait_for):
    timeline = TimelineWidget(window.viewer)
    window.viewer.window.add_dock_widget(timeline, name="timeline", area="bottom")
    assert window.readout._text.text() == NOT_BEGUN
    begin(window)
    window.desk.go_to(2)
    for key in "121":
        window.key(key)
    window.rest(600)  # until curves are brought up to date
    assert not timeline.canvas.isVisible()
    assert timeline._notice.isVisible()
    assert timeline._notice.text() == "In a blind set no curve is drawn."
    told = re.sub("<[^>]*>", " ", window.readout._text.text())
    assert told.split()[:2] == ["picture", "3"]
    assert not re.search(r"frame|\bs\b|no face|analysed", told.split("Anna")[0])


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
