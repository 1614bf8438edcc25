"""Outlines of boxes are equally thick on the screen at any zoom."""

import numpy as np
import pytest
from driving import Driver

from napari_grimace.widgets.desk import desk_of


@pytest.fixture
def window(make_napari_viewer, sample, wait_for, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(900, 700)
    desk = desk_of(viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    driver = Driver(viewer, qtbot)
    driver.desk = desk
    driver.camera = getattr(viewer, "scene", viewer).camera
    driver.rest(150)
    return driver


def on_screen(window):
    return np.array(window.boxes.edge_width) * window.camera.zoom


@pytest.mark.parametrize("zoom", [0.3, 1.0, 7.0])
def test_outlines_are_two_pixels_of_the_screen(window, zoom):
    layer, told = window.boxes, []
    before = [np.array(box) for box in layer.data]
    layer.events.data.connect(told.append)
    window.camera.zoom = zoom
    window.rest(200)
    np.testing.assert_allclose(on_screen(window), 2.0, rtol=0.03)
    np.testing.assert_array_equal(layer.data, before)
    window.desk.go_to(1)  # not analysed: no boxes
    assert layer.nshapes == 0
    window.desk.go_to(30)
    assert layer.nshapes > 5
    np.testing.assert_allclose(on_screen(window), 2.0, rtol=0.03)
    assert not told
