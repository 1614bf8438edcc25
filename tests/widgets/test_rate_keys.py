"""A person rates by keys, in the real window."""

import re
import shutil

import numpy as np
import pytest
from driving import Driver
from napari.utils.notifications import notification_manager
from qtpy.QtGui import QShortcut

from napari_grimace.recording import open_recording
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.rate import RateWidget

FIRST, SECOND = 300, 330


@pytest.fixture
def window(make_napari_viewer, sample, wait_for, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1000, 700)
    desk = desk_of(viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    widget = RateWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Rate")
    desk.go_to(FIRST)
    qtbot.wait(50)
    driver = Driver(viewer, qtbot)
    viewer.layers.selection.active = driver.boxes
    driver.desk, driver.widget = desk, widget
    driver.path = sample / "sample.grimace"
    return driver


@pytest.fixture
def rated(window):
    window.widget.name.setEditText("Anna")
    window.widget.start.click()
    window.rest()
    return window


def on_disk(window, frame, rater="Anna"):
    recording = open_recording(window.path)
    one = recording.sel(rater=rater, frame=frame).load()
    names = ("unit", "score", "state")
    told = zip(*(one[name].values.tolist() for name in names), strict=True)
    return {unit: (score, state) for unit, score, state in told}


def test_four_keys_a_frame(rated):
    for key in "1290":
        rated.key(key)
    assert rated.desk.frame == SECOND
    told = on_disk(rated, FIRST)
    assert told["orbital"] == (1, 1)
    assert told["nose"] == (2, 1)
    assert np.isnan(told["ear"][0])
    assert told["ear"][1] == 2
    assert told["whiskers"] == (0, 1)
    assert "1 of 60 frames rated" in rated.widget.state.text()
    assert "saved" in rated.widget.state.text()


def test_the_models_scores_stay(rated):
    recording = open_recording(rated.path)
    model = next(r for r in recording["rater"].values if r not in ("Anna",))
    before = on_disk(rated, FIRST, model)
    for key in "2222":
        rated.key(key)
    np.testing.assert_equal(on_disk(rated, FIRST, model), before)


def test_undo_and_redo_go_where_it_was(rated):
    for key in "1212":
        rated.key(key)
    assert rated.desk.frame == SECOND
    rated.key("0")
    rated.key("Ctrl+Z")
    assert rated.desk.frame == SECOND
    rated.key("Ctrl+Z")
    assert rated.desk.frame == FIRST
    assert on_disk(rated, FIRST)["whiskers"][1] == 0
    rated.key("Ctrl+Shift+Z")
    assert on_disk(rated, FIRST)["whiskers"] == (2, 1)
    rated.key("Ctrl+Shift+Z")
    assert rated.desk.frame == SECOND
    assert on_disk(rated, SECOND)["orbital"] == (0, 1)


def test_a_level_that_the_unit_lacks_is_refused(rated, wait_for):
    rated.key("1")
    assert rated.desk.hand.unit == "nose"
    rated.key("1")
    assert rated.desk.hand.unit == "nose"
    last = notification_manager.records[-1]
    assert "levels are 0, 2" in last.message
    assert on_disk(rated, FIRST)["nose"][1] == 0


def test_sides_apart(rated):
    for _ in range(2):
        rated.key("Down")
    assert rated.desk.hand.unit == "ear"
    rated.key("S")
    assert rated.desk.hand.side == "ear_left"
    rated.key("0")
    assert rated.desk.hand.side == "ear_right"
    rated.key("2")
    recording = open_recording(rated.path).sel(rater="Anna", frame=FIRST).load()
    assert recording["region_score"].sel(region="ear_left") == 0
    assert recording["region_score"].sel(region="ear_right") == 2
    assert recording["score"].sel(unit="ear") == 1


def test_a_hidden_side_leaves_the_other(rated):
    hand, rating = rated.desk.hand, rated.desk.hand.rating
    hand.select("orbital", "orbital_right")
    rated.key("2")
    hand.select("orbital", "orbital_left")
    rated.key("9")
    assert rating.value(FIRST, "region_score", "orbital_right") == 2
    assert rating.value(FIRST, "score", "orbital") == 2


def test_the_same_level_is_clicked_for_the_other_side(rated):
    hand, rating = rated.desk.hand, rated.desk.hand.rating
    rated.widget.units.sides["ear_right"].click()
    rated.widget.units.buttons["ear", 2.0].click()
    rated.widget.units.sides["ear_left"].click()
    assert not rated.widget.units.buttons["ear", 2.0].isChecked()
    rated.widget.units.buttons["ear", 2.0].click()
    assert rating.value(FIRST, "region_score", "ear_left") == 2
    hand.select("ear", "ear_left")
    rated.widget.units.buttons["ear", 2.0].click()  # once more takes it away
    assert rating.value(FIRST, "region_score", "ear_left") is None
    assert rating.value(FIRST, "score", "ear") == 2


def test_clicks_on_regions_and_buttons_select_units(rated):
    facts = rated.desk.view.facts(FIRST)
    y_min, x_min, y_max, x_max = facts.boxes["whiskers"]
    for layer in (rated.boxes, rated.scores):
        rated.viewer.layers.selection.active = layer
        rated.desk.hand.select("orbital")
        rated.click((y_min + y_max) / 2 - 0.5, (x_min + x_max) / 2 - 0.5)
        assert rated.desk.hand.region in ("whiskers", "nose")
    rated.widget.units.titles["ear"].click()
    assert rated.desk.hand.unit == "ear"
    rated.widget.units.buttons["ear", 2.0].click()
    assert on_disk(rated, FIRST)["ear"] == (2, 1)
    rated.widget.units.buttons["ear", 2.0].click()  # once more takes it away
    assert on_disk(rated, FIRST)["ear"][1] == 0


def test_the_labels_show_the_new_score(rated):
    facts = rated.desk.view.facts(FIRST)
    assert "whiskers" in facts.boxes
    units = rated.desk.view.units
    rated.desk.hand.select("whiskers")
    for level in (0, 2):
        rated.desk.hand.select("whiskers")
        rated.key(str(level))
        picture = np.asarray(rated.scores.data[FIRST])
        labels = set(np.unique(picture).tolist())
        assert 1 + 4 * units.index("whiskers") + level in labels


def confirmed(window, rater="Anna"):
    told = open_recording(window.path).sel(rater=rater)["confirmed"].load()
    return told["frame"].values[told.values].tolist()


def test_flags_notes_and_confirmations(rated):
    rated.key("F")
    rated.key("C")
    assert not rated.desk.hand.rating.value(FIRST, "confirmed")  # nothing is scored
    rated.desk.hand.rating.score(FIRST, "ear", 1)
    rated.widget.marks.words.setText("  ears   wet ")
    rated.key("Return", rated.widget.marks.words)
    rated.key("C")
    recording = open_recording(rated.path).sel(rater="Anna", frame=FIRST)
    assert bool(recording["flag"])
    assert confirmed(rated) == [FIRST]
    assert rated.desk.hand.rating.value(FIRST, "note") == "ears wet"
    rated.key("F")
    assert not rated.desk.hand.rating.value(FIRST, "flag")


def test_a_note_that_was_not_entered_is_kept_where_it_was_written(rated):
    rated.widget.marks.words.setText("looked odd")
    rated.desk.go_to(SECOND)
    rated.rest()
    assert rated.desk.hand.rating.value(FIRST, "note") == "looked odd"
    assert rated.desk.hand.rating.value(SECOND, "note") is None
    assert rated.widget.marks.words.text() == ""


@pytest.mark.parametrize("leave", ["stop", "next", "close"])
def test_a_note_is_kept_however_the_recording_is_left(rated, leave, wait_for):
    shutil.copytree(rated.path, rated.path.with_name("zz.grimace"))
    rated.widget.marks.words.setText("looked odd")
    if leave == "stop":
        rated.widget.start.click()
    elif leave == "next":
        rated.desk.route.go_to_recording(1)
        rated.rest(200)
        assert rated.desk.view.path.name == "zz.grimace"
        assert rated.widget.marks.words.text() == ""
    else:
        rated.desk.close_all()
    (journal,) = (rated.path / "journals").glob("anna*.jsonl")
    assert "looked odd" in journal.read_text("utf-8")
    others = rated.path.with_name("zz.grimace") / "journals"
    assert not any("odd" in file.read_text("utf-8") for file in others.glob("*"))


def test_the_reason_of_a_flag_is_no_note(rated):
    rated.widget.marks.words.setText("blurred")
    rated.widget.marks.flag.click()
    assert rated.widget.marks.words.text() == ""
    (journal,) = (rated.path / "journals").glob("anna*.jsonl")
    assert '"reason":"blurred"' in journal.read_text("utf-8")
    assert rated.desk.hand.rating.value(FIRST, "note") is None


@pytest.fixture
def mend(rated):
    """What mends the disk, which refuses to write journals until then."""
    journals = rated.path / "journals"
    journals.write_text("a file where the folder would be")
    return journals.unlink


def test_a_note_that_the_disk_refuses_stays_in_its_field(rated, mend):
    words = rated.widget.marks.words
    words.setText("looked odd")
    rated.key("Return", words)
    assert "'looked odd'" in notification_manager.records[-1].message
    assert words.text() == "looked odd"
    mend()
    rated.desk.go_to(SECOND)
    rated.rest()
    assert rated.desk.hand.rating.value(FIRST, "note") == "looked odd"
    assert rated.desk.hand.rating.value(SECOND, "note") is None
    assert words.text() == ""


def test_a_note_that_the_disk_refuses_is_told_where_the_frame_is_left(rated, mend):
    rated.widget.marks.words.setText("looked odd")
    rated.desk.go_to(SECOND)
    rated.rest()
    told = notification_manager.records[-1].message
    assert f"'looked odd' on frame {FIRST} is not kept" in told
    assert rated.widget.marks.words.text() == ""
    mend()
    rated.desk.go_to(FIRST)
    assert rated.desk.hand.rating.values(FIRST) == {}
    assert rated.desk.hand.rating.values(SECOND) == {}


def test_a_reason_that_the_disk_refuses_stays_in_its_field(rated, mend):
    marks, rating = rated.widget.marks, rated.desk.hand.rating
    marks.words.setText("blurred")
    marks.flag.click()
    assert not rating.value(FIRST, "flag")
    assert marks.words.text() == "blurred"
    mend()
    marks.flag.click()
    assert rating.value(FIRST, "flag")
    assert marks.words.text() == ""
    (journal,) = (rated.path / "journals").glob("anna*.jsonl")
    assert '"reason":"blurred"' in journal.read_text("utf-8")


def test_a_key_that_is_held_scores_once(rated):
    shortcuts = rated.widget.findChildren(QShortcut)
    repeating = {one.key().toString() for one in shortcuts if one.autoRepeat()}
    assert {"N", "Alt+Right", "Ctrl+Z"} <= repeating
    assert not repeating & {"0", "1", "2", "9", "C", "F", "Del"}


def test_the_range_is_that_of_the_recording(rated):
    rated.desk.marker.mark_range(-1)
    rated.desk.marker.mark_range(1)
    shutil.copytree(rated.path, rated.path.with_name("zz.grimace"))
    rated.desk.route.go_to_recording(1)
    assert rated.desk.marker.first is None
    assert rated.desk.marker.last is None


def test_nothing_written_is_nothing_saved(rated):
    rated.key("1")
    rated.key("Up")
    rated.key("1")  # of the same unit
    assert "saved" not in rated.widget.state.text()


def test_a_range_is_confirmed(rated):
    told = {("score", "ear"): 1.0}
    rated.desk.hand.rating.set({FIRST + at: told for at in (0, 30, 60, 90, 120)})
    rated.desk.marker.mark_range(-1)
    rated.desk.go_to(FIRST + 90)
    rated.desk.marker.mark_range(1)
    rated.desk.marker.confirm_range()
    assert confirmed(rated) == [FIRST, FIRST + 30, FIRST + 60, FIRST + 90]
    rated.key("Ctrl+Z")
    assert confirmed(rated) == []


def test_another_raters_scores_are_confirmed(rated, wait_for):
    model, truth = (rater.label for rater in rated.desk.view.contents.raters[:2])
    for label in (model, truth):
        rated.desk.view.choose(label)
        wait_for(lambda label=label: rated.desk.view.shown.rater.label == label)
        rated.desk.marker.mark_range(-1)
        rated.desk.marker.mark_range(1)
        rated.key("C")
        assert rated.desk.view.shown.rater.label == label
        assert rated.desk.view.facts(FIRST).confirmed
        assert confirmed(rated, label) == [FIRST]
    rated.key("C")
    assert confirmed(rated, truth) == []
    assert confirmed(rated, model) == [FIRST]
    rated.desk.marker.confirm_all()
    assert len(confirmed(rated, truth)) > 30
    assert rated.desk.hand.rating.frames == []  # Anna herself has scored nothing


def test_digits_in_the_note_are_text(rated):
    words = rated.widget.marks.words
    words.setFocus()
    rated.key("1", words)
    rated.key("2", words)
    assert words.text() == "12"
    assert rated.desk.hand.rating.frames == []


def test_keys_work_in_the_dock_and_nowhere_else(rated, wait_for):
    from napari.layers import Points

    rated.viewer.window._qt_window.activateWindow()
    rated.widget.units.setFocus()
    wait_for(rated.widget.units.hasFocus)
    rated.key("1", rated.widget.units)
    assert rated.desk.hand.rating.value(FIRST, "score", "orbital") == 1
    points = rated.viewer.add_layer(Points([[0, 0]], ndim=2))
    rated.viewer.layers.selection.active = points
    rated.canvas.setFocus()
    rated.key("2")
    assert rated.desk.hand.rating.value(FIRST, "score", "nose") is None


def test_reopening_goes_on(rated, wait_for):
    for key in "121":
        rated.key(key)
    rated.widget.start.click()
    assert rated.desk.hand.rating is None
    assert not rated.boxes.editable
    rated.key("2")  # nobody rates: nothing is set
    rated.widget.start.click()
    assert rated.desk.hand.unit == "whiskers"
    rated.key("2")
    assert rated.desk.frame == SECOND
    assert on_disk(rated, FIRST)["whiskers"] == (2, 1)
    assert len(list((rated.path / "journals").glob("*.jsonl"))) == 2


def test_two_desks(rated, wait_for, make_napari_viewer):
    """What another desk of the same person has set differently is decided here."""
    other = desk_of(make_napari_viewer())
    other.open(rated.path)
    wait_for(lambda: other.view.shown is not None)
    other.hand.begin("Anna")
    other.go_to(FIRST)
    rated.desk.hand.score(1)
    other.hand.select("orbital")
    other.hand.score(2)
    conflicts = rated.widget.conflicts
    assert not conflicts.isVisibleTo(rated.widget)
    rated.desk.go_to(SECOND)  # then it is seen
    assert conflicts.isVisibleTo(rated.widget)
    chosen = next(b for b in conflicts.buttons if b.text() == "1")
    chosen.click()
    assert not conflicts.isVisibleTo(rated.widget)
    assert on_disk(rated, FIRST)["orbital"] == (1, 1)


def test_what_is_set_at_another_desk_is_seen(rated, wait_for, make_napari_viewer):
    other = desk_of(make_napari_viewer())
    other.open(rated.path)
    wait_for(lambda: other.view.shown is not None)
    other.hand.begin("Anna")
    other.go_to(FIRST)
    other.hand.select("ear")
    other.hand.score(2)
    rated.desk.go_to(SECOND)
    rated.desk.go_to(FIRST)
    assert rated.desk.hand.rating.value(FIRST, "score", "ear") == 2


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "Give your name first"),
        ("Consensus", "give your own name|Give your own name"),
        ("truth of the render", "is a consensus: give your own name"),
    ],
)
def test_names_that_nobody_has(window, name, told):
    window.widget.name.setEditText(name)
    window.widget.start.click()
    assert window.desk.hand.rating is None
    assert re.search(told, notification_manager.records[-1].message)


def test_a_name_that_differs_in_capitals_only(rated):
    rated.key("1")
    rated.widget.start.click()
    rated.desk.view.take(rated.desk.view.read())
    rated.widget.name.setEditText("anna")
    rated.widget.start.click()
    assert rated.desk.hand.rating is None
    assert "'Anna' rates here already" in notification_manager.records[-1].message


def test_saved_is_said_only_of_what_is_saved(rated):
    rated.key("1")
    assert "saved" in rated.widget.state.text()
    rated.key("1")  # of the nose, which has no such level
    assert "saved" not in rated.widget.state.text()
    rated.widget.start.click()
    rated.widget.start.click()
    assert "saved" not in rated.widget.state.text()


def test_the_scale_is_known_before_it_is_followed(window, monkeypatch):
    from napari_grimace.widgets import view as views
    from napari_grimace.widgets.settings import Settings

    monkeypatch.setattr(views, "load_settings", lambda: Settings(scale="rgs"))
    view = window.desk.view
    view.contents, view.ended = views.Contents((), None, None), False  # not yet read
    window.widget.name.setEditText("Anna")
    window.widget.start.click()
    assert window.desk.hand.rating.rater.scale.name == "mgs-black"
