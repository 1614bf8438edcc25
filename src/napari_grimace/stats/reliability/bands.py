"""Words for numbers of agreement: conventions, each with its source."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.tables import check_choice

Convention = Literal["koo-li", "landis-koch", "args"]

_SOURCES: dict[Convention, str] = {
    "koo-li": "Koo TK, Li MY (2016) A guideline of selecting and reporting intraclass "
    "correlation coefficients for reliability research. Journal of Chiropractic "
    "Medicine 15:155-163",
    "landis-koch": "Landis JR, Koch GG (1977) The measurement of observer agreement "
    "for categorical data. Biometrics 33:159-174",
    "args": "aRGS paper, after Landis and Koch (1977), with words of its own; it calls "
    "an ICC of 0.801 very good",
}
_BANDS: dict[Convention, list[tuple[str, float, bool]]] = {
    "koo-li": [
        ("poor", -np.inf, True),
        ("moderate", 0.5, True),
        ("good", 0.75, True),
        ("excellent", 0.9, False),
    ],
    "landis-koch": [
        ("poor", -np.inf, True),
        ("slight", 0.0, True),
        ("fair", 0.2, False),
        ("moderate", 0.4, False),
        ("substantial", 0.6, False),
        ("almost perfect", 0.8, False),
    ],
    "args": [
        ("poor", -np.inf, True),
        ("fair", 0.2, False),
        ("moderate", 0.4, False),
        ("good", 0.6, False),
        ("very good", 0.8, False),
    ],
}

BAND_CONVENTIONS = pd.DataFrame(
    [
        (convention, band, low, included, _SOURCES[convention])
        for convention, bands in _BANDS.items()
        for band, low, included in bands
    ],
    columns=["convention", "band", "low", "low_included", "source"],
).set_index(["convention", "band"])
"""Bands by convention: where each begins, and whether its beginning belongs to it.

Each band ends where the next begins; papers leave gaps (0.80, then 0.81), which belong
to the upper band.
"""


def verbal_band(value: float, convention: Convention = "koo-li") -> str:
    """Give the word that a convention has for a coefficient of agreement.

    Such words are conventions, not results: report the number and its interval beside.

    Parameters
    ----------
    value
        An intraclass correlation (Koo and Li, aRGS) or a kappa (Landis and Koch).
    convention
        ``"koo-li"``, ``"landis-koch"`` or ``"args"``; see `BAND_CONVENTIONS`.

    Returns
    -------
    str
        The word; empty for NaN.

    Raises
    ------
    GrimaceError
        If the convention is unknown, or the value above 1.

    References
    ----------
    The column `source` of `BAND_CONVENTIONS`.
    """
    check_choice("convention", convention, get_args(Convention))
    if value > 1:
        raise GrimaceError(f"{value:g} is no coefficient of agreement: it is above 1.")
    begun = [
        band
        for band, low, included in _BANDS[convention]
        if value > low or (included and value == low)
    ]
    return begun[-1] if begun else ""
