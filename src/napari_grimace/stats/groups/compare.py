"""One front door to comparing groups: which test, why, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.assumptions import check_assumptions
from napari_grimace.stats.groups.independent import (
    compare_independent,
    compare_paired,
)
from napari_grimace.stats.groups.models import compare_by_model
from napari_grimace.stats.groups.per_animal import PerAnimal, per_animal
from napari_grimace.stats.groups.procedures import PROCEDURES, choose, design_of
from napari_grimace.stats.groups.sentence import Asked, methods_text, results_text
from napari_grimace.stats.groups.values import check_control, pairs_within
from napari_grimace.stats.numbers import mean_ci

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_grimace.stats.groups.multiplicity import Correction
    from napari_grimace.stats.groups.per_animal import Scores, Window

_RESAMPLES = {True: 1999, False: 9999}  # of a model, of a test


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What `compare_groups` found, which tells the columns of its tables.

    Attributes
    ----------
    overall
        The test of all groups, or of each term of a model.
    pairwise
        Comparisons of two groups or conditions.
    descriptives
        Of each group (and condition).
    assumptions
        Checks of what the test assumes.
    methods, results
        Sentences for a paper.
    notes
        What a model tells beside `methods`, such as gaps in the design.
    design, test
        The design, and the name of the test that was made.
    data
        What was tested: one value per animal (and condition).
    """

    overall: pd.DataFrame
    pairwise: pd.DataFrame
    descriptives: pd.DataFrame
    assumptions: pd.DataFrame
    methods: str
    results: str
    notes: tuple[str, ...]
    design: str
    test: str
    data: PerAnimal

    @property
    def values(self) -> pd.DataFrame:
        """The value of each animal (and condition) that was tested."""
        return self.data.table

    def __repr__(self) -> str:
        return f"{self.methods}\n\n{self.results}"


