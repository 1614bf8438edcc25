"""Linear models with one random number per animal, fitted for many outcomes at once.

The likelihood of such a model depends on its variances through their ratio alone, and
on the outcome through one sum of squares for each eigenvalue of the animals' part that
the fixed effects leave over (Kang et al. 2008). These sums are cheap, so that a
thousand simulated outcomes take the time of a few ordinary fits; statsmodels' MixedLM
fits one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

# Ratios of the animals' to the residual variance at which the search begins; above
# the last one the residual is a thousandth of the animals' deviation.
_RATIOS = np.concatenate([[0.0], np.logspace(-4, 6, 41)])
_GOLDEN = (np.sqrt(5) - 1) / 2
_STEPS = 40  # each shortens the bracket by 0.618


@dataclass(frozen=True)
class Fit:
    """Estimates of a linear model with a random intercept.

    `coefficients` (column) with their `covariance`; variances `residual` and `animal`;
    their `information` (2, 2), residual first, which is REML's expected one.
    """

    coefficients: Numbers
    covariance: Numbers
    residual: float
    animal: float
    information: Numbers


@dataclass(frozen=True)
class RandomIntercept:
    """A design: fixed effects and the animal of each row.

    Parameters
    ----------
    matrix
        (row, column) of fixed effects, of full column rank.
    animals
        (row,) number of each row's animal, from 0.
    random
        Whether animals vary at random; if not, this is the ordinary linear model.
    """

    matrix: Numbers
    animals: NDArray[np.intp]
    random: bool = True

    @cached_property
    def sizes(self) -> Numbers:
        """Rows of each animal."""
        return np.bincount(self.animals).astype(np.float64)

    @cached_property
    def df(self) -> int:
        """Rows less columns."""
        rows, columns = self.matrix.shape
        return int(rows - columns)

    @cached_property
    def basis(self) -> Numbers:
        """(row, column) orthonormal columns that span the fixed effects."""
        return np.linalg.qr(self.matrix)[0]

    @cached_property
    def _spectrum(self) -> tuple[Numbers, Numbers]:
        """Vectors (row, k) and values (k,) of the animals beside the fixed effects."""
        membership = np.eye(len(self.sizes))[self.animals]
        left = membership - self.basis @ (self.basis.T @ membership)
        vectors, values, _ = np.linalg.svd(left, full_matrices=False)
        kept = (values > 1e-6) & self.random
        return vectors[:, kept], values[kept] ** 2

    @property
    def identified(self) -> bool:
        """Whether animals can be told from groups and from the residual."""
        values = self._spectrum[1]
        return bool(len(values)) and self.df > len(values)

    def sums(self, outcomes: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Give all that the likelihood needs to know of outcomes.

        Parameters
        ----------
        outcomes
            (row, outcome).

        Returns
        -------
        tuple
            Residual sum of squares of the ordinary model (outcome,); its parts by
            distinct eigenvalue (value, outcome); the eigenvalues (value,).
        """
        vectors, values = self._spectrum
        left = outcomes - self.basis @ (self.basis.T @ outcomes)
        parts = (vectors.T @ left) ** 2
        distinct, place = np.unique(np.round(values, 9), return_inverse=True)
        return (left**2).sum(0), np.eye(len(distinct))[place].T @ parts, distinct

    def maximise(
        self, outcomes: Numbers, *, restricted: bool
    ) -> tuple[Numbers, Numbers]:
        """Find for each outcome the variance ratio of greatest likelihood.

        Parameters
        ----------
        outcomes
            (row, outcome).
        restricted
            Whether by restricted likelihood (REML), for estimates, or by likelihood
            (ML), for comparing models of different fixed effects.

        Returns
        -------
        tuple
            Ratios of the animals' to the residual variance (outcome,), 0 at the
            boundary; deviances (outcome,): -2 log likelihood, for REML less
            log |X'X|.
        """
        total, parts, values = self.sums(outcomes)
        scales = self._spectrum[1] if restricted else self.sizes
        n = self.df if restricted else len(self.matrix)
        tiny = np.finfo(np.float64).tiny

        def deviance(ratio: Numbers) -> Numbers:
            shrunk = np.multiply.outer(values, ratio)
            left = total - (parts * (shrunk / (1 + shrunk))).sum(0)
            spread = np.log1p(np.multiply.outer(scales, ratio)).sum(0)
            left = np.maximum(left, tiny)
            return np.asarray(n * (np.log(2 * np.pi * left / n) + 1) + spread)

        if not self.random:
            ratio = np.zeros(outcomes.shape[1])
        elif len(values) == 1 and np.allclose(scales, values):
            # Complete designs: the analysis of variance's two mean squares.
            within = np.maximum(total - parts[0], tiny)
            squares = parts[0] * (n / len(scales) - 1) / within
            ratio = np.clip((squares - 1) / values[0], 0, _RATIOS[-1])
        else:
            ratio = _minimise(deviance, outcomes.shape[1])
        return ratio, deviance(ratio)

    def fit(self, outcome: ArrayLike) -> Fit:
        """Estimate by restricted maximum likelihood.

        Parameters
        ----------
        outcome
            (row,).

        Returns
        -------
        Fit
            With the animals' variance 0 where the likelihood is greatest there.
        """
        y = np.asarray(outcome, np.float64)
        ratio = float(self.maximise(y[:, None], restricted=True)[0][0])
        whiten = self.whitener(ratio)
        q, r = np.linalg.qr(whiten @ self.matrix)
        flat = whiten @ y
        residual = float(((flat - q @ (q.T @ flat)) ** 2).sum()) / self.df
        inverse = np.linalg.inv(r)
        return Fit(
            inverse @ (q.T @ flat),
            residual * inverse @ inverse.T,
            residual,
            residual * ratio,
            self._information(ratio) / (residual**2 or np.nan),
        )

    def whitener(self, ratio: float) -> Numbers:
        """Give the (row, row) matrix after which rows are independent of each other."""
        membership = np.eye(len(self.sizes))[self.animals]
        shrink = (1 - 1 / np.sqrt(1 + ratio * self.sizes)) / self.sizes
        return np.eye(len(self.matrix)) - (membership * shrink) @ membership.T

    def _information(self, ratio: float) -> Numbers:
        """REML's expected information of the two variances, for a residual of 1."""
        values = np.zeros(self.df)
        found = self._spectrum[1]
        values[: len(found)] = found
        weights = 0.5 / (1 + ratio * values) ** 2
        powers = values ** np.arange(3)[:, None]
        first, second, third = powers @ weights
        return np.array([[first, second], [second, third]])


def _minimise(deviance: Callable[[Numbers], Numbers], outcomes: int) -> Numbers:
    """Search a grid, then between the neighbours of its best, for each outcome."""
    coarse = np.array([deviance(np.full(outcomes, ratio)) for ratio in _RATIOS])
    best = coarse.argmin(0)
    low = _RATIOS[np.maximum(best - 1, 0)]
    high = _RATIOS[np.minimum(best + 1, len(_RATIOS) - 1)]
    for _ in range(_STEPS):
        step = _GOLDEN * (high - low)
        left, right = high - step, low + step
        nearer = deviance(left) < deviance(right)
        low, high = np.where(nearer, low, left), np.where(nearer, right, high)
    found = (low + high) / 2
    return np.where((found < 1e-9) | (coarse[0] <= deviance(found)), 0, found)
