"""The front door to comparing groups, on a real trial and on frames of animals."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import scipy.stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import AnovaRM, anova_lm
from statsmodels.stats.oneway import anova_oneway

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.recording.rater import Rater
from napari_grimace.scales import load_scale
from napari_grimace.stats.groups import (
    compare_groups,
    compare_model_with_people,
    dunn,
    dunnett_t3,
    games_howell,
    hedges_g,
    hedges_g_paired,
    mixed_model,
    permutation_test,
    tukey,
)
from napari_grimace.study.scores import scores_dataset
from napari_grimace.study.tree import make_study

ARMS = (
    "Sham + Carprofen",
    "Sham + Metamizol",
    "Transmitter + Carprofen",
    "Transmitter + Metamizol",
)


@pytest.fixture(scope="module")
def trial(real_data):
    """28 mice after surgery (Talbot et al.): two treatments x two analgesics."""
    path = real_data / "postoperative_mgs" / "postop.csv"
    if not path.is_file():
        pytest.skip("the postoperative trial is not here")
    table = pd.read_csv(path).rename(columns={"id": "animal", "day": "timepoint"})
    return table.assign(arm=table["treatment"] + " + " + table["condition"])


@pytest.fixture(scope="module")
def surgery_day(trial):
    return trial[trial["timepoint"] == 0].drop(columns="timepoint")


def _values(table, outcome, by):
    return {name: part[outcome].to_numpy() for name, part in table.groupby(by)}


def _table(seed=0, sizes=(("sham", 6), ("lap", 7)), step=1.0):
    """One row per animal."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "animal": f"{group}{i}",
            "group": group,
            "total": 3 + rng.normal(g * step, 0.7),
        }
        for g, (group, n) in enumerate(sizes)
        for i in range(n)
    )


def _timed(seed=0, groups=("sham", "lap"), times=("baseline", "post"), n=6):
    rng = np.random.default_rng(seed)
    rows = []
    for group in groups:
        for i in range(n):
            own = rng.normal(2, 0.5)
            for t, time in enumerate(times):
                more = 2.0 * t * (group == "lap")
                total = own + more + rng.normal(0, 0.3)
                rows.append((f"{group}{i}", group, time, total))
    return pd.DataFrame(rows, columns=["animal", "group", "timepoint", "total"])


def _frames(seed=0, n_frames=40, raters=("model",)):
    """Frame scores of ten animals in two groups, in two recordings each."""
    rng = np.random.default_rng(seed)
    parts = []
    for i in range(10):
        for time in ("baseline", "post"):
            for rater in raters:
                units = rng.integers(0, 3, (n_frames, 4)).astype(float)
                units[:, 1] = rng.choice([0.0, 2.0], n_frames)
                units[rng.random(units.shape) < 0.05] = np.nan
                part = pd.DataFrame(
                    units, columns=["orbital", "nose", "ear", "whiskers"]
                )
                part = part.assign(
                    recording=f"m{i} {time}",
                    animal=f"m{i}",
                    group="sham" if i < 5 else "lap",
                    timepoint=time,
                    rater=rater,
                    frame=np.arange(n_frames),
                    time=np.arange(n_frames) * 30.0,
                )
                parts.append(
                    part.assign(total=part.iloc[:, :4].sum(axis=1, skipna=False))
                )
    return pd.concat(parts, ignore_index=True)


# The real trial


def test_the_trials_group_means(surgery_day):
    told = compare_groups(surgery_day, "mgs30", "arm").descriptives.set_index("group")
    # As the data's own description has them.
    assert told.loc[list(ARMS), "mean"].round(3).tolist() == [
        0.464,
        0.971,
        0.849,
        0.793,
    ]
    assert told.loc[list(ARMS), "n_animals"].tolist() == [7, 8, 7, 6]
    one = surgery_day.loc[surgery_day["arm"] == ARMS[1], "mgs30"]
    low, high = scipy.stats.t.interval(0.95, 7, one.mean(), one.sem())
    assert told.loc[ARMS[1], ["sd", "sem", "median"]].tolist() == pytest.approx(
        [one.std(), one.sem(), one.median()]
    )
    assert told.loc[ARMS[1], ["ci_low", "ci_high"]].tolist() == pytest.approx(
        [low, high]
    )


