"""Shares of frames by animal, and means over animals."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from distribution_scores import scores_of, simulated
from scipy import stats

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.recording.rater import Rater
from napari_grimace.scales import list_scales, load_scale
from napari_grimace.scales.scoring import total
from napari_grimace.stats.distribution import (
    group_means,
    score_histogram,
    share_at_score,
    state_shares,
)
from napari_grimace.stats.distribution.shares import possible_totals
from napari_grimace.study import make_study, scores_dataset

nan = np.nan
MGS = {"scale": "mgs-black"}


def test_share_of_frames_at_each_total():
    table = score_histogram(scores_of({"a": [0, 0, 3, nan, 8], "b": [nan, nan]}), **MGS)
    of_a = table[table["animal"] == "a"].set_index("total")["share"]
    assert of_a.to_dict() == {
        **dict.fromkeys(map(float, range(9)), 0),
        0.0: 0.5,
        3.0: 0.25,
        8.0: 0.25,
    }
    of_b = table[table["animal"] == "b"]
    assert of_b["share"].isna().all()
    assert set(of_b["note"]) == {"no frame with a total"}
    assert table.groupby("animal")["n_used"].first().to_dict() == {"a": 4, "b": 0}


def test_animals_weigh_the_same_whatever_their_frames():
    scores = scores_of({"a": [8] * 900, "b": [0] * 100}, step=0.5)
    means = group_means(score_histogram(scores, **MGS), "share", ["group", "total"])
    assert means.set_index("total")["mean"][[0, 8]].tolist() == [0.5, 0.5]


def test_window_has_its_start_and_not_its_end():
    scores = scores_of({"a": [1, 2, 3, 4]})
    table = score_histogram(scores, window=(1, 3), **MGS)
    assert table.loc[table["share"] > 0, "total"].tolist() == [2, 3]
    assert score_histogram(scores, window=None, **MGS)["n_used"].iloc[0] == 4
    with pytest.raises(GrimaceError, match="later end"):
        score_histogram(scores, window=(600, 0), **MGS)
    with pytest.raises(GrimaceError, match="window=None"):
        score_histogram(scores.drop(columns="time"), **MGS)
    scores.loc[0, "time"] = nan
    with pytest.warns(GrimaceWarning, match="1 frames without a known time"):
        assert score_histogram(scores, **MGS)["n_used"].iloc[0] == 3


@pytest.mark.parametrize("scale", list_scales(), ids=lambda scale: scale.name)
def test_possible_totals_are_those_of_all_scores(scale):
    levels = []
    for unit in scale.units:
        sides = product(unit.levels, repeat=len(unit.regions))
        mean = {float(np.mean(pair)) for pair in sides}
        levels.append(sorted(mean) if scale.sides == "mean" else unit.levels)
    every = np.unique(total(np.array(list(product(*levels)), float), scale).round(5))
    np.testing.assert_allclose(possible_totals(scale), every, atol=1e-5)


def test_rescaled_total_counts_for_the_nearest_and_for_the_lower_band():
    scores = scores_of({"a": [8 / 3, 4.5]})
    table = score_histogram(scores, **MGS)
    assert table.loc[table["share"] > 0, "total"].tolist() == [3, 4]
    states = state_shares(scores, **MGS).set_index("state")["share"]
    assert states.to_dict() == {"low": 0.5, "medium": 0.5, "high": 0}


def test_means_that_are_not_exact_in_binary_fall_into_their_bins():
    totals = possible_totals(load_scale("rgs-no-whiskers")).astype(np.float32)
    table = score_histogram(scores_of({"a": totals}), scale="rgs-no-whiskers")
    np.testing.assert_allclose(table["share"], 1 / 13)
    third = share_at_score(scores_of({"a": totals}), 0.33, scale="rgs-no-whiskers")
    assert third["total"].tolist() == [pytest.approx(1 / 3)]


def test_share_at_scores():
    scores = scores_of({"a": [1, 1, 6, 0], "b": [6, 6, 6, nan]})
    table = share_at_score(scores, [1, 6], **MGS)
    assert table["share"].tolist() == [0.5, 0.25, 0, 1]
    with pytest.raises(GrimaceError, match=r"cannot be 2\.5: choose of 0, 1, 2"):
        share_at_score(scores, 2.5, **MGS)


def test_states_by_band_and_by_threshold():
    scores = scores_of({"a": [0, 2, 3, 4, 5, 8, 8, nan]})
    states = state_shares(scores, **MGS)
    assert states["state"].tolist() == ["low", "medium", "high"]
    np.testing.assert_allclose(states["share"], np.array([2, 2, 3]) / 7)
    states = state_shares(scores, threshold=4)
    assert states["state"].tolist() == ["below 4", "4 or more"]
    np.testing.assert_allclose(states["share"], np.array([3, 4]) / 7)
    with pytest.raises(GrimaceError, match="threshold="):
        state_shares(scores_of({"a": [1.0]}), scale="rgs")


def test_interval_is_students_on_animals():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"animal": range(7), "group": "a", "value": rng.normal(size=7)}
    )
    told = group_means(table, "value").iloc[0]
    error = stats.sem(table["value"])
    low, high = stats.t.interval(0.95, 6, table["value"].mean(), error)
    assert [told["ci_low"], told["ci_high"]] == pytest.approx([low, high])
    assert told["sd"] == pytest.approx(table["value"].std())


def test_bootstrap_interval_is_that_of_scipy():
    values = np.random.default_rng(2).exponential(size=14)
    table = pd.DataFrame({"animal": range(14), "group": "a", "value": values})
    told = group_means(table, "value", interval="bootstrap", n_resamples=20_000).iloc[0]
    other = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    ends = [told["ci_low"], told["ci_high"]]
    assert ends == pytest.approx([other.low, other.high], abs=0.02)
    again = group_means(table, "value", interval="bootstrap", n_resamples=20_000).iloc[
        0
    ]
    assert ends == [again["ci_low"], again["ci_high"]]
    with pytest.raises(GrimaceError, match="choose one of t, bootstrap"):
        group_means(table, "value", interval="normal")


@pytest.mark.parametrize("interval", ["t", "bootstrap"])
def test_groups_of_one_animal_and_of_none(interval):
    table = pd.DataFrame(
        {"animal": list("abc"), "group": list("xyy"), "v": [1, nan, nan]}
    )
    means = group_means(table, "v", interval=interval).set_index("group")
    assert means["mean"]["x"] == 1
    assert means[["ci_low", "ci_high"]].isna().all(axis=None)
    assert means["n_animals"].to_dict() == {"x": 1, "y": 0}
    assert means["note"].tolist() == [
        "one animal: no interval",
        "no animal has a value",
    ]


def test_animal_never_counts_twice():
    table = share_at_score(scores_of({"a": [1, 6], "b": [1, 1]}), [1, 6], **MGS)
    with pytest.raises(GrimaceError, match="count as several animals"):
        group_means(table, "share")
    both = pd.concat(
        [scores_of({"a": [1, 2]}), scores_of({"a": [0]}, timepoint="baseline")]
    )
    with pytest.raises(GrimaceError, match=r"timepoint=.*by=\['group', 'timepoint'\]"):
        score_histogram(both, **MGS)
    apart = score_histogram(both, by=["group", "timepoint"], **MGS)
    assert apart.groupby("timepoint", sort=False)["n_used"].first().to_dict() == {
        "post": 2,
        "baseline": 1,
    }
    chosen = score_histogram(both, timepoint="baseline", **MGS)
    assert chosen["n_used"].tolist() == [1] * 9


def test_what_cannot_be_is_told():
    scores = scores_of({"a": [1, 2]})
    with pytest.raises(GrimaceError, match=r"no timepoint 'day 1'.*'post'"):
        score_histogram(scores, timepoint="day 1", **MGS)
    with pytest.raises(GrimaceError, match="no column 'dose'"):
        score_histogram(scores, by="dose", **MGS)
    with pytest.raises(GrimaceError, match="scale='mgs-black'"):
        score_histogram(scores)
    with pytest.raises(GrimaceError, match=r"A total is 5, but.*ends at 2"):
        score_histogram(scores_of({"a": [5.0]}), scale="rgs")
    with pytest.raises(GrimaceError, match="as NaN"):
        score_histogram(scores_of({"a": [-1, 2]}), **MGS)


def test_recordings_without_a_group_are_named():
    scores = scores_of({"a": [1], "b": [2]}, group={"a": "sham", "b": ""})
    with pytest.warns(GrimaceWarning, match="without group.*'b post'"):
        table = score_histogram(scores, **MGS)
    assert set(table["animal"]) == {"a"}
    nameless = scores_of({"a": [1], "b": [2]}, group="")
    assert set(score_histogram(nameless, **MGS)["animal"]) == {"a", "b"}


def test_study_is_taken_as_it_is():
    rater = Rater("model", "model", "model", scale=load_scale("mgs-black"))
    rng = np.random.default_rng(3)
    scored = rng.integers(0, 2, (3, 30, 4)) * np.array([1.0, 2, 1, 1])
    scored[rng.random(scored.shape) < 0.1] = nan
    recordings = {
        f"r{i}": scores_dataset(rater, range(30), range(30), units)
        for i, units in enumerate(scored)
    }
    sheet = pd.DataFrame(
        {"animal": list("abc"), "group": ["sham", "sham", "pain"], "timepoint": "post"},
        index=list(recordings),
    )
    table = score_histogram(make_study(recordings, sheet))
    for animal, units in zip("abc", scored, strict=True):
        totals = units.sum(axis=1)
        counts = [(totals == k).sum() for k in range(9)]
        share = table.loc[table["animal"] == animal, "share"]
        np.testing.assert_allclose(share, np.divide(counts, np.isfinite(totals).sum()))


def test_order_of_rows_does_not_matter():
    scores = simulated(2, 200)
    mixed = scores.sample(frac=1, random_state=1)
    options = {"by": ["group", "timepoint"], **MGS}
    keys = ["group", "timepoint", "animal", "total"]
    one = score_histogram(scores, **options).sort_values(keys, ignore_index=True)
    other = score_histogram(mixed, **options).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(one, other)
