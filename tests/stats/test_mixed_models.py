"""Mixed models against statsmodels, pingouin, classical identities and enumeration."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pingouin as pg
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.stats import chi2, ttest_ind, ttest_rel
from statsmodels.stats.multitest import multipletests

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import mixed_model
from napari_grimace.stats.groups.factorial import read_factorial
from napari_grimace.stats.groups.parametric_bootstrap import parametric_bootstrap
from napari_grimace.stats.groups.random_intercept import RandomIntercept
from napari_grimace.stats.groups.satterthwaite import Estimates

# pingouin 0.7 with pandas 3; statsmodels tells of estimates near 0.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
    pytest.mark.filterwarnings("ignore:The MLE may be on the boundary"),
]


def _study(animals=12, times=3, groups=("sham", "laparotomy"), seed=0, spread=1.0):
    """Animals of some groups at some timepoints, with random levels of their own."""
    rng = np.random.default_rng(seed)
    names = [f"m{i:02d}" for i in range(animals)]
    table = pd.DataFrame(
        product(names, ["baseline", "post", "late"][:times]),
        columns=["animal", "timepoint"],
    )
    number = table["animal"].str[1:].astype(int)
    table["group"] = number.map(lambda i: groups[i % len(groups)])
    own = spread * rng.normal(size=animals)
    table["total"] = own[number] + rng.normal(size=len(table))
    return table


def _with_gaps(table, n, seed=0):
    """The same without the outcome in some rows."""
    gone = np.random.default_rng(seed).choice(len(table), n, replace=False)
    return table.assign(total=table["total"].where(~table.index.isin(gone)))


def _terms(result):
    return result.terms.set_index("term")


@pytest.mark.parametrize("gaps", [0, 5])
def test_estimates_and_likelihoods_of_statsmodels(gaps):
    table = _with_gaps(_study(spread=1.2), gaps).dropna()
    formula = "total ~ C(group, Sum) * C(timepoint, Sum)"
    theirs, other = (
        smf.mixedlm(formula, table, groups=table["animal"]) for _ in range(2)
    )
    reml, ml = theirs.fit(reml=True), other.fit(reml=False)
    animals = pd.factorize(table["animal"])[0]
    ours = RandomIntercept(theirs.exog, animals)
    outcome = table["total"].to_numpy()
    fit = ours.fit(outcome)
    assert fit.coefficients == pytest.approx(reml.fe_params.to_numpy(), abs=1e-5)
    assert fit.residual == pytest.approx(reml.scale, rel=1e-4)
    assert fit.animal == pytest.approx(float(reml.cov_re.iloc[0, 0]), rel=1e-3)
    same = animals[:, None] == animals
    among = fit.residual * np.eye(len(table)) + fit.animal * same
    gls = sm.GLS(outcome, theirs.exog, sigma=among).fit(cov_type="fixed scale")
    assert fit.covariance == pytest.approx(np.asarray(gls.normalized_cov_params))
    deviance = ours.maximise(outcome[:, None], restricted=False)[1][0]
    assert -deviance / 2 == pytest.approx(ml.llf, abs=1e-6)
    deviance = ours.maximise(outcome[:, None], restricted=True)[1][0]
    cross = np.linalg.slogdet(theirs.exog.T @ theirs.exog)[1]
    assert -(deviance + cross) / 2 == pytest.approx(reml.llf, abs=1e-6)


def test_split_plot_analysis_of_variance(real_data):
    path = real_data / "agreement_reference" / "pingouin_mixed_anova.csv"
    table = pd.read_csv(path)
    ours = mixed_model(table, "Scores", "Time", ("Group",), "Subject", p_values="wald")
    theirs = pg.mixed_anova(
        table, dv="Scores", within="Time", between="Group", subject="Subject"
    )
    terms = ours.terms
    assert terms["F"].to_numpy() == pytest.approx(theirs["F"].to_numpy())
    assert terms["df"].tolist() == theirs["DF1"].tolist()
    assert terms["df_error"].to_numpy() == pytest.approx(theirs["DF2"].to_numpy())
    uncorrected = theirs.filter(regex="^p.unc").iloc[:, 0]
    assert terms["p_F"].to_numpy() == pytest.approx(uncorrected.to_numpy())
    assert (terms["p_wald"] < terms["p_F"]).all()


def test_repeated_measures_analysis_of_variance(real_data):
    path = real_data / "agreement_reference" / "pingouin_rm_anova2.csv"
    table = pd.read_csv(path, encoding="utf-8-sig").query("Time == 'Pre'")
    ours = mixed_model(table, "Performance", "Metric", (), "Subject", p_values="wald")
    theirs = pg.rm_anova(
        table, dv="Performance", within="Metric", subject="Subject", correction=False
    )
    found = ours.terms.iloc[0]
    assert found["F"] == pytest.approx(theirs.loc[0, "F"])
    assert found["df_error"] == pytest.approx(theirs.loc[0, "ddof2"])
    assert found["p_F"] == pytest.approx(theirs.filter(regex="^p.unc").iloc[0, 0])
    assert set(ours.contrasts["family"]) == {"change from baseline"}


def test_a_real_trial(real_data):
    path = real_data / "postoperative_mgs" / "postop.csv"
    table = pd.read_csv(path).dropna(subset=["mgs"])
    ours = mixed_model(
        table, "mgs", "day", ("treatment", "condition"), "id", p_values="all"
    )
    terms = _terms(ours)
    # The two strata of a complete design: animals' means, and what is within animals.
    means = table.groupby(["id", "treatment", "condition"], as_index=False)[
        "mgs"
    ].mean()
    model = smf.ols("mgs ~ C(treatment, Sum) * C(condition, Sum)", means).fit()
    above = sm.stats.anova_lm(model, typ=3).iloc[1:4]
    between = ["treatment", "condition", "treatment:condition"]
    assert terms.loc[between, "F"].to_numpy() == pytest.approx(above["F"].to_numpy())
    assert terms.loc[between, "p_F"].to_numpy() == pytest.approx(
        above["PR(>F)"].to_numpy()
    )
    table["inside"] = table["mgs"] - table.groupby("id")["mgs"].transform("mean")
    factors = "C(treatment, Sum) * C(condition, Sum) * C(day, Sum)"
    below = sm.stats.anova_lm(smf.ols(f"inside ~ {factors}", table).fit(), typ=3)
    squares = below["sum_sq"] / below["df"]
    days = squares.filter(like="day").to_numpy()
    # 28 animals' means are gone, and so are 28 - 4 of the residual's 144.
    error = below.loc["Residual", "sum_sq"] / (5 * 24)
    assert terms.filter(like="day", axis=0)["F"].to_numpy() == pytest.approx(
        days / error
    )
    assert (terms.filter(like="day", axis=0)["df_error"] - 120).abs().max() < 1e-6
    assert terms["p_bootstrap"].to_numpy() == pytest.approx(terms["p_F"], abs=0.04)
    assert terms["p_permutation"].to_numpy() == pytest.approx(terms["p_F"], abs=0.08)
    first = ours.contrasts.loc[0]
    assert (first["group"], first["reference"]) == (0, -1)  # days in order of size
    assert ours.variance.loc[0, "n_animals"] == 28


def test_one_row_per_animal_is_the_ordinary_linear_model():
    table = _study(animals=13, times=1, groups=("a", "b", "c"), seed=3)
    table["sex"] = np.where(np.arange(13) % 4 < 2, "f", "m")
    ours = mixed_model(table, within=None, between=("group", "sex"), p_values="wald")
    model = smf.ols("total ~ C(group, Sum) * C(sex, Sum)", table).fit()
    theirs = sm.stats.anova_lm(model, typ=3).iloc[1:4]
    assert ours.terms["F"].to_numpy() == pytest.approx(theirs["F"].to_numpy())
    assert ours.terms["p_F"].to_numpy() == pytest.approx(theirs["PR(>F)"].to_numpy())
    found = ours.coefficients.set_index("coefficient")
    for name, ci in zip(
        ["intercept", "group[a]", "group[b]", "sex[f]"],
        model.conf_int().to_numpy()[:4],
        strict=True,
    ):
        assert found.loc[name, ["ci_low", "ci_high"]].tolist() == pytest.approx(ci)
    assert np.isnan(ours.variance.loc[0, "animal"])


def test_two_timepoints_are_t_tests():
    table = _study(animals=11, times=2, seed=5)
    result = mixed_model(table, p_values="wald")
    wide = table.pivot(index="animal", columns="timepoint", values="total")
    group = table.groupby("animal")["group"].first()
    change, level = wide["post"] - wide["baseline"], wide.mean(axis=1)
    for term, values in {"group": level, "group:timepoint": change}.items():
        one, other = (values[group == name] for name in ("sham", "laparotomy"))
        theirs = ttest_ind(one, other)
        found = _terms(result).loc[term]
        assert found["F"] == pytest.approx(theirs.statistic**2)
        assert found["p_F"] == pytest.approx(theirs.pvalue)
    named = mixed_model(table, between="group", p_values="wald")
    pd.testing.assert_frame_equal(named.terms, result.terms)
    alone = table[table["group"] == "sham"]
    result = mixed_model(alone, between=(), p_values="wald")
    sham = wide[group == "sham"]
    theirs = ttest_rel(sham["post"], sham["baseline"])
    found = result.contrasts.iloc[0]
    assert [found["t"], found["p"]] == pytest.approx([theirs.statistic, theirs.pvalue])
    interval = theirs.confidence_interval()
    assert [found["ci_low"], found["ci_high"]] == pytest.approx(
        [interval.low, interval.high]
    )


def test_means_and_contrasts():
    table = _study(animals=12, groups=("sham", "laparotomy", "carprofen"), seed=2)
    result = mixed_model(table, p_values="wald")
    cells = table.groupby(["group", "timepoint"])["total"].mean()
    means = result.means.set_index(["group", "timepoint"])["mean"]
    assert means.to_dict() == pytest.approx(cells.to_dict())
    assert (result.means["n_animals"] == 4).all()
    pairs = ["group", "reference"]
    rows = result.contrasts.set_index(["family", "at", *pairs])["estimate"]
    change = rows["change from baseline", "carprofen", "late", "baseline"]
    assert change == pytest.approx(
        cells["carprofen", "late"] - cells["carprofen", "baseline"]
    )
    apart = rows["difference between groups", "post", "laparotomy", "sham"]
    assert apart == pytest.approx(cells["laparotomy", "post"] - cells["sham", "post"])
    for _, family in result.contrasts.groupby("family"):
        holm = multipletests(family["p"], method="holm")[1]
        assert family["p_adjusted"].to_numpy() == pytest.approx(holm)
    assert len(result.contrasts) == 3 * 2 + 3 * 3


def test_the_baseline_can_be_chosen():
    table = _study()
    chosen = mixed_model(table, baseline="post", p_values="wald").contrasts
    assert set(chosen["reference"][:4]) == {"post"}
    with pytest.raises(GrimaceError, match="no 'before' to compare with"):
        mixed_model(table, baseline="before")


def test_other_factors_count_evenly_in_contrasts():
    table = _study(animals=14, times=2)
    table["sex"] = np.where(table["animal"] < "m05", "f", "m")
    result = mixed_model(table, between=("group", "sex"), p_values="wald")
    cells = table.groupby(["group", "sex", "timepoint"])["total"].mean().unstack("sex")
    evenly = cells.mean(axis=1)
    found = result.contrasts.set_index(["at", "group", "reference"])["estimate"]
    assert found["post", "laparotomy", "sham"] == pytest.approx(
        evenly["laparotomy", "post"] - evenly["sham", "post"]
    )


def test_degrees_of_freedom_of_incomplete_data():
    """They say how much an estimated variance varies from study to study."""
    table = _with_gaps(_study(animals=16, spread=1.5), 12, seed=4)
    design = read_factorial(table, "total", "timepoint", ["group"], "animal")
    model = RandomIntercept(design.matrix(design.codes), design.animals)
    rng = np.random.default_rng(1)
    own = 1.5 * rng.normal(size=(len(model.sizes), 400))
    outcomes = own[model.animals] + rng.normal(size=(len(model.animals), 400))
    asked = np.eye(6)[[1, 2, 4]]
    tables = [Estimates(model, model.fit(y)).table(asked) for y in outcomes.T]
    variances = np.array([one["se"] ** 2 for one in tables])
    df = np.median([one["df"] for one in tables], axis=0)
    assert df == pytest.approx(2 * variances.mean(0) ** 2 / variances.var(0), rel=0.2)


def test_gaps_are_told_and_the_rest_counts():
    result = mixed_model(_with_gaps(_study(), 6), p_values="wald")
    assert "Rows without total, left out: 6 of 36." in result.note
    assert "Animals that lack a timepoint" in result.note
    assert result.variance.loc[0, "n_rows"] == 30
    assert result.means["n_animals"].sum() == 30


def test_the_bootstrap_agrees_with_f_where_f_is_exact():
    for seed in range(3):
        result = mixed_model(_study(seed=seed, spread=2), n_resamples=4999, seed=seed)
        p, exact = result.terms["p_bootstrap"], result.terms["p_F"]
        error = np.sqrt(exact * (1 - exact) / 4999)
        assert (np.abs(p - exact) < 4 * error + 1e-3).all()


def test_wald_is_too_liberal_at_12_animals_and_the_bootstrap_is_not():
    """Three groups of four animals without any difference between them."""
    table = _study(groups=("sham", "laparotomy", "carprofen"))
    design = read_factorial(table, "total", "timepoint", ["group"], "animal")
    model = RandomIntercept(design.matrix(design.codes), design.animals)
    tested = design.columns[("group",)]
    rng = np.random.default_rng(0)
    wald, bootstrap = [], []
    for _ in range(300):
        outcome = rng.normal(size=12)[model.animals] + rng.normal(size=36)
        statistic, _ = Estimates(model, model.fit(outcome)).joint(np.eye(9)[tested])
        wald.append(chi2.sf(statistic, 2) <= 0.05)
        p = parametric_bootstrap(model, outcome, tested, 199, rng)
        bootstrap.append(p <= 0.05)
    assert np.mean(wald) > 0.08
    assert np.mean(bootstrap) == pytest.approx(0.05, abs=0.03)


def test_permutation_of_groups_is_the_enumeration():
    table = _study(animals=8, times=1, seed=8)
    result = mixed_model(table, within=None, p_values="permutation", n_resamples=9999)
    values = table["total"].to_numpy()
    labels = (table["group"] == "sham").to_numpy()

    def apart(chosen):
        return abs(values[chosen].mean() - np.delete(values, chosen).mean())

    every = np.array([apart(list(c)) for c in combinations(range(8), 4)])
    exact = np.mean(every >= apart(np.flatnonzero(labels)) - 1e-9)
    assert result.terms.loc[0, "p_permutation"] == pytest.approx(exact, abs=0.02)


def test_permutation_of_timepoints_is_the_enumeration():
    table = _study(animals=8, times=2, seed=9)
    result = mixed_model(table, between=(), p_values="permutation", n_resamples=9999)
    wide = table.pivot(index="animal", columns="timepoint", values="total")
    change = (wide["post"] - wide["baseline"]).to_numpy()
    signs = np.array(list(product([-1, 1], repeat=8)))
    exact = np.mean(np.abs(signs @ change) >= abs(change.sum()) - 1e-9)
    assert result.terms.loc[0, "p_permutation"] == pytest.approx(exact, abs=0.02)


def test_permutation_finds_what_is_there():
    table = _study(animals=16, seed=1)
    post = (table["timepoint"] != "baseline") & (table["group"] == "laparotomy")
    table["total"] += 3 * post
    terms = _terms(mixed_model(_with_gaps(table, 5), p_values="all", n_resamples=499))
    both = ["p_bootstrap", "p_permutation"]
    assert (terms.loc[["group", "group:timepoint"], both] <= 0.01).all(axis=None)


def test_the_seed_decides():
    table = _with_gaps(_study(), 4)
    first, again, other = (
        mixed_model(table, p_values="all", n_resamples=99, seed=seed).terms
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_no_variance_between_animals_is_told():
    table = _study(spread=0, seed=1)
    table["total"] -= table.groupby("animal")["total"].transform("mean")
    result = mixed_model(table, p_values="bootstrap", n_resamples=99)
    assert result.variance.loc[0, "animal"] == 0
    assert result.variance.loc[0, "icc"] == 0
    assert "singular fit" in result.note
    assert (result.terms["p_bootstrap"] > 0).all()


@pytest.mark.parametrize("outcome", ["constant", "explained"])
def test_an_outcome_that_does_not_vary_is_not_tested(outcome):
    table = _study()
    explained = (table["group"] == "sham") * 1.0 + (table["timepoint"] == "post")
    result = mixed_model(
        table.assign(total=1.0 if outcome == "constant" else explained)
    )
    assert "nothing is tested" in result.note
    tests = ["chi2", "p_wald", "F", "p_F", "p_bootstrap"]
    assert result.terms[tests].isna().all(axis=None)
    assert result.contrasts["p"].isna().all()


def test_a_group_of_one_animal_is_told():
    table = _study()
    table["group"] = np.where(table["animal"] == "m00", "sham", "laparotomy")
    assert "group sham has one animal" in mixed_model(table, n_resamples=19).note


def test_animals_seen_once_are_no_repeated_measures():
    table = _study(animals=12, times=2)
    even = table["animal"].str[1:].astype(int) // 2 % 2 == 0
    once = table[even == (table["timepoint"] == "post")]
    result = mixed_model(once, p_values="wald")
    assert "none is random" in result.note
    assert _terms(result).loc["group", "df_error"] == 8


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        (lambda t: t.drop(columns="group"), {}, "no column 'group'"),
        (lambda t: t.assign(total="high"), {}, "does not hold numbers"),
        (lambda t: t.assign(total=np.inf), {}, "infinite"),
        (lambda t: t.assign(total=np.nan), {}, "no row with a number"),
        (lambda t: t.iloc[:0], {}, "no row with a number"),
        (lambda t: pd.concat([t, t]), {}, "m00 has 2 rows at timepoint baseline"),
        (lambda t: t, {"within": None}, "m00 has 3 rows: .* named as within|m00 has 3"),
        (lambda t: t.assign(group="sham"), {}, "'group' is 'sham' in all rows"),
        (lambda t: t.assign(group=t["animal"]), {}, "12 animals for 12 groups"),
        (lambda t: t.assign(group=t["timepoint"]), {}, "several values of 'group'"),
        (
            lambda t: t[(t["group"] == "sham") | (t["timepoint"] != "post")],
            {},
            "No animal has a number at group laparotomy, timepoint post",
        ),
        (lambda t: t.assign(group=t["group"].where(t.index > 2)), {}, "has no group"),
        (lambda t: t.assign(timepoint=""), {}, "Row 0 has no timepoint"),
        (lambda t: t, {"between": (), "within": None}, "No factor is given"),
        (lambda t: t, {"between": ("timepoint",)}, "given twice"),
        (lambda t: t, {"p_values": "exact"}, "choose one of wald"),
        (lambda t: t, {"n_resamples": 0}, "at least 1"),
    ],
)
def test_what_does_not_fit_is_refused(change, options, told):
    with pytest.raises(GrimaceError, match=told):
        mixed_model(change(_study()), **options)
