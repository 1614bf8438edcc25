"""What people do with layers besides looking at them."""

import shutil

import numpy as np
import pytest
from long_clip import COUNT, GOP, record, shown
from napari.layers import Image, Labels, Shapes
from qtpy.QtWidgets import QLabel

from napari_grimace.errors import VideoError
from napari_grimace.recording import Rater
from napari_grimace.scales import load_scale
from napari_grimace.video import convert_video, open_source
from napari_grimace.widgets.desk import desk_of


@pytest.fixture
def opened(make_napari_viewer, recording, wait_for):
    viewer = make_napari_viewer()
    desk = desk_of(viewer)
    desk.open(recording)
    wait_for(lambda: desk.view.shown is not None)
    return viewer, desk


def one(viewer, kind):
    (found,) = [layer for layer in viewer.layers if type(layer) is kind]
    return found


def face_at(viewer):
    boxes = one(viewer, Shapes)
    if not boxes.nshapes:
        return None
    face = boxes.features["region"].tolist().index("face")
    return float(boxes.data[face].min()) + 0.5


def test_boxes_that_were_hidden_are_those_of_the_frame_when_they_are_shown(opened):
    viewer, desk = opened
    boxes = one(viewer, Shapes)
    boxes.visible = False
    desk.go_to(200)
    boxes.visible = True
    assert face_at(viewer) == 10 + 200 / 10


def test_beyond_the_end_of_the_video_there_is_nothing(opened):
    viewer, desk = opened
    viewer.add_points(np.array([[60.0, 5, 5]]))  # the video has 8 seconds
    desk.go_to(200)
    assert face_at(viewer) is not None
    _, readout = viewer.window.add_plugin_dock_widget("napari-grimace", "Readout")
    viewer.dims.set_point(0, 60)
    assert desk.frame is None
    assert "Outside the video" in readout.findChildren(QLabel)[-1].text()
    assert one(viewer, Shapes).nshapes == 0
    desk.step(1)
    desk.go_to(80)
    assert desk.frame == 80


def test_layers_that_were_deleted_come_back_with_the_recording(opened, recording):
    viewer, desk = opened
    desk.go_to(80)
    for kind in (Image, Shapes):
        viewer.layers.remove(one(viewer, kind))
        desk.open(recording)
        assert one(viewer, kind) is not None
        assert len(viewer.layers) == 3
        desk.go_to(80)
        assert face_at(viewer) == 18
    truth = open_source(desk.view.source.path)
    np.testing.assert_array_equal(one(viewer, Image).data[80], truth[80])


def test_boxes_follow_a_video_that_was_dragged_in_anew(opened, clip):
    viewer, desk = opened
    viewer.layers.remove(one(viewer, Image))
    desk.open(clip)
    viewer.layers.remove(one(viewer, Labels))
    desk.activate(desk.views[0])
    desk.go_to(120)
    assert face_at(viewer) == 22
    desk.go_to(121)
    assert face_at(viewer) is None


def test_nothing_can_be_edited_after_3d(opened):
    viewer, _ = opened
    one(viewer, Image).visible = one(viewer, Labels).visible = False
    viewer.dims.ndisplay = 3
    viewer.dims.ndisplay = 2
    assert not one(viewer, Shapes).editable
    assert not one(viewer, Labels).editable


def test_a_whole_video_is_not_read_at_once(opened):
    viewer, _ = opened
    video = one(viewer, Image).data
    assert video[:COUNT].shape[0] == COUNT  # this one is small
    video.shape = (100_000, *video.shape[1:])
    with pytest.raises(VideoError, match="back to 2D"):
        video[:]


def test_removing_a_recording_is_told(opened, clip, tmp_path, wait_for):
    viewer, desk = opened
    rater = Rater("other", "other", "model", scale=load_scale("mgs-black"), build="m 2")
    path = record(tmp_path / "second.grimace", clip, rater, np.arange(0, COUNT, 60))
    first = desk.view
    desk.open(path)
    wait_for(lambda: desk.view.shown is not None)
    told = []
    desk.activated.connect(lambda: told.append(list(desk.views)))
    for layer in desk.layers_of(first):
        viewer.layers.remove(layer)
    assert told[-1] == [desk.view]
    assert desk.view.path == path


def test_a_video_that_is_moved_while_it_is_open_stays_exact(
    make_napari_viewer,
    clip,
    tmp_path,
    wait_for,
):
    viewer = make_napari_viewer()
    desk = desk_of(viewer)
    path = tmp_path / "moved.mp4"
    shutil.copy(clip, path)
    (layer,) = desk.open(path)
    path.rename(tmp_path / "elsewhere.mp4")
    desk.go_to(GOP + 100)
    wait_for(lambda: not desk.previewing)
    np.testing.assert_array_equal(shown(layer), open_source(clip)[GOP + 100])


def test_steps_keep_to_frames_that_a_store_has(
    make_napari_viewer,
    clip,
    recording,
    tmp_path,
    wait_for,
):
    store = tmp_path / "some.video.zarr"
    convert_video(clip, store, frames=list(range(0, COUNT, 20))[::3])
    viewer = make_napari_viewer()
    desk = desk_of(viewer)
    desk.open(store)
    desk.open(recording)
    wait_for(lambda: desk.view.shown is not None)
    stood = []
    for _ in range(4):
        desk.step(1)
        stood.append(desk.frame)
    assert stood == [120, 120, 120, 120]
    assert face_at(viewer) == 22
    assert desk.view.time(120) == open_source(clip).times[120]
    assert np.isnan(desk.view.time(121))
    assert np.isnan(desk.view.time(COUNT))


def test_another_video_that_is_selected_is_the_active_one(opened, tmp_path):
    from PIL import Image as Picture

    viewer, desk = opened
    for number in range(5):
        Picture.new("RGB", (64, 48), (number, 0, 0)).save(tmp_path / f"{number}.png")
    view = desk.view
    (layer,) = desk.open(tmp_path)
    assert desk.view is None
    assert desk.frame == 0
    viewer.layers.selection.active = one(viewer, Shapes)
    assert desk.view is view
    viewer.layers.selection.active = layer
    assert desk.view is None


def test_a_window_that_is_not_in_front_gets_exact_pictures(
    make_napari_viewer,
    clip,
    wait_for,
):
    behind, front = make_napari_viewer(), make_napari_viewer()
    desk_of(front)
    (layer,) = behind.open(str(clip), plugin="napari-grimace")
    behind.dims.set_current_step(0, GOP + 100)
    np.testing.assert_array_equal(shown(layer), open_source(clip)[GOP + 100])
    assert desk_of(behind).videos
    assert not desk_of(front).videos


def test_a_duplicated_layer_shows_the_same(opened):
    from napari.layers._layer_actions import _duplicate_layer

    viewer, desk = opened
    viewer.layers.selection = set(viewer.layers)
    _duplicate_layer(viewer.layers)
    desk.go_to(200)
    copies = [layer for layer in viewer.layers if layer.name.endswith("copy")]
    assert len(copies) == 3
    for layer in copies:
        kind = type(layer)
        (first,) = [la for la in viewer.layers if type(la) is kind and la is not layer]
        if kind is Shapes:
            np.testing.assert_array_equal(layer.data, first.data)
        else:
            np.testing.assert_array_equal(layer.data[200], first.data[200])
    assert desk.views == [desk.view]
