"""Effect sizes against published examples, pingouin, statsmodels and definitions."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.oneway import (
    confint_effectsize_oneway,
    convert_effectsize_fsqu,
)

from napari_grimace.stats.groups import (
    cliffs_delta,
    eta_squared,
    hedges_g,
    hedges_g_paired,
    omega_squared,
    partial_eta_squared,
    partial_omega_squared,
    rank_biserial,
)

RNG = np.random.default_rng(5)
FIRST, SECOND = RNG.normal(1.0, 1.0, 12), RNG.normal(0.2, 1.2, 9)
THREE = {"a": FIRST, "b": SECOND, "c": RNG.normal(0.5, 0.8, 7)}


def test_hedges_g_as_pingouin():
    # pingouin has Hedges' approximate factor 1 - 3 / (4 n - 9).
    told = hedges_g(FIRST, SECOND)
    other = pingouin.compute_effsize(FIRST, SECOND, eftype="hedges")
    assert told.estimate == pytest.approx(other, rel=1e-3)
    assert hedges_g(SECOND, FIRST).estimate == pytest.approx(-told.estimate)


def test_the_interval_of_g_is_where_t_falls_into_the_tails():
    told = hedges_g(FIRST, SECOND)
    n, m = len(FIRST), len(SECOND)
    t = scipy.stats.ttest_ind(FIRST, SECOND).statistic
    unit = told.estimate / t
    for limit, tail in ((told.ci_low, 0.975), (told.ci_high, 0.025)):
        assert scipy.stats.nct.cdf(t, n + m - 2, limit / unit) == pytest.approx(tail)


def test_the_interval_of_g_covers_the_truth():
    rng = np.random.default_rng(2)
    covered = [
        told.ci_low <= 1.0 <= told.ci_high
        for told in (
            hedges_g(rng.normal(1, 1, 8), rng.normal(0, 1, 8)) for _ in range(300)
        )
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)


def test_paired_g_is_of_the_spread_between_animals():
    # Algina and Keselman 2003, as written in their equations.
    before, after = FIRST, FIRST + RNG.normal(0.8, 0.4, 12)
    told = hedges_g_paired(after, before)
    n, moved = len(before), after - before
    spread = ((before.var(ddof=1) + after.var(ddof=1)) / 2) ** 0.5
    factor = 1 - 3 / (4 * (n - 1) - 1)
    assert told.estimate == pytest.approx(moved.mean() / spread * factor, rel=2e-3)
    t = scipy.stats.ttest_1samp(moved, 0).statistic
    unit = told.estimate / t
    assert scipy.stats.nct.cdf(t, n - 1, told.ci_low / unit) == pytest.approx(0.975)
    assert scipy.stats.nct.cdf(t, n - 1, told.ci_high / unit) == pytest.approx(0.025)


def test_an_animal_without_a_pair_is_left_out():
    with_gap = hedges_g_paired([1, 3, 4, np.nan, 6], [0, 1, 3, 9, 2])
    assert with_gap == hedges_g_paired([1, 3, 4, 6], [0, 1, 3, 2])
    assert rank_biserial([1, 3, np.nan], [0, 4, 9]) == rank_biserial([1, 3], [0, 4])


def test_cliffs_delta_as_r():
    # The example of cliff.delta in R's effsize 0.7.4.
    treatment = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50]
    control = [10, 20, 30, 40, 40, 50]
    told = cliffs_delta(treatment, control)
    assert told[1:4] == pytest.approx((-0.25, -0.7265846, 0.3890062), abs=1e-7)


def test_cliffs_delta_is_the_rank_biserial_of_mann_whitney():
    u = scipy.stats.mannwhitneyu(FIRST, SECOND).statistic
    told = cliffs_delta(FIRST, SECOND)
    assert told.estimate == pytest.approx(2 * u / (len(FIRST) * len(SECOND)) - 1)


def test_groups_without_overlap():
    told = cliffs_delta([4, 5, 6], [1, 2, 3, 3.5])
    assert told.estimate == told.ci_high == 1
    assert told.ci_low < 1
    below = cliffs_delta([1, 2, 3, 3.5], [4, 5, 6])
    assert (below.ci_low, below.ci_high) == (-told.ci_high, -told.ci_low)


def test_rank_biserial_as_pingouin():
    before, after = FIRST[:9], SECOND
    told = rank_biserial(after, before)
    other = pingouin.wilcoxon(after, before)["RBC"].iloc[0]
    assert told.estimate == pytest.approx(other)
    assert told.ci_low < told.estimate < told.ci_high
    one_way = rank_biserial([2, 3, 4], [1, 1, 1])
    assert (one_way.estimate, one_way.ci_high) == (1, 1)
    assert one_way.ci_low < 1
    down = rank_biserial([1, 1, 1], [2, 3, 4])
    assert down[1:4] == (-1, -1, -one_way.ci_low)


def test_the_interval_of_rank_biserial_covers_the_truth():
    rng = np.random.default_rng(7)
    n, shift = 8, 0.5
    # Pairs of animals with a positive sum, and animals themselves, count alike.
    pairs = 2 * scipy.stats.norm.cdf(shift * 2**0.5) - 1
    alone = 2 * scipy.stats.norm.cdf(shift) - 1
    truth = ((n - 1) * pairs + 2 * alone) / (n + 1)
    found = [rank_biserial(rng.normal(shift, 1, n), np.zeros(n)) for _ in range(300)]
    assert np.mean([told.estimate for told in found]) == pytest.approx(truth, abs=0.07)
    covered = [told.ci_low <= truth <= told.ci_high for told in found]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)


def test_eta_and_omega_as_statsmodels():
    told, fairer = eta_squared(THREE), omega_squared(THREE)
    parts = list(THREE.values())
    f = scipy.stats.f_oneway(*parts).statistic
    n = sum(map(len, parts))
    df = (2, n - 3)
    interval = confint_effectsize_oneway(f, df, nobs=n)
    assert (told.ci_low, told.ci_high) == pytest.approx(tuple(interval.eta2), abs=1e-5)
    assert (fairer.ci_low, fairer.ci_high) == (told.ci_low, told.ci_high)
    assert told.estimate == pytest.approx(
        convert_effectsize_fsqu(f2=f * df[0] / df[1]).eta2
    )
    unbiased = convert_effectsize_fsqu(f2=df[0] * (f - 1) / n)
    assert fairer.estimate == pytest.approx(unbiased.eta2)


def test_partial_effects_of_a_two_way_design():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"sex": np.repeat(["f", "m"], 20), "drug": np.tile(["a", "b"], 20)}
    )
    table["total"] = rng.normal(0, 1, 40) + (table["drug"] == "b")
    squares = anova_lm(ols("total ~ C(sex) * C(drug)", table).fit(), typ=2)
    of_drug, rest = squares.loc["C(drug)"], squares.loc["Residual"]
    mine = partial_eta_squared(of_drug["F"], of_drug["df"], rest["df"])
    share = of_drug["sum_sq"] / (of_drug["sum_sq"] + rest["sum_sq"])
    assert mine.estimate == pytest.approx(share)
    whole = partial_omega_squared(0.4, 1, 36)
    assert whole.estimate == 0  # a share is never below 0
    assert whole.ci_low == 0


@pytest.mark.parametrize("effect", [hedges_g, cliffs_delta])
def test_too_few_animals_have_no_effect_size(effect):
    told = effect([1.0], [1.0, 2.0])
    assert np.isnan(told.estimate)
    assert "fewer than two animals" in told.note


def test_what_does_not_vary_has_no_effect_size():
    assert "same" in hedges_g([1, 1], [1, 1]).note
    assert "same" in hedges_g_paired([1, 2], [2, 3]).note
    assert "fewer than two" in rank_biserial([1, 2], [1, 2]).note
    assert "same" in eta_squared({"a": [1, 1], "b": [2, 2]}).note
    assert "two groups" in omega_squared({"a": [1, 2], "b": [2]}).note
    assert cliffs_delta([1, 1], [1, 1]).estimate == 0


@given(
    st.lists(st.integers(0, 8), min_size=2, max_size=12),
    st.lists(st.integers(0, 8), min_size=2, max_size=12),
)
def test_cliffs_interval_holds_its_estimate(first, second):
    told = cliffs_delta(first, second)
    assert -1 <= told.ci_low <= told.estimate <= told.ci_high <= 1
