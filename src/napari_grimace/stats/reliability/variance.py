"""Where differences between scores come from, and what more raters would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.icc_kept import keep
from napari_grimace.stats.reliability.labs import lab_of
from napari_grimace.stats.reliability.reml import covariance_of_logs, fit, make_design
from napari_grimace.stats.tables import check_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.by_unit import AnyRatings
    from napari_grimace.stats.reliability.icc_kept import Kept

_NOT_FITTED = "too few ratings, or targets and raters between them leave no error"


def variance_components(
    ratings: AnyRatings,
    *,
    labs: Mapping[str, str] | None = None,
    by: str | ArrayLike | None = "animal",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Split the variance of ratings into that of targets, raters and error.

    A generalisability study: targets and raters are crossed; targets may lie within
    animals, and raters within labs. Components are estimated by restricted maximum
    likelihood, from all ratings, also where not every rater rated every target. They
    are never below 0; for complete ratings they are those of the analysis of variance
    where these are above 0.

    Parameters
    ----------
    ratings
        As for `intraclass_correlation`.
    labs
        The lab of each rater, for the component of labs.
    by
        What tells the animal of each target: a level of the index, or a label for each
        target. Without level ``"animal"``, or with None, there is no such component.
    confidence
        Of the intervals.

    Returns
    -------
    DataFrame
        Indexed by `component` (``"animal"``, ``"target"`` within animal, ``"lab"``,
        ``"rater"`` within lab, ``"residual"``), and before it by `unit` where ratings
        are of several. Columns `variance`; `ci_low`, `ci_high` of the variance, by
        Satterthwaite's approximation; `sd`, its square root, in points of the score;
        `share` of all variance; `n_levels`, number of animals, targets and so on;
        `reason`, why a number is missing; `note`, what was left out.

    Raises
    ------
    GrimaceError
        If a rater has no lab, or ratings are no numbers.

    References
    ----------
    Brennan RL (2001) Generalizability theory. Springer, chapter 3.
    Satterthwaite FE (1946) An approximate distribution of estimates of variance
    components. Biometrics Bulletin 2:110-114.
    """
    check_share("confidence", confidence)

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        kept = keep(table, by, incomplete=True)
        labs_of = None if labs is None else lab_of(kept.raters, labs)
        facets = _facets(kept, labs_of)
        told = {} if kept.reason else _fitted(kept, facets, confidence)
        return _table(kept, facets, told)

    return tell_by_unit(ratings, of_one)


def decision_study(
    components: pd.DataFrame, n_raters: Iterable[int] = range(1, 11)
) -> pd.DataFrame:
    """Tell how dependable the mean of 1, 2, ... raters is.

    Parameters
    ----------
    components
        As `variance_components` gives it.
    n_raters
        Numbers of raters.

    Returns
    -------
    DataFrame
        Indexed by `n_raters`, and before it by `unit` where components are of several.
        Columns `g`, the generalisability coefficient (consistency: ICC3 and ICC3k);
        `phi`, the index of dependability (absolute agreement: ICC2 and ICC2k), each
        rater from another lab if labs are a component; `phi_one_lab`, if they are, for
        raters of one lab; `sem_relative`, `sem_absolute`, the standard errors that
        belong to `g` and `phi`, in points of the score. NaN where a component is not
        known.

    Raises
    ------
    GrimaceError
        If the table is none of components, or a number of raters is below 1.

    References
    ----------
    Brennan RL (2001) Generalizability theory. Springer, section 1.2.
    """
    if "component" not in components.index.names or "variance" not in components:
        raise GrimaceError("Give the table that variance_components gives.")
    numbers = np.array(list(n_raters), np.float64)
    if not (numbers >= 1).all():
        raise GrimaceError("n_raters must be 1 or more.")
    if components.index.nlevels == 1:
        return _decided(components["variance"], numbers)
    units = components.groupby(level="unit", sort=False)["variance"]
    told = {unit: _decided(part.droplevel("unit"), numbers) for unit, part in units}
    return pd.concat(told, names=["unit"])


