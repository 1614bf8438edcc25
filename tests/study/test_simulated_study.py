"""The simulated study against what was published of the study that it is built to.

All numbers are computed here from the arrays of the file, with NumPy and SciPy.
Published: McCoy et al. (2024) Development of PainFace software to simplify,
standardize, and scale up mouse grimace analyses. Pain 165:1793-1805, figures 6 to 9.
"""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from napari_grimace.study import frame_scores, open_study
from napari_grimace.study.sample import sample_study
from napari_grimace.study.simulate import SEED, simulate_study

UNITS = ["orbital", "nose", "ear", "whiskers"]
GROUPS = ["sham", "laparotomy", "carprofen"]
TEN_MINUTES = 600
LOW, HIGH = (0, 2), (5, 8)

wilcoxon = partial(stats.wilcoxon, method="approx")  # there are ties


def totals(scores: xr.Dataset, rater: str) -> xr.DataArray:
    """Sum the four units (recording, frame); NaN where one is missing."""
    return scores["score"].sel(rater=rater).sum("unit", skipna=False)


def share(values: np.ndarray, low: int, high: int) -> np.ndarray:
    """Percent of frames, of those with a total, within limits, for each recording."""
    seen = np.isfinite(values).sum(axis=1)
    inside = ((values >= low) & (values <= high)).sum(axis=1)
    return 100 * inside[seen > 0] / seen[seen > 0]


def means(values: np.ndarray) -> np.ndarray:
    """Mean of each recording that has any total."""
    return np.nanmean(values[np.isfinite(values).any(axis=1)], axis=1)


def brown_forsythe(groups: list[np.ndarray]) -> float:
    """P of the analysis of variance of means by Brown and Forsythe (1974)."""
    n = np.array([len(g) for g in groups])
    mean, variance = (np.array([f(g) for g in groups]) for f in (np.mean, np.var))
    spread = (1 - n / n.sum()) * variance * n / (n - 1)
    f = (n * (mean - np.average(mean, weights=n)) ** 2).sum() / spread.sum()
    c = spread / spread.sum()
    return float(stats.f.sf(f, len(groups) - 1, 1 / (c**2 / (n - 1)).sum()))


@pytest.fixture(scope="module")
def study() -> dict[str, xr.Dataset]:
    names = ("laparotomy", "carrageenan", "raters")
    path = sample_study()
    return {n: xr.load_dataset(path, group=n, engine="h5netcdf") for n in names}


@pytest.fixture(scope="module")
def laparotomy(study) -> xr.Dataset:
    return study["laparotomy"]


@pytest.fixture(scope="module")
def post(laparotomy) -> dict[str, np.ndarray]:
    """By group, the model's totals (animal, frame) after the operation."""
    return by_group(laparotomy, "simulated model 1.0", "post")


def by_group(scores: xr.Dataset, rater: str, timepoint: str) -> dict[str, np.ndarray]:
    chosen = totals(scores, rater).isel(recording=scores["timepoint"] == timepoint)
    groups = dict.fromkeys(chosen["group"].values.tolist())
    return {g: chosen.isel(recording=chosen["group"] == g).values for g in groups}


@pytest.fixture(scope="module")
def first(post) -> dict[str, np.ndarray]:
    return {group: values[:, :TEN_MINUTES] for group, values in post.items()}


# --- figure 6A: design


def test_groups_of_12_to_17_animals_each_before_and_after_at_1_frame_per_second(
    laparotomy,
):
    table = laparotomy[["animal", "group", "timepoint", "sex"]].to_dataframe()
    timepoints = table.groupby("animal")["timepoint"].agg(" ".join)
    assert (timepoints == "baseline post").all()
    sizes = table.groupby("group")["animal"].nunique()
    assert sorted(sizes.index) == sorted(GROUPS)
    assert sizes.between(12, 17).all()
    assert (table[table["group"] == "laparotomy"]["sex"].value_counts() >= 16).all()
    assert laparotomy.sizes["frame"] == 1800
    assert (laparotomy["time"] == np.arange(1800)).all()


def test_everything_says_that_it_is_simulated(study):
    told = [scores.attrs["about"] for scores in study.values()]
    told += [xr.load_dataset(sample_study(), engine="h5netcdf").attrs["about"]]
    assert all(about.startswith("SIMULATED, not measured on animals") for about in told)
    assert all("napari_grimace.study.simulate" in about for about in told)
    for name in ("laparotomy", "carrageenan"):
        assert all("simulated" in str(n) for n in study[name]["rater"].values)
    assert all("simulated" in str(n) for n in study["raters"]["rater_name"].values)


