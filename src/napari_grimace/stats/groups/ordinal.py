"""Action units compared between groups: their levels are an order, not numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.animal_levels import count_levels
from napari_grimace.stats.groups.cumulative_logit import fit_cumulative_logit
from napari_grimace.stats.groups.multiplicity import adjust
from napari_grimace.stats.groups.ridit_permutation import RiditPermutation
from napari_grimace.stats.groups.values import check_control, joined

if TYPE_CHECKING:
    from napari_grimace.stats.groups.animal_levels import AnimalLevels
    from napari_grimace.stats.groups.cumulative_logit import CumulativeLogit
    from napari_grimace.study.table import Scores

_ALIKE = "animals of each group are all alike: no test"
_NO_ERROR = 1e-9  # of log odds; what is less is rounding
_RATIOS = ("odds_ratio", "odds_ratio_low", "odds_ratio_high")


@dataclass(frozen=True)
class OrdinalModel:
    """What a cumulative logit model says; `ordinal_model` tells the columns."""

    comparisons: pd.DataFrame
    overall: pd.DataFrame
    shares: pd.DataFrame
    thresholds: pd.DataFrame
    note: str


def ordinal_model(
    scores: Scores,
    unit: str,
    by: str = "group",
    *,
    control: str | None = None,
    timepoint: str | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = (0, 600),
    n_resamples: int = 9999,
    seed: int = 0,
) -> OrdinalModel:
    """Compare the scores of an action unit between groups or timepoints.

    A cumulative logit (proportional odds) model: each group multiplies the odds of a
    higher score by one factor, whichever scores are parted. With two levels this is
    logistic regression. Each animal weighs the same, however many of its frames were
    scored: odds are those of all animals of a group together.

    Frames of an animal are not independent: standard errors are of animals as clusters
    (CR2, which allows for few of them), with Student's t of animals less groups degrees
    of freedom, or animals less one where animals are in several groups. Beside it
    stands a permutation of animals, which assumes no model.

    Parameters
    ----------
    scores
        A study, or a table of frame scores.
    unit
        The action unit.
    by
        Column that tells the groups; it may be ``timepoint``.
    control
        The group that others are compared with; by default the first.
    timepoint
        The one to use; needed where animals have several and `by` is another column.
    rater
        Label of the rater; needed where there are several.
    window
        Start (inclusive) and end (exclusive) in s; None for the whole recording.
    n_resamples, seed
        Of the permutations, as for `permutation_test`; of animals in several groups
        their frames' groups are exchanged within the animal.

    Returns
    -------
    OrdinalModel
        ``comparisons``, a row per group and the control: `unit, group, reference,
        log_odds, se, df, ci_low, ci_high, t, p, p_adjusted` (Holm), `odds_ratio,
        odds_ratio_low, odds_ratio_high` (of a score above any level), `p_permutation`
        (of the animals' mean ridits), `n_group, n_reference` (animals), `note` (the
        reason for what is NaN); and ``odds_ratio_at_L``, the odds ratio of a score of
        at least L alone: where these differ much, one factor does not tell all.

        ``overall``, one row: `statistic` (Hotelling's F of all log odds), `df1, df2,
        p, p_permutation, n_animals, note`.

        ``shares``, a row per group and level: `n_animals`, `share` (mean over
        animals), `expected` by the model.

        ``thresholds``, a row per level but the last: `level`, `threshold` (log odds of
        a score of at most that level in the control group).

        ``note``: what was left out, what to mind.

    Raises
    ------
    GrimaceError
        If the unit, a column or the control is unknown, an animal has several
        recordings in a group, or there are not two groups of two animals.

    References
    ----------
    McCullagh P (1980) Regression models for ordinal data. Journal of the Royal
    Statistical Society B 42:109-142.
    Bell RM, McCaffrey DF (2002) Bias reduction in standard errors for linear regression
    with multi-stage samples. Survey Methodology 28:169-181.
    """
    counted = count_levels(
        scores, unit, by, timepoint=timepoint, rater=rater, window=window
    )
    check_control(counted.groups, control)
    if len(counted.groups) < 2:
        raise GrimaceError(
            f"{unit!r} needs two groups of at least two animals in {by!r}, but has "
            f"{len(counted.groups)}{f' ({counted.note})' if counted.note else ''}."
        )
    reference = control or counted.groups[0]
    others = [name for name in counted.groups if name != reference]
    counted = counted.only([reference, *others])
    fitted = _fitted(counted)
    chances = RiditPermutation(counted, n_resamples, seed)
    comparisons = _comparisons(counted, fitted, chances)
    comparisons.insert(0, "unit", unit)
    return OrdinalModel(
        comparisons,
        _overall(counted, fitted, chances),
        _shares(counted, fitted),
        _thresholds(fitted),
        counted.note,
    )


@dataclass(frozen=True)
class _Fitted:
    """The model of those groups whose odds are finite; `reason` for what is not."""

    counted: AnimalLevels
    model: CumulativeLogit | None
    df: int
    reason: str = ""


def _fitted(counted: AnimalLevels) -> _Fitted:
    """Fit the groups that can be, the first as reference."""
    extreme = _extreme(counted)
    kept = [name for name in counted.groups if name not in extreme]
    if counted.groups[0] in extreme or len(kept) < 2:
        return _Fitted(counted, None, 0, next(iter(extreme.values()), ""))
    inside = counted.only(kept)
    matrix = np.eye(len(kept))[inside.group][:, 1:]
    model = fit_cumulative_logit(inside.shares, matrix, inside.animal)
    animals = int(inside.animal.max()) + 1
    df = animals - 1 if inside.within else animals - len(kept)
    if not model.converged:
        return _Fitted(counted, None, df, "levels are parted wholly between groups")
    if np.allclose(inside.shares, inside.group_shares[inside.group]):
        model = replace(model, covariance=model.covariance * np.nan)
        return _Fitted(inside, model, df, _ALIKE)
    return _Fitted(inside, model, df)


def _extreme(counted: AnimalLevels) -> dict[str, str]:
    """Name the groups all of whose frames have the lowest, or the highest, level."""
    told = {}
    for name, share in zip(counted.groups, counted.group_shares, strict=True):
        for place in {0, len(share) - 1}:
            if share[place] == 1:
                level = counted.levels[place]
                told[name] = (
                    f"all scores of {name} are {level:g}: its odds are not finite"
                )
    return told


def _comparisons(
    counted: AnimalLevels, fitted: _Fitted, chances: RiditPermutation
) -> pd.DataFrame:
    """Compare each group with the first."""
    from scipy.stats import t

    rows = []
    for place, name in enumerate(counted.groups[1:], start=1):
        estimate = error = np.nan
        note = fitted.reason or _extreme(counted).get(name, "")
        if fitted.model is not None and name in fitted.counted.groups:
            i = fitted.counted.groups.index(name) - 1
            estimate = float(fitted.model.slopes[i])
            error = float(np.sqrt(fitted.model.slope_covariance[i, i]))
            if error < _NO_ERROR:
                error, note = np.nan, _ALIKE
        half = t.ppf(0.975, fitted.df) * error
        ends = np.array([estimate, estimate - half, estimate + half])
        row = {
            "group": name,
            "reference": counted.groups[0],
            "log_odds": estimate,
            "se": error,
            "df": fitted.df if np.isfinite(estimate) else np.nan,
            "ci_low": ends[1],
            "ci_high": ends[2],
            "t": estimate / error,
            "p": 2 * t.sf(abs(estimate / error), fitted.df),
            "p_adjusted": np.nan,  # below: it needs all rows
        }
        ratios = dict(zip(_RATIOS, np.exp(ends), strict=True))
        cuts = _ratios_at_cuts(counted, place)
        chance = {
            "p_permutation": chances.of_pair(place),
            "n_group": counted.sizes[place],
            "n_reference": counted.sizes[0],
            "note": note,
        }
        rows.append(row | ratios | cuts | chance)
    table = pd.DataFrame(rows)
    table["p_adjusted"] = adjust(table["p"])
    return table


def _ratios_at_cuts(counted: AnimalLevels, place: int) -> dict[str, float]:
    """Give the odds ratios of a score of at least each level, of each alone."""
    above = 1 - np.cumsum(counted.group_shares, axis=1)[[place, 0], :-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above[0] * (1 - above[1]) / (above[1] * (1 - above[0]))
    ratio[~np.isfinite(ratio) | (ratio <= 0)] = np.nan
    named = zip(counted.levels[1:], ratio, strict=True)
    return {f"odds_ratio_at_{level:g}": float(one) for level, one in named}


def _overall(
    counted: AnimalLevels, fitted: _Fitted, chances: RiditPermutation
) -> pd.DataFrame:
    """Test all log odds at once."""
    from scipy.stats import f

    statistic = df1 = df2 = np.nan
    note = fitted.reason or "; ".join(_extreme(counted).values())
    if fitted.model is not None:
        slopes, among = fitted.model.slopes, fitted.model.slope_covariance
        df1 = len(slopes)
        df2 = fitted.df - df1 + 1
        if df2 < 1:
            note = joined(note, "too few animals for a test of all groups at once")
        elif not (np.isfinite(among).all() and np.linalg.cond(among) < 1e12):
            note = note or _ALIKE
        else:
            wald = float(slopes @ np.linalg.solve(among, slopes))
            statistic = wald * df2 / (fitted.df * df1)
    row = {
        "statistic": statistic,
        "df1": df1,
        "df2": df2,
        "p": f.sf(statistic, df1, df2),
        "p_permutation": chances.of_all(),
        "n_animals": int(counted.animal.max()) + 1,
        "note": note,
    }
    return pd.DataFrame([row])


def _shares(counted: AnimalLevels, fitted: _Fitted) -> pd.DataFrame:
    """Set the shares beside those that the model expects."""
    from scipy.special import expit

    expected = np.full(counted.group_shares.shape, np.nan)
    if fitted.model is not None:
        shift = np.concatenate([[0.0], fitted.model.slopes])
        below = expit(fitted.model.thresholds - shift[:, None])
        edge = np.zeros((len(shift), 1))
        kept = np.isin(counted.groups, fitted.counted.groups)
        seen = np.isin(counted.levels, fitted.counted.levels)
        expected[kept] = 0
        expected[np.ix_(kept, seen)] = np.diff(np.hstack([edge, below, edge + 1]))
    cells = pd.MultiIndex.from_product(
        [counted.groups, counted.levels], names=["group", "level"]
    )
    table = pd.DataFrame(
        {
            "n_animals": np.repeat(counted.sizes, len(counted.levels)),
            "share": counted.group_shares.ravel(),
            "expected": expected.ravel(),
        },
        index=cells,
    )
    return table.reset_index()


def _thresholds(fitted: _Fitted) -> pd.DataFrame:
    """Give the reference group's log odds of a score of at most each level."""
    levels = fitted.counted.levels[:-1]
    found = fitted.model.thresholds if fitted.model is not None else np.nan
    return pd.DataFrame({"level": levels, "threshold": found})
