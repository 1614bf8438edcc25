"""Trainings are seeded and go on where they stopped."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_grimace.errors import ModelError
from napari_grimace.models.card import read_card
from napari_grimace.models.store import find_build, load_detector, read_weights
from napari_grimace.training.checkpoint import load_checkpoint
from napari_grimace.training.command import train_renders
from napari_grimace.training.detector_loop import DetectorPlan, iter_train_detector
from napari_grimace.training.renders import (
    iter_draw_renders,
    make_shard,
    read_shard,
    shard_paths,
    told_seeds,
)
from napari_grimace.training.scorer_loop import ScorerPlan, iter_train_scorer

DETECTOR = DetectorPlan(
    steps=3, batch=2, sizes=((64, 64),), warm_up=2, save_every=1, seed=5
)
SCORER = ScorerPlan(steps=3, batch=4, width=4, save_every=1, seed=5)


@pytest.fixture(autouse=True)
def one_thread():
    """Tiny networks are slower on several threads, and sums then differ in order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def renders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("renders")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_grimace.training.renders.SHARD", 12)
        for _ in iter_draw_renders(folder, 24, workers=0):
            pass
    return folder


def states(folder):
    return {
        path.name: load_checkpoint(path)[0]
        for path in sorted(folder.glob("*.safetensors"))
    }


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, groups in one.items():
        for group, tensors in groups.items():
            for key, value in tensors.items():
                assert torch.equal(value, other[name][group][key]), (name, group, key)


def stopped_after(training, steps):
    for progress in training:
        if progress.done == steps:
            training.close()
            return


@pytest.mark.parametrize(
    ("train", "plan"),
    [(iter_train_detector, DETECTOR), (iter_train_scorer, SCORER)],
    ids=["detector", "scorer"],
)
def test_a_stopped_training_ends_with_the_same_weights(renders, tmp_path, train, plan):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    list(train([renders], whole, plan))
    stopped_after(train([renders], parts, plan), 2)
    list(train([renders], parts, plan))
    assert_same(states(whole), states(parts))


def test_another_plan_is_refused(renders, tmp_path):
    stopped_after(iter_train_detector([renders], tmp_path, DETECTOR), 1)
    other = DetectorPlan(steps=4, batch=2, sizes=((64, 64),))
    with pytest.raises(ModelError, match="other settings"):
        next(iter_train_detector([renders], tmp_path, other))


def test_a_finished_scorer_of_another_plan_is_refused(renders, tmp_path):
    list(iter_train_scorer([renders], tmp_path, SCORER, ["orbital"]))
    done = iter_train_scorer([renders], tmp_path, SCORER, ["orbital"])
    assert list(done) == []
    other = replace(SCORER, steps=2, rate=0.5)
    with pytest.raises(ModelError, match="other settings"):
        list(iter_train_scorer([renders], tmp_path, other, ["orbital"]))


def test_held_out_renders_must_do_for_two_purposes(tmp_path):
    with pytest.raises(ModelError, match="Ask for more than 200"):
        train_renders(tmp_path / "new", held_out=200)
    assert not (tmp_path / "new").exists()


def test_seeds_are_told_as_they_were_drawn():
    paths = [Path(f"renders_{seed:09d}.npz") for seed in (0, 200, 400, 1000, 1200)]
    assert told_seeds(paths) == "1000 renders, seeds from 0, 1000"


def test_a_script_without_its_guard_is_told_so(tmp_path):
    script = tmp_path / "draw.py"
    script.write_text(
        "from napari_grimace.training.renders import iter_draw_renders\n"
        f"list(iter_draw_renders({str(tmp_path)!r}, 400, workers=1))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "ModelError: The processes that draw" in done.stderr
    assert '__name__ == "__main__"' in done.stderr


def test_no_renders_are_told(tmp_path):
    with pytest.raises(ModelError, match="No renders"):
        next(iter_train_detector([tmp_path], tmp_path))
    with pytest.raises(ModelError, match="No renders"):
        next(iter_train_scorer([tmp_path], tmp_path))


def test_drawing_goes_on_where_it_stopped(renders):
    before = {path: path.stat().st_mtime_ns for path in shard_paths(renders)}
    assert len(before) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_grimace.training.renders.SHARD", 12)
        assert [p.done for p in iter_draw_renders(renders, 24, workers=0)] == [24]
    assert {path: path.stat().st_mtime_ns for path in shard_paths(renders)} == before


def test_a_shard_holds_what_was_drawn(renders):
    from napari_grimace.training.renders import draw

    shard = read_shard(shard_paths(renders)[1])
    again = make_shard(range(12, 24))
    np.testing.assert_array_equal(shard.jpeg, again.jpeg)
    np.testing.assert_array_equal(shard.box, again.box)
    render, framing = draw(15)
    assert shard.framing[3] == framing
    assert np.abs(shard.picture(3).astype(int) - render.image).mean() < 4
    assert len(shard.rows(3)) == sum(len(animal.boxes) for animal in render.animals)


def test_a_broken_shard_is_told(tmp_path):
    path = tmp_path / "renders_000000000.npz"
    path.write_bytes(b"no shard")
    with pytest.raises(ModelError, match="not a file of renders"):
        read_shard(path)


def test_a_training_can_begin_with_a_build(renders, tmp_path):
    plan = replace(DETECTOR, steps=1, rate=0.0)
    training = iter_train_detector([renders], tmp_path, plan, start="renders-detector")
    for _ in training:
        pass
    begun = load_checkpoint(tmp_path / "detector.safetensors")[0]["network"]
    build = read_weights(*find_build("renders-detector", "detector"))
    for name, value in build.items():
        if not name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            assert torch.equal(value, begun[name]), name


def test_one_command_draws_trains_and_measures(tmp_path, monkeypatch):
    for place in ("renders", "command"):
        monkeypatch.setattr(f"napari_grimace.training.{place}.SHARD", 12)
    pair = train_renders(
        tmp_path,
        count=24,
        held_out=24,
        detector=DETECTOR,
        scorer=SCORER,
        version="0.1",
        seed=3,
        workers=0,
    )
    cards = [read_card(folder) for folder in pair]
    assert [card.kind for card in cards] == ["detector", "scorer"]
    assert cards[0].training == "24 renders, seeds from 3; 3 batches of 2 images"
    assert "3 batches of 4 crops" in cards[1].training
    assert cards[0].metrics["held_out_renders_crop_fast"]["images"] > 2
    # A network that learnt nothing says so.
    assert "No better than guessing" in cards[1].limits[-1]
    assert load_detector(pair[0]).card == cards[0]


def test_the_reason_is_told_when_the_scorer_cannot_be_trained(tmp_path, monkeypatch):
    for place in ("renders", "command"):
        monkeypatch.setattr(f"napari_grimace.training.{place}.SHARD", 12)
    for _ in iter_train_scorer([_drawn(tmp_path)], tmp_path, SCORER):
        break
    other = replace(SCORER, steps=4)
    with pytest.raises(ModelError, match="other settings"):
        train_renders(
            tmp_path, count=12, held_out=24, detector=DETECTOR, scorer=other, workers=0
        )


def _drawn(folder):
    for _ in iter_draw_renders(folder / "train", 12, workers=0):
        pass
    return folder / "train"
