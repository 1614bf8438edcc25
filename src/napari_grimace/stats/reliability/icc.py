"""Intraclass correlations: how well raters agree on numbers such as totals."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.by_unit import ratings_by_unit, tell_by_unit
from napari_grimace.stats.reliability.icc_bootstrap import (
    drawn_mean_squares,
    interval,
)
from napari_grimace.stats.reliability.icc_forms import (
    FORMS,
    estimates,
    icc_intervals,
    icc_tests,
    mean_squares,
)
from napari_grimace.stats.reliability.icc_kept import Kept, keep
from napari_grimace.stats.reliability.icc_reml import reml_forms
from napari_grimace.stats.reliability.icc_scale import fisher_z, from_fisher_z
from napari_grimace.stats.tables import check_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.by_unit import AnyRatings

Missing = Literal["listwise", "reml"]

_FORM = pd.Index(FORMS, name="form")
_MCGRAW_WONG = pd.array(
    ["ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"], dtype="str"
)
_MODELS = (
    "one-way random, absolute agreement (as aRGS)",
    "two-way random, absolute agreement (same value: SPSS two-way mixed, agreement)",
    "two-way mixed, consistency (SPSS two-way mixed, consistency)",
)
_DEFINITIONS = pd.array(
    [f"{of}: {how}" for of in ("single rating", "mean of raters") for how in _MODELS],
    dtype="str",
)
_NOTHING_TO_SAY = pd.array([""] * 6, dtype="str")
_BELOW_0 = (
    "below 0: ratings of one target differ more than chance alone would make them; "
    "not cut off at 0, which would bias means of such values"
)
_NO_MEAN = (
    "targets differ so little that the variance of a mean would not be above 0: the "
    "coefficient is not defined"
)
_NO_ERROR = (
    "targets and raters between them leave no error: variance components cannot be told"
)
_FULL = "full agreement: no error was seen, so there is no interval"


class _Told(NamedTuple):
    """What is told of the six forms."""

    estimate: NDArray[np.float64]
    limits: NDArray[np.float64]
    f: NDArray[np.float64]
    df: NDArray[np.float64]
    p: NDArray[np.float64]
    note: str
    reason: str
    """Why an estimate is missing, where one is."""


def intraclass_correlation(
    ratings: AnyRatings,
    *,
    confidence: float = 0.95,
    missing: Missing = "listwise",
    n_resamples: int = 0,
    by: str | ArrayLike | None = "animal",
    seed: int = 0,
) -> pd.DataFrame:
    """Tell how well raters agree, by all six forms of the intraclass correlation.

    Which form to report depends on what the scores are used for. *Absolute agreement*
    (ICC2, ICC2k) counts raters that score on different levels as disagreeing;
    *consistency* (ICC3, ICC3k) asks only whether they order and space the targets
    alike. The one-way forms (ICC1, ICC1k) do not know who rated what. The single forms
    are of one rater's scores, the average forms (k) of the mean over all these raters.
    Papers differ: aRGS's "one-way random effect, absolute agreement" is ICC1. SPSS's
    two-way mixed model, which PainFace used, offers both types: consistency, which it
    proposes, is ICC3 and ICC3k, and absolute agreement has the value of ICC2 and ICC2k.

    Parameters
    ----------
    ratings
        (target, rater): a table with a column for each rater, or an array; an array
        with a dimension ``rater``, whose other dimensions but ``unit`` together are
        the targets; a mapping of tables by unit, as `ratings_by_unit` gives it; or a
        study, a recording, or a table of frame scores. NaN where a rater did not rate.
    confidence
        Of the interval.
    missing
        ``"listwise"``: targets that not all raters scored are left out. ``"reml"``:
        all ratings count, by variance components of restricted maximum likelihood;
        estimates are then never below 0, and there is no F.
    n_resamples
        Bootstrap replicates for the interval; animals are drawn, so that it is about
        other animals with these raters. 0 for the interval of the F distribution
        (ICC2: Satterthwaite), or, with ``"reml"``, of the delta method on Fisher's
        scale: both take targets as independent, and those of ICC2 are about other
        raters too.
    by
        What tells the animal of each target: a level of the index, or a label for each
        target. Where there is no level ``"animal"``, or with None, each target stands
        for itself.
    seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        Indexed by `form` (ICC1, ICC2, ICC3, ICC1k, ICC2k, ICC3k of Shrout and Fleiss),
        and before it by `unit` where ratings are of several. Columns `estimate`;
        `ci_low`, `ci_high`; `F`, `df1`, `df2`, `p` of the test against 0; `n_targets`,
        `n_raters`, that counted; `mcgraw_wong`, the form's name by McGraw and Wong;
        `definition`; `reason`, why there is no estimate; `note`, what was left out and
        what else to know of the row.

    Raises
    ------
    GrimaceError
        If ratings are no numbers, or an argument is none that is known.

    References
    ----------
    Shrout PE, Fleiss JL (1979) Intraclass correlations: uses in assessing rater
    reliability. Psychological Bulletin 86:420-428.
    McGraw KO, Wong SP (1996) Forming inferences about some intraclass correlation
    coefficients. Psychological Methods 1:30-46, tables 4, 7 and 8.
    """
    if missing not in get_args(Missing):
        known = " or ".join(map(repr, get_args(Missing)))
        raise GrimaceError(f"missing is {missing!r}: choose {known}.")
    check_share("confidence", confidence)
    tell = _by_reml if missing == "reml" else _listwise
    with_arguments = partial(
        tell, confidence=confidence, n_resamples=n_resamples, seed=seed
    )

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        kept = keep(table, by, incomplete=missing == "reml")
        told = _nothing() if kept.reason else with_arguments(kept)
        return _table(kept, told)

    return tell_by_unit(ratings, of_one)


def intraclass_correlation_by_unit(
    scores: pd.DataFrame | xr.DataTree | xr.Dataset,
    raters: Sequence[str] | None = None,
    **arguments: Any,
) -> pd.DataFrame:
    """Tell how well the raters of a study agree on each action unit and the total.

    Parameters
    ----------
    scores
        A study, a recording, or a table of frame scores, with several raters.
    raters
        Labels of the raters to compare; all if left out.
    **arguments
        As for `intraclass_correlation`.

    Returns
    -------
    DataFrame
        As `intraclass_correlation` gives it, indexed by `unit` (``"total"`` last) and
        `form`. Targets are frames.

    Raises
    ------
    GrimaceError
        If a rater is unknown, or as for `intraclass_correlation`.
    """
    return intraclass_correlation(ratings_by_unit(scores, raters), **arguments)


def _listwise(kept: Kept, *, confidence: float, n_resamples: int, seed: int) -> _Told:
    """Tell of complete ratings by analysis of variance."""
    found = mean_squares(kept.scores)
    told, (f, df, p) = estimates(found), icc_tests(found)
    if not n_resamples:
        limits = icc_intervals(found, confidence)
        return _Told(told, limits, f, df, p, _independent(kept), _NO_MEAN)
    k = found.n_raters
    drawn = estimates(drawn_mean_squares(kept, n_resamples, seed))
    z = interval(
        fisher_z(told[:3], k),
        fisher_z(drawn[:, :3], k),
        kept.clusters.number,
        confidence,
    )
    limits = np.concatenate(from_fisher_z(z, k))
    limits[np.isnan(told)] = np.nan
    lost = int(np.isnan(drawn[:, :3]).any(axis=1).sum())
    return _Told(told, limits, f, df, p, _drawn(kept, n_resamples, lost), _NO_MEAN)


def _by_reml(kept: Kept, *, confidence: float, n_resamples: int, seed: int) -> _Told:
    """Tell of incomplete ratings by variance components."""
    told, limits, lost = reml_forms(kept, confidence, n_resamples, seed)
    nothing = _nothing()._replace(estimate=told, limits=limits)
    share = np.isfinite(kept.scores).mean()
    notes = [f"variance components (REML) of {share:.0%} of all possible ratings"]
    if n_resamples:
        notes.append(_drawn(kept, n_resamples, lost))
    else:
        notes.append(_independent(kept))
        if (told == 0).any():
            notes.append("targets do not differ: give n_resamples for an interval")
    return nothing._replace(note="; ".join(filter(None, notes)), reason=_NO_ERROR)


def _nothing() -> _Told:
    none = np.full(6, np.nan)
    return _Told(none, none[:, None].repeat(2, 1), none, none[:, None], none, "", "")


def _independent(kept: Kept) -> str:
    """Say that an interval takes frames of one animal as independent, if it does."""
    n_targets, n_animals = len(kept.scores), kept.clusters.number
    if not kept.clusters.known or n_animals == n_targets:
        return ""
    return (
        f"the interval takes the {n_targets} targets of {n_animals} animals as "
        "independent: give n_resamples"
    )


def _drawn(kept: Kept, n_resamples: int, lost: int) -> str:
    """Say what the bootstrap drew."""
    what = "animals" if kept.clusters.known else "targets"
    said = f"interval by drawing {kept.clusters.number} {what} {n_resamples} times"
    if kept.clusters.number < 2:
        said = "no interval: there is one animal"
    return f"{said}; {lost} replicates had no value" if lost else said


def _table(kept: Kept, told: _Told) -> pd.DataFrame:
    """Lay out what is told of the six forms."""
    full, none = told.estimate == 1, np.isnan(told.estimate)
    limits = np.where(full[:, None], np.nan, told.limits)
    own = np.where(full, _FULL, np.where(told.estimate < 0, _BELOW_0, ""))
    notes = ["; ".join(filter(None, (kept.note, told.note, note))) for note in own]
    reasons = np.where(none, kept.reason or told.reason, "").tolist()
    return pd.DataFrame(
        {
            "estimate": told.estimate,
            "ci_low": limits[:, 0],
            "ci_high": limits[:, 1],
            "F": told.f,
            "df1": told.df[:, 0],
            "df2": told.df[:, -1],
            "p": told.p,
            "n_targets": np.full(6, len(kept.scores)),
            "n_raters": np.full(6, kept.scores.shape[1]),
            "mcgraw_wong": _MCGRAW_WONG,
            "definition": _DEFINITIONS,
            "reason": reasons if any(reasons) else _NOTHING_TO_SAY,
            "note": notes if any(notes) else _NOTHING_TO_SAY,
        },
        index=_FORM,
    )
