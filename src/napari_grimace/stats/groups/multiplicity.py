"""Adjusting p values for the number of comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.tables import check_choice

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Correction = Literal["holm", "fdr"]

CORRECTION_TEXT: dict[str, str] = {
    "holm": "Holm's method",
    "fdr": "Benjamini and Hochberg's false discovery rate",
}
"""What each correction is called in a text."""


def adjust(p: ArrayLike, correction: Correction = "holm") -> NDArray[np.float64]:
    """Adjust the p values of a family of comparisons.

    Parameters
    ----------
    p
        p values; NaN for a comparison without one, which does not count.
    correction
        ``"holm"``: the chance of any false finding stays below the level; ``"fdr"``:
        the expected share of false ones among findings does (Benjamini and Hochberg).

    Returns
    -------
    (p) float64
        Adjusted p values in the order given.

    Raises
    ------
    GrimaceError
        If the correction is unknown, or a p value is not between 0 and 1.

    References
    ----------
    Holm S (1979) A simple sequentially rejective multiple test procedure.
    Scandinavian Journal of Statistics 6:65-70.
    Benjamini Y, Hochberg Y (1995) Controlling the false discovery rate: a practical
    and powerful approach to multiple testing. Journal of the Royal Statistical
    Society B 57:289-300.
    """
    from statsmodels.stats.multitest import multipletests

    check_choice("correction", correction, get_args(Correction))
    given = np.asarray(p, np.float64)
    there = np.isfinite(given)
    if ((given < 0) | (given > 1)).any():
        raise GrimaceError("p values lie between 0 and 1.")
    adjusted = np.full(given.shape, np.nan)
    method = {"holm": "holm", "fdr": "fdr_bh"}[correction]
    adjusted[there] = multipletests(given[there], method=method)[1]
    return adjusted
