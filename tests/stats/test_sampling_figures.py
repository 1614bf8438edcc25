"""What the figures of sampling show."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.figure import Figure

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.figures import sampling as figures
from napari_grimace.stats.figures.style import save_figure
from napari_grimace.stats.numbers import mean_ci
from napari_grimace.stats.sampling import (
    autocorrelation,
    means_by_rate,
    sampling_inaccuracy,
    sampling_power,
    smallest_sample,
)
from napari_grimace.study import summarise

SIZES = [1, 5, 20, 75, 200]


def study(n_animals=4, length=600):
    rng = np.random.default_rng(0)
    parts = []
    for place, group in enumerate(("sham", "lap")):
        for i in range(n_animals):
            units = rng.binomial(2, 0.2 + 0.3 * place + 0.05 * i, (length, 4)) * 1.0
            units[rng.random(length) < 0.1 * i, 0] = np.nan
            names = ["orbital", "nose", "ear", "whiskers"]
            part = pd.DataFrame(units, columns=names)
            part["total"] = units.sum(axis=1)
            told = {"recording": f"{group}{i}", "animal": f"{group}{i}", "group": group}
            told |= {"timepoint": "post", "rater": "model"}
            parts.append(part.assign(**told, frame=part.index, time=part.index * 1.0))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def frames():
    return study()


@pytest.fixture(scope="module")
def table(frames):
    schemes = ["random", "per block"]
    return sampling_inaccuracy(frames, SIZES, 200, scheme=schemes, min_frames=200)


def bands(ax):
    return [b for b in ax.collections if isinstance(b, FillBetweenPolyCollection)]


def test_sampling_curve_shows_bands_recordings_and_the_reference(table, tmp_path):
    smallest = smallest_sample(table, 0.5)
    ax = Figure().subplots()
    drawn = figures.draw_sampling_curve(
        table, scheme="random", smallest=smallest, ax=ax
    )
    assert drawn is ax
    part = table[(table["scheme"] == "random") & (table["recording"] == "sham0")]
    wide, middle = bands(ax)
    for band, name in ((wide, "pooled_q975"), (middle, "pooled_q75")):
        assert band.get_paths()[0].vertices[:, 1].max() == part[name].max()
    lines = [line.get_ydata() for line in ax.lines]
    assert any(np.array_equal(part["q025"], line) for line in lines)
    assert any(np.array_equal(part["pooled_q50"], line) for line in lines)
    upright = {line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 2}
    n = smallest.set_index("scheme").loc["random", "n"]
    assert {75, n} <= upright
    words = " ".join(text.get_text() for text in [*ax.texts, ax.title])
    assert "PainFace" in words
    assert "recording's own mean" in words
    save_figure(ax, tmp_path / "curve.pdf")
    assert (tmp_path / "curve.pdf").stat().st_size > 1000


def test_reference_is_the_user_s(table):
    ax = figures.draw_sampling_curve(table, scheme="random", reference=None)
    assert not ax.texts
    ax = figures.draw_schemes(table, reference=10)
    assert [text.get_text() for text in ax.texts] == ["10 frames"]


def test_schemes_side_by_side(table):
    ax = figures.draw_schemes(table)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["random", "per block"]
    means = table.groupby(["scheme", "n"])["abs_q95"].mean()
    for container, name in zip(ax.containers, names, strict=True):
        line, _, (bars,) = container
        np.testing.assert_allclose(line.get_ydata().astype(float), means[name])
        half = np.ptp(bars.get_segments()[0][:, 1]) / 2
        first = table[(table["scheme"] == name) & (table["n"] == 1)]["abs_q95"]
        assert half == pytest.approx(mean_ci(first))


def test_errors_of_nothing():
    constant = sampling_inaccuracy([np.full(600, 2.1)], [1, 75], 20)
    with pytest.raises(GrimaceError, match="No sample errs"):
        figures.draw_schemes(constant)
    curve = figures.draw_sampling_curve(
        constant, smallest=smallest_sample(constant, 0.5)
    )
    shown = np.concatenate(
        [band.get_paths()[0].vertices[:, 1] for band in bands(curve)]
    )
    assert np.abs(shown).max() < 1e-9
    whole = sampling_inaccuracy([np.arange(600) % 9], [5, 75, 600], 20)
    assert figures.draw_schemes(whole).get_ylim()[0] > 1e-3


def test_curve_needs_one_scheme(table):
    with pytest.raises(GrimaceError, match=r"one scheme .* random, per block"):
        figures.draw_sampling_curve(table)
    with pytest.raises(GrimaceError, match=r"one outcome .* total"):
        figures.draw_sampling_curve(table, outcome="nose", scheme="random")


def test_frames_with_all_units(frames):
    summary = summarise(frames, window=(0, 300))
    ax = figures.draw_frames_with_all_units(summary)
    shown = np.sort(np.concatenate([c.get_offsets()[:, 1] for c in ax.collections[:1]]))
    early = frames[frames["time"] < 300].dropna()
    counts = early[early["group"] == "sham"].groupby("animal").size()
    np.testing.assert_allclose(shown, np.sort(counts))
    assert any((np.array(line.get_ydata()) == 300).all() for line in ax.lines)
    with pytest.raises(GrimaceError, match="several rows"):
        figures.draw_frames_with_all_units(summarise(frames, window=(0, 300), bins=100))


def test_rates_show_animals_and_means(frames):
    table = means_by_rate(frames)
    ax = figures.draw_rate_comparison(table)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [
        "0.1",
        "0.2",
        "0.5",
        "1",
    ]
    means = table.groupby(["group", "rate"], sort=False)["mean"].mean()
    shown = [container[0].get_ydata()[0] for container in ax.containers]
    np.testing.assert_allclose(shown, means)
    with pytest.raises(GrimaceError, match="no column 'sex'"):
        figures.draw_rate_comparison(table, by="sex")


def test_power_and_autocorrelation(frames):
    power = sampling_power(frames, SIZES, n_resamples=100)
    ax = figures.draw_sampling_power(power)
    assert any(np.array_equal(line.get_ydata(), power["power"]) for line in ax.lines)
    levels = {line.get_ydata()[0] for line in ax.lines if len(line.get_ydata()) == 2}
    assert levels == {0.8, power["power_all_frames"].iloc[0]}
    with pytest.raises(GrimaceError, match="has one animal"):
        figures.draw_sampling_power(sampling_power(study(1), SIZES))
    alike = autocorrelation(frames, 20)
    ax = figures.draw_autocorrelation(alike)
    mean = alike.groupby("lag")["autocorrelation"].mean()
    shown = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == 21]
    assert len(shown) == 9  # eight recordings and their mean
    np.testing.assert_allclose(shown[-1], mean)
    constant = autocorrelation([np.ones(100)])
    with pytest.raises(GrimaceError, match="all scores are the same"):
        figures.draw_autocorrelation(constant)
