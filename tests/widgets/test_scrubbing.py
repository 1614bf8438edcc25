"""Scrubbing through a video whose key frames lie far apart, by the real slider."""

import gc
import threading
import weakref

import numpy as np
from long_clip import GOP, shown
from napari.layers import Labels
from qtpy.QtCore import QPoint, Qt

from napari_grimace.video import open_source
from napari_grimace.widgets.desk import desk_of


def test_the_slider_shows_key_frames_in_passing_and_the_frame_in_the_end(
    make_napari_viewer, clip, wait_for, qtbot
):
    viewer = make_napari_viewer(show=True)
    desk = desk_of(viewer)
    (layer,) = desk.open(clip)
    truth = open_source(clip)
    handle = viewer.window._qt_viewer.dims.slider_widgets[0].slider
    handle.setSliderDown(True)
    handle.setValue(GOP + 100)
    assert desk.frame == GOP + 100
    assert desk.previewing
    np.testing.assert_array_equal(shown(layer), truth[GOP])
    wait_for(lambda: not desk.previewing)
    np.testing.assert_array_equal(shown(layer), truth[GOP + 100])
    handle.setValue(GOP + 60)
    handle.setSliderDown(False)
    wait_for(lambda: not desk.previewing)
    np.testing.assert_array_equal(shown(layer), truth[GOP + 60])


def test_a_step_by_key_or_program_is_exact_at_once(make_napari_viewer, clip):
    viewer = make_napari_viewer()
    (layer,) = desk_of(viewer).open(clip)
    truth = open_source(clip)
    for frame in (110, 111, 112, 90, 239, 0):
        viewer.dims.set_current_step(0, frame)
        np.testing.assert_array_equal(shown(layer), truth[frame])


def test_a_click_beside_the_handle_is_exact(make_napari_viewer, clip, qtbot):
    viewer = make_napari_viewer(show=True)
    desk = desk_of(viewer)
    (layer,) = desk.open(clip)
    truth = open_source(clip)
    bar = viewer.window._qt_viewer.dims.slider_widgets[0].slider
    place = QPoint(int(bar.width() * 0.8), bar.height() // 2)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=place)
    assert desk.frame > 0
    np.testing.assert_array_equal(shown(layer), truth[desk.frame])


def test_boxes_are_those_of_the_frame_while_its_picture_is_still_on_the_way(
    make_napari_viewer, clip, recording, wait_for
):
    viewer = make_napari_viewer()
    desk = desk_of(viewer)
    desk.open(recording)
    wait_for(lambda: desk.view.shown is not None)
    desk.go_to(200)
    boxes = viewer.layers[-1]
    face = boxes.features["region"].tolist().index("face")
    np.testing.assert_allclose(boxes.data[face].min(0), 10 + 200 / 10 - 0.5)
    (scores,) = [layer for layer in viewer.layers if isinstance(layer, Labels)]
    assert np.asarray(scores._data_view).any() or scores.data[200].any()
    wait_for(lambda: not desk.previewing)


def test_nothing_is_left_when_the_window_is_closed(
    make_napari_viewer, recording, wait_for, qtbot
):
    before = threading.active_count()

    def work():
        viewer = make_napari_viewer()
        desk = desk_of(viewer)
        desk.open(recording)
        for name in ("Readout", "Timeline"):
            viewer.window.add_plugin_dock_widget("napari-grimace", name)
        wait_for(lambda: desk.view.shown is not None)
        desk.go_to(150)
        desk.step(1)
        gone = [weakref.ref(one) for one in (desk.view, viewer.layers[0].data)]
        viewer.close()
        return gone

    gone = work()

    def nothing():
        gc.collect()
        return threading.active_count() <= before and not any(ref() for ref in gone)

    wait_for(nothing)


def test_two_windows_stand_at_their_own_frames(make_napari_viewer, clip, recording):
    first, second = desk_of(make_napari_viewer()), desk_of(make_napari_viewer())
    first.open(clip)
    second.open(recording)
    first.go_to(30)
    second.go_to(80)
    assert (first.frame, second.frame) == (30, 80)
    assert first.view is None
