"""What the figures of reliability show."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import figures
from napari_grimace.stats.reliability import (
    against_others,
    bland_altman,
    confusion,
    differences,
    intraclass_correlation_by_unit,
    rated_targets,
    rater_matrix,
)

UNITS = ["orbital", "nose", "ear", "whiskers"]
PEOPLE = ["AS", "JT", "KM"]


def frame_scores(n_animals=6, n_frames=8):
    """Three people and a model on the same frames; KM scores high."""
    rng = np.random.default_rng(0)
    parts = []
    for i in range(n_animals):
        truth = rng.normal(0, 1) + rng.normal(0, 0.7, (n_frames, 4))
        for rater in (*PEOPLE, "model"):
            seen = truth + rng.normal(0.5 * (rater == "KM"), 0.4, truth.shape)
            levels = np.digitize(seen, [0, 1]).astype(float)
            levels[:, 1] = 2 * (seen[:, 1] > 0.5)
            part = pd.DataFrame(levels, columns=UNITS)
            part["total"] = levels.sum(axis=1)
            told = {"recording": f"v{i}", "animal": f"m{i}", "rater": rater}
            parts.append(part.assign(**told, frame=part.index, time=part.index * 60.0))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def scores():
    return frame_scores()


@pytest.fixture(scope="module")
def ratings(scores):
    return rated_targets(scores)


def texts(ax):
    """What is written in the axes, line by line from the top as y grows."""
    ordered = sorted(ax.texts, key=lambda text: text.get_position()[::-1])
    return [text.get_text() for text in ordered]


def minus(text):
    return float(text.replace("−", "-"))


def test_bland_altman_shows_targets_animals_and_limits(ratings, tmp_path):
    given = Figure().subplots()
    a, b = ratings["model"], ratings["KM"]
    ax = figures.draw_bland_altman(a, b, names=("model", "KM"), ax=given)
    assert ax is given
    told = bland_altman(a, b)
    heights = {line.get_ydata()[0] for line in ax.lines}
    for row in ("mean difference", "lower limit", "upper limit"):
        assert told.loc[row, "estimate"] in heights
    spans = {round(patch.get_height(), 6) for patch in ax.patches}
    widths = (told["ci_high"] - told["ci_low"]).round(6)
    assert {widths["mean difference"], widths["lower limit"]} <= spans
    targets, animals = (np.asarray(each.get_offsets()) for each in ax.collections)
    assert len(targets) == len(ratings)
    assert np.abs(targets[:, 1] - (a - b)).max() <= 0.2  # shaken by a fifth of a level
    assert animals[:, 1] == pytest.approx((a - b).groupby("animal").mean().to_numpy())
    assert ax.get_ylabel() == "difference, model − KM"
    assert ax.get_xlabel() == "mean total of model and KM"
    path = tmp_path / "limits.svg"
    figures.save_figure(ax, path)
    assert "upper limit" in path.read_text()


def test_bland_altman_of_little():
    ax = figures.draw_bland_altman([1.0], [2.0])
    assert texts(ax) == ["mean difference\n−1.00"]
    assert figures.draw_bland_altman([np.nan], [1.0]).lines


def test_the_matrix_shows_every_pair(ratings):
    matrix = rater_matrix(ratings, "bias")
    ax = figures.draw_rater_matrix(matrix, "bias")
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == [*PEOPLE, "model"]
    assert labels == [tick.get_text() for tick in ax.get_xticklabels()]
    shown = np.reshape(texts(ax), (4, 4))
    for (rater, other), row in matrix.iterrows():
        value, number = shown[labels.index(rater), labels.index(other)].split("\n")
        assert minus(value) == pytest.approx(row["estimate"], abs=0.0051)
        assert number == f"n = {row['n_targets']}"
    assert (np.diag(shown) == "").all()
    colours = ax.collections[0]
    # Colours of a bias are even around 0.
    assert colours.norm.vmin == -colours.norm.vmax


@pytest.mark.parametrize("statistic", ["icc", "weighted kappa", "percent agreement"])
def test_matrices_of_agreement(ratings, statistic):
    ax = figures.draw_rater_matrix(rater_matrix(ratings, statistic), statistic)
    top = 100 if statistic == "percent agreement" else 1
    assert ax.collections[0].norm.vmax == top


def test_a_matrix_with_what_cannot_be_told():
    matrix = rater_matrix([[1, 1, np.nan], [1, 1, np.nan]])
    ax = figures.draw_rater_matrix(matrix)
    assert "–\nn = 2" in texts(ax)
    assert "–\nn = 0" in texts(ax)


def test_confusion_shows_counts_and_shares(scores):
    orbital = rated_targets(scores, "orbital")
    a, b = orbital["AS"], orbital["model"]
    ax = figures.draw_confusion(a, b, (0, 1, 2), names=("AS", "model"))
    counts = confusion(a, b, (0, 1, 2))
    shown = [text.split("\n") for text in texts(ax)]
    assert [int(number) for number, _ in shown] == counts.ravel().tolist()
    shares = 100 * counts / counts.sum(axis=1, keepdims=True)
    assert [share for _, share in shown] == [f"{s:.0f} %" for s in shares.ravel()]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("level by AS", "level by model")
    # A level that one rater never gave has no shares.
    never = figures.draw_confusion([0, 0], [0, 1], (0, 1))
    assert texts(never) == ["1\n50 %", "1\n50 %", "0", "0"]


def test_icc_of_units_with_intervals_over_the_bands(scores):
    tables = {
        "people": intraclass_correlation_by_unit(scores, PEOPLE),
        "all": intraclass_correlation_by_unit(scores),
    }
    ax = figures.draw_icc(tables)
    assert [t.get_text() for t in ax.get_yticklabels()] == [*UNITS, "total"]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["people, ICC2", "people, ICC2k", "all, ICC2", "all, ICC2k"]
    for container, (name, form) in zip(
        ax.containers,
        [(name, form) for name in tables for form in ("ICC2", "ICC2k")],
        strict=True,
    ):
        told = tables[name].xs(form, level="form").loc[[*UNITS, "total"]]
        assert container[0].get_xdata() == pytest.approx(told["estimate"].to_numpy())
        ends = np.array([each[:, 0] for each in container[2][0].get_segments()])
        assert ends[:, 1] == pytest.approx(told["ci_high"].to_numpy())
    assert texts(ax) == ["poor", "moderate", "good", "excellent"]
    alone = figures.draw_icc(tables["all"], ["ICC3"])
    assert [t.get_text() for t in alone.get_legend().get_texts()] == ["ICC3"]


def test_icc_that_is_not_defined_is_not_drawn(scores):
    same = scores.assign(nose=2.0)
    table = intraclass_correlation_by_unit(same, PEOPLE)
    ax = figures.draw_icc(table)
    drawn = ax.containers[0][0].get_xdata()
    assert np.isnan(drawn[UNITS.index("nose")])
    assert ax.get_xlim() == (-0.05, 1)


def test_differences_show_shares_and_animals(scores):
    table = differences(scores, "model", "KM")
    ax = figures.draw_differences(table, names=("model", "KM"))
    assert [t.get_text() for t in ax.get_xticklabels()] == [*UNITS, "total"]
    orbital = table.loc[table["outcome"] == "orbital", "difference"]
    shares = orbital.value_counts(normalize=True)
    bars = {
        round(bar.get_y() + bar.get_height() / 2): bar.get_width() / 0.85
        for bar in ax.patches
        if abs(bar.get_x() + bar.get_width() / 2) < 0.01
    }
    assert bars == pytest.approx({round(k): v for k, v in shares.items()})
    of_animal = table[table["outcome"] == "total"].groupby("animal")["difference"]
    points = np.asarray(ax.collections[-2].get_offsets())[:, 1]
    assert points == pytest.approx(of_animal.mean().to_numpy())
    assert texts(ax)[0] == f"{100 * shares[0]:.0f} %"
    # Differences to a mean of people are no whole numbers.
    finer = table.assign(difference=table["difference"] / 3)
    heights = {p.get_height() for p in figures.draw_differences(finer).patches}
    assert max(heights) == pytest.approx(0.45)


def test_against_others_shows_everyone_and_the_difference(ratings):
    compared = against_others(ratings, "model", n_resamples=200)
    ax = figures.draw_against_others(compared)
    judges = [*PEOPLE, "average human rater", "model", "one score for all"]
    assert [t.get_text() for t in ax.get_yticklabels()] == judges
    rows = compared[
        compared["statistic"].eq("rmse") & compared["reference"].eq("others")
    ]
    drawn = [container[0].get_xdata()[0] for container in ax.containers]
    assert drawn == pytest.approx(rows["estimate"].to_list()[:-1])
    apart = rows.iloc[-1]
    line = ax.get_xlabel().splitlines()[-1]
    assert minus(line.split(" ")[0]) == pytest.approx(apart["estimate"], abs=0.0051)
    assert f"{apart['ci_high']:.2f}".replace("-", "−") in line
    # One score for all has no correlation: it is not there.
    correlations = figures.draw_against_others(compared, "r")
    assert len(correlations.get_yticklabels()) == 5
    with pytest.raises(GrimaceError, match="choose rmse"):
        figures.draw_against_others(compared, "kappa")


def test_no_text_is_cut_off(ratings, scores):
    drawn = [
        figures.draw_bland_altman(ratings["model"], ratings["KM"]),
        figures.draw_rater_matrix(rater_matrix(ratings)),
        figures.draw_icc(intraclass_correlation_by_unit(scores)),
        figures.draw_differences(differences(scores, "model", "KM")),
        figures.draw_against_others(against_others(ratings, "model", n_resamples=50)),
    ]
    for ax in drawn:
        ax.figure.draw_without_rendering()
        whole, page = ax.get_tightbbox(), ax.figure.bbox
        assert whole.x0 >= page.x0 - 1
        assert whole.y0 >= page.y0 - 1
        assert whole.x1 <= page.x1 + 1
        assert whole.y1 <= page.y1 + 1


def test_an_interval_beside_its_estimate_is_drawn(ratings):
    compared = against_others(ratings, "model", n_resamples=50)
    low = compared["estimate"] + 0.1
    ax = figures.draw_against_others(compared.assign(ci_low=low, ci_high=low + 0.2))
    for container in ax.containers:
        (bar,) = container[2]
        (start, _), (end, _) = bar.get_segments()[0]
        estimate = container[0].get_xdata()[0]
        assert (start, end) == pytest.approx((estimate, estimate + 0.3))
