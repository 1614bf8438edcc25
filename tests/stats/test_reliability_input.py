"""What raters' scores must be: nothing else may turn into a number."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import reliability
from napari_grimace.stats.reliability import (
    against_others,
    agreement_coefficients,
    bland_altman,
    cohen_kappa,
    event_agreement,
    event_icc,
    fleiss_kappa,
    gwet_ac,
    intra_rater,
    intraclass_correlation,
    krippendorff_alpha,
    measurement_error,
    rated_targets,
    rater_bias,
    rater_matrix,
    raters_needed,
    spearman_brown,
    variance_components,
)
from napari_grimace.study.simulate_raters import BOTH_LABS
from napari_grimace.study.table import frame_scores

OF_SEVERAL = [
    intraclass_correlation,
    measurement_error,
    variance_components,
    fleiss_kappa,
    gwet_ac,
    agreement_coefficients,
    krippendorff_alpha,
    rater_bias,
    rater_matrix,
    against_others,
]
OF_TWO = [bland_altman, cohen_kappa]


def scores():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 12)
    return pd.DataFrame(
        {n: np.where(rng.random(12) < 0.7, truth, 1) for n in "abc"}, dtype=float
    )


@pytest.fixture(scope="module")
def rated():
    """The simulated raters' frame scores; the first rated twice."""
    from napari_grimace.study import open_study, sample_study

    return frame_scores(open_study(sample_study(), experiment="raters"))


@pytest.mark.parametrize("code", [-1, 9])
@pytest.mark.parametrize("tell", [*OF_SEVERAL, *OF_TWO], ids=lambda f: f.__name__)
def test_codes_of_missing_scores_are_no_scores(tell, code):
    ratings = scores()
    ratings.iloc[0, 0] = code
    given = (ratings,) if tell in OF_SEVERAL else (ratings["a"], ratings["b"])
    with pytest.raises(GrimaceError, match=f"1 ratings are {code}: code what"):
        tell(*given)


def test_codes_are_levels_where_levels_are_named():
    ratings = scores() - 1
    levels = (-1, 0, 1)
    told = krippendorff_alpha(ratings, "nominal", levels, n_resamples=2)["estimate"]
    same = krippendorff_alpha(ratings + 1, "nominal", n_resamples=2)["estimate"]
    assert told.item() == pytest.approx(same.item())
    negative = bland_altman(ratings["a"] - 3, ratings["b"] - 3)["estimate"]
    assert negative.iloc[0] == pytest.approx((ratings["a"] - ratings["b"]).mean())


@pytest.mark.parametrize("name", ["animal", "Frame", "recording", "Unnamed: 0"])
@pytest.mark.parametrize("tell", OF_SEVERAL, ids=lambda f: f.__name__)
def test_columns_that_tell_the_target_are_no_raters(tell, name):
    ratings = scores()
    ratings.insert(0, name, range(len(ratings)))
    with pytest.raises(GrimaceError, match=rf"{name}'\]"):
        tell(ratings)


def test_a_csv_of_ratings(tmp_path):
    ratings = scores().set_index(pd.Index([*"kkkkllllmmmm"], name="animal"))
    path = tmp_path / "ratings.csv"
    ratings.to_csv(path)
    read = pd.read_csv(path)
    with pytest.raises(GrimaceError, match=r"set_index\(\['animal'\]\)"):
        intraclass_correlation(read)
    pd.testing.assert_frame_equal(
        krippendorff_alpha(read.set_index(["animal"])), krippendorff_alpha(ratings)
    )
    assert krippendorff_alpha(read.set_index(["animal"]))["n_animals"].item() == 3


def test_frame_scores_are_ratings(rated):
    people = rated[~rated["rater"].str.endswith("(2)")]
    found = intraclass_correlation(people).xs("ICC2", level="form")["estimate"]
    assert found.to_dict() == pytest.approx(BOTH_LABS, abs=0.011)


@pytest.mark.parametrize(
    "tell", [fleiss_kappa, gwet_ac, krippendorff_alpha, rater_bias]
)
def test_passes_among_raters_are_told(rated, tell):
    told = tell(rated_targets(rated))
    assert (told["note"].str.contains("passes of lab 1 rater A count")).all()
    alone = tell(rated_targets(rated).drop(columns="lab 1 rater A (2)"))
    assert not alone["note"].str.contains("passes").any()


def test_a_rater_is_not_another_than_himself(rated):
    everyone = rated_targets(rated)
    with pytest.raises(GrimaceError, match="passes of lab 1 rater A count"):
        against_others(everyone)
    against_others(everyone.drop(columns="lab 1 rater A (2)"), n_resamples=2)


