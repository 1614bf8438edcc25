"""From sides to units, by hand-worked examples."""

import numpy as np
import pytest

from napari_grimace.models.units import combine, restrict
from napari_grimace.scales import load_scale
from napari_grimace.scales.regions import REGIONS

NAN = np.nan


def sides(**given):
    """Region probabilities of one image."""
    out = np.full((1, len(REGIONS), 3), NAN, np.float32)
    for name, value in given.items():
        out[0, REGIONS.index(name)] = value
    return out


def unit_of(scale, name, **given):
    scale = load_scale(scale)
    out = combine(sides(**given), scale)
    place = scale.unit_names.index(name)
    return out.unit_probability[0, place], out.unit_score[0, place], out


def test_level_rule_averages_probabilities_and_takes_the_most_probable():
    probability, score, out = unit_of(
        "mgs-black",
        "orbital",
        orbital_left=[0.1, 0.5, 0.4],
        orbital_right=[0, 0.3, 0.7],
    )
    np.testing.assert_allclose(probability, [0.05, 0.4, 0.55], rtol=1e-6)
    assert score == 2
    left, right = REGIONS.index("orbital_left"), REGIONS.index("orbital_right")
    np.testing.assert_array_equal(out.region_score[0, [left, right]], [1, 2])


def test_one_side_alone_is_the_unit():
    probability, score, _ = unit_of("mgs-black", "ear", ear_right=[0.2, 0.7, 0.1])
    np.testing.assert_allclose(probability, [0.2, 0.7, 0.1], rtol=1e-6)
    assert score == 1


def test_mean_rule_gives_halves():
    _, score, _ = unit_of(
        "rgs-no-whiskers",
        "orbital",
        orbital_left=[0.1, 0.8, 0.1],
        orbital_right=[0.1, 0.2, 0.7],
    )
    assert score == pytest.approx(1.5)


def test_max_rule_takes_the_worse_side():
    from dataclasses import replace

    scale = replace(load_scale("mgs"), sides="max")
    given = sides(orbital_left=[0.9, 0.1, 0], orbital_right=[0.1, 0.6, 0.3])
    out = combine(given, scale)
    place = scale.unit_names.index("orbital")
    assert out.unit_score[0, place] == 1
    np.testing.assert_allclose(
        out.unit_probability[0, place], [0.1, 0.6, 0.3], rtol=1e-6
    )


def test_a_unit_without_level_1_shares_its_mass():
    probability, score, out = unit_of("mgs-black", "nose", nose=[0.3, 0.6, 0.1])
    np.testing.assert_allclose(probability, [0.6, NAN, 0.4], rtol=1e-6)
    assert score == 0
    assert out.region_score[0, REGIONS.index("nose")] == 0


def test_sharing_twice_changes_nothing():
    once = restrict(np.array([[0.3, 0.6, 0.1]], np.float32), (0, 2))
    np.testing.assert_allclose(restrict(once, (0, 2)), once)


def test_unseen_is_nan_and_never_0():
    out = combine(sides(), load_scale("mgs"))
    assert np.isnan(out.unit_probability).all()
    assert np.isnan(out.unit_score).all()
    assert np.isnan(out.region_score).all()
