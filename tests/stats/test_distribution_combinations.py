"""Combinations of unit scores, and their enrichment against exact enumeration."""

import numpy as np
import pandas as pd
import pytest
from distribution_scores import scores_of_units, simulated
from scipy import stats
from statsmodels.stats.multitest import multipletests

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.distribution import combination_enrichment, unit_combinations
from napari_grimace.stats.distribution.enrichment import permutation_p

nan = np.nan
MGS = {"scale": "mgs-black"}
# Orbital, nose, ear, whiskers.
UNITS = {
    "a": [[0, 0, 0, 1], [0, 0, 0, 1], [2, 2, 1, 1], [1, 2, nan, 1]],
    "b": [[0, 0, 0, 0], [nan, 0, 0, 0]],
    "c": [[nan, 0, 0, 0]],
}


def test_shares_of_combinations_in_the_published_order():
    table = unit_combinations(scores_of_units(UNITS), **MGS)
    assert table.attrs["order"] == ("orbital", "ear", "whiskers", "nose")
    wide = table.pivot(index="animal", columns="combination", values="share")
    assert wide.columns.tolist() == ["0-0-0-0", "0-0-1-0", "2-1-1-2"]
    np.testing.assert_allclose(
        wide.to_numpy(), [[0, 2 / 3, 1 / 3], [1, 0, 0], [nan, nan, nan]]
    )
    assert table.groupby("animal")["n_used"].first().tolist() == [3, 1, 0]
    assert set(table.loc[table["animal"] == "c", "note"]) == {"no frame with all units"}


def test_other_scales_have_their_own_order_and_halves():
    scores = scores_of_units({"a": [[0.5, 1, 1.5, nan]]})
    scores["total"] = 1.0
    table = unit_combinations(scores, scale="rgs-no-whiskers")
    assert table["combination"].tolist() == ["0.5-1-1.5"]
    given = unit_combinations(
        scores, scale="rgs-no-whiskers", order=("ear", "nose", "orbital")
    )
    assert given["combination"].tolist() == ["1.5-1-0.5"]


def test_frames_without_a_total_do_not_count():
    scores = scores_of_units(UNITS)
    scores.loc[2, "total"] = nan  # as where two faces were found
    table = unit_combinations(scores, **MGS)
    assert "2-1-1-2" not in set(table["combination"])


def test_what_cannot_be_combined_is_told():
    scores = scores_of_units(UNITS)
    with pytest.raises(GrimaceError, match="name each once"):
        unit_combinations(scores, order=("ear", "nose", "orbital", "cheek"), **MGS)
    with pytest.raises(GrimaceError, match="no column 'whiskers'"):
        unit_combinations(scores.drop(columns="whiskers"), **MGS)
    with pytest.raises(GrimaceError, match="No frame has all"):
        unit_combinations(scores[scores["animal"] == "c"], **MGS)


@pytest.fixture(scope="module")
def study():
    table = simulated(6, 400)
    return table[table["timepoint"] == "post"]


@pytest.fixture(scope="module")
def enriched(study):
    return combination_enrichment(study, "sham", **MGS)


@pytest.fixture(scope="module")
def shares(study):
    table = unit_combinations(study, **MGS)
    return table.pivot(
        index=["group", "animal"], columns="combination", values="share"
    ).groupby(level="group")


def test_exact_p_is_that_of_all_permutations(enriched, shares):
    tested = enriched[(enriched["group"] == "laparotomy") & enriched["p"].notna()]
    assert len(tested) > 5
    assert tested["exact"].all()
    assert set(tested["n_permutations"]) == {924}
    for _, row in tested.head(8).iterrows():
        both = [shares.get_group(g)[row["combination"]] for g in ("laparotomy", "sham")]
        # Rounded as scipy compares without room for the order of sums.
        other = stats.permutation_test(
            [part.to_numpy() for part in both],
            lambda x, y, axis: np.round(x.mean(axis) - y.mean(axis), 12),
            vectorized=True,
            n_resamples=np.inf,
        )
        as_far = (np.abs(other.null_distribution) >= abs(other.statistic)).mean()
        assert row["p"] == pytest.approx(as_far)
        assert row["difference"] == pytest.approx(other.statistic, abs=1e-9)


