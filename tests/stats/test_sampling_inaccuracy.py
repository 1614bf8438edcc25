"""Errors of sampled means against theory, enumeration and plain loops."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.stats.sampling import sampling_inaccuracy
from napari_grimace.stats.sampling.schemes import SCHEMES, sample_means
from napari_grimace.stats.sampling.series import score_series

SIZES = [1, 2, 5, 9, 20, 75, 150, 300]


def recordings(number=23, seed=3):
    rng = np.random.default_rng(seed)
    return [
        rng.choice(9, rng.integers(500, 601), p=rng.dirichlet(np.ones(9))).astype(float)
        for _ in range(number)
    ]


def table_of(scores, missing=(), **columns):
    """Frame scores of one recording; totals of the frames in `missing` are NaN."""
    total = np.asarray(scores, float)
    total[list(missing)] = np.nan
    told = {"recording": "r1", "animal": "m1", "group": "sham", "timepoint": "post"}
    frames = {"rater": "model", "frame": np.arange(len(total))}
    frames |= {"time": np.arange(len(total)) * 1.0, "total": total}
    return pd.DataFrame({**told, **frames, **columns})


def means_of(scores, scheme, sizes, n_resamples=4000, **kwargs):
    series = score_series([scores])[0]
    rng = np.random.default_rng(0)
    return sample_means(series, scheme, np.array(sizes), n_resamples, rng, **kwargs)


def sums_of(scores, scheme, size, **kwargs):
    means, used = means_of(scores, scheme, [size], **kwargs)
    return np.round(means[0] * used[0]).astype(int)


@pytest.mark.parametrize("scheme", ["random", "per block"])
def test_spread_equals_theory(scheme):
    table = sampling_inaccuracy(recordings(), SIZES, 2000, scheme=scheme)
    assert table["recording"].nunique() == 23
    pooled = table.groupby("n")[["sd", "theory_sd"]].agg(lambda x: (x**2).mean() ** 0.5)
    np.testing.assert_allclose(pooled["sd"] / pooled["theory_sd"], 1, atol=0.02)
    mean_error = table.groupby("n")["bias"].mean() / pooled["sd"]
    assert mean_error.abs().max() < 4 / np.sqrt(23 * 2000)


def test_theory_is_the_finite_population_correction():
    scores = recordings(1)[0]
    table = sampling_inaccuracy([scores], SIZES, 2).set_index("n")
    total, n = len(scores), np.array(SIZES)
    expected = scores.std(ddof=1) / np.sqrt(n) * np.sqrt(1 - n / total)
    np.testing.assert_allclose(table["theory_sd"], expected)
    for scheme in ("regular", "stratified", "burst"):
        assert sampling_inaccuracy([scores], 5, 2, scheme=scheme).theory_sd.isna().all()


def test_every_subset_is_drawn_as_often():
    scores = 2.0 ** np.arange(6)  # the sum tells the subset
    for size in (2, 3, 4):
        drawn = np.bincount(sums_of(scores, "random", size, n_resamples=30_000))
        subsets = [int(sum(subset)) for subset in combinations(scores, size)]
        counts = drawn[subsets]
        assert counts.sum() == 30_000
        expected = 30_000 / len(subsets)
        chi_square = ((counts - expected) ** 2 / expected).sum()
        assert chi_square < 3 * len(subsets)


@pytest.mark.parametrize("scheme", ["random", "stratified"])
def test_samples_are_nested_and_end_at_the_whole(scheme):
    scores = 2.0 ** np.arange(12)
    means, _ = means_of(scores, scheme, np.arange(1, 13), n_resamples=50, bins=4)
    sums = np.round(means * np.arange(1, 13)[:, None]).astype(int)
    added = np.diff(sums, axis=0)
    assert (np.log2(added) % 1 == 0).all()  # one frame more, none twice
    assert (sums[:-1] & added == 0).all()
    np.testing.assert_allclose(means[-1], scores.mean())


def test_regular_samples_are_the_systematic_ones():
    scores = np.random.default_rng(1).normal(size=60)
    means, used = means_of(scores, "regular", [6])
    systematic = [scores[phase::10].mean() for phase in range(10)]
    found, counts = np.unique(means[0].round(9), return_counts=True)
    np.testing.assert_allclose(found, np.unique(np.round(systematic, 9)))
    assert used[0] == 6
    assert counts.min() > 300  # of 400 expected


def test_regular_takes_the_next_frame_that_has_a_score():
    scores = np.arange(60.0)
    scores[[20, 21, 22, *range(50, 60)]] = np.nan
    means, used = means_of(scores, "regular", [6])
    expected = []
    for phase in range(10):
        taken = [phase, 10 + phase, max(20 + phase, 23), 30 + phase, 40 + phase]
        # The last interval has no score but at its end: it goes on at the start.
        expected.append(np.mean(taken + [0] * (phase > 0)))
    np.testing.assert_allclose(np.unique(means[0].round(9)), np.unique(expected))
    assert used[0] == pytest.approx(5.9, abs=0.05)


def test_per_block_takes_one_frame_of_each_block():
    blocks = np.repeat(10.0 ** np.arange(8), 20)
    assert (sums_of(blocks, "per block", 8) == 11_111_111).all()
    blocks[40:60] = np.nan  # nobody faced the camera
    means, used = means_of(blocks, "per block", [8])
    assert used[0] == 7
    np.testing.assert_allclose(means[0], 11_111_011 / 7)


def test_stratified_spreads_frames_evenly():
    bins = np.repeat(10.0 ** np.arange(5), 20)
    digits = np.array([[*f"{s:05d}"] for s in sums_of(bins, "stratified", 13, bins=5)])
    counts = digits.astype(int)
    assert (counts.sum(axis=1) == 13).all()
    assert set(counts.ravel()) == {2, 3}
    assert np.abs((counts == 3).mean(axis=0) - 3 / 5).max() < 0.05
    bins[5:20] = np.nan  # a bin runs out, the others go on
    short = sums_of(bins, "stratified", 40, bins=5)
    assert (short % 10 == 5).all()


def test_bursts_are_windows():
    scores = np.random.default_rng(2).normal(size=50).cumsum()
    windows = np.lib.stride_tricks.sliding_window_view(scores, 7).mean(axis=1)
    means, _ = means_of(scores, "burst", [7], n_resamples=20_000)
    np.testing.assert_allclose(
        np.unique(means[0].round(9)), np.unique(windows.round(9))
    )
    assert means[0].std() == pytest.approx(windows.std(), rel=0.03)


@pytest.mark.parametrize("n_resamples", [2, 3, 19, 20, 21, 40, 1000])
def test_statistics_are_those_of_the_errors(n_resamples):
    scores = recordings(1)[0]
    table = sampling_inaccuracy([scores], SIZES, n_resamples, seed=5)
    series = score_series([scores])[0]
    rng = np.random.default_rng(5).spawn(1)[0]
    means, _ = sample_means(series, "random", np.array(SIZES), n_resamples, rng)
    errors = means - scores.mean()
    for name, share in {"q025": 0.025, "q50": 0.5, "q975": 0.975}.items():
        np.testing.assert_allclose(table[name], np.quantile(errors, share, axis=1))
    np.testing.assert_allclose(
        table["abs_q95"], np.quantile(np.abs(errors), 0.95, axis=1)
    )
    np.testing.assert_allclose(table["rmse"] ** 2, (errors**2).mean(axis=1))
    np.testing.assert_allclose(table["mean_abs"], np.abs(errors).mean(axis=1))
    np.testing.assert_allclose(table["sd"], errors.std(axis=1, ddof=1))


def test_pooled_quantiles_are_those_of_all_samples():
    scores = recordings(5)
    table = sampling_inaccuracy(scores, [9, 75], 1000, seed=2)
    every = []
    rngs = np.random.default_rng(2).spawn(5)
    for series, rng in zip(score_series(scores), rngs, strict=True):
        means, _ = sample_means(series, "random", np.array([9, 75]), 1000, rng)
        every.append(means - series.scored.mean())
    expected = np.quantile(np.concatenate(every, axis=1), [0.025, 0.25, 0.975], axis=1)
    one = table[table["recording"] == "1"]
    found = one[["pooled_q025", "pooled_q25", "pooled_q975"]].to_numpy().T
    np.testing.assert_allclose(found, expected, atol=0.03 * np.abs(expected).max())
    assert (table.groupby("n")["pooled_q50"].nunique() == 1).all()


def test_a_scheme_gives_the_same_whichever_others_are_asked_for():
    scores = recordings(2)
    alone = sampling_inaccuracy(scores, [5, 75], 50, seed=4, scheme="burst")
    beside = sampling_inaccuracy(scores, [75, 5, 5], 50, seed=4, scheme=list(SCHEMES))
    assert list(beside["scheme"].unique()) == list(SCHEMES)
    burst = beside[beside["scheme"] == "burst"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, burst)
    other = sampling_inaccuracy(scores, [5, 75], 50, seed=5, scheme="burst")
    assert (other["sd"] != alone["sd"]).all()


def test_frames_without_a_score_are_dropped():
    scores = recordings(1)[0]
    gaps = np.insert(scores, [3, 50, 50, 400], np.nan)
    columns = ["bias", "sd", "q025", "abs_q95", "n_frames"]
    for scheme in ("random", "burst"):
        whole = sampling_inaccuracy([scores], SIZES, 100, scheme=scheme)[columns]
        holed = sampling_inaccuracy([gaps], SIZES, 100, scheme=scheme)[columns]
        pd.testing.assert_frame_equal(whole, holed)


def test_recordings_with_too_few_frames_are_named():
    scores = {"long": np.arange(500) % 9, "enough": np.arange(150) % 9}
    with pytest.warns(GrimaceWarning, match=r"1 of 2 .* than 500 .* enough \(150"):
        table = sampling_inaccuracy(scores, [300], 10)
    assert table["recording"].tolist() == ["long"]
    assert table.attrs["left_out"] == [
        {"recording": "enough", "outcome": "total", "n_frames": 150}
    ]
    assert "own mean" in table.attrs["meaning"]
    twice = sampling_inaccuracy(scores, [75], 10)  # 150 is twice 75
    assert twice["recording"].tolist() == ["long", "enough"]
    assert twice.attrs["left_out"] == []
    assert twice.attrs["min_frames"] == 150
    with pytest.raises(GrimaceError, match=r"fewer than 700 .* None is left"):
        sampling_inaccuracy(scores, [700], 10)
    with pytest.raises(GrimaceError, match="at least as many"):
        sampling_inaccuracy(scores, [75], 10, min_frames=50)


def test_table_window_units_and_rate_of_frames():
    total = np.where(np.arange(1200) < 600, 2.0, 6.0)
    nose = np.tile([0.0, 2.0], 600)
    table = table_of(total, missing=range(50), nose=nose, ear=1.0, orbital=1.0)
    found = sampling_inaccuracy(
        table, [75], 20, window=(0, 600), outcome=["total", "nose"]
    ).set_index("outcome")
    assert found["n_frames"].to_dict() == {"total": 550, "nose": 600}
    assert found.loc["total", "rmse"] == 0  # in the window, all totals are 2
    assert found.loc["nose", "theory_sd"] > 0.1
    np.testing.assert_allclose(found["frames_per_min"], 7.5)
    assert found[["animal", "group", "timepoint"]].iloc[0].tolist() == [
        "m1",
        "sham",
        "post",
    ]
    half = sampling_inaccuracy([total], 75, 20, frame_rate=0.5)
    assert half["frames_per_min"].item() == pytest.approx(75 / 40)


def test_constant_scores_err_by_nothing():
    found = sampling_inaccuracy([np.full(600, 3)], [1, 300], 20, scheme=list(SCHEMES))
    assert (found[["bias", "sd", "rmse", "abs_q95"]] == 0).all(axis=None)
    assert (found["theory_sd"].dropna() == 0).all()


def test_times_that_are_not_known():
    table = table_of(np.arange(600) % 7).drop(columns="time")
    found = sampling_inaccuracy(table, 75, 20, scheme=["random", "burst"])
    assert found["frames_per_min"].isna().all()
    assert (found["sd"] > 0).all()
    with pytest.raises(GrimaceError, match=r"Times .* 'r1' are not all known"):
        sampling_inaccuracy(table, 75, 20, scheme="regular")
    with pytest.raises(GrimaceError, match="window"):
        sampling_inaccuracy(table, 75, 20, window=(0, 300))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"sizes": [0, 5]}, "0 is no number of frames"),
        ({"sizes": [2.5]}, r"2\.5 is no number"),
        ({"sizes": []}, "Give sizes"),
        ({"sizes": ["a"]}, "not numbers"),
        ({"sizes": [np.nan]}, "nan is no number"),
        ({"n_resamples": 1}, "at least 2"),
        ({"scheme": "every frame"}, "choose from random, regular"),
        ({"scheme": []}, "Give a scheme"),
        ({"bins": 0}, "bins is 0"),
        ({"outcome": []}, "Give an outcome"),
        ({"window": (600, 0)}, "later end"),
        ({"window": (5000, 6000)}, r"1 \(0\)"),
        ({"frame_rate": 0}, "frames per second"),
        ({"rater": "model"}, "neither rater nor timepoint"),
        ({"scores": []}, "no recordings"),
        ({"scores": [np.full(600, np.nan)]}, r"1 \(0\)"),
        ({"scores": [1, 2, 3]}, "0 dimensions"),
        ({"scores": [["a"] * 600]}, "not all numbers"),
        ({"scores": [np.tile([1, -1], 300)]}, "-1, which is on no scale"),
        ({"scores": [np.tile([1, np.inf], 300)]}, "infinite"),
        ({"scores": None}, "no series"),
        ({"scores": table_of(np.arange(600) % 7), "outcome": "cheek"}, "from total"),
        ({"scores": table_of(np.arange(600) % 7), "timepoint": "x"}, "'post'"),
        ({"scores": table_of(np.full(600, 9.5)), "sizes": 5}, None),
        ({"scores": table_of(np.full(600, -1.0))}, "Code what is missing"),
    ],
)
def test_what_cannot_be_is_told(arguments, told):
    given = {"scores": [np.arange(600) % 9], "sizes": [5], "n_resamples": 5}
    if told is None:  # of an unknown scale, a total may be that high
        assert sampling_inaccuracy(**given | arguments)["sd"].item() == 0
        return
    with pytest.raises(GrimaceError, match=told):
        sampling_inaccuracy(**given | arguments)


@pytest.mark.parametrize("given", [list, np.asarray, pd.Series])
def test_one_recording_alone(given):
    scores = [int(score) for score in recordings(1)[0]]
    alone = sampling_inaccuracy(
        given(scores) if given is not list else [scores], [9, 75], 20
    )
    named = sampling_inaccuracy({"1": np.array(scores, float)}, [75, 9], 20)
    pd.testing.assert_frame_equal(alone, named)


def test_a_study_is_sampled_as_its_table():
    from napari_grimace.recording.rater import Rater
    from napari_grimace.scales import load_scale
    from napari_grimace.study import frame_scores, make_study, scores_dataset

    scale = load_scale("mgs-black")
    rater = Rater("model", "model", "model", scale=scale)
    rng = np.random.default_rng(0)
    taken, sheet = {}, {}
    for name in ("a", "b"):
        score = rng.choice([0.0, 2.0], (300, len(scale.units)))
        score[rng.random(score.shape) < 0.05] = np.nan
        taken[name] = scores_dataset(rater, np.arange(300), np.arange(300.0), score)
        sheet[name] = {"animal": f"m{name}", "group": "sham", "timepoint": "post"}
    study = make_study(taken, pd.DataFrame(sheet).T)
    given = {"sizes": [9, 50], "n_resamples": 20, "outcome": ["total", "ear"]}
    found = sampling_inaccuracy(study, **given)
    expected = sampling_inaccuracy(frame_scores(study), **given)
    pd.testing.assert_frame_equal(found, expected)
    assert found["animal"].unique().tolist() == ["ma", "mb"]
    frames = found.groupby("outcome")["n_frames"].min()
    assert 200 < frames["total"] < frames["ear"] < 300
