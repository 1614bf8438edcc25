"""Agreement of several raters beyond chance, against Gwet's irrCAC and statsmodels."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import cohen_kappa, fleiss_kappa, gwet_ac
from napari_grimace.stats.reliability import agreement_coefficients

# Output of Gwet's R package irrCAC 1.3 (its README), and of the tests of afergadis/
# irrCAC that were checked against it: estimate, standard error, lower end, p.
RAW_4_RATERS = {
    ("none", "Gwet's AC1"): (0.77544, 0.14295, 0.461, 0.000208721),
    ("none", "Fleiss' kappa"): (0.76117, 0.15302, 0.424, 0.000419173),
    ("none", "Conger's kappa"): (0.76282, 0.14917, 0.435, 0.0003367066),
    ("none", "Brennan-Prediger"): (0.77273, 0.14472, 0.454, 0.0002375609),
}
WEIGHTED = {
    ("linear", "Gwet's AC2 (linear)"): (0.859, 0.117, 0.600),
    ("ordinal", "Gwet's AC2 (ordinal)"): (0.899, 0.107, 0.664),
    ("quadratic", "Gwet's AC2 (quadratic)"): (0.914, 0.104, 0.685),
    ("linear", "Fleiss' kappa (linear)"): (0.818, 0.149, 0.491),
    ("ordinal", "Fleiss' kappa (ordinal)"): (0.850, 0.147, 0.527),
    ("quadratic", "Fleiss' kappa (quadratic)"): (0.865, 0.146, 0.544),
    ("linear", "Conger's kappa (linear)"): (0.814, 0.145, 0.494),
    ("quadratic", "Conger's kappa (quadratic)"): (0.858, 0.144, 0.541),
}


@pytest.fixture(scope="module")
def reference(real_data):
    return real_data / "agreement_reference"


@pytest.fixture(scope="module")
def four_raters(reference):
    return pd.read_csv(reference / "irrCAC" / "cac.raw4raters.csv", index_col="Units")


def test_published_coefficients(four_raters):
    rows = agreement_coefficients(four_raters)
    for (_, name), (estimate, se, low, p) in RAW_4_RATERS.items():
        row = rows.loc[name]
        assert row["estimate"] == pytest.approx(estimate, abs=5e-6)
        assert row["se"] == pytest.approx(se, abs=5e-6)
        assert row["ci_low"] == pytest.approx(low, abs=6e-4)
        assert row["ci_high"] == 1
        assert row["p"] == pytest.approx(p, rel=1e-6)
    assert (rows["percent_agreement"].round(5) == 81.81818).all()
    assert (rows["n_targets"] == 11).all()  # the twelfth has one rating


def test_published_weighted_coefficients(four_raters):
    for (weights, name), (estimate, se, low) in WEIGHTED.items():
        row = agreement_coefficients(four_raters, weights=weights).loc[name]
        assert row["estimate"] == pytest.approx(estimate, abs=5.1e-4)
        assert row["se"] == pytest.approx(se, abs=5.1e-4)
        assert row["ci_low"] == pytest.approx(low, abs=1.1e-3)


def test_published_coefficients_of_five_observers(reference):
    ratings = pd.read_csv(reference / "irrCAC" / "cac.raw5obser.csv", index_col="Unit")
    rows = agreement_coefficients(ratings)
    told = {
        "Gwet's AC1": (0.497, 0.122, 0.235, 0.758),
        "Fleiss' kappa": (0.458, 0.120, 0.199, 0.716),
        "Conger's kappa": (0.469, 0.117, 0.219, 0.719),
    }
    for name, numbers in told.items():
        given = rows.loc[name, ["estimate", "se", "ci_low", "ci_high"]].tolist()
        assert given == pytest.approx(numbers, abs=6e-4)


def test_the_reference_values(reference, four_raters):
    told = json.loads((reference / "reference_values.json").read_text())
    gwet = told["gwet_krippendorff_raw4raters"]
    ac1 = gwet_ac(four_raters).iloc[0]
    assert round(ac1["estimate"], 3) == gwet["gwet_ac1"]
    assert round(ac1["se"], 3) == gwet["gwet_ac1_se"]
    fleiss = fleiss_kappa(four_raters)["estimate"].iloc[0]
    assert round(fleiss, 3) == gwet["fleiss_kappa"]
    counts = np.array(told["fleiss_wikipedia_table"]["counts"])
    ratings = [np.repeat(range(5), row) for row in counts]
    kappa = fleiss_kappa(ratings)["estimate"].iloc[0]
    assert round(kappa, 2) == told["fleiss_wikipedia_table"]["fleiss_kappa"]
    diagnoses = pd.read_csv(reference / "diagnoses.csv")
    codes = diagnoses.apply(lambda column: column.str[0].astype(int))
    fleiss = told["fleiss_1971_diagnoses"]
    row = fleiss_kappa(codes).iloc[0]
    assert round(row["estimate"], 2) == fleiss["fleiss_kappa"]
    assert (row["n_targets"], row["n_raters"]) == (fleiss["n"], fleiss["raters"])
    of_four = fleiss_kappa(codes.iloc[:, :4])["estimate"].iloc[0]
    assert round(of_four, 3) == fleiss["fleiss_kappa_raters_1_to_4_recomputed_here"]


def test_the_readme_of_irrcac_with_six_raters(reference):
    counts = pd.read_csv(
        reference / "irrCAC" / "distrib.6raters.csv", index_col="Subject"
    )
    ratings = [np.repeat(range(5), row) for row in counts.to_numpy()]
    rows = agreement_coefficients(ratings, range(5))
    assert rows.loc["Gwet's AC1", ["estimate", "se"]].tolist() == pytest.approx(
        [0.4448007, 0.08418757], rel=1e-6
    )
    assert rows.loc["Fleiss' kappa", ["estimate", "se"]].tolist() == pytest.approx(
        [0.4139265, 0.08119291], rel=1e-6
    )
    assert rows.loc["Brennan-Prediger", ["estimate", "se"]].tolist() == pytest.approx(
        [0.4388889, 0.08312142], rel=1e-6
    )


ratings = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=4, max_size=4),
    min_size=12,
    max_size=12,
)


@settings(deadline=None, max_examples=40)
@given(ratings)
def test_fleiss_is_that_of_statsmodels(table):
    ours = fleiss_kappa(table, (0, 1, 2))["estimate"].iloc[0]
    if len(np.unique(table)) == 1:
        assert np.isnan(ours)
        return
    theirs = statsmodels_fleiss(aggregate_raters(np.array(table))[0], "fleiss")
    assert ours == pytest.approx(theirs, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(ratings, st.sampled_from(["none", "linear", "quadratic", "ordinal"]))
def test_conger_of_two_raters_is_cohen(table, weights):
    pair = np.array(table)[:, :2]
    cohen = cohen_kappa(*pair.T, (0, 1, 2), weights).iloc[0]
    rows = agreement_coefficients(pair, (0, 1, 2), weights)
    conger = rows[rows.index.str.startswith("Conger")].iloc[0]
    assert conger["estimate"] == pytest.approx(cohen["estimate"], abs=1e-9, nan_ok=True)
    # Gwet divides the variance by n - 1, Fleiss, Cohen and Everitt by n.
    assert conger["se"] * np.sqrt(11 / 12) == pytest.approx(
        cohen["se"], abs=1e-9, nan_ok=True
    )


def test_the_error_of_animals_is_that_of_repeated_draws():
    """Against the bootstrap of animals, which knows nothing of the formulas."""
    rng = np.random.default_rng(2)
    animal = np.repeat(np.arange(30), 6)
    pain = rng.normal(1, 0.7, 30)[animal] + rng.normal(0, 0.4, len(animal))
    given = np.clip(np.round(pain[:, None] + rng.normal(0, 0.5, (180, 3))), 0, 2)
    given[rng.random(given.shape) < 0.15] = np.nan
    rows = agreement_coefficients(given, (0, 1, 2), "quadratic", by=animal)
    drawn = []
    for _ in range(250):
        chosen = rng.integers(0, 30, 30)
        frames = np.concatenate([np.flatnonzero(animal == each) for each in chosen])
        drawn.append(
            agreement_coefficients(given[frames], (0, 1, 2), "quadratic")["estimate"]
        )
    spread = pd.concat(drawn, axis=1).std(axis=1)
    np.testing.assert_allclose(rows["se"], spread, rtol=0.2)
    alone = agreement_coefficients(given, (0, 1, 2), "quadratic")
    assert (alone["se"] < rows["se"]).all()
    assert (rows["n_animals"] == 30).all()


def test_nearly_all_targets_at_one_level():
    """Raters agree on 96 of 100 absent bulges: kappa collapses, AC1 does not."""
    first, second = np.zeros(100), np.zeros(100)
    first[:2] = second[2:4] = 2
    pair = np.stack([first, second], axis=1)
    rows = agreement_coefficients(pair, (0, 2))
    assert rows.loc["Fleiss' kappa", "estimate"] < 0
    assert rows.loc["Gwet's AC1", "estimate"] > 0.9
    assert (rows["percent_agreement"] == 96).all()


def test_by_unit():
    rng = np.random.default_rng(0)
    tables = {unit: rng.integers(0, 3, (20, 3)) for unit in ("orbital", "ear")}
    rows = gwet_ac(tables, (0, 1, 2))
    assert rows.index.names == ["unit", "coefficient"]
    alone = gwet_ac(tables["ear"], (0, 1, 2))
    pd.testing.assert_frame_equal(rows.loc["ear"], alone)


@pytest.mark.parametrize(
    ("given", "note"),
    [
        (np.full((5, 3), np.nan), "no target has scores of two raters"),
        ([[1], [2]], "no target has scores of two raters"),
        ([[1, np.nan], [np.nan, 2]], "no target has scores of two raters"),
        ([[1, 1], [1, 1]], "same level"),
        ([[0, 1]], "one target"),
        ([[0, 0], [1, 1]], "agree alike"),
    ],
)
def test_what_cannot_be_told_is_said(given, note):
    for row in agreement_coefficients(given).itertuples():
        assert note in row.note
        assert np.isnan([row.se, row.ci_low, row.ci_high, row.z, row.p]).all()


def test_full_agreement_on_one_level_is_agreement_for_gwet():
    row = gwet_ac([[1, 1], [1, 1]], (0, 1, 2)).iloc[0]
    assert row["estimate"] == 1
    assert "agree alike" in row["note"]
    assert np.isnan(row["se"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([[0, -1], [1, 1]], "code what was not scored as missing"),
        ([1, 2, 3], "give target, rater"),
        ([["a", "b"]], "which is no number"),
        (pd.DataFrame([[1, 2]], columns=["JS", "JS"]), "'JS' is there twice"),
    ],
)
def test_what_does_not_fit_is_refused(given, told):
    with pytest.raises(GrimaceError, match=told):
        fleiss_kappa(given)
    with pytest.raises(GrimaceError, match="9 is none of the levels 0, 1, 2"):
        gwet_ac([[0, 9], [1, 1]], (0, 1, 2))
