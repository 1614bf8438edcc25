"""The smallest sample, on tables made so that it is known."""

import numpy as np
import pandas as pd
import pytest

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.sampling import (
    sampling_inaccuracy,
    sampling_text,
    smallest_sample,
)

SIZES = np.array([1, 5, 10, 20, 50, 100])


def errors(needed, animals=None, **columns):
    """A table in which each recording is within 0.5 from the size `needed` on."""
    rows = [
        {
            "recording": f"r{i}",
            "animal": animals[i] if animals else f"m{i}",
            "outcome": "total",
            "scheme": "random",
            "n": n,
            "frames_per_min": n / 10,
            "abs_q95": 0.5 if n >= need else 0.51,
        }
        for i, need in enumerate(needed)
        for n in SIZES
    ]
    return pd.DataFrame(rows).assign(**columns)


def test_most_recordings_are_within_the_error():
    needed = [10] * 19 + [50]
    found = smallest_sample(errors(needed), 0.5).iloc[0]
    assert found["n"] == 10  # 19 of 20 are 95 %
    assert found["frames_per_min"] == pytest.approx(1.0)
    assert smallest_sample(errors(needed), 0.5, share=0.96).iloc[0]["n"] == 50
    assert (found["n_recordings"], found["n_animals"]) == (20, 20)
    assert found["note"] == ""


def test_it_holds_at_every_larger_size():
    table = errors([10] * 20)
    table.loc[table["n"] == 50, "abs_q95"] = 0.6
    assert smallest_sample(table, 0.5).iloc[0]["n"] == 100


def test_no_size_is_enough():
    found = smallest_sample(errors([10] * 10 + [200] * 10), 0.5).iloc[0]
    assert np.isnan(found["n"])
    assert np.isnan(found["frames_per_min"])
    assert "more than 100 frames" in found["note"]


def test_interval_is_that_of_a_loop():
    rng = np.random.default_rng(3)
    animals = [f"m{i // 2}" for i in range(24)]  # two recordings each
    needed = np.repeat(rng.choice(SIZES[1:], 12, p=[0.2, 0.5, 0.1, 0.1, 0.1]), 2)
    table = errors(needed, animals)
    found = smallest_sample(table, 0.5, share=0.8, n_resamples=4000).iloc[0]
    drawn = []
    for _ in range(4000):
        chosen = np.concatenate(
            [needed[[2 * a, 2 * a + 1]] for a in rng.integers(12, size=12)]
        )
        inside = [(chosen <= size).mean() >= 0.8 for size in SIZES]
        drawn.append(SIZES[np.argmax(inside)])
    low, high = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
    assert (found["ci_low"], found["ci_high"]) == (low, high)
    assert low < high
    assert found["n_animals"] == 12


def test_upper_end_above_all_sizes_is_told():
    found = smallest_sample(errors([10] * 20 + [200]), 0.5).iloc[0]
    assert found["n"] == 10
    assert np.isnan(found["ci_high"])
    assert "upper end of the interval is above 100 frames" in found["note"]


def test_one_animal_has_no_interval():
    found = smallest_sample(errors([10, 20], ["m", "m"]), 0.5).iloc[0]
    assert found["n"] == 20
    assert np.isnan(found["ci_low"])
    assert "one animal" in found["note"]
    assert "smallest n" in smallest_sample(errors([1, 1]), 0.5).iloc[0]["note"]


def test_recordings_without_animals_stand_for_themselves():
    table = errors([10] * 5, animals=[""] * 5)
    assert smallest_sample(table, 0.5).iloc[0]["n_animals"] == 5
    assert smallest_sample(table.drop(columns="animal"), 0.5)["n_animals"].item() == 5


def test_theory_gives_the_same_size():
    """Of normal errors 95 % are within 1.96 standard deviations."""
    scores = [np.random.default_rng(i).normal(4, 1.5, 2000) for i in range(6)]
    table = sampling_inaccuracy(scores, np.arange(20, 61), 4000)
    found = smallest_sample(table, 0.5, share=0.5).iloc[0]
    n = (1.96 * 1.5 / 0.5) ** 2
    assert found["n"] == pytest.approx(n / (1 + n / 2000), abs=3)
    assert found["ci_low"] <= found["n"] <= found["ci_high"]


def test_outcomes_and_schemes_have_a_row_each():
    table = pd.concat([errors([10] * 4), errors([50] * 4, scheme="burst")])
    found = smallest_sample(table, 0.5).set_index("scheme")
    assert found["n"].to_dict() == {"random": 10, "burst": 50}


def test_text_says_what_the_error_is_towards_and_who_was_left_out():
    scores = {f"r{i}": np.arange(600 + i) % 9 for i in range(3)} | {"few": np.ones(80)}
    with pytest.warns(UserWarning, match="left out"):
        table = sampling_inaccuracy(scores, [25, 100], 50)
    text = sampling_text(table, smallest_sample(table, 3))
    assert "not towards the animal's state" in text
    assert "few (80)" in text
    assert "took 25 frames" in text
    assert "2.5 frames/min" in text
    assert "3 recordings with 600 to 602 scored frames" in text
    assert "was not reached" in sampling_text(table, smallest_sample(table, 1e-3))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"error": 0}, "points of the score above 0"),
        ({"share": 95}, "share is 95"),
        ({"confidence": 1}, "confidence is 1"),
        ({"n_resamples": 0}, "at least 2"),
        ({"table": pd.DataFrame({"n": [1]})}, "no column 'recording'"),
        ({"table": pd.concat([errors([5])] * 2)}, "twice"),
    ],
)
def test_what_cannot_be_is_told(arguments, told):
    with pytest.raises(GrimaceError, match=told):
        smallest_sample(**({"table": errors([5, 5]), "error": 0.5} | arguments))
