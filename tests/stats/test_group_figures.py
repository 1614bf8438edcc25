"""Figures of group comparisons: what is drawn is what was found."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.figures import (
    draw_effects,
    draw_group_comparison,
    draw_model_and_people,
    draw_repeated_measures,
    save_figure,
)
from napari_grimace.stats.groups import compare_groups
from napari_grimace.stats.groups.model_people import ModelAndPeople

GROUPS = ("sham", "laparotomy", "carprofen")


def _table(times=("post",), n=8):
    rng = np.random.default_rng(1)
    rows = []
    for group in GROUPS:
        for i in range(n):
            for t, time in enumerate(times):
                mean = 1.2 + 2.4 * (group == "laparotomy") * (t + 1 == len(times))
                rows.append((f"{group}{i}", group, time, rng.normal(mean, 0.3)))
    return pd.DataFrame(rows, columns=["animal", "group", "timepoint", "total"])


@pytest.fixture(scope="module")
def groups():
    return compare_groups(_table(), control="sham")


@pytest.fixture(scope="module")
def repeated():
    return compare_groups(_table(("baseline", "early", "post")), n_resamples=19)


def _texts(ax):
    return [text.get_text() for text in ax.texts]


def _points(ax):
    """Heights of all points that were drawn."""
    parts = [part for part in ax.collections if isinstance(part, PathCollection)]
    return np.concatenate([np.asarray(part.get_offsets())[:, 1] for part in parts])


def test_every_animal_is_drawn_and_what_was_shown_is_bracketed(groups):
    ax = draw_group_comparison(groups)
    assert sorted(_points(ax)) == pytest.approx(sorted(groups.values["total"]))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [
        f"{name}\n(n = 8)" for name in GROUPS
    ]
    assert _texts(ax) == ["p < 0.001"]  # laparotomy; carprofen is not shown
    assert ax.get_ylabel() == "Mean total"
    assert len(_texts(draw_group_comparison(groups, brackets="all"))) == 2
    assert not _texts(draw_group_comparison(groups, brackets="none"))


def test_brackets_lie_over_animals_and_apart():
    told = compare_groups(_table().assign(total=lambda t: t["total"] + t.index % 4))
    ax = draw_group_comparison(told, brackets="all")
    heights = [text.xy[1] for text in ax.texts]
    assert min(heights) > told.values["total"].max()
    assert np.diff(sorted(heights)).min() > 0
    assert max(heights) < ax.get_ylim()[1]


def test_axes_that_are_given_are_drawn_in(groups):
    ax = Figure().subplots()
    assert draw_group_comparison(groups, ax=ax) is ax
    assert draw_effects(groups, ax=Figure().subplots()).get_xlabel() == "Hedges g"


def test_effects_are_where_they_were_found(groups):
    ax = draw_effects(groups)
    drawn = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 1]
    assert np.concatenate(drawn) == pytest.approx(groups.pairwise["effect"].to_numpy())
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names == ["laparotomy vs sham", "carprofen vs sham"]
    assert _texts(ax)[0] == "p < 0.001"


def test_a_comparison_without_an_effect_size_is_named():
    table = _table()
    alone = table[(table["group"] != "carprofen") | (table["animal"] == "carprofen0")]
    ax = draw_effects(compare_groups(alone))
    assert "p not defined" in _texts(ax)
    assert len(ax.get_yticklabels()) == 3


def test_animals_are_followed_through_timepoints(repeated):
    ax = draw_repeated_measures(repeated)
    assert sorted(_points(ax)) == pytest.approx(sorted(repeated.values["total"]))
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    followed = {tuple(np.round(line.get_ydata(), 6)) for line in lines}
    wide = repeated.values.pivot(index="animal", columns="timepoint", values="total")
    wide = wide[["baseline", "early", "post"]].round(6)
    assert set(map(tuple, wide.to_numpy())) <= followed
    assert _texts(ax)[:3] == [f"{name} (n = 8)" for name in GROUPS]
    assert _texts(ax)[3:] == ["p < 0.001"]  # post against baseline of laparotomy
    bracket = ax.texts[3].xy[0]
    assert bracket == 4 + 1  # over the middle of the second block, at 4, 5 and 6


def test_one_group_has_its_own_bracket():
    table = _table(("baseline", "post"))
    told = compare_groups(table[table["group"] == "laparotomy"])
    ax = draw_repeated_measures(told)
    assert _texts(ax) == ["all animals (n = 8)", "p < 0.001"]


def test_model_and_people_are_side_by_side():
    values = pd.DataFrame(
        {
            "group": ["sham"] * 3 + ["lap"] * 3,
            "animal": list("abcdef"),
            "model": [1.0, 1.2, 0.8, 4.0, 4.4, 3.9],
            "people": [1.1, 1.0, 0.9, 3.8, 4.5, 4.0],
        }
    )
    table = pd.DataFrame({"group": ["sham", "lap"], "p_adjusted": [0.5, np.nan]})
    ax = draw_model_and_people(ModelAndPeople(table, values))
    assert _texts(ax) == ["sham (n = 3)", "lap (n = 3)", "p = 0.500", "p not defined"]
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert ticks == ["people", "model"] * 2
    assert sorted(_points(ax)) == pytest.approx(
        sorted(values[["model", "people"]].to_numpy().ravel())
    )


def test_the_wrong_figure_names_the_right_one(groups, repeated):
    with pytest.raises(GrimaceError, match="draw_repeated_measures"):
        draw_group_comparison(repeated)
    with pytest.raises(GrimaceError, match="draw_group_comparison"):
        draw_repeated_measures(groups)
    with pytest.raises(GrimaceError, match="choose one of shown, all, none"):
        draw_group_comparison(groups, brackets="some")


def test_figures_are_saved_with_text_that_can_be_edited(groups, tmp_path):
    path = tmp_path / "groups.svg"
    save_figure(draw_group_comparison(groups), path)
    assert "laparotomy" in path.read_text()
