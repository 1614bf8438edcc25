"""Bouts, dwell times and transitions: by hand, and on a chain whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from distribution_scores import scores_of
from statsmodels.duration.survfunc import SurvfuncRight

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.distribution import (
    bouts,
    dwell_survival,
    dwell_times,
    transitions,
)

nan = np.nan
MGS = {"scale": "mgs-black"}
TOTALS = [0, 1, 5, 5, 5, 3, nan, 4, 0, 0, 8]
TRUTH = np.array([[0.96, 0.03, 0.01], [0.10, 0.80, 0.10], [0.01, 0.05, 0.94]])
STATES = ["low", "medium", "high"]


def test_bouts_by_hand():
    table = bouts(scores_of({"a": TOTALS}, step=2.0), **MGS)
    told = table[["state", "start", "duration", "n_used", "start_seen", "censored"]]
    assert told.values.tolist() == [
        ["low", 0, 4, 2, False, False],
        ["high", 4, 6, 3, True, False],
        ["medium", 10, 0, 1, True, True],  # before the gap
        ["medium", 14, 2, 1, False, False],
        ["low", 16, 4, 2, True, False],
        ["high", 20, 0, 1, True, True],
    ]
    assert table["state"].cat.categories.tolist() == STATES


def test_short_gaps_can_be_bridged():
    table = bouts(scores_of({"a": TOTALS}, step=2.0), max_gap=4, **MGS)
    bridged = table[table["start"] == 10].iloc[0]
    assert bridged[["state", "duration", "n_used"]].tolist() == ["medium", 6, 2]
    assert bridged["start_seen"]
    assert not bridged["censored"]


def test_transitions_by_hand():
    table = transitions(scores_of({"a": TOTALS}, step=2.0), **MGS)
    count = table.pivot(index="state", columns="next_state", values="count")
    assert count.loc[STATES, STATES].to_numpy().tolist() == [
        [2, 0, 2],
        [1, 0, 0],
        [0, 1, 2],
    ]
    of_high = table[table["state"] == "high"].set_index("next_state")
    assert of_high["probability"][STATES].tolist() == [0, 1 / 3, 2 / 3]
    # One change in three steps of 2 s.
    assert of_high["rate"]["medium"] == pytest.approx(10)
    assert np.isnan(of_high["rate"]["high"])


def test_animals_are_apart_and_none_is_lost():
    scores = scores_of({"a": [0, 0], "b": [8, 0], "c": [nan, nan]})
    table = bouts(scores, **MGS)
    assert table["animal"].tolist() == ["a", "b", "b", "c"]
    assert table["note"].tolist() == ["", "", "", "no frame with a total"]
    assert table["n_used"].tolist() == [2, 1, 1, 0]
    assert table["start_seen"].tolist() == [False, False, True, False]
    times = dwell_times(table)
    assert times[["animal", "state"]].values.tolist() == [
        [animal, state] for animal in "abc" for state in STATES
    ]
    assert times["n_bouts"].tolist() == [1, 0, 0, 1, 0, 1, 0, 0, 0]
    assert times[["median", "mean"]].isna().all(axis=None)
    assert set(times["note"]) == {
        "no bout whose beginning was seen",
        "more than half of the bouts outlast what was seen",
    }
    moves = transitions(scores, **MGS)
    assert moves.groupby("animal")["count"].sum().to_dict() == {"a": 1, "b": 1, "c": 0}
    of_c = moves[moves["animal"] == "c"]
    assert of_c["probability"].isna().all()
    assert set(of_c["note"]) == {"no followed frame in this state"}


def test_no_frame_at_all():
    scores = scores_of({"a": [nan, nan, nan]})
    assert bouts(scores, **MGS)["state"].isna().tolist() == [True]
    assert dwell_times(bouts(scores, **MGS))["n_bouts"].tolist() == [0, 0, 0]
    one = scores_of({"a": [3.0]})
    assert bouts(one, **MGS)["duration"].tolist() == [0]
    with pytest.raises(GrimaceError, match="No times"):
        bouts(one.drop(columns="time"), **MGS)


@pytest.fixture(scope="module")
def chain():
    """Animals that follow `TRUTH`, 2 s a frame, a fifth of the frames without total."""
    rng = np.random.default_rng(11)
    totals = {}
    for animal in "abcdef":
        state, path = 0, []
        for drawn in rng.random(5000):
            path.append((0, 3, 5)[state])
            state = int(np.searchsorted(TRUTH[state].cumsum(), drawn * (1 - 1e-12)))
        values = np.array(path, float)
        gaps = rng.random(5000 // 50) < 0.2
        values[np.repeat(gaps, 50)] = nan
        totals[animal] = values
    return scores_of(totals, step=2.0)


def test_transitions_of_a_known_chain(chain):
    table = transitions(chain, **MGS)
    means = table.groupby(["state", "next_state"])["probability"].mean().unstack()
    followed = table.groupby("state")["count"].sum()[STATES].to_numpy()
    error = np.sqrt(TRUTH * (1 - TRUTH) / followed[:, None])
    apart = np.abs(means.loc[STATES, STATES].to_numpy() - TRUTH)
    assert (apart < 4 * error).all()
    sums = table.groupby(["animal", "state"])["probability"].sum()
    np.testing.assert_allclose(sums, 1)
    moving = table[table["state"] != table["next_state"]]
    np.testing.assert_allclose(moving["rate"], moving["probability"] * 30)


def test_dwell_times_of_a_known_chain(chain):
    times = dwell_times(bouts(chain, **MGS))
    stay = np.diag(TRUTH)
    means = times.groupby("state")["mean"].mean()[STATES].to_numpy()
    ends = (times["n_used"] - times["n_censored"]).groupby(times["state"]).sum()
    assert (np.abs(means * (1 - stay) / 2 - 1) < 4 / np.sqrt(ends[STATES])).all()
    medians = times.groupby("state")["median"].mean()[STATES].to_numpy()
    truth = 2 * np.ceil(np.log(0.5) / np.log(stay))
    assert (np.abs(medians - truth) <= 0.15 * truth + 0.5).all()


def test_leaving_out_censored_bouts_would_shorten_them(chain):
    found = bouts(chain, **MGS)
    low = found[(found["state"] == "low") & found["start_seen"]]
    naive = low.loc[~low["censored"], "duration"].mean()
    told = dwell_times(found).query("state == 'low'")["mean"].mean()
    assert naive < 0.95 * told
    assert abs(told - 50) < abs(naive - 50)  # 2 s / (1 - 0.96)


def test_survival_is_that_of_statsmodels(chain):
    found = bouts(chain, **MGS)
    grid = np.arange(0, 200, 2.0)
    shares = dwell_survival(found, grid)
    for (animal, state), part in shares.groupby(["animal", "state"]):
        its = (found["animal"] == animal) & (found["state"] == state)
        used = found[its & found["start_seen"]]
        other = SurvfuncRight(used["duration"], (~used["censored"]).astype(int))
        steps = np.append(1, other.surv_prob)
        expected = steps[np.searchsorted(other.surv_times, grid, side="right")]
        seen = part["share"].notna().to_numpy()
        np.testing.assert_allclose(part["share"][seen], expected[seen])
        longest = used["duration"].max()
        assert (grid[~seen] > longest).all()
        assert set(part.loc[~seen, "note"]) <= {"longer than any bout was seen"}
    geometric = TRUTH[2, 2] ** (grid / 2)
    high = shares.query("state == 'high'").groupby("time")["share"].mean()
    assert np.abs(high.to_numpy() - geometric).max() < 0.05


def test_threshold_and_irregular_frames():
    scores = scores_of({"a": [0, 6, 6, 0, 6]})
    scores["time"] = [0, 1, 2, 9, 10]
    table = bouts(scores, threshold=5)
    assert table["state"].tolist() == ["below 5", "5 or more", "below 5", "5 or more"]
    assert table["duration"].tolist() == [1, 1, 1, 0]
    assert table["censored"].tolist() == [False, True, False, True]
    wide = bouts(scores, threshold=5, max_gap=7)
    assert wide["duration"].tolist() == [1, 8, 1, 0]


def test_what_is_no_table_of_bouts_is_told():
    with pytest.raises(GrimaceError, match="no column 'state'"):
        dwell_times(pd.DataFrame({"animal": ["a"], "duration": [1.0]}))
