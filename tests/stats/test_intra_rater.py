"""Raters against themselves, on several occasions."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from simulated_ratings import simulated

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability import (
    intra_rater,
    intraclass_correlation,
    measurement_error,
    weighted_kappa,
)


@pytest.fixture
def totals():
    """Anna on three occasions, the later ones higher; Ben on two, Eve on one."""
    scores = (4 + 2 * simulated(20, 6, 1.0, 0.0, 0.5)).round().clip(0, 8)
    labels = ["Anna (2)", "Eve", "Ben", "Anna", "Ben (2)", "Anna (3)"]
    scores = scores.set_axis(labels, axis=1)
    return scores.assign(**{"Anna (3)": (scores["Anna (3)"] + 1).clip(upper=8)})


def test_each_number_is_that_of_the_raters_passes(totals):
    found = intra_rater(totals, levels=range(9), n_resamples=100)
    assert list(found.index) == ["Anna", "Ben"]
    assert found["n_occasions"].tolist() == [3, 2]
    ben = totals[["Ben", "Ben (2)"]]
    icc = intraclass_correlation(ben, n_resamples=100).loc["ICC2"]
    row = found.loc["Ben"]
    for name, column in (("icc", "estimate"), ("icc_low", "ci_low")):
        assert row[name] == pytest.approx(icc[column])
    error = measurement_error(ben, n_resamples=100).loc[("agreement", "single rating")]
    assert row["sem"] == pytest.approx(error["sem"])
    assert row["mdc_high"] == pytest.approx(error["mdc_high"])
    kappa = weighted_kappa(ben["Ben"], ben["Ben (2)"], range(9))
    assert row["kappa"] == pytest.approx(kappa)


def test_change_from_first_to_last_occasion(totals):
    """Student's t for one sample, where each target is of another animal."""
    row = intra_rater(totals, n_resamples=50).loc["Anna"]
    change = totals["Anna (3)"] - totals["Anna"]
    assert row["mean_difference"] == pytest.approx(change.mean())
    wanted = stats.ttest_1samp(change, 0).confidence_interval()
    assert (row["difference_low"], row["difference_high"]) == pytest.approx(
        (wanted.low, wanted.high)
    )


def test_frames_of_an_animal_are_not_independent(totals):
    """Equal frames per animal: the t interval of the animals' means."""
    animals = np.repeat([f"m{i}" for i in range(5)], 4)
    row = intra_rater(totals, n_resamples=50, by=animals).loc["Anna"]
    change = (totals["Anna (3)"] - totals["Anna"]).groupby(animals).mean()
    wanted = stats.ttest_1samp(change, 0).confidence_interval()
    assert row["difference_low"] == pytest.approx(wanted.low)


def test_names_can_be_given():
    ratings = simulated(15, 3).set_axis(["before", "after", "other"], axis=1)
    found = intra_rater(
        9 + ratings, {"before": "Anna", "after": "Anna", "other": "Ben"}, n_resamples=50
    )
    assert list(found.index) == ["Anna"]
    change = (ratings["after"] - ratings["before"]).mean()
    assert found.loc["Anna", "mean_difference"] == pytest.approx(change)
    turned = intra_rater(9 + ratings, {"after": "A", "before": "A"}, n_resamples=50)
    assert turned.loc["A", "mean_difference"] == pytest.approx(-change)


def test_coordinates_tell_names_and_occasions():
    values = 9 + simulated(12, 3).to_numpy()
    array = xr.DataArray(
        values.reshape(12, 3, 1),
        dims=("frame", "rater", "unit"),
        coords={
            "rater": ["late", "Ben", "early"],
            "unit": ["ear"],
            "rater_name": ("rater", ["Anna", "Ben", "Anna"]),
            "occasion": ("rater", [2, 1, 1]),
        },
    )
    found = intra_rater(array, n_resamples=50)
    assert found.index.tolist() == [("ear", "Anna")]
    change = (values[:, 0] - values[:, 2]).mean()
    assert found["mean_difference"].item() == pytest.approx(change)


def test_numbers_are_numbers(totals):
    found = intra_rater({"total": totals}, n_resamples=50)
    assert found.index.names == ["unit", "rater"]
    numbers = found.drop(columns=["reason", "note"])
    assert all(pd.api.types.is_numeric_dtype(kind) for kind in numbers.dtypes)


def test_no_number_without_a_reason(totals):
    totals["Ben (2)"] = np.nan
    totals[["Anna", "Anna (2)", "Anna (3)"]] = 1.0
    found = intra_rater(totals, n_resamples=50)
    assert found[["icc", "sem", "kappa"]].isna().all(axis=None)
    assert "agreement needs two" in found.loc["Ben", "reason"]
    assert "all scores are 1" in found.loc["Anna", "reason"]
    assert found.loc["Anna", "mean_difference"] == 0


def test_no_repeats():
    with pytest.raises(GrimaceError, match="No rater has two passes"):
        intra_rater(simulated(6, 3))
