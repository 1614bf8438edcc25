"""Variance components by REML, against analysis of variance and statsmodels."""

import warnings

import numpy as np
import pandas as pd
import pytest
from simulated_ratings import simulated

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability import (
    decision_study,
    intraclass_correlation,
    variance_components,
)
from napari_grimace.stats.reliability.icc_forms import mean_squares
from napari_grimace.stats.reliability.ratings import Clusters
from napari_grimace.stats.reliability.reml import fit, likelihood, make_design

LABS = {"r1": "one", "r2": "one", "r3": "two", "r4": "two"}


def alone(values):
    """Each target for itself."""
    return Clusters(np.arange(len(values)), len(values), known=False)


def by_statsmodels(ratings, factors):
    """Give components and twice the log likelihood; factors: columns by name."""
    import statsmodels.api as sm

    names = ratings.columns
    long = ratings.reset_index(drop=True).rename_axis(index="target", columns="rater")
    long = long.stack().rename("score").dropna().reset_index()
    long["target"] = "t" + long["target"].astype(str)
    for name, (on, levels) in factors.items():
        long[name] = long[on].map(levels)
    formula = {name: f"0 + C({name})" for name in ("target", "rater", *factors)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.MixedLM.from_formula(
            "score ~ 1", long, groups=np.ones(len(long)), vc_formula=formula
        )
        found = model.fit(reml=True, method=["lbfgs", "powell"])
    assert len(names) == long["rater"].nunique()
    told = dict(zip(model.exog_vc.names, found.vcomp, strict=True))
    return {**told, "residual": found.scale}, 2 * found.llf


@pytest.mark.parametrize("shape", [(6, 4), (25, 4), (60, 2)])
def test_balanced_as_by_analysis_of_variance(shape):
    ratings = simulated(*shape, 1.2, 0.9, seed=shape[0])
    n, k = shape
    found = mean_squares(ratings)
    wanted = {
        "target": (found.targets - found.error) / k,
        "rater": (found.raters - found.error) / n,
        "residual": found.error,
    }
    assert min(wanted.values()) > 0
    told = variance_components(ratings, by=None)
    assert list(told.index) == list(wanted)
    np.testing.assert_allclose(told["variance"], [*wanted.values()], rtol=1e-5)
    assert told["share"].sum() == pytest.approx(1)
    np.testing.assert_allclose(told["sd"] ** 2, told["variance"])
    assert told["n_levels"].tolist() == [n, k, n * k]


@pytest.mark.parametrize("seed", range(4))
def test_incomplete_as_statsmodels(seed):
    """As near as statsmodels comes to the highest likelihood."""
    ratings = simulated(20, 4, 1.0, 0.8, missing=0.3, seed=seed)
    told = variance_components(ratings, by=None)["variance"]
    wanted, likely = by_statsmodels(ratings, {})
    for name, value in wanted.items():
        assert told[name] == pytest.approx(value, rel=0.02, abs=1e-3)
    rated = ratings[ratings.notna().any(axis=1)].to_numpy()
    design = make_design(rated, [np.arange(4)], alone(rated))
    determinants, rest = likelihood(design, fit(design).ratios)
    df = design.n_ratings - 1
    ours = -determinants - df * (1 + np.log(2 * np.pi * rest / df))
    assert -1e-6 < ours.item() - likely < 0.01


def test_nested_as_statsmodels():
    ratings = simulated(36, 4, 0.8, 0.6, animal=1.0, per_animal=4, missing=0.2, seed=4)
    ratings[["r3", "r4"]] += 1.5
    animals = dict(
        zip(
            [f"t{i}" for i in range(len(ratings))],
            ratings.index.get_level_values("animal"),
            strict=True,
        )
    )
    told = variance_components(ratings, labs=LABS)
    assert list(told.index) == ["animal", "target", "lab", "rater", "residual"]
    wanted, _ = by_statsmodels(
        ratings, {"animal": ("target", animals), "lab": ("rater", LABS)}
    )
    assert min(wanted.values()) > 0.01
    for name, value in wanted.items():
        assert told.loc[name, "variance"] == pytest.approx(value, rel=5e-3)
    assert told["n_levels"].tolist()[:4] == [9, 36, 2, 4]


@pytest.mark.parametrize("seed", range(6))
def test_no_other_components_are_likelier(seed):
    """On a grid of ratios around, none has a higher likelihood than those found."""
    ratings = simulated(12, 3, 0.7, 0.3, missing=0.4, seed=seed)
    values = ratings[ratings.notna().any(axis=1)].to_numpy()
    design = make_design(values, [np.arange(3)], alone(values))

    def deviance(ratios):
        determinants, rest = likelihood(design, ratios[:, None])
        return (determinants + (design.n_ratings - 1) * np.log(rest))[:, 0]

    best = deviance(fit(design).ratios)
    grid = np.linspace(0, 3, 61)
    others = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    assert best <= deviance(others).min() + 1e-8


def test_interval_of_the_residual_is_that_of_chi_squared():
    """Of complete ratings: exact, with (n - 1) (k - 1) degrees of freedom."""
    from scipy.stats import chi2

    ratings = simulated(20, 4)
    row = variance_components(ratings, by=None).loc["residual"]
    df = 19 * 3
    for end, q in (("ci_low", 0.975), ("ci_high", 0.025)):
        exact = df * row["variance"] / chi2.ppf(q, df)
        assert row[end] == pytest.approx(exact, rel=1e-3)


def test_truth_is_found():
    told = [
        variance_components(
            simulated(90, 8, 0.7, 0.5, 0.9, animal=1.1, per_animal=3, seed=seed)
        )["variance"]
        for seed in range(20)
    ]
    mean, error = pd.DataFrame(told).mean(), pd.DataFrame(told).sem()
    truth = pd.Series({"animal": 1.21, "target": 0.49, "rater": 0.25, "residual": 0.81})
    assert ((mean - truth).abs() < 3 * error).all()


def test_components_that_cannot_be_told_apart():
    ratings = simulated(8, 4, 1.5, 0.8)
    alone = {name: name for name in ratings}
    found = variance_components(ratings, labs=alone)
    assert "each animal has one target" in found.loc["animal", "reason"]
    assert "each lab has one rater" in found.loc["lab", "reason"]
    assert found.loc[["animal", "lab"], "variance"].isna().all()
    plain = variance_components(ratings, by=None)["variance"]
    np.testing.assert_allclose(found["variance"].dropna(), plain)
    found = variance_components(ratings, labs=dict.fromkeys(ratings, "one"))
    assert found.loc["lab", "reason"] == "there is one lab"
    with pytest.raises(GrimaceError, match="'r4' has no lab"):
        variance_components(ratings, labs={"r1": "a", "r2": "a", "r3": "b"})


@pytest.mark.parametrize("ratings", [np.ones((4, 3)), np.full((3, 2), np.nan)])
def test_no_number_without_a_reason(ratings):
    found = variance_components(ratings)
    assert found[["variance", "ci_low", "share"]].isna().all(axis=None)
    assert (found["reason"] != "").all()


def test_component_of_0():
    ratings = np.array([[0, 2], [2, 0], [0, 2], [2, 0], [1, 1.1]])
    row = variance_components(ratings).loc["target"]
    assert row["variance"] == 0
    assert np.isnan(row["ci_low"])
    assert "estimated as 0" in row["reason"]


def test_decision_study_is_spearman_browns():
    """For 1 and for k raters: the four two-way intraclass correlations."""
    ratings = simulated(25, 4, 1.2, 0.9)
    found = decision_study(variance_components(ratings), [1, 4])
    icc = intraclass_correlation(ratings)["estimate"]
    np.testing.assert_allclose(found["g"], icc[["ICC3", "ICC3k"]], rtol=1e-4)
    np.testing.assert_allclose(found["phi"], icc[["ICC2", "ICC2k"]], rtol=1e-4)
    assert found["sem_absolute"].iloc[0] == pytest.approx(
        2 * found["sem_absolute"].iloc[1]
    )


def test_raters_of_one_lab_share_its_level():
    ratings = simulated(30, 4, 1.2, 0.3, seed=1)
    ratings[["r3", "r4"]] += 2
    found = decision_study(variance_components(ratings, labs=LABS), range(1, 6))
    assert list(found.index) == [1, 2, 3, 4, 5]
    assert found["phi"].iloc[0] == found["phi_one_lab"].iloc[0]
    assert (found["phi"].iloc[1:] > found["phi_one_lab"].iloc[1:] + 0.05).all()
    assert (found["g"] > found["phi"]).all()


def test_decision_study_by_unit():
    tables = {"ear": simulated(9, 3, seed=1), "nose": simulated(9, 3, seed=2)}
    found = decision_study(variance_components(tables))
    assert found.index.names == ["unit", "n_raters"]
    assert len(found) == 20
    alone = decision_study(variance_components(tables["nose"]))
    pd.testing.assert_frame_equal(found.loc["nose"], alone)


def test_decision_study_of_nothing():
    found = decision_study(variance_components(np.ones((4, 3))), [1, 2])
    assert found.isna().all(axis=None)
    with pytest.raises(GrimaceError, match="variance_components"):
        decision_study(pd.DataFrame({"x": [1]}))
    with pytest.raises(GrimaceError, match="1 or more"):
        decision_study(variance_components(simulated(5, 3)), [0])


def test_replicated_targets_as_statsmodels(real_data):
    """Gwet's example: 5 targets, each rated several times by 4 raters, with gaps."""
    folder = real_data / "agreement_reference"
    table = pd.read_csv(folder / "irrICC_iccdata1.csv")
    ratings = table.set_index(table.pop("Target").rename("animal")).astype(float)
    of = {f"t{i}": str(target) for i, target in enumerate(ratings.index)}
    wanted, _ = by_statsmodels(ratings, {"animal": ("target", of)})
    told = variance_components(ratings)["variance"]
    assert told.sum() == pytest.approx(sum(wanted.values()), rel=0.02)
    for name, value in wanted.items():
        assert told[name] == pytest.approx(value, rel=0.05, abs=0.05)