def test_several_groups_get_brown_forsythe_and_dunnett_t3(surgery_day):
    told = compare_groups(surgery_day, "mgs30", "arm")
    other = anova_oneway(surgery_day["mgs30"], surgery_day["arm"], use_var="bf")
    row = told.overall.iloc[0]
    assert row["statistic"] == pytest.approx(other.statistic)
    assert row["p"] == pytest.approx(other.pvalue2)
    assert told.test == "brown-forsythe"
    assert told.design == "several groups"
    pd.testing.assert_frame_equal(
        told.pairwise[["group", "reference", "p_adjusted", "ci_low"]],
        dunnett_t3(surgery_day, "mgs30", "arm")[
            ["group", "reference", "p_adjusted", "ci_low"]
        ],
    )
    pairs = told.pairwise.set_index(["group", "reference"])
    values = _values(surgery_day, "mgs30", "arm")
    for (group, reference), pair in pairs.iterrows():
        effect = pingouin.compute_effsize(
            values[group], values[reference], eftype="hedges"
        )
        assert pair["effect"] == pytest.approx(effect, rel=5e-3)
    assert "F*(3, 20.0) = 6.96, p = 0.002" in told.results
    assert "Brown-Forsythe ANOVA of means (F*)" in told.methods
    assert "Dunnett's T3 test" in told.methods
    assert "Sham + Metamizol, n = 8" in told.methods


def test_with_a_control_each_group_is_compared_with_it(surgery_day):
    told = compare_groups(surgery_day, "mgs30", "arm", control=ARMS[0])
    assert set(told.pairwise["reference"]) == {ARMS[0]}
    assert len(told.pairwise) == 3
    # One of three comparisons, not of six.
    all_pairs = compare_groups(surgery_day, "mgs30", "arm").pairwise
    same = all_pairs["group"].eq(ARMS[1]) & all_pairs["reference"].eq(ARMS[0])
    of_control = told.pairwise["group"].eq(ARMS[1])
    fewer = told.pairwise.loc[of_control, "p_adjusted"].item()
    assert fewer < all_pairs.loc[same, "p_adjusted"].item()
    assert f"Each group was compared with {ARMS[0]}" in told.methods


@pytest.mark.parametrize(
    ("test", "posthoc"),
    [("welch-anova", games_howell), ("anova", tukey), ("kruskal-wallis", dunn)],
)
def test_other_tests_of_the_trial(surgery_day, test, posthoc):
    told = compare_groups(surgery_day, "mgs30", "arm", test=test)
    parts = list(_values(surgery_day, "mgs30", "arm").values())
    if test == "welch-anova":
        row = pingouin.welch_anova(surgery_day, "mgs30", "arm").iloc[0]
        expected = (row["F"], row["p_unc"])
    else:
        expected = {
            "anova": scipy.stats.f_oneway,
            "kruskal-wallis": scipy.stats.kruskal,
        }[test](*parts)
    assert told.overall.iloc[0][["statistic", "p"]].tolist() == pytest.approx(expected)
    other = posthoc(surgery_day, "mgs30", "arm")
    assert told.pairwise["p_adjusted"].tolist() == pytest.approx(
        other["p_adjusted"].tolist()
    )
    assert "(the rule for" not in told.methods