def compare_groups(
    study: Scores,
    outcome: str = "total",
    by: str | Sequence[str] | None = "group",
    control: str | None = None,
    *,
    within: str | None = None,
    timepoint: str | Sequence[str] | None = None,
    window: Window | None = None,
    rater: str | None = None,
    test: str | None = None,
    correction: Correction | None = None,
    aggregate: bool = False,
    n_resamples: int | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare groups of animals: choose the test by a rule, make it, and say so.

    Every animal gets one value first (and one per timepoint): the mean of its frames.
    The rule, of which no step looks at the scores:

    1. Two groups, one value per animal: Welch's t test.
    2. Three or more groups: the Brown-Forsythe ANOVA of means (F*), then Dunnett's T3
       test of all pairs, or of each group with the control if one is named.
    3. Several columns in `by`: a linear model of the crossed factors.
    4. One group at two timepoints: the paired t test. At three or more: a linear mixed
       model with the animal as random effect.
    5. Groups at several timepoints: a linear mixed model of group, timepoint and their
       interaction; p of the terms is by parametric bootstrap, with that of a
       permutation test of animals beside it. Pairs (also of step 4) are compared by
       paired t tests within animals and by Welch's t tests between groups.

    Tests of steps 1 and 2, and of pairs in 4 and 5, do not assume equal variances.
    Checks of assumptions are given for information; they do not change the choice,
    which `test` can.

    Parameters
    ----------
    study
        A study, frame scores, or a table with one row per animal (and timepoint) that
        has a column ``animal``.
    outcome
        Column to compare: ``"total"``, an action unit, or another column of numbers.
    by
        Column or columns that tell groups apart, such as ``["group", "sex"]``; None
        for one group. With a `test` of groups, each combination is a group.
    control
        Group that others are compared with; for a single group, the timepoint, by
        default the one called baseline, else the first. Groups and timepoints are in
        the order of categories, of size for numbers, else of the table.
    within
        Column that differs within animals. By default ``timepoint``, if animals have
        values at several.
    timepoint
        Take only this timepoint, or these.
    window
        Take only frames from a start to an end in s, such as ``(0, 600)``.
    rater
        Whose scores to take, where several rated.
    test
        The test, instead of that of the rule: for groups ``"welch-t"``,
        ``"student-t"``, ``"mann-whitney"``, ``"brown-forsythe"``, ``"welch-anova"``
        (then Games and Howell's test), ``"anova"`` (then Tukey's or Dunnett's),
        ``"kruskal-wallis"`` (then Dunn's), ``"permutation"`` of two or
        ``"permutation-f"``; for two timepoints ``"paired-t"``, ``"wilcoxon"``,
        ``"sign-flip"``; ``"linear-model"``, ``"mixed-model"``.
    correction
        Compare pairs by single tests adjusted by ``"holm"`` or ``"fdr"``, instead of
        the post-hoc test; Dunn's test and models are adjusted by Holm's unless told.
    aggregate
        Average several rows of an animal in a table; without it they are an error.
    n_resamples, seed
        Of bootstrap and permutation; by default 1999 for models, 9999 for tests.

    Returns
    -------
    Comparison
        ``overall``: ``method, symbol, statistic, df1, df2, p, n`` (animals of each
        group), ``note`` (what was left out, the reason for what is NaN), ``effect_name,
        effect, effect_ci_low, effect_ci_high`` (omega squared). Of a model a row per
        term with ``term`` first and ``p_F``, ``p_permutation`` behind ``p``.

        ``pairwise``: ``group, reference, difference`` (group - reference), ``ci_low,
        ci_high, symbol, statistic, df, p`` (of the pair alone), ``p_adjusted, n_group,
        n_reference, method, note``, ``effect_name, effect, effect_ci_low,
        effect_ci_high`` (Hedges g, or Cliff's delta with ranks). Of a model ``family``
        (change from baseline; difference between groups) and ``at`` come first.

        ``descriptives``: ``group`` (and condition, joined), ``n_animals, mean, sd, sem,
        median, ci_low, ci_high`` (of the mean, Student's t).

        ``assumptions``: see `check_assumptions`.

        ``values``: ``animal``, the columns of `by` and `within`, the outcome,
        ``n_averaged`` (frames with a total, or rows, behind it).

        ``methods``, ``results``: sentences.

    Raises
    ------
    GrimaceError
        If there is no column ``animal``, an animal has several rows or groups, a
        column, group, timepoint, rater or test is unknown or does not fit, or there is
        nothing to compare.

    Warns
    -----
    GrimaceWarning
        If a group has more animals than studies have: they may be frames or images.

    References
    ----------
    Delacre M, Lakens D, Leys C (2017) Why psychologists should by default use Welch's
    t-test instead of Student's t-test. International Review of Social Psychology
    30:92-101.
    """
    data = per_animal(
        study,
        outcome,
        by,
        within=within,
        timepoint=timepoint,
        window=window,
        rater=rater,
        aggregate=aggregate,
    )
    control = None if control is None else str(control)
    design = design_of(data)
    name = choose(design, test)
    model = PROCEDURES[name].test is None
    if data.within is not None and not model:
        data = data.paired()
    resamples = n_resamples if n_resamples is not None else _RESAMPLES[model]
    overall, pairwise, told = _tested(data, name, control, correction, resamples, seed)
    cells = data.cells()
    described = describe(cells)
    asked = Asked(
        design, name, control, correction, by_rule=test is None, resamples=resamples
    )
    return Comparison(
        overall=overall,
        pairwise=pairwise,
        descriptives=described,
        assumptions=check_assumptions(_checked(data, name, cells)),
        methods=methods_text(data, asked, () if model else told),
        results=results_text(data, name, overall, pairwise, described),
        notes=told if model else (),
        design=design,
        test=name,
        data=data,
    )


def describe(groups: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Describe groups of animals.

    Parameters
    ----------
    groups
        For each group one number per animal; NaN for none.

    Returns
    -------
    DataFrame
        A row per group: ``group, n_animals, mean, sd, sem, median, ci_low, ci_high``
        (95 % of the mean, Student's t); NaN what one animal does not tell.
    """
    rows = []
    for name, given in groups.items():
        values = np.asarray(given, np.float64)
        values = values[np.isfinite(values)]
        n = len(values)
        mean = float(values.mean()) if n else np.nan
        sd = float(values.std(ddof=1)) if n > 1 else np.nan
        half = mean_ci(values)
        row = {
            "group": name,
            "n_animals": n,
            "mean": mean,
            "sd": sd,
            "sem": sd / max(n, 1) ** 0.5,
        }
        row["median"] = float(np.median(values)) if n else np.nan
        rows.append(row | {"ci_low": mean - half, "ci_high": mean + half})
    return pd.DataFrame(rows)


def _tested(
    data: PerAnimal,
    name: str,
    control: str | None,
    correction: Correction | None,
    n_resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Make the test; give the tables, and what else is to be told."""
    procedure = PROCEDURES[name].with_exchanges(n_resamples=n_resamples, seed=seed)
    if procedure.test is None:
        overall, pairwise, note = compare_by_model(
            data, control, correction, n_resamples, seed
        )
        return overall, pairwise, (note,)
    if procedure.of_two and correction is not None:
        raise GrimaceError(
            "correction= is given, but there is one comparison: leave it out."
        )
    if data.within is not None:
        wide = _wide(data)
        baseline = next((n for n in map(str, wide) if n.casefold() == "baseline"), None)
        overall, pairwise = compare_paired(wide, procedure, control or baseline)
    else:
        groups = data.cells()
        check_control(groups, control)
        overall, pairwise = compare_independent(groups, procedure, control, correction)
    note = overall["note"].iloc[0]
    return overall, pairwise, ((f"{note[0].upper()}{note[1:]}.",) if note else ())


def _wide(data: PerAnimal) -> pd.DataFrame:
    assert data.within is not None
    return pairs_within(data.table, data.outcome, data.within)


def _checked(
    data: PerAnimal, name: str, cells: dict[str, pd.Series]
) -> Mapping[str, pd.Series]:
    """Give the values whose residuals the test takes to be normal."""
    if data.within is None or PROCEDURES[name].test is None:
        return cells
    wide = _wide(data)
    return {"differences": wide.iloc[:, 1] - wide.iloc[:, 0]}
