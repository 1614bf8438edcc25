"""Cumulative logit models against statsmodels, closed forms and known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import ordinal_model
from napari_grimace.stats.groups.cumulative_logit import fit_cumulative_logit


def _scores(
    animals=12,
    frames=40,
    effect=1.0,
    spread=0.7,
    groups=("sham", "laparotomy"),
    timepoints=("post",),
    cuts=(0.0, 1.5),
    seed=0,
):
    """Frames of animals with levels of their own, on the latent scale of the model."""
    rng = np.random.default_rng(seed)
    parts = []
    for i in range(animals):
        own = spread * rng.normal()
        place = i % len(groups)
        for t, timepoint in enumerate(timepoints):
            latent = own + effect * (place + t) + rng.logistic(size=frames)
            part = pd.DataFrame({"ear": np.digitize(latent, cuts).astype(float)})
            part["frame"] = np.arange(frames)
            recording = {"recording": f"m{i}_{timepoint}", "animal": f"m{i}"}
            labels = {"group": groups[place], "timepoint": timepoint, "rater": "model"}
            parts.append(part.assign(**recording, **labels))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(time=table["frame"] * 1.0, total=table["ear"])


def _statsmodels(table):
    """Fit frames one by one; give thresholds, slopes and the log likelihood."""
    dummies = pd.get_dummies(table["group"])[table["group"].unique()[1:]]
    model = OrderedModel(table["ear"].astype(int), dummies.astype(float), distr="logit")
    found = model.fit(method="newton", disp=False)
    slopes = found.params.to_numpy()[: dummies.shape[1]]
    return model.transform_threshold_params(found.params)[1:-1], slopes, found.llf


def test_statsmodels_frame_by_frame():
    table = _scores(groups=("sham", "laparotomy", "carprofen"))
    keep = (
        np.random.default_rng(1).random(len(table)) < 0.7
    )  # unequal numbers of frames
    table = table[keep]
    counts = table.groupby(["animal", "group"], sort=False)["ear"].value_counts()
    counts = counts.unstack(fill_value=0).sort_index(axis=1)
    groups = counts.index.get_level_values("group")
    matrix = np.column_stack([groups == name for name in groups.unique()[1:]]) * 1.0
    ours = fit_cumulative_logit(counts.to_numpy(float), matrix, np.arange(len(counts)))
    thresholds, slopes, likelihood = _statsmodels(table)
    assert ours.thresholds == pytest.approx(thresholds, abs=1e-5)
    assert ours.slopes == pytest.approx(slopes, abs=1e-5)
    assert ours.log_likelihood == pytest.approx(likelihood)


def test_a_table_of_frames():
    table = _scores()
    result = ordinal_model(table, "ear")
    thresholds, slopes, _ = _statsmodels(table)
    found = result.comparisons.iloc[0]
    assert found[["unit", "group", "reference"]].tolist() == [
        "ear",
        "laparotomy",
        "sham",
    ]
    assert found["log_odds"] == pytest.approx(slopes[0], abs=1e-5)
    assert found["odds_ratio"] == pytest.approx(np.exp(slopes[0]), abs=1e-4)
    assert result.thresholds["threshold"].to_numpy() == pytest.approx(
        thresholds, abs=1e-5
    )
    means = table.groupby("group")["ear"].value_counts(normalize=True)
    shares = result.shares.set_index(["group", "level"])
    assert shares["share"].to_dict() == pytest.approx(means.to_dict())
    assert shares["expected"].groupby("group").sum().to_numpy() == pytest.approx(1)
    assert (shares["share"] - shares["expected"]).abs().max() < 0.05
    for level in (1, 2):
        above = table["ear"] >= level
        odds = above.groupby(table["group"]).mean().map(lambda p: p / (1 - p))
        ratio = odds["laparotomy"] / odds["sham"]
        assert found[f"odds_ratio_at_{level}"] == pytest.approx(ratio)


def test_two_levels_are_shares_of_animals():
    """CR2 gives the variance between animals as Welch's test has it, on the logit."""
    table = _scores(animals=11, cuts=(0.5,))
    found = ordinal_model(table, "ear").comparisons.iloc[0]
    shares = table.groupby(["group", "animal"])["ear"].mean()
    mean, variance, n = (
        shares.groupby("group").agg(f) for f in ("mean", "var", "count")
    )
    estimate = logit(mean["laparotomy"]) - logit(mean["sham"])
    error = np.sqrt((variance / n / (mean * (1 - mean)) ** 2).sum())
    assert found["log_odds"] == pytest.approx(estimate)
    assert found["se"] == pytest.approx(error)
    assert found["df"] == 9
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(estimate / error), 9))
    ends = estimate + np.array([-1, 1]) * stats.t.ppf(0.975, 9) * error
    assert found[["ci_low", "ci_high"]].tolist() == pytest.approx(ends)


