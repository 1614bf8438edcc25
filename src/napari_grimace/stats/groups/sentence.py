"""Sentences for the methods and results of a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.scales import UNITS
from napari_grimace.software import this_software
from napari_grimace.stats.groups.mixed_means import CHANGE, DIFFERENCE
from napari_grimace.stats.groups.models import tested_apart
from napari_grimace.stats.groups.multiplicity import CORRECTION_TEXT
from napari_grimace.stats.groups.procedures import PROCEDURES
from napari_grimace.stats.groups.values import order_of
from napari_grimace.stats.numbers import p_text
from napari_grimace.study.names import ANIMAL, TIMEPOINT

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Any

    import pandas as pd

    from napari_grimace.stats.groups.multiplicity import Correction
    from napari_grimace.stats.groups.per_animal import PerAnimal
    from napari_grimace.stats.groups.procedures import Design, Procedure

    Row = Mapping[Hashable, Any]

LEVEL = 0.05
_MOST_TOLD = 6  # comparisons that were not shown, or cells; more would not be read
_MOST_CELLS = 12


@dataclass(frozen=True)
class Asked:
    """The design, the test's name among `PROCEDURES`, and what was asked for."""

    design: Design
    test: str
    control: str | None
    correction: Correction | None
    by_rule: bool
    resamples: int


def methods_text(data: PerAnimal, asked: Asked, notes: Sequence[str]) -> str:
    """Say what was compared, by which test, and why.

    Parameters
    ----------
    data
        One value per animal (and condition).
    asked
        What was done.
    notes
        Of the test, such as which animals it left out.
    """
    procedure = PROCEDURES[asked.test]
    per = f" and {data.within}" if data.within else ""
    rule = f" (the rule for {asked.design})" if asked.by_rule else ""
    told = [
        f"The animal was the unit of analysis, with one value of {label(data.outcome)} "
        f"per animal{per}.",
        *data.notes,
        f"{_compared(data, asked.design)} by {procedure.name}, {procedure.why}{rule}.",
        *notes,
    ]
    if procedure.test is None:
        told += _of_models(data, asked)
    elif not procedure.of_two:
        told.append(_of_pairs(procedure, asked))
    told += _of_effects(procedure, data)
    told.append(
        f"Tests were two-sided at a level of {LEVEL:g}; intervals are of 95 % "
        f"confidence. Statistics were computed with {this_software()}."
    )
    return " ".join(told)


def results_text(
    data: PerAnimal,
    name: str,
    overall: pd.DataFrame,
    pairwise: pd.DataFrame,
    descriptives: pd.DataFrame,
) -> str:
    """Say what was found; parameters are the tables of `Comparison`."""
    procedure = PROCEDURES[name]
    told = _described(data, procedure, descriptives)
    if procedure.test is None:
        told += [_term(row) for row in overall.to_dict("records")]
        told += _pairs(data, pairwise.to_dict("records"))
    elif procedure.of_two:
        told += _pairs(data, pairwise.to_dict("records"), whole=True)
    else:
        told.append(_overall(data, overall.to_dict("records")[0]))
        told += _pairs(data, pairwise.to_dict("records"))
    return " ".join(told)


def label(outcome: str) -> str:
    """Give the words for an outcome."""
    if outcome == "total":
        return "the grimace score"
    return f"the {outcome} score" if outcome in UNITS else outcome


def _compared(data: PerAnimal, design: Design) -> str:
    cells = data.cells(by_condition=False)
    sizes = {name: part.index.nunique() for name, part in cells.items()}
    animals = "; ".join(f"{name}, n = {n}" for name, n in sizes.items())
    crossed = " x ".join([*data.by, *([data.within] if data.within else [])])
    if data.within is None:
        if design == "crossed factors":
            return f"{_capital(crossed)} ({animals}) was analysed"
        return f"Groups ({animals}) were compared"
    conditions = _listed([str(name) for name in order_of(data.table[data.within])])
    if design == "groups at conditions":
        return f"{_capital(crossed)} ({animals}; at {conditions}) was analysed"
    n = sum(sizes.values())
    return f"Values of the same animals (n = {n}) at {conditions} were compared"


