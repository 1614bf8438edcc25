"""Numbers as papers tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def mean_ci(values: ArrayLike, confidence: float = 0.95) -> float:
    """Give half the width of the confidence interval of a mean (Student's t).

    NaN for fewer than two values.
    """
    from scipy.stats import t

    kept = np.asarray(values, np.float64)
    kept = kept[np.isfinite(kept)]
    if len(kept) < 2:
        return float("nan")
    error = kept.std(ddof=1) / np.sqrt(len(kept))
    return float(t.ppf((1 + confidence) / 2, len(kept) - 1) * error)


def p_text(p: float) -> str:
    """Write a p value as journals do: exact to three digits, or p < 0.001."""
    if not np.isfinite(p):
        return "p not defined"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