def test_two_groups_get_welchs_t(surgery_day):
    told = compare_groups(surgery_day, "mgs30", "treatment", control="Sham")
    values = _values(surgery_day, "mgs30", "treatment")
    other = scipy.stats.ttest_ind(
        values["Transmitter"], values["Sham"], equal_var=False
    )
    low, high = other.confidence_interval()
    pair = told.pairwise.iloc[0]
    assert pair[
        ["statistic", "df", "p", "ci_low", "ci_high"]
    ].tolist() == pytest.approx([other.statistic, other.df, other.pvalue, low, high])
    assert told.overall.iloc[0]["p"] == pair["p"] == pair["p_adjusted"]
    assert f"t({other.df:.1f}) = {other.statistic:.2f}, p = {other.pvalue:.3f}" in (
        told.results
    )
    assert "No difference was shown" in told.results
    ranked = compare_groups(surgery_day, "mgs30", "treatment", test="mann-whitney")
    u, p = scipy.stats.mannwhitneyu(values["Sham"], values["Transmitter"])
    row = ranked.pairwise.iloc[0]
    assert (row["group"], row["statistic"]) == ("Sham", u)
    assert row["p"] == pytest.approx(p, abs=0.02)  # exact with ties, which scipy lacks


def test_two_crossed_factors_get_a_linear_model(surgery_day):
    told = compare_groups(surgery_day, "mgs30", ["treatment", "condition"])
    fit = ols("mgs30 ~ C(treatment, Sum) * C(condition, Sum)", surgery_day).fit()
    squares = anova_lm(fit, typ=3)
    assert told.overall["p"].tolist() == pytest.approx(
        squares["PR(>F)"].iloc[1:4].tolist()
    )
    assert told.overall["term"].tolist() == [
        "treatment",
        "condition",
        "treatment:condition",
    ]
    # With a test of groups each combination is one.
    cells = compare_groups(
        surgery_day, "mgs30", ["treatment", "condition"], test="anova"
    )
    assert len(cells.pairwise) == 6


def test_days_of_the_trial_get_a_mixed_model(trial):
    told = compare_groups(
        trial, "mgs", "arm", ARMS[0], timepoint=[-1, 0, 1], n_resamples=99
    )
    part = trial[trial["timepoint"].isin([-1, 0, 1])]
    other = mixed_model(part, "mgs", between=["arm"], n_resamples=99, p_values="all")
    assert told.design == "groups at conditions"
    assert told.overall["p"].tolist() == other.terms["p_bootstrap"].tolist()
    assert told.overall["statistic"].tolist() == other.terms["F"].tolist()
    one = part[part["arm"] == ARMS[1]]
    balanced = AnovaRM(one, "mgs", "animal", within=["timepoint"]).fit().anova_table
    alone = compare_groups(
        trial[trial["arm"] == ARMS[1]],
        "mgs",
        "arm",
        timepoint=[-1, 0, 1],
        n_resamples=99,
    )
    assert alone.design == "several conditions"
    assert alone.overall["p_F"].item() == pytest.approx(
        balanced["Pr > F"].item(), abs=1e-6
    )
    between = told.pairwise[told.pairwise["family"] == "difference between groups"]
    assert set(between["reference"]) == {ARMS[0]}
    assert len(between) == 9
    row = between.iloc[0]
    day = part[part["timepoint"] == -1]
    means = day.groupby("arm")["mgs"].mean()
    assert row["difference"] == pytest.approx(means[row["group"]] - means[ARMS[0]])


def test_pairs_of_repeated_measures_do_not_lean_on_other_cells(trial):
    """A cell that varies more than others would find too much by a pooled variance."""
    days = [-1, 0, 1]
    found = compare_groups(trial, "mgs", "arm", timepoint=days, n_resamples=99)
    wide = trial[trial["timepoint"].isin(days)].pivot(
        index=["arm", "animal"], columns="timepoint", values="mgs"
    )
    for row in found.pairwise.to_dict("records"):
        if row["family"] == "change from baseline":
            both = wide.loc[row["at"]][[int(row["group"]), -1]].dropna()
            right = scipy.stats.ttest_rel(both.iloc[:, 0], both.iloc[:, 1])
            assert row["method"] == "Paired t test"
        else:
            day = wide[int(row["at"])]
            sides = (day.loc[row[side]].dropna() for side in ("group", "reference"))
            right = scipy.stats.ttest_ind(*sides, equal_var=False)
            assert row["method"] == "Welch's t test"
        assert row["p"] == pytest.approx(right.pvalue)
        assert row["statistic"] == pytest.approx(right.statistic)
    assert "paired t tests, and groups by Welch's t tests" in found.methods


