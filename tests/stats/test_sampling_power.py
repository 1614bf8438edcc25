"""Power by number of frames, and sampling rates, against plain loops."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.oneway import anova_oneway
from statsmodels.stats.proportion import proportion_confint

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.stats.sampling import means_by_rate, sampling_power
from napari_grimace.stats.sampling.power import welch_p


def study(groups, length=300, spread=2.0, seed=0):
    """Frame scores; for each group the means of its animals."""
    rng = np.random.default_rng(seed)
    parts = []
    for group, means in groups.items():
        for i, mean in enumerate(means):
            total = np.clip(rng.normal(mean, spread, length), 0, 8)
            told = {"recording": f"{group}{i}", "animal": f"{group}{i}"}
            told |= {"group": group, "timepoint": "post", "rater": "model"}
            frames = {"frame": np.arange(length), "time": np.arange(length) * 2.0}
            parts.append(pd.DataFrame({**told, **frames, "total": total}))
    return pd.concat(parts, ignore_index=True)


SHAM, LAP = np.linspace(1.5, 4.5, 8), np.linspace(3, 6, 9)


def test_welch_is_that_of_scipy_and_statsmodels():
    rng = np.random.default_rng(1)
    for groups in (2, 3, 5):
        values = [rng.normal(i / 2, 1 + i, 5 + 2 * i) for i in range(groups)]
        found = welch_p(
            np.array([v.mean() for v in values]),
            np.array([v.var(ddof=1) for v in values]),
            np.array([len(v) for v in values]),
        )
        expected = anova_oneway(values, use_var="unequal", welch_correction=True).pvalue
        assert float(found) == pytest.approx(expected)
        if groups == 2:
            assert float(found) == pytest.approx(
                ttest_ind(*values, equal_var=False).pvalue
            )


def test_power_is_that_of_a_loop():
    frames = study({"sham": SHAM, "lap": LAP}, spread=3)
    found = sampling_power(frames, [2, 300], n_resamples=4000).set_index("n")
    rng = np.random.default_rng(9)
    groups = [
        [one["total"].to_numpy() for _, one in part.groupby("animal")]
        for _, part in frames.groupby("group")
    ]
    hits = 0
    for _ in range(800):
        drawn = [
            [rng.choice(group[a], 2, replace=False).mean() for a in animals]
            for group in groups
            for animals in [rng.integers(len(group), size=len(group))]
        ]
        hits += ttest_ind(*drawn, equal_var=False).pvalue < 0.05
    assert found.loc[2, "power"] == pytest.approx(hits / 800, abs=0.06)
    assert found.loc[300, "power"] == found.loc[300, "power_all_frames"]
    assert found.loc[2, "power"] < found.loc[300, "power"] - 0.1
    means = frames.groupby(["group", "animal"])["total"].mean()
    p = ttest_ind(means["sham"], means["lap"], equal_var=False).pvalue
    assert found.loc[2, "p_all_frames"] == pytest.approx(p)
    low, high = proportion_confint(
        round(found.loc[2, "power"] * 4000), 4000, method="wilson"
    )
    assert (found.loc[2, "ci_low"], found.loc[2, "ci_high"]) == pytest.approx(
        (low, high)
    )
    assert found.loc[2, "frames_per_min"] == pytest.approx(2 / 10)
    assert found.loc[2, "test"] == "Welch's t test"


def test_power_rises_with_frames_and_is_complete_for_far_groups():
    frames = study({"a": SHAM, "b": SHAM + 0.8, "c": SHAM + 1.6}, spread=4)
    power = sampling_power(frames, [1, 4, 16, 64], n_resamples=2000)["power"]
    assert power.is_monotonic_increasing
    far = study({"a": np.linspace(1, 1.5, 9), "b": np.linspace(6, 6.5, 9)})
    found = sampling_power(far, 30)
    assert found["power"].item() > 0.99
    assert sampling_power(frames, 4)["test"].item() == "Welch's ANOVA"


def test_columns_windows_and_timepoints_are_chosen():
    frames = study({"sham": SHAM, "lap": LAP}).assign(
        sex=lambda t: np.where(t["recording"].str[-1].isin(list("0246")), "f", "m")
    )
    before = frames.assign(timepoint="baseline", recording=frames["recording"] + "b")
    both = pd.concat([frames, before])
    with pytest.raises(GrimaceError, match=r"'sham0' has several recordings"):
        sampling_power(both, 5)
    found = sampling_power(both, 5, by="sex", timepoint="post", window=(0, 60))
    assert found["n_groups"].item() == 2
    assert found["frames_per_min"].item() == pytest.approx(5)


def test_animals_with_few_frames_give_all_they_have():
    frames = study({"sham": SHAM, "lap": LAP})
    few = frames["animal"].isin(["sham0", "lap3"]) & (frames["frame"] >= 10)
    none = frames["animal"] == "lap8"
    frames.loc[few | none, "total"] = np.nan
    with pytest.warns(GrimaceWarning, match=r"1 animals have no frame .* lap8"):
        found = sampling_power(frames, [5, 50])
    assert found["n_short"].tolist() == [0, 2]
    assert found["n_animals"].tolist() == [16, 16]


def test_groups_without_spread_or_of_one_animal():
    one = sampling_power(study({"sham": [2.0], "lap": LAP}), [5, 50])
    assert one["power"].isna().all()
    assert one["note"].str.contains("'sham' has one animal").all()
    flat = sampling_power(study({"sham": [2.1] * 3, "lap": [5.3] * 3}, spread=0), 5)
    assert flat["power"].item() == 0
    assert "100.0 % of draws" in flat["note"].item()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"by": "strain"}, "no column 'strain'"),
        ({"alpha": 5}, "alpha is 5"),
        ({"scores": [np.arange(600) % 9]}, "no column 'group'"),
        ({"scores": study({"sham": SHAM})}, "at least two"),
        ({"scores": study({"sham": SHAM, "": LAP})}, "has no group"),
    ],
)
def test_what_cannot_be_is_told(change, told):
    given = {"scores": study({"sham": SHAM, "lap": LAP}), "sizes": 5}
    with pytest.raises(GrimaceError, match=told):
        sampling_power(**given | change)


def test_rates_take_every_so_many_frames():
    scores = np.ones(600)
    scores[::10] = 5
    scores[[0, 2, 600 - 2]] = np.nan
    found = means_by_rate([scores]).set_index("rate")
    assert found["n_frames"].tolist() == [60, 120, 300, 600]
    assert found["n_used"].tolist() == [59, 119, 297, 597]
    for rate, step in {0.1: 10, 0.2: 5, 0.5: 2, 1.0: 1}.items():
        assert found.loc[rate, "mean"] == pytest.approx(np.nanmean(scores[::step]))


def test_rates_of_a_video_whose_seconds_are_not_whole():
    time = np.arange(600) * 30 / 29.97
    table = pd.DataFrame(
        {
            "recording": "r1",
            "animal": "m1",
            "rater": "model",
            "frame": np.arange(600) * 30,
            "time": time,
            "total": np.arange(600) % 9,
        }
    )
    found = means_by_rate(table, [0.1, 1, 2]).set_index("rate")
    assert found.loc[0.1, "n_frames"] == 61
    assert found.loc[1.0, "n_frames"] == 600
    assert np.isnan(found.loc[2.0, "mean"])
    assert "scored at 0.999 frames/s" in found.loc[2.0, "note"]
    empty = means_by_rate(table.assign(total=np.nan), [0.1])
    assert empty["note"].item() == "no frame with a score"
    with pytest.raises(GrimaceError, match="above 0"):
        means_by_rate(table, [0])
