"""Limits of agreement against published worked examples and simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress, ttest_1samp

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import bland_altman

# Bland and Altman 1986, table 1: peak expiratory flow rate (l/min), first readings of
# a large and of a mini Wright meter, 17 subjects.
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178,
         423, 427]  # fmt: skip
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259,
        350, 451]  # fmt: skip
# Bland and Altman 2007, table 1: cardiac ejection fraction by two methods, 12 subjects.
SUBJECT = np.repeat(np.arange(1, 13), [5, 4, 6, 5, 6, 4, 4, 6, 3, 5, 6, 6])
RV = [
    7.83, 7.42, 7.89, 7.12, 7.88, 6.16, 7.26, 6.71, 6.54, 4.75, 5.24, 4.86, 4.78, 6.05,
    5.42, 4.21, 3.61, 3.72, 3.87, 3.92, 3.13, 2.98, 2.85, 3.17, 3.09, 3.12, 5.92, 6.42,
    5.92, 6.27, 7.13, 6.62, 6.58, 6.93, 4.54, 4.81, 5.11, 5.29, 5.39, 5.57, 4.48, 4.92,
    3.97, 4.22, 4.65, 4.74, 4.44, 4.50, 6.78, 6.07, 6.52, 6.42, 6.41, 5.76, 5.06, 4.72,
    4.90, 4.80, 4.90, 5.10,
]  # fmt: skip
IC = [
    6.57, 5.62, 6.90, 6.57, 6.35, 4.06, 4.29, 4.26, 4.09, 4.71, 5.50, 5.08, 5.02, 6.01,
    5.67, 4.14, 4.20, 4.61, 4.68, 5.04, 3.03, 2.86, 2.77, 2.46, 2.32, 2.43, 5.90, 5.81,
    5.70, 5.76, 5.09, 4.63, 4.61, 5.09, 4.72, 4.61, 4.36, 4.20, 4.36, 4.20, 3.17, 3.12,
    2.96, 4.35, 4.62, 3.16, 3.53, 3.53, 7.20, 6.09, 7.00, 7.10, 7.40, 6.80, 4.50, 4.20,
    3.80, 3.80, 4.20, 4.50,
]  # fmt: skip
LIMITS = ["lower limit", "upper limit"]
ENDS = ["ci_low", "ci_high"]


def test_the_example_of_1986():
    rows = bland_altman(LARGE, MINI)
    mean = rows.loc["mean difference"]
    assert mean["estimate"] == pytest.approx(-2.1, abs=0.05)
    assert rows.loc["sd", "estimate"] == pytest.approx(38.8, abs=0.05)
    assert mean[ENDS].tolist() == pytest.approx([-22.0, 17.8], abs=0.06)
    # With twice the SD, as there, the limits are -79.7 and 75.5 l/min.
    twice = bland_altman(LARGE, MINI, coverage=0.9544997361036416)
    assert twice.loc[LIMITS, "estimate"].tolist() == pytest.approx(
        [-79.7, 75.5], abs=0.15
    )
    difference = np.subtract(LARGE, MINI)
    assert mean["p"] == pytest.approx(ttest_1samp(difference, 0).pvalue)
    line = linregress(np.add(LARGE, MINI) / 2, difference)
    assert rows.loc["slope", ["estimate", "p"]].tolist() == pytest.approx(
        [line.slope, line.pvalue]
    )
    assert (rows["n_targets"] == 17).all()


def test_the_example_of_2007_with_several_targets_of_a_subject():
    rows = bland_altman(RV, IC, by=SUBJECT)
    assert rows.loc["mean difference", "estimate"] == pytest.approx(0.6021667, abs=1e-7)
    assert rows.loc["sd", "estimate"] == pytest.approx(0.99062408, abs=1e-7)
    # As printed, with 1.96 for 1.959964.
    assert rows.loc[LIMITS, "estimate"].tolist() == pytest.approx(
        [-1.3394565, 2.5437899], abs=5e-5
    )
    assert (rows["n_animals"] == 12).all()
    # Subjects ignored, the SD is too small: 0.9610571 there.
    ignored = bland_altman(RV, IC)
    assert ignored.loc["sd", "estimate"] == pytest.approx(0.9610571, abs=1e-7)
    assert ignored["n_animals"].isna().all()


def test_the_example_of_zou():
    """Intervals of Zou (2013), who weighs subjects alike, for the first four."""
    four = SUBJECT <= 4
    rows = bland_altman(np.array(RV)[four], np.array(IC)[four], by=SUBJECT[four]).loc[
        LIMITS
    ]
    assert rows["estimate"].tolist() == pytest.approx([-2.14, 3.59], abs=0.3)
    widths = (rows["ci_high"] - rows["ci_low"]).tolist()
    assert widths == pytest.approx([9.83 - 0.33, 11.27 - 1.77], rel=0.06)


def test_equal_numbers_give_what_zou_gives():
    """With equal numbers both weigh alike: Zou's formulas, written out once more."""
    rng = np.random.default_rng(1)
    animal = np.repeat(np.arange(9), 4)
    apart = rng.normal(0.3, 1, 9)[animal] + rng.normal(0, 0.5, 36)
    rows = bland_altman(apart, np.zeros(36), by=animal).loc[LIMITS]
    means = apart.reshape(9, 4).mean(axis=1)
    between = means.var(ddof=1)
    within = 0.75 * apart.reshape(9, 4).var(axis=1, ddof=1).mean()
    from scipy.stats import chi2

    s2 = between + within
    upper = s2 + np.hypot(
        between * (8 / chi2.ppf(0.025, 8) - 1), within * (27 / chi2.ppf(0.025, 27) - 1)
    )
    far = 1.959964 * np.hypot(np.sqrt(between / 9), np.sqrt(upper) - np.sqrt(s2))
    high = means.mean() + 1.959964 * np.sqrt(s2)
    assert rows.loc["upper limit", "estimate"] == pytest.approx(high, rel=1e-6)
    assert rows.loc["upper limit", "ci_high"] == pytest.approx(high + far, rel=1e-6)