# Repeated measures of known animals


def test_one_group_at_two_timepoints_is_paired():
    table = _timed(groups=("lap",))
    told = compare_groups(table, control="baseline")
    wide = table.pivot(index="animal", columns="timepoint", values="total")
    other = scipy.stats.ttest_rel(wide["post"], wide["baseline"])
    row = told.pairwise.iloc[0]
    assert (row["statistic"], row["p"]) == pytest.approx(
        (other.statistic, other.pvalue)
    )
    effect = hedges_g_paired(wide["post"], wide["baseline"])
    assert row["effect"] == pytest.approx(effect.estimate)
    assert "higher at post than at baseline" in told.results
    told = compare_groups(table, test="wilcoxon")
    assert (
        told.pairwise["p"].item()
        == scipy.stats.wilcoxon(wide["post"] - wide["baseline"]).pvalue
    )


def test_groups_at_timepoints_find_the_interaction():
    told = compare_groups(_timed(n=8), control="sham", n_resamples=199)
    by_term = told.overall.set_index("term")
    assert by_term.loc["group:timepoint", "p"] == 1 / 200
    assert by_term.loc["group:timepoint", "p_permutation"] <= 0.05
    assert "An interaction of group and timepoint was shown" in told.results
    pairs = told.pairwise.set_index(["family", "at"])
    post = pairs.loc[("difference between groups", "post")]
    assert (post["group"], post["reference"]) == ("lap", "sham")
    values = _values(_timed(n=8).query("timepoint == 'post'"), "total", "group")
    effect = hedges_g(values["lap"], values["sham"])
    assert post["effect"] == pytest.approx(effect.estimate)


def test_a_control_that_comes_last_is_still_the_reference():
    first = compare_groups(_timed(), control="sham", n_resamples=19).pairwise
    last = compare_groups(
        _timed(), control="lap", n_resamples=19
    ).pairwise  # turned round
    of = "difference between groups"
    one, other = first[first["family"] == of], last[last["family"] == of]
    assert (other["reference"] == "lap").all()
    for name, turned in (("difference", "difference"), ("ci_low", "ci_high")):
        assert one[name].tolist() == pytest.approx((-other[turned]).tolist())


def test_animals_that_lack_a_timepoint_stay_in_the_model_and_leave_a_paired_test():
    table = _timed(groups=("lap",)).iloc[:-1]  # lap5 has no post
    told = compare_groups(table)
    assert told.pairwise["n_group"].item() == 5
    assert "lap5" in told.methods
    model = compare_groups(_timed().iloc[:-1], n_resamples=19)
    assert "6" in model.overall["n"].iloc[0]
    assert model.descriptives["n_animals"].tolist() == [6, 6, 6, 5]
    assert any("lack a timepoint: 1" in note for note in model.notes)


# Frames and images are no animals


def test_frames_are_averaged_by_animal_and_it_is_said():
    frames = _frames()
    told = compare_groups(frames, timepoint="post", window=(0, 600))
    inside = frames[(frames["timepoint"] == "post") & (frames["time"] < 600)]
    means = inside.groupby("animal")["total"].mean()
    got = told.values.set_index("animal")["total"]
    assert got.to_dict() == pytest.approx(means.to_dict())
    counted = inside.groupby("animal")["total"].count()
    assert told.values.set_index("animal")["n_averaged"].to_dict() == counted.to_dict()
    assert told.overall["n"].item() == "sham 5; lap 5"
    assert "mean of its frames from 0 to 600 s" in told.methods
    assert "The animal was the unit of analysis" in told.methods
    unit = compare_groups(frames, "orbital", timepoint="post")
    assert "the orbital score" in unit.methods


