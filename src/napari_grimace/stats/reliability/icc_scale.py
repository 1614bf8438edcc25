"""Fisher's scale of intraclass correlations.

On it the spread of an estimate hardly depends on its value, and a coefficient of
single ratings and that of means are one number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def fisher_z(single: ArrayLike, n_raters: int) -> NDArray[np.float64]:
    """Put intraclass correlations of single ratings on Fisher's scale.

    Parameters
    ----------
    single
        Coefficients.
    n_raters
        Number of raters whose mean `from_fisher_z` is to tell of.

    Returns
    -------
    float64
        Half the logarithm of (1 + (k - 1) ICC) / (1 - ICC): from minus infinity for
        the least possible value to infinity for full agreement.

    References
    ----------
    Fisher RA (1925) Statistical methods for research workers, section 38.
    """
    icc = np.asarray(single, np.float64)
    with np.errstate(divide="ignore"):
        return 0.5 * (np.log(np.maximum(1 + (n_raters - 1) * icc, 0)) - np.log(1 - icc))


def from_fisher_z(
    z: NDArray[np.float64], n_raters: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the coefficients of single ratings and of means of `n_raters`."""
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.exp(-2 * z)
        single = (1 - error) / (1 + (n_raters - 1) * error)
    return np.where(z == -np.inf, -1 / (n_raters - 1), single), 1 - error
