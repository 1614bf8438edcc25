"""Which combinations of unit scores a group has more often than control animals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import StudyError
from napari_grimace.stats.distribution.combinations import unit_combinations
from napari_grimace.stats.exchanges import exchanges, p_of_exchanges
from napari_grimace.stats.tables import check_resamples
from napari_grimace.study.names import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.scales.scale import Scale
    from napari_grimace.study.table import Scores


def combination_enrichment(
    scores: Scores,
    control: str,
    *,
    by: str = "group",
    order: Sequence[str] | None = None,
    min_share: float = 0.005,
    pseudo_share: float = 0.001,
    n_resamples: int = 9999,
    seed: int = 0,
    scale: str | Scale | None = None,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
) -> pd.DataFrame:
    """Tell which combinations of unit scores a group has more often than control.

    Whole animals change groups in a permutation, never frames. The p value is
    two-sided, of the difference of the groups' means of animals' shares, under the
    hypothesis that the group makes no difference at all. All ways to divide the
    animals are gone through where there are at most `n_resamples`; otherwise that
    many random ones are drawn, and the observed one counted among them. With few
    animals p cannot be small: 3 and 3 animals have 20 ways, and p is 0.1 at least.

    Parameters
    ----------
    scores, order, scale, timepoint, rater, window
        As for `unit_combinations`.
    control
        The group that each other group is compared with.
    by
        Column of the groups.
    min_share
        Combinations with a lower mean share over the animals of both groups together
        are not tested. That does not look at the groups, so that p stays valid.
    pseudo_share
        Added to both means before the ratio is formed, so that a combination that
        control never has gets a finite one.
    n_resamples, seed
        Of the random permutations.

    Returns
    -------
    DataFrame
        A row per group and combination, in each group the largest difference first:
        the column `by`; ``reference`` (the control); ``combination``; ``mean`` and
        ``reference_mean`` of the animals' shares; ``difference`` with its Welch 95 %
        confidence interval ``ci_low``, ``ci_high``; ``ratio``; ``p``; ``p_adjusted``
        after Benjamini and Hochberg over the combinations tested in this group (false
        discovery rate); ``n_group``, ``n_reference``, animals with frames that have
        all units;
        ``n_permutations``; ``exact``, whether these are all there are; ``note``, the
        reason for what is NaN.

    Raises
    ------
    StudyError
        As `unit_combinations`, and if there is no such control or no other
        group, or an animal is in several groups.

    References
    ----------
    Phipson B, Smyth GK (2010) Permutation p-values should never be zero. Statistical
    Applications in Genetics and Molecular Biology 9:39.
    Benjamini Y, Hochberg Y (1995) Controlling the false discovery rate. Journal of
    the Royal Statistical Society B 57:289-300.
    """
    check_resamples(n_resamples)
    if pseudo_share <= 0:
        raise StudyError(f"pseudo_share is {pseudo_share:g}: give a share above 0.")
    table = unit_combinations(
        scores,
        by=by,
        order=order,
        scale=scale,
        timepoint=timepoint,
        rater=rater,
        window=window,
    )
    groups = table[by].unique().tolist()
    _check_groups(table[[by, "animal"]].drop_duplicates(), groups, control)
    names = table["combination"].unique()
    shares = {}
    for group, part in table.groupby(by, sort=False, observed=True):
        rows = part["share"].to_numpy().reshape(-1, len(names))
        shares[group] = rows[np.isfinite(rows[:, 0])]
    groups.remove(control)
    parts = []
    for group in groups:
        both = shares[group], shares[control]
        part = _compare(*both, min_share, pseudo_share)
        part = _tested(part, *both, n_resamples, seed)
        part.insert(0, "combination", names)
        part.insert(0, "reference", control)
        part.insert(0, by, group)
        parts.append(part.sort_values("difference", ascending=False, kind="stable"))
    return pd.concat(parts, ignore_index=True)


def permutation_p(
    group: NDArray[np.float64],
    control: NDArray[np.float64],
    n_resamples: int,
    seed: int,
) -> tuple[NDArray[np.float64], int, bool]:
    """Test differences of means by moving whole animals between two groups.

    Parameters
    ----------
    group, control
        (animal, outcome), without NaN.
    n_resamples, seed
        As for `combination_enrichment`.

    Returns
    -------
    p : (outcome) float64
        Two-sided.
    number : int
        Permutations used.
    exact : bool
        Whether they are all that there are.
    """
    animals = np.concatenate([group, control])
    n, m = len(group), len(control)
    if not n or not m:
        return np.full(animals.shape[1], np.nan), 0, False
    assigned, exact = exchanges((n, m), n_resamples, seed)
    sums = (assigned == 0).astype(np.float64) @ animals
    apart = sums / n - (animals.sum(axis=0) - sums) / m
    observed = group.mean(axis=0) - control.mean(axis=0)
    p = p_of_exchanges(np.abs(apart), np.abs(observed), exact)
    return p, len(assigned), exact


def _check_groups(
    animals: pd.DataFrame, groups: Sequence[object], control: str
) -> None:
    """Raise if there is no other group than control, or an animal is in several."""
    if control not in groups or len(groups) < 2:
        raise StudyError(
            f"The groups are {listed(groups)}: choose control= among them; at least "
            "one other is needed."
        )
    again = animals.loc[animals["animal"].duplicated(), "animal"]
    if len(again):
        raise StudyError(
            f"Animals are in several groups: {listed(again.unique())}. Groups of the "
            "same animals cannot be compared as if they were others."
        )


def _tested(
    part: pd.DataFrame,
    group: NDArray[np.float64],
    control: NDArray[np.float64],
    n_resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Add p of the combinations that are frequent enough, also adjusted."""
    from scipy.stats import false_discovery_control

    kept = (part["note"] == "").to_numpy()
    p, number, exact = permutation_p(
        group[:, kept], control[:, kept], n_resamples, seed
    )
    part.loc[kept, "p"] = p
    part.loc[kept, "p_adjusted"] = false_discovery_control(p) if kept.any() else p
    part.insert(len(part.columns) - 1, "n_permutations", number)
    part.insert(len(part.columns) - 1, "exact", exact)
    return part