def test_a_study_is_taken_as_its_frames_are():
    rng = np.random.default_rng(3)
    scored = rng.integers(0, 2, (6, 30, 4)) * np.array([1.0, 2, 1, 1])
    scored[rng.random(scored.shape) < 0.1] = np.nan
    rater = Rater("model", "model", "model", scale=load_scale("mgs-black"))
    recordings = {
        f"r{i}": scores_dataset(rater, range(30), range(30), units)
        for i, units in enumerate(scored)
    }
    sheet = pd.DataFrame(
        {"animal": list("abcdef"), "group": ["sham"] * 3 + ["pain"] * 3},
        index=list(recordings),
    )
    told = compare_groups(make_study(recordings, sheet))
    means = np.nanmean(scored.sum(axis=2), axis=1)
    assert told.values["total"].tolist() == pytest.approx(means.tolist())
    other = scipy.stats.ttest_ind(means[3:], means[:3], equal_var=False)
    assert told.overall["p"].item() == pytest.approx(other.pvalue)
    with pytest.raises(GrimaceError, match=r"study or a table.*type dict"):
        compare_groups({"sham": means[:3], "pain": means[3:]})


def test_frames_of_several_timepoints_are_repeated_measures():
    assert compare_groups(_frames(), n_resamples=19).design == "groups at conditions"


def test_a_table_without_animals_is_refused():
    with pytest.raises(GrimaceError, match=r"no column 'animal'.*not independent"):
        compare_groups(_table().drop(columns="animal"))
    with pytest.raises(GrimaceError, match="no column 'animal'"):
        compare_groups(_frames().drop(columns="animal"))


def test_repeated_animals_are_averaged_only_if_asked():
    images = pd.concat([_table(1), _table(2), _table(3)])
    with pytest.raises(GrimaceError, match=r"several rows.*aggregate=True"):
        compare_groups(images)
    told = compare_groups(images, aggregate=True)
    means = images.groupby("animal")["total"].mean()
    assert told.values.set_index("animal")["total"].to_dict() == pytest.approx(
        means.to_dict()
    )
    assert told.overall["n"].item() == "sham 6; lap 7"
    assert "13 animals have several rows or recordings (up to 3)" in told.methods


def test_very_many_animals_are_asked_about():
    many = _table(sizes=(("sham", 200), ("lap", 180)))
    with pytest.warns(GrimaceWarning, match=r"200 animals.*frames or images"):
        compare_groups(many)


def test_an_animal_in_two_groups_is_refused():
    table = _table()
    table.loc[table["animal"] == "lap0", "animal"] = "sham0"
    with pytest.raises(GrimaceError, match=r"'sham0' is in several groups.*sham, lap"):
        compare_groups(table)


# Bad input


def test_what_is_unknown_names_what_there_is():
    table = _table()
    with pytest.raises(GrimaceError, match=r"no column 'tota'.*'animal', 'group'"):
        compare_groups(table, "tota")
    with pytest.raises(GrimaceError, match=r"no group 'naive'.*'sham', 'lap'"):
        compare_groups(table, control="naive")
    with pytest.raises(GrimaceError, match=r"'anovaa' is unknown.*welch-t, student-t"):
        compare_groups(table, test="anovaa")
    with pytest.raises(GrimaceError, match=r"'paired-t' does not fit.*two groups"):
        compare_groups(table, test="paired-t")
    with pytest.raises(GrimaceError, match=r"no timepoint 'later'.*'baseline', 'post'"):
        compare_groups(_timed(), timepoint="later")
    with pytest.raises(GrimaceError, match="window= takes frames"):
        compare_groups(table, window=(0, 600))
    with pytest.raises(GrimaceError, match="does not hold numbers"):
        compare_groups(table.assign(total="low"))
    for single in (table, _timed(groups=("lap",))):
        with pytest.raises(GrimaceError, match="one comparison"):
            compare_groups(single, correction="holm")
    with pytest.raises(GrimaceError, match="no rows"):
        compare_groups(table.iloc[:0])


@pytest.mark.parametrize(("outcome", "score"), [("total", -1), ("ear", 9), ("ear", -1)])
def test_codes_of_missing_scores_are_no_scores(outcome, score):
    table = _table(step=0).assign(total=2.0, ear=1.0)
    table.loc[3, outcome] = score
    with pytest.raises(GrimaceError, match=r"'sham3'.*off the scale.*as NaN"):
        compare_groups(table, outcome)


