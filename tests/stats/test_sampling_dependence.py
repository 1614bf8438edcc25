"""Autocorrelation and effective numbers of frames of series whose truth is known."""

import numpy as np
import pytest
from scipy.signal import lfilter
from statsmodels.tsa.stattools import acf

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.sampling import autocorrelation, effective_sample_size


def autoregressive(phi, length, number=1, seed=0):
    """Series with variance 1 whose autocorrelation at lag k is phi**k."""
    noise = np.random.default_rng(seed).normal(size=(number, length + 500))
    return lfilter([np.sqrt(1 - phi**2)], [1, -phi], noise)[:, 500:]


@pytest.mark.parametrize("phi", [-0.5, 0.0, 0.5, 0.9, 0.97])
def test_autocorrelation_time_of_autoregressive_series(phi):
    found = effective_sample_size(autoregressive(phi, 200_000), frame_rate=2)
    tau = (1 + phi) / (1 - phi)
    assert found["tau"].item() == pytest.approx(tau, rel=0.08)
    assert found["tau_seconds"].item() == pytest.approx(tau / 2, rel=0.08)
    assert found["effective_n"].item() == pytest.approx(200_000 / tau, rel=0.08)
    assert found["lag1"].item() == pytest.approx(phi, abs=0.01)
    assert found["note"].item() == ""


@pytest.mark.parametrize("missing", [0.0, 0.35])
def test_standard_error_is_the_spread_of_means(missing):
    series = autoregressive(0.8, 1200, 300)
    rng = np.random.default_rng(1)
    series[rng.random(series.shape) < missing] = np.nan
    found = effective_sample_size(list(series))
    spread = np.nanmean(series, axis=1).std()
    assert np.sqrt((found["standard_error"] ** 2).mean()) == pytest.approx(
        spread, rel=0.1
    )
    naive = np.nanstd(series, axis=1) / np.sqrt(np.isfinite(series).sum(axis=1))
    assert naive.mean() < 0.6 * spread  # as if frames were independent


def test_autocorrelation_is_that_of_statsmodels():
    scores = autoregressive(0.7, 900)[0]
    found = autocorrelation([scores], 40)
    assert found["lag"].tolist() == list(range(41))
    expected = acf(scores, adjusted=True, nlags=40, fft=False)
    np.testing.assert_allclose(found["autocorrelation"], expected, atol=1e-9)
    assert found["n_pairs"].tolist() == list(range(900, 859, -1))


def test_missing_frames_stay_in_their_places():
    scores = autoregressive(0.7, 400)[0]
    scores[np.random.default_rng(2).random(400) < 0.4] = np.nan
    found = autocorrelation([scores], 10, frame_rate=0.5).set_index("lag")
    apart = scores - np.nanmean(scores)
    for lag in (1, 4):
        products = apart[:-lag] * apart[lag:]
        expected = np.nanmean(products) / np.nanmean(apart**2)
        one = found.loc[2.0 * lag]
        assert one["autocorrelation"] == pytest.approx(expected)
        assert one["n_pairs"] == np.isfinite(products).sum()


def test_few_pairs_have_no_autocorrelation():
    found = autocorrelation([np.arange(30) % 5], 60)
    assert len(found) == 30
    assert found.loc[found["n_pairs"] < 20, "autocorrelation"].isna().all()
    assert found.loc[found["n_pairs"] >= 20, "autocorrelation"].notna().all()


def test_frames_that_took_turns_are_no_more_than_the_limit():
    found = effective_sample_size([np.arange(600) % 2])
    assert found["effective_n"].item() == pytest.approx(600 * np.log10(600))


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (np.full(600, 3.0), "all scores are the same"),
        (np.full(600, np.nan), "fewer than 4 frames"),
        ([1.0, 2.0, 3.0], "fewer than 4 frames"),
        ([], "fewer than 4 frames"),
    ],
)
def test_what_is_not_defined_says_why(scores, reason):
    for table in (effective_sample_size([scores]), autocorrelation([scores])):
        assert len(table) == 1
        assert reason in table["note"].item()
    assert np.isnan(effective_sample_size([scores])["effective_n"].item())


def test_times_must_be_regular():
    import pandas as pd

    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "recording": "r1",
            "animal": "m1",
            "rater": "model",
            "frame": np.arange(100),
            "total": rng.integers(0, 9, 100),
        }
    )
    unknown = effective_sample_size(table)
    assert "not known" in unknown["note"].item()
    irregular = effective_sample_size(table.assign(time=rng.uniform(0, 600, 100)))
    assert "not at regular times" in irregular["note"].item()
    with pytest.raises(GrimaceError, match="max_lag"):
        autocorrelation(table, 0)
