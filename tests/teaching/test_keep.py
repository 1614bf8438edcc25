"""Faces are kept one by one as a lab's own examples."""

import numpy as np
import pytest
from PIL import Image
from reference_sets import BLACK, random_truth, write_reference

from napari_grimace.errors import GrimaceError
from napari_grimace.scales import load_scale
from napari_grimace.teaching import keep_example, open_reference
from napari_grimace.teaching.keep import SIZE


def face(number):
    return np.random.default_rng(number).integers(0, 256, (SIZE, SIZE, 3), np.uint8)


def keep(path, number, unit, level, **options):
    told = {"scale": BLACK, "source": {"frame": number}, "by": "Anna", **options}
    return keep_example(path, face(number), unit, level, **told)


def test_a_set_grows_face_by_face(tmp_path):
    path = tmp_path / "labs" / "own.reference"
    assert keep(path, 1, "ear", 2.0).examples("ear", 2.0) == [1]
    keep(path, 2, "ear", 0.0)
    keep(path, 3, "nose", 2.0)
    grown = open_reference(path, check=True)
    assert grown.pictures.count == 3
    assert grown.examples("ear", 0.0) == [2]
    assert grown.examples("ear", 2.0) == [1]
    assert grown.examples("nose", 2.0) == [3]
    assert np.isnan(grown.consensus.sel(picture=3, unit="ear"))
    for number in (1, 2, 3):
        with Image.open(grown.pictures.picture(number)) as file:
            np.testing.assert_array_equal(np.asarray(file), face(number))
    assert [entry.name for entry in path.parent.iterdir()] == ["own.reference"]


def test_a_face_is_kept_once_for_several_units(tmp_path):
    path = tmp_path / "own.reference"
    keep(path, 7, "ear", 2.0)
    before = open_reference(path).pictures.hash
    grown = keep(path, 7, "whiskers", 1.0)
    assert grown.pictures.hash == before
    assert grown.marked == {1: ("ear", "whiskers")}
    assert keep(path, 7, "ear", 1.0).examples("ear", 2.0) == []  # thought better of


def test_recordings_that_are_called_alike_are_told_apart(tmp_path):
    path = tmp_path / "own.reference"

    def kept(number, **told):
        place = {"recording": "cam1.grimace", "frame": 5, "box": (1.5, 2.0, 30.0, 40.0)}
        return keep(path, number, "ear", 2.0, source=place | told).pictures.count

    assert kept(1, identity="a") == 1
    assert kept(2, identity="b") == 2  # another video
    assert kept(1, identity="a", recording="renamed.grimace") == 2
    assert kept(3, identity="a", box=(50.0, 2.0, 80.0, 40.0)) == 3  # another animal
    assert kept(4) == 4
    assert kept(4) == 4
    assert kept(5, recording="other.grimace") == 5


@pytest.mark.parametrize(
    ("unit", "level", "options", "words"),
    [
        ("nose", 1.0, {}, "levels 0, 2"),
        ("ear", 0.0, {"by": " "}, "who decides"),
        ("ear", "not_scorable", {}, "score it first"),
        ("ear", None, {}, "score it first"),
        ("ear", 0.0, {"scale": load_scale("mgs")}, "Choose another name"),
    ],
)
def test_what_cannot_be_kept(tmp_path, unit, level, options, words):
    path = tmp_path / "own.reference"
    keep(path, 1, "ear", 2.0)
    with pytest.raises(GrimaceError, match=words):
        keep(path, 2, unit, level, **options)
    assert open_reference(path, check=True).pictures.count == 1


def test_sets_for_tests_do_not_grow(tmp_path):
    built = write_reference(tmp_path / "built.reference", truth=random_truth(3))
    with pytest.raises(GrimaceError, match="stays as it is"):
        keep(built.pictures.path, 1, "ear", 2.0)
    assert open_reference(built.pictures.path, check=True).pictures.count == 3


def test_a_disk_that_refuses_leaves_the_set(tmp_path, monkeypatch):
    path = tmp_path / "own.reference"
    before = keep(path, 1, "ear", 2.0)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("napari_grimace.teaching.keep.shutil.copytree", full)
    with pytest.raises(GrimaceError, match="Free some space"):
        keep(path, 2, "ear", 0.0)
    after = open_reference(path, check=True)
    assert after.pictures.hash == before.pictures.hash
    assert after.examples("ear", 2.0) == [1]
