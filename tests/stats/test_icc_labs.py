"""Agreement within labs and across them."""

import numpy as np
import pytest
from simulated_ratings import simulated

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability import intra_inter_lab, intraclass_correlation

LABS = {"r1": "one", "r2": "one", "r3": "one", "r4": "two"}


def test_rows_are_those_of_their_raters():
    ratings = simulated(25, 4)
    found = intra_inter_lab(ratings, LABS)
    assert found.index.names == ["raters", "form"]
    assert list(found.index.unique("raters")) == [
        "one",
        "two",
        "all raters",
        "lab means",
    ]
    means = np.column_stack([ratings.iloc[:, :3].mean(axis=1), ratings["r4"]])
    for name, of in (
        ("one", ratings.iloc[:, :3]),
        ("all raters", ratings),
        ("lab means", means),
    ):
        wanted = intraclass_correlation(of, by=None)
        np.testing.assert_allclose(found.loc[name, "estimate"], wanted["estimate"])
    assert found.loc["two", "estimate"].isna().all()
    assert found.loc["two", "reason"].str.contains("agreement needs two").all()


def test_a_lab_on_another_level_agrees_within_but_not_across():
    """The pattern of tables 5 and 6 of PainFace."""
    ratings = simulated(25, 4, 1.5, 0.1, 0.6, seed=2)
    ratings["r4"] += 2
    found = intra_inter_lab({"ear": ratings, "total": ratings}, LABS)
    assert found.index.names == ["unit", "raters", "form"]
    single = found.xs("ICC2", level="form")["estimate"].unstack("raters")
    assert (single["one"] > single["all raters"] + 0.2).all()
    assert list(single.index) == ["ear", "total"]


def test_all_rows_are_of_the_same_targets():
    ratings = simulated(25, 4)
    ratings.loc[ratings.index[:5], "r4"] = np.nan
    found = intra_inter_lab(ratings, LABS)
    assert (found["n_targets"] == 20).all()
    whole = intra_inter_lab(ratings, LABS, missing="reml")
    assert whole.loc[("one", "ICC2"), "n_targets"] == 25


def test_rater_who_scored_nothing_takes_no_targets_away():
    ratings = simulated(25, 4)
    ratings["r4"] = np.nan
    found = intra_inter_lab(ratings, LABS)
    assert (found.loc["all raters", "n_targets"] == 25).all()
    assert (found.loc["all raters", "n_raters"] == 3).all()
    assert (found.loc["two", "reason"] == "there are no ratings").all()


def test_labs_are_checked():
    with pytest.raises(GrimaceError, match="'r4' has no lab"):
        intra_inter_lab(simulated(9, 4), {"r1": "a", "r2": "a", "r3": "b"})
    with pytest.raises(GrimaceError, match="cannot be called 'lab means'"):
        intra_inter_lab(simulated(9, 4), LABS | {"r4": "lab means"})