def test_groups_that_are_numbers():
    table = _table()
    table["group"] = table["group"].map({"sham": 0, "lap": 10})
    told = compare_groups(table, control=0)
    assert (told.pairwise["reference"] == "0").all()


def test_several_raters_are_to_be_chosen_from():
    frames = _frames(raters=("Ann", "Ben"))
    with pytest.raises(GrimaceError, match="2 raters: 'Ann', 'Ben'"):
        compare_groups(frames, timepoint="post")
    told = compare_groups(frames, timepoint="post", rater="Ben")
    assert len(told.values) == 10
    with pytest.raises(GrimaceError, match=r"'Cid'.*'Ann', 'Ben'"):
        compare_groups(frames, timepoint="post", rater="Cid")


def test_animals_without_a_value_are_left_out_and_named():
    table = _table()
    table.loc[table["animal"].isin(["sham2", "lap3"]), "total"] = np.nan
    table.loc[table["animal"] == "lap4", "group"] = None
    told = compare_groups(table)
    assert told.overall["n"].item() == "sham 5; lap 5"
    assert "no value of total: 'lap3', 'sham2'" in told.methods
    assert "no group: 'lap4'" in told.methods


def test_a_group_of_one_animal_is_told():
    told = compare_groups(_table(sizes=(("sham", 5), ("lap", 1))))
    assert np.isnan(told.overall["p"].item())
    assert "fewer than two animals: lap (n = 1)" in told.overall["note"].item()
    assert "Not tested: lap and sham" in told.results
    three = compare_groups(_table(sizes=(("sham", 5), ("lap", 1), ("drug", 6))))
    two = compare_groups(
        _table(sizes=(("sham", 5), ("lap", 1), ("drug", 6)))[
            lambda t: t["group"] != "lap"
        ],
        test="brown-forsythe",
    )
    assert three.overall["p"].item() == pytest.approx(two.overall["p"].item())
    assert "lap (n = 1)" in three.methods
    assert three.descriptives.set_index("group").loc["lap", "n_animals"] == 1


def test_constant_scores_are_told():
    told = compare_groups(_table().assign(total=2.0))
    assert np.isnan(told.overall["p"].item())
    assert "all values are the same" in told.results
    timed = compare_groups(_timed().assign(total=2.0), n_resamples=19)
    assert timed.overall["p"].isna().all()
    assert "could not be tested" in timed.results


def test_nothing_to_compare():
    with pytest.raises(GrimaceError, match="of one group"):
        compare_groups(_table(sizes=(("sham", 5),)))
    with pytest.raises(GrimaceError, match="No animal has a value"):
        compare_groups(_table().assign(total=np.nan))
    with pytest.raises(GrimaceError, match="No row has a 'group'"):
        compare_groups(_table().assign(group=""))
    with pytest.raises(GrimaceError, match=r"each with other animals"):
        compare_groups(
            _timed()
            .drop_duplicates("animal")
            .assign(timepoint=lambda t: np.where(t.index % 4, "a", "b"))
        )


def test_the_checks_do_not_change_the_choice():
    table = _table(sizes=(("sham", 8), ("lap", 8)))
    wild = table.assign(total=np.exp(2 * table["total"]) / 500)
    told = compare_groups(wild)
    assert told.test == compare_groups(table).test == "welch-t"
    checks = told.assumptions.set_index("check")
    assert checks.loc["normality of residuals", "p"] < 0.05
    assert "far from its group" in checks.loc["outliers", "finding"]


def test_groups_keep_the_order_of_categories():
    table = _table()
    table["group"] = pd.Categorical(table["group"], ["lap", "sham"], ordered=True)
    told = compare_groups(table)
    assert told.descriptives["group"].tolist() == ["lap", "sham"]
    assert told.pairwise["reference"].item() == "lap"


