"""Six intraclass correlations, for one table or a batch, against pingouin and scipy."""

import warnings

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.icc_forms import (
    FORMS,
    icc_estimates,
    icc_intervals,
    icc_tests,
    mean_squares,
)


def ratings(targets, raters, spread=1.0, bias=0.4, seed=0):
    rng = np.random.default_rng(seed)
    level = spread * rng.normal(size=(targets, 1)) + bias * rng.normal(size=raters)
    return level + rng.normal(size=(targets, raters))


def by_pingouin(table):
    long = pd.DataFrame(table).rename_axis(index="target", columns="rater")
    long = long.stack().rename("score").reset_index()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pingouin's own, of pandas
        return pingouin.intraclass_corr(long, "target", "rater", "score")


@pytest.mark.parametrize("shape", [(3, 2), (6, 4), (25, 4), (40, 3)])
@pytest.mark.parametrize("spread", [0.3, 1.0, 4.0])
def test_as_pingouin(shape, spread):
    table = ratings(*shape, spread, seed=shape[0])
    truth = by_pingouin(table)
    found = mean_squares(table)
    f, df, p = icc_tests(found)
    np.testing.assert_allclose(icc_estimates(table), truth["ICC"], atol=1e-9)
    np.testing.assert_allclose(f, truth["F"], rtol=1e-9)
    np.testing.assert_array_equal(df, truth[["df1", "df2"]])
    np.testing.assert_allclose(p, truth["pval"], rtol=1e-7, atol=1e-300)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_as_pingouin(seed):
    """To the two digits that pingouin gives."""
    table = ratings(12, 4, seed=seed)
    truth = np.stack(by_pingouin(table)["CI95"])
    np.testing.assert_allclose(
        icc_intervals(mean_squares(table), 0.95), truth, atol=0.00501
    )


def test_interval_is_that_of_the_test():
    """An interval at level 1 - 2p of the test begins at 0."""
    found = mean_squares(ratings(15, 3, 0.6, seed=4))
    f, df, p = icc_tests(found)
    for form in (0, 2, 3, 5):
        assert p[form] == pytest.approx(stats.f.sf(f[form], *df[form]))
        lower = icc_intervals(found, 1 - 2 * p[form])[form, 0]
        assert lower == pytest.approx(0, abs=1e-9)


def test_batch_is_table_by_table():
    tables = np.stack([ratings(8, 3, seed=seed) for seed in range(6)]).reshape(
        2, 3, 8, 3
    )
    found = icc_estimates(tables)
    assert found.shape == (2, 3, len(FORMS))
    np.testing.assert_allclose(found[1, 2], icc_estimates(tables[1, 2]), atol=1e-12)
    limits = icc_intervals(mean_squares(tables), 0.9)
    np.testing.assert_allclose(
        limits[0, 1], icc_intervals(mean_squares(tables[0, 1]), 0.9), atol=1e-12
    )


def test_one_missing_makes_its_own_table_missing():
    tables = np.stack([ratings(8, 3), ratings(8, 3)])
    tables[0, 2, 1] = np.nan
    found = icc_estimates(tables)
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (3, 1), (1, 1), (3, 0)])
def test_too_few(shape):
    assert np.isnan(icc_estimates(np.random.default_rng(0).random(shape))).all()


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e6])
def test_constant(value):
    assert np.isnan(icc_estimates(np.full((5, 3), value))).all()


def test_targets_alike_while_raters_differ():
    """No target differs: 0 for agreement, nothing to tell consistency by."""
    found = icc_estimates(np.tile([0.1, 0.2, 0.3], (4, 1)))
    assert found[0] == pytest.approx(-0.5)
    assert found[1] == found[4] == 0
    assert np.isnan(found[[2, 3, 5]]).all()


def test_full_agreement():
    table = np.tile([[0.1], [0.7], [1.3]], 4)
    np.testing.assert_allclose(icc_estimates(table), 1)
    np.testing.assert_allclose(icc_intervals(mean_squares(table), 0.95), 1)


def test_raters_that_differ_by_a_constant_are_consistent():
    table = ratings(9, 1) + np.array([0.0, 1.0, 2.0])
    found = icc_estimates(table)
    assert found[2] == found[5] == pytest.approx(1)
    assert found[1] < 1
    limits = icc_intervals(mean_squares(table), 0.95)
    assert limits[1, 0] < found[1] < limits[1, 1]


def test_limits_are_in_order_also_below_0():
    rng = np.random.default_rng(1)
    tables = rng.normal(size=(300, 4, 3))
    found, limits = icc_estimates(tables), icc_intervals(mean_squares(tables), 0.95)
    told = np.isfinite(found)
    assert (found[told] < 0).mean() > 0.3
    assert (limits[told][:, 0] <= found[told]).all()
    assert (found[told] <= limits[told][:, 1]).all()
    assert (limits[told][:, 1] <= 1).all()


def test_mean_with_less_variance_than_nothing():
    """Targets nearly alike and a large error: ICC2k would be a number above 1."""
    table = np.array([[0.0, 3.0], [3.1, 0.0], [0.0, 3.2], [3.0, 0.1]])
    found = mean_squares(table)
    assert found.targets + (found.raters - found.error) / 4 < 0
    assert np.isnan(icc_estimates(table)[4])


def test_needs_targets_and_raters():
    with pytest.raises(GrimaceError, match="1 dimensions"):
        icc_estimates([1.0, 2.0])
