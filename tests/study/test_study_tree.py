"""Recordings of a study are opened one by one: what is used of xarray holds."""

import copy

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from study_samples import person

from napari_grimace.errors import StudyError
from napari_grimace.study import frame_scores, make_study, scores_dataset, sheet_of
from napari_grimace.study.tree import Source

NAMES = ["a", "b", "c"]
SHEET = pd.DataFrame(
    {"animal": ["1", "2", "3"], "group": "g", "dose": "5"}, index=NAMES
)


@pytest.fixture
def opened():
    return []


@pytest.fixture
def study(opened):
    def source(name, level):
        def open_():
            opened.append(name)
            return scores_dataset(person(), [0, 30], [0, 1], np.full((2, 4), level))

        return Source(open_)

    sources = {name: source(name, i) for i, name in enumerate("abc")}
    return make_study(sources, SHEET, {"source": "here"})


def test_looking_at_names_opens_nothing(study, opened):
    assert list(study.children) == NAMES
    assert len(study.children) == len(study) == 3
    assert "b" in study.children
    assert "d" not in study.children
    assert study.children.keys() == {"a", "b", "c"}
    assert sheet_of(study)["animal"].tolist() == ["1", "2", "3"]
    assert not opened


def test_one_is_opened_once(study, opened):
    node = study["b"]
    assert opened == ["b"]
    assert study["b"] is node
    assert study["/b/score"].identical(node["score"])
    assert study.get("b") is node
    assert opened == ["b"]
    with pytest.raises(KeyError):
        study["d"]


def test_a_node_is_one_of_the_tree(study):
    node = study["b"]
    assert node.parent is study
    assert node.root is study
    assert node.name == "b"
    assert node.path == "/b"
    assert node["../c"] is study["c"]
    assert node.attrs["animal"] == "2"
    assert node.attrs["dose"] == "5"
    assert set(node.to_dataset().coords) >= {"rater", "frame", "unit", "time"}


def test_iterating_opens_as_it_goes(study, opened):
    nodes = iter(study.children.values())
    next(nodes)
    assert opened == ["a"]
    assert [node.name for node in study.leaves] == NAMES
    assert opened == NAMES
    assert [node.name for node in study.descendants] == NAMES
    assert study.width == 1
    assert study["c"].width == 3


def test_trees_that_xarray_makes_of_a_study(study):
    doubled = study.map_over_datasets(
        lambda each: each.assign(score=each["score"] * 2) if "score" in each else each
    )
    assert [float(doubled[name]["score"].max()) for name in NAMES] == [0, 2, 4]
    for other in (study.copy(), copy.deepcopy(study)):
        assert list(other.children) == NAMES
        assert other.identical(study)
        assert sheet_of(other).equals(sheet_of(study))
        assert frame_scores(other).equals(frame_scores(study))
    few = study.filter(lambda node: node.attrs.get("animal") != "2")
    assert list(few.children) == ["a", "c"]
    assert study.isel(frame=[0])["b"].sizes["frame"] == 1


def test_studies_can_be_changed_as_other_trees(study):
    del study["a"]
    assert list(study.children) == ["b", "c"]
    assert sheet_of(study)["animal"].tolist() == ["2", "3"]
    assert frame_scores(study)["recording"].unique().tolist() == ["b", "c"]
    study["d"] = study["c"].copy()
    assert list(study.children) == ["b", "c", "d"]
    assert sheet_of(study)["animal"].tolist() == ["2", "3", "3"]


def test_studies_are_shown(study):
    assert "animal:" in repr(study)
    assert "Group: /b" in repr(study)
    assert "xarray" in study._repr_html_()


def test_other_trees_are_no_studies():
    tree = xr.DataTree.from_dict({"/a": xr.Dataset({"x": 1})})
    with pytest.raises(StudyError, match="no study"):
        sheet_of(tree)
