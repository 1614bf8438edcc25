"""A learner who scores as the experts do is judged on the same footing as they are."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import xarray as xr
from reference_sets import BLACK, UNITS, answered, random_truth, write_reference

from napari_grimace.teaching import judge, rule_of
from napari_grimace.teaching.consensus import form_consensus

COUNT = 150
TRUTH = random_truth(COUNT, seed=5)
LEVELS = [np.array(unit.levels, float) for unit in BLACK.units]


def scored(rng, how_hard, raters):
    """Scores (rater, picture, unit) of people who err by one level, alike and alone."""
    given = np.repeat(TRUTH[np.newaxis], raters, axis=0)
    wrong = rng.random(given.shape) < how_hard
    for unit, levels in enumerate(LEVELS):
        places = np.searchsorted(levels, given[..., unit])
        moved = places + wrong[..., unit] * rng.choice([-1, 1], places.shape)
        top = len(levels) - 1
        given[..., unit] = levels[top - np.abs(top - np.abs(moved))]
    return given


def rated_by(reference, scores):
    """The set as it would be if experts had given these scores."""
    rated = np.isfinite(scores)
    right = form_consensus(scores, rated, reference.scale, reference.rule)
    labels = [f"expert {i}" for i in range(len(scores))]
    dims = {"rater": labels, "picture": np.arange(1, COUNT + 1), "unit": list(UNITS)}
    return replace(
        reference,
        expert_scores=xr.DataArray(scores, dims, list(dims)),
        rated=xr.DataArray(rated, dims, list(dims)),
        consensus=reference.consensus.copy(data=right),
        to_decide=reference.to_decide.copy(data=np.isnan(right)),
    )


def simulated(reference, experts, sets, learners, seed=0):
    """Verdicts (set, learner) on learners who err exactly as the experts do."""
    rng = np.random.default_rng([seed, experts])
    found = []
    for _ in range(sets):
        how_hard = rng.choice([0.02, 0.3], TRUTH.shape, p=[0.75, 0.25])
        made = rated_by(reference, scored(rng, how_hard, experts))
        rule = rule_of(made)
        given = scored(rng, how_hard, learners)
        found.append([judge(made, answered(made, one), rule) for one in given])
    return found


def reach_the_mean(verdict):
    """For each check, whether the learner reaches the mean of the experts."""
    for check in verdict.checks:
        experts = verdict.rule.counting(check.name)
        yield check.value >= np.mean([expert.reached[check.name] for expert in experts])


def shares(verdicts):
    """Shares of the learners who reach each mean (check), and who pass."""
    every = [verdict for of_set in verdicts for verdict in of_set]
    reached = np.array([list(reach_the_mean(verdict)) for verdict in every])
    return reached.mean(axis=0), np.mean([v.passed is True for v in every])


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("set") / "plain.reference"
    return write_reference(path, truth=TRUTH)


@pytest.mark.parametrize("experts", [2, 3, 4])
def test_every_second_learner_reaches_the_mean_of_the_experts(plain, experts):
    """From 40 sets the standard error of a share is 0.045."""
    reached, passed = shares(simulated(plain, experts, sets=40, learners=6))
    assert len(reached) == len(UNITS) + 1
    np.testing.assert_allclose(reached, 0.5, atol=0.15)
    assert reached.mean() == pytest.approx(0.5, abs=0.08)
    assert passed > 0


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        opened = write_reference(Path(folder) / "plain.reference", truth=TRUTH)
        for number in (2, 3, 4):
            mean, whole = shares(simulated(opened, number, sets=300, learners=10))
            told = ", ".join(f"{share:.2f}" for share in mean)
            print(f"{number} experts: {told} reach the mean, {whole:.2f} pass")
