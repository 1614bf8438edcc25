"""Chambers: cut to the picture, named so that files can be, kept in TOML files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_grimace.analysis.chambers import (
    Chamber,
    check_names,
    read_chambers,
    write_chambers,
)
from napari_grimace.errors import VideoError

PICTURE = (0, 0, 720, 1280)
pixels = st.floats(-1e4, 1e4)


@given(
    name=st.sampled_from(["left", "cage 3", "Käfig-3", "ラット", "🐭"]),
    edges=st.tuples(*[pixels] * 4),
)
def test_a_template_gives_the_same_chambers_back(tmp_path_factory, name, edges) -> None:
    low, high = sorted(edges[::2]), sorted(edges[1::2])
    chamber = Chamber(name, (low[0], high[0], low[1] + 1, high[1] + 1))
    path = tmp_path_factory.getbasetemp() / "template.toml"
    write_chambers(path, [chamber])
    assert read_chambers(path) == [chamber]


def test_what_sticks_out_is_cut_off() -> None:
    chamber = Chamber("left", (-10.5, 600, 800, 1300))
    assert chamber.within(PICTURE) == Chamber("left", (0, 600, 720, 1280))
    assert Chamber("a", (1.5, 2, 3, 4)).within(PICTURE).roi == (1.5, 2, 3, 4)


@pytest.mark.parametrize("roi", [(720, 0, 800, 100), (0, -50, 10, 0), (5, 5, 5, 9)])
def test_one_that_lies_outside_is_named(roi) -> None:
    with pytest.raises(VideoError, match=r"'left' lies outside .*: move it"):
        Chamber("left", roi).within(PICTURE)


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\\b", "a.", "a?", "a\nb", 'a"'])
def test_names_that_files_cannot_have(name: str) -> None:
    with pytest.raises(VideoError, match="cannot be called"):
        check_names([name])


def test_names_must_differ_by_more_than_capitals(tmp_path: Path) -> None:
    twins = [Chamber("Left", (0, 0, 1, 1)), Chamber("left", (0, 0, 1, 1))]
    with pytest.raises(VideoError, match="Two chambers are called 'left'"):
        write_chambers(tmp_path / "twins.toml", twins)
    assert not list(tmp_path.iterdir())


BOX = "y_min = 0\nx_min = 0\ny_max = 5\nx_max = 5\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[chamber", "cannot be read as a template"),
        ("name = 'left'", r"lists no \[\[chamber\]\]"),
        ("chamber = [3]", "chamber 1: the name is missing"),
        (f"[[chamber]]\n{BOX}", "chamber 1: the name is missing"),
        ("[[chamber]]\nname = 'a'\ny_min = 3\n", "chamber 1: x_min is None"),
        ("[[chamber]]\nname = 'a'\ny_min = nan\n", "y_min is nan, not a number"),
        ("[[chamber]]\nname = 'a'\ny_min = 'b'\n", "y_min is 'b', not a number"),
        (f"[[chamber]]\nname = 'a'\n{BOX}".replace("5", "-5"), "must be above"),
        (f"[[chamber]]\nname = 'a'\n{BOX}" * 2, "Two chambers are called 'a'"),
    ],
)
def test_a_bad_template_is_told(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "template.toml"
    path.write_text(text)
    with pytest.raises(VideoError, match=says):
        read_chambers(path)


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"none\.toml cannot be read"):
        read_chambers(tmp_path / "none.toml")