@pytest.mark.parametrize(("n", "factor"), [(10, 2.911), (20, 2.396), (30, 2.220)])
def test_limits_of_single_targets_are_exact(n, factor):
    """The far ends are one-sided tolerance factors (NIST handbook 7.2.6.3)."""
    apart = np.random.default_rng(n).normal(1, 2, n)
    rows = bland_altman(apart, np.zeros(n), coverage=0.9, confidence=0.9)
    mean, sd = apart.mean(), apart.std(ddof=1)
    assert rows.loc["upper limit", "ci_high"] == pytest.approx(
        mean + factor * sd, abs=6e-4 * sd
    )
    assert rows.loc["lower limit", "ci_low"] == pytest.approx(
        mean - factor * sd, abs=6e-4 * sd
    )


def test_intervals_cover_the_truth_with_unequal_numbers():
    rng = np.random.default_rng(6)
    sd = np.hypot(0.8, 0.6)
    truth = {
        "mean difference": 0.2,
        "sd": sd,
        "upper limit": 0.2 + 1.96 * sd,
        "lower limit": 0.2 - 1.96 * sd,
        "slope": 0.0,
    }
    inside = dict.fromkeys(truth, 0)
    for _ in range(300):
        animal = np.repeat(np.arange(15), rng.integers(2, 12, 15))
        level = rng.normal(3, 1, 15)[animal] + rng.normal(0, 1, len(animal))
        apart = 0.2 + rng.normal(0, 0.8, 15)[animal] + rng.normal(0, 0.6, len(animal))
        rows = bland_altman(level + apart / 2, level - apart / 2, by=animal)
        for name, value in truth.items():
            inside[name] += rows.at[name, "ci_low"] < value < rows.at[name, "ci_high"]
    assert min(inside.values()) >= 267  # 89 %
    assert max(inside.values()) <= 297


def test_a_slope_that_is_there_is_found():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 8, 80)
    rows = bland_altman(1.2 * truth + rng.normal(0, 0.3, 80), truth)
    line = rows.loc["slope"]
    assert line["ci_low"] < 0.2 / 1.1 < line["ci_high"]
    assert line["p"] < 0.001


def test_series_and_animals_of_their_index():
    index = pd.MultiIndex.from_product(
        [["m1", "m2", "m3"], [0, 1]], names=["animal", "frame"]
    )
    a = pd.Series([1.0, 2, 3, np.nan, 4, 6], index)
    b = pd.Series([1.0, 1, 2, 2, 4, 4], index)[::-1]
    rows = bland_altman(a, b)
    assert (rows["n_animals"] == 3).all()
    assert (rows["n_targets"] == 5).all()
    assert rows.loc["mean difference", "estimate"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("a", "b", "by", "told"),
    [
        ([], [], None, "no target was scored by both"),
        ([1, np.nan], [np.nan, 1], None, "no target was scored by both"),
        ([1], [2], None, "one target"),
        ([1, 2, 3], [2, 2, 2], ["m1"] * 3, "one animal"),
        ([1, 2, 3], [2, 3, 4], None, "the same"),
        ([1, 2, 3, 4], [2, 3, 4, 5], [1, 1, 2, 2], "the same"),
    ],
)
def test_what_cannot_be_told_is_said(a, b, by, told):
    rows = bland_altman(a, b, by=by)
    assert told in rows.loc["lower limit", "note"]
    assert rows[ENDS].loc[LIMITS].isna().all(axis=None)
    assert rows["note"].ne("").all()


def test_a_constant_mean_has_no_slope():
    rows = bland_altman([1, 2, 3, 4], [3, 2, 1, 0])
    assert rows.loc["slope", "note"] == "all means are the same"
    assert np.isnan(rows.loc["slope", "estimate"])
    assert rows.loc["sd", "note"] == ""


def test_what_does_not_fit_is_refused():
    with pytest.raises(GrimaceError, match="the same things"):
        bland_altman([1, 2], [1, 2, 3])
    with pytest.raises(GrimaceError, match="coverage is 95"):
        bland_altman([1, 2], [1, 2], coverage=95)
