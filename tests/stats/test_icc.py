"""Intraclass correlations of ratings: published values, what is taken, what is refused.

Examples are Shrout and Fleiss's (1979), and those of the R packages psych and irr.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from simulated_ratings import simulated

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from study_samples import person, random_block

from napari_grimace.errors import GrimaceError
from napari_grimace.recording import merge_recordings
from napari_grimace.stats.reliability import (
    intraclass_correlation,
    intraclass_correlation_by_unit,
    ratings_by_unit,
)
from napari_grimace.study import frame_scores as frame_scores_of
from napari_grimace.study import make_study

FORMS = ["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]
COLUMNS = ["estimate", "ci_low", "ci_high", "F", "df1", "df2", "p"]
COLUMNS += ["n_targets", "n_raters"]


@pytest.fixture(scope="session")
def reference(real_data):
    folder = real_data / "agreement_reference"
    values = json.loads((folder / "reference_values.json").read_text())
    return folder, values


@pytest.fixture
def frame_scores():
    """Two recordings, three raters, ten frames each, eyes and ears."""
    rng = np.random.default_rng(3)
    keys = pd.MultiIndex.from_product(
        [["a", "b"], ["Anna", "Ben", "model"], range(10)],
        names=["recording", "rater", "frame"],
    )
    table = keys.to_frame(index=False)
    face = {
        key: rng.integers(0, 3) for key in table[["recording", "frame"]].agg(tuple, 1)
    }
    level = table[["recording", "frame"]].agg(tuple, 1).map(face)
    for unit in ("orbital", "ear"):
        noise = rng.integers(-1, 2, len(table)) * (rng.random(len(table)) < 0.4)
        table[unit] = (level + noise).clip(0, 2).astype(float)
    table["animal"] = table["recording"].map({"a": "m1", "b": "m2"})
    return table.assign(total=table["orbital"] + table["ear"])


def digits(values, count):
    return np.round(np.asarray(values, float), count)


def test_shrout_fleiss(reference):
    """All six forms, F, df, p and limits, to the digits printed by psych."""
    truth = reference[1]["shrout_fleiss_1979"]
    found = intraclass_correlation(truth["data_rows_targets_cols_judges"])
    assert list(found.index) == FORMS == truth["order"]
    assert list(found.columns[:9]) == COLUMNS
    assert found["estimate"].round(2).to_dict() == truth["ICC"]
    one, two = found.loc["ICC1"], found.loc["ICC3"]
    assert [round(one["F"], 1), round(two["F"], 1)] == [*truth["F"].values()]
    assert [one["df1"], one["df2"]] == truth["df"]["one_way"]
    assert [two["df1"], two["df2"]] == truth["df"]["two_way"]
    assert digits([one["p"], two["p"]], 4).tolist() == [0.1648, 0.0001]
    np.testing.assert_allclose(
        [one["p"], two["p"]], [*truth["p"].values()], atol=5.1e-5
    )
    assert digits(found["ci_low"], 2).tolist() == truth["CI95_lower"]
    assert digits(found["ci_high"], 2).tolist() == truth["CI95_upper"]
    assert (found["n_targets"] == 6).all()
    assert (found["n_raters"] == 4).all()
    assert (found[["reason", "note"]] == "").all(axis=None)


def test_names_of_forms():
    """McGraw and Wong's names, and which form SPSS's and aRGS's are."""
    found = intraclass_correlation(simulated(6, 3))
    names = ["ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]
    assert list(found["mcgraw_wong"]) == names
    assert "aRGS" in found.loc["ICC1", "definition"]
    for form in ("ICC3", "ICC3k"):
        assert "SPSS two-way mixed, consistency" in found.loc[form, "definition"]


def test_wine(reference):
    folder, values = reference
    truth = values["pingouin_icc_wine"]
    long = pd.read_csv(folder / truth["file"])
    wine = long.pivot(index="Wine", columns="Judge", values="Scores")
    found = intraclass_correlation(wine)
    assert digits(found["estimate"], 2).tolist() == truth["ICC"]
    assert (found["df1"] == truth["df1"]).all()
    assert found["df2"].tolist() == truth["df2"]
    assert digits(found["ci_low"], 2).tolist() == truth["CI95_lower"]
    assert digits(found["ci_high"], 2).tolist() == truth["CI95_upper"]


def test_wine_with_a_missing_rating(reference):
    folder, values = reference
    truth = values["pingouin_icc_wine"]
    long = pd.read_csv(folder / truth["file"])
    long.loc[3, "Scores"] = np.nan
    wine = long.pivot(index="Wine", columns="Judge", values="Scores")
    found = intraclass_correlation(wine)
    wanted = truth["listwise_after_setting_row_index_3_missing"]
    assert digits(found["estimate"], 2).tolist() == wanted
    assert (found["n_targets"] == len(wine) - 1).all()
    assert found["note"].str.contains("1 of 8 targets left out").all()


@pytest.mark.parametrize(
    ("example", "columns", "form_of"),
    [
        ("irr_anxiety", 3, {"ICC2": "ICC2_single_agreement", "ICC3": "ICC3"}),
        ("irr_video", 4, {"ICC2": "ICC2", "ICC3": "ICC3"}),
    ],
)
def test_examples_of_irr(reference, example, columns, form_of):
    folder, values = reference
    truth = values[example]["recomputed_here"]
    ratings = pd.read_csv(folder / values[example]["file"]).dropna()
    assert ratings.shape[1] == columns
    found = intraclass_correlation(ratings)
    for form, name in form_of.items():
        printed = truth[name]
        count = len(str(printed).split(".")[1])
        assert round(found.loc[form, "estimate"], count) == printed


def test_confidence():
    ratings = simulated(20, 3)
    wide = intraclass_correlation(ratings, confidence=0.99)
    narrow = intraclass_correlation(ratings, confidence=0.5)
    assert (wide["ci_low"] < narrow["ci_low"]).all()
    assert (narrow["ci_high"] < wide["ci_high"]).all()


def test_whatever_ratings_come_as():
    ratings = simulated(12, 3)
    wanted = intraclass_correlation(ratings)
    array = xr.DataArray(
        ratings.to_numpy().reshape(3, 4, 3),
        dims=("recording", "frame", "rater"),
        coords={"rater": list(ratings)},
    )
    for given in (ratings.to_numpy(), ratings.to_numpy().tolist(), array):
        pd.testing.assert_frame_equal(intraclass_correlation(given), wanted)
    turned = intraclass_correlation(array.transpose("rater", "frame", "recording"))
    pd.testing.assert_frame_equal(turned, wanted)


def test_array_by_unit_with_animals():
    ear, nose = simulated(12, 3, seed=1), simulated(12, 3, seed=2)
    array = xr.DataArray(
        np.stack([part.to_numpy().reshape(3, 4, 3) for part in (ear, nose)]),
        dims=("unit", "recording", "frame", "rater"),
        coords={"unit": ["ear", "nose"], "animal": ("recording", ["x", "y", "x"])},
    )
    found = intraclass_correlation(array)
    assert found.index.names == ["unit", "form"]
    assert found["note"].str.contains("12 targets of 2 animals as independent").all()
    columns = found.columns[:-1]
    for unit, ratings in {"ear": ear, "nose": nose}.items():
        alone = intraclass_correlation(ratings)
        pd.testing.assert_frame_equal(found.loc[unit][columns], alone[columns])


def test_study_by_unit(frame_scores):
    found = intraclass_correlation_by_unit(frame_scores)
    assert list(found.index.unique("unit")) == ["orbital", "ear", "total"]
    wide = frame_scores.pivot(
        index=["recording", "frame"], columns="rater", values="total"
    )
    alone = intraclass_correlation(wide)
    for column in COLUMNS:
        np.testing.assert_allclose(found.loc["total"][column], alone[column])
    people = intraclass_correlation_by_unit(frame_scores, ["Ben", "Anna"])
    assert (people["n_raters"] == 2).all()
    with pytest.raises(GrimaceError, match="no rater 'Eve'"):
        intraclass_correlation_by_unit(frame_scores, ["Eve", "Anna"])


def test_recordings_and_studies():
    """As they are, or laid out by unit first."""
    passes = [
        random_block(person(name), np.arange(8), seed, faces=False)
        for seed, name in enumerate(("Anna", "Ben"))
    ]
    recording = merge_recordings(*passes)
    sheet = pd.DataFrame(
        {"animal": "m1", "group": "sham", "timepoint": "post"}, index=["a"]
    )
    study = make_study({"a": recording}, sheet)
    wanted = intraclass_correlation(ratings_by_unit(frame_scores_of(study)))
    assert list(wanted.index.unique("unit"))[-1] == "total"
    for given in (study, ratings_by_unit(study)):
        pd.testing.assert_frame_equal(intraclass_correlation(given), wanted)
    alone = intraclass_correlation(recording)
    np.testing.assert_allclose(alone["estimate"], wanted["estimate"])


def test_unit_that_one_rater_did_not_score(frame_scores):
    """Others are compared, and what was left out is said."""
    frame_scores.loc[frame_scores["rater"] == "model", "ear"] = np.nan
    found = intraclass_correlation_by_unit(frame_scores).loc["ear"]
    assert (found["n_raters"] == 2).all()
    assert found["note"].str.contains("having scored nothing: model").all()
    frame_scores.loc[frame_scores["rater"] == "Ben", "ear"] = np.nan
    found = intraclass_correlation_by_unit(frame_scores).loc["ear"]
    assert found["estimate"].isna().all()
    assert found["reason"].str.contains("agreement needs two").all()


def test_passes_of_one_rater_among_raters():
    """They agree as one person does with herself: it is said."""
    ratings = simulated(10, 3).set_axis(["Anna", "Ben", "Anna (2)"], axis=1)
    found = intraclass_correlation(ratings)
    assert found["note"].str.contains("passes of Anna count as different").all()
    for labels in (["Anna", "Ben"], ["Anna", "Anna (2)"]):
        assert (intraclass_correlation(ratings[labels])["note"] == "").all()


def test_ratings_by_unit_keeps_frames_and_order(frame_scores):
    found = ratings_by_unit(frame_scores, ["model", "Anna"])
    assert list(found) == ["orbital", "ear", "total"]
    assert list(found["ear"].columns) == ["model", "Anna"]
    assert found["ear"].index.names == ["recording", "animal", "frame"]
    row = frame_scores.query("recording == 'b' and rater == 'Anna' and frame == 7")
    assert found["ear"].loc[("b", "m2", 7), "Anna"] == row["ear"].item()


@pytest.mark.parametrize("missing", ["listwise", "reml"])
@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.full((4, 3), np.nan), "no ratings"),
        (np.zeros((0, 3)), "no ratings"),
        (np.ones((4, 3)), "all scores are 1"),
        (np.arange(4.0)[:, None], "agreement needs two"),
        (np.arange(4.0)[None], "one target"),
        (np.diag([1.0, 2.0, 3.0]) + np.where(np.eye(3), 0, np.nan), ""),
    ],
)
@pytest.mark.parametrize("n_resamples", [0, 50])
def test_no_number_without_a_reason(ratings, reason, missing, n_resamples):
    found = intraclass_correlation(ratings, missing=missing, n_resamples=n_resamples)
    assert list(found.index) == FORMS
    numbers = found[["estimate", "ci_low", "ci_high", "F", "p"]]
    assert numbers.isna().all(axis=None)
    assert found["reason"].str.contains(reason).all()
    assert (found["reason"] != "").all()


