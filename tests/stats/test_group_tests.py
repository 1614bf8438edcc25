"""Tests of groups against published examples, scipy, statsmodels and pingouin."""

import itertools

import numpy as np
import pandas as pd
import pingouin
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_oneway

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import (
    adjust,
    brown_forsythe_anova,
    check_assumptions,
    cliffs_delta,
    equivalence_test,
    kruskal_wallis,
    mann_whitney,
    one_way_anova,
    paired_t_test,
    rank_biserial,
    student_t_test,
    welch_anova,
    welch_t_test,
    wilcoxon_signed_rank,
)

# Student 1908: hours of sleep gained with two drugs by the same ten patients; the
# numbers below are those of R's help page of `sleep` and `t.test`.
SLEEP = {
    "1": [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    "2": [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
}
# Hollander and Wolfe 1973, table 3.1 (depression), 4.1 (permeability), 6.1 (cilia);
# results as on R's help pages of `wilcox.test` and `kruskal.test`.
DEPRESSION = {
    "first": [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30],
    "second": [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
}
PERMEABILITY = {
    "early": [1.15, 0.88, 0.90, 0.74, 1.21],
    "term": [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
}
CILIA = {
    "normal": [2.9, 3.0, 2.5, 2.6, 3.2],
    "obstructive": [3.8, 2.7, 4.0, 2.4],
    "asbestosis": [2.8, 3.4, 3.7, 2.2, 2.0],
}


def _made(*shapes, seed=1):
    """Groups of n animals with a mean and an SD."""
    rng = np.random.default_rng(seed)
    return {f"g{i}": rng.normal(m, s, n) for i, (n, m, s) in enumerate(shapes)}


UNEQUAL = _made((7, 0.5, 0.2), (12, 1.0, 0.9), (5, 0.8, 0.1), (9, 0.9, 0.4))


def _long(groups):
    return pd.concat(
        pd.DataFrame({"group": name, "total": v}) for name, v in groups.items()
    ).reset_index(drop=True)


def _exact(n, mean, sd):
    """Numbers with exactly this mean and SD."""
    z = scipy.stats.zscore(np.arange(n, dtype=float), ddof=1)
    return mean + sd * z


def test_brown_forsythe_on_fishers_iris():
    # Dag, Dolgun and Konar (2018), R Journal 10:175-199: bf.test of Sepal.Length gives
    # 119.2645 with 2 and 123.9255 degrees of freedom; means and SDs of the species are
    # those of R's `iris` to the digits printed.
    iris = {
        "setosa": _exact(50, 5.006, 0.3524897),
        "versicolor": _exact(50, 5.936, 0.5161711),
        "virginica": _exact(50, 6.588, 0.6358796),
    }
    told = brown_forsythe_anova(iris).iloc[0]
    assert told["statistic"] == pytest.approx(119.2645, abs=1e-4)
    assert (told["df1"], told["df2"]) == (2, pytest.approx(123.9255, abs=1e-3))
    assert told["p"] == pytest.approx(1.317059e-30, rel=1e-4)
    welch = welch_anova(iris).iloc[0]  # R: oneway.test(Sepal.Length ~ Species, iris)
    assert welch["statistic"] == pytest.approx(138.9083, abs=1e-3)
    assert welch["df2"] == pytest.approx(92.21115, abs=1e-4)


def test_brown_forsythe_by_hand():
    groups = {"a": [1.0, 3.0], "b": [4.0, 6.0, 8.0], "c": [2.0, 2.0, 5.0, 7.0]}
    # Means 2, 6, 4; grand mean 38/9; variances 2, 4, 6.
    between = 2 * (2 - 38 / 9) ** 2 + 3 * (6 - 38 / 9) ** 2 + 4 * (4 - 38 / 9) ** 2
    parts = [(1 - 2 / 9) * 2, (1 - 3 / 9) * 4, (1 - 4 / 9) * 6]
    df2 = sum(parts) ** 2 / (parts[0] ** 2 / 1 + parts[1] ** 2 / 2 + parts[2] ** 2 / 3)
    told = brown_forsythe_anova(groups).iloc[0]
    assert told["statistic"] == pytest.approx(between / sum(parts))
    assert told["df2"] == pytest.approx(df2)
    assert told["n"] == "a 2; b 3; c 4"


@pytest.mark.parametrize("groups", [UNEQUAL, CILIA, _made((3, 0, 1), (4, 2, 5))])
def test_anovas_as_statsmodels_and_pingouin(groups):
    values = list(map(np.asarray, groups.values()))
    told = brown_forsythe_anova(groups).iloc[0]
    other = anova_oneway(values, use_var="bf")
    # statsmodels corrects the numerator's freedom after Mehrotra; df2 is the original.
    assert told["statistic"] == pytest.approx(other.statistic)
    assert (told["df1"], told["df2"]) == pytest.approx(other.df2)
    assert told["p"] == pytest.approx(other.pvalue2)

    table = _long(groups)
    welch = pingouin.welch_anova(table, dv="total", between="group").iloc[0]
    told = welch_anova(table).iloc[0]
    assert told["statistic"] == pytest.approx(welch["F"])
    assert told["df2"] == pytest.approx(welch["ddof2"])
    assert told["p"] == pytest.approx(welch["p_unc"])

    told = one_way_anova(table).iloc[0]
    assert (told["statistic"], told["p"]) == pytest.approx(
        scipy.stats.f_oneway(*values)
    )
    assert (told["df1"], told["df2"]) == (len(values) - 1, len(table) - len(values))


def test_f_star_of_two_groups_is_the_square_of_welchs_t():
    groups = {name: UNEQUAL[name] for name in ("g0", "g1")}
    f, t = brown_forsythe_anova(groups).iloc[0], welch_t_test(groups).iloc[0]
    assert f["statistic"] == pytest.approx(t["statistic"] ** 2)
    assert f["p"] == pytest.approx(t["p"])


def test_t_tests_of_students_sleep():
    welch = welch_t_test(SLEEP, control="2").iloc[0]
    assert welch["statistic"] == pytest.approx(-1.8608, abs=5e-5)
    assert welch["df"] == pytest.approx(17.776, abs=5e-4)
    assert welch["p"] == pytest.approx(0.07939, abs=5e-6)
    assert [welch["ci_low"], welch["ci_high"]] == pytest.approx(
        [-3.3654832, 0.2054832], abs=1e-7
    )
    assert (welch["group"], welch["reference"]) == ("1", "2")
    paired = paired_t_test(SLEEP, control="2").iloc[0]
    assert paired["statistic"] == pytest.approx(-4.0621, abs=5e-5)
    assert (paired["df"], paired["p"]) == (9, pytest.approx(0.002833, abs=5e-7))
    assert paired["difference"] == pytest.approx(-1.58)


def test_students_t_as_scipy():
    groups = {name: UNEQUAL[name] for name in ("g1", "g3")}
    told = student_t_test(groups).iloc[0]
    other = scipy.stats.ttest_ind(groups["g3"], groups["g1"])
    low, high = other.confidence_interval(0.95)
    assert told[
        ["statistic", "p", "df", "ci_low", "ci_high"]
    ].tolist() == pytest.approx([other.statistic, other.pvalue, other.df, low, high])


def test_rank_tests_of_hollander_and_wolfe():
    told = kruskal_wallis(CILIA).iloc[0]
    assert told["statistic"] == pytest.approx(0.77143, abs=5e-6)
    assert (told["df1"], told["p"]) == (2, pytest.approx(0.68, abs=5e-4))
    told = mann_whitney(PERMEABILITY).iloc[0]
    assert told["statistic"] == 35  # R: W = 35, p = 0.1272 one-sided
    assert told["p"] == pytest.approx(2 * 0.1272, abs=1e-4)
    assert told["difference"] == pytest.approx(0.305)
    told = wilcoxon_signed_rank(DEPRESSION, control="second").iloc[0]
    assert told["statistic"] == 40  # R: V = 40, p = 0.01953 one-sided
    assert told["p"] == pytest.approx(2 * 0.01953125)
    assert told["note"] == "exact p"


def test_wilcoxon_counts_all_signs():
    differences = np.array([0.3, -0.7, 1.1, 2.0, 0.9])
    ranks = scipy.stats.rankdata(np.abs(differences))
    seen = (ranks[differences > 0]).sum()
    sums = [
        ranks[np.array(signs, bool)].sum()
        for signs in itertools.product([0, 1], repeat=5)
    ]
    middle = ranks.sum() / 2
    p = np.mean([abs(s - middle) >= abs(seen - middle) for s in sums])
    told = wilcoxon_signed_rank({"before": np.zeros(5), "after": differences}).iloc[0]
    assert (told["statistic"], told["p"]) == (seen, p)


def test_rank_tests_are_exact_with_ties_too():
    groups = {"a": [1, 2, 2, 3, 4.0, 2], "b": [2, 3, 4, 5, 5.0]}
    every = scipy.stats.PermutationMethod(n_resamples=10_000)  # more than there are
    told = mann_whitney(groups).iloc[0]
    other = scipy.stats.mannwhitneyu(groups["b"], groups["a"], method=every)
    assert (told["statistic"], told["p"]) == pytest.approx(tuple(other))
    pairs = {"a": [1, 2, 2, 3, 4.0, 2], "b": [2, 3, 4, 5, 2, 2.0]}  # one does not move
    moved = np.subtract(pairs["b"], pairs["a"])
    told = wilcoxon_signed_rank(pairs).iloc[0]
    other = scipy.stats.wilcoxon(moved[moved != 0], method=every)
    assert told["p"] == pytest.approx(other.pvalue)
    assert told["note"] == "exact p"


def test_rank_tests_of_many_animals_are_approximate_and_say_so():
    rng = np.random.default_rng(4)
    groups = {"a": rng.normal(0, 1, 60).round(1), "b": rng.normal(0.3, 1, 60).round(1)}
    told = mann_whitney(groups).iloc[0]
    other = scipy.stats.mannwhitneyu(groups["b"], groups["a"], method="asymptotic")
    assert told["p"] == pytest.approx(other.pvalue)
    paired = wilcoxon_signed_rank(groups).iloc[0]
    moved = (groups["b"] - groups["a"]).round(1)
    other = scipy.stats.wilcoxon(moved, correction=True, method="asymptotic")
    assert paired["p"] == pytest.approx(other.pvalue)
    assert told["note"] == paired["note"] == "p by normal approximation"
    fewer = {name: v[:50] for name, v in groups.items()}
    near = scipy.stats.mannwhitneyu(fewer["b"], fewer["a"], method="asymptotic")
    assert mann_whitney(fewer)["p"].item() == pytest.approx(near.pvalue, rel=0.05)


def test_shifts_cover_the_median_as_scipy_inverts_the_test():
    # The interval holds the shifts that the test does not reject, up to its steps.
    group, reference = PERMEABILITY["term"], PERMEABILITY["early"]
    told = mann_whitney(PERMEABILITY).iloc[0]
    within, beyond = told["ci_high"] - 1e-6, told["ci_high"] + 1e-6
    p_at = [
        scipy.stats.mannwhitneyu(np.subtract(group, shift), reference, method="exact")
        for shift in (within, beyond)
    ]
    assert p_at[0].pvalue > 0.05
    assert p_at[1].pvalue < 0.06


@pytest.mark.parametrize(("n", "m"), [(2, 8), (3, 6), (4, 20), (7, 9)])
def test_intervals_of_rank_tests_are_where_they_reject(n, m):
    rng = np.random.default_rng(n)
    for shift in rng.uniform(0, 3, 25):
        groups = {"a": rng.normal(0, 1, m), "b": rng.normal(shift, 1, n)}
        told = mann_whitney(groups).iloc[0]
        other = scipy.stats.mannwhitneyu(groups["b"], groups["a"], method="exact")
        outside = told["ci_low"] > 0 or told["ci_high"] < 0
        assert outside == (other.pvalue < 0.05)
        moved = rng.normal(shift / 2, 1, n + 5)
        told = wilcoxon_signed_rank({"a": np.zeros(n + 5), "b": moved}).iloc[0]
        outside = told["ci_low"] > 0 or told["ci_high"] < 0
        assert outside == (scipy.stats.wilcoxon(moved).pvalue < 0.05)


def test_too_few_animals_for_an_interval_is_said():
    told = mann_whitney({"a": [1, 2, 3], "b": [4, 5, 6]}).iloc[0]
    assert np.isnan(told["ci_low"])
    assert "too few animals for an interval" in told["note"]


def test_ties_of_means_are_ties():
    # Means of ten frames, in tenths of a point: the same moves, but not the same bits.
    post = np.array([13, 12, 24, 31, 22, 18, 9, 27])
    baseline = np.array([12, 11, 23, 29, 22, 19, 10, 20])
    moved = (post - baseline)[post != baseline]
    every = scipy.stats.PermutationMethod(n_resamples=10_000)
    told = wilcoxon_signed_rank({"baseline": baseline / 10, "post": post / 10}).iloc[0]
    other = scipy.stats.wilcoxon(moved, method=every)
    assert told["p"] == pytest.approx(other.pvalue)
    assert told["statistic"] == scipy.stats.rankdata(np.abs(moved))[moved > 0].sum()
    whole = rank_biserial(post, baseline).estimate
    assert rank_biserial(post / 10, baseline / 10).estimate == pytest.approx(whole)
    sums = {"a": [0.1 + 0.2, 0.1, 0.2], "b": [0.3, 0.3, 0.3]}
    assert mann_whitney(sums)["statistic"].item() == 0.5 * 3 + 2 * 3
    assert cliffs_delta(sums["b"], sums["a"]).estimate == pytest.approx(6 / 9)
    exact = kruskal_wallis({name: np.round(v, 1) for name, v in sums.items()})
    assert kruskal_wallis(sums)["p"].item() == pytest.approx(exact["p"].item())


def test_adjusted_p_as_statsmodels():
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.005, 0.9])
    there = np.isfinite(p)
    for ours, theirs in (("holm", "holm"), ("fdr", "fdr_bh")):
        adjusted = adjust(p, ours)
        assert np.isnan(adjusted[2])
        assert adjusted[there] == pytest.approx(
            multipletests(p[there], method=theirs)[1]
        )
    with pytest.raises(GrimaceError, match=r"bonferroni.*choose one of holm, fdr"):
        adjust(p, "bonferroni")
    with pytest.raises(GrimaceError, match="between 0 and 1"):
        adjust([1.2])


def test_equivalence_as_pingouin():
    groups = {name: UNEQUAL[name] for name in ("g1", "g3")}
    told = equivalence_test(groups, low=-0.6, high=0.6).iloc[0]
    other = pingouin.tost(groups["g3"], groups["g1"], bound=0.6, correction=True)
    assert told["p"] == pytest.approx(other["pval"].iloc[0])
    assert told["df"] == pytest.approx(other["dof"].iloc[0], abs=0.01)
    told = equivalence_test(SLEEP, low=-1, high=1, paired=True).iloc[0]
    other = pingouin.tost(SLEEP["2"], SLEEP["1"], bound=1, paired=True)
    assert told["p"] == pytest.approx(other["pval"].iloc[0])


def test_equivalence_is_the_90_percent_interval_within_the_bounds():
    groups = {name: UNEQUAL[name] for name in ("g1", "g3")}
    told = equivalence_test(groups, low=-2, high=2).iloc[0]
    assert told["equivalent"]
    edge = max(-told["ci_low"], told["ci_high"])
    assert equivalence_test(groups, low=-edge, high=edge)["p"].iloc[0] == pytest.approx(
        0.05
    )
    same = {"a": [1.0, 2, 3], "b": [1.0, 2, 3]}  # no difference: t is 0
    assert equivalence_test(same, low=-3, high=3)["t_low"].iloc[0] > 0
    with pytest.raises(GrimaceError, match="lower one first"):
        equivalence_test(groups, low=1, high=-1)
    alone = equivalence_test({"a": [1.0], "b": [1.0, 2]}, low=-1, high=1).iloc[0]
    assert not alone["equivalent"]
    assert np.isnan(alone["p"])
    assert "fewer than two animals: a (n = 1)" in alone["note"]


def test_assumptions_inform():
    values = UNEQUAL | {"g0": np.append(UNEQUAL["g0"], 30.0)}
    told = check_assumptions(values).set_index("check")
    residuals = np.concatenate([v - v.mean() for v in values.values()])
    normal, spread = told.loc["normality of residuals"], told.loc["equal variances"]
    assert (normal["statistic"], normal["p"]) == pytest.approx(
        scipy.stats.shapiro(residuals)
    )
    assert (spread["statistic"], spread["p"]) == pytest.approx(
        scipy.stats.levene(*values.values(), center="median")
    )
    assert "signs of residuals that are not normal" in normal["finding"]
    assert "7 (g0, 30)" in told.loc["outliers", "finding"]
    assert told.loc["animals", "statistic"] == 5
    assert "fewer than 6 in g2" in told.loc["animals", "finding"]


def test_outliers_are_named():
    table = pd.DataFrame(
        {
            "animal": list("abcdefg"),
            "group": "x",
            "total": [1, 1.1, 1.2, 0.9, 1, 1.3, 9],
        }
    )
    told = check_assumptions(table).set_index("check")
    assert told.loc["outliers", "finding"] == "far from its group: g (x, 9)"
    assert "needs two groups" in told.loc["equal variances", "note"]


ALL_GROUPS = (brown_forsythe_anova, welch_anova, one_way_anova, kruskal_wallis)
TWO_GROUPS = (welch_t_test, student_t_test, mann_whitney)
PAIRED = (paired_t_test, wilcoxon_signed_rank)


@pytest.mark.parametrize("test", ALL_GROUPS)
def test_a_group_of_one_animal_is_left_out_and_named(test):
    groups = {"a": [1.0, 2, 4], "b": [2.0, 5, 4], "alone": [9.0], "none": [np.nan]}
    told = test(groups).iloc[0]
    without = test({name: groups[name] for name in ("a", "b")}).iloc[0]
    assert told["statistic"] == pytest.approx(without["statistic"])
    assert told["n"] == "a 3; b 3"
    assert told["note"] == (
        "left out, fewer than two animals: alone (n = 1), none (n = 0)"
    )


@pytest.mark.parametrize("test", ALL_GROUPS)
def test_no_test_of_constants_or_of_one_group(test):
    for groups in ({"a": [1.0, 1], "b": [1.0, 1, 1]}, {"a": [1.0, 2], "b": [3.0]}):
        told = test(groups).iloc[0]
        assert np.isnan(told["p"])
        assert np.isnan(told["statistic"])
        assert "same" in told["note"] or "two groups" in told["note"]


@pytest.mark.parametrize("test", TWO_GROUPS)
def test_no_test_of_two_groups_without_spread_or_animals(test):
    for groups in ({"a": [1.0, 1], "b": [1.0, 1]}, {"a": [1.0, 2], "b": [3.0]}):
        told = test(groups).iloc[0]
        assert np.isnan(told["p"])
        assert told["note"]
    with pytest.raises(GrimaceError, match=r"two groups, but there are 3: a, b, c"):
        test({"a": [1, 2], "b": [1, 2], "c": [1, 2]})
    with pytest.raises(GrimaceError, match=r"no group 'sham' .* 'a', 'b'"):
        test({"a": [1, 2], "b": [1, 3]}, control="sham")


@pytest.mark.parametrize("test", PAIRED)
def test_animals_without_a_pair_are_left_out_and_named(test):
    table = pd.DataFrame(
        {
            "animal": ["m1", "m1", "m2", "m2", "m3", "m3", "m4", "m4"],
            "timepoint": ["baseline", "post"] * 4,
            "total": [1, 2.5, 2, 2.4, 1, np.nan, 0, 3],
        }
    )
    told = test(table).iloc[0]
    assert told["n_group"] == 3
    assert "m3" in told["note"]
    assert (told["group"], told["reference"]) == ("post", "baseline")
    full = test({"baseline": [1, 2, 0], "post": [2.5, 2.4, 3]}).iloc[0]
    assert told["p"] == pytest.approx(full["p"])


@pytest.mark.parametrize("test", PAIRED)
def test_no_paired_test_without_movement_or_animals(test):
    for values in (
        {"a": [1.0, 2, 3], "b": [1.0, 2, 3]},
        {"a": [1.0, np.nan], "b": [1.0, 3]},
    ):
        told = test(values).iloc[0]
        assert np.isnan(told["p"])
        assert told["note"]
    with pytest.raises(GrimaceError, match="same animals in the same order"):
        test({"a": [1.0, 2], "b": [1.0]})
    with pytest.raises(GrimaceError, match="two conditions, but there are 3"):
        test({"a": [1.0, 2], "b": [1.0, 2], "c": [1.0, 2]})


def test_frames_are_no_animals():
    table = pd.DataFrame(
        {"animal": ["m1", "m1", "m2"], "group": ["a", "a", "b"], "total": [1.0, 2, 3]}
    )
    with pytest.raises(GrimaceError, match=r"'m1' has several rows.*not independent"):
        welch_t_test(table)
    with pytest.raises(GrimaceError, match=r"no column 'score'.*'group', 'total'"):
        welch_t_test(table, "score")


def test_values_that_are_no_numbers():
    with pytest.raises(GrimaceError, match="'a' are not all numbers"):
        one_way_anova({"a": ["low", "high"], "b": [1, 2]})
    with pytest.raises(GrimaceError, match="infinite"):
        one_way_anova({"a": [1, np.inf], "b": [1, 2]})
    with pytest.raises(GrimaceError, match="one number per animal"):
        one_way_anova({"a": [[1, 2], [3, 4]], "b": [1, 2]})


@given(
    st.lists(st.lists(st.floats(0, 8), min_size=2, max_size=8), min_size=2, max_size=4)
)
def test_p_values_are_probabilities_or_have_a_reason(parts):
    groups = {f"g{i}": part for i, part in enumerate(parts)}
    for test in ALL_GROUPS:
        told = test(groups).iloc[0]
        assert 0 <= told["p"] <= 1 or (np.isnan(told["p"]) and told["note"])
