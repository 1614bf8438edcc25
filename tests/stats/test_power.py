"""Power by simulation against the noncentral t, and variances against known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from statsmodels.stats.power import TTestIndPower

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups import (
    FrameVariance,
    animals_needed,
    frame_variance,
    simulate_power,
)

TRUTH = FrameVariance(between=0.6, state=0.8, timescale=30, frame=0.7, duration=600)


def _states(rng, animals, frames, timescale):
    """States of variance 1, one frame a second: autoregressive, from their start."""
    kept = np.exp(-1 / timescale)
    new = rng.normal(size=(animals, frames)) * np.sqrt(1 - kept**2)
    new[:, 0] = rng.normal(size=animals)
    return lfilter([1], [1, -kept], new, axis=1)


def _study(seed=0, animals=24, frames=600, truth=TRUTH, missing=0.3):
    """Scores of animals with the variances of the truth."""
    rng = np.random.default_rng(seed)
    own = np.sqrt(truth.between) * rng.normal(size=(animals, 1))
    state = np.sqrt(truth.state) * _states(rng, animals, frames, truth.timescale)
    new = np.sqrt(truth.frame) * rng.normal(size=(animals, frames))
    score = np.clip(5 + own + state + new, 0, 10)
    score[rng.random(score.shape) < missing] = np.nan
    animal, frame = np.indices(score.shape).reshape(2, -1)
    table = pd.DataFrame({"frame": frame, "time": frame * 1.0, "total": score.ravel()})
    table["animal"] = table["recording"] = np.char.add("m", animal.astype(str))
    group = np.where(animal % 2, "sham", "laparotomy")
    return table.assign(group=group, timepoint="post", rater="model")


def test_variances_are_found():
    found = [frame_variance(_study(seed)) for seed in range(8)]
    for name in ("between", "state", "timescale", "frame"):
        told = np.mean([getattr(one, name) for one in found])
        assert told == pytest.approx(getattr(TRUTH, name), rel=0.2), name
    assert found[0].duration == pytest.approx(600, abs=5)
    assert found[0].n_animals == 24


def test_the_variance_of_a_mean_of_frames():
    """Frames at random times of a recording, drawn from states made by the rule."""
    rng = np.random.default_rng(2)
    state = np.sqrt(TRUTH.state) * _states(rng, 4000, 600, TRUTH.timescale)
    for n in (1, 5, 25, 100):
        chosen = rng.random(state.shape).argsort(axis=1)[:, :n]
        drawn = np.take_along_axis(state, chosen, axis=1)
        means = (drawn + np.sqrt(TRUTH.frame) * rng.normal(size=drawn.shape)).mean(1)
        assert TRUTH.within_mean(n) == pytest.approx(means.var(), rel=0.08)
    everything = state.mean(1).var()
    assert TRUTH.within_mean(np.inf) == pytest.approx(everything, rel=0.08)


def test_independent_frames_are_worth_themselves():
    alone = FrameVariance(between=1, state=0, timescale=0, frame=2, duration=600)
    assert alone.effective_frames([1, 10, 300]) == pytest.approx([1, 10, 300])
    assert (TRUTH.effective_frames([10, 75, 300]) < [10, 75, 300]).all()
    assert TRUTH.effective_frames(np.inf) < 30


@pytest.mark.parametrize("test", ["student-t", "welch-t"])
def test_power_of_the_t_test(test):
    animals = [5, 8, 12, 20]
    table = simulate_power(
        TRUTH, 1.0, animals, [np.inf], test=test, n_simulations=10000
    )
    effect = 1 / float(TRUTH.animal_sd(np.inf))
    theirs = [TTestIndPower().power(effect, n, 0.05) for n in animals]
    # Welch's test gives up some degrees of freedom where there are few animals.
    assert table["power"].to_numpy() == pytest.approx(theirs, abs=0.035)
    assert (table["ci_low"] < table["power"]).all()
    assert (table["ci_high"] > table["power"]).all()


def test_without_an_effect_power_is_the_level():
    for test in ("student-t", "welch-t", "mann-whitney"):
        table = simulate_power(
            TRUTH, 0.0, [8], [25], test=test, alpha=0.1, n_simulations=4000
        )
        assert table.loc[0, "power"] == pytest.approx(0.1, abs=0.02)


def test_animals_needed():
    frames = [1, 5, 25, 75, np.inf]
    table = animals_needed(
        TRUTH, 1.0, frames_per_animal=frames, test="student-t", n_simulations=10000
    )
    sd = TRUTH.animal_sd(frames)
    theirs = [TTestIndPower().solve_power(1 / s, power=0.8, alpha=0.05) for s in sd]
    assert table["n_animals"].to_numpy() == pytest.approx(np.ceil(theirs), abs=1)
    assert (table["power"] >= 0.8).all()
    assert table["sd"].to_numpy() == pytest.approx(sd)


def test_more_frames_help_up_to_a_point():
    table = simulate_power(TRUTH, 1.0, [8], [1, 5, 25, 75, 1e6])
    gained = np.diff(table["power"])
    assert gained[0] > 0.05
    assert (gained > -0.001).all()
    assert gained[-1] < 0.02


def test_from_a_study():
    scores = _study()
    table = simulate_power(scores, 1.0, [6, 12], [25, 75], n_simulations=500)
    assert table[["n_animals", "frames"]].to_numpy().tolist() == [
        [6, 25], [12, 25], [6, 75], [12, 75],
    ]  # fmt: skip
    variance = frame_variance(scores)
    assert table["sd"].to_numpy() == pytest.approx(variance.animal_sd([25, 25, 75, 75]))
    again = simulate_power(variance, 1.0, [6, 12], [25, 75], n_simulations=500)
    pd.testing.assert_frame_equal(table, again)
    other = simulate_power(variance, 1.0, [6, 12], [25, 75], n_simulations=500, seed=1)
    assert not table["power"].equals(other["power"])
    control = frame_variance(scores, control="sham")
    assert control.n_animals == 12


def test_the_group_difference_is_no_variance_between_animals():
    scores = _study(missing=0)
    scores["total"] /= 2
    moved = scores.assign(total=scores["total"] + 3.0 * (scores["group"] == "sham"))
    one, other = frame_variance(scores), frame_variance(moved)
    assert other.between == pytest.approx(one.between)


def test_few_rated_frames():
    """A people's rating: 20 frames at random times of the recording."""
    found = []
    for seed in range(8):
        scores = _study(seed, missing=0)
        rng = np.random.default_rng(seed)
        few = scores.groupby("animal", sort=False).sample(20, random_state=rng)
        found.append(frame_variance(few.sort_values(["animal", "frame"])))
    between = np.mean([one.between for one in found])
    inside = np.mean([one.state + one.frame for one in found])
    assert between == pytest.approx(TRUTH.between, rel=0.3)
    assert inside == pytest.approx(TRUTH.state + TRUTH.frame, rel=0.15)


