"""Agreement within labs against agreement across them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.icc import intraclass_correlation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_grimace.stats.reliability.by_unit import AnyRatings

ALL_RATERS, LAB_MEANS = "all raters", "lab means"


def intra_inter_lab(
    ratings: AnyRatings, labs: Mapping[str, str], **arguments: Any
) -> pd.DataFrame:
    """Tell how well raters agree within each lab, across labs, and labs on the whole.

    Tables 5 and 6 of the PainFace paper are the rows of one lab and of all raters: of
    ``found = intra_inter_lab(ratings_by_unit(study), labs)`` they are
    ``found.xs("ICC2", level="form")["estimate"]``, and ``"ICC2k"`` for the average
    measure.

    Parameters
    ----------
    ratings
        As for `intraclass_correlation`.
    labs
        The lab of each rater.
    **arguments
        As for `intraclass_correlation`.

    Returns
    -------
    DataFrame
        As `intraclass_correlation` gives it, with an index level `raters` before
        `form`: each lab, in the order of the raters; ``"all raters"``; ``"lab means"``,
        where the raters are labs, each with the mean of its raters. All are of the
        same targets, those that all raters scored, unless ``missing="reml"`` is asked
        for. A lab of one rater has no agreement, and the reason.

    Raises
    ------
    GrimaceError
        If a rater has no lab, a lab is called as the other rows are, or as for
        `intraclass_correlation`.

    References
    ----------
    McCoy ES, Park SK, Patel RP, et al. (2024) Development of PainFace software to
    simplify, standardize, and scale up mouse grimace analyses. Pain 165:1793-1805.
    """
    listwise = arguments.get("missing", "listwise") == "listwise"

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        of_rater = lab_of(table.columns, labs)
        if listwise:
            # NaN rather than left out: `by` may name the animal of each target.
            seen = table.loc[:, table.notna().any()]
            table = table.copy()
            table.loc[seen.isna().any(axis=1)] = np.nan
        parts = {
            name: table.loc[:, of_rater == name] for name in dict.fromkeys(of_rater)
        }
        means = {name: part.mean(axis=1) for name, part in parts.items()}
        parts |= {ALL_RATERS: table, LAB_MEANS: pd.DataFrame(means)}
        told = {
            name: intraclass_correlation(part, **arguments)
            for name, part in parts.items()
        }
        joined: pd.DataFrame = pd.concat(told, names=["raters"])
        return joined

    return tell_by_unit(ratings, of_one)


def lab_of(raters: Iterable[Any], labs: Mapping[str, str]) -> np.ndarray[Any, Any]:
    """Give the lab of each rater.

    Raises
    ------
    GrimaceError
        If a rater has no lab, or a lab is called as a row that is of several.
    """
    missing = [str(rater) for rater in raters if rater not in labs]
    if missing:
        raise GrimaceError(
            f"Rater {missing[0]!r} has no lab: labs must name that of each rater. It "
            f"names those of {', '.join(map(str, labs))}."
        )
    found = [labs[rater] for rater in raters]
    for name in (ALL_RATERS, LAB_MEANS):
        if name in found:
            raise GrimaceError(f"A lab cannot be called {name!r}: give another name.")
    return np.array(found, dtype=object)
