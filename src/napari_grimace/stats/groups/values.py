"""What the tests of groups take and give: one number per animal, one row per test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.tables import check_columns, check_one_row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import ArrayLike, NDArray

    Groups = Mapping[str, NDArray[np.float64]]
    """For each group, in order, one finite number per animal."""

PAIR_COLUMNS = (
    "group",
    "reference",
    "difference",
    "ci_low",
    "ci_high",
    "symbol",
    "statistic",
    "df",
    "p",
    "p_adjusted",
    "n_group",
    "n_reference",
    "method",
    "note",
)
"""Columns of every table that compares two groups in a row."""

_ROUNDING = 1e-12  # means of the same frames differ by less
NO_SPREAD = "all values are the same within every group"


def per_group(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    by: str = "group",
) -> dict[str, NDArray[np.float64]]:
    """Give one finite number per animal for each group.

    Parameters
    ----------
    values
        For each group one number per animal, NaN for none; or a table with one row
        per animal.
    outcome, by
        The table's columns of numbers and of groups.

    Returns
    -------
    dict
        Groups in the order given (of a categorical column: of its categories, of
        others: of first appearance); animals without a number or group are left out.

    Raises
    ------
    GrimaceError
        If a column is unknown, an animal has several rows, or a value is no number.
    """
    if not isinstance(values, pd.DataFrame):
        _check_named(values)
        return {str(name): _finite(given, str(name)) for name, given in values.items()}
    check_columns(values, [outcome, by])
    if "animal" in values.columns:
        check_one_row(values)
    parts = values.groupby(by, sort=False, observed=True)[outcome]
    return {
        str(name): _finite(parts.get_group(name), str(name))
        for name in order_of(values[by])
    }


def order_of(column: pd.Series) -> list[object]:
    """Give the groups of a column: categories in their order, others as they come.

    Raises
    ------
    GrimaceError
        If two differ by their type alone, such as the number 1 and the text 1.
    """
    known = column.dropna().unique().tolist()
    if len(set(map(str, known))) < len(known):
        again = next(one for one in known if list(map(str, known)).count(str(one)) > 1)
        raise GrimaceError(
            f"{column.name!r} has {again} both as a number and as text: write it in "
            "one way."
        )
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [name for name in column.cat.categories if name in set(known)]
    return known


def pairs_within(
    values: Mapping[str, ArrayLike] | pd.DataFrame,
    outcome: str = "total",
    within: str = "timepoint",
) -> pd.DataFrame:
    """Give two numbers per animal: one for each of two conditions.

    Parameters
    ----------
    values
        For each of two conditions the numbers of the same animals in the same order,
        NaN for none; or a table with one row per animal and condition and a column
        ``animal``.
    outcome, within
        The table's columns of numbers and of conditions.

    Returns
    -------
    DataFrame
        A row per animal, a column per condition, in the order given. Animals that
        lack one of the two are there with NaN.

    Raises
    ------
    GrimaceError
        If there are not two conditions, their numbers of animals differ, a column is
        unknown, or an animal has several rows for a condition.
    """
    if isinstance(values, pd.DataFrame):
        check_columns(values, ["animal", outcome, within])
        check_one_row(values, [within])
        order = order_of(values[within])
        wide = values.pivot(index="animal", columns=within, values=outcome)
        wide = wide.loc[values["animal"].dropna().unique(), order]
    else:
        _check_named(values)
        sizes = {name: np.size(given) for name, given in values.items()}
        if len(set(sizes.values())) > 1:
            raise GrimaceError(
                "Paired values are of the same animals in the same order, but there "
                f"are {', '.join(f'{n} for {name}' for name, n in sizes.items())}: "
                "give NaN where an animal lacks one."
            )
        wide = pd.DataFrame(
            {name: np.asarray(given, np.float64) for name, given in values.items()}
        )
    if wide.shape[1] != 2:
        raise GrimaceError(
            f"A paired test compares two conditions, but there are {wide.shape[1]}: "
            f"{', '.join(map(str, wide.columns))}."
        )
    wide.columns = [str(name) for name in wide.columns]
    for name in wide:
        _finite(wide[name], str(name))
    return wide.astype(np.float64)


def split_testable(groups: Groups) -> tuple[dict[str, NDArray[np.float64]], str]:
    """Give the groups that can be tested, and the note on those that cannot.

    A group of one animal has no variance, and one animal is no sample of a group.
    """
    kept = {name: v for name, v in groups.items() if len(v) > 1}
    small = [f"{name} (n = {len(v)})" for name, v in groups.items() if len(v) < 2]
    note = f"left out, fewer than two animals: {', '.join(small)}" if small else ""
    if len(kept) < 2:
        note = joined(note, "no test: it needs two groups of at least two animals")
    return kept, note


def two_groups(
    groups: Groups, control: str | None = None
) -> tuple[tuple[str, NDArray[np.float64]], tuple[str, NDArray[np.float64]]]:
    """Give (name, values) of the group and of its reference.

    The reference is the control, or else the first group.
    """
    if len(groups) != 2:
        raise GrimaceError(
            f"This test compares two groups, but there are {len(groups)}: "
            f"{', '.join(groups) or 'none'}."
        )
    check_control(groups, control)
    first, second = groups.items()
    return (first, second) if control == second[0] else (second, first)


def check_control(groups: Collection[str], control: str | None) -> None:
    """Raise if the control is none of the groups."""
    if control is not None and control not in groups:
        raise GrimaceError(
            f"There is no group {control!r} to be the control. The groups are "
            f"{', '.join(map(repr, groups))}."
        )


def pairs_of(
    groups: Collection[str], control: str | None = None
) -> list[tuple[str, str]]:
    """Give (group, reference) of all pairs, or of each group with the control."""
    check_control(groups, control)
    names = list(groups)
    if control is not None:
        return [(name, control) for name in names if name != control]
    return [(b, a) for i, a in enumerate(names) for b in names[i + 1 :]]


def overall_row(
    groups: Groups,
    method: str,
    symbol: str,
    statistic: float = np.nan,
    df: tuple[float, float] = (np.nan, np.nan),
    p: float = np.nan,
    note: str = "",
) -> pd.DataFrame:
    """Give the one-row table of a test of all groups."""
    row = {
        "method": method,
        "symbol": symbol,
        "statistic": float(statistic),
        "df1": float(df[0]),
        "df2": float(df[1]),
        "p": float(p),
        "n": "; ".join(f"{name} {len(v)}" for name, v in groups.items()),
        "note": note,
    }
    return pd.DataFrame([row])


def pair_row(
    method: str,
    symbol: str,
    group: tuple[str, NDArray[np.float64]],
    reference: tuple[str, NDArray[np.float64]],
) -> dict[str, object]:
    """Begin the row of a comparison of two groups, given as (name, values)."""
    return {
        "group": group[0],
        "reference": reference[0],
        "symbol": symbol,
        "n_group": len(group[1]),
        "n_reference": len(reference[1]),
        "method": method,
    }


def pair_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Give the table of comparisons of two groups; what a row lacks is NaN or ''."""
    table = pd.DataFrame(rows, columns=list(PAIR_COLUMNS))
    words = ["group", "reference", "symbol", "method", "note"]
    table[words] = table[words].astype(object).fillna("")
    numbers = [name for name in PAIR_COLUMNS if name not in words]
    table[numbers] = table[numbers].astype(np.float64)
    return table.astype({"n_group": np.int64, "n_reference": np.int64})


