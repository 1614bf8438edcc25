"""Raters and a model against the other raters: by hand, by construction, by loops."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import (
    absolute_agreement,
    against_others,
    bland_altman,
    percent_agreement,
    rater_bias,
    rater_matrix,
    weighted_kappa,
)
from napari_grimace.stats.reliability import describe_against_others

PEOPLE = ["AS", "JT", "KM", "LO"]


def simulated(rng, animals=12, frames=8, noise=0.35, model_noise=0.24, people=PEOPLE):
    """Scores of a truth that animals share in part, with errors that they share too."""
    animal = np.repeat(np.arange(animals), frames)
    truth = rng.normal(2, 0.8, animals)[animal] + rng.normal(0, 0.8, len(animal))

    def rated(sd):
        shared = rng.normal(0, sd / 2, animals)[animal]
        return truth + shared + rng.normal(0, sd * np.sqrt(3) / 2, len(animal))

    columns = {person: rated(noise) for person in people} | {
        "model": rated(model_noise)
    }
    index = pd.MultiIndex.from_arrays(
        [animal, np.arange(len(animal))], names=["animal", "frame"]
    )
    return pd.DataFrame(columns, index)


def estimate(compared, judge, statistic, reference="others"):
    chosen = compared["judge"].eq(judge) & compared["statistic"].eq(statistic)
    rows = compared[chosen & compared["reference"].eq(reference)]
    assert len(rows) == 1
    return rows.iloc[0]


def rmse(x, y):
    return np.sqrt(np.mean((np.asarray(x) - np.asarray(y)) ** 2))


def test_every_number_by_a_loop():
    ratings = simulated(np.random.default_rng(0))
    compared = against_others(ratings, "model", n_resamples=10)
    people, model = ratings[PEOPLE], ratings["model"]
    by_hand = {"person": [], "model": []}
    for person in PEOPLE:
        own, rest = people[person], people.drop(columns=person).mean(axis=1)
        by_hand["person"].append(rmse(own, rest))
        by_hand["model"].append(rmse(model, rest))
        told = {s: estimate(compared, person, s)["estimate"] for s in ("rmse", "mae")}
        assert told["rmse"] == pytest.approx(by_hand["person"][-1])
        assert told["mae"] == pytest.approx((own - rest).abs().mean())
        bias = estimate(compared, person, "bias")["estimate"]
        assert bias == pytest.approx((own - rest).mean())
        r = estimate(compared, person, "r")["estimate"]
        assert r == pytest.approx(pearsonr(own, rest)[0])
        icc = estimate(compared, person, "icc")["estimate"]
        assert icc == pytest.approx(absolute_agreement(np.c_[own, rest]))
        # Lin 1989: the two terms of concordance, precision and accuracy.
        ccc = (
            2
            * np.cov(own, rest, ddof=0)[0, 1]
            / (own.var(ddof=0) + rest.var(ddof=0) + (own.mean() - rest.mean()) ** 2)
        )
        assert estimate(compared, person, "ccc")["estimate"] == pytest.approx(ccc)
        alone = estimate(compared, "model", "rmse", person)["estimate"]
        assert alone == pytest.approx(rmse(model, own))
    average = estimate(compared, "average human rater", "rmse")["estimate"]
    assert average == pytest.approx(np.mean(by_hand["person"]))
    matched = estimate(compared, "model", "rmse")["estimate"]
    assert matched == pytest.approx(np.mean(by_hand["model"]))
    whole = estimate(compared, "model", "rmse", "all raters")["estimate"]
    assert whole == pytest.approx(rmse(model, people.mean(axis=1)))
    apart = estimate(compared, "model - average human rater", "rmse")
    assert apart["estimate"] == pytest.approx(matched - average)
    assert set(compared["n_targets"]) == {96}
    assert set(compared["n_animals"]) == {12}


def test_errors_are_those_of_the_noise_that_was_put_in():
    """Of independent noise s: s sqrt(1 + 1/3) against three others; the model's own."""
    ratings = simulated(np.random.default_rng(1), animals=600, frames=40)
    compared = against_others(ratings, "model", n_resamples=5)
    person, model = 0.35, 0.24
    expected = {
        ("average human rater", "others"): person * np.sqrt(4 / 3),
        ("model", "others"): np.hypot(model, person / np.sqrt(3)),
        ("model", "all raters"): np.hypot(model, person / 2),
        ("model", "AS"): np.hypot(model, person),
    }
    for (judge, reference), value in expected.items():
        told = estimate(compared, judge, "rmse", reference)["estimate"]
        assert told == pytest.approx(value, rel=0.02)


