"""Comparing groups by a linear (mixed) model, in the tables of `compare_groups`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.stats.groups.effects import hedges_g, hedges_g_paired
from napari_grimace.stats.groups.explained import partial_omega_squared
from napari_grimace.stats.groups.independent import add_effects
from napari_grimace.stats.groups.mixed import mixed_model
from napari_grimace.stats.groups.mixed_means import CHANGE, DIFFERENCE
from napari_grimace.stats.groups.multiplicity import adjust
from napari_grimace.stats.groups.ttest import paired_t_test, welch_t_test
from napari_grimace.stats.groups.values import PAIR_COLUMNS, check_control, order_of
from napari_grimace.study.names import ANIMAL

if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any

    from napari_grimace.stats.groups.effects import Effect
    from napari_grimace.stats.groups.multiplicity import Correction
    from napari_grimace.stats.groups.per_animal import PerAnimal


def compare_by_model(
    data: PerAnimal,
    control: str | None,
    correction: Correction | None,
    n_resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Give the tests of terms, the comparisons of means, and the model's note."""
    model = mixed_model(
        data.table,
        data.outcome,
        data.within,
        data.by,
        baseline=None if data.by else _level(data, control),
        p_values="all" if data.within else "wald",
        n_resamples=n_resamples,
        seed=seed,
    )
    pairs = _named(model.contrasts, data)
    if tested_apart(data):
        pairs = _tested_apart(pairs, data)
    if data.by:
        check_control(list(map(str, order_of(data.table[data.by[0]]))), control)
        if control is not None:
            pairs = _with_control(pairs, control)
    families = pairs.groupby("family", sort=False)["p"]
    pairs["p_adjusted"] = families.transform(adjust, correction or "holm")
    effects = [_effect(data, row) for row in pairs.to_dict("records")]
    return _overall(model.terms, data), add_effects(pairs, effects), model.note


def tested_apart(data: PerAnimal) -> bool:
    """Tell whether pairs are tested on their own values alone.

    A model takes the variances of all cells as equal. Where they are not (animals in
    pain differ more than others), its contrasts find far too much in the cells that
    vary. Contrasts over several factors between animals stay the model's.
    """
    return data.within is not None and len(data.by) <= 1


def _tested_apart(pairs: pd.DataFrame, data: PerAnimal) -> pd.DataFrame:
    """Test changes by paired t tests, and groups by Welch's t tests."""
    tested = []
    for row in pairs.to_dict("records"):
        test = paired_t_test if row["family"] == CHANGE else welch_t_test
        first, second = _pair_values(data, row)
        if row["family"] == CHANGE:
            both = pd.concat([first, second], axis=1)
            first, second = both.iloc[:, 0], both.iloc[:, 1]
        values = {str(row["group"]): first, str(row["reference"]): second}
        found = test(values, control=str(row["reference"])).iloc[0]
        tested.append(row | found[list(PAIR_COLUMNS)].to_dict())
    return pd.DataFrame(tested, columns=pairs.columns)


def _level(data: PerAnimal, control: str | None) -> object:
    """Give the timepoint that is called as the control, which may be a number."""
    known = order_of(data.table[data.within]) if data.within else []
    return next((level for level in known if str(level) == str(control)), control)


def _overall(terms: pd.DataFrame, data: PerAnimal) -> pd.DataFrame:
    """Give a row per term; p is the bootstrap's where animals repeat, else F's."""
    method = "Linear mixed model" if data.within else "Linear model"
    sizes = data.cells(by_condition=False)
    counted = "; ".join(f"{name} {v.index.nunique()}" for name, v in sizes.items())
    p = terms["p_bootstrap"] if data.within else terms["p_F"]
    table = pd.DataFrame(
        {
            "term": terms["term"],
            "method": method,
            "symbol": "F",
            "statistic": terms["F"],
            "df1": terms["df"].astype(np.float64),
            "df2": terms["df_error"],
            "p": p,
            "p_F": terms["p_F"],
            "p_permutation": terms["p_permutation"],
            "n": counted,
            "note": np.where(p.isna(), "no test: nothing varies beside the terms", ""),
        }
    )
    shares: list[Effect | None] = [
        partial_omega_squared(*row) if np.isfinite(row).all() else None
        for row in table[["statistic", "df1", "df2"]].to_numpy(np.float64)
    ]
    return add_effects(table, shares)


def _named(contrasts: pd.DataFrame, data: PerAnimal) -> pd.DataFrame:
    """Give contrasts in the columns of comparisons of pairs."""
    table = contrasts[["family", "at", "group", "reference"]].astype(str)
    same = {"difference": "estimate", "statistic": "t"}
    for name in ("difference", "ci_low", "ci_high", "statistic", "df", "p"):
        table[name] = contrasts[same.get(name, name)]
    table = table.assign(symbol="t", method="Contrast of the model", note="")
    sizes = [_pair_values(data, row) for row in table.to_dict("records")]
    table["n_group"] = [first.notna().sum() for first, _ in sizes]
    table["n_reference"] = [second.notna().sum() for _, second in sizes]
    table["p_adjusted"] = np.nan
    return table[["family", "at", *PAIR_COLUMNS]]


def _with_control(pairs: pd.DataFrame, control: str) -> pd.DataFrame:
    """Keep comparisons of groups with the control, as the reference."""
    kept = []
    for row in pairs.to_dict("records"):
        if row["family"] == DIFFERENCE and row["group"] == control:
            kept.append(_turned(row))
        elif row["family"] != DIFFERENCE or row["reference"] == control:
            kept.append(row)
    return pd.DataFrame(kept, columns=pairs.columns)


def _turned(row: dict[Hashable, Any]) -> dict[Hashable, Any]:
    """Turn a comparison round."""
    return row | {
        "group": row["reference"],
        "reference": row["group"],
        "n_group": row["n_reference"],
        "n_reference": row["n_group"],
        "difference": -row["difference"],
        "statistic": -row["statistic"],
        "ci_low": -row["ci_high"],
        "ci_high": -row["ci_low"],
    }


def _pair_values(
    data: PerAnimal, row: dict[Hashable, Any]
) -> tuple[pd.Series, pd.Series]:
    """Give the values of both sides of a comparison, by animal."""
    table = data.table
    if row["family"] == CHANGE:
        assert data.within is not None
        if data.by and row["at"]:
            table = table[table[data.by[0]].astype(str) == row["at"]]
        column = data.within
    else:
        if data.within is not None and row["at"]:
            table = table[table[data.within].astype(str) == row["at"]]
        column = data.by[0]
    sides = [
        table[table[column].astype(str) == row[side]].set_index(ANIMAL)[data.outcome]
        for side in ("group", "reference")
    ]
    return sides[0], sides[1]


def _effect(data: PerAnimal, row: dict[Hashable, Any]) -> Effect:
    """Give Hedges g of a comparison: paired where it is within animals."""
    first, second = _pair_values(data, row)
    if row["family"] == CHANGE:
        both = pd.concat([first, second], axis=1)
        return hedges_g_paired(both.iloc[:, 0], both.iloc[:, 1])
    return hedges_g(first, second)
