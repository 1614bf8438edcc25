"""Boxes are drawn, moved, named, removed and copied with mouse and keys."""

import numpy as np
import pytest
from driving import Driver
from napari.layers import Image
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication, QMenu

from napari_grimace.errors import RecordingError
from napari_grimace.recording import open_recording
from napari_grimace.widgets.boxes import box_of, region_at
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.rate_boxes import BoxFields

FIRST = 300


@pytest.fixture
def rated(make_napari_viewer, sample, wait_for, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1000, 700)
    desk = desk_of(viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    desk.go_to(FIRST)
    desk.hand.begin("Anna")
    driver = Driver(viewer, qtbot)
    driver.desk, driver.path = desk, sample / "sample.grimace"
    viewer.layers.selection.active = driver.boxes
    driver.rest(100)
    return driver


def own(window, region, frame=FIRST):
    return window.desk.hand.rating.value(frame, "box", region)


def on_disk(window, region, frame=FIRST):
    recording = open_recording(window.path)
    if "Anna" not in recording["rater"].values:
        return None
    one = recording.sel(rater="Anna", frame=frame, region=region).load()
    return one["box"].values


def shown(window):
    boxes = window.boxes
    return {
        region: box_of(corners)
        for region, corners in zip(boxes.features["region"], boxes.data, strict=True)
    }


def test_the_models_boxes_are_there_to_begin_with(rated):
    assert rated.boxes.editable
    assert set(rated.boxes.features["rater"]) == {"under"}
    assert rated.desk.hand.rating.frames == []


def test_a_corner_is_dragged(rated):
    y_min, x_min, y_max, x_max = shown(rated)["face"]
    rated.desk.hand.select_region("face")
    rated.key("E")
    assert rated.boxes.mode == "select"
    corner = np.array([y_max, x_max]) - 0.5
    rated.drag(corner, corner + np.array([20, 30]))
    box = on_disk(rated, "face")
    np.testing.assert_allclose(box, [y_min, x_min, y_max + 20, x_max + 30], atol=3)
    assert own(rated, "nose") is None
    told = dict(
        zip(rated.boxes.features["region"], rated.boxes.features["rater"], strict=True)
    )
    assert told["face"] == "shown"
    assert told["nose"] == "under"
    rated.key("Ctrl+Z")
    assert own(rated, "face") is None
    assert shown(rated)["face"] == pytest.approx((y_min, x_min, y_max, x_max), abs=1e-3)


def test_a_box_is_moved(rated):
    y_min, x_min, y_max, x_max = shown(rated)["face"]
    rated.desk.hand.select_region("face")
    rated.key("E")
    facts = rated.desk.view.facts(FIRST)
    inside = next(
        np.array([y, x])
        for y in np.linspace(y_min + 15, y_max - 15, 9)
        for x in np.linspace(x_min + 15, x_max - 15, 9)
        if region_at(facts, y, x) == "face"
        and abs(y - (y_min + y_max) / 2) > 20
        and abs(x - (x_min + x_max) / 2) > 20
    )
    rated.drag(inside, inside + np.array([10, -15]))
    moved = on_disk(rated, "face")
    np.testing.assert_allclose(
        moved, [y_min + 10, x_min - 15, y_max + 10, x_max - 15], atol=3
    )


def test_a_box_is_drawn_for_the_next_missing_region(rated):
    missing = rated.desk.pen.missing
    assert missing
    rated.desk.hand.select_region(missing[0])
    rated.key("D")
    assert rated.boxes.mode == "add_rectangle"
    rated.drag((50, 60), (120, 200))
    np.testing.assert_allclose(
        on_disk(rated, missing[0]), [50.5, 60.5, 120.5, 200.5], atol=3
    )
    assert rated.desk.hand.region == missing[0]
    rated.key("D")
    rated.boxes.mode = "add_rectangle"
    rated.drag((80, 260), (130, 300))
    assert on_disk(rated, missing[1])[0] == pytest.approx(80.5, abs=3)
    assert missing[1] not in rated.desk.pen.missing


def test_a_box_is_removed_and_given_back(rated):
    rated.desk.hand.select_region("nose")
    rated.key("Delete")
    assert own(rated, "nose") == "region_not_found"
    assert "nose" not in shown(rated)
    told = open_recording(rated.path).sel(rater="Anna", frame=FIRST, region="nose")
    assert np.isnan(told["box"].values).all()
    assert float(told["box_confidence"]) == 0
    rated.desk.pen.give_back()
    assert own(rated, "nose") is None
    assert "nose" in shown(rated)


def test_naparis_own_deletion_is_taken(rated):
    boxes = rated.boxes
    boxes.mode = "select"
    row = boxes.features["region"].tolist().index("nose")
    boxes.selected_data = {row}
    boxes.remove_selected()
    rated.rest()
    assert own(rated, "nose") == "region_not_found"


def test_a_box_gets_another_region(rated):
    before = shown(rated)
    missing = rated.desk.pen.missing
    rated.desk.hand.select_region("whiskers")
    rated.key("R")
    assert own(rated, missing[0]) == pytest.approx(before["whiskers"], abs=1e-3)
    assert own(rated, "whiskers") == "region_not_found"
    rated.key("Ctrl+Z")
    assert shown(rated) == before
    rated.desk.hand.select_region("whiskers")
    rated.desk.pen.name("nose")  # two change places
    assert own(rated, "nose") == pytest.approx(before["whiskers"], abs=1e-3)
    assert own(rated, "whiskers") == pytest.approx(before["nose"], abs=1e-3)


def test_boxes_are_copied_and_filled_in(rated):
    rated.desk.pen.set_boxes({"nose": (10, 10, 20, 20)})
    rated.desk.go_to(FIRST + 30)
    rated.key("V")
    assert own(rated, "nose", FIRST + 30) == (10, 10, 20, 20)
    rated.desk.go_to(FIRST + 120)
    rated.desk.pen.set_boxes({"nose": (40, 40, 50, 50)})
    rated.desk.go_to(FIRST + 60)
    rated.key("I")
    assert own(rated, "nose", FIRST + 60) == pytest.approx((20, 20, 30, 30))
    assert own(rated, "nose", FIRST + 90) == pytest.approx((30, 30, 40, 40))
    rated.key("Ctrl+Z")
    assert own(rated, "nose", FIRST + 60) is None
    assert own(rated, "nose", FIRST + 90) is None


def test_a_box_is_given_to_a_range(rated):
    rated.desk.pen.set_boxes({"nose": (10, 10, 20, 20), "face": (0, 0, 90, 90)})
    rated.desk.hand.select_region("nose")
    rated.key("[")
    rated.desk.go_to(FIRST + 60)
    rated.key("]")
    rated.desk.go_to(FIRST)
    rated.desk.hand.select_region("nose")
    rated.key("Shift+V")
    for frame in (FIRST + 30, FIRST + 60):
        assert own(rated, "nose", frame) == (10, 10, 20, 20)
        assert own(rated, "face", frame) is None


def test_the_menu_names_the_selected_box(rated, qtbot):
    fields = BoxFields(rated.desk)
    qtbot.addWidget(fields)
    rated.desk.hand.select_region("whiskers")
    fields.show_again()
    assert fields.region.currentData() == "whiskers"
    assert f"{rated.desk.pen.missing[0]} (missing)" in [
        fields.region.itemText(i) for i in range(fields.region.count())
    ]
    before = shown(rated)["whiskers"]
    fields.region.setCurrentIndex(fields.region.findData("nose"))
    fields.region.activated.emit(fields.region.currentIndex())
    assert own(rated, "nose") == pytest.approx(before, abs=1e-3)


def test_the_right_button_offers_regions(rated):
    before = shown(rated)
    facts = rated.desk.view.facts(FIRST)
    y_min, x_min, y_max, x_max = facts.boxes["orbital_right"]
    rated.click((y_min + y_max) / 2, (x_min + x_max) / 2, button="right")
    assert rated.desk.hand.region == "orbital_right"
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    offered = {action.text(): action for action in menu.actions()}
    assert offered["orbital_right"].isChecked()
    offered["orbital_left (missing)"].trigger()
    menu.close()
    assert own(rated, "orbital_left") == pytest.approx(
        before["orbital_right"], abs=1e-3
    )
    assert own(rated, "orbital_right") == "region_not_found"


def test_a_click_does_not_draw(rated):
    rated.key("D")
    rated.click(50, 60)
    assert rated.desk.hand.rating.frames == []


def test_compared_boxes_stay_where_they_are(rated, wait_for):
    labels = [rater.label for rater in rated.desk.view.raters]
    rated.desk.view.compare(labels[0])
    wait_for(lambda: rated.desk.view.compared is not None)
    rated.rest(200)
    boxes = rated.boxes
    before = shown(rated)
    count = boxes.nshapes
    row = boxes.features["rater"].tolist().index("compared")
    boxes.mode = "select"
    boxes.selected_data = {row}
    boxes.remove_selected()
    rated.rest()
    assert boxes.nshapes == count
    assert shown(rated) == before
    assert rated.desk.hand.rating.frames == []


def ask(window, wait_for):
    window.desk.hand.select("orbital")
    window.key("M")
    wait_for(lambda: not window.desk.adviser.asking, seconds=60)
    return window.desk.adviser.proposal


def test_the_model_scores_the_unit_from_the_corrected_box(rated, wait_for):
    fields = BoxFields(rated.desk)
    first = ask(rated, wait_for)
    assert first.unit == "orbital"
    fields.show_again()
    assert fields.said.text() == str(first)
    # The model's own score came from the same boxes.
    below = rated.desk.view.below(FIRST)
    (unit,) = [unit for unit in below.units if unit.name == "orbital"]
    assert first.score == unit.score
    known = unit.probabilities[int(unit.score)]
    assert first.probability == pytest.approx(known, abs=0.02)
    rated.desk.pen.set_boxes({"orbital_right": (0, 0, 40, 40)})
    assert rated.desk.adviser.proposal is None  # it was of another box
    second = ask(rated, wait_for)
    assert second.probability != first.probability
    assert rated.desk.hand.rating.value(FIRST, "score", "orbital") is None
    rated.key("T")
    assert rated.desk.hand.rating.value(FIRST, "score", "orbital") == second.score
    journal = next((rated.path / "journals").glob("*.jsonl")).read_text("utf-8")
    assert f"proposed by {second.build}" in journal


def test_a_proposal_holds_for_its_frame_and_person_only(rated, wait_for):
    assert ask(rated, wait_for) is not None
    rated.desk.go_to(FIRST + 30)
    assert rated.desk.adviser.proposal is None
    rated.desk.go_to(FIRST)
    assert rated.desk.adviser.proposal is not None
    rated.desk.hand.begin("Bo")
    assert rated.desk.adviser.proposal is None
    rated.key("T")
    assert rated.desk.hand.rating.frames == []


def test_a_box_that_the_disk_refuses_is_not_shown(rated, monkeypatch):
    def refuse(*args, **options):
        raise RecordingError("the disk is full")

    monkeypatch.setattr(rated.desk.hand.rating, "set", refuse)
    before = shown(rated)
    rated.desk.hand.select_region(rated.desk.pen.missing[0])
    rated.key("D")
    rated.drag((50, 60), (120, 200))
    assert shown(rated) == before
    monkeypatch.undo()


def told():
    return notification_manager.records[-1].message


def test_what_is_missing_to_ask_the_model_is_told(rated, wait_for):
    adviser = rated.desk.adviser
    adviser.ask()
    assert adviser.asking
    adviser.ask()
    assert "at work" in told()
    wait_for(lambda: not adviser.asking, seconds=60)
    rated.desk.go_to(7)  # which was not analysed
    rated.key("M")
    assert "no box in this frame" in told()
    rated.viewer.layers.remove(rated.layer(Image))
    rated.desk.go_to(FIRST)
    rated.desk.adviser.ask()
    assert "Open the video" in told()
    assert not adviser.asking


def test_no_region_is_given_back_without_one(rated):
    rated.desk.hand.select("")
    rated.desk.pen.give_back()
    assert "Select a region first" in told()


def test_to_draw_shows_ones_own_boxes(rated, wait_for):
    label = rated.desk.view.contents.raters[0].label
    rated.desk.view.choose(label)
    wait_for(lambda: rated.desk.view.shown.rater.label == label)
    rated.rest(200)
    rated.key("D")
    assert rated.desk.view.rating_shown
    assert rated.boxes.mode == "add_rectangle"


def test_a_first_box_where_the_model_saw_nothing(rated):
    rated.desk.go_to(7)  # which was not analysed
    assert rated.boxes.nshapes == 0
    rated.key("D")
    rated.drag((50, 60), (120, 200))
    assert own(rated, "orbital_left", 7) is not None
