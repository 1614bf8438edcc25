"""Krippendorff's alpha against published values and the package krippendorff."""

import json

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import krippendorff_alpha

METRICS = ("nominal", "ordinal", "interval", "ratio")
# Krippendorff 2011, section D: four observers, twelve units, 15 % missing.
FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
PUBLISHED = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}


def estimate(ratings, metric, **more):
    rows = krippendorff_alpha(ratings, metric, n_resamples=2, **more)
    return rows["estimate"].iloc[0]


@pytest.mark.parametrize("metric", METRICS)
def test_published_values(metric):
    ratings = np.array(FOUR_OBSERVERS, float).T
    assert round(estimate(ratings, metric), 3) == PUBLISHED[metric]


def test_the_reference_values(real_data):
    folder = real_data / "agreement_reference"
    told = json.loads((folder / "reference_values.json").read_text())
    told = told["gwet_krippendorff_raw4raters"]["krippendorff_alpha"]
    ratings = pd.read_csv(folder / "irrCAC" / "cac.raw4raters.csv", index_col="Units")
    for metric, name in (
        ("nominal", "nominal"),
        ("interval", "quadratic_interval"),
        ("ratio", "ratio"),
    ):
        assert round(estimate(ratings, metric), 3) == told[name]
    row = krippendorff_alpha(ratings, "nominal", interval="t").iloc[0]
    assert round(row["se"], 3) == told["se_nominal"]
    ends = row[["ci_low", "ci_high"]].astype(float).round(3).tolist()
    assert ends == told["ci95_nominal"]
    assert row["p"] == pytest.approx(0.0004594257, rel=1e-4)  # irrCAC's README
    assert row["n_targets"] == 11


scores = st.one_of(st.just(np.nan), st.sampled_from([0.0, 1.0, 2.0, 5.0]))
tables = st.lists(st.lists(scores, min_size=3, max_size=3), min_size=6, max_size=12)


@settings(deadline=None, max_examples=40)
@given(tables, st.sampled_from(METRICS))
def test_it_is_that_of_the_package(table, metric):
    ratings = np.array(table)
    paired = ratings[np.isfinite(ratings).sum(axis=1) > 1]
    ours = estimate(ratings, metric)
    if len(np.unique(paired[np.isfinite(paired)])) < 2:
        assert np.isnan(ours)
        return
    theirs = krippendorff.alpha(paired.T, level_of_measurement=metric)
    assert ours == pytest.approx(theirs, abs=1e-10)


def test_levels_in_any_order():
    ratings = np.array(FOUR_OBSERVERS, float).T
    for metric in METRICS:
        assert estimate(ratings, metric, levels=[5, 3, 1, 2, 4]) == pytest.approx(
            estimate(ratings, metric)
        )


def simulated(rng, animals, frames=6):
    pain = rng.normal(1, 0.7, animals).repeat(frames)
    pain = pain + rng.normal(0, 0.4, len(pain))
    given = np.clip(np.round(pain[:, None] + rng.normal(0, 0.45, (len(pain), 3))), 0, 2)
    given[rng.random(given.shape) < 0.1] = np.nan
    return given, np.repeat(np.arange(animals), frames)


def test_the_interval_covers_the_truth_with_frames_that_resemble_each_other():
    rng = np.random.default_rng(4)
    truth = estimate(simulated(rng, 10_000)[0], "ordinal")
    inside = {"bootstrap": 0, "t": 0}
    for seed in range(120):
        ratings, animal = simulated(rng, 12)
        for interval in inside:
            row = krippendorff_alpha(
                ratings, interval=interval, n_resamples=300, seed=seed, by=animal
            ).iloc[0]
            inside[interval] += row["ci_low"] < truth < row["ci_high"]
    assert min(inside.values()) >= 106  # 88 %, three errors below 95 %


def test_the_same_seed_gives_the_same_interval():
    ratings, animal = simulated(np.random.default_rng(0), 10)
    first, again, other = (
        krippendorff_alpha(ratings, n_resamples=200, by=animal, seed=seed)
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert first["ci_low"].iloc[0] != other["ci_low"].iloc[0]
    assert first["n_animals"].iloc[0] == 10


@pytest.mark.parametrize(
    ("given", "note"),
    [
        (np.full((4, 2), np.nan), "no target has scores of two raters"),
        ([[1], [2]], "no target has scores of two raters"),
        ([[1, 1], [1, 1]], "same level"),
        ([[0, 1]], "one target"),
        ([[0, 0], [1, 1]], "agree alike"),
    ],
)
def test_what_cannot_be_told_is_said(given, note):
    row = krippendorff_alpha(given).iloc[0]
    assert note in row["note"]
    assert np.isnan(row[["se", "ci_low", "ci_high"]].astype(float)).all()


def test_what_does_not_fit_is_refused():
    ratings = [[0, 1], [1, 1]]
    with pytest.raises(GrimaceError, match="choose one of nominal, ordinal"):
        krippendorff_alpha(ratings, "circular")
    with pytest.raises(GrimaceError, match="choose one of bootstrap, t"):
        krippendorff_alpha(ratings, interval="jackknife")
    with pytest.raises(GrimaceError, match="n_resamples is 0"):
        krippendorff_alpha(ratings, n_resamples=0)
    with pytest.raises(GrimaceError, match="-1 is none of the levels"):
        krippendorff_alpha([[0, -1]], levels=(0, 1, 2))
