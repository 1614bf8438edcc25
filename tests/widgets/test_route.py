"""From frame to frame, and from recording to recording."""

import shutil

import numpy as np
import pytest
from driving import Driver

from napari_grimace.rating.queue import disagreement, uncertainty
from napari_grimace.recording import open_recording, raters_of
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.rate import RateWidget

FIRST = 300


@pytest.fixture
def rated(make_napari_viewer, sample, wait_for, qtbot):
    shutil.copytree(sample / "sample.grimace", sample / "sample2.grimace")
    viewer = make_napari_viewer(show=True)
    desk = desk_of(viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    driver = Driver(viewer, qtbot)
    driver.desk, driver.folder = desk, sample
    driver.widget = RateWidget(viewer)
    viewer.window.add_dock_widget(driver.widget, name="Rate")
    desk.go_to(FIRST)
    desk.hand.begin("Anna")
    viewer.layers.selection.active = driver.boxes
    driver.rest(100)
    return driver


def choose(window, reason):
    place = window.widget.reason.findData(reason)
    window.widget.reason.setCurrentIndex(place)
    window.widget.reason.activated.emit(place)


def rate(window, *frames):
    units = window.desk.hand.rating.rater.scale.unit_names
    told = {("score", unit): 0.0 for unit in units}
    window.desk.hand.rating.set(dict.fromkeys(frames, told))


def test_the_next_that_is_not_rated(rated):
    rate(rated, FIRST + 30, FIRST + 60)
    rated.key("N")
    assert rated.desk.frame == FIRST + 90
    rated.key("Shift+N")
    assert rated.desk.frame == FIRST
    rated.desk.go_to(1770)
    rated.key("N")  # there is no more
    assert rated.desk.frame == 1770


def test_the_next_that_is_flagged(rated):
    rated.desk.go_to(900)
    rated.key("F")
    rated.desk.go_to(FIRST)
    choose(rated, "flagged")
    rated.key("N")
    assert rated.desk.frame == 900


def test_the_most_disputed_and_the_least_sure_first(rated):
    recording = open_recording(rated.folder / "sample.grimace").load()
    (model,) = [r.label for r in raters_of(recording) if r.kind == "model"]
    frames = recording["frame"].values
    for reason, worth in (
        ("disagreement", disagreement(recording)),
        ("least confident", uncertainty(recording, model)),
    ):
        choose(rated, reason)
        rated.desk.go_to(int(frames[np.nanargmin(worth)]))
        order = rated.desk.route.frames().tolist()
        assert worth[frames == order[0]] == np.nanmax(worth)
        rated.desk.go_to(order[0])
        rated.key("N")
        assert rated.desk.frame == order[1]
        rated.key("Shift+N")
        assert rated.desk.frame == order[0]


def test_the_next_recording_of_the_folder(rated, wait_for):
    rated.desk.hand.score(1)
    rated.key("PageDown")
    wait_for(lambda: rated.desk.view.path.name == "sample2.grimace")
    assert [view.path.name for view in rated.desk.views] == ["sample2.grimace"]
    assert rated.desk.hand.rating.rater.label == "Anna"
    assert rated.desk.hand.rating.frames == []
    rated.viewer.layers.selection.active = rated.boxes
    rated.key("PageDown")  # the last
    assert rated.desk.view.path.name == "sample2.grimace"
    rated.key("PageUp")
    assert rated.desk.view.path.name == "sample.grimace"
    assert rated.desk.hand.rating.value(FIRST, "score", "orbital") == 1


def test_a_name_is_changed_in_the_whole_folder(rated, wait_for):
    rated.desk.hand.score(1)
    rated.key("PageDown")
    rated.desk.hand.score(2)
    rated.widget.names.new.setText("Anna K.")
    rated.widget.names.rename.click()
    assert rated.desk.hand.rating.rater.label == "Anna K."
    assert rated.widget.name.currentText() == "Anna K."
    rated.desk.hand.score(0)
    for name in ("sample", "sample2"):
        recording = open_recording(rated.folder / f"{name}.grimace")
        labels = recording["rater"].values.tolist()
        assert "Anna K." in labels
        assert "Anna" not in labels
    rated.desk.hand.undo()
    rated.desk.hand.undo()  # of what was rated under the old name
    assert rated.desk.hand.rating.frames == []


def test_the_next_frame_is_read_before_it_is_wanted(rated, wait_for):
    from napari_grimace.widgets.layers import browsed

    rated.key("N")
    video = browsed(rated.desk.video_of(rated.desk.view))
    wait_for(lambda: video.exact(FIRST + 60))


def test_analysed_frames_are_those_of_the_model_while_somebody_rates(rated):
    rated.key("Alt+Right")
    assert rated.desk.frame == FIRST + 30
    rated.key("Alt+Left")
    rated.key("Alt+Left")
    assert rated.desk.frame == FIRST - 30
