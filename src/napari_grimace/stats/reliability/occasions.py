"""Agreement of raters with themselves, from their passes on several occasions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.coefficients import linearised_error
from napari_grimace.stats.reliability.icc import intraclass_correlation
from napari_grimace.stats.reliability.icc_kept import keep
from napari_grimace.stats.reliability.labels import name_and_occasion
from napari_grimace.stats.reliability.levels import levels_or_seen
from napari_grimace.stats.reliability.pairs import weighted_kappa
from napari_grimace.stats.reliability.sem import (
    ERROR_COLUMNS,
    measurement_error,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from napari_grimace.stats.reliability.by_unit import AnyRatings
    from napari_grimace.stats.reliability.icc_kept import Kept
    from napari_grimace.stats.reliability.levels import Weights

_LAST = ["reason", "note"]


def intra_rater(
    ratings: AnyRatings,
    names: Mapping[str, str] | None = None,
    *,
    levels: Sequence[float] | None = None,
    weights: Weights = "quadratic",
    by: str | ArrayLike | None = "animal",
    confidence: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Tell how well each rater agrees with themselves.

    Parameters
    ----------
    ratings
        As for `intraclass_correlation`, with the passes of one rater as raters.
    names
        The rater of each pass, passes in the order of their occasions; by default
        ``"Anna"`` and ``"Anna (2)"`` are Anna's first two, or, where the array has the
        coordinates `rater_name` and `occasion`, as these say.
    levels, weights
        For kappa; see `weighted_kappa`. By default the levels that were given.
    by, confidence, n_resamples, seed
        As for `intraclass_correlation` and `measurement_error`.

    Returns
    -------
    DataFrame
        Indexed by `rater`, all that have two passes or more, and before it by `unit`
        where ratings are of several. Columns `n_occasions`; `n_targets`, scored on all
        of them; `icc`, `icc_low`, `icc_high`: absolute agreement of single scores,
        ICC(A,1), with the bootstrap's interval; `sem`, `sem_low`, `sem_high`, `mdc`,
        `mdc_low`, `mdc_high`, those of `measurement_error` for single scores and
        agreement; of the last occasion and the first: `kappa`; `mean_difference`, in
        points, above 0 where the rater came to score higher; `difference_low`,
        `difference_high`, its interval between animals (Student's t); `reason`, why
        agreement is missing;
        `note`.

    Raises
    ------
    GrimaceError
        If no rater has two passes.

    References
    ----------
    Koo TK, Li MY (2016) A guideline of selecting and reporting intraclass correlation
    coefficients for reliability research. Journal of Chiropractic Medicine 15:155-163.
    """
    told = _named(ratings) if names is None else names
    drawing = {
        "by": by,
        "confidence": confidence,
        "n_resamples": n_resamples,
        "seed": seed,
    }

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        rows = {
            name: {
                **_of_all(table[labels], drawing),
                **_of_ends(keep(table[labels], by), levels, weights, confidence),
            }
            for name, labels in _passes(table.columns, told).items()
        }
        found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("rater")
        return found[[*(c for c in found if c not in _LAST), *_LAST]]

    return tell_by_unit(ratings, of_one)


def _of_all(table: pd.DataFrame, drawing: dict[str, Any]) -> dict[str, Any]:
    """Tell of all occasions of a rater."""
    icc = intraclass_correlation(table, **drawing).to_dict("index")["ICC2"]
    errors = measurement_error(table, **drawing).to_dict("index")
    error = errors["agreement", "single rating"]
    return {
        "n_occasions": table.shape[1],
        "n_targets": icc["n_targets"],
        "icc": icc["estimate"],
        "icc_low": icc["ci_low"],
        "icc_high": icc["ci_high"],
        **{name: error[name] for name in ERROR_COLUMNS},
        **{name: icc[name] for name in _LAST},
    }


def _of_ends(
    kept: Kept, levels: Sequence[float] | None, weights: Weights, confidence: float
) -> dict[str, float]:
    """Compare the last occasion of a rater with the first."""
    names = ("kappa", "mean_difference", "difference_low", "difference_high")
    if kept.scores.shape[1] < 2:
        return dict.fromkeys(names, np.nan)
    from scipy.special import stdtrit

    first, last = kept.scores[:, 0], kept.scores[:, -1]
    known = levels_or_seen(kept.scores, levels)
    kappa = weighted_kappa(first, last, known, weights) if known else np.nan
    change = last - first
    mean = change.mean() if len(change) else np.nan
    se, df = linearised_error(change - mean, kept.clusters)
    # Where all changes are the same, an error of 0 is no certainty.
    half = stdtrit(df, (1 + confidence) / 2) * se if se > 1e-12 else np.nan
    told = (kappa, mean, mean - half, mean + half)
    return dict(zip(names, map(float, told), strict=True))


def _named(ratings: AnyRatings) -> dict[str, str] | None:
    """Give the rater of each pass, where coordinates say it, in order of occasions."""
    coords = getattr(ratings, "coords", None)
    if coords is None or "rater_name" not in coords:
        return None
    labels = coords["rater"].to_numpy()
    occasion = coords["occasion"].to_numpy() if "occasion" in coords else labels
    order = np.argsort(occasion, kind="stable")
    names = coords["rater_name"].to_numpy()[order]
    return dict(zip(labels[order].tolist(), names.tolist(), strict=True))


def _passes(
    labels: Iterable[Any], names: Mapping[str, str] | None
) -> dict[str, list[Any]]:
    """Give the passes of each rater who has several, in the order of occasions."""
    if names is None:
        told = {label: name_and_occasion(str(label)) for label in labels}
    else:
        told = {
            label: (name, place) for place, (label, name) in enumerate(names.items())
        }
    known = list(labels)
    passes: dict[str, list[Any]] = {}
    for label in known:
        if label in told:
            passes.setdefault(told[label][0], []).append(label)
    passes = {
        name: sorted(own, key=lambda label: told[label][1])
        for name, own in passes.items()
    }
    several = {name: own for name, own in passes.items() if len(own) > 1}
    if not several:
        raise GrimaceError(
            "No rater has two passes: label the second pass of 'Anna' 'Anna (2)', or "
            f"say with names= whose each is. There are {', '.join(map(repr, known))}."
        )
    return several