def test_frames_are_not_animals():
    """The same scores ten times over tell nothing more."""
    table = _scores()
    again = pd.concat(
        [table.assign(frame=table["frame"] + 1000 * i) for i in range(10)]
    )
    once, often = (ordinal_model(one, "ear").comparisons for one in (table, again))
    pd.testing.assert_frame_equal(once, often)


def test_the_truth_is_found():
    table = _scores(animals=60, frames=80, effect=0.8, spread=0.0)
    found = ordinal_model(table, "ear", n_resamples=99).comparisons.iloc[0]
    assert found["ci_low"] < 0.8 < found["ci_high"]
    assert found["se"] == pytest.approx(0.05, rel=0.4)
    assert found["p_permutation"] == 0.01


def test_the_level_is_kept_at_12_animals():
    """Student's t with clustered errors, where groups do not differ."""
    rng = np.random.default_rng(0)
    matrix = (np.arange(12) % 2)[:, None] * 1.0
    hits = []
    for _ in range(400):
        latent = rng.normal(size=(12, 1)) + rng.logistic(size=(12, 30))
        levels = np.digitize(latent, [0.0, 1.5])
        weights = (levels[:, :, None] == np.arange(3)).mean(1)
        found = fit_cumulative_logit(weights, matrix, np.arange(12))
        ratio = found.slopes[0] / np.sqrt(found.slope_covariance[0, 0])
        hits.append(2 * stats.t.sf(abs(ratio), 10) <= 0.05)
    assert np.mean(hits) == pytest.approx(0.05, abs=0.025)


def test_one_frame_per_animal_is_the_rank_sum():
    table = _scores(animals=11, frames=1, spread=2.0, seed=5)
    found = ordinal_model(table, "ear").comparisons.iloc[0]
    ranks = stats.rankdata(table["ear"])
    own = (table["group"] == "laparotomy").to_numpy()

    def apart(one, other, axis):
        return np.abs(one.mean(axis) - other.mean(axis))

    theirs = stats.permutation_test(
        (ranks[own], ranks[~own]), apart, alternative="greater", n_resamples=np.inf
    )
    assert found["p_permutation"] == pytest.approx(theirs.pvalue)


def test_timepoints_of_the_same_animals():
    """An effect that stands out from frames does so whatever animals' own levels."""
    moments = ("baseline", "post", "late")
    table = _scores(timepoints=moments, effect=0.6, spread=1.5, groups=("sham",))
    result = ordinal_model(table, "ear", by="timepoint")
    found = result.comparisons
    assert found["group"].tolist() == ["post", "late"]
    assert (found["df"] == 11).all()
    assert (found["p"] < 0.01).all()
    assert (found["p_permutation"] < 0.01).all()
    assert result.overall.loc[0, "df1"] == 2
    assert result.overall.loc[0, "p_permutation"] < 0.001
    assert result.overall.loc[0, "n_animals"] == 12
    mixed = table.assign(group="sham")
    with pytest.raises(GrimaceError, match="choose one timepoint"):
        ordinal_model(mixed, "ear")
    one = ordinal_model(_scores(timepoints=moments), "ear", timepoint="post")
    assert one.comparisons.loc[0, "n_group"] == 6


def test_all_groups_at_once():
    groups = ("sham", "laparotomy", "carprofen")
    result = ordinal_model(
        _scores(animals=15, groups=groups), "ear", control="carprofen"
    )
    assert result.comparisons["reference"].tolist() == ["carprofen"] * 2
    assert result.overall.loc[0, ["df1", "df2"]].tolist() == [2, 11]
    p = result.comparisons["p"].to_numpy()
    assert (result.comparisons["p_adjusted"] >= p).all()
    other = ordinal_model(_scores(animals=15, groups=groups), "ear")
    assert other.overall.loc[0, "p"] == pytest.approx(result.overall.loc[0, "p"])
    for name, tolerance in {"statistic": 1e-6, "p_permutation": 0.005}.items():
        assert other.overall.loc[0, name] == pytest.approx(
            result.overall.loc[0, name], abs=tolerance
        )


