"""Simulated raters of two labs against the tables that they are built to.

Computed from the arrays of the file, by pingouin. Published: McCoy et al. (2024)
Development of PainFace software to simplify, standardize, and scale up mouse grimace
analyses. Pain 165:1793-1805, tables 5 and 6.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pingouin as pg
import pytest
import xarray as xr
from scipy import stats

from napari_grimace.study.sample import sample_study

if TYPE_CHECKING:
    import pandas as pd

UNITS = ["orbital", "nose", "ear", "whiskers"]

LAB_ONE = {  # single and average measure
    "orbital": (0.76, 0.91),
    "nose": (0.61, 0.83),
    "ear": (0.93, 0.97),
    "whiskers": (0.36, 0.63),
    "total": (0.84, 0.94),
}
BOTH_LABS = {
    "orbital": (0.71, 0.91),
    "nose": (0.34, 0.67),
    "ear": (0.47, 0.78),
    "whiskers": (0.37, 0.70),
    "total": (0.45, 0.77),
}


@pytest.fixture(scope="module")
def scores() -> xr.Dataset:
    return xr.load_dataset(sample_study(), group="raters", engine="h5netcdf")


def ratings(scores: xr.Dataset, what: str) -> pd.DataFrame:
    """Targets x raters."""
    score = scores["score"].isel(frame=0)
    score = score.sum("unit", skipna=False) if what == "total" else score.sel(unit=what)
    return score.to_pandas()


def icc(table: pd.DataFrame) -> pd.Series:
    tidy = table.rename_axis("target").reset_index().melt("target", var_name="by")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pingouin uses what pandas will drop
        found = pg.intraclass_corr(tidy, "target", "by", "value")
    return found.set_index("Type")["ICC"]


@pytest.mark.parametrize("what", [*UNITS, "total"])
def test_agreement_within_lab_one_and_of_both_labs_is_the_published(scores, what):
    table = ratings(scores, what).iloc[:, :4]
    assert table.shape == (25, 4)
    for raters, published in ((3, LAB_ONE), (4, BOTH_LABS)):
        found = icc(table.iloc[:, :raters])
        single, average = found["ICC(A,1)"], found["ICC(A,k)"]
        assert single == pytest.approx(published[what][0], abs=0.02)
        assert average == pytest.approx(published[what][1], abs=0.02)
        if raters == 3:
            assert found["ICC(C,1)"] == pytest.approx(single, abs=0.05)


def test_one_frame_of_each_of_25_animals(scores):
    assert len(np.unique(scores["animal"])) == 25
    assert scores.sizes["frame"] == 1
    assert np.isfinite(scores["score"]).all()


def test_the_lab_two_rater_scores_higher_and_still_ranks_alike(scores):
    table = ratings(scores, "total")
    lab_two = table["lab 2 rater D"]
    others = table[[c for c in table if c.startswith("lab 1") and "(2)" not in c]]
    assert others.shape[1] == 3
    assert np.ptp(others.mean()) < 0.5
    assert lab_two.mean() > others.mean().max() + 1
    assert stats.spearmanr(lab_two, others.mean(axis=1)).statistic > 0.2


def test_one_rater_scored_all_frames_again(scores):
    assert scores["occasion"].values.tolist() == [1, 1, 1, 1, 2]
    first, again = (str(r) for r in scores["rater"].values[[0, 4]])
    assert again == f"{first} (2)"
    table = ratings(scores, "total")[[first, again]]
    assert not table[first].equals(table[again])
    within = icc(table)["ICC(A,1)"]
    assert within > icc(ratings(scores, "total").iloc[:, :3])["ICC(A,1)"]