def _of_models(data: PerAnimal, asked: Asked) -> list[str]:
    told = []
    if data.within:
        rows = data.table.groupby(ANIMAL, observed=True).size()
        if short := int((rows < data.table[data.within].nunique()).sum()):
            lack, count = "animals lack", "count with what they have"
            if short == 1:
                lack, count = "animal lacks", "counts with what it has"
            told.append(f"{short} {lack} a {data.within} and {count}.")
        told.append(
            "p values of its terms are by parametric bootstrap of the likelihood ratio "
            f"({asked.resamples} simulations), because Wald tests find too much with "
            "few animals."
        )
    how = "Model means were compared by t tests with Satterthwaite's degrees of freedom"
    if tested_apart(data):
        how = "Timepoints were compared within animals by paired t tests"
        if data.within != TIMEPOINT:
            how = "Conditions were compared within animals by paired t tests"
        if data.by:
            how += ", and groups by Welch's t tests"
        how += ", which do not assume equal variances"
    told.append(
        f"{how}; p values were adjusted by "
        f"{CORRECTION_TEXT[asked.correction or 'holm']} within each family of "
        "comparisons."
    )
    return told


def _of_pairs(procedure: Procedure, asked: Asked) -> str:
    who, own = "Pairs of groups were compared", procedure.pairs_name
    if asked.control:
        who = f"Each group was compared with {asked.control}"
        own = procedure.control_name
    how = CORRECTION_TEXT[asked.correction or "holm"]
    if procedure.single is None:
        return f"{who} by {own}, adjusted by {how}."
    if asked.correction is None and procedure.pairs is not None:
        return f"{who} by {own}, which adjusts p values and intervals for their number."
    single = next(p.name for p in PROCEDURES.values() if p.test is procedure.single)
    return f"{who} by {single}, p values adjusted by {how}."


def _of_effects(procedure: Procedure, data: PerAnimal) -> list[str]:
    names = {
        "hedges_g": "Hedges g",
        "hedges_g_paired": "Hedges g of the same animals",
        "cliffs_delta": "Cliff's delta",
        "rank_biserial": "the rank-biserial correlation",
    }
    size = f"Sizes of differences are {names[procedure.effect.__name__]}"
    if procedure.test is None:
        within = " (paired for changes)" if data.within else ""
        return [f"{size}{within}; those of terms are partial omega squared."]
    if procedure.share is not None:
        return [f"{size}; that of all groups is omega squared."]
    return [f"{size}."]


def _described(
    data: PerAnimal, procedure: Procedure, descriptives: pd.DataFrame
) -> list[str]:
    """Say mean or median of each group, unless there are too many to read."""
    if len(descriptives) > _MOST_CELLS:
        return []
    parts = []
    for row in descriptives.to_dict("records"):
        spread = f"SD {_number(row['sd'])}, " if procedure.centre == "mean" else ""
        value = _number(row[procedure.centre])
        parts.append(f"{row['group']} = {value} ({spread}n = {row['n_animals']})")
    what = label(data.outcome).removeprefix("the ")
    return [f"{_capital(procedure.centre)} {what}: {'; '.join(parts)}."]


def _overall(data: PerAnimal, row: Row) -> str:
    if not np.isfinite(row["p"]):
        return f"Groups could not be tested ({row['note']})."
    shown = f"({_statistic(row)}, {p_text(row['p'])}{_effect(row)})"
    if row["p"] < LEVEL:
        return f"{_capital(label(data.outcome))} differed between groups {shown}."
    return f"No difference between groups was shown {shown}."


def _term(row: Row) -> str:
    if not np.isfinite(row["p"]):
        return f"{row['term']} could not be tested ({row['note']})."
    shown = f"({_statistic(row)}, {p_text(row['p'])}{_effect(row)})"
    names = row["term"].split(":")
    what = "An effect of" if len(names) == 1 else "An interaction of"
    was = "was" if row["p"] < LEVEL else "was not"
    return f"{what} {_listed(names)} {was} shown {shown}."


