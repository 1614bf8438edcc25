"""Raters side by side, consensus, spot checks and confirmations."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_grimace.errors import RecordingError
from napari_grimace.rating.confirmation import confirmations, confirmed_frames
from napari_grimace.rating.consensus import (
    Opinions,
    consensus_rater,
    mean_of,
    mode_of,
    opinions,
    people_values,
)
from napari_grimace.rating.queue import spot_check
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import (
    RecordingStore,
    open_recording,
    rater_block,
    raters_of,
)
from napari_grimace.recording.join import join_raters

sys.path.insert(0, str(Path(__file__).parents[1] / "recording"))
from recording_samples import BLACK, VIDEO, model, person, random_block

NAN = np.nan
NETS = model().label
TABLE = {
    "Anna": ([0, 2, 1, NAN], [1, 1, 1, 2]),
    "Bo": ([2, 2, 1, 1], [1, 1, 1, 1]),
    "Cleo": ([1, 0, 1, NAN], [1, 1, 1, 0]),
}


@pytest.fixture
def recording():
    blocks = [
        rater_block(person(name), [7], [NAN], score=[score], state=[state])
        for name, (score, state) in TABLE.items()
    ]
    return join_raters(blocks, {})


def test_the_most_disputed_unit_comes_first(recording):
    told = opinions(recording, 7)
    assert [one.unit for one in told] == ["orbital", "nose", "whiskers", "ear"]
    assert [one.spread for one in told] == [2, 2, 0, 0]
    assert told[0].values == {"Anna": 0, "Bo": 2, "Cleo": 1}
    assert told[2].values == {"Anna": "not_scorable", "Bo": 1, "Cleo": None}
    assert told[2].divided
    assert not told[3].divided


@pytest.mark.parametrize(
    ("values", "mode", "mean"),
    [
        ([0.0, 1.0, 1.0], 1.0, 2 / 3),
        ([0.0, 1.0], None, 0.5),
        ([None, 2.0], 2.0, 2.0),
        (["not_scorable", "not_scorable", 1.0], "not_scorable", 1.0),
        ([None, None], None, None),
    ],
)
def test_mode_and_mean(values, mode, mean):
    assert mode_of(values) == mode
    assert mean_of(values) == mean


def test_each_person_counts_once(recording):
    raters = [*raters_of(recording), model(), consensus_rater(recording, BLACK)]
    again = [replace(r, label=f"{r.name} (2)", occasion=2) for r in raters[:3]]
    said = {"Anna": 0.0, "Bo": None, "Cleo": None, "consensus": 2.0, NETS: 2.0}
    later = {"Anna (2)": 1.0, "Bo (2)": "not_scorable", "Cleo (2)": None}
    told = Opinions("ear", {**later, **said})
    assert people_values([*again, *raters], told) == [0, "not_scorable", None]
    alone = Opinions("ear", {"Anna": 0.0})  # others' scales lack the unit
    assert people_values([*raters, *again], alone) == [0]


@pytest.mark.parametrize("name", ["consensus", "Consensus"])
def test_nobody_is_called_as_the_consensus_is(tmp_path, name):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    for rater in (person(name), replace(person(name), name="Bo")):
        with pytest.raises(RecordingError, match="A person cannot be called"):
            Rating(store, rater)
        with pytest.raises(RecordingError, match="A person cannot be called"):
            store.add_rater(rater)
    agreed = Rating(store, consensus_rater(open_recording(store.path), BLACK))
    agreed.score(0, "ear", 1.5)
    agreed.close()
    assert open_recording(store.path)["score"].sel(unit="ear").item() == 1.5


def test_the_consensus_is_a_rater(recording):
    rater = consensus_rater(recording, BLACK)
    assert rater.kind == "consensus"
    impostor = join_raters([rater_block(person("consensus"), [7], [NAN])], {})
    with pytest.raises(RecordingError, match="person is called 'consensus'"):
        consensus_rater(impostor, BLACK)


def test_a_spot_check_is_a_random_share_that_stays():
    frames = np.arange(0, 20_000, 10)
    drawn = spot_check(frames, 0.1, "abc Anna")
    assert np.isin(drawn, frames).all()
    assert 150 < len(drawn) < 250  # binomial(2000, 0.1) is beyond this 2 in 10,000
    assert spot_check(frames, 0.1, "abc Anna").tolist() == drawn.tolist()
    assert spot_check(frames, 0.1, "abc Bo").tolist() != drawn.tolist()
    early = spot_check(frames[:1000], 0.1, "abc Anna")
    assert early.tolist() == drawn[drawn < frames[1000]].tolist()
    # Early, middle and late frames are drawn alike.
    thirds = np.histogram(drawn, bins=3, range=(0, 20_000))[0]
    assert thirds.min() > 35


def test_a_spot_check_draws_at_least_one():
    assert len(spot_check([3, 5, 9], 0.001, "x")) == 1
    assert len(spot_check([], 0.5, "x")) == 0
    assert len(spot_check([3, 5], 0, "x")) == 0
    assert spot_check([5, 3], 1, "x").tolist() == [3, 5]


def test_who_confirmed_what(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    block = random_block(model(), [0, 10, 20])
    store.append(model().label, block)
    with_none = block["frame"].values[block["confirmed"].values[0]]
    assert confirmed_frames(open_recording(store.path)).tolist() == with_none.tolist()
    anna, eve = Rating(store, person("Anna")), Rating(store, person("Eve"))
    anna.set({10: {("confirmed", ""): True}})
    of_anna = ("confirmed", "Anna")
    eve.set({10: {of_anna: True}, 20: {of_anna: True}}, "spot check")
    eve.undo()
    eve.redo()
    eve.set({20: {of_anna: False}})
    told = [(c.frame, c.by, c.of, c.confirmed) for c in confirmations(store)]
    assert told[0] == (10, "Anna", "Anna", True)
    assert told[1:3] == [(10, "Eve", "Anna", True), (20, "Eve", "Anna", True)]
    assert told[-1] == (20, "Eve", "Anna", False)
    assert {one[1:3] for one in told[1:]} == {("Eve", "Anna")}
    for rating in (anna, eve):
        rating.close()
    recording = open_recording(store.path)
    assert confirmed_frames(recording).tolist() == sorted({10, *with_none.tolist()})
    assert confirmed_frames(recording, "Anna").tolist() == [10]
    assert confirmed_frames(recording, "Eve").tolist() == []
    with pytest.raises(RecordingError, match="no rater 'Bo', only"):
        confirmed_frames(recording, "Bo")
