import json
import sys
import tomllib
from subprocess import run

import numpy as np
import pytest

from napari_grimace.errors import ScaleError
from napari_grimace.scales import (
    DETECTOR_CLASSES,
    REGIONS,
    UNIT_OF_REGION,
    UNITS,
    Scale,
    band_of,
    combine_sides,
    list_scales,
    load_scale,
    total,
)

MINE = """
name = "mine"
title = "My scale"
species = "mouse"
coats = ["agouti"]
sides = "max"
total = "sum"
min_units = 1

[[units]]
name = "orbital"
title = "Eyes"
regions = ["orbital_left", "orbital_right"]
levels = { 0 = "open", 2 = "shut" }

[[units]]
name = "posture"
title = "Posture"
regions = ["body"]
levels = { 0 = "straight", 2 = "arched" }

[[bands]]
name = "fine"
low = 0
high = 1

[[bands]]
name = "bad"
low = 2
high = 4
"""


def test_published_scales():
    facts = {
        scale.name: (
            scale.species,
            scale.unit_names,
            scale.sides,
            scale.total,
            scale.min_units,
            scale.max_total,
        )
        for scale in list_scales()
    }
    four = ("orbital", "nose", "ear", "whiskers")
    five = ("orbital", "nose", "cheek", "ear", "whiskers")
    assert facts == {
        "mgs-black": ("mouse", four, "level", "sum", 4, 8.0),
        "mgs": ("mouse", five, "level", "mean", 5, 2.0),
        "rgs": ("rat", four, "level", "mean", 4, 2.0),
        "rgs-no-whiskers": ("rat", four[:3], "mean", "mean", 3, 2.0),
    }


@pytest.mark.parametrize("scale", list_scales(), ids=lambda scale: scale.name)
def test_bundled_scales_are_complete(scale):
    assert scale.reference
    assert scale.coats
    for unit in scale.units:
        expected = (
            (0, 2) if (scale.name, unit.name) == ("mgs-black", "nose") else (0, 1, 2)
        )
        assert unit.levels == expected
        assert len(set(unit.descriptions)) == len(unit.levels)
        assert all(UNIT_OF_REGION[region] == unit.name for region in unit.regions)
        assert len(unit.regions) == (2 if unit.name in ("orbital", "ear") else 1)
    assert scale.regions[:2] == ("face", "body")
    assert list(scale.regions) == [r for r in REGIONS if r in scale.regions]
    assert ("cheek" in scale.regions) == (scale.name == "mgs")


def test_names_agree():
    assert set(UNIT_OF_REGION.values()) == set(UNITS)
    assert set(UNIT_OF_REGION) | {"face", "body"} == set(REGIONS)
    assert {region.split("_")[0] for region in REGIONS} == set(DETECTOR_CLASSES)


@pytest.mark.parametrize("scale", list_scales(), ids=lambda scale: scale.name)
def test_a_scale_survives_json(scale):
    assert Scale.from_dict(json.loads(json.dumps(scale.to_dict()))) == scale
    assert load_scale(scale) is scale
    assert load_scale(scale.name) == scale


def test_published_totals_and_bands_of_black_mice():
    scale = load_scale("mgs-black")
    scores = [[0, 0, 0, 0], [1, 0, 1, 0], [1, 0, 1, 1], [1, 2, 1, 0], [1, 2, 1, 1]]
    scores += [[2, 2, 2, 2]]
    totals = total(scores, scale)
    np.testing.assert_array_equal(totals, [0, 2, 3, 4, 5, 8])
    names = [scale.bands[i].name for i in band_of(totals, scale)]
    assert names == ["low", "low", "medium", "medium", "high", "high"]


@pytest.mark.parametrize(
    ("name", "scores", "expected"),
    [
        ("mgs", [2, 1, 1, 1, 0], 1.0),
        ("mgs", [2, 1, 1, 1, np.nan], np.nan),
        ("rgs", [2, 1, 0, 0], 0.75),
        ("rgs", [2, 1, 0, np.nan], np.nan),
        ("rgs-no-whiskers", [1.5, 1, 0.5], 1.0),
        ("rgs-no-whiskers", [1.5, np.nan, 0.5], np.nan),
        ("mgs-black", [2, 2, 2, np.nan], np.nan),
    ],
)
def test_published_totals(name, scores, expected):
    assert total(scores, load_scale(name)) == pytest.approx(expected, nan_ok=True)


