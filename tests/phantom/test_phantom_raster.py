"""Surfaces drawn into the buffer, against what geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from napari_grimace.phantom.anatomy import make_head, normals
from napari_grimace.phantom.chance import draw_scene
from napari_grimace.phantom.pose import View, rotation
from napari_grimace.phantom.raster import Buffer, extent, facing_area, look_up, splat


def _ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    """Sphere whose cells run as the head's do when projected."""
    polar, round_ = np.meshgrid(
        np.linspace(0, np.pi, 24), np.linspace(0, 2 * np.pi, 40), indexing="ij"
    )
    x = np.cos(polar)
    y = np.sin(polar) * np.cos(round_)
    z = np.sin(polar) * np.sin(round_)
    grid = np.stack([y, -z, x], -1) * radius + np.array(centre)
    return np.asarray(grid, np.float32)


def test_a_sphere_covers_its_disc_without_holes() -> None:
    buffer = Buffer.empty(100, 120)
    splat(buffer, _ball((60, 50, 0), 30), 1)
    y, x = np.mgrid[:100, :120] + 0.5
    away = np.hypot(x - 60, y - 50)
    seen = buffer.part == 1
    assert seen[away < 28].all()
    assert not seen[away > 31].any()
    expected = np.sqrt(np.clip(30**2 - away**2, 0, None))
    np.testing.assert_allclose(buffer.depth[away < 20], expected[away < 20], atol=2)


def test_the_nearer_surface_wins() -> None:
    near, far = _ball((50, 50, 40), 10), _ball((50, 50, 0), 30)
    for order in ((near, far), (far, near)):
        buffer = Buffer.empty(100, 100)
        parts = {id(near): 1, id(far): 2}
        for grid in order:
            splat(buffer, grid, parts[id(grid)])
        assert buffer.part[50, 50] == 1
        assert buffer.part[50, 75] == 2


def test_the_back_of_a_surface_is_drawn_only_if_asked() -> None:
    inside_out = _ball((50, 50, 0), 20)[:, ::-1]
    buffer = Buffer.empty(100, 100)
    splat(buffer, inside_out, 1)
    assert buffer.depth.max() < 1
    splat(buffer, inside_out, 1, two_sided=True)
    assert buffer.depth.max() == pytest.approx(20, abs=1)


def test_rows_of_nan_part_surfaces() -> None:
    gap = np.full((1, 40, 3), np.nan, np.float32)
    grid = np.concatenate([_ball((30, 50, 0), 10), gap, _ball((80, 50, 0), 10)])
    buffer = Buffer.empty(100, 110)
    splat(buffer, grid, 1)
    assert not buffer.part[:, 45:65].any()
    assert buffer.part[50, 30] == buffer.part[50, 80] == 1


def test_what_is_out_of_the_picture_is_left_out() -> None:
    buffer = Buffer.empty(40, 40)
    splat(buffer, _ball((200, 20, 0), 30), 1)
    splat(buffer, _ball((-100, -100, 0), 30), 2)
    assert not buffer.part.any()
    splat(buffer, _ball((0, 0, 0), 30), 3)
    assert extent(buffer.part == 3) == (0, 0, 30, 30)
    assert extent(buffer.part == 9) is None


def test_places_on_the_grid_are_found_again() -> None:
    grid = _ball((50, 50, 0), 30)
    buffer = Buffer.empty(100, 100)
    splat(buffer, grid, 1)
    found = look_up(grid, buffer.row, buffer.column)
    y, x = np.nonzero(buffer.part == 1)
    np.testing.assert_allclose(found[y, x, 0], x + 0.5, atol=0.6)
    np.testing.assert_allclose(found[y, x, 1], y + 0.5, atol=0.6)


@pytest.mark.parametrize("yaw", [0.0, 40.0, -90.0])
def test_poses_point_the_nose_where_they_say(yaw: float) -> None:
    turn = rotation(yaw, 0, 0)
    nose, left, up = turn.T
    np.testing.assert_allclose(
        nose, [np.sin(np.deg2rad(yaw)), 0, np.cos(np.deg2rad(yaw))], atol=1e-6
    )
    np.testing.assert_allclose(up, [0, -1, 0], atol=1e-6)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
    assert rotation(0, 20, 0)[1, 0] < 0
    assert left[0] == pytest.approx(np.cos(np.deg2rad(yaw)))


def test_heads_are_symmetric_and_their_normals_point_out() -> None:
    scene = draw_scene(np.random.default_rng(4), framing="crop")
    animal = scene.animals[-1]
    head = make_head(animal)
    axis = head.grid * [1, 0, 0]
    outwards = (head.normal * (head.grid - axis)).sum(-1)
    assert (outwards[10:70] > 0).mean() > 0.98
    view = View.of(animal, 100, 100)
    shown = facing_area(view.project(head.grid)) > 0
    faces = view.facing(head.normal)[:-1, :-1, 2] > 0
    assert (shown == faces)[10:70].mean() > 0.9
    left, right = head.eyes
    np.testing.assert_allclose(left.at[[0, 2]], right.at[[0, 2]], atol=0.02)
    assert left.at[1] > 0 > right.at[1]
    for spot in (*head.eyes, *head.pads, *head.cheeks):
        assert spot.out @ (spot.at * [0, 1, 1]) > 0


def test_normals_are_unit_vectors() -> None:
    found = normals(_ball((0, 0, 0), 1))[2:-2]
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-5)
