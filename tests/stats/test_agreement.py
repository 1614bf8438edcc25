"""Agreement against published values, statsmodels and values by hand."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import (
    absolute_agreement,
    bias,
    confusion,
    percent_agreement,
    weighted_kappa,
)

LEVELS = (0, 1, 2)
# Shrout and Fleiss 1979, table 2: six targets by four judges.
SHROUT_FLEISS = [
    [9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7],
]  # fmt: skip
WEIGHTS = {"quadratic": "fc", "linear": "ca", "none": None}  # statsmodels' names


@pytest.fixture(scope="module")
def reference(real_data):
    folder = real_data / "agreement_reference"
    if not folder.is_dir():
        pytest.skip("the published rating tables are not here")
    return folder


def _expanded(table):
    """Two raters' scores that give a table of counts."""
    counts = np.asarray(table)
    rows, columns = np.indices(counts.shape)
    return np.repeat(rows, counts.ravel()), np.repeat(columns, counts.ravel())


def test_the_published_intraclass_correlation():
    assert absolute_agreement(SHROUT_FLEISS) == pytest.approx(0.290, abs=5e-4)


def test_published_kappas(reference):
    told = json.loads((reference / "reference_values.json").read_text())["cohen_sas"]
    a, b = _expanded(told["table"])
    kappas = [weighted_kappa(a, b, LEVELS, weights) for weights in ("none", "linear")]
    assert kappas == pytest.approx(
        [told["kappa"], told["weighted_kappa_linear"]], abs=5e-5
    )


def test_published_tables_of_raters(reference):
    told = json.loads((reference / "reference_values.json").read_text())
    with (reference / "anxiety.csv").open() as file:
        rows = [[float(v) for v in row.values()] for row in csv.DictReader(file)]
    ratings, expected = np.array(rows), told["irr_anxiety"]["kappa_r2_r3"]
    # R's irr counts levels that occur as one apart.
    ranks = np.unique(ratings[:, 1:], return_inverse=True)[1].reshape(-1, 2)
    for weights, name in (
        ("none", "unweighted"),
        ("linear", "equal"),
        ("quadratic", "squared"),
    ):
        kappa = weighted_kappa(*ranks.T, range(ranks.max() + 1), weights)
        assert kappa == pytest.approx(expected[name], abs=1e-6)
    assert absolute_agreement(ratings) == pytest.approx(0.198, abs=5e-4)
    with (reference / "pingouin_icc.csv").open() as file:
        wines = list(csv.DictReader(file))
    table = np.reshape([float(row["Scores"]) for row in wines], (-1, 8))
    judges = {row["Judge"] for row in wines}
    table = table if len(judges) == table.shape[1] else table.T
    assert absolute_agreement(table) == pytest.approx(0.73, abs=5e-3)
    table[3, 0] = np.nan
    assert absolute_agreement(table) == pytest.approx(0.75, abs=5e-3)


scores = st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=40, max_size=40)


@given(scores, scores, st.sampled_from(sorted(WEIGHTS)))
def test_kappa_is_that_of_statsmodels(a, b, weights):
    ours = weighted_kappa(a, b, LEVELS, weights)
    if a == b and len(set(a)) == 1:
        assert np.isnan(ours)
        return
    theirs = cohens_kappa(
        confusion(a, b, LEVELS), wt=WEIGHTS[weights], return_results=False
    )
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_pairs_that_one_did_not_score_are_left_out():
    a, b = [0, 1, 2, 2, np.nan, 0], [0, 1, 2, np.nan, 2, 1]
    whole = [0, 1, 2, 0], [0, 1, 2, 1]
    assert weighted_kappa(a, b, LEVELS) == weighted_kappa(*whole, LEVELS)
    assert percent_agreement(a, b) == 75
    assert bias(a, b) == -0.25
    assert confusion(a, b, LEVELS).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_full_agreement_and_a_learner_who_always_scores_one_too_high():
    truth = np.array([0, 0, 1, 1, 0, 1])
    assert weighted_kappa(truth, truth, LEVELS) == 1
    assert percent_agreement(truth + 1, truth) == 0
    assert bias(truth + 1, truth) == 1
    # All disagree by one level; by chance 0.5 * 1 + 0.25 * 4 + 0.25 * 0 would.
    assert weighted_kappa(truth + 1, truth, LEVELS) == pytest.approx(1 - 1 / 1.5)


def test_without_variation_or_pairs_nothing_can_be_told():
    assert np.isnan(weighted_kappa([1, 1], [1, 1], LEVELS))
    assert np.isnan(weighted_kappa([np.nan], [1], LEVELS))
    assert weighted_kappa([1, 1, 1], [0, 1, 2], LEVELS) == 0
    assert np.isnan(absolute_agreement([[3, 3], [3, 3]]))
    assert np.isnan(absolute_agreement([[3, 4]]))
    assert np.isnan(absolute_agreement([[3], [4]]))
    assert np.isnan(percent_agreement([], []))
    assert np.isnan(bias([np.nan], [1]))


def test_levels_need_not_be_in_order_or_one_apart():
    assert confusion([0, 2, 2], [2, 2, 0], (2, 0)).tolist() == [[1, 1], [1, 0]]
    a, b = [0, 0, 2, 2, 2, 0], [0, 2, 2, 2, 0, 0]
    assert weighted_kappa(a, b, (0, 2)) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: weighted_kappa([0, 3], [0, 1], LEVELS), "3 is none of the levels"),
        (lambda: weighted_kappa([0], [0, 1], LEVELS), "the same things"),
        (lambda: weighted_kappa([0], [0], LEVELS, "cubic"), "choose one of quadratic"),
        (lambda: absolute_agreement([1, 2]), "target, rater"),
        (lambda: bias([0], [0, 1]), "the same things"),
    ],
)
def test_what_does_not_fit_is_refused(call, told):
    with pytest.raises(GrimaceError, match=told):
        call()