def _decided(variance: pd.Series[float], n: NDArray[np.float64]) -> pd.DataFrame:
    """Tell of one unit. Components that cannot be told apart are in the one below."""
    known = variance.dropna().to_dict()
    target = known.get("animal", 0) + known.get("target", np.nan)
    residual, rater = known.get("residual", np.nan), known.get("rater", np.nan)
    lab = known.get("lab", 0)
    relative, absolute = residual / n, (lab + rater + residual) / n
    told = {"g": target / (target + relative), "phi": target / (target + absolute)}
    if "lab" in known:
        told["phi_one_lab"] = target / (target + lab + (rater + residual) / n)
    told |= {"sem_relative": np.sqrt(relative), "sem_absolute": np.sqrt(absolute)}
    return pd.DataFrame(told, index=pd.Index(n.astype(int), name="n_raters"))


class _Facet(NamedTuple):
    """A component that was asked for."""

    code: NDArray[np.intp]
    """Number of the level of each target, or of each rater."""
    reason: str = ""
    """Why it cannot be told from the component below it."""

    @property
    def n_levels(self) -> int:
        return len(np.unique(self.code))


def _facets(kept: Kept, labs: NDArray[Any] | None) -> dict[str, _Facet]:
    """Give the components but the residual, in the order of the table."""
    found = {}
    targets, raters = (np.arange(n) for n in kept.scores.shape)
    if kept.clusters.known:
        found["animal"] = _outer(kept.clusters.code, "animal", "target")
    found["target"] = _Facet(targets)
    if labs is not None:
        found["lab"] = _outer(np.unique(labs, return_inverse=True)[1], "lab", "rater")
    found["rater"] = _Facet(raters)
    return found


def _outer(code: NDArray[np.intp], name: str, inner: str) -> _Facet:
    n_levels = len(np.unique(code))
    if n_levels == 1:
        return _Facet(code, f"there is one {name}")
    if n_levels == len(code):
        return _Facet(code, f"each {name} has one {inner}: it is part of {inner!r}")
    return _Facet(code)


def _fitted(
    kept: Kept, facets: dict[str, _Facet], confidence: float
) -> dict[str, tuple[float, float, float]]:
    """Give the variance and its limits for each component that can be told."""
    from scipy.special import chdtri

    told = [name for name in ("target", "animal", "rater", "lab") if name in facets]
    told = [name for name in told if not facets[name].reason]
    sides = [facets[name].code for name in ("rater", "lab") if name in told]
    nested = "animal" in told
    design = make_design(kept.scores, sides, kept.clusters, nested=nested)
    found = fit(design)
    variances = found.variances[0]
    spread = np.diag(covariance_of_logs(design, found))
    # Twice the squared variance over the variance of its estimate.
    df = 2 / spread
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low, high = (df * variances / chdtri(df, q) for q in (tail, 1 - tail))
    rows = zip(variances, low, high, strict=True)
    return dict(zip([*told, "residual"], rows, strict=True))


def _table(
    kept: Kept,
    facets: dict[str, _Facet],
    told: dict[str, tuple[float, float, float]],
) -> pd.DataFrame:
    names = [*facets, "residual"]
    none = (np.nan, np.nan, np.nan)
    rows = np.array([told.get(name, none) for name in names])
    variance = rows[:, 0]
    reasons = {name: facet.reason for name, facet in facets.items()}
    levels = {name: facet.n_levels for name, facet in facets.items()}
    ratings = int(np.isfinite(kept.scores).sum())
    whole = np.nansum(variance)
    return pd.DataFrame(
        {
            "variance": variance,
            "ci_low": rows[:, 1],
            "ci_high": rows[:, 2],
            "sd": np.sqrt(variance),
            "share": variance / whole if whole > 0 else np.nan,
            "n_levels": [levels.get(name, ratings) for name in names],
            "reason": [
                kept.reason or reasons.get(name) or _why(*row)
                for name, row in zip(names, rows, strict=True)
            ],
            "note": kept.note,
        },
        index=pd.Index(names, name="component"),
    )


def _why(variance: float, low: float, high: float) -> str:
    """Say why a component or its interval is missing."""
    if np.isnan(variance):
        return _NOT_FITTED
    if np.isfinite([low, high]).all():
        return ""
    return "estimated as 0: no interval" if variance == 0 else "no interval"