def test_a_total_of_fewer_units_is_scaled_to_all():
    black, mgs = load_scale("mgs-black"), load_scale("mgs")
    some = [2, np.nan, 1, np.nan]
    assert np.isnan(total(some, black, min_units=3))
    assert total(some, black, min_units=2) == 6  # 1.5 on average, times four units
    assert total([2, 2, 1, 1], black, min_units=1) == 6  # all are there: the sum
    assert total([2, np.nan, 1, np.nan, np.nan], mgs, min_units=2) == 1.5
    assert np.isnan(total([np.nan] * 4, black, min_units=1))
    for wrong in (0, 5):
        with pytest.raises(ScaleError, match="choose 1 to 4"):
            total(some, black, min_units=wrong)


def test_every_full_total_is_exact():
    scale = load_scale("mgs-black")
    levels = np.stack(np.meshgrid(*[[0, 1, 2]] * 4), axis=-1).reshape(-1, 4)
    np.testing.assert_array_equal(total(levels, scale), levels.sum(axis=1))


def test_totals_between_bands_belong_to_the_lower():
    scale = load_scale("mgs-black")
    bands = band_of([0, 2.67, 3, 4.99, 5, 8, np.nan], scale)
    np.testing.assert_array_equal(bands, [0, 0, 1, 1, 2, 2, -1])
    np.testing.assert_array_equal(band_of([0.0, 2.0], load_scale("mgs")), [-1, -1])


def test_sides_level_averages_probabilities():
    sides = [[0.6, 0.4, 0.0], [0.0, 0.45, 0.55]]
    probability, score = combine_sides(sides)
    np.testing.assert_allclose(probability, [0.3, 0.425, 0.275], rtol=1e-6)
    assert score == 1


def test_sides_mean_and_max_take_each_sides_level():
    sides = [[0.6, 0.4, 0.0], [0.0, 0.45, 0.55]]
    probability, score = combine_sides(sides, sides="mean")
    np.testing.assert_allclose(probability, [0.3, 0.425, 0.275], rtol=1e-6)
    assert score == 1.0
    probability, score = combine_sides(sides, sides="max")
    np.testing.assert_allclose(probability, [0, 0.45, 0.55], rtol=1e-6)
    assert score == 2


@pytest.mark.parametrize("sides", ["level", "mean", "max"])
def test_an_unseen_side_does_not_count(sides):
    unseen = [np.nan] * 3
    frames = np.array(
        [[[0.1, 0.8, 0.1], unseen], [unseen, [0.7, 0.2, 0.1]], [unseen] * 2]
    )
    probability, score = combine_sides(frames, sides=sides)
    np.testing.assert_array_equal(score, [1, 0, np.nan])
    np.testing.assert_allclose(
        probability, [[0.1, 0.8, 0.1], [0.7, 0.2, 0.1], unseen], rtol=1e-6
    )


def test_a_level_that_a_unit_lacks_stays_unseen():
    sides = [[0.4, np.nan, 0.6]]
    probability, score = combine_sides(sides, levels=(0, 2))
    np.testing.assert_allclose(probability, [0.4, np.nan, 0.6], rtol=1e-6)
    assert score == 2


