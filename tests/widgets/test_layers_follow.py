"""Layers show what the recording holds of the frame at which the window stands."""

import numpy as np
import pytest
from napari.layers import Image, Labels, Shapes

from napari_grimace.exchange import one_pass
from napari_grimace.recording import NOT_RATED, RecordingStore, open_recording
from napari_grimace.scales import UNIT_OF_REGION
from napari_grimace.video import open_source
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.paint import UNSCORED

MODEL = slice(0, 1)
TRUTH = "truth of the render"


@pytest.fixture
def opened(make_napari_viewer, sample, wait_for):
    viewer = make_napari_viewer()
    viewer.open(str(sample / "sample.grimace"), plugin="napari-grimace")
    desk = desk_of(viewer)
    wait_for(lambda: desk.view.shown is not None)
    return viewer, desk


def layer(viewer, kind):
    (found,) = [layer for layer in viewer.layers if type(layer) is kind]
    return found


@pytest.fixture
def done(sample):
    recording = open_recording(sample / "sample.grimace")
    return one_pass(recording, str(recording["rater"].values[0]))


def row(done, frame):
    return done.data.sel(frame=frame)


def expected_boxes(done, frame):
    data = row(done, frame)
    return {
        str(region): data["box"].sel(region=region).values
        for region in data["region"].values
        if np.isfinite(data["box"].sel(region=region)).all()
    }


def edges(shapes):
    """Boxes that a layer shows, by region, as edges of pixels."""
    return {
        region: np.array([*(corners.min(0) + 0.5), *(corners.max(0) + 0.5)])
        for region, corners in zip(shapes.features["region"], shapes.data, strict=True)
    }


def test_the_recording_comes_with_its_video_at_the_first_frame(opened, sample):
    viewer, desk = opened
    assert [type(one) for one in viewer.layers] == [Image, Labels, Shapes]
    assert desk.frame == 0
    source = open_source(sample / "sample.mp4")
    np.testing.assert_array_equal(layer(viewer, Image).data[0], source[0])
    for one in viewer.layers:
        if one.ndim == 3:
            assert one.axis_labels == ("time", "y", "x")
            assert str(one.units[0]) == "second"
            np.testing.assert_allclose(one.scale, [1 / 30, 1, 1], rtol=1e-6)


def test_boxes_are_those_of_the_frame(opened, done):
    viewer, desk = opened
    boxes = layer(viewer, Shapes)
    for frame in (0, 360, 30, 1770, 900):
        desk.go_to(frame)
        assert desk.frame == frame
        shown, truth = edges(boxes), expected_boxes(done, frame)
        assert shown.keys() == truth.keys()
        for region, box in truth.items():
            np.testing.assert_allclose(shown[region], box, atol=1e-3)
        assert len(boxes.features) == boxes.nshapes
        data = row(done, frame)
        for _, line in boxes.features.iterrows():
            np.testing.assert_allclose(
                line["confidence"],
                data["box_confidence"].sel(region=line["region"]),
                rtol=1e-6,
            )
            side = float(data["region_score"].sel(region=line["region"]))
            assert line["score"] == side or np.isnan([line["score"], side]).all()


def test_labels_are_one_plus_four_times_unit_plus_level(opened, done):
    viewer, desk = opened
    labels = layer(viewer, Labels)
    units = done.data["unit"].values.tolist()
    for frame in (360, 900):
        desk.go_to(frame)
        picture = labels.data[frame]
        data = row(done, frame)
        values = set(np.unique(picture)) - {0}
        allowed = set()
        for region, unit in UNIT_OF_REGION.items():
            if region in expected_boxes(done, frame) and unit in units:
                score = float(data["region_score"].sel(region=region))
                level = UNSCORED if np.isnan(score) else int(score)
                allowed.add(1 + 4 * units.index(unit) + level)
        assert values
        assert values <= allowed
        # The smallest region lies on top, so its middle is its own.
        scored = [r for r in expected_boxes(done, frame) if r in UNIT_OF_REGION]
        areas = {
            r: np.prod(
                expected_boxes(done, frame)[r][2:] - expected_boxes(done, frame)[r][:2]
            )
            for r in scored
        }
        small = min(areas, key=areas.get)
        y_min, x_min, y_max, x_max = expected_boxes(done, frame)[small]
        label = picture[int((y_min + y_max) / 2), int((x_min + x_max) / 2)]
        assert (label - 1) // 4 == units.index(UNIT_OF_REGION[small])


