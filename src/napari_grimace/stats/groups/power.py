"""How many animals, and frames of each, a study needs to find a wanted effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.values import joined
from napari_grimace.stats.groups.variances import FrameVariance, frame_variance
from napari_grimace.stats.tables import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from napari_grimace.stats.sampling.series import Window

    Source = xr.DataTree | pd.DataFrame | FrameVariance

PowerTest = Literal["welch-t", "student-t", "mann-whitney"]


def simulate_power(
    scores: Source,
    effect: float,
    n_animals: Sequence[int] = (4, 6, 8, 10, 12, 16, 20),
    frames_per_animal: Sequence[float] = (10, 25, 75, 300),
    by: str = "group",
    *,
    outcome: str = "total",
    test: PowerTest = "welch-t",
    alpha: float = 0.05,
    control: str | None = None,
    timepoint: str | None = None,
    window: Window | None = None,
    rater: str | None = None,
    n_simulations: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Tell how often a study of two groups would find an effect.

    Studies are simulated with the variances of this one: animals differ from each
    other, and the mean of an animal's frames from its own mean, the less the more
    frames, but never less than its state over a recording lets it (see
    `FrameVariance`). Means of animals are taken to be normally distributed, and both
    groups to vary alike.

    Parameters
    ----------
    scores
        A study or a table of frame scores, one recording per animal; or variances
        from `frame_variance` or from elsewhere.
    effect
        Difference of the two groups' means to find, in units of the score.
    n_animals
        Numbers of animals in each group.
    frames_per_animal
        Numbers of frames, at random times of a recording as long as the study's;
        infinity for as many as one likes.
    by, outcome, control, timepoint, window, rater
        Of the study: see `frame_variance`.
    test
        ``"welch-t"``, ``"student-t"`` or ``"mann-whitney"``, two-sided.
    alpha
        Level of the test.
    n_simulations, seed
        Of each power; all use the same random animals.

    Returns
    -------
    DataFrame
        A row for each number of animals and of frames: ``n_animals`` (per group),
        ``frames``, ``effective_frames`` (frames from far apart that are worth as
        much), ``sd`` (of animals' means), ``effect``, ``power`` with ``ci_low`` and
        ``ci_high`` (95 %, Wilson; of the simulation alone: that the variances are
        estimates is not in it), ``test``, ``alpha``, ``n_simulations``, ``note``.

    Raises
    ------
    GrimaceError
        If a number is not as said, or the variances cannot be estimated.

    References
    ----------
    Arnold BF et al. (2011) Simulation methods to estimate design power: an overview for
    applied research. BMC Medical Research Methodology 11:94.
    """
    variance = _variance_of(scores, outcome, by, control, timepoint, window, rater)
    _check(effect, [*n_animals], [*frames_per_animal], alpha)
    simulated = _Simulation(effect, test, alpha, n_simulations, seed, max(n_animals))
    cells = [(n, frames) for frames in frames_per_animal for n in n_animals]
    return _table(cells, variance, simulated)


