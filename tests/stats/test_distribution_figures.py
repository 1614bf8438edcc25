"""Figures of distributions: what is drawn is what the tables hold."""

import numpy as np
import pytest
from distribution_scores import scores_of, scores_of_units, simulated
from matplotlib.collections import PathCollection

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import distribution as tables
from napari_grimace.stats import figures
from napari_grimace.stats.figures import new_axes, save_figure

POST = {"scale": "mgs-black", "timepoint": "post"}
GROUPS = ["sham", "laparotomy", "carprofen"]


@pytest.fixture(scope="module")
def scores():
    return simulated(4, 900)


def drawn(ax):
    """Lay the figure out; nothing may be cut off."""
    ax.figure.draw_without_rendering()
    (left, low), (right, high) = ax.figure.get_tightbbox().get_points()
    width, height = ax.figure.get_size_inches()
    assert min(left, low) > -0.02
    assert right < width + 0.02
    assert high < height + 0.02
    return ax


def points(ax):
    scattered = [c for c in ax.collections if isinstance(c, PathCollection)]
    return np.concatenate([c.get_offsets() for c in scattered])


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def ends(ax, place=0):
    """Ends of the error bars of one container."""
    lines = ax.containers[place].lines[2][0].get_segments()
    return np.array(lines)


def test_histogram_has_animals_means_and_intervals(scores):
    table = tables.score_histogram(scores, **POST)
    ax = drawn(figures.draw_score_histogram(table))
    assert legend(ax) == [f"{group} (n = 4)" for group in GROUPS]
    faint = [line for line in ax.lines if line.get_alpha() == 0.25]
    assert len(faint) == 12
    first = table[table["animal"] == "sham 1"]
    assert any(np.allclose(line.get_ydata(), 100 * first["share"]) for line in faint)
    means = tables.group_means(table, "share", ["group", "total"])
    sham = means[means["group"] == "sham"]
    np.testing.assert_allclose(ends(ax)[:, 0, 1], 100 * sham["ci_low"], atol=1e-9)
    np.testing.assert_allclose(ends(ax)[:, 1, 1], 100 * sham["ci_high"])
    assert ax.get_ylabel().endswith("(%)")


def test_share_at_a_score_by_animal(scores):
    table = tables.share_at_score(scores, 6, **POST)
    ax = drawn(figures.draw_share_at_score(table))
    np.testing.assert_allclose(points(ax)[:, 1], 100 * table["share"])
    assert "total of 6" in ax.get_ylabel()
    with pytest.raises(GrimaceError, match="shows one"):
        figures.draw_share_at_score(tables.share_at_score(scores, [1, 6], **POST))


def test_states_of_animals_beside_each_other(scores):
    table = tables.state_shares(scores, **POST)
    ax = drawn(figures.draw_state_shares(table))
    heights = [bar.get_height() for bar in ax.patches]
    means = tables.group_means(table, "share", ["group", "state"])
    np.testing.assert_allclose(heights, 100 * means["mean"])
    assert sorted(points(ax)[:, 1]) == pytest.approx(sorted(100 * table["share"]))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["low", "medium", "high"]


def test_most_frequent_combinations_first(scores):
    table = tables.unit_combinations(scores, **POST)
    ax = drawn(figures.draw_combinations(table, most=5))
    means = table.groupby("combination")["share"].mean().sort_values(ascending=False)
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert names == means.index[:5].tolist()
    assert ax.yaxis_inverted()
    assert ax.get_ylabel() == "orbital-ear-whiskers-nose"
    assert len(points(ax)) == 5 * 12


def test_enrichment_with_intervals(scores):
    table = tables.combination_enrichment(scores, "sham", **POST)
    ax = drawn(figures.draw_enrichment(table, "laparotomy", most=6))
    part = table[(table["group"] == "laparotomy") & table["p_adjusted"].notna()]
    largest = part["difference"].abs().nlargest(6).index
    part = part[part.index.isin(largest)]
    assert [t.get_text() for t in ax.get_yticklabels()] == part["combination"].tolist()
    np.testing.assert_allclose(ends(ax)[:, 0, 0], 100 * part["ci_low"])
    with pytest.raises(GrimaceError, match="Nothing was tested in 'sham'"):
        figures.draw_enrichment(table, "sham")


def test_quantiles_of_animals_and_groups(scores):
    table = tables.qq_points(scores, timepoint="post")
    ax = drawn(figures.draw_qq(table))
    assert legend(ax) == GROUPS
    assert len(ax.lines) == 1 + 12 + 3
    bold = next(line for line in ax.lines if line.get_label() == "sham")
    mean = table[table["group"] == "sham"].groupby("probability")["observed"].mean()
    np.testing.assert_allclose(bold.get_ydata(), mean)


