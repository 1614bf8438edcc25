"""Permutation tests against scipy's and enumeration."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import permutation_test, sign_flip_test

# Fisher's data on Darwin's maize (crossed less self-fertilised, eighths of an inch):
# The design of experiments, sections 17 and 21.
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def _groups(seed, *sizes):
    rng = np.random.default_rng(seed)
    return {f"g{i}": rng.normal(i / 2, 1, n) for i, n in enumerate(sizes)}


def _mean_difference(one, other, axis):
    return one.mean(axis) - other.mean(axis)


@pytest.mark.parametrize("sizes", [(4, 5), (3, 7), (6, 6)])
def test_all_exchanges_of_two_groups(sizes):
    groups = _groups(1, *sizes)
    ours = permutation_test(groups).iloc[0]
    theirs = stats.permutation_test(
        (groups["g1"], groups["g0"]), _mean_difference, n_resamples=np.inf
    )
    # scipy doubles the smaller tail; with even sizes both tails are the same.
    every = np.abs(theirs.null_distribution)
    assert ours["p"] == pytest.approx(np.mean(every >= abs(theirs.statistic) - 1e-12))
    if sizes[0] == sizes[1]:
        assert ours["p"] == pytest.approx(theirs.pvalue)
    assert ours["difference"] == pytest.approx(theirs.statistic)
    assert f"exact: all {len(every)} exchanges" in ours["note"]


def test_all_exchanges_of_three_groups():
    groups = _groups(2, 2, 2, 2)
    pooled = np.concatenate(list(groups.values()))

    def f_of(values):
        return stats.f_oneway(values[:2], values[2:4], values[4:]).statistic

    every = np.array([f_of(pooled[list(order)]) for order in permutations(range(6))])
    ours = permutation_test(groups, statistic="F").iloc[0]
    assert ours["statistic"] == pytest.approx(f_of(pooled))
    assert ours["p"] == pytest.approx(np.mean(every >= f_of(pooled) * (1 - 1e-9)))
    assert "all 90 exchanges" in ours["note"]


def test_random_exchanges_come_near_the_exact_p():
    groups = _groups(3, 7, 7)
    exact = permutation_test(groups)["p"].iloc[0]
    drawn = permutation_test(groups, n_resamples=3000).iloc[0]
    assert drawn["p"] == pytest.approx(exact, abs=4 * np.sqrt(exact / 3000))
    assert "3000 random exchanges" in drawn["note"]
    assert drawn["p"] * 3001 == pytest.approx(round(drawn["p"] * 3001))


def test_p_is_never_0():
    far = {"a": np.arange(20), "b": np.arange(20) + 1000}
    assert permutation_test(far, n_resamples=99)["p"].iloc[0] == 1 / 100


def test_fishers_maize():
    """He found 863 of the 32,768 signs that reach the sum, in each direction."""
    pots = {"crossed": DARWIN, "selfed": np.zeros(15)}
    found = sign_flip_test(pots, control="selfed", n_resamples=40000).iloc[0]
    assert found["p"] == pytest.approx(2 * 863 / 2**15)
    assert found["difference"] == pytest.approx(np.mean(DARWIN))


def test_signs_of_few_animals_are_enumerated():
    rng = np.random.default_rng(0)
    before, after = rng.normal([[0.0], [0.8]], 1, (2, 9))
    change = after - before
    sums = [abs(np.dot(signs, change)) for signs in product([-1, 1], repeat=9)]
    found = sign_flip_test({"baseline": before, "post": after}).iloc[0]
    assert found["p"] == pytest.approx(np.mean(sums >= abs(change.sum()) - 1e-9))
    assert found["group"] == "post"
    drawn = sign_flip_test({"baseline": before, "post": after}, n_resamples=500)
    assert drawn["p"].iloc[0] == pytest.approx(found["p"], abs=0.06)


def test_a_table_is_as_good_as_groups():
    groups = _groups(4, 5, 6)
    table = pd.DataFrame(
        [(name, value) for name, given in groups.items() for value in given],
        columns=["group", "total"],
    ).assign(animal=[f"m{i}" for i in range(11)])
    pd.testing.assert_frame_equal(permutation_test(table), permutation_test(groups))
    with pytest.raises(GrimaceError, match="several rows"):
        permutation_test(pd.concat([table, table]))


def test_missing_animals_are_left_out():
    before, after = np.arange(6.0), np.arange(6.0) ** 2
    after[2] = np.nan
    found = sign_flip_test({"baseline": before, "post": after}).iloc[0]
    assert found["n_group"] == 5
    assert "missing: 2" in found["note"]
    groups = {"a": [1, 2, np.nan, 4], "b": [3, 5, 9]}
    assert permutation_test(groups)["n_group"].iloc[0] == 3
    assert permutation_test(groups)["n_reference"].iloc[0] == 3


def test_few_animals_are_told():
    found = permutation_test({"a": [1, 2, 3], "b": [4, 5, 6]}).iloc[0]
    assert found["p"] == pytest.approx(2 / 20)
    assert "cannot fall below 0.1" in found["note"]


def test_what_cannot_be_tested_is_nan_with_the_reason():
    for statistic in ("mean difference", "F"):
        found = permutation_test({"a": [1], "b": [2, 3]}, statistic=statistic).iloc[0]
        assert np.isnan(found["p"])
        assert "a (n = 1)" in found["note"]
    found = sign_flip_test({"a": [1, np.nan], "b": [2, 3]}).iloc[0]
    assert np.isnan(found["p"])
    assert "two animals" in found["note"]


def test_the_same_values_throughout_are_no_difference():
    assert permutation_test({"a": [2, 2, 2], "b": [2, 2]})["p"].iloc[0] == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"statistic": "median"}, "choose one of mean difference, F"),
        ({"n_resamples": 0}, "at least 1"),
        ({"control": "sham"}, "no group 'sham'"),
    ],
)
def test_what_does_not_fit_is_refused(options, told):
    with pytest.raises(GrimaceError, match=told):
        permutation_test(_groups(0, 3, 3), **options)
    with pytest.raises(GrimaceError, match="there are 3"):
        permutation_test(_groups(0, 3, 3, 3))
