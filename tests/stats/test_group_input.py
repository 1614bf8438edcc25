"""Tables as people keep them: labels, gaps and names that must not change a number."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import (
    FrameVariance,
    check_assumptions,
    compare_groups,
    compare_model_with_people,
    equivalence_test,
    permutation_test,
    simulate_power,
    welch_t_test,
)


def _animals(seed=0, n=6):
    rng = np.random.default_rng(seed)
    total = 3 + rng.normal(0, 0.7, 2 * n) + np.repeat([0, 1], n)
    group = np.repeat(["sham", "lap"], n)
    animal = [f"m{i}" for i in range(2 * n)]
    return pd.DataFrame({"animal": animal, "group": group, "total": total})


def _pairs(seed=0, n=8, times=("baseline", "post")):
    """A row per animal and timepoint, animal by animal; post is higher."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"animal": np.repeat([f"m{i}" for i in range(n)], 2), "timepoint": times * n}
    )
    own = np.repeat(rng.normal(2, 0.5, n), 2)
    return table.assign(total=own + np.tile([0, 1], n) + rng.normal(0, 0.3, 2 * n))


# Labels


def test_labels_that_differ_by_their_type_alone_are_refused():
    table = _animals(n=4).assign(group=[0, 0, "0", "0", 10, 10, 10, 10])
    with pytest.raises(GrimaceError, match="0 both as a number and as text"):
        compare_groups(table)
    with pytest.raises(GrimaceError, match="0 both as a number and as text"):
        welch_t_test(table)
    animals = _animals(n=4).assign(animal=[1, "1", 2, 3, 4, 5, 6, 7])
    with pytest.raises(GrimaceError, match="'animal' has 1 both"):
        compare_groups(animals)


def test_crossed_groups_of_one_name_are_refused():
    table = _animals().assign(
        drug=["a, b"] * 3 + ["a"] * 9, dose=["c"] * 3 + ["b, c"] * 3 + ["c"] * 6
    )
    with pytest.raises(GrimaceError, match="both called 'a, b, c'"):
        compare_groups(table, by=["drug", "dose"], test="anova")


def test_commas_and_other_letters_in_names():
    names = {"sham": "Kontrolle, früh", "lap": "λ vs μ"}
    table = _animals().assign(group=lambda t: t["group"].map(names))
    told = compare_groups(table, control="λ vs μ")
    plain = compare_groups(_animals(), control="lap")
    assert told.overall["p"].item() == plain.overall["p"].item()
    assert told.pairwise["group"].item() == "Kontrolle, früh"


def test_doses_are_in_order_of_size():
    table = _animals().assign(group=np.repeat([10, 0], 6))
    told = compare_groups(table)
    assert told.descriptives["group"].tolist() == ["0", "10"]
    assert told.pairwise["reference"].item() == "0"


# Columns


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"by": "animal"}, "'animal' is given twice"),
        ({"by": ["group", "group"]}, "'group' is given twice"),
        ({"by": "total"}, "'total' is given twice"),
        ({"within": "group"}, "'group' is given twice"),
        ({"by": 2024}, "2024 has a name that is no text"),
        ({"by": "n_averaged"}, "'n_averaged' is a column of the result"),
    ],
)
def test_columns_with_two_parts_are_refused(asked, told):
    table = _animals()
    table[2024] = table["n_averaged"] = table["group"]
    with pytest.raises(GrimaceError, match=told):
        compare_groups(table, **asked)


def test_a_column_that_is_there_twice_is_refused():
    table = _animals()
    with pytest.raises(GrimaceError, match="several columns 'group'"):
        compare_groups(pd.concat([table, table[["group"]]], axis=1))


def test_numbers_without_names_are_refused():
    for given in ([[1, 2], [3, 4]], {1: [1, 2], "1": [3, 4]}):
        with pytest.raises(GrimaceError, match="for each group, by its own name"):
            welch_t_test(given)


def test_an_index_with_repeats_is_none_of_our_business():
    table = _animals()
    table.loc[0, "total"] = 90
    again = table.drop(columns="animal").set_index(np.zeros(12, int))
    told = check_assumptions(again).set_index("check")
    assert told.loc["outliers", "finding"] == "far from its group: 0 (sham, 90)"


# Gaps


@pytest.mark.parametrize("times", [("baseline", "post"), ("pre", "post"), (0, 7)])
@pytest.mark.parametrize("test", ["paired-t", "wilcoxon", "sign-flip"])
def test_who_lacks_a_timepoint_does_not_turn_the_difference_round(times, test):
    table = _pairs(times=times)
    table.loc[0, "total"] = np.nan  # the first animal has no first timepoint
    told = compare_groups(table, by=None, test=test)
    row = told.pairwise.iloc[0]
    assert (row["group"], row["reference"]) == tuple(map(str, times[::-1]))
    assert row["difference"] > 0


def test_a_row_that_is_not_there_does_not_either():
    row = compare_groups(_pairs().iloc[1:], by=None).pairwise.iloc[0]
    assert (row["group"], row["reference"]) == ("post", "baseline")


