"""Repeated measures: a linear mixed model with the animal as random effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.factorial import read_factorial
from napari_grimace.stats.groups.mixed_means import marginal_contrasts, marginal_means
from napari_grimace.stats.groups.mixed_note import note_of
from napari_grimace.stats.groups.parametric_bootstrap import parametric_bootstrap
from napari_grimace.stats.groups.random_intercept import RandomIntercept
from napari_grimace.stats.groups.satterthwaite import Estimates
from napari_grimace.stats.groups.term_permutation import permute_term
from napari_grimace.stats.tables import check_choice, check_resamples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_grimace.stats.groups.factorial import Factorial

PValues = Literal["wald", "bootstrap", "permutation", "all"]

_ROUNDING = 1e-24  # share of the squared outcome below which nothing is left


@dataclass(frozen=True)
class MixedModel:
    """What a mixed model says; `mixed_model` tells the columns of its tables."""

    terms: pd.DataFrame
    coefficients: pd.DataFrame
    variance: pd.DataFrame
    means: pd.DataFrame
    contrasts: pd.DataFrame
    note: str


def mixed_model(
    table: pd.DataFrame,
    outcome: str = "total",
    within: str | None = "timepoint",
    between: str | Sequence[str] = ("group",),
    animal: str = "animal",
    *,
    baseline: object = None,
    p_values: PValues = "bootstrap",
    n_resamples: int = 1999,
    seed: int = 0,
) -> MixedModel:
    """Compare groups whose animals were seen at several timepoints.

    A linear mixed model: all factors crossed as fixed effects, the animal as random
    intercept, fitted by restricted maximum likelihood. Timepoints of one animal are
    taken to be equally correlated (compound symmetry). Factors are coded sum to zero,
    so that main effects are those of an analysis of variance (type III); in complete
    designs `F`, its degrees of freedom and `p_F` are those of the split-plot analysis
    of variance. Animals that lack a timepoint stay in with the rest.

    Wald's test takes the variances for known and finds too much with few animals. F
    with Satterthwaite's degrees of freedom, the parametric bootstrap and permutation
    mend that.

    Parameters
    ----------
    table
        One row per animal and timepoint; rows without an outcome are left out.
    outcome
        Column of numbers.
    within
        Column that differs within animals. None if there is one row per animal: then
        this is an ordinary linear model.
    between
        Column or columns that tell animals apart, such as group and sex; empty for
        none.
        Contrasts compare the first, averaged evenly over levels of the others.
    animal
        Column that names animals.
    baseline
        Timepoint that others are compared with; by default the one called baseline,
        else the first: of a categorical column its first category, of numbers the
        smallest, else the first in the table.
    p_values
        What to give beside Wald's and F: ``"bootstrap"``, ``"permutation"``, ``"all"``
        or, with ``"wald"``, nothing.
    n_resamples, seed
        Of bootstrap and permutation.

    Returns
    -------
    MixedModel
        ``terms``: `term, df, chi2, p_wald, F, df_error, p_F, p_bootstrap,
        p_permutation`; NaN what was not asked for. Permutation is exact for main
        effects (if the factor has no effect at all) and approximate for interactions.

        ``coefficients``: `coefficient, estimate, se, df, ci_low, ci_high, t, p`;
        ``group[sham]`` is the deviation of sham from the mean of all groups, the last
        level's is minus the sum of the others.

        ``variance``, one row: `animal`, `residual`, `icc` (the animals' share; the
        correlation of two timepoints of an animal), `n_animals`, `n_rows`.

        ``means``, a row per cell: the factors, `n_animals, mean, se, df, ci_low,
        ci_high` (marginal means: what the model expects of all animals there).

        ``contrasts``: `family` (``change from baseline`` of each group, ``difference
        between groups`` at each timepoint), `at` (that group or timepoint),
        `group` (or timepoint) and the `reference` that it is compared with, `estimate`
        (group - reference), `se, df, ci_low, ci_high, t, p, p_adjusted` (Holm, within
        the family).

        ``note``: how it was fitted, what was left out, what to mind. Degrees of
        freedom are Satterthwaite's, intervals 95 %, not adjusted. Tests are NaN where
        the outcome does not vary beside the fixed effects.

    Raises
    ------
    GrimaceError
        If the table or the choices do not fit: see `read_factorial`.

    References
    ----------
    Laird NM, Ware JH (1982) Random-effects models for longitudinal data. Biometrics
    38:963-974.
    Kang HM et al. (2008) Efficient control of population structure in model organism
    association mapping. Genetics 178:1709-1723 (the likelihood).
    Luke SG (2017) Evaluating significance in linear mixed-effects models in R. Behavior
    Research Methods 49:1494-1502.
    """
    check_choice("p_values", p_values, get_args(PValues))
    check_resamples(n_resamples)
    design = read_factorial(table, outcome, within, between, animal)
    model = _model_of(design)
    fit = model.fit(design.outcome)
    defined = fit.residual > _ROUNDING * float((design.outcome**2).mean())
    if not defined:  # what follows from the covariance is NaN, too
        fit = replace(fit, covariance=fit.covariance * np.nan)
    estimates = Estimates(model, fit)
    asked: PValues = p_values if defined else "wald"
    terms = _terms(design, estimates, asked, n_resamples, seed)
    names = pd.DataFrame({"coefficient": design.column_names})
    coefficients = estimates.table(np.eye(len(names)))
    total = fit.animal + fit.residual
    variance = {
        "animal": fit.animal if model.random else np.nan,
        "residual": fit.residual,
        "icc": fit.animal / total if model.random and defined else np.nan,
        "n_animals": len(model.sizes),
        "n_rows": len(design.outcome),
    }
    return MixedModel(
        terms,
        pd.concat([names, coefficients], axis=1),
        pd.DataFrame([variance]),
        marginal_means(design, estimates),
        marginal_contrasts(design, estimates, baseline),
        note_of(design, estimates, outcome, asked, n_resamples),
    )


def _model_of(design: Factorial) -> RandomIntercept:
    """Give the model; animals are random where they can be told from the residual."""
    matrix = design.matrix(design.codes)
    model = RandomIntercept(matrix, design.animals, design.within is not None)
    if model.df < 1:
        raise GrimaceError(
            f"There are {matrix.shape[0]} rows for {matrix.shape[1]} means: none is "
            "left to tell how animals differ. Leave out a factor."
        )
    return replace(model, random=model.random and model.identified)


def _terms(
    design: Factorial,
    estimates: Estimates,
    p_values: PValues,
    n_resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Test each term."""
    from scipy.stats import chi2, f

    rng = np.random.default_rng(seed)
    model = estimates.model
    every = np.eye(model.matrix.shape[1])
    rows = []
    for term in design.terms:
        tested = design.columns[term]
        df = tested.stop - tested.start
        wald, error = estimates.joint(every[tested])
        row = {
            "term": ":".join(term),
            "df": df,
            "chi2": wald,
            "p_wald": chi2.sf(wald, df),
            "F": wald / df,
            "df_error": error,
            "p_F": f.sf(wald / df, df, error),
            "p_bootstrap": np.nan,
            "p_permutation": np.nan,
        }
        if p_values in ("bootstrap", "all"):
            row["p_bootstrap"] = parametric_bootstrap(
                model, design.outcome, tested, n_resamples, rng
            )
        if p_values in ("permutation", "all"):
            row["p_permutation"] = permute_term(
                design, term, model.random, n_resamples, rng
            )
        rows.append(row)
    return pd.DataFrame(rows)