@pytest.mark.parametrize("experiment", ["laparotomy", "carrageenan", "raters"])
def test_it_opens_as_a_study_with_the_same_totals(study, experiment):
    table = frame_scores(open_study(sample_study(), experiment=experiment))
    scores = study[experiment]
    rated = (scores["state"] != 0).any("unit")
    assert len(table) == rated.sum()
    for rater in scores["rater"].values:
        raw = totals(scores, rater)
        mine = table[table["rater"] == rater]
        assert mine["total"].notna().sum() == np.isfinite(raw).sum()
        assert mine["total"].sum() == raw.sum()
    sheet = table.groupby("recording", sort=False).first()
    for column in ("animal", "group", "timepoint", "sex", "lab"):
        assert (scores[column].to_series() == sheet[column]).all()


def test_file_is_small():
    assert sample_study().stat().st_size < 1.5e6


# --- figure 6B: ten frames by people and model


@pytest.mark.parametrize("person", ["simulated person A", "simulated person B"])
def test_people_and_model_agree_on_ten_frames_of_twelve_animals(laparotomy, person):
    model = totals(laparotomy, "simulated model 1.0")
    human = totals(laparotomy, person)
    scored = laparotomy["state"].sel(rater=person) != 0
    assert (scored.any("unit") == np.isfinite(human)).all()  # all units are seen
    for group in GROUPS:
        chosen = ((human["group"] == group) & np.isfinite(human).any("frame")).values
        assert (human["timepoint"].values[chosen] == "post").all()
        assert chosen.sum() == 12
        theirs = human.values[chosen]
        assert (np.isfinite(theirs).sum(axis=1) == 10).all()
        same = np.where(np.isfinite(theirs), model.values[chosen], np.nan)
        gap = np.nanmean(theirs, axis=1) - np.nanmean(same, axis=1)
        assert wilcoxon(gap).pvalue > 0.05
        assert stats.ttest_1samp(gap, 0).pvalue > 0.05
        both = np.isfinite(theirs)
        assert np.corrcoef(theirs[both], same[both])[0, 1] > 0.7


# --- figures 6C, G, H, I: groups


@pytest.mark.parametrize("seconds", [600, 1800])
@pytest.mark.parametrize("normalised", [False, True])
def test_laparotomy_differs_from_sham_and_from_carprofen(
    laparotomy, seconds, normalised
):
    model = totals(laparotomy, "simulated model 1.0")[:, :seconds]
    mean = model.mean("frame").to_series()
    index = pd.MultiIndex.from_arrays(
        [laparotomy[n].values for n in ("animal", "group", "timepoint")],
        names=["animal", "group", "timepoint"],
    )
    table = mean.set_axis(index).unstack("timepoint").dropna()
    outcome = table["post"] / (table["baseline"] if normalised else 1)
    groups = [outcome.xs(g, level="group").to_numpy() for g in GROUPS]
    assert brown_forsythe(groups) < 0.001
    assert stats.kruskal(*groups).pvalue < 0.001
    sham, operated, treated = groups
    assert operated.mean() > treated.mean() * 1.5
    assert stats.ttest_ind(operated, sham, equal_var=False).pvalue < 0.01
    assert stats.ttest_ind(operated, treated, equal_var=False).pvalue < 0.01
    assert stats.ttest_ind(treated, sham, equal_var=False).pvalue > 0.05
    before = [table["baseline"].xs(g, level="group").to_numpy() for g in GROUPS]
    assert stats.kruskal(*before).pvalue > 0.05


# --- figure 6D: time course


def test_sham_and_carprofen_are_lowest_at_first_and_rise_laparotomy_stays(post):
    for group, values in post.items():
        values = values[np.isfinite(values).sum(axis=1) > 100]
        third = [np.nanmean(means(values[:, s : s + 600])) for s in (0, 600, 1200)]
        slopes = np.array([slope_of(row) for row in values])
        p = stats.ttest_1samp(slopes, 0).pvalue
        if group == "laparotomy":
            assert np.ptp(third) < 0.3
            assert p > 0.05
        else:
            assert third[0] < third[1] < third[2]
            assert third[2] - third[0] > 0.4
            assert slopes.mean() > 0
            assert p < 0.01


def slope_of(series: np.ndarray) -> float:
    seen = np.flatnonzero(np.isfinite(series))
    return np.polyfit(seen, series[seen], 1)[0]