def _compare(
    group: NDArray[np.float64],
    control: NDArray[np.float64],
    min_share: float,
    pseudo_share: float,
) -> pd.DataFrame:
    """Compare the shares (animal, combination) of two groups, a row a combination."""
    from scipy.stats import t

    (n, mean, error), (m, control_mean, control_error) = map(_mean_of, (group, control))
    with np.errstate(invalid="ignore"):
        both = error + control_error
        freedom = both**2 / (error**2 / (n - 1) + control_error**2 / (m - 1))
        half = t.ppf(0.975, freedom) * np.sqrt(both)
    note: Any = "no animal with frames that have all units"
    if n and m:
        rare = np.concatenate([group, control]).mean(axis=0) < min_share
        note = np.where(rare, f"mean share below {min_share:g}", "")
    return pd.DataFrame(
        {
            "mean": mean,
            "reference_mean": control_mean,
            "difference": mean - control_mean,
            "ci_low": mean - control_mean - half,
            "ci_high": mean - control_mean + half,
            "ratio": (mean + pseudo_share) / (control_mean + pseudo_share),
            "p": np.nan,
            "p_adjusted": np.nan,
            "n_group": n,
            "n_reference": m,
            "note": note,
        }
    )


def _mean_of(
    rows: NDArray[np.float64],
) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]:
    """Give the number of animals, and the mean and its squared standard error."""
    n, none = len(rows), np.full(rows.shape[1], np.nan)
    mean = rows.mean(axis=0) if n else none
    return n, mean, rows.var(axis=0, ddof=1) / n if n > 1 else none