def test_shape_and_change_of_each_animal(scores):
    shape = tables.score_shape(scores, timepoint="post")
    change = tables.change_from_baseline(scores)
    for draw, table, measure in (
        (figures.draw_shape, shape, "skewness"),
        (figures.draw_shape, shape, "kurtosis"),
        (figures.draw_change, change, "difference"),
        (figures.draw_change, change, "ratio"),
    ):
        ax = drawn(draw(table, measure))
        np.testing.assert_allclose(points(ax)[:, 1], table[measure])
        assert [t.get_text() for t in ax.get_xticklabels()] == [
            f"{group}\n(n = 4)" for group in GROUPS
        ]
    both = tables.score_shape(scores, by=["group", "timepoint"])
    with pytest.raises(GrimaceError, match="several rows"):
        figures.draw_shape(both)
    bins = tables.time_bins(scores, by=["group", "timepoint"])
    with pytest.raises(GrimaceError, match="several rows"):
        figures.draw_time_course(bins)
    ax = figures.draw_shape(both, by=["group", "timepoint"], ax=new_axes(width=174))
    assert "sham, baseline" in drawn(ax).get_xticklabels()[0].get_text()


def test_course_with_its_band(scores):
    bins = tables.time_bins(scores, timepoint="post")
    ax = drawn(figures.draw_time_course(bins))
    course = tables.time_course(scores, timepoint="post")
    sham = course[course["group"] == "sham"]
    bold = next(line for line in ax.lines if line.get_label() == "sham (n = 4)")
    np.testing.assert_allclose(bold.get_xdata(), [2.5, 7.5, 12.5])
    np.testing.assert_allclose(bold.get_ydata(), sham["mean"])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(sham["ci_high"].max())
    assert band.min() == pytest.approx(sham["ci_low"].min())
    assert ax.get_xlabel() == "Time (min)"


def test_dwell_times_and_transitions(scores):
    found = tables.bouts(scores, **POST)
    survival = tables.dwell_survival(found, range(0, 40, 2))
    ax = drawn(figures.draw_dwell_times(survival, "low"))
    bold = next(line for line in ax.lines if line.get_label() == "sham (n = 4)")
    part = survival.query("group == 'sham' and state == 'low'")
    mean = part.groupby("time")["share"].mean()
    np.testing.assert_allclose(bold.get_ydata(), 100 * mean)
    with pytest.raises(GrimaceError, match="no state 'highest'"):
        figures.draw_dwell_times(survival, "highest")

    moves = tables.transitions(scores, **POST)
    ax = drawn(figures.draw_transitions(moves, "carprofen"))
    matrix = ax.collections[0].get_array().reshape(3, 3)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    part = moves.query("group == 'carprofen' and state == 'low'")
    mean = part.groupby("next_state")["probability"].mean()
    np.testing.assert_allclose(matrix[0], mean[["low", "medium", "high"]])
    with pytest.raises(GrimaceError, match="shows one"):
        figures.draw_transitions(moves)


def test_groups_of_one_and_animals_without_frames(tmp_path):
    nan = np.nan
    totals = {"a": [1, 2, 8, nan, 0, 1], "b": [nan] * 6, "c": [3.0] * 6}
    units = {"a": [[0, 0, 0, 0]], "b": [[nan, 0, 0, 0]], "c": [[1, 2, 1, 1]]}
    group = {"a": "one", "b": "none", "c": "same"}
    scores = scores_of(totals, group=group)
    mgs = {"scale": "mgs-black"}
    found = tables.bouts(scores, **mgs)
    moves = tables.transitions(scores, **mgs)
    axes = [
        figures.draw_score_histogram(tables.score_histogram(scores, **mgs)),
        figures.draw_share_at_score(tables.share_at_score(scores, 1, **mgs)),
        figures.draw_state_shares(tables.state_shares(scores, **mgs)),
        figures.draw_combinations(
            tables.unit_combinations(scores_of_units(units, group=group), **mgs)
        ),
        figures.draw_qq(tables.qq_points(scores)),
        figures.draw_shape(tables.score_shape(scores)),
        figures.draw_time_course(tables.time_bins(scores, width=2)),
        figures.draw_dwell_times(tables.dwell_survival(found, [0, 1, 2]), "low"),
        *(figures.draw_transitions(moves, name) for name in ("one", "none", "same")),
    ]
    assert "one (n = 1)" in legend(drawn(axes[0]))
    assert "none (n = 0)" in legend(axes[0])
    assert "not seen" in {text.get_text() for text in axes[-2].texts}
    for ax in axes:
        drawn(ax)
    save_figure(axes[0], tmp_path / "histogram.svg")
    assert "Share of frames" in (tmp_path / "histogram.svg").read_text()
