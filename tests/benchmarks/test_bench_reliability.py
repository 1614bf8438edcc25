"""Intraclass correlation and its bootstrap, as shares of one call of pingouin."""

import time
import warnings

import numpy as np
import pandas as pd
import pingouin

from napari_grimace.stats.reliability import intraclass_correlation

N_TARGETS, N_RATERS = 25, 4
N_RESAMPLES = 2000


def ratings():
    rng = np.random.default_rng(0)
    level = rng.normal(4, 2, (N_TARGETS, 1))
    return np.rint(level + rng.normal(size=(N_TARGETS, N_RATERS))).clip(0, 8)


def share(call, other, rounds):
    """A call's time over that of another: the quickest of each, called in turn."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        between = time.perf_counter()
        other()
        taken.append((between - begun, time.perf_counter() - between))
    quickest, others = np.min(taken, axis=0)
    return float(quickest / others)


def by_pingouin(table):
    long = pd.DataFrame(table).rename_axis(index="target", columns="rater")
    long = long.stack().rename("score").reset_index()

    def call():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pingouin's own, of pandas
            return pingouin.intraclass_corr(long, "target", "rater", "score")

    return call


def test_intraclass_correlation(benchmark):
    """All six forms with intervals; both are given the table they take."""
    table = ratings()
    call = by_pingouin(table)
    wanted = call()
    found = benchmark(intraclass_correlation, table)
    np.testing.assert_allclose(found["estimate"], wanted["ICC"])
    ratio = share(lambda: intraclass_correlation(table), call, 40)
    benchmark.extra_info.update(ratio=ratio)
    print(f"\nICC of 25 x 4: {ratio:.4f} of pingouin's time (aim 0.1)")


def test_replicate(benchmark):
    """One replicate: a bootstrap interval's whole cost, shared among replicates."""
    table = ratings()
    call = by_pingouin(table)

    def bootstrap(**arguments):
        return intraclass_correlation(table, n_resamples=N_RESAMPLES, **arguments)

    found = benchmark(bootstrap)
    assert np.isfinite(found["ci_low"]).all()
    ratio = share(bootstrap, call, 20) / N_RESAMPLES
    reml = share(lambda: bootstrap(missing="reml"), call, 3) / N_RESAMPLES
    benchmark.extra_info.update(ratio=ratio, ratio_reml=reml)
    print(f"\nreplicate: {ratio:.6f} of one pingouin call (aim 0.005)")
    print(f"\nreplicate of variance components: {reml:.6f} of one pingouin call")