def test_a_users_scale(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    scale = load_scale(path)
    assert load_scale(str(path)) == scale
    assert scale.unit_names == ("orbital", "posture")
    assert scale.regions == ("face", "body", "orbital_left", "orbital_right")
    assert scale.max_total == 4
    assert scale.unit("posture").descriptions == ("straight", "arched")
    with pytest.raises(KeyError):
        scale.unit("nose")


@pytest.mark.parametrize(
    ("old", "new", "key", "remedy"),
    [
        ('name = "mine"', "", "`name` is missing", "short name"),
        ('name = "mine"', 'name = "My scale!"', "`name` is 'My scale!'", "a-z"),
        ('title = "My scale"', "title = 3", "`title` is 3", "in words"),
        ('title = "Eyes"', 'title = " "', "`units[0].title` is empty", "in words"),
        ('"mouse"', '"cat"', "`species` is 'cat'", "'mouse', 'rat'"),
        ('["agouti"]', '"agouti"', "`coats` is 'agouti'", "a list"),
        ('["agouti"]', "[1]", "`coats` is [1]", "a list"),
        ('"max"', '"median"', "`sides` is 'median'", "'level', 'mean', 'max'"),
        ('total = "sum"', 'total = "product"', "`total`", "'sum', 'mean'"),
        ("min_units = 1", "min_units = 3", "`min_units` is 3", "give 1 to 2"),
        ("min_units = 1", "min_units = true", "`min_units` is True", "whole number"),
        ("min_units = 1", "", "`min_units` is missing", "how many units"),
        ("coats", "coat", "`coat` is not known", "the keys are"),
        ('["body"]', '["tail"]', "`units[1].regions` has 'tail'", "the regions are"),
        ('["body"]', "[]", "`units[1].regions` is empty", "give some of"),
        ('2 = "arched"', '3 = "arched"', "`units[1].levels` has 0, 3", "or 0 and 2"),
        ('2 = "arched"', '1 = "arched"', "`units[1].levels` has 0, 1", "or 0 and 2"),
        ('0 = "straight"', '1 = "bent"', "`units[1].levels` has 1, 2", "or 0 and 2"),
        (', 2 = "arched"', "", "`units[1].levels` has 0:", "0, 1 and 2, or 0 and 2"),
        (
            '{ 0 = "straight", 2 = "arched" }',
            "{}",
            "`units[1].levels` is empty",
            "0 and 2",
        ),
        ('"arched"', '""', "`units[1].levels.2` says nothing", "looks like"),
        (
            '["body"]',
            '["orbital_left"]',
            "`units[1].regions` has 'orbital_left', which 'orbital' has already",
            "to one unit",
        ),
        ('["body"]', '["nose", "nose"]', "`units[1].regions` has 'nose'", "once"),
        ("levels = { 0", "level = { 0", "`units[0].levels` is missing", "a sentence"),
        ('name = "posture"', 'name = "orbital"', "'orbital' twice", "its own name"),
        ("high = 4", "high = 9", "`bands[1]` goes from 2 to 9", "within 0 to 4"),
        ("low = 0", "low = -1", "`bands[0]` goes from -1 to 1", "within 0 to 4"),
        ("high = 1", "high = 2", "`bands[1]` goes from 2 to 4", "both ends belong"),
        ("low = 2", "low = 0.5", "`bands[1]` goes from 0.5 to 4", "above the end"),
        ("high = 1", 'high = "1"', "`bands[0].high` is '1'", "a number"),
    ],
)
def test_faults_of_a_users_file_are_named(tmp_path, old, new, key, remedy):
    path = tmp_path / "mine.toml"
    assert old in MINE
    path.write_text(MINE.replace(old, new), encoding="utf-8")
    with pytest.raises(ScaleError) as caught:
        load_scale(path)
    message = str(caught.value)
    assert str(path) in message
    assert key in message
    assert remedy in message


def test_all_faults_are_told_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    text = MINE.replace('"mouse"', '"cat"').replace('"max"', '"median"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScaleError, match=r"2 things to mend(?s:.*)species(?s:.*)sides"):
        load_scale(path)


def test_repeated_bands_and_no_units():
    data = tomllib.loads(MINE)
    with pytest.raises(ScaleError, match=r"scale 'mine'.*give at least one"):
        Scale.from_dict({**data, "units": []})
    with pytest.raises(ScaleError, match="a band twice"):
        Scale.from_dict({**data, "bands": data["bands"] * 2})
    with pytest.raises(ScaleError, match=r"`units\[0\]` must be a table"):
        Scale.from_dict({**data, "units": ["orbital"]})


def test_a_scale_that_is_not_there(tmp_path):
    with pytest.raises(ScaleError, match=r"no scale 'mgs-white'.*mgs-black.*\.toml"):
        load_scale("mgs-white")
    missing = tmp_path / "mine.toml"
    with pytest.raises(ScaleError, match="there is no such file"):
        load_scale(missing)
    missing.write_text("name = x", encoding="utf-8")
    with pytest.raises(ScaleError, match=r"not valid TOML.*line 1"):
        load_scale(missing)
    missing.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScaleError, match="UTF-8"):
        load_scale(missing)


def test_scales_load_quickly():
    code = (
        "import sys; from napari_grimace.scales import load_scale; load_scale('mgs');"
        "sys.exit(any(m in sys.modules for m in ('xarray', 'torch', 'zarr', 'pandas')))"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0
