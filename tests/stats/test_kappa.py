"""Cohen's kappa with its error: SAS, statsmodels, scikit-learn, simulation."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import cohen_kappa, confusion
from napari_grimace.stats.reliability.levels import disagreement

LEVELS = (0, 1, 2)
WEIGHTS = {"none": None, "linear": "ca", "quadratic": "fc"}  # statsmodels' names


def expanded(table):
    """Two raters' scores that give a table of counts."""
    counts = np.asarray(table)
    rows, columns = np.indices(counts.shape)
    return np.repeat(rows, counts.ravel()), np.repeat(columns, counts.ravel())


def test_what_sas_prints(real_data):
    file = real_data / "agreement_reference" / "reference_values.json"
    told = json.loads(file.read_text())["cohen_sas"]
    a, b = expanded(told["table"])
    kappa = cohen_kappa(a, b, LEVELS).iloc[0]
    assert kappa["estimate"] == pytest.approx(told["kappa"], abs=5e-5)
    assert kappa["se"] == pytest.approx(told["ASE"], abs=5e-5)
    assert kappa[["ci_low", "ci_high"]].tolist() == pytest.approx(
        told["CI95"], abs=5e-5
    )
    assert kappa["z"] == pytest.approx(told["z"], abs=5e-5)
    assert kappa["estimate"] / kappa["z"] == pytest.approx(told["ASE_H0"], abs=5e-5)
    assert (kappa["n_targets"], kappa["n_raters"]) == (len(a), 2)
    weighted = cohen_kappa(a, b, LEVELS, "linear").iloc[0]
    assert weighted["estimate"] == pytest.approx(
        told["weighted_kappa_linear"], abs=5e-5
    )
    assert weighted["se"] == pytest.approx(told["weighted_ASE"], abs=5e-5)
    assert weighted[["ci_low", "ci_high"]].tolist() == pytest.approx(
        told["weighted_CI95"], abs=5e-5
    )


def test_the_table_of_r_irr(real_data):
    folder = real_data / "agreement_reference"
    told = json.loads((folder / "reference_values.json").read_text())["irr_anxiety"]
    ratings = pd.read_csv(folder / "anxiety.csv")
    # R's irr counts levels that occur as one apart.
    ranks = np.unique(ratings[["rater2", "rater3"]], return_inverse=True)[1]
    a, b = ranks.reshape(-1, 2).T
    for weights, name in (
        ("none", "unweighted"),
        ("linear", "equal"),
        ("quadratic", "squared"),
    ):
        row = cohen_kappa(a, b, weights=weights).iloc[0]
        assert row["estimate"] == pytest.approx(told["kappa_r2_r3"][name], abs=1e-6)


scores = st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=30, max_size=30)


@settings(deadline=None, max_examples=40)
@given(scores, scores, st.sampled_from(sorted(WEIGHTS)))
def test_every_number_is_that_of_statsmodels(a, b, weights):
    ours = cohen_kappa(a, b, LEVELS, weights).iloc[0]
    if len({*a, *b}) == 1:
        assert np.isnan(ours["estimate"])
        assert "same level" in ours["note"]
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = cohens_kappa(confusion(a, b, LEVELS), wt=WEIGHTS[weights])
    assert ours["estimate"] == pytest.approx(theirs.kappa, abs=1e-12)
    assert ours["percent_agreement"] == pytest.approx(100 * np.mean(np.equal(a, b)))
    if ours["note"]:
        assert np.nan_to_num(theirs.std_kappa) == pytest.approx(0, abs=1e-7)
        assert np.isnan(ours[["se", "ci_low", "ci_high"]].astype(float)).all()
        return
    assert ours["se"] == pytest.approx(theirs.std_kappa, abs=1e-10)
    assert ours["ci_low"] == pytest.approx(theirs.kappa_low, abs=1e-10)
    assert ours["ci_high"] == pytest.approx(min(theirs.kappa_upp, 1), abs=1e-10)
    assert ours["z"] == pytest.approx(theirs.z_value, rel=1e-6)
    assert ours["p"] == pytest.approx(theirs.pvalue_two_sided, abs=1e-8)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_the_estimate_is_that_of_scikit_learn(weights):
    rng = np.random.default_rng(3)
    a = rng.integers(0, 4, 60)
    b = np.where(rng.random(60) < 0.5, a, rng.integers(0, 4, 60))
    theirs = cohen_kappa_score(a, b, weights=None if weights == "none" else weights)
    ours = cohen_kappa(a, b, weights=weights)["estimate"].iloc[0]
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_frames_of_one_animal_do_not_count_as_many_animals():
    """Each animal's frames are copies: the error is that of the animals alone."""
    rng = np.random.default_rng(5)
    a = rng.integers(0, 3, 40)
    b = np.where(rng.random(40) < 0.6, a, rng.integers(0, 3, 40))
    animals = np.arange(40)
    once = cohen_kappa(a, b, LEVELS, by=animals).iloc[0]
    copies = [np.repeat(each, 25) for each in (a, b, animals)]
    told = cohen_kappa(*copies[:2], LEVELS, by=copies[2]).iloc[0]
    assert told["se"] == pytest.approx(once["se"])
    assert told["n_animals"] == 40
    assert told["n_targets"] == 1000
    untold = cohen_kappa(*copies[:2], LEVELS).iloc[0]
    assert untold["se"] == pytest.approx(
        cohen_kappa(a, b, LEVELS)["se"].iloc[0] / 5, rel=1e-9
    )