def test_groups_differ_most_in_the_first_ten_minutes(post):
    for control in ("sham", "carprofen"):
        gaps = [
            means(post["laparotomy"][:, s : s + 600]).mean()
            - means(post[control][:, s : s + 600]).mean()
            for s in (0, 600, 1200)
        ]
        assert np.argmax(gaps) == 0


# --- figure 6E: frames with four units


def test_350_to_450_frames_with_four_units_in_ten_minutes_from_0_to_598(first):
    seen = {group: np.isfinite(values).sum(axis=1) for group, values in first.items()}
    for counts in seen.values():
        assert 350 <= counts.mean() <= 450
    every = np.concatenate(list(seen.values()))
    assert every.min() == 0
    assert 590 <= every.max() < 600
    assert (every >= 500).sum() >= 20  # figure 6F: 23 videos


def test_other_frames_show_some_of_the_units_or_none(laparotomy):
    model = laparotomy["score"].sel(rater="simulated model 1.0")
    counts = (
        np.bincount(np.isfinite(model).sum("unit").values.ravel()) / model[..., 0].size
    )
    assert (counts[:4] > 0.01).all()
    assert 0.6 < counts[4] < 0.75
    state = laparotomy["state"].sel(rater="simulated model 1.0")
    assert (state == xr.where(np.isfinite(model), 1, 3)).all()


# --- figures 7 and S3: distribution


def test_share_of_low_and_high_frames(first):
    sham, operated = first["sham"], first["laparotomy"]
    assert share(sham, *LOW).mean() == pytest.approx(75, abs=3)
    assert share(sham, *HIGH).mean() == pytest.approx(10, abs=2)
    assert share(operated, *HIGH).mean() == pytest.approx(45, abs=3)
    treated = share(first["carprofen"], *LOW).mean()
    assert treated > share(operated, *LOW).mean() + 20
    assert share(first["carprofen"], *HIGH).mean() < 20


def test_total_6_is_7_times_as_frequent_and_total_1_rarer_after_laparotomy(first):
    six = {group: share(values, 6, 6) for group, values in first.items()}
    one = {group: share(values, 1, 1) for group, values in first.items()}
    for control in ("sham", "carprofen"):
        ratio = six["laparotomy"].mean() / six[control].mean()
        assert ratio == pytest.approx(7, abs=1)
        for shares in (six, one):
            p = stats.ttest_ind(shares["laparotomy"], shares[control], equal_var=False)
            assert p.pvalue < 0.01
        assert one["laparotomy"].mean() < one[control].mean()


def test_totals_are_skewed_to_low_in_sham_and_to_high_after_laparotomy(post):
    pooled = {g: stats.skew(v[np.isfinite(v)]) for g, v in post.items()}
    assert pooled["sham"] > 0.5
    assert pooled["laparotomy"] < 0
    assert pooled["carprofen"] > 0
    each = {
        g: stats.skew(v[np.isfinite(v).sum(axis=1) > 50], axis=1, nan_policy="omit")
        for g, v in post.items()
    }
    p = stats.ttest_ind(each["sham"], each["laparotomy"], equal_var=False).pvalue
    assert p < 0.01


# --- figure 8: combinations


def test_combinations_of_units(laparotomy):
    model = laparotomy["score"].sel(
        rater="simulated model 1.0", unit=["orbital", "ear", "whiskers", "nose"]
    )
    frequency = {}
    for group in GROUPS:
        chosen = (laparotomy["group"] == group) & (laparotomy["timepoint"] == "post")
        units = model.isel(recording=chosen).values.reshape(-1, 4)
        units = units[np.isfinite(units).all(axis=1)].astype(int)
        found, count = np.unique(units, axis=0, return_counts=True)
        names = ["-".join(map(str, row)) for row in found]
        frequency[group] = pd.Series(count / len(units), names).sort_values()[::-1]
    sham, operated, treated = (frequency[group] for group in GROUPS)
    assert list(sham.index[:3]) == ["0-0-0-0", "0-0-1-0", "0-1-0-0"]
    for painful in ("1-1-1-2", "2-1-1-2"):
        assert operated[painful] > 2 * sham[painful]
        assert operated[painful] > 2 * treated[painful]


# --- figure 6J: sex


def test_males_and_females_do_not_differ_after_laparotomy(laparotomy, first):
    chosen = (laparotomy["group"] == "laparotomy") & (laparotomy["timepoint"] == "post")
    sex = laparotomy["sex"].values[chosen.values]
    values = first["laparotomy"]
    males, females = (means(values[sex == s]) for s in ("male", "female"))
    assert min(len(males), len(females)) >= 7
    assert stats.ttest_ind(males, females).pvalue > 0.05


