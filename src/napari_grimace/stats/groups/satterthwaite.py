"""Tests of a mixed model's coefficients, with their degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from napari_grimace.stats.groups.random_intercept import Fit, RandomIntercept

    Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Estimates:
    """A fitted model, asked for combinations of its coefficients.

    Degrees of freedom are Satterthwaite's: those of the chi squared distribution whose
    variance is that of the combination's estimated variance. In a complete design they
    are the ones of the analysis of variance. Where the animals' variance is 0 they are
    rows less columns, as without animals.

    References
    ----------
    Fai AHT, Cornelius PL (1996) Approximate F-tests of multiple degree of freedom
    hypotheses in generalized least squares analyses of unbalanced split-plot
    experiments. Journal of Statistical Computation and Simulation 54:363-378.
    """

    model: RandomIntercept
    fit: Fit

    def table(self, combinations: Numbers, confidence: float = 0.95) -> pd.DataFrame:
        """Estimate combinations (combination, column), each with its t test.

        Returns
        -------
        DataFrame
            A row per combination: `estimate, se, df, ci_low, ci_high, t, p`.
        """
        import pandas as pd
        from scipy.stats import t

        estimate = combinations @ self.fit.coefficients
        variance = self._variances(combinations)
        error, df = np.sqrt(variance), self._df(combinations)
        half = t.ppf((1 + confidence) / 2, df) * error
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = estimate / error
        return pd.DataFrame(
            {
                "estimate": estimate,
                "se": error,
                "df": df,
                "ci_low": estimate - half,
                "ci_high": estimate + half,
                "t": ratio,
                "p": 2 * t.sf(np.abs(ratio), df),
            }
        )

    def joint(self, combinations: Numbers) -> tuple[float, float]:
        """Test that all combinations (combination, column) are 0.

        Returns
        -------
        tuple
            Wald's chi squared, whose degrees of freedom are the combinations, and the
            error degrees of freedom of F, which is chi squared by their number.
        """
        covariance = combinations @ self.fit.covariance @ combinations.T
        if not np.isfinite(covariance).all():
            return np.nan, np.nan
        estimate = combinations @ self.fit.coefficients
        chi2 = float(estimate @ np.linalg.solve(covariance, estimate))
        count = len(combinations)
        df = self._df(np.linalg.eigh(covariance)[1].T @ combinations)
        if count == 1 or np.ptp(df) < 1e-6 * df.min():
            return chi2, float(df.mean())
        usable = df[df > 2]
        expected = float((usable / (usable - 2)).sum())
        return chi2, 2 * expected / (expected - count) if expected > count else 0.0

    def _variances(self, combinations: Numbers) -> Numbers:
        """Give the squared standard errors of combinations."""
        return np.asarray(((combinations @ self.fit.covariance) * combinations).sum(1))

    def _df(self, combinations: Numbers) -> Numbers:
        """Give each combination's degrees of freedom."""
        fit, model = self.fit, self.model
        if not fit.animal > 0:
            return np.full(len(combinations), float(model.df))
        whiten = model.whitener(fit.animal / fit.residual)
        inverse = whiten.T @ whiten / fit.residual
        rows = inverse @ model.matrix @ fit.covariance @ combinations.T
        by_animal = np.eye(len(model.sizes))[model.animals].T @ rows
        slopes = np.stack([(rows**2).sum(0), (by_animal**2).sum(0)])
        spread = np.linalg.solve(fit.information, slopes)
        return np.asarray(
            2 * self._variances(combinations) ** 2 / (slopes * spread).sum(0)
        )
