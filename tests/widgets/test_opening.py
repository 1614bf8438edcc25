"""Recordings and videos are opened by drop, by menu and by command."""

import os
import shutil
import warnings

import numpy as np
import pytest
import xarray as xr
from npe2 import PluginManager, PluginManifest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent

from napari_grimace.errors import ExportError, RecordingError
from napari_grimace.recording import open_recording
from napari_grimace.video import open_source
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.layers import axes_of
from napari_grimace.widgets.reader import get_reader


@pytest.fixture
def grimace_reads(monkeypatch):
    """As when somebody has ticked "remember" in napari's question for the reader."""
    from napari.settings import get_settings

    plugins = get_settings().plugins
    chosen = {f"*.grimace{os.sep}": "napari-grimace", "*.mp4": "napari-grimace"}
    before = dict(plugins.extension2reader)

    def no_question(paths, *_, error=None, **__):
        raise AssertionError(f"napari asks about {paths}: {error}")

    # A question would wait for ever.
    monkeypatch.setattr("napari._qt.qt_viewer.handle_gui_reading", no_question)
    plugins.extension2reader = chosen
    yield
    plugins.extension2reader = before


def drop(viewer, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    viewer.window._qt_viewer.dropEvent(event)


def names(viewer):
    return [layer.name for layer in viewer.layers]


def test_a_video_and_a_recording_are_dropped(
    make_napari_viewer, sample, wait_for, grimace_reads
):
    viewer = make_napari_viewer()
    drop(viewer, sample / "sample.mp4")
    assert names(viewer) == ["sample.mp4"]
    desk = desk_of(viewer)
    assert desk.frame == 0
    drop(viewer, sample / "sample.grimace")
    # The video that is open already is the recording's.
    assert names(viewer) == ["sample.mp4", "scores sample", "boxes sample"]
    wait_for(lambda: desk.view.shown is not None)
    assert viewer.layers["boxes sample"].nshapes
    drop(viewer, sample / "sample.grimace")
    assert len(viewer.layers) == 3


def test_the_sample_is_in_the_menu(make_napari_viewer, wait_for):
    viewer = make_napari_viewer()
    viewer.open_sample("napari-grimace", "sample_recording")
    desk = desk_of(viewer)
    wait_for(lambda: desk.view.shown is not None)
    assert viewer.layers["boxes sample"].nshapes
    shown = desk.view.path
    assert shown.name == "sample.grimace"
    shutil.rmtree(shown.parent)


def test_a_recording_whose_video_has_moved(make_napari_viewer, sample, tmp_path):
    viewer = make_napari_viewer()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (sample / "sample.mp4").rename(elsewhere / "renamed.mp4")
    with pytest.raises(Exception, match="Drag the video into the window first"):
        viewer.open(str(sample / "sample.grimace"), plugin="napari-grimace")
    assert names(viewer) == []
    viewer.open(str(elsewhere / "renamed.mp4"), plugin="napari-grimace")
    viewer.open(str(sample / "sample.grimace"), plugin="napari-grimace")
    assert names(viewer) == ["renamed.mp4", "scores sample", "boxes sample"]


def test_a_recording_beside_another_video_of_its_name(make_napari_viewer, sample):
    viewer = make_napari_viewer()
    video = sample / "sample.mp4"
    data = bytearray(video.read_bytes())
    data[-1] ^= 0xFF
    video.write_bytes(data + b"\0" * 8)
    with pytest.raises(RecordingError, match="not the video of this recording"):
        desk_of(viewer).open(sample / "sample.grimace")
    assert names(viewer) == []
    assert open_recording(sample / "sample.grimace").sizes["frame"] == 60


def test_a_folder_of_images_is_a_video(make_napari_viewer, tmp_path):
    from PIL import Image

    for number in range(5):
        picture = Image.new("RGB", (64, 48), (10 * number, 0, 0))
        picture.save(tmp_path / f"frame{number}.png")
    viewer = make_napari_viewer()
    viewer.open(str(tmp_path), plugin="napari-grimace")
    (layer,) = viewer.layers
    assert layer.data.shape == (5, 48, 64, 3)
    assert layer.data[3][0, 0, 0] == 30


def test_what_is_not_ours_is_left_to_others(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    other = tmp_path / "cells.zarr"
    other.mkdir()
    (other / "zarr.json").write_text("{}")
    assert get_reader(str(tmp_path)) is None
    assert get_reader(str(other)) is None
    assert get_reader(["a.mp4", "b.mp4"]) is None


def test_the_boxes_layer_saves_the_recording(
    make_napari_viewer, sample, tmp_path, wait_for
):
    viewer = make_napari_viewer()
    desk_of(viewer).open(sample / "sample.grimace")
    wait_for(lambda: desk_of(viewer).view.shown is not None)
    target = tmp_path / "out.nc"
    saved = viewer.layers["boxes sample"].save(str(target), plugin="napari-grimace")
    assert saved == [str(target)]
    with xr.open_dataset(target) as written:
        truth = open_recording(sample / "sample.grimace")
        np.testing.assert_array_equal(written["box"], truth["box"])
    plain = viewer.add_shapes([np.array([[0, 0], [9, 9]])], shape_type="rectangle")
    with pytest.raises(ExportError, match="no recording"):
        plain.save(str(tmp_path / "plain.nc"), plugin="napari-grimace")


def test_the_manifest_is_valid_and_its_names_are_there():
    manifest = PluginManifest.from_distribution("napari-grimace")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # npe2's own
        manifest.validate_imports()
    patterns = manifest.contributions.readers[0].filename_patterns
    assert "*" not in patterns
    assert {"*.mp4", "*.grimace", "*.video.zarr"} <= set(patterns)


def test_widgets_are_in_the_menus(make_napari_viewer):
    viewer = make_napari_viewer()
    found = dict(PluginManager.instance().iter_widgets.__self__._command_menu_map)
    menus = found["napari-grimace"]
    assert "napari/layers/classify" in menus["napari-grimace.score"]
    assert "napari/layers/measure" in menus["napari-grimace.timeline"]
    assert viewer.window is not None


def test_even_times_make_a_time_axis_and_uneven_ones_do_not(sample, tmp_path):
    source = open_source(sample / "sample.mp4")
    axes = axes_of(source)
    assert axes.labels[0] == "time"
    assert axes.units[0] == "second"
    times = axes.translate[0] + axes.scale[0] * np.arange(len(source))
    np.testing.assert_allclose(times, source.times, atol=1e-3)
    source.times = source.times**1.2
    assert axes_of(source).labels[0] == "frame"
    assert axes_of(source).scale[0] == 1
