"""Post-hoc tests against published tables, scipy, pingouin and scikit-posthocs."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import scikit_posthocs
import scipy.stats

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import (
    dunn,
    dunnett,
    dunnett_t3,
    games_howell,
    mann_whitney,
    pairwise,
    tukey,
    welch_t_test,
)
from napari_grimace.stats.groups.largest_t import largest_t_ppf, largest_t_sf

# Upper 5 % points of the studentized maximum modulus, by degrees of freedom, for 2, 3,
# ... comparisons: Stoline and Ury 1979 (as in Wilcox's smmcrit).
STOLINE_URY = {
    2: [5.57, 6.34, 6.89, 7.31, 7.65, 7.93],
    3: [3.96, 4.43, 4.76, 5.02, 5.23, 5.41],
    4: [3.38, 3.74, 4.01, 4.20, 4.37, 4.50],
    5: [3.09, 3.39, 3.62, 3.79, 3.93, 4.04],
    6: [2.92, 3.19, 3.39, 3.54, 3.66, 3.77],
    7: [2.80, 3.06, 3.24, 3.38, 3.49, 3.59],
}
# Tamhane 1979, table 2: (comparisons, freedom) and the 5 % point.
TAMHANE = {(6, 24): 2.851, (28, 48): 3.286, (6, 36): 2.775, (28, 72): 3.228}
# Dunnett 1955, table 2a: two-sided 5 % points, freedom 20, for 1, 2, 3, 4 treatments
# in groups of the same size.
DUNNETT_20 = [2.09, 2.38, 2.54, 2.65]


def _groups(seed=3):
    rng = np.random.default_rng(seed)
    shapes = {
        "sham": (7, 0.5, 0.2),
        "lap": (12, 1.0, 0.9),
        "drug": (6, 0.8, 0.1),
        "both": (9, 1.2, 0.4),
    }
    return {name: rng.normal(m, s, n) for name, (n, m, s) in shapes.items()}


def _long(groups):
    parts = [pd.DataFrame({"group": name, "total": v}) for name, v in groups.items()]
    return pd.concat(parts, ignore_index=True)


def _exact(n, mean, variance):
    """Numbers with exactly this mean and variance."""
    z = scipy.stats.zscore(np.arange(n, dtype=float), ddof=1)
    return mean + variance**0.5 * z


@pytest.mark.parametrize("df", STOLINE_URY)
def test_the_studentized_maximum_modulus_as_tabled(df):
    found = [largest_t_ppf(0.95, df, [0.0] * k) for k in range(2, 8)]
    assert found == pytest.approx(STOLINE_URY[df], abs=0.0101)  # they round up at times


@pytest.mark.parametrize(("key", "tabled"), TAMHANE.items())
def test_the_studentized_maximum_modulus_of_many(key, tabled):
    comparisons, df = key
    found = largest_t_ppf(0.95, df, [0.0] * comparisons)
    assert found == pytest.approx(tabled, abs=1.1e-3)


def test_dunnetts_points_as_tabled():
    found = [largest_t_ppf(0.95, 20, [0.5**0.5] * k) for k in range(1, 5)]
    assert found == pytest.approx(DUNNETT_20, abs=5.1e-3)


@pytest.mark.parametrize("df", [1, 2.5, 9, 40, 3000])
@pytest.mark.parametrize("value", [0.0, 0.7, 2.2, 6.0])
def test_one_comparison_is_students_t(df, value):
    exact = 2 * scipy.stats.t.sf(value, df)
    for loading in (0.0, 0.6):
        assert largest_t_sf(value, df, [loading]) == pytest.approx(exact, rel=1e-9)


def test_the_largest_t_as_the_multivariate_t():
    for loadings in ([0.0] * 3, [0.7, 0.5, 0.6]):
        correlation = np.outer(loadings, loadings)
        np.fill_diagonal(correlation, 1)
        spread = scipy.stats.multivariate_t(shape=correlation, df=8, seed=1)
        inside = spread.cdf([2.1] * 3, lower_limit=[-2.1] * 3, maxpts=200_000)
        assert largest_t_sf(2.1, 8, loadings) == pytest.approx(1 - inside, abs=2e-4)


def test_dunnett_t3_is_welchs_t_with_the_modulus():
    groups = _groups()
    told = dunnett_t3(groups).set_index(["group", "reference"])
    assert len(told) == 6
    for (group, reference), row in told.iterrows():
        other = scipy.stats.ttest_ind(groups[group], groups[reference], equal_var=False)
        assert row[["statistic", "df", "p"]].tolist() == pytest.approx(
            [other.statistic, other.df, other.pvalue]
        )
        modulus = scipy.stats.multivariate_t(shape=np.eye(6), df=other.df, seed=1)
        edge = np.full(6, abs(other.statistic))
        inside = modulus.cdf(edge, lower_limit=-edge, maxpts=50_000)
        assert row["p_adjusted"] == pytest.approx(1 - inside, abs=5e-4)
        # Tamhane's T2 (Sidak) is an upper bound of T3.
        assert row["p"] < row["p_adjusted"] <= 1 - (1 - row["p"]) ** 6 + 1e-12


def test_intervals_exclude_zero_where_p_is_small():
    groups = _groups()
    for table in (
        dunnett_t3(groups),
        games_howell(groups),
        tukey(groups),
        dunnett(groups, control="sham"),
    ):
        excludes = (table["ci_low"] > 0) | (table["ci_high"] < 0)
        assert excludes.tolist() == (table["p_adjusted"] < 0.05).tolist()


def test_with_a_control_fewer_comparisons_count():
    groups = _groups()
    told = dunnett_t3(groups, control="sham")
    assert told["reference"].tolist() == ["sham"] * 3
    assert told["group"].tolist() == ["lap", "drug", "both"]
    first = told.iloc[0]
    expected = largest_t_sf(abs(first["statistic"]), first["df"], [0.0] * 3)
    assert first["p_adjusted"] == expected
    two = dunnett_t3({name: groups[name] for name in ("sham", "lap")}).iloc[0]
    assert two["p_adjusted"] == pytest.approx(two["p"])


def test_games_howell_as_published():
    # Games and Howell 1976, table V: t and whole degrees of freedom of four groups.
    moments = {1: (5, 29.40, 0.3), 2: (7, 29.86, 0.4762), 4: (14, 32.86, 0.2857)}
    groups = {str(name): _exact(*moment) for name, moment in moments.items()}
    groups["3"] = np.full(10, 26.0)  # it does not vary at all
    told = games_howell(groups).set_index(["group", "reference"])
    published = {
        ("4", "1"): (12.202, 7),
        ("4", "2"): (10.088, 10),
        ("2", "1"): (1.286, 10),
    }
    for pair, (t, df) in published.items():
        assert told.loc[pair, "statistic"] == pytest.approx(t, abs=2e-3)
        assert round(told.loc[pair, "df"]) == df
    assert told.loc[("3", "4"), "statistic"] == pytest.approx(-48.021, abs=2e-2)


def test_games_howell_and_tukey_as_pingouin_and_scipy():
    groups = _groups()
    table = _long(groups)
    for ours, theirs in (
        (games_howell(groups), pingouin.pairwise_gameshowell(table, "total", "group")),
        (tukey(groups), pingouin.pairwise_tukey(table, "total", "group")),
    ):
        told = ours.set_index(["group", "reference"])
        p_name = next(name for name in theirs if name.startswith("p"))
        for row in theirs.to_dict("records"):
            pair = (row["A"], row["B"])
            sign = 1 if pair in told.index else -1
            pair = pair if sign == 1 else pair[::-1]
            assert told.loc[pair, "statistic"] == pytest.approx(sign * row["T"])
            assert told.loc[pair, "p_adjusted"] == pytest.approx(row[p_name], abs=1e-6)
    other = scipy.stats.tukey_hsd(*groups.values())
    low = other.confidence_interval(0.95).low
    assert tukey(groups).iloc[0][["p_adjusted", "ci_low"]].tolist() == pytest.approx(
        [other.pvalue[1, 0], low[1, 0]], abs=1e-6
    )


def test_dunnett_as_scipy():
    groups = _groups()
    treated = [groups[name] for name in ("lap", "drug", "both")]
    other = scipy.stats.dunnett(*treated, control=groups["sham"], rng=1)
    told = dunnett(groups, control="sham")
    assert told["statistic"].tolist() == pytest.approx(other.statistic.tolist())
    assert told["p_adjusted"].tolist() == pytest.approx(other.pvalue.tolist(), abs=1e-3)
    interval = other.confidence_interval(0.95)
    assert told["ci_low"].tolist() == pytest.approx(interval.low.tolist(), abs=5e-3)


@pytest.mark.parametrize(("ours", "theirs"), [("holm", "holm"), ("fdr", "fdr_bh")])
def test_dunn_as_scikit_posthocs(ours, theirs):
    groups = {name: v.round(1) for name, v in _groups().items()}  # with ties
    other = scikit_posthocs.posthoc_dunn(
        _long(groups), val_col="total", group_col="group", p_adjust=theirs
    )
    for row in dunn(groups, correction=ours).to_dict("records"):
        assert row["p_adjusted"] == pytest.approx(
            other.loc[row["group"], row["reference"]]
        )


def test_pairwise_adjusts_a_test_of_two():
    groups = _groups()
    told = pairwise(groups, test=mann_whitney, control="sham", correction="holm")
    each = [
        scipy.stats.mannwhitneyu(groups[name], groups["sham"]).pvalue
        for name in ("lap", "drug", "both")
    ]
    assert told["p"].tolist() == pytest.approx(each)
    order = np.argsort(each)
    assert told["p_adjusted"].iloc[order[0]] == pytest.approx(3 * each[order[0]])
    one = pairwise({"a": groups["sham"], "b": groups["lap"]}, test=welch_t_test)
    assert one["p_adjusted"].iloc[0] == one["p"].iloc[0]
    with pytest.raises(GrimaceError, match="one group"):
        pairwise({"a": groups["sham"]})


POSTHOC = (dunnett_t3, games_howell, tukey, dunn)


@pytest.mark.parametrize("test", [dunnett_t3, tukey, dunn, dunnett])
def test_a_group_of_one_animal_is_compared_with_none(test):
    with_control = {"control": "sham"} if test is dunnett else {}
    groups = _groups()
    told = test(groups | {"alone": np.array([3.0])}, **with_control)
    without = test(groups, **with_control)
    is_alone = told["group"] == "alone"
    assert (
        told.loc[is_alone, "note"] == "no test: a group has fewer than two animals"
    ).all()
    assert told.loc[is_alone, "p_adjusted"].isna().all()
    kept = told[~is_alone].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, without)


@pytest.mark.parametrize("test", POSTHOC)
def test_no_comparison_of_constants(test):
    told = test({"a": [1.0, 1], "b": [1.0, 1], "c": [1.0, 1, 1]})
    assert told["p_adjusted"].isna().all()
    assert (told["note"] != "").all()


@pytest.mark.parametrize("test", [dunnett_t3, dunnett, dunn, pairwise])
def test_an_unknown_control_names_the_groups(test):
    with pytest.raises(GrimaceError, match=r"no group 'shem' .*'sham', 'lap', 'drug'"):
        test(_groups(), control="shem")


def test_a_control_of_one_animal():
    groups = {"sham": [1.0], "lap": [1.0, 2, 4], "drug": [3.0, 2, 6]}
    for test in (dunnett_t3, dunnett):
        assert test(groups, control="sham")["note"].str.contains("fewer than two").all()
