"""Cards, weights and what is refused."""

import hashlib
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from napari_grimace.errors import ModelError
from napari_grimace.models.card import CARD, WEIGHTS, ModelCard, read_card, write_card
from napari_grimace.models.store import find_build, list_models, read_weights


def a_card(**changes):
    card = ModelCard(
        name="tried",
        version="0.1",
        kind="scorer",
        scales=("mgs", "rgs"),
        species=("mouse",),
        coats=("white", 'salt "and" pepper'),
        units=("orbital",),
        input="64 × 64 px",
        network={"width": 8, "temperature": {"orbital": 1.25}},
        thresholds={"fast": {"face": 0.3}},
        metrics={"some faces": {"found_0.3": 0.95}},
        limits=("One.", "Two:\nwith a line break"),
        licence="BSD-3-Clause",
        sha256="0" * 64,
    )
    return replace(card, **changes)


@pytest.fixture
def build(tmp_path):
    save_file({"a.weight": torch.ones(2, 3).half()}, tmp_path / WEIGHTS)
    digest = hashlib.sha256((tmp_path / WEIGHTS).read_bytes()).hexdigest()
    card = a_card(sha256=digest)
    write_card(card, tmp_path)
    return tmp_path, card


def test_a_card_is_read_as_it_was_written(tmp_path):
    write_card(a_card(), tmp_path)
    assert read_card(tmp_path) == a_card()


def test_build_names_the_weights():
    assert a_card(sha256="abcdef0123").build == "tried 0.1 (abcdef01)"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("colour = 'red'", "unknown key 'colour'"),
        ("scales = 'mgs'", "'scales' must be a list"),
        ("kind = 'oracle'", "'kind' must be"),
        ("[thresholds", "cannot be read"),
    ],
)
def test_bad_cards_are_told_by_file_and_key(tmp_path, line, told):
    text = 'name = "n"\nversion = "1"\nkind = "scorer"\nsha256 = "00"\n'
    if line.startswith("kind"):
        text = text.replace('kind = "scorer"\n', "")
    (tmp_path / CARD).write_text(text + line)
    with pytest.raises(ModelError, match=re.escape(told)) as caught:
        read_card(tmp_path)
    assert CARD in str(caught.value)


def test_a_card_without_a_hash_is_refused(tmp_path):
    (tmp_path / CARD).write_text('name = "n"\nversion = "1"\nkind = "scorer"\n')
    with pytest.raises(ModelError, match="'sha256' is missing"):
        read_card(tmp_path)


def test_weights_are_read_in_single_precision(build):
    folder, card = build
    weights = read_weights(folder, card)
    assert weights["a.weight"].dtype == torch.float32
    np.testing.assert_array_equal(weights["a.weight"], np.ones((2, 3)))


def test_tampered_weights_are_refused(build):
    folder, card = build
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)
    with pytest.raises(ModelError, match="sha256 differs"):
        read_weights(folder, card)


def test_missing_weights_are_told(build):
    folder, card = build
    (folder / WEIGHTS).unlink()
    with pytest.raises(ModelError, match="missing"):
        read_weights(folder, card)


class _Harm:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


def test_a_pickle_with_the_right_hash_is_not_run(tmp_path):
    data = pickle.dumps(_Harm())
    (tmp_path / WEIGHTS).write_bytes(data)
    card = a_card(sha256=hashlib.sha256(data).hexdigest())
    with pytest.raises(ModelError, match="not a safetensors file"):
        read_weights(tmp_path, card)


def test_a_pickle_is_refused_by_its_name(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(pickle.dumps(_Harm()))
    with pytest.raises(ModelError, match="pickle"):
        find_build(path, "detector")


def test_unknown_names_and_wrong_kinds_are_told(build):
    with pytest.raises(ModelError, match=r"no model 'nothing'.*Bundled are"):
        find_build("nothing", "detector")
    with pytest.raises(ModelError, match=r"is a scorer, and a detector is needed"):
        find_build(build[0], "detector")


def test_bundled_builds_are_whole_and_small():
    cards = list_models()
    assert {card.kind for card in cards} == {"detector", "scorer"}
    size = 0
    for card in cards:
        folder, _ = find_build(card.name, card.kind)
        assert read_weights(folder, card)
        assert {path.name for path in folder.iterdir()} == {CARD, WEIGHTS}
        assert card.trained_on == "rendered faces"
        assert card.metrics
        assert card.limits
        assert card.licence
        assert card.date
        size += (folder / WEIGHTS).stat().st_size
    assert size < 12_000_000
