"""Comparing groups by tests of one value per animal, or of pairs of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.stats.groups.posthoc import dunn, pairwise
from napari_grimace.stats.groups.values import overall_row
from napari_grimace.study.names import ANIMAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from napari_grimace.stats.groups.effects import Effect
    from napari_grimace.stats.groups.multiplicity import Correction
    from napari_grimace.stats.groups.procedures import Procedure

EFFECT_COLUMNS = ("effect_name", "effect", "effect_ci_low", "effect_ci_high")


def compare_independent(
    groups: Mapping[str, pd.Series],
    procedure: Procedure,
    control: str | None,
    correction: Correction | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the test of all groups, and the comparisons of pairs with effect sizes."""
    assert procedure.test is not None
    if procedure.of_two:
        pairs = procedure.test(groups, control=control)
        return _overall_of(pairs), with_effects(pairs, groups, procedure)
    overall = procedure.test(groups)
    share = procedure.share(groups) if procedure.share else None
    pairs = _pairs(groups, procedure, control, correction)
    return add_effects(overall, [share]), with_effects(pairs, groups, procedure)


def compare_paired(
    wide: pd.DataFrame, procedure: Procedure, control: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the same for two values of each animal; (animal, condition)."""
    assert procedure.test is not None
    named = wide.rename_axis(index=ANIMAL, columns="condition")
    long = named.melt(value_name="value", ignore_index=False).reset_index()
    pairs = procedure.test(long, "value", "condition", control=control)
    values = {str(name): column.to_numpy() for name, column in wide.items()}
    return _overall_of(pairs), with_effects(pairs, values, procedure)


def with_effects(
    pairs: pd.DataFrame, groups: Mapping[str, ArrayLike], procedure: Procedure
) -> pd.DataFrame:
    """Add the effect size of each comparison."""
    effects = [
        procedure.effect(groups[group], groups[reference])
        for group, reference in zip(pairs["group"], pairs["reference"], strict=True)
    ]
    return add_effects(pairs, effects)


def add_effects(table: pd.DataFrame, effects: Sequence[Effect | None]) -> pd.DataFrame:
    """Add columns of effect sizes to rows, behind p values; None for no effect."""
    told = [
        effect[:4] if effect else ("", np.nan, np.nan, np.nan) for effect in effects
    ]
    columns = pd.DataFrame(told, columns=list(EFFECT_COLUMNS), index=table.index)
    return pd.concat([table, columns], axis=1)


def _overall_of(pairs: pd.DataFrame) -> pd.DataFrame:
    """Give the only comparison as the test of all."""
    row = pairs.iloc[0]
    sizes = {
        row["reference"]: np.empty(int(row["n_reference"])),
        row["group"]: np.empty(int(row["n_group"])),
    }
    df = (row["df"], np.nan)
    told = (row["method"], row["symbol"], row["statistic"], df, row["p"], row["note"])
    return add_effects(overall_row(sizes, *told), [None])


def _pairs(
    groups: Mapping[str, pd.Series],
    procedure: Procedure,
    control: str | None,
    correction: Correction | None,
) -> pd.DataFrame:
    """Compare pairs by the test that belongs to it, or one adjusted as asked for."""
    how = correction or "holm"
    if procedure.single is None:
        return dunn(groups, control=control, correction=how)
    if correction is not None or procedure.pairs is None:
        single = procedure.single
        return pairwise(groups, test=single, control=control, correction=how)
    if control is not None and procedure.control_pairs is not None:
        return procedure.control_pairs(groups, control=control)
    return procedure.pairs(groups)