def test_the_consensus_is_no_person(rated):
    everyone = rated_targets(rated).drop(columns="lab 1 rater A (2)")
    decided = everyone.assign(consensus=everyone.median(axis=1))
    with pytest.raises(GrimaceError, match=r"consensus .* is decided from the others"):
        against_others(decided)
    for told in (intraclass_correlation(decided), gwet_ac(decided)):
        assert told["note"].str.contains("consensus counts as a rater").all()
    # But it may be what is compared with people.
    against_others(decided, "consensus", n_resamples=2)


def test_missing_scores_of_pandas_are_missing():
    ratings = scores()
    ratings.iloc[2, 1] = np.nan
    given = ratings.astype(object).where(ratings.notna(), pd.NA)
    pd.testing.assert_frame_equal(
        intraclass_correlation(given), intraclass_correlation(ratings)
    )


def test_an_array_of_raters_alone():
    with pytest.raises(GrimaceError, match="give targets too"):
        intraclass_correlation(xr.DataArray([1.0, 2.0], dims="rater"))


def test_an_array_without_coordinates():
    values = scores().to_numpy()
    array = xr.DataArray(values.T.reshape(3, 4, 3), dims=("rater", "video", "frame"))
    pd.testing.assert_frame_equal(
        intraclass_correlation(array), intraclass_correlation(values)
    )


@pytest.mark.parametrize("confidence", [0, 1, 95, np.nan])
@pytest.mark.parametrize(
    "name",
    [
        *("intraclass_correlation", "measurement_error", "variance_components"),
        *("gwet_ac", "krippendorff_alpha", "rater_bias"),
    ],
)
def test_a_confidence_is_a_share(name, confidence):
    with pytest.raises(GrimaceError, match=r"confidence is .*between 0 and 1"):
        getattr(reliability, name)(scores(), confidence=confidence)


def test_one_replicate_has_no_spread():
    for tell in (intraclass_correlation, krippendorff_alpha, measurement_error):
        with pytest.raises(GrimaceError, match="give at least 2"):
            tell(scores(), n_resamples=1)


@pytest.mark.parametrize("levels", [[], [0, 1, 2, np.nan], [0, 1, 1, 2]])
def test_levels_are_numbers_once_each(levels):
    for tell in (
        lambda: gwet_ac(scores(), levels),
        lambda: krippendorff_alpha(scores(), levels=levels),
        lambda: rater_matrix(scores(), "weighted kappa", levels=levels),
    ):
        with pytest.raises(GrimaceError, match=r"levels must be|twice"):
            tell()


def test_one_rater_has_no_matrix():
    with pytest.raises(GrimaceError, match="needs two"):
        rater_matrix(scores()[["a"]])


def test_no_coefficient_is_above_1():
    for tell in (lambda: raters_needed(1.2), lambda: spearman_brown(1.2, 2)):
        with pytest.raises(GrimaceError, match="above 1"):
            tell()


def test_why_an_error_has_no_interval():
    same_order = pd.DataFrame({"a": [0.0, 1, 2], "b": [1.0, 2, 3]})
    notes = measurement_error(same_order, n_resamples=50)["note"]
    assert (notes["agreement"] == "").all()
    assert (notes["consistency"] == "no error was seen, so it has no interval").all()
    one = scores().set_index(pd.Index(["m"] * 12, name="animal"))
    told = measurement_error(one, n_resamples=50)
    assert told["sem_low"].isna().all()
    assert (told["note"] == "no interval: there is one animal").all()


def test_scores_that_all_change_alike_have_no_interval():
    passes = pd.DataFrame({"a": [0.0, 1, 1, 0], "a (2)": [1.0, 2, 2, 1]})
    row = intra_rater(passes, n_resamples=50).loc["a"]
    assert row["mean_difference"] == 1
    assert np.isnan([row["difference_low"], row["difference_high"]]).all()


def events(*rows):
    columns = ["recording", "rater", "behaviour", "onset", "offset"]
    return pd.DataFrame(rows, columns=columns)


def test_counts_are_compared_in_the_time_that_both_watched():
    """Raters who saw all alike agree, though one stopped early in some recordings."""
    rng = np.random.default_rng(0)
    rows = []
    for video in range(8):
        onsets = rng.uniform(0, 599, rng.integers(3, 30))
        for rater, end in (("A", 600), ("B", 600 if video % 2 else 200)):
            rows.append((f"v{video}", rater, "observed", 0, end))
            rows += [
                (f"v{video}", rater, "groom", onset, min(onset + 0.01, end))
                for onset in onsets
                if onset < end
            ]
    found = event_icc(events(*rows))["estimate"]
    assert found.to_numpy() == pytest.approx(1)


def test_rounding_takes_no_step():
    seen = [("v", r, "observed", 0, 0.7) for r in "AB"]
    told = event_agreement(events(*seen, ("v", "A", "g", 0.6, 0.7)), step=0.1)
    assert told["n_steps"].item() == 7
    assert told["percent_agreement"].item() == pytest.approx(100 * 6 / 7)