def test_the_interval_of_the_difference_covers_the_truth():
    rng = np.random.default_rng(2)
    truth = np.hypot(0.24, 0.35 / np.sqrt(3)) - 0.35 * np.sqrt(4 / 3)
    inside = 0
    for seed in range(80):
        compared = against_others(
            simulated(rng, animals=10), "model", n_resamples=200, seed=seed
        )
        row = estimate(compared, "model - average human rater", "rmse")
        inside += row["ci_low"] < truth < row["ci_high"]
    assert 70 <= inside <= 79  # of 80: three errors below 95 %, and not always


def test_better_is_said_only_where_the_interval_leaves_out_0():
    rng = np.random.default_rng(3)
    said = {}
    for name, noise in (("better", 0.1), ("like", 0.35), ("worse", 0.9)):
        compared = against_others(simulated(rng, model_noise=noise), "model")
        said[name] = describe_against_others(compared)
        row = estimate(compared, "model - average human rater", "rmse")
        assert f"{row['estimate']:.2f}" in said[name]
    assert "the model is better than the average human rater" in said["better"]
    assert "includes 0, so neither is shown to be better" in said["like"]
    assert "the model is worse than the average human rater" in said["worse"]
    assert "96 targets of 12 animals" in said["better"]


def test_frames_do_not_count_as_animals():
    """Of frames that are copies of 8 animals the interval is that of the animals."""
    ratings = simulated(np.random.default_rng(4), animals=8, frames=1)
    copies = pd.concat([ratings] * 30)
    once = against_others(ratings, "model")
    many = against_others(copies, "model")
    same = once["statistic"] != "icc"  # which knows the number of targets
    pd.testing.assert_frame_equal(
        once[same].drop(columns="n_targets"), many[same].drop(columns="n_targets")
    )
    alone = against_others(copies, "model", by=None)
    width = (alone["ci_high"] - alone["ci_low"]) / (many["ci_high"] - many["ci_low"])
    assert width.median() < 0.4


def test_small_errors_for_free():
    """A skewed score: one number for all is nearly as near as a rater, and knows
    nothing."""
    rng = np.random.default_rng(5)
    truth = np.where(rng.random(400) < 0.05, 1.0, 0.0)
    table = {name: truth + rng.normal(0, 0.25, 400) for name in ("a", "b", "model")}
    compared = against_others(pd.DataFrame(table), "model", baseline=0.05)
    free = estimate(compared, "one score for all", "rmse")["estimate"]
    assert free < estimate(compared, "average human rater", "rmse")["estimate"]
    none = estimate(compared, "one score for all", "r")
    assert np.isnan(none["estimate"])
    assert none["note"] == "no variation: not defined"
    own_mean = against_others(pd.DataFrame(table), "model")
    bias = estimate(own_mean, "one score for all", "bias")["estimate"]
    assert bias == pytest.approx(0, abs=1e-12)


def test_only_targets_that_all_scored_count():
    ratings = simulated(np.random.default_rng(6))
    holes = ratings.copy()
    holes.iloc[0, 0] = holes.iloc[5, -1] = np.nan
    told = against_others(holes, "model", n_resamples=50)
    whole = against_others(ratings.drop(ratings.index[[0, 5]]), "model", n_resamples=50)
    pd.testing.assert_frame_equal(told.drop(columns="note"), whole.drop(columns="note"))
    notes = told.loc[told["kind"] != "baseline", "note"]
    assert (notes == "2 targets that not all scored are left out").all()


def test_persons_alone_and_by_unit():
    ratings = simulated(np.random.default_rng(7))[PEOPLE[:2]]
    compared = against_others({"ear": ratings, "total": ratings * 2}, n_resamples=20)
    assert set(compared["kind"]) == {"person", "average", "baseline"}
    alone = against_others(ratings, n_resamples=20)
    pd.testing.assert_frame_equal(compared.loc["ear"], alone)
    with pytest.raises(GrimaceError, match="No model was compared"):
        describe_against_others(alone)
    with pytest.raises(GrimaceError, match="Choose one unit"):
        describe_against_others(compared)