def test_the_interval_covers_the_truth_with_frames_that_resemble_each_other():
    rng = np.random.default_rng(8)

    def drawn(animals, frames=12):
        pain = np.repeat(rng.normal(1, 0.7, animals), frames)
        shared = pain + rng.normal(0, 0.3, pain.shape)
        both = shared + rng.normal(0, 0.4, (2, len(pain)))
        animal = np.repeat(np.arange(animals), frames)
        return (*np.clip(np.round(both), 0, 2), animal)

    a, b, _ = drawn(20_000)
    truth = cohen_kappa(a, b, LEVELS, "quadratic")["estimate"].iloc[0]
    inside = {True: 0, False: 0}
    for _ in range(200):
        a, b, animal = drawn(20)
        for known in inside:
            row = cohen_kappa(
                a, b, LEVELS, "quadratic", by=animal if known else None
            ).iloc[0]
            inside[known] += row["ci_low"] < truth < row["ci_high"]
    assert inside[True] >= 180
    assert inside[False] < inside[True]


def test_series_are_matched_by_their_index():
    a = pd.Series([0, 1, 2, 1], index=["w", "x", "y", "z"])
    b = pd.Series([1, 2, 1, 0, 0], index=["z", "y", "x", "w", "v"])
    row = cohen_kappa(a, b, LEVELS).iloc[0]
    assert row["estimate"] == 1
    assert row["n_targets"] == 4
    index = pd.MultiIndex.from_arrays(
        [["m1", "m1", "m2", "m2"], [1, 2, 1, 2]], names=["animal", "frame"]
    )
    of_animals = cohen_kappa(a.set_axis(index), b[:4].set_axis(index), LEVELS)
    assert of_animals["n_animals"].iloc[0] == 2


def test_what_was_not_scored_by_both_is_left_out():
    a, b = [0, 1, 2, 2, np.nan, 0], [0, 1, 1, np.nan, 2, 1]
    whole = cohen_kappa([0, 1, 2, 0], [0, 1, 1, 1], LEVELS)
    pd.testing.assert_frame_equal(cohen_kappa(a, b, LEVELS), whole)


@pytest.mark.parametrize(
    ("a", "b", "by", "note"),
    [
        ([], [], None, "no target has scores of two raters"),
        ([np.nan, 1], [1, np.nan], None, "no target has scores of two raters"),
        ([1, 1, 1], [1, 1, 1], None, "same level"),
        ([0, 1, 2], [0, 1, 2], None, "agree alike"),
        ([1, 1, 1, 1], [0, 1, 2, 1], None, "one rater gave one level throughout"),
        ([0, 1, 2, 2], [0, 1, 2, 1], ["m1"] * 4, "one animal"),
    ],
)
def test_what_cannot_be_told_is_said(a, b, by, note):
    row = cohen_kappa(a, b, LEVELS, by=by).iloc[0]
    assert note in row["note"]
    assert np.isnan(row[["se", "ci_low", "ci_high"]].astype(float)).all()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([0, -1], [0, 1], LEVELS), "-1 is none of the levels"),
        (([0, 9], [0, 1], LEVELS), "code what was not scored"),
        (([0, -1], [0, 1]), "code what was not scored"),
        (([0, 1], [0, 1, 2]), "the same things"),
        (([0, "high"], [0, 1]), "'high'"),
        (([0, np.inf], [0, 1]), "infinite"),
        (([0, 1], [0, 1], LEVELS, "cubic"), "choose one of quadratic"),
        (([0, 1], [0, 1], (0, 1, 1)), "twice"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, told):
    with pytest.raises(GrimaceError, match=told):
        cohen_kappa(*arguments)


def test_animals_must_fit_the_targets():
    with pytest.raises(GrimaceError, match="3 labels of animals for 2 targets"):
        cohen_kappa([0, 1], [0, 1], by=["m1", "m2", "m3"])
    with pytest.raises(GrimaceError, match="1 targets have no animal"):
        cohen_kappa([0, 1], [0, 1], by=["m1", None])
    with pytest.raises(GrimaceError, match="2 targets have no animal"):
        cohen_kappa([0, 1, 2], [0, 1, 2], by=["m1", "", ""])
    with pytest.raises(GrimaceError, match="no level 'cage'"):
        cohen_kappa([0, 1], [0, 1], by="cage")


def test_costs_of_disagreement():
    assert disagreement((0, 2), "linear").tolist() == [[0, 1], [1, 0]]
    assert disagreement((0, 1, 2), "quadratic")[0].tolist() == [0, 0.25, 1]
    # Pairs of levels from one to the other: 1, 3, 6 of 6 (Gwet 2014).
    assert disagreement((1, 2, 3, 10), "ordinal")[0].tolist() == [0, 1 / 6, 0.5, 1]
    assert disagreement((2,), "none").tolist() == [[0]]
