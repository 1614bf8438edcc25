"""Bins of time, courses of groups, change from baseline."""

import numpy as np
import pandas as pd
import pytest
from distribution_scores import scores_of, simulated
from scipy import stats

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.stats.distribution import (
    change_from_baseline,
    time_bins,
    time_course,
)
from napari_grimace.study import summarise

nan = np.nan


def test_bins_of_all_frames_are_plain_means():
    scores = scores_of({"a": [1, 2, 3, nan, 8, 8], "b": [0, 0, nan, nan, 4, 2]})
    table = time_bins(scores, width=2, n_frames=None)
    assert table["start"].tolist() == [0, 2, 4] * 2
    assert table["end"].tolist() == [2, 4, 6] * 2
    assert table["total"].tolist()[:4] == [1.5, 3, 8, 0]
    assert np.isnan(table["total"][4])
    assert table["total"][5] == 3
    assert table["n_used"].tolist() == [2, 1, 2, 2, 0, 2]
    assert table["note"][4] == "no frame with a total"


def test_bins_are_those_of_the_summary():
    scores = simulated(2, 900)
    by = ["group", "timepoint"]
    table = time_bins(scores, by=by, n_frames=None)
    other = summarise(scores, window=(0, 900), bins=300)
    keys = [*by, "animal", "start"]
    both = table.merge(other, on=keys, suffixes=("", "_other"))
    assert len(both) == len(table) == len(other)
    np.testing.assert_allclose(both["total"], both["total_other"])
    assert (both["n_used"] == both["n_used_other"]).all()


def test_frames_are_drawn_once_and_from_their_own_bin():
    rng = np.random.default_rng(1)
    totals = rng.integers(0, 9, 600).astype(float)
    totals[rng.random(600) < 0.3] = nan
    totals[310:] = nan
    scores = scores_of({"a": totals})
    table = time_bins(scores)
    assert table["n_used"].tolist() == [150, np.isfinite(totals[300:310]).sum()]
    assert table["total"][1] == pytest.approx(np.nanmean(totals[300:310]))
    # Without replacement: the variance of drawn means is that of a finite population.
    first = totals[:300][np.isfinite(totals[:300])]
    means = [time_bins(scores, seed=i)["total"][0] for i in range(150)]
    left = 1 - 150 / len(first)
    error = np.sqrt(first.var(ddof=1) / 150 * left)
    assert np.mean(means) == pytest.approx(first.mean(), abs=4 * error / np.sqrt(150))
    assert np.std(means, ddof=1) == pytest.approx(error, rel=0.25)


def test_a_frame_on_the_edge_of_a_bin_is_in_the_later_one():
    """Times are not exact: 0.3 by 0.1 is less than 3."""
    scores = scores_of({"a": np.ones(60)}, step=0.1)
    scores["time"] = np.arange(60) / 10
    assert (time_bins(scores, width=0.3, n_frames=None)["n_used"] == 3).all()


def test_last_bin_counts_from_half_on():
    scores = scores_of({"a": np.ones(700), "b": np.ones(640)})
    assert time_bins(scores)["end"].max() == 600
    scores = scores_of({"a": np.ones(760), "b": np.ones(640)})
    assert time_bins(scores)["n_used"].tolist() == [150, 150, 150, 150, 150, 40]
    assert time_bins(scores.query("animal == 'a' and frame < 9"))["end"].tolist() == [
        300
    ]
    windowed = time_bins(scores, window=(100, 500), n_frames=None)
    assert windowed["start"].tolist() == [100, 400] * 2
    assert windowed["end"].tolist() == [400, 500] * 2
    assert windowed["n_used"].tolist() == [300, 100] * 2
    for wrong in ({"width": 0}, {"n_frames": 0}):
        with pytest.raises(GrimaceError, match="more than 0"):
            time_bins(scores, **wrong)


def test_course_is_the_mean_of_animals_with_students_band():
    scores = simulated(5, 900)
    course = time_course(scores, timepoint="post", n_frames=None)
    bins = time_bins(scores, timepoint="post", n_frames=None)
    for _, row in course.iterrows():
        values = bins.query("group == @row.group and start == @row.start")["total"]
        low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
        assert [row["mean"], row["ci_low"], row["ci_high"]] == pytest.approx(
            [values.mean(), low, high]
        )
    band = time_course(scores, timepoint="post", n_frames=None, interval="bootstrap")
    np.testing.assert_allclose(band["mean"], course["mean"])
    width = (band["ci_high"] - band["ci_low"]) / (course["ci_high"] - course["ci_low"])
    assert width.between(0.4, 1).all()


def before_and_after():
    before = {"a": [1, 1], "b": [0, 0], "c": [nan, nan], "e": [2, 4]}
    after = {"a": [4, 2], "b": [3, 3], "c": [2, 2], "d": [5, 5], "e": [nan, nan]}
    return pd.concat(
        [scores_of(before, timepoint="baseline"), scores_of(after, timepoint="post")],
        ignore_index=True,
    )


def check_change(table):
    table = table.set_index("animal")
    assert table.loc["a", ["baseline", "total", "difference", "ratio"]].tolist() == [
        1,
        3,
        2,
        3,
    ]
    assert table["difference"]["b"] == 3
    assert table["ratio"].notna().to_dict() == {
        "a": True,
        **dict.fromkeys("bcde", False),
    }
    assert table["note"].to_dict() == {
        "a": "",
        "b": "total at baseline is 0: no ratio",
        "c": "no frame with a total at baseline",
        "d": "no recording at baseline",
        "e": "no frame with a total",
    }
    assert set(table["timepoint"]) == {"post"}


def test_change_from_baseline_of_frames_and_of_summaries():
    with pytest.warns(GrimaceWarning, match="without a total at baseline: 'c', 'd'"):
        check_change(change_from_baseline(before_and_after()))
    summary = summarise(before_and_after(), window=(0, 600))
    with pytest.warns(GrimaceWarning, match="without a total at baseline: 'c', 'd'"):
        check_change(change_from_baseline(summary))


def test_change_has_a_window():
    scores = pd.concat(
        [scores_of({"a": [1, 9 - 1]}, timepoint="day 0"), scores_of({"a": [2, 6]})]
    )
    early = change_from_baseline(scores, baseline="day 0", window=(0, 1))
    assert early["difference"].tolist() == [1]
    whole = change_from_baseline(scores, baseline="day 0", window=None)
    assert whole["difference"].tolist() == [-0.5]


def test_change_needs_one_baseline():
    scores = before_and_after()
    with pytest.raises(GrimaceError, match="choose baseline="):
        change_from_baseline(scores, baseline="day 0")
    with pytest.raises(GrimaceError, match="at least one other"):
        change_from_baseline(scores[scores["timepoint"] == "baseline"])
    binned = summarise(scores, window=(0, 2), bins=1)
    with pytest.raises(GrimaceError, match="several rows"):
        change_from_baseline(binned)
