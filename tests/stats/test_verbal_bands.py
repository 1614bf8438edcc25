"""Words for coefficients, as their papers use them."""

import numpy as np
import pytest

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability import BAND_CONVENTIONS, verbal_band


@pytest.mark.parametrize(
    ("value", "word"),
    [
        # Tables 2 and 3 of the aRGS paper, and what its text calls their values.
        (0.933, "very good"),
        (0.823, "very good"),
        (0.568, "moderate"),
        (0.584, "moderate"),
        (0.641, "good"),
        (0.624, "good"),
        (0.801, "very good"),
        (0.4, "fair"),
        (0.21, "fair"),
        (0.19, "poor"),
    ],
)
def test_args(value, word):
    assert verbal_band(value, "args") == word


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-0.3, "poor"),
        (0.49, "poor"),
        (0.5, "moderate"),
        (0.75, "good"),
        (0.9, "good"),
        (0.91, "excellent"),
        (1.0, "excellent"),
    ],
)
def test_koo_li(value, word):
    """Below 0.5 poor, above 0.9 excellent."""
    assert verbal_band(value) == word


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-0.01, "poor"),
        (0.0, "slight"),
        (0.2, "slight"),
        (0.21, "fair"),
        (0.41, "moderate"),
        (0.6, "moderate"),
        (0.61, "substantial"),
        (0.81, "almost perfect"),
    ],
)
def test_landis_koch(value, word):
    assert verbal_band(value, "landis-koch") == word


def test_every_convention_has_its_source_and_no_gaps():
    for name, bands in BAND_CONVENTIONS.groupby(level="convention"):
        assert bands["source"].nunique() == 1
        assert bands["low"].is_monotonic_increasing
        words = {verbal_band(value, name) for value in np.linspace(-1, 1, 2001)}
        assert words == set(bands.index.get_level_values("band"))


def test_nothing_to_name():
    assert verbal_band(np.nan) == ""
    with pytest.raises(GrimaceError, match="above 1"):
        verbal_band(82)
    with pytest.raises(GrimaceError, match="koo-li, landis-koch, args"):
        verbal_band(0.5, "cicchetti")
