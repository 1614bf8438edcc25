"""Intervals of intraclass correlations by drawing animals."""

import numpy as np
import pytest
from simulated_ratings import simulated

from napari_grimace.stats.reliability import intraclass_correlation
from napari_grimace.stats.reliability.icc_bootstrap import drawn_mean_squares, interval
from napari_grimace.stats.reliability.icc_forms import estimates, icc_estimates
from napari_grimace.stats.reliability.icc_kept import keep
from napari_grimace.stats.reliability.icc_scale import fisher_z, from_fisher_z
from napari_grimace.stats.reliability.resampling import draws


def test_replicates_are_those_of_a_loop():
    kept = keep(simulated(12, 3, per_animal=3), by="animal")
    found = estimates(drawn_mean_squares(kept, 40, seed=5))
    times = draws(kept.clusters, 40, seed=5).astype(int)
    for row, drawn in zip(found, times, strict=True):
        again = np.repeat(kept.scores, drawn[kept.clusters.code], axis=0)
        np.testing.assert_allclose(row, icc_estimates(again), rtol=1e-9, atol=1e-9)


def test_interval_covers_as_often_as_it_says():
    """Frames of ten animals that differ: 95 %, where those of the F cover less."""
    inside = {"bootstrap": 0, "F": 0}
    rounds = 250
    for seed in range(rounds):
        ratings = simulated(50, 3, 0.3, 0.0, 1.0, animal=1.2, per_animal=5, seed=seed)
        truth = (0.3**2 + 1.2**2) / (0.3**2 + 1.2**2 + 1)
        for name, count in (("bootstrap", 200), ("F", 0)):
            found = intraclass_correlation(ratings, n_resamples=count)
            low, high = found.loc["ICC3", ["ci_low", "ci_high"]]
            inside[name] += low <= truth <= high
    assert inside["bootstrap"] / rounds > 0.88
    assert inside["F"] < inside["bootstrap"] - 0.05 * rounds


def test_frames_of_one_animal_count_as_one():
    """Frames of an animal that are all alike add nothing to what the animal tells."""
    once = simulated(10, 3, 1.5, seed=2)
    ratings = once.loc[once.index.repeat(20)]
    by_animal = intraclass_correlation(ratings, n_resamples=1000)
    alone = intraclass_correlation(once, n_resamples=1000)
    by_frame = intraclass_correlation(ratings, n_resamples=1000, by=None)

    def width(table):
        return table.loc["ICC3", "ci_high"] - table.loc["ICC3", "ci_low"]

    assert width(by_animal) == pytest.approx(width(alone), rel=0.1)
    assert width(by_frame) < 0.4 * width(by_animal)
    assert by_animal["note"].iloc[0] == "interval by drawing 10 animals 1000 times"


def test_animals_can_be_given_as_labels():
    ratings = simulated(12, 3, per_animal=3)
    labels = list(ratings.index.get_level_values("animal"))
    wanted = intraclass_correlation(ratings, n_resamples=100)
    bare = ratings.reset_index(drop=True)
    found = intraclass_correlation(bare, n_resamples=100, by=labels)
    assert found.equals(wanted)
    alone = intraclass_correlation(bare, n_resamples=100)
    assert not alone["ci_low"].equals(wanted["ci_low"])


def test_seed():
    ratings = simulated(12, 3)
    first, again, other = (
        intraclass_correlation(ratings, n_resamples=100, seed=seed)
        for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not first["ci_low"].equals(other["ci_low"])


def test_one_animal_has_no_interval():
    ratings = simulated(6, 3, per_animal=6)
    found = intraclass_correlation(ratings, n_resamples=50)
    assert found["estimate"].notna().all()
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)
    assert found["note"].str.contains("one animal").all()


def test_replicates_without_a_value_are_counted():
    """Most targets are alike: some replicates draw nothing else."""
    ratings = np.array([[0, 0], [0, 0], [0, 0], [1, 2], [2, 1.0]])
    found = intraclass_correlation(ratings, n_resamples=500)
    share = (3 / 5) ** 5
    told = found.loc["ICC3", "note"]
    lost = int(told.split("; ")[1].split()[0])
    assert lost == pytest.approx(500 * share, rel=0.4)
    assert np.isfinite(found.loc["ICC3", ["ci_low", "ci_high"]].astype(float)).all()


def test_interval_of_normal_numbers_is_students():
    rng = np.random.default_rng(0)
    drawn = 3 + 2 * rng.normal(size=(20_000, 1))
    low, high = interval(np.array([3.0]), drawn, 6, 0.95)[0]
    half = 2.571 * 2 * np.sqrt(6 / 5)  # t with 5 degrees of freedom
    assert (low, high) == pytest.approx((3 - half, 3 + half), rel=0.03)


def test_interval_at_the_end_of_the_scale():
    """Where many replicates agree fully, only the upper end is without limit."""
    drawn = np.r_[np.full(300, np.inf), np.linspace(0, 2, 700)][:, None]
    low, high = interval(np.array([1.5]), drawn, 10, 0.95)[0]
    assert high == np.inf
    assert -5 < low < 1.5
    lost = np.where(np.arange(1000)[:, None] < 600, np.nan, drawn)
    assert np.isnan(interval(np.array([1.5]), lost, 10, 0.95)).all()


def test_fisher_scale_there_and_back():
    single = np.array([-0.2, 0.0, 0.3, 0.99])
    z = fisher_z(single, 4)
    back, mean = from_fisher_z(z, 4)
    np.testing.assert_allclose(back, single, atol=1e-12)
    np.testing.assert_allclose(mean, 4 * single / (1 + 3 * single), atol=1e-12)
    ends = fisher_z([-1 / 3, 1.0], 4)
    assert ends.tolist() == [-np.inf, np.inf]
    assert from_fisher_z(ends, 4)[0] == pytest.approx([-1 / 3, 1])
