"""Skewness, kurtosis and quantiles of animals, against pandas and scipy."""

import numpy as np
import pandas as pd
import pytest
from distribution_scores import scores_of
from scipy import stats

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.distribution import qq_points, score_shape

rng = np.random.default_rng(5)
TOTALS = {
    "sham": rng.poisson(1, 300).astype(float).clip(0, 8),
    "pain": 8 - rng.poisson(2, 450).astype(float).clip(0, 8),
}


def test_shape_is_that_of_pandas_and_scipy():
    table = score_shape(scores_of(TOTALS)).set_index("animal")
    for animal, totals in TOTALS.items():
        told = table.loc[animal]
        # pandas computes G1 and G2 by formulas of its own.
        assert told["skewness"] == pytest.approx(pd.Series(totals).skew())
        assert told["kurtosis"] == pytest.approx(pd.Series(totals).kurt())
        for name, test in {
            "skewness": stats.skewtest,
            "kurtosis": stats.kurtosistest,
            "normality": stats.normaltest,
        }.items():
            p = told[f"descriptive_p_{name}"]
            assert p == pytest.approx(test(totals).pvalue, rel=1e-9)
    assert table["skewness"]["sham"] > 0.5 > -0.5 > table["skewness"]["pain"]


def test_what_cannot_be_measured_has_a_reason():
    totals = {
        "nothing": [np.nan, np.nan],
        "three": [1, 2, 4],
        "same": [2.0] * 30,
        "ten": [0, 1, 1, 2, 2, 3, 3, 4, 5, 8],
    }
    table = score_shape(scores_of(totals)).set_index("animal")
    assert table["note"].to_dict() == {
        "nothing": "no frame with a total",
        "three": "fewer than 4 frames with a total",
        "same": "all totals are the same",
        "ten": "tests need 20 frames",
    }
    assert np.isnan(table["mean"]["nothing"])
    assert table["mean"]["three"] == pytest.approx(7 / 3)
    assert table["skewness"].notna().to_dict() == {
        "nothing": False,
        "three": False,
        "same": False,
        "ten": True,
    }
    assert table["sd"]["same"] == 0


def test_quantiles_beside_those_of_a_normal():
    totals = np.array([0, 1, 1, 3, 8, 5, 2])
    table = qq_points(scores_of({"a": totals}), n_points=7)
    assert table["observed"].tolist() == sorted(totals)
    z = stats.norm.ppf((np.arange(7) + 0.5) / 7)
    normal = totals.mean() + totals.std(ddof=1) * z
    np.testing.assert_allclose(table["expected"], normal)


def test_normal_totals_lie_on_the_line():
    totals = np.random.default_rng(6).normal(4, 0.8, 20_000).clip(0, 8)
    table = qq_points(scores_of({"a": totals}), window=None)
    assert (table["observed"] - table["expected"]).abs().max() < 0.06


def test_animals_without_quantiles():
    table = qq_points(scores_of({"a": [np.nan, 1], "b": [1, 2]}))
    lacking = table[table["animal"] == "a"]
    assert lacking[["observed", "expected"]].isna().all(axis=None)
    assert set(lacking["note"]) == {"fewer than two frames with a total"}
    with pytest.raises(GrimaceError, match="2 or more"):
        qq_points(scores_of({"b": [1, 2]}), n_points=1)