# --- figure 9: carrageenan


def paired(scores: xr.Dataset, rater: str, group: str) -> pd.DataFrame:
    mean = totals(scores, rater).mean("frame")
    table = mean.to_dataframe("mean").query("group == @group")
    return table.pivot(index="animal", columns="timepoint", values="mean")


@pytest.mark.parametrize(
    ("rater", "group", "rises"),
    [
        ("simulated model 1.0", "not habituated", True),
        ("simulated model 1.0", "habituated", True),
        ("simulated person C", "not habituated", True),
        ("simulated person C", "habituated", False),
    ],
)
def test_carrageenan_raises_scores_in_the_last_half_hour(study, rater, group, rises):
    table = paired(study["carrageenan"], rater, group)
    assert list(table.columns) == ["3-3.5 h", "3.5-4 h", "baseline"]
    assert len(table.dropna()) == 10
    before, early, late = (table[t] for t in ("baseline", "3-3.5 h", "3.5-4 h"))
    for test in (stats.ttest_rel, wilcoxon, stats.ttest_ind):
        assert test(early, before).pvalue > 0.05
        assert (test(late, before).pvalue < 0.05) == rises
    groups = [column.to_numpy() for column in (before, early, late)]
    assert (brown_forsythe(groups) < 0.05) == rises


def test_person_scored_ten_frames_of_each_recording(study):
    scored = np.isfinite(totals(study["carrageenan"], "simulated person C"))
    assert (scored.sum("frame") == 10).all()


def test_only_levels_of_the_scale(study):
    for scores in study.values():
        for unit in UNITS:
            given = scores["score"].sel(unit=unit).values
            levels = [0, 2] if unit == "nose" else [0, 1, 2]
            assert np.unique(given[np.isfinite(given)]).tolist() == levels


# --- truth


def test_expected_totals_are_those_of_the_scores(study):
    for name in ("laparotomy", "carrageenan"):
        scores = study[name]
        seen = totals(scores, "simulated model 1.0")
        for truth, part in (("true_mean", seen), ("true_mean_10min", seen[:, :600])):
            enough = (np.isfinite(part).sum("frame") > 100).values
            error = (part.mean("frame") - scores[truth]).values[enough]
            # Several hundred seconds of states held for 25 s.
            assert abs(error.mean()) < 0.1
            assert error.std() < 0.55
        facing = np.isfinite(seen).mean("frame")
        assert np.corrcoef(facing, scores["true_facing"])[0, 1] > 0.95


def test_truth_of_groups_is_kept(laparotomy):
    truth = json.loads(laparotomy.attrs["truth"])
    assert set(truth) == set(GROUPS)
    group = laparotomy["true_mean_10min"].where(laparotomy["timepoint"] == "post")
    group = group.groupby("group").mean()
    assert group.sel(group="laparotomy") > group.sel(group="sham") + 1.5


def test_animals_differ_and_scores_of_a_recording_hang_together(laparotomy):
    seen = totals(laparotomy, "simulated model 1.0").values
    lag = [series_correlation(row, 1) for row in seen if np.isfinite(row).sum() > 300]
    assert 0.5 < np.median(lag) < 0.95
    later = [
        series_correlation(row, 120) for row in seen if np.isfinite(row).sum() > 600
    ]
    assert abs(np.median(later)) < 0.15
    effect = laparotomy["true_effect"].values.reshape(-1, 2)  # baseline, post
    assert np.corrcoef(effect.T)[0, 1] > 0.3
    observed = np.nanmean(seen[np.isfinite(seen).sum(axis=1) > 300], axis=1)
    expected = laparotomy["true_mean"].values[np.isfinite(seen).sum(axis=1) > 300]
    assert np.corrcoef(observed, expected)[0, 1] > 0.9


def series_correlation(series: np.ndarray, lag: int) -> float:
    a, b = series[:-lag], series[lag:]
    both = np.isfinite(a) & np.isfinite(b)
    return np.corrcoef(a[both], b[both])[0, 1]


def test_the_same_study_is_simulated_again(study):
    again = simulate_study(SEED)
    assert list(again) == list(study)
    for name, scores in study.items():
        for variable in scores.data_vars:
            told, made = scores[variable].values, again[name][variable].values
            np.testing.assert_allclose(told, made, rtol=1e-6)
        for coordinate in ("recording", "animal", "group", "timepoint", "sex", "rater"):
            assert (scores[coordinate].values == again[name][coordinate].values).all()
        assert scores.attrs == again[name].attrs
