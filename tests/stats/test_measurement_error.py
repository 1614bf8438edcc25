"""Standard error of measurement and minimal detectable change."""

import numpy as np
import pytest
from simulated_ratings import simulated

from napari_grimace.stats.reliability import intraclass_correlation, measurement_error


def test_two_raters_as_by_their_differences():
    """Consistency: 1.96 standard deviations of the differences (Bland and Altman)."""
    ratings = simulated(30, 2, rater=1.0)
    change = ratings["r1"] - ratings["r2"]
    found = measurement_error(ratings, n_resamples=100)
    single = found.loc[("consistency", "single rating")]
    assert single["sem"] == pytest.approx(change.std() / np.sqrt(2))
    assert single["mdc"] == pytest.approx(1.959964 * change.std(), rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "form"), [("agreement", "ICC2"), ("consistency", "ICC3")]
)
def test_belongs_to_the_coefficient(kind, form):
    """ICC = variance of targets / (that + SEM squared), for one rater and for all."""
    ratings = simulated(15, 4)
    icc = intraclass_correlation(ratings)["estimate"]
    sem = measurement_error(ratings, n_resamples=10)["sem"]
    for of, name in (("single rating", form), ("mean of raters", f"{form}k")):
        error = sem[kind, of] ** 2
        target = error * icc[name] / (1 - icc[name])
        of_consistency = sem["consistency", "single rating"] ** 2
        icc3 = icc["ICC3"]
        assert target == pytest.approx(of_consistency * icc3 / (1 - icc3))


def test_true_error_is_found_and_covered():
    inside, rounds = 0, 100
    for seed in range(rounds):
        ratings = simulated(40, 3, 2.0, 0.0, 0.7, per_animal=2, seed=seed)
        row = measurement_error(ratings, n_resamples=200).loc[
            ("consistency", "single rating")
        ]
        inside += row["sem_low"] <= 0.7 <= row["sem_high"]
        assert row["mdc_high"] == pytest.approx(1.959964 * 2**0.5 * row["sem_high"])
    assert inside / rounds > 0.88


def test_incomplete_targets_are_left_out():
    ratings = simulated(12, 3)
    ratings.iloc[0, 1] = np.nan
    found = measurement_error(ratings, n_resamples=20)
    assert (found["n_targets"] == 11).all()
    assert found["note"].str.contains("1 of 12 targets left out").all()
    wanted = measurement_error(ratings.iloc[1:], n_resamples=20)
    np.testing.assert_allclose(found["sem"], wanted["sem"])


def test_by_unit():
    tables = {"ear": simulated(9, 3, seed=1), "nose": simulated(9, 3, seed=2)}
    found = measurement_error(tables, n_resamples=20)
    assert found.index.names == ["unit", "kind", "of"]
    alone = measurement_error(tables["nose"], n_resamples=20)
    assert found.loc["nose"].equals(alone)


@pytest.mark.parametrize("ratings", [np.ones((4, 3)), np.ones((4, 1)), np.ones((1, 3))])
def test_no_number_without_a_reason(ratings):
    found = measurement_error(ratings)
    assert found[["sem", "sem_low", "sem_high", "mdc"]].isna().all(axis=None)
    assert (found["reason"] != "").all()


def test_no_error_seen():
    found = measurement_error(np.tile([[0.0], [1.0], [2.0]], 3), n_resamples=50)
    assert (found["sem"] == 0).all()
    assert found["sem_low"].isna().all()
    assert found["note"].str.contains("no error was seen").all()