def _pairs(data: PerAnimal, rows: Sequence[Row], *, whole: bool = False) -> list[str]:
    """Say which differences were shown, which were not, and what was not tested."""
    tested = [row for row in rows if np.isfinite(row["p_adjusted"])]
    shown = [row for row in tested if row["p_adjusted"] < LEVEL]
    told = [_shown(data, row, whole=whole) for row in shown]
    unclear = [row for row in tested if row["p_adjusted"] >= LEVEL]
    if len(unclear) > _MOST_TOLD:
        least = min(row["p_adjusted"] for row in unclear)
        told.append(
            f"No difference was shown in the other {len(unclear)} comparisons "
            f"(adjusted p at least {least:.3f})."
        )
    elif unclear:
        parts = [f"{_pair(row)} ({_difference(row, whole=whole)})" for row in unclear]
        told.append(f"No difference was shown between {_listed(parts, '; ')}.")
    untested = [
        f"{_pair(row)} ({row['note'] or 'nothing varies'})"
        for row in rows
        if not np.isfinite(row["p_adjusted"])
    ]
    if untested:
        told.append(f"Not tested: {'; '.join(untested)}.")
    return told


def _shown(data: PerAnimal, row: Row, *, whole: bool) -> str:
    higher = "higher" if _direction(row) > 0 else "lower"
    changes = data.within is not None and row.get("family") != DIFFERENCE
    at = "at" if changes else "in"
    return (
        f"{_capital(label(data.outcome))} was {higher} {at} {row['group']} than {at} "
        f"{row['reference']}{_place(row)} ({_difference(row, whole=whole)})."
    )


def _pair(row: Row) -> str:
    return f"{row['group']} and {row['reference']}{_place(row)}"


def _place(row: Row) -> str:
    """Say in which group or at which timepoint a model compares."""
    if not row.get("at"):
        return ""
    return f" in {row['at']}" if row["family"] == CHANGE else f" at {row['at']}"


def _direction(row: Row) -> float:
    """Give the sign of a difference; where it is 0 by ranks, that of the effect."""
    return float(row["difference"] or row["effect"])


def _difference(row: Row, *, whole: bool) -> str:
    parts = []
    if np.isfinite(row["ci_low"]):
        parts.append(f"difference {_number(row['difference'])}{_interval(row, 'ci')}")
    if whole:
        parts.append(_statistic(row))
    parts.append(p_text(row["p_adjusted"]))
    return ", ".join(parts) + _effect(row)


def _statistic(row: Row) -> str:
    """Write a statistic with its degrees of freedom, as journals do."""
    if not np.isfinite(row["statistic"]):
        return f"{row['symbol']} not defined"
    freedom = [row[name] for name in ("df", "df1", "df2") if name in row]
    known = ", ".join(_freedom(v) for v in freedom if np.isfinite(v))
    return f"{row['symbol']}{f'({known})' if known else ''} = {row['statistic']:.2f}"


def _effect(row: Row) -> str:
    if not row["effect_name"] or not np.isfinite(row["effect"]):
        return ""
    return (
        f"; {row['effect_name']} {_number(row['effect'])}{_interval(row, 'effect_ci')}"
    )


def _interval(row: Row, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if not np.isfinite(low):
        return ""
    return f", 95 % CI {_number(low)} to {_number(high)}"


def _freedom(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def _number(value: float) -> str:
    """Write a number to two decimals, small ones to two digits."""
    if not np.isfinite(value):
        return "not defined"
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


def _listed(parts: Sequence[str], between: str = ", ") -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{between.join(parts[:-1])} and {parts[-1]}"


def _capital(text: str) -> str:
    """Begin a sentence; names of columns stay as they are."""
    return (
        text[0].upper() + text[1:]
        if text.startswith(("the ", "mean", "median"))
        else text
    )