def test_negative_estimates_are_kept_and_explained():
    """Raters who contradict each other: below 0, with limits in order."""
    ratings = np.array([[0, 2], [2, 0], [0, 2], [2, 0], [1, 1.1]])
    found = intraclass_correlation(ratings)
    assert (found["estimate"].iloc[:3] < -0.5).all()
    assert found["note"].iloc[:3].str.contains("below 0").all()
    told = found.dropna(subset=["estimate"])
    assert (told["ci_low"] <= told["estimate"]).all()
    assert (told["estimate"] <= told["ci_high"]).all()
    lost = found[found["estimate"].isna()]
    assert (lost["reason"] != "").all()


def test_full_agreement_has_no_interval():
    found = intraclass_correlation(np.tile([[0.0], [1.0], [2.0]], 4))
    assert (found["estimate"] == 1).all()
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)
    assert found["note"].str.contains("full agreement").all()


@pytest.mark.parametrize(
    ("codes", "said"),
    [([[0, 1], [2, -1], [1, 1]], "1 ratings are -1"), ([[0, 9], [9, 1], [2, 1]], "2")],
)
def test_codes_of_missing_scores_are_refused(codes, said):
    with pytest.raises(GrimaceError, match=said):
        intraclass_correlation(codes)


@pytest.mark.parametrize(
    "plain", [[[0, 9], [4, 8], [3, 9]], [[-2, -1], [0, 1], [1, 1]]]
)
def test_numbers_that_are_no_codes_are_taken(plain):
    assert intraclass_correlation(plain)["estimate"].notna().any()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"missing": "drop"}, "missing is 'drop'"),
        ({"confidence": 95}, "confidence is 95"),
        ({"n_resamples": -1}, "n_resamples is -1"),
        ({"by": "litter"}, "litter"),
        ({"by": ["m1", "m2"]}, "2 labels"),
    ],
)
def test_arguments_are_checked(arguments, said):
    with pytest.raises(GrimaceError, match=said):
        intraclass_correlation(simulated(5, 3), **arguments)


def test_ratings_are_checked():
    with pytest.raises(GrimaceError, match="'none'"):
        intraclass_correlation(pd.DataFrame({"a": [1, "none"], "b": [1, 2]}))
    with pytest.raises(GrimaceError, match="must be 'rater'"):
        intraclass_correlation(xr.DataArray(np.ones((3, 3)), dims=("frame", "judge")))
    with pytest.raises(GrimaceError, match="no ratings"):
        intraclass_correlation({})