def test_other_corrections(surgery_day):
    told = compare_groups(surgery_day, "mgs30", "arm", correction="fdr").pairwise
    p = [
        scipy.stats.ttest_ind(
            surgery_day.loc[surgery_day["arm"] == row["group"], "mgs30"],
            surgery_day.loc[surgery_day["arm"] == row["reference"], "mgs30"],
            equal_var=False,
        ).pvalue
        for row in told.to_dict("records")
    ]
    assert told["p_adjusted"].tolist() == pytest.approx(
        scipy.stats.false_discovery_control(p).tolist()
    )


# Model against people


def test_model_and_people_on_the_same_frames():
    frames = _frames(raters=("model", "Ann", "Ben"))
    frames = frames[(frames["rater"] == "model") | (frames["frame"] < 10)]
    told = compare_model_with_people(frames, "model", timepoint="post")
    part = frames[(frames["timepoint"] == "post") & (frames["frame"] < 10)]
    wide = part.pivot(
        index=["group", "animal", "frame"], columns="rater", values="total"
    )
    wide = wide.dropna()
    people = wide[["Ann", "Ben"]].mean(axis=1)
    for row in told.table.to_dict("records"):
        of = wide.loc[row["group"]].groupby("animal")["model"].mean()
        by_people = people.loc[row["group"]].groupby("animal").mean()
        other = scipy.stats.wilcoxon(of - by_people)
        assert row["p"] == pytest.approx(other.pvalue)
        assert row["n_animals"] == 5
        assert row["n_frames"] == len(wide.loc[row["group"]])
        assert row["mean_model"] == pytest.approx(of.mean())
    assert told.table["group"].tolist() == ["sham", "lap"]
    assert (told.table["p_adjusted"] >= told.table["p"]).all()
    assert told.values.columns.tolist() == [
        "group",
        "animal",
        "model",
        "people",
        "n_frames",
    ]


def test_a_model_that_is_higher_by_one_is_found():
    frames = _frames(raters=("model",)).dropna()
    frames = frames[frames["total"] <= 7]
    person = frames.assign(rater="Ann")
    model = frames.assign(total=frames["total"] + 1)
    told = compare_model_with_people(
        pd.concat([model, person]), "model", "Ann", timepoint="post", test="paired-t"
    )
    assert told.table["difference"].tolist() == pytest.approx([1, 1])
    assert told.table["note"].str.contains("all differences are the same").all()


def test_model_and_people_who_are_not_there():
    frames = _frames(raters=("model", "Ann"))
    with pytest.raises(GrimaceError, match=r"no scores by 'Cid'.*'model', 'Ann'"):
        compare_model_with_people(frames, "model", "Cid", timepoint="post")
    with pytest.raises(GrimaceError, match="no timepoint 'later'"):
        compare_model_with_people(frames, "model", timepoint="later")
    with pytest.raises(GrimaceError, match="only rater"):
        compare_model_with_people(frames.query("rater == 'Ann'"), "Ann")
    apart = frames[(frames["rater"] == "model") == (frames["frame"] < 5)]
    with pytest.raises(GrimaceError, match="No frame has a value of 'total' by all"):
        compare_model_with_people(apart, "model")
    with pytest.raises(GrimaceError, match="choose one of wilcoxon, paired-t"):
        compare_model_with_people(frames, "model", test="t")


def test_permutation_tests_can_be_asked_for(surgery_day):
    two = compare_groups(surgery_day, "mgs30", "treatment", test="permutation")
    assert (
        two.overall["p"].item()
        == permutation_test(surgery_day, "mgs30", "treatment")["p"].item()
    )
    all_arms = compare_groups(surgery_day, "mgs30", "arm", test="permutation-f")
    alone = surgery_day[surgery_day["arm"].isin(ARMS[:2])]
    pairs = all_arms.pairwise.set_index(["group", "reference"])
    assert pairs.loc[(ARMS[1], ARMS[0]), "p"] == pytest.approx(
        permutation_test(alone, "mgs30", "arm")["p"].item()
    )
    assert (pairs["p_adjusted"] >= pairs["p"]).all()
    assert "p values adjusted by Holm's method" in all_arms.methods