def test_what_cannot_be_told_is_said():
    ratings = simulated(np.random.default_rng(8))
    one = against_others(ratings.loc[[3]], "model")
    assert (
        one.loc[one["kind"] != "baseline", "note"] == "one animal: no interval"
    ).all()
    assert one["ci_low"].isna().all()
    assert "which is better cannot be told (one animal" in describe_against_others(one)
    nothing = against_others(ratings.assign(model=np.nan), "model")
    assert nothing["estimate"].isna().all()
    assert (nothing["note"] == "no target was scored by all").all()
    same = ratings.assign(**dict.fromkeys(ratings, ratings["AS"]))
    perfect = against_others(same, "model", n_resamples=50)
    row = estimate(perfect, "model", "icc")
    assert row["estimate"] == pytest.approx(1)
    assert row["note"] == "perfect, so there is no interval"


def test_what_does_not_fit_is_refused():
    ratings = simulated(np.random.default_rng(9))
    with pytest.raises(GrimaceError, match="no scores by the model 'net'"):
        against_others(ratings, "net")
    with pytest.raises(GrimaceError, match="two persons at least"):
        against_others(ratings[["AS", "model"]], "model")


def test_bias_of_raters():
    rng = np.random.default_rng(10)
    ratings = simulated(rng, animals=25)[PEOPLE]
    ratings["KM"] += 0.6
    ratings.iloc[:4, 0] = np.nan
    rows = rater_bias(ratings)
    rest = ratings.drop(columns="AS").mean(axis=1)[4:]
    assert rows.loc["AS", "n_targets"] == len(rest)
    assert rows.loc["AS", "bias"] == pytest.approx((ratings["AS"][4:] - rest).mean())
    assert rows.loc["KM", "ci_low"] > 0.3
    assert rows.loc["KM", "ci_low"] < 0.6 < rows.loc["KM", "ci_high"]
    # Of two raters, one's bias is the mean difference, with nearly its interval.
    pair = rater_bias(ratings[["KM", "LO"]]).loc["KM"]
    means = (ratings["KM"] - ratings["LO"]).groupby("animal").mean().rename("d")
    told = bland_altman(means, means * 0).loc["mean difference"]
    assert pair["bias"] == pytest.approx(told["estimate"])
    assert pair["ci_high"] - pair["ci_low"] == pytest.approx(
        told["ci_high"] - told["ci_low"], rel=0.15
    )


def test_bias_that_cannot_be_told():
    rows = rater_bias([[1, np.nan, np.nan], [2, 3, np.nan]])
    assert rows["note"].tolist() == [
        "one target: no interval",
        "one target: no interval",
        "no target was scored by this rater and another",
    ]
    assert rows["bias"].tolist()[:2] == [-1, 1]
    assert np.isnan(rows["bias"].iloc[2])


def test_raters_two_by_two():
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 3, 50)
    ratings = pd.DataFrame(
        {
            n: np.where(rng.random(50) < 0.6, truth, rng.integers(0, 3, 50))
            for n in "xyz"
        }
    ).astype(float)
    ratings.loc[:9, "z"] = np.nan
    both = ratings[["x", "z"]].dropna()
    x, z = both.to_numpy().T
    by_hand = {
        "icc": absolute_agreement(both),
        "weighted kappa": weighted_kappa(x, z, (0, 1, 2)),
        "percent agreement": percent_agreement(x, z),
        "bias": (x - z).mean(),
    }
    for statistic, value in by_hand.items():
        rows = rater_matrix(ratings, statistic, levels=(0, 1, 2))
        assert len(rows) == 6
        assert rows.loc[("x", "z"), "estimate"] == pytest.approx(value)
        assert rows.loc[("x", "z"), "n_targets"] == 40
        sign = -1 if statistic == "bias" else 1
        assert rows.loc[("z", "x"), "estimate"] == pytest.approx(sign * value)


def test_a_matrix_that_cannot_be_told():
    rows = rater_matrix([[1, 1, np.nan], [1, 1, np.nan]])
    assert rows.loc[("rater 1", "rater 2"), "note"] == "no variation"
    assert rows.loc[("rater 1", "rater 3"), "note"] == "too few targets scored by both"
    with pytest.raises(GrimaceError, match="choose one of icc"):
        rater_matrix([[1, 2]], "rmse")