def test_interval_is_welchs_and_q_benjamini_and_hochbergs(enriched, shares):
    for group in ("laparotomy", "carprofen"):
        part = enriched[(enriched["group"] == group) & enriched["p"].notna()]
        q = multipletests(part["p"], method="fdr_bh")[1]
        np.testing.assert_allclose(part["p_adjusted"], q)
        for _, row in part.head(3).iterrows():
            both = [shares.get_group(g)[row["combination"]] for g in (group, "sham")]
            other = stats.ttest_ind(*both, equal_var=False).confidence_interval()
            assert [row["ci_low"], row["ci_high"]] == pytest.approx([*other])


def test_pain_is_enriched_in_what_pain_was_made_of(enriched):
    first = enriched[enriched["group"] == "laparotomy"].iloc[0]
    assert first["combination"] == "1-1-1-2"
    assert first["p"] < 0.01
    assert first["ratio"] > 2


def test_rare_combinations_are_not_tested_and_ratios_are_finite(study, enriched):
    rare = enriched["p"].isna()
    assert set(enriched.loc[rare, "note"]) == {"mean share below 0.005"}
    mean = (enriched["mean"] + enriched["reference_mean"]) / 2  # groups of six each
    assert (mean[rare] < 0.005).all()
    assert (mean[~rare] >= 0.005).all()
    ratio = (enriched["mean"] + 0.001) / (enriched["reference_mean"] + 0.001)
    np.testing.assert_allclose(enriched["ratio"], ratio)
    none = combination_enrichment(study, "sham", min_share=1, **MGS)
    assert none["p_adjusted"].isna().all()


def test_random_permutations_come_near_the_exact_p(study, enriched):
    drawn = combination_enrichment(study, "sham", n_resamples=250, **MGS)
    assert not drawn["exact"].any()
    apart = (drawn["p"] - enriched["p"]).abs()
    assert apart.max() < 4 * np.sqrt(0.25 / 250)
    again = combination_enrichment(study, "sham", n_resamples=250, **MGS)
    pd.testing.assert_frame_equal(drawn, again)


def test_p_is_right_where_groups_do_not_differ():
    rng = np.random.default_rng(8)
    animals = rng.exponential(size=(11, 4000))
    for permutations, exact in ((1000, True), (199, False)):
        p, _, all_of_them = permutation_p(animals[:6], animals[6:], permutations, 0)
        assert all_of_them is exact
        assert p.min() > 0
        for level in (0.05, 0.2, 0.5):
            error = np.sqrt(level * (1 - level) / 4000)
            assert (p <= level).mean() < level + 3 * error
            assert (p <= level).mean() > level - 0.012 - 3 * error


def test_groups_that_cannot_be_compared(study):
    with pytest.raises(GrimaceError, match="choose control="):
        combination_enrichment(study, "naive", **MGS)
    alone = study[study["group"] == "sham"]
    with pytest.raises(GrimaceError, match="at least one other"):
        combination_enrichment(alone, "sham", **MGS)
    again = alone.assign(group="laparotomy")
    again["recording"] += " again"
    both = pd.concat([alone, again])
    with pytest.raises(GrimaceError, match="in several groups: 'sham 1'"):
        combination_enrichment(both, "sham", **MGS)
    with pytest.raises(GrimaceError, match="above 0"):
        combination_enrichment(study, "sham", pseudo_share=0, **MGS)


def test_group_of_one_animal_and_group_without_frames():
    units = {
        "s1": [[0, 0, 0, 0]] * 3,
        "s2": [[0, 0, 0, 0], [1, 2, 1, 1]],
        "p1": [[1, 2, 1, 1]],
        "x1": [[nan, 0, 0, 0]],
    }
    group = {"s1": "sham", "s2": "sham", "p1": "pain", "x1": "unseen"}
    table = combination_enrichment(scores_of_units(units, group=group), "sham", **MGS)
    pain = table[table["group"] == "pain"].set_index("combination")
    assert pain["difference"]["1-1-1-2"] == pytest.approx(0.75)
    # s1 alone is as far from the mean of s2 and p1: two of three ways.
    assert pain["p"]["1-1-1-2"] == pytest.approx(2 / 3)
    assert pain[["ci_low", "ci_high"]].isna().all(axis=None)
    unseen = table[table["group"] == "unseen"]
    assert unseen[["mean", "p", "p_adjusted"]].isna().all(axis=None)
    assert set(unseen["note"]) == {"no animal with frames that have all units"}