def test_times_that_are_not_known():
    scores = _study(animals=8, missing=0).assign(time=np.nan)
    found = frame_variance(scores)
    assert found.state == 0
    assert "taken as independent" in found.note
    inside = scores.groupby("animal")["total"].var().mean()
    assert found.frame == pytest.approx(inside)
    table = simulate_power(found, 1.0, [6], [25], n_simulations=100)
    assert "taken as independent" in table.loc[0, "note"]


def test_animals_that_do_not_differ():
    same = FrameVariance(between=0, state=0.8, timescale=30, frame=0.7, duration=600)
    notes = [frame_variance(_study(seed, truth=same)).note for seed in range(6)]
    assert any("between is 0" in note for note in notes)


def test_what_cannot_be_reached_is_told():
    table = animals_needed(TRUTH, 0.1, frames_per_animal=[25], max_animals=30)
    assert np.isnan(table.loc[0, "n_animals"])
    assert "more than 30 animals" in table.loc[0, "note"]
    assert table.loc[0, "power"] < 0.8


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"effect": np.nan}, "effect is nan"),
        ({"n_animals": [1, 5]}, "at least 2 animals"),
        ({"n_animals": []}, "at least 2 animals"),
        ({"frames_per_animal": [0]}, "at least 1 frame"),
        ({"alpha": 1.5}, "alpha is 1.5"),
        ({"test": "anova"}, "choose one of welch-t"),
        ({"n_simulations": 1}, "n_simulations is 1"),
    ],
)
def test_what_does_not_fit_is_refused(options, told):
    with pytest.raises(GrimaceError, match=told):
        simulate_power(TRUTH, **{"effect": 1.0, **options})


def test_studies_that_tell_nothing():
    scores = _study(animals=4, frames=30)
    with pytest.raises(GrimaceError, match="No group has two animals"):
        frame_variance(scores[scores["animal"].isin(["m0", "m1"])])
    with pytest.raises(GrimaceError, match="two scored frames"):
        frame_variance(scores.dropna().drop_duplicates("animal"))
    with pytest.raises(GrimaceError, match="no group 'saline'"):
        frame_variance(scores, control="saline")
    with pytest.raises(GrimaceError, match="several recordings"):
        frame_variance(scores.assign(recording=scores["recording"] + "_again")
            .pipe(lambda again: pd.concat([scores, again])))  # fmt: skip
    with pytest.raises(GrimaceError, match="do not vary"):
        simulate_power(scores.assign(total=2.0), 1.0)
    with pytest.raises(GrimaceError, match="power is 1"):
        animals_needed(TRUTH, 1.0, power=1.0)