def animals_needed(
    scores: Source,
    effect: float,
    power: float = 0.8,
    frames_per_animal: Sequence[float] = (10, 25, 75, 300),
    by: str = "group",
    *,
    outcome: str = "total",
    test: PowerTest = "welch-t",
    alpha: float = 0.05,
    control: str | None = None,
    timepoint: str | None = None,
    window: Window | None = None,
    rater: str | None = None,
    max_animals: int = 200,
    n_simulations: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Find the smallest number of animals per group that reaches a power.

    Parameters
    ----------
    scores, effect, frames_per_animal, by, outcome, test, alpha
        As for `simulate_power`.
    power
        Share of studies that are to find the effect.
    control, timepoint, window, rater, n_simulations, seed
        As for `simulate_power`.
    max_animals
        Most animals per group to think of.

    Returns
    -------
    DataFrame
        A row for each number of frames, as `simulate_power` gives it. Where
        `max_animals` do not reach the power, the row is theirs, with NaN as
        ``n_animals`` and the reason in ``note``.

    Raises
    ------
    GrimaceError
        As for `simulate_power`.
    """
    variance = _variance_of(scores, outcome, by, control, timepoint, window, rater)
    _check(effect, [max_animals], [*frames_per_animal], alpha)
    if not alpha < power < 1:
        raise GrimaceError(f"power is {power:g}: give a share between alpha and 1.")
    simulated = _Simulation(effect, test, alpha, n_simulations, seed, max_animals)
    cells, beyond = [], []
    for frames in frames_per_animal:
        sd = float(variance.animal_sd(frames))
        n = simulated.smallest(sd, power)
        cells.append((n or max_animals, frames))
        beyond.append(n is None)
    table = _table(cells, variance, simulated)
    table["n_animals"] = table["n_animals"].astype(np.float64)
    few = f"more than {max_animals} animals per group are needed"
    table.loc[beyond, "n_animals"] = np.nan
    table.loc[beyond, "note"] = [joined(note, few) for note in table["note"][beyond]]
    return table


class _Simulation:
    """Studies of two groups whose animals' means are normally distributed."""

    def __init__(
        self,
        effect: float,
        test: PowerTest,
        alpha: float,
        n_simulations: int,
        seed: int,
        most: int,
    ) -> None:
        check_choice("test", test, get_args(PowerTest))
        if n_simulations < 2:
            raise GrimaceError(f"n_simulations is {n_simulations}: give 2000, say.")
        self.effect, self.test, self.alpha = effect, test, alpha
        self.n_simulations, self.most = n_simulations, most
        rng = np.random.default_rng(seed)
        self._animals = rng.standard_normal((2, n_simulations, most))

    def hits(self, n: int, sd: float) -> int:
        """Count the studies with n animals per group that find the effect."""
        from scipy.stats import mannwhitneyu, ttest_ind

        if sd == 0:  # endless frames of animals that are all alike
            return self.n_simulations if self.effect else 0
        one, other = self._animals[:, :, :n] * sd
        one = one + self.effect
        if self.test == "mann-whitney":
            p = mannwhitneyu(one, other, axis=1).pvalue
        else:
            equal = self.test == "student-t"
            p = ttest_ind(one, other, axis=1, equal_var=equal).pvalue
        return int((p < self.alpha).sum())

    def smallest(self, sd: float, power: float) -> int | None:
        """Find the fewest animals per group that reach a power; None if none do."""
        wanted = power * self.n_simulations
        if self.hits(self.most, sd) < wanted:
            return None
        below, enough = 1, self.most
        while enough - below > 1:
            n = (below + enough) // 2
            if self.hits(n, sd) >= wanted:
                enough = n
            else:
                below = n
        return enough


def _variance_of(
    scores: Source,
    outcome: str,
    by: str,
    control: str | None,
    timepoint: str | None,
    window: Window | None,
    rater: str | None,
) -> FrameVariance:
    """Estimate the variances, if they are not given."""
    if isinstance(scores, FrameVariance):
        found = scores
    else:
        found = frame_variance(
            scores,
            outcome,
            by,
            control=control,
            timepoint=timepoint,
            window=window,
            rater=rater,
        )
    if not found.between + found.state + found.frame > 0:
        raise GrimaceError("Scores do not vary: there is nothing to plan with.")
    return found


def _check(
    effect: float, n_animals: list[int], frames: list[float], alpha: float
) -> None:
    """Refuse numbers that are none."""
    if not np.isfinite(effect):
        raise GrimaceError(f"effect is {effect}: give a difference of means.")
    if not n_animals or min(n_animals) < 2 or any(n % 1 for n in n_animals):
        raise GrimaceError(
            "n_animals: give whole numbers of at least 2 animals per group."
        )
    if not frames or not min(frames) >= 1:
        raise GrimaceError("frames_per_animal: give numbers of at least 1 frame.")
    if not 0 < alpha < 1:
        raise GrimaceError(f"alpha is {alpha:g}: give a level such as 0.05.")


def _table(
    cells: list[tuple[int, float]], variance: FrameVariance, simulated: _Simulation
) -> pd.DataFrame:
    """Simulate each (animals, frames) and lay the results out."""
    from scipy.stats import binomtest

    n_animals, frames = (np.array(column) for column in zip(*cells, strict=True))
    sd = variance.animal_sd(frames)
    pairs = zip(n_animals.tolist(), sd.tolist(), strict=True)
    hits = [simulated.hits(n, spread) for n, spread in pairs]
    tests = [binomtest(int(k), simulated.n_simulations) for k in hits]
    intervals = [test.proportion_ci(method="wilson") for test in tests]
    return pd.DataFrame(
        {
            "n_animals": n_animals,
            "frames": frames.astype(np.float64),
            "effective_frames": variance.effective_frames(frames),
            "sd": sd,
            "effect": float(simulated.effect),
            "power": np.array(hits) / simulated.n_simulations,
            "ci_low": [interval.low for interval in intervals],
            "ci_high": [interval.high for interval in intervals],
            "test": simulated.test,
            "alpha": simulated.alpha,
            "n_simulations": simulated.n_simulations,
            "note": variance.note,
        }
    )