def test_a_frame_that_was_not_analysed_shows_nothing(opened):
    viewer, desk = opened
    desk.go_to(360)
    assert layer(viewer, Shapes).nshapes
    desk.go_to(361)
    assert layer(viewer, Shapes).nshapes == 0
    assert len(layer(viewer, Shapes).features) == 0
    assert not layer(viewer, Labels).data[361].any()
    assert desk.view.facts(361) is None
    desk.go_to(390)
    assert layer(viewer, Shapes).nshapes


def test_another_rater_is_shown_and_compared(opened, sample, wait_for):
    viewer, desk = opened
    view, boxes = desk.view, layer(viewer, Shapes)
    model = view.shown.rater.label
    desk.go_to(360)
    view.choose(TRUTH)
    wait_for(lambda: view.shown.rater.label == TRUTH)
    truth = one_pass(open_recording(sample / "sample.grimace"), TRUTH)
    shown, expected = edges(boxes), expected_boxes(truth, 360)
    assert shown.keys() == expected.keys()
    np.testing.assert_allclose(shown["face"], expected["face"])
    view.compare(model)
    wait_for(lambda: view.compared is not None)
    assert set(boxes.features["rater"]) == {"shown", "compared"}
    assert boxes.nshapes == len(boxes.features) > len(expected)
    view.compare(None)
    wait_for(lambda: view.compared is None)
    assert boxes.nshapes == len(expected)


def test_what_is_added_on_disk_appears(opened, sample, wait_for):
    viewer, desk = opened
    view, path = desk.view, sample / "sample.grimace"
    desk.go_to(361)
    assert layer(viewer, Shapes).nshapes == 0
    store = RecordingStore.open(path)
    block = store.read().isel(rater=MODEL, frame=slice(12, 13)).load()
    rater = store.raters[0]
    moved = block.assign_coords(frame=[361], time=("frame", [361 / 30]))
    from napari_grimace.recording import join_raters

    store.append(rater.label, join_raters([moved], block.attrs))
    desk.read(view)
    wait_for(lambda: layer(viewer, Shapes).nshapes > 0)
    assert desk.frame == 361
    assert (block["state"] != NOT_RATED).any()


def test_stepping_goes_from_one_analysed_frame_to_the_next(opened):
    _, desk = opened
    desk.go_to(31)
    desk.step(1)
    assert desk.frame == 60
    desk.step(1)
    assert desk.frame == 90
    desk.go_to(45)
    desk.step(-1)
    assert desk.frame == 30
    desk.go_to(0)
    desk.step(-1)
    assert desk.frame == 0


def test_our_layers_cannot_be_edited(opened):
    viewer, _ = opened
    assert not layer(viewer, Shapes).editable
    assert not layer(viewer, Labels).editable


def test_removing_the_layers_closes_the_recording(opened):
    viewer, desk = opened
    boxes, scores = layer(viewer, Shapes), layer(viewer, Labels)
    viewer.layers.remove(boxes)
    assert desk.view is not None
    viewer.layers.remove(scores)
    assert desk.views == []
    assert desk.view is None
    desk.go_to(100)
    assert desk.frame == 100


def test_another_layer_with_another_axis_does_not_shift_the_frames(opened, done):
    viewer, desk = opened
    viewer.add_points(np.zeros((3, 3)), name="something else")
    desk.go_to(360)
    assert desk.frame == 360
    shown = edges(layer(viewer, Shapes))
    np.testing.assert_allclose(shown["face"], expected_boxes(done, 360)["face"])
