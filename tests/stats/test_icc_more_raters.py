"""What more raters bring: PainFace's printed pairs of single and average measure."""

import numpy as np
import pytest
from simulated_ratings import simulated

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability import (
    intraclass_correlation,
    raters_needed,
    spearman_brown,
)

# McCoy et al. (2024) Pain 165:1793-1805, tables 5 (three raters) and 6 (four raters):
# single and average measure of orbital, nose, ears, whiskers, total.
TABLE_5 = [(0.76, 0.91), (0.61, 0.83), (0.93, 0.97), (0.36, 0.63), (0.84, 0.94)]
TABLE_6 = [(0.71, 0.91), (0.34, 0.67), (0.47, 0.78), (0.37, 0.70), (0.45, 0.77)]


@pytest.mark.parametrize(("table", "n_raters"), [(TABLE_5, 3), (TABLE_6, 4)])
def test_published_averages(table, n_raters):
    """The printed average is one that the printed single measure rounds to."""
    for single, average in table:
        low, high = spearman_brown([single - 0.005, single + 0.005], n_raters)
        assert low - 0.005 <= average <= high + 0.005


def test_it_is_what_the_average_forms_are():
    found = intraclass_correlation(simulated(20, 5))["estimate"]
    for form in ("ICC1", "ICC2", "ICC3"):
        assert spearman_brown(found[form], 5) == pytest.approx(found[f"{form}k"])


def test_many_raters_at_once():
    found = spearman_brown(0.5, [1, 3, 9])
    np.testing.assert_allclose(found, [0.5, 0.75, 0.9])
    assert np.isnan(spearman_brown(-0.6, 3))
    with pytest.raises(GrimaceError, match="above 0"):
        spearman_brown(0.5, 0)


def test_raters_needed_is_the_least_number_that_reaches():
    wanted = np.array([0.6, 0.75, 0.8, 0.95])
    for single in (0.2, 0.45, 0.5, 0.84):
        n = raters_needed(single, wanted)["n_raters"].to_numpy()
        assert (spearman_brown(single, n) >= wanted - 1e-12).all()
        fewer = n[n > 1] - 1
        assert (spearman_brown(single, fewer) < wanted[n > 1]).all()


def test_whole_numbers_are_not_exceeded_by_rounding():
    assert raters_needed(0.5, 0.75)["n_raters"].item() == 3
    assert raters_needed(0.1, 0.9)["n_raters"].item() == 81
    assert raters_needed(1.0, 0.9)["n_raters"].item() == 1


def test_limits_come_from_those_of_the_coefficient():
    table = intraclass_correlation(simulated(25, 4, 1.3))
    found = raters_needed(table, [0.8, 0.9])
    assert found.index.names == ["form", "wanted"]
    assert list(found.index.unique("form")) == ["ICC1", "ICC2", "ICC3"]
    row, icc = found.loc[("ICC2", 0.9)], table.loc["ICC2"]
    for number, column in (("n_low", "ci_high"), ("n_high", "ci_low")):
        alone = raters_needed(float(icc[column]), 0.9)["n_raters"].item()
        assert row[number] == alone
    assert row["n_low"] <= row["n_raters"] <= row["n_high"]


def test_units_stay():
    tables = {"ear": simulated(9, 3, seed=1), "nose": simulated(9, 3, seed=2)}
    found = raters_needed(intraclass_correlation(tables))
    assert found.index.names == ["unit", "form", "wanted"]
    assert len(found) == 6


def test_more_raters_do_not_always_help():
    found = raters_needed(-0.1)
    assert found["n_raters"].item() == np.inf
    assert "more raters do not help" in found["reason"].item()
    found = raters_needed(np.nan)
    assert np.isnan(found["n_raters"].item())
    assert "not known" in found["reason"].item()


def test_arguments_are_checked():
    with pytest.raises(GrimaceError, match="between 0 and 1"):
        raters_needed(0.5, 1.0)
    with pytest.raises(GrimaceError, match="intraclass_correlation"):
        raters_needed(simulated(5, 3))