def check_within_one_group(table: pd.DataFrame, factors: Sequence[str]) -> None:
    """Raise if an animal is in several groups."""
    for name in factors:
        several = table.groupby("animal", sort=False)[name].nunique()
        if (several > 1).any():
            animal = several.idxmax()
            known = table.loc[table["animal"] == animal, name].unique()
            raise GrimaceError(
                f"Animal {animal!r} is in several groups of {name!r}: "
                f"{', '.join(map(str, known))}. Use names of animals once in a study; "
                f"if it was in all of them, compare within animals (within={name!r})."
            )


def variance_of(values: NDArray[np.float64]) -> float:
    """Give the variance of a sample: exactly 0 where values differ by rounding only."""
    if np.ptp(values) <= _ROUNDING * max(1.0, np.abs(values).max()):
        return 0.0
    return float(values.var(ddof=1))


def rounded(
    values: NDArray[np.float64], largest: float | None = None
) -> NDArray[np.float64]:
    """Round away what arithmetic adds, so that ties of means are ties of ranks.

    `largest` is the size of the numbers that the values are differences of.
    """
    top = np.abs(values).max(initial=0) if largest is None else largest
    if not top:
        return values
    return np.round(values, min(11 - int(np.floor(np.log10(top))), 300))


def moves(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give differences of paired numbers; 0 where they differ by rounding alone."""
    largest = np.abs([first, second]).max(initial=0)
    return rounded(first - second, float(largest))


def joined(*notes: str) -> str:
    """Join notes into one; empty ones are left out."""
    return "; ".join(note for note in notes if note)


def _check_named(values: object) -> None:
    """Refuse what is neither a table nor numbers by name."""
    if not isinstance(values, Mapping) or len({str(name) for name in values}) < len(
        values
    ):
        raise GrimaceError(
            "Give for each group, by its own name, the numbers of its animals, such as "
            "{'sham': [...], 'pain': [...]}, or a table."
        )


def _finite(given: ArrayLike, name: str) -> NDArray[np.float64]:
    """Give the numbers that are there; text and infinity are errors."""
    try:
        numbers = np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise GrimaceError(f"The values of {name!r} are not all numbers.") from error
    if numbers.ndim != 1:
        raise GrimaceError(
            f"The values of {name!r} have {numbers.ndim} dimensions: give one number "
            "per animal."
        )
    if np.isinf(numbers).any():
        raise GrimaceError(f"A value of {name!r} is infinite: code it as NaN.")
    return numbers[~np.isnan(numbers)]
