"""Intraclass correlations from incomplete ratings, by variance components."""

import numpy as np
import pytest
from simulated_ratings import simulated

from napari_grimace.stats.reliability import intraclass_correlation
from napari_grimace.stats.reliability.icc_kept import keep
from napari_grimace.stats.reliability.ratings import Clusters
from napari_grimace.stats.reliability.reml import fit, make_design
from napari_grimace.stats.reliability.resampling import draws

SINGLE = ["ICC1", "ICC2", "ICC3"]


@pytest.mark.parametrize("shape", [(6, 3), (25, 4), (40, 2)])
def test_complete_ratings_as_by_analysis_of_variance(shape):
    ratings = simulated(*shape, 1.5, 0.8, seed=shape[0])
    found = intraclass_correlation(ratings, missing="reml")
    wanted = intraclass_correlation(ratings)
    np.testing.assert_allclose(found["estimate"], wanted["estimate"], rtol=1e-5)
    assert found[["F", "df1", "df2", "p"]].isna().all(axis=None)
    assert (found["ci_low"] < found["estimate"]).all()
    assert (found["estimate"] < found["ci_high"]).all()


def test_consistency_interval_is_close_to_the_exact_one():
    """With many targets the delta method and the F distribution come to the same."""
    ratings = simulated(300, 4, seed=1)
    found = intraclass_correlation(ratings, missing="reml").loc["ICC3"]
    wanted = intraclass_correlation(ratings).loc["ICC3"]
    for end in ("ci_low", "ci_high"):
        assert found[end] == pytest.approx(wanted[end], abs=0.005)


def test_mean_of_raters_is_spearman_browns():
    ratings = simulated(20, 3, missing=0.3, seed=3)
    found = intraclass_correlation(ratings, missing="reml")
    for form in SINGLE:
        for column in ("estimate", "ci_low", "ci_high"):
            single, mean = found.loc[[form, f"{form}k"], column]
            assert mean == pytest.approx(3 * single / (1 + 2 * single))


def test_all_ratings_count():
    """A third of the ratings missing: nearer to the truth than what is complete."""
    far = {"listwise": [], "reml": []}
    truth = 1 / (1 + 0.4**2 + 1)
    for seed in range(40):
        ratings = simulated(40, 4, missing=0.45, seed=seed)
        for missing, distances in far.items():
            found = intraclass_correlation(ratings, missing=missing)
            distances.append(found.loc["ICC2", "estimate"] - truth)
    spread = {name: np.nanstd(values) for name, values in far.items()}
    assert spread["reml"] < 0.75 * spread["listwise"]
    assert abs(np.mean(far["reml"])) < 0.05


def test_interval_covers():
    inside = {0: 0, 100: 0}
    rounds = 40
    for seed in range(rounds):
        ratings = simulated(30, 3, rater=0.0, missing=0.25, seed=1000 + seed)
        for count in inside:
            found = intraclass_correlation(
                ratings, missing="reml", n_resamples=count
            ).loc["ICC3"]
            inside[count] += found["ci_low"] <= 0.5 <= found["ci_high"]
    assert min(inside.values()) / rounds > 0.86


def test_bootstrap_draws_animals():
    ratings = simulated(24, 3, per_animal=3, animal=1.0, missing=0.2, seed=7)
    found = intraclass_correlation(ratings, missing="reml", n_resamples=200)
    assert found["note"].str.contains("8 animals 200 times").all()
    assert (found["ci_low"] < found["estimate"]).all()
    assert (found["estimate"] < found["ci_high"]).all()


def test_targets_that_do_not_differ():
    """REML does not go below 0, and says why there is no interval."""
    ratings = np.array([[0, 2], [2, 0], [0, 2], [2, 0], [1, 1.1]])
    found = intraclass_correlation(ratings, missing="reml")
    assert (found["estimate"] == 0).all()
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)
    assert found["note"].str.contains("give n_resamples").all()


def test_full_agreement():
    ratings = np.tile([[0.0], [1.0], [2.0], [2.0]], 3)
    ratings[1, 2] = np.nan
    found = intraclass_correlation(ratings, missing="reml")
    assert (found["estimate"] == 1).all()
    assert found["ci_low"].isna().all()


def test_raters_that_differ_by_a_constant_only():
    """No error is left: the two-way components cannot be told."""
    ratings = np.array([[0.0], [1.0], [4.0]]) + np.array([0.0, 1.0, 2.0])
    found = intraclass_correlation(ratings, missing="reml")
    one_way = intraclass_correlation(ratings).loc["ICC1", "estimate"]
    assert found.loc["ICC1", "estimate"] == pytest.approx(one_way)
    assert found["estimate"].isna().sum() == 4
    lost = found.loc[found["estimate"].isna(), "reason"]
    assert lost.str.contains("leave no error").all()


def test_ratings_left_out_are_told():
    ratings = simulated(20, 4, seed=2)
    ratings.iloc[:3] = np.nan
    ratings.iloc[5, 1] = np.nan
    found = intraclass_correlation(ratings, missing="reml")
    assert (found["n_targets"] == 17).all()
    assert found["note"].str.contains("3 of 20 targets left out").all()
    assert found["note"].str.contains("99% of all possible ratings").all()


def test_replicates_are_those_of_a_loop():
    """A drawn animal's targets count as often as it was drawn."""
    kept = keep(simulated(15, 3, per_animal=3, missing=0.2), "animal", incomplete=True)
    drawn = draws(kept.clusters, 12, seed=1)
    raters = np.arange(3)
    found = fit(make_design(kept.scores, [raters], kept.clusters, drawn=drawn))
    for row, times in zip(found.variances, drawn.astype(int), strict=True):
        again = np.repeat(kept.scores, times[kept.clusters.code], axis=0)
        each = Clusters(np.arange(len(again)), len(again), known=False)
        alone = fit(make_design(again, [raters], each))
        np.testing.assert_allclose(row, alone.variances[0], rtol=1e-5, atol=1e-6)
