"""Chambers: rectangles of a Shapes layer in pixels of the full frame."""

from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Shapes
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QFileDialog

from napari_grimace.analysis.chambers import Chamber, read_chambers
from napari_grimace.errors import VideoError
from napari_grimace.widgets.chamber_fields import ChamberFields
from napari_grimace.widgets.chambers import (
    chambers_in,
    chambers_layer,
    give_names,
    names_in,
    picture_of,
)
from napari_grimace.widgets.desk import desk_of

HEIGHT, WIDTH = 60, 80


def last_told() -> str:
    return notification_manager.records[-1].message


def video(**options) -> Image:
    return Image(np.zeros((5, HEIGHT, WIDTH, 3), np.uint8), rgb=True, **options)


def rectangle(y_min: float, x_min: float, y_max: float, x_max: float) -> np.ndarray:
    """Corners in napari's coordinates, of edges in its coordinates."""
    return np.array(
        [[y_min, x_min], [y_min, x_max], [y_max, x_max], [y_max, x_min]], float
    )


def rois(shapes: Shapes, layer: Image) -> list[tuple[float, ...]]:
    return [chamber.roi for chamber in chambers_in(shapes, layer)]


def test_edges_lie_half_a_pixel_beside_napari_s() -> None:
    # From the middle of pixel 10 to that of pixel 19: edges in the middle of each.
    shapes = Shapes([rectangle(10, 20, 19, 39)], shape_type="rectangle")
    assert rois(shapes, video()) == [(10.5, 20.5, 19.5, 39.5)]
    # Around pixels 10 to 19.
    shapes = Shapes([rectangle(9.5, 19.5, 19.5, 39.5)], shape_type="rectangle")
    assert rois(shapes, video()) == [(10, 20, 20, 40)]


def test_a_turned_rectangle_is_brought_to_its_bounding_box() -> None:
    turned = np.array([[10, 30], [20, 40], [30, 30], [20, 20]]) - 0.5
    shapes = Shapes([turned], shape_type="rectangle")
    assert rois(shapes, video()) == [(10, 20, 30, 40)]


def test_what_sticks_out_is_cut_off_and_what_is_outside_is_named() -> None:
    shapes = Shapes([rectangle(-20, -20, 9.5, 100)], shape_type="rectangle")
    assert rois(shapes, video()) == [(0, 0, 10, WIDTH)]
    shapes.add_rectangles(rectangle(0, WIDTH + 5, 20, WIDTH + 9))
    with pytest.raises(VideoError, match="'chamber2' lies outside"):
        chambers_in(shapes, video())


def test_layers_may_be_scaled_and_shifted() -> None:
    layer = video(scale=(0.04, 2.0, 2.0), translate=(1.0, 100.0, 50.0))
    world = rectangle(9.5, 19.5, 29.5, 39.5) * 2 + np.array([100.0, 50.0])
    plain = Shapes([world], shape_type="rectangle")
    scaled = Shapes([world / 4 - 3], shape_type="rectangle", scale=(4, 4))
    scaled.translate = (12, 12)
    assert rois(plain, layer) == [(10, 20, 30, 40)]
    assert rois(scaled, layer) == [(10, 20, 30, 40)]


def test_shapes_drawn_in_one_frame_are_chambers_of_all() -> None:
    corners = rectangle(9.5, 19.5, 29.5, 39.5)
    in_frame = np.column_stack([np.full(4, 3.0), corners])
    shapes = Shapes([in_frame], shape_type="rectangle")
    assert rois(shapes, video()) == [(10, 20, 30, 40)]


def test_pictures_without_colours_have_a_size_too() -> None:
    assert picture_of(Image(np.zeros((5, 60, 80)))) == (0, 0, 60, 80)
    assert picture_of(Image(np.zeros((60, 80)))) == (0, 0, 60, 80)
    assert picture_of(video()) == (0, 0, 60, 80)


def test_a_template_s_chambers_lie_where_they_were() -> None:
    chambers = [Chamber("left", (0, 0, 60, 40)), Chamber("right", (1.5, 40, 50, 80))]
    layer = video(scale=(0.04, 1, 1))
    shapes = chambers_layer(layer, chambers)
    assert chambers_in(shapes, layer) == chambers