def test_a_group_of_one_score_has_no_odds():
    groups = ("sham", "laparotomy", "carprofen")
    table = _scores(groups=groups)
    table.loc[table["group"] == "carprofen", ["ear", "total"]] = 0
    found = ordinal_model(table, "ear").comparisons.set_index("group")
    assert np.isfinite(found.loc["laparotomy", ["p", "ci_low"]].astype(float)).all()
    assert np.isnan(found.loc["carprofen", "log_odds"])
    assert "all scores of carprofen are 0" in found.loc["carprofen", "note"]
    assert found.loc["carprofen", "p_permutation"] < 0.05
    flat = ordinal_model(table, "ear", control="carprofen")
    assert flat.comparisons["log_odds"].isna().all()
    assert flat.comparisons["note"].str.contains("carprofen").all()


def test_groups_that_share_no_score_are_parted():
    table = _scores()
    high = table["group"] == "laparotomy"
    odd = table["frame"] % 2
    table["ear"] = np.where(high, 1 + odd, 0 + 0 * odd) + 0.0
    table.loc[~high & (odd == 1), "ear"] = 1.0
    table["total"] = table["ear"]
    found = ordinal_model(table, "ear").comparisons.iloc[0]
    assert np.isnan(found["log_odds"])
    assert "parted wholly" in found["note"]
    assert found["p_permutation"] < 0.05


def test_the_same_score_throughout():
    table = _scores().assign(ear=1.0, total=1.0)
    result = ordinal_model(table, "ear")
    assert np.isnan(result.comparisons.loc[0, "p"])
    assert result.comparisons.loc[0, "p_permutation"] == 1
    assert "all scores of sham are 1" in result.overall.loc[0, "note"]


def test_animals_that_are_all_alike():
    table = _scores(frames=10)
    high = (table["group"] == "laparotomy").astype(int)
    table["ear"] = table["total"] = (table["frame"] + 3 * high) // 5 * 1.0
    result = ordinal_model(table, "ear")
    assert np.isfinite(result.comparisons.loc[0, "log_odds"])
    assert np.isnan(result.comparisons.loc[0, "p"])
    assert np.isnan(result.overall.loc[0, "p"])
    assert "all alike" in result.comparisons.loc[0, "note"]
    assert "all alike" in result.overall.loc[0, "note"]


def test_some_groups_whose_animals_are_alike():
    groups = ("sham", "laparotomy", "carprofen")
    table = _scores(frames=10, groups=groups, cuts=(0.5,), spread=2.0, effect=0.0)
    for name, share in {"sham": 3, "laparotomy": 5}.items():
        its = table["group"] == name
        table.loc[its, "ear"] = (table.loc[its, "frame"] < share) * 1.0
    result = ordinal_model(table.assign(total=table["ear"]), "ear")
    found = result.comparisons.set_index("group")
    assert np.isnan(found.loc["laparotomy", "p"])
    assert "all alike" in found.loc["laparotomy", "note"]
    assert np.isfinite(found.loc["carprofen", "p"])


def test_what_is_left_out_is_told():
    table = _scores(animals=13, groups=("sham", "laparotomy", "carprofen"))
    lone = (table["group"] == "carprofen") & (table["animal"] != "m2")
    table = table[~lone]
    table.loc[table["animal"] == "m0", "ear"] = np.nan
    result = ordinal_model(table, "ear")
    assert "carprofen (n = 1)" in result.note
    assert "no frame with a score of ear: 'm0 (sham)'" in result.note
    assert result.comparisons["group"].tolist() == ["laparotomy"]
    assert result.overall.loc[0, "n_animals"] == 8


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        (lambda t: t, {"unit": "nose"}, "no unit 'nose'"),
        (lambda t: t, {"by": "dose"}, "dose"),
        (lambda t: t, {"control": "saline"}, "no group 'saline'"),
        (lambda t: t.assign(group="sham"), {}, "two groups"),
        (lambda t: t.assign(ear=np.nan), {}, "two groups"),
        (lambda t: t.assign(ear=-1.0), {}, "Code what is missing"),
        (lambda t: t.assign(ear=np.linspace(0, 2, len(t))), {}, "rather than levels"),
    ],
)
def test_what_does_not_fit_is_refused(change, options, told):
    given = {"unit": "ear", **options}
    with pytest.raises(GrimaceError, match=told):
        ordinal_model(change(_scores()), **given)
