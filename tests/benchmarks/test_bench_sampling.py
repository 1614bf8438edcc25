"""The sampling curve of a whole study, against the plain loop in the same run."""

import time

import numpy as np

from napari_grimace.stats.sampling import sampling_inaccuracy

RECORDINGS, SIZES, RESAMPLES = 23, np.arange(1, 301), 1000
LOOPED_RECORDINGS, LOOPED_RESAMPLES = 2, 20


def loop(recordings, n_resamples):
    """Draw frames anew for each recording, size and resample."""
    rng = np.random.default_rng(0)
    for scores in recordings:
        mean = scores.mean()
        for n in SIZES:
            for _ in range(n_resamples):
                yield rng.choice(scores, n, replace=False).mean() - mean


def test_sampling_curve_of_23_recordings(benchmark):
    rng = np.random.default_rng(1)
    recordings = [
        rng.choice(9, rng.integers(500, 601), p=rng.dirichlet(np.ones(9))) * 1.0
        for _ in range(RECORDINGS)
    ]
    table = benchmark.pedantic(
        sampling_inaccuracy,
        (recordings, SIZES, RESAMPLES),
        rounds=5,
        warmup_rounds=1,
    )
    start = time.perf_counter()
    errors = np.fromiter(loop(recordings[:LOOPED_RECORDINGS], LOOPED_RESAMPLES), float)
    looped = time.perf_counter() - start
    shape = (LOOPED_RECORDINGS, len(SIZES), LOOPED_RESAMPLES)
    spread = np.sqrt((errors.reshape(shape) ** 2).mean(axis=(0, 2)))
    own = table[table["recording"].isin(["1", "2"])].groupby("n")["rmse"]
    ratio = spread / own.agg(lambda x: (x**2).mean() ** 0.5)
    assert 0.9 < ratio.median() < 1.1  # both do the same
    whole = looped * RECORDINGS / LOOPED_RECORDINGS * RESAMPLES / LOOPED_RESAMPLES
    pooled = table.groupby("n")[["sd", "theory_sd"]].agg(lambda x: (x**2).mean() ** 0.5)
    times = whole / benchmark.stats.stats.median
    to_theory = pooled["sd"] / pooled["theory_sd"]
    benchmark.extra_info.update(
        loop_seconds_extrapolated=whole,
        loop_to_ours=times,
        ours_to_theory=(to_theory.min(), to_theory.max()),
    )
    print(f"\nthe loop takes {times:.0f} times as long ({whole:.0f} s extrapolated)")