def test_means_are_of_the_animals_that_the_paired_test_compares():
    table = _pairs()
    table.loc[[0, 5], "total"] = np.nan, 7.9
    table.loc[4, "total"] = np.nan
    told = compare_groups(table, by=None)
    wide = table.pivot(index="animal", columns="timepoint", values="total").dropna()
    means = told.descriptives.set_index("group")["mean"]
    assert means.to_dict() == pytest.approx(wide.mean().to_dict())
    difference = told.pairwise["difference"].item()
    assert means["post"] - means["baseline"] == pytest.approx(difference)
    assert "the same animals (n = 6)" in told.methods
    assert "no value at one timepoint: 'm0', 'm2'" in told.methods


def test_gaps_of_a_model_are_in_its_methods():
    table = _pairs().assign(group=np.repeat(["sham", "lap"], 8))
    whole = compare_groups(table, n_resamples=19)
    assert "lack" not in whole.methods
    gaps = compare_groups(table.drop(index=[0, 9]), n_resamples=19)
    assert "2 animals lack a timepoint and count with what they have" in gaps.methods
    assert "assumes equal variances" in gaps.methods


# What the sentences say


def _frames(raters=("model", "Ann")):
    rng = np.random.default_rng(0)
    rows = pd.MultiIndex.from_product(
        [raters, [f"m{i}" for i in range(8)], ["baseline", "post"], range(10)],
        names=["rater", "animal", "timepoint", "frame"],
    ).to_frame(index=False)
    return rows.assign(
        recording=rows["animal"] + rows["timepoint"],
        group=np.where(rows["animal"] < "m4", "sham", "lap"),
        time=rows["frame"] * 60.0,
        total=rng.integers(0, 9, len(rows)).astype(float),
    )


def test_whose_scores_they_are_is_said():
    told = compare_groups(_frames(), rater="Ann", timepoint="post")
    assert "Scores are by Ann." in told.methods
    assert "Behind each value are 10 frames with a total." in told.methods


def test_what_is_counted_is_no_mean_of_frames():
    told = compare_groups(_frames(), "n_used", rater="Ann", timepoint="post")
    assert "the mean of its frames" not in told.methods


def test_exchanges_are_as_many_as_asked_for():
    table = _animals(n=12)
    told = compare_groups(table, test="permutation", n_resamples=299, seed=4)
    alone = permutation_test(table, n_resamples=299, seed=4)
    assert told.overall["p"].item() == alone["p"].item()
    assert "299 random exchanges" in told.methods
    flipped = compare_groups(_pairs(n=14), by=None, test="sign-flip", n_resamples=99)
    assert "99 random exchanges" in flipped.methods
    groups = table.assign(group=np.repeat(["a", "b", "c"], 8))
    three = compare_groups(groups, test="permutation-f", n_resamples=99)
    assert "99 random exchanges" in three.overall["note"].item()
    assert (three.pairwise["p"] * 100 % 1).round(9).isin([0, 1]).all()


def test_f_of_groups_without_spread_has_a_reason():
    flat = {"a": [1.0] * 3, "b": [2.0] * 3, "c": [3.0] * 3}
    told = permutation_test(flat, statistic="F").iloc[0]
    assert np.isnan(told["statistic"])
    assert "all values are the same within every group" in told["note"]
    table = _animals(n=3).assign(total=np.repeat([1.0, 2.0], 3))
    assert "nan" not in compare_groups(table, test="permutation-f").results


# Model and people, equivalence, power


def test_model_and_people_at_each_timepoint():
    frames = _frames()
    told = compare_model_with_people(frames, "model", by="timepoint", test="paired-t")
    post = frames[frames["timepoint"] == "post"]
    means = post.groupby(["rater", "animal"])["total"].mean()
    other = scipy.stats.ttest_rel(means["model"], means["Ann"])
    assert told.table["timepoint"].tolist() == ["baseline", "post"]
    assert told.table["p"].iloc[1] == pytest.approx(other.pvalue)
    with pytest.raises(GrimaceError, match="'model' is among the people"):
        compare_model_with_people(frames, "model", ["model", "Ann"])


def test_a_level_of_one_half_is_no_level():
    # At 0.7 the interval would be turned round, and everything equivalent.
    with pytest.raises(GrimaceError, match=r"alpha is 0\.7"):
        equivalence_test({"a": [1, 2, 3], "b": [1, 2, 4]}, low=-1, high=1, alpha=0.7)


def test_endless_frames_of_animals_that_are_alike():
    alike = FrameVariance(between=0, state=0, timescale=0, frame=1, duration=600)
    for effect, power in ((0.5, 1), (0, 0)):
        told = simulate_power(alike, effect, [4], [np.inf], n_simulations=20)
        assert told["power"].item() == power
    with pytest.raises(GrimaceError, match="whole numbers"):
        simulate_power(alike, 1, [2.5])
