"""Parametric bootstrap of a mixed model, against refitting it with statsmodels.

And how often each test of a mixed model finds what is not there, with 12 animals.
"""

import time

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from napari_grimace.stats.groups import mixed_model
from napari_grimace.stats.groups.factorial import read_factorial
from napari_grimace.stats.groups.parametric_bootstrap import (
    likelihood_ratio,
    parametric_bootstrap,
)
from napari_grimace.stats.groups.random_intercept import RandomIntercept

ANIMALS, RESAMPLES, LOOPED = 12, 2000, 20


@pytest.mark.parametrize("gaps", [0, 5])
@pytest.mark.filterwarnings("ignore")  # statsmodels: estimates at the boundary
def test_bootstrap_of_a_term(benchmark, gaps):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        [(f"m{i}", i % 2, t) for i in range(ANIMALS) for t in range(4)],
        columns=["animal", "group", "timepoint"],
    )
    table["total"] = rng.normal(size=ANIMALS).repeat(4) + rng.normal(size=len(table))
    table = table.drop(index=rng.choice(len(table), gaps, replace=False))
    design = read_factorial(table, "total", "timepoint", ["group"], "animal")
    tested = design.columns[("group",)]

    def ours():
        model = RandomIntercept(design.matrix(design.codes), design.animals)
        return parametric_bootstrap(
            model, design.outcome, tested, RESAMPLES, np.random.default_rng(1)
        )

    p = benchmark.pedantic(ours, rounds=5, warmup_rounds=1)
    matrix = design.matrix(design.codes)
    fewer = np.delete(matrix, tested, axis=1)
    own = rng.normal(size=(LOOPED, ANIMALS))[:, design.animals]
    outcomes = own + rng.normal(size=own.shape)
    start = time.perf_counter()
    ratios = []
    for outcome in outcomes:
        with_term, without = (
            sm.MixedLM(outcome, columns, design.animals).fit(reml=False)
            for columns in (matrix, fewer)
        )
        ratios.append(2 * (with_term.llf - without.llf))
    whole = (time.perf_counter() - start) * RESAMPLES / LOOPED
    model, reduced = (RandomIntercept(m, design.animals) for m in (matrix, fewer))
    same = likelihood_ratio(model, reduced, outcomes.T) - ratios
    assert np.median(np.abs(same)) < 1e-4  # both do the same
    times = whole / benchmark.stats.stats.median
    benchmark.extra_info.update(
        p=p, loop_seconds_extrapolated=whole, loop_to_ours=times
    )
    print(f"\nrefitting takes {times:.0f} times as long ({whole:.0f} s extrapolated)")


def test_false_findings_at_12_animals(benchmark):
    """Three groups of four animals at three timepoints; 1000 studies of no effect."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        [(f"m{i}", i % 3, t) for i in range(ANIMALS) for t in range(3)],
        columns=["animal", "group", "timepoint"],
    )

    def study():
        own = rng.normal(size=ANIMALS).repeat(3)
        given = table.assign(total=own + rng.normal(size=len(table)))
        seed = rng.integers(2**32)  # else all studies share their luck
        return mixed_model(given, p_values="all", n_resamples=199, seed=seed).terms

    found = [benchmark.pedantic(study, rounds=1, warmup_rounds=1)]
    found += [study() for _ in range(999)]
    columns = ["p_wald", "p_F", "p_bootstrap", "p_permutation"]
    tests = pd.concat(found).set_index("term")[columns]
    shares = (tests <= 0.05).groupby(level=0, sort=False).mean()
    benchmark.extra_info.update(shares.to_dict())
    print(f"\nshare of p <= 0.05 without an effect\n{shares}")
