"""Raters side by side, deciding between them, and an expert's spot check."""

import numpy as np
import pytest
from driving import Driver
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QMenu

from napari_grimace.rating.confirmation import confirmations
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import Rater, RecordingStore, open_recording
from napari_grimace.scales import load_scale
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.hand import NOBODY
from napari_grimace.widgets.raters import RatersWidget

FIRST, NOBODYS = 300, 90
UNITS = ("orbital", "nose", "ear", "whiskers")
GIVEN = {"Anna": (0, 2, 1, 1), "Bo": (2, 2, 1, 2), "Cleo": (2, 0, 1, 2)}


@pytest.fixture
def window(make_napari_viewer, sample, wait_for, qtbot):
    store = RecordingStore.open(sample / "sample.grimace")
    for name, scores in GIVEN.items():
        rater = Rater(name, name, "person", scale=load_scale("mgs-black"))
        rating = Rating(store, rater)
        told = {("score", unit): s for unit, s in zip(UNITS, scores, strict=True)}
        rating.set({FIRST: told, FIRST + 30: told})
        if name == "Anna":
            rating.set({30 * i: {("score", "ear"): 1} for i in range(20, 60)})
        rating.close()
    viewer = make_napari_viewer(show=True)
    desk = desk_of(viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    driver = Driver(viewer, qtbot)
    driver.desk, driver.path = desk, sample / "sample.grimace"
    driver.widget = RatersWidget(viewer)
    viewer.window.add_dock_widget(driver.widget, name="raters")
    desk.go_to(FIRST)
    driver.rest(300)
    return driver


def column(window, label):
    table = window.widget.table
    names = [table.horizontalHeaderItem(i).text() for i in range(table.columnCount())]
    units = [table.verticalHeaderItem(i).text() for i in range(table.rowCount())]
    cells = [table.item(i, names.index(label)).text() for i in range(len(units))]
    return dict(zip(units, cells, strict=True))


def shown(window):
    done = window.desk.view.shown
    return None if done is None else done.rater.label


def test_all_raters_side_by_side(window):
    table = window.widget.table
    assert table.columnCount() == 6  # model, truth, three people, consensus
    for name, scores in GIVEN.items():
        told = column(window, name)
        assert told == {u: str(s) for u, s in zip(UNITS, scores, strict=True)}
    assert table.verticalHeaderItem(table.rowCount() - 1).text() != "orbital"
    assert set(column(window, "consensus").values()) == {""}


def test_what_is_rated_now_is_there_at_once(window):
    window.desk.hand.begin("Dora")
    window.desk.hand.select("nose")
    window.desk.hand.score(0)
    window.rest(300)
    assert column(window, "Dora")["nose"] == "0"


def test_decided_by_mode_and_by_hand(window, wait_for):
    window.desk.hand.begin("Eve")
    window.widget.mode.click()
    told = column(window, "consensus")
    assert told == {"orbital": "2", "nose": "2", "ear": "1", "whiskers": "2"}
    row = [window.widget.table.verticalHeaderItem(i).text() for i in range(4)]
    last = window.widget.table.columnCount() - 1
    window.widget.table.cellClicked.emit(row.index("orbital"), last)
    menu = window.widget.findChildren(QMenu)[-1]
    next(one for one in menu.actions() if one.text() == "1").trigger()
    menu.close()
    assert column(window, "consensus")["orbital"] == "1"
    recording = open_recording(window.path).sel(rater="consensus", frame=FIRST).load()
    assert recording["score"].values.tolist() == [1, 2, 1, 2]
    assert int(recording["rater_kind"]) == 2
    (journal,) = (window.path / "journals").glob("consensus*.jsonl")
    assert "decided by Eve" in journal.read_text("utf-8")
    wait_for(lambda: "consensus" in [r.label for r in window.desk.view.raters])


def refused(window):
    """Whether nothing is decided of a frame that nobody scored."""
    deciding = window.desk.view.deciding
    units = [] if deciding is None else UNITS
    return all(deciding.value(NOBODYS, "score", unit) is None for unit in units)


def leave_quickly(window):
    """Go to a frame that nobody scored; the table still shows another."""
    window.desk.go_to(FIRST + 30)
    window.desk.go_to(NOBODYS)
    assert column(window, "Bo")["orbital"] == "2"


@pytest.mark.parametrize("how", ["mode", "mean"])
def test_the_frame_is_decided_and_not_the_one_before(window, how):
    window.desk.hand.begin("Eve")
    leave_quickly(window)
    getattr(window.widget, how).click()
    assert refused(window)
    assert "No person has scored" in notification_manager.records[-1].message
    window.desk.go_to(FIRST)
    window.widget.mode.click()
    assert column(window, "consensus")["orbital"] == "2"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_menu_is_of_the_frame_for_which_it_was_opened(window, when):
    window.desk.hand.begin("Eve")
    if when == "before":
        leave_quickly(window)
    window.widget.table.cellClicked.emit(0, window.widget.table.columnCount() - 1)
    menu = window.widget.findChildren(QMenu)[-1]
    if when == "after":
        window.desk.go_to(NOBODYS)
    next(one for one in menu.actions() if one.text() == "0").trigger()
    menu.close()
    assert refused(window)
    assert "another frame now" in notification_manager.records[-1].message


def test_decided_by_mean(window):
    window.desk.hand.begin("Eve")
    window.widget.mean.click()
    scores = open_recording(window.path).sel(rater="consensus", frame=FIRST)["score"]
    np.testing.assert_allclose(scores, [4 / 3, 4 / 3, 1, 5 / 3], rtol=1e-6)


def test_what_was_decided_is_taken_back_in_its_turn(window):
    window.desk.hand.begin("Eve")
    window.desk.hand.select("ear")
    window.desk.hand.score(2)
    window.widget.mode.click()
    window.desk.hand.undo()
    window.rest(300)
    assert set(column(window, "consensus").values()) == {""}
    assert window.desk.hand.rating.value(FIRST, "score", "ear") == 2
    window.desk.hand.undo()
    window.rest(300)
    assert window.desk.hand.rating.value(FIRST, "score", "ear") is None
    window.desk.hand.undo(1)
    window.desk.hand.undo(1)
    window.rest(300)
    assert column(window, "consensus")["orbital"] == "2"


def test_nobody_decides_without_a_name(window):
    window.widget.mode.click()
    window.widget.table.cellClicked.emit(0, window.widget.table.columnCount() - 1)
    told = [record.message for record in notification_manager.records[-2:]]
    assert told == [NOBODY, NOBODY]
    assert "consensus" not in open_recording(window.path)["rater"].values


def test_the_next_disputed_frame(window):
    window.widget.next.click()
    first = window.desk.frame
    recording = open_recording(window.path)["score"].load()
    spread = (recording.max("rater") - recording.min("rater")).sum("unit")
    assert spread.sel(frame=first) == spread.max()


def test_an_expert_spot_checks_and_confirms(window, wait_for):
    window.desk.hand.begin("Eve")
    window.desk.view.choose("Anna")
    wait_for(lambda: shown(window) == "Anna")
    window.desk.route.choose("spot check")
    drawn = window.desk.route.frames().tolist()
    done = window.desk.view.shown.frames.tolist()
    assert 0 < len(drawn) < len(done)
    assert set(drawn) <= set(done)
    window.desk.go_to(0)
    window.viewer.layers.selection.active = window.boxes
    window.key("N")
    assert window.desk.frame == drawn[0]
    window.key("C")
    assert shown(window) == "Anna"  # who stays shown
    (told,) = confirmations(RecordingStore.open(window.path))
    assert (told.frame, told.by, told.of) == (drawn[0], "Eve", "Anna")