def test_each_new_rectangle_has_a_name_of_its_own() -> None:
    shapes = chambers_layer(video())
    for y in (0, 10, 20):
        shapes.add_rectangles(rectangle(y, 0, y + 5, 20))
    assert names_in(shapes) == ["chamber1", "chamber2", "chamber3"]
    give_names(shapes, ["a", "chamber4", "c"])
    shapes.add_rectangles(rectangle(30, 0, 35, 20))
    assert names_in(shapes) == ["a", "chamber4", "c", "chamber5"]
    shapes.selected_data = {1}
    shapes.remove_selected()
    assert names_in(shapes) == ["a", "c", "chamber5"]


def test_any_shapes_layer_will_do() -> None:
    shapes = Shapes([rectangle(0, 0, 5, 5), rectangle(9, 9, 20, 20)])
    assert names_in(shapes) == ["chamber1", "chamber2"]
    shapes.features = {"name": ["left", None]}
    assert names_in(shapes) == ["left", "chamber2"]
    shapes.features = {"name": ["left", "Left"]}
    with pytest.raises(VideoError, match="Two chambers are called 'Left'"):
        chambers_in(shapes, video())


def test_an_empty_layer_is_told() -> None:
    with pytest.raises(VideoError, match="no chambers in the layer 'chambers': draw"):
        chambers_in(chambers_layer(video()), video())


@pytest.fixture
def fields(qtbot):
    viewer = ViewerModel()
    layer = viewer.add_layer(video(name="cage"))
    made = ChamberFields(desk_of(viewer), lambda: layer)
    qtbot.addWidget(made.native)
    return viewer, layer, made


def test_drawing_begins_in_a_layer_of_its_own(fields) -> None:
    viewer, layer, made = fields
    assert made.chambers(layer) is None
    shapes = made.draw()
    assert viewer.layers.selection.active is shapes
    assert (shapes.mode, made.layer.value) == ("add_rectangle", shapes)
    assert viewer.dims.ndim == 3
    shapes.add_rectangles(rectangle(-0.5, -0.5, 9.5, 9.5))
    assert made.chambers(layer) == [Chamber("chamber1", (0, 0, 10, 10))]


def test_names_are_typed_in(fields, qtbot) -> None:
    _, layer, made = fields
    made.draw([Chamber("a", (0, 0, 9, 9)), Chamber("b", (9, 9, 20, 20))])
    assert made.names.value == "a, b"
    _type(made, "left,  right ")
    assert [chamber.name for chamber in made.chambers(layer)] == ["left", "right"]
    _type(made, "left")
    assert "There are 2 chambers, and 1 names" in last_told()
    assert made.names.value == "left, right"


def _type(made: ChamberFields, text: str) -> None:
    made.names.native.setText(text)
    made.names.native.setModified(True)
    made.names.native.editingFinished.emit()


def test_what_is_drawn_is_followed_in_the_chosen_layer(fields) -> None:
    _, _, made = fields
    heard: list[str] = []
    made.changed.connect(lambda: heard.append(made.names.value))
    first = made.draw()
    first.add_rectangles(rectangle(0, 0, 20, 20))
    assert (made.names.value, heard[-1]) == ("chamber1", "chamber1")
    heard.clear()
    first.data = [rectangle(5, 0, 20, 20)]
    assert set(heard) == {"chamber1"}
    second = made.draw([Chamber("b", (0, 0, 9, 9))])
    heard.clear()
    first.add_rectangles(rectangle(0, 0, 20, 20))
    assert not heard
    second.features = {"name": ["c"]}
    assert heard == ["c"]


def test_templates_are_saved_and_loaded(
    fields, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, layer, made = fields
    path, chambers = tmp_path / "room 2.toml", [Chamber("a", (0, 0, 9, 9))]
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))
    made.draw(chambers)
    made.save()
    assert read_chambers(path) == chambers
    made.layer.value = None
    made.load()
    assert made.chambers(layer) == chambers
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: ("", ""))
    made.load()
    made.save()
    made.layer.value = None
    made.buttons["Save"].native.click()
    assert "no chambers to save" in last_told()


def test_without_a_video_there_is_nothing_to_draw_on(qtbot) -> None:
    viewer = ViewerModel()
    made = ChamberFields(desk_of(viewer), lambda: None)
    qtbot.addWidget(made.native)
    made.buttons["Draw"].native.click()
    assert "drag one into the window first" in last_told()
