"""Each rater, and the model, against the mean of the other raters on the same targets.

A rater compared with the mean of all is compared in part with himself, and a model
compared with the mean of many raters has an easier task than a rater compared with
one. Here both are compared with the same means, each of which leaves out one rater.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.by_unit import tell_by_unit
from napari_grimace.stats.reliability.errors_of_pairs import (
    STATISTICS,
    limits,
    moments,
    statistics,
)
from napari_grimace.stats.reliability.icc_bootstrap import interval
from napari_grimace.stats.reliability.labels import not_independent
from napari_grimace.stats.reliability.raters import mean_of_others
from napari_grimace.stats.reliability.ratings import check_codes, clusters_of
from napari_grimace.stats.reliability.resampling import draws, summed

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.stats.reliability.by_unit import AnyRatings
    from napari_grimace.stats.reliability.ratings import Clusters

    Floats = NDArray[np.float64]
    Pairs = list[tuple[Floats, Floats]]

AVERAGE = "average human rater"
BASELINE = "one score for all"
DIFFERENCE = "model - average human rater"
OTHERS, ALL = "others", "all raters"
_CONFIDENCE = 0.95


class _Told(NamedTuple):
    """What is told of a judge against a reference."""

    judge: str
    reference: str
    kind: str
    estimate: Floats
    """(statistic)."""
    ends: Floats
    """(statistic, 2) Of the interval."""
    replicates: Floats
    """(replicate, statistic)."""


def against_others(
    ratings: AnyRatings,
    model: str | None = None,
    *,
    by: str | ArrayLike | None = "animal",
    baseline: float | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare each rater, and the model, with the mean of the other raters.

    Only targets count that all raters, and the model, scored.

    Parameters
    ----------
    ratings
        As for `fleiss_kappa`: the scores of at least two persons, and of the model.
    model
        The model's column; without it, persons alone are compared.
    by
        What tells which targets are of one animal; see `fleiss_kappa`.
    baseline
        A score that is given to every target, to show how small errors are for free:
        the mean score of the data that the model was trained on. By default the mean
        of the persons' scores here, which no model could know.
    n_resamples, seed
        Of the bootstrap, which draws animals with replacement, the same for all rows.
        Intervals are those of Student's t with the bootstrap's spread, on a
        logarithmic scale for errors and on Fisher's for correlations.

    Returns
    -------
    DataFrame
        A row for each judge, reference and statistic. Columns ``judge``, ``reference``
        and ``kind`` of comparison:

        - ``person``: a rater against ``others``, the mean of the others;
        - ``average``: ``average human rater``, the mean of those;
        - ``model``: against ``others``, the mean over the same references; against
          ``all raters``, their mean; and against each rater;
        - ``baseline``: ``one score for all`` against ``others``, as the model;
        - ``difference``: ``model - average human rater`` against ``others``, of
          replicates with the same animals.

        ``statistic``: ``rmse``, ``mae``, ``bias`` (judge minus reference; no
        difference), ``r`` (Pearson), ``ccc`` (Lin's concordance), ``icc``
        (ICC(A,1)). ``estimate``; ``ci_low`` and ``ci_high``, of the 95 % interval;
        ``n_targets``; ``n_animals`` (NaN where unknown); ``note``, the reason for what
        is NaN, or how many targets were left out.

    Raises
    ------
    GrimaceError
        If there is no such model, there are fewer than two persons, or several passes
        of one or the consensus among them; or some scores are codes of what was not
        scored.
    """

    def of_one(table: pd.DataFrame) -> pd.DataFrame:
        persons = _persons(table, model)
        check_codes(table.to_numpy())
        kept = table.notna().all(axis=1).to_numpy()
        human, machine = table[kept][persons].to_numpy(), None
        if model is not None:
            machine = table[kept][model].to_numpy()
        compared = _comparisons(human, machine, persons, str(model), baseline)
        among = clusters_of(table, by).chosen(kept)
        told = _tell(list(compared), among, (n_resamples, seed))
        return _table(told, kept, among)

    return tell_by_unit(ratings, of_one)


def describe_against_others(compared: pd.DataFrame) -> str:
    """Say in a sentence whether the model is better than the average human rater.

    Parameters
    ----------
    compared
        What `against_others` gives for one table of ratings, with a model.

    Returns
    -------
    str
        The model is called better, or worse, only where the interval of the
        difference of root mean squared errors leaves out 0.

    Raises
    ------
    GrimaceError
        If no model was compared, or ratings are of several units.
    """
    if compared.index.nlevels > 1:
        raise GrimaceError("Choose one unit, such as compared.loc['total'].")
    rows = compared[compared["statistic"].eq("rmse") & compared["reference"].eq(OTHERS)]
    told = {row["kind"]: row for row in rows.to_dict("records")}
    if "difference" not in told:
        raise GrimaceError("No model was compared: give against_others its name.")
    apart = told["difference"]
    low, high = apart["ci_low"], apart["ci_high"]
    if np.isnan(low):
        verdict = f"which is better cannot be told ({apart['note']})"
    elif low <= 0 <= high:
        verdict = "the interval includes 0, so neither is shown to be better"
    else:
        word = "better" if high < 0 else "worse"
        verdict = f"the model is {word} than the average human rater"
    animals = apart["n_animals"]
    among = "" if np.isnan(animals) else f" of {animals:g} animals"
    return (
        f"On {apart['n_targets']} targets{among}, the root mean squared error "
        f"against the mean of the other raters was {_with_ci(told['model'])} for "
        f"the model and {_with_ci(told['average'])} for the average human rater, a "
        f"difference of {_with_ci(apart)}: {verdict}."
    )


def _persons(table: pd.DataFrame, model: str | None) -> list[str]:
    persons = [str(rater) for rater in table if rater != model]
    if model is not None and model not in table:
        raise GrimaceError(
            f"There are no scores by the model {model!r}. The raters are "
            f"{', '.join(persons)}."
        )
    if len(persons) < 2:
        raise GrimaceError(
            "To compare with the other raters takes two persons at least; here are the "
            f"scores of {', '.join(persons) or 'none'}."
        )
    if mixed := not_independent(persons):
        raise GrimaceError(f"The mean of the others must be of others: {mixed}.")
    return persons


def _comparisons(
    human: Floats,
    machine: Floats | None,
    persons: list[str],
    model: str,
    baseline: float | None,
) -> Iterator[tuple[str, str, str, Pairs]]:
    """Give judge, reference, kind, and the pairs whose statistics are averaged."""
    others = list(mean_of_others(human).T)
    own = list(zip(human.T, others, strict=True))
    for person, pair in zip(persons, own, strict=True):
        yield person, OTHERS, "person", [pair]
    yield AVERAGE, OTHERS, "average", own
    if machine is not None:
        yield model, OTHERS, "model", [(machine, reference) for reference in others]
        yield model, ALL, "model", [(machine, human.mean(axis=1))]
        for person, scores in zip(persons, human.T, strict=True):
            yield model, person, "model", [(machine, scores)]
    if baseline is None:
        baseline = float(human.mean()) if human.size else np.nan
    constant = np.full(len(human), baseline)
    yield BASELINE, OTHERS, "baseline", [(constant, reference) for reference in others]


def _tell(
    compared: list[tuple[str, str, str, Pairs]],
    clusters: Clusters,
    draw: tuple[int, int],
) -> list[_Told]:
    """Tell each comparison, and last the difference of model and average person."""
    drawn = np.empty((0, clusters.number))
    if clusters.number > 1:
        drawn = draws(clusters, *draw)
    told = []
    for judge, reference, kind, pairs in compared:
        sums = [_sums(x, y, clusters) for x, y in pairs]
        estimate = _mean([statistics(part.sum(axis=0)) for part in sums])
        replicates = _mean([statistics(drawn @ part) for part in sums])
        ends = limits(estimate, replicates, clusters.number, _CONFIDENCE)
        told.append(_Told(judge, reference, kind, estimate, ends, replicates))
    of = {each.kind: each for each in told if each.reference == OTHERS}
    if "model" in of:
        estimate = of["model"].estimate - of["average"].estimate
        replicates = of["model"].replicates - of["average"].replicates
        ends = interval(estimate, replicates, clusters.number, _CONFIDENCE)
        told.append(_Told(DIFFERENCE, OTHERS, "difference", estimate, ends, replicates))
    return told


def _sums(x: Floats, y: Floats, clusters: Clusters) -> Floats:
    middle = y.mean() if len(y) else 0.0
    return summed(moments(x - middle, y - middle), clusters)


def _mean(values: list[Floats]) -> Floats:
    mean: Floats = np.mean(values, axis=0)
    return mean


def _table(
    told: list[_Told], kept: NDArray[np.bool_], clusters: Clusters
) -> pd.DataFrame:
    rows = [
        (*each[:3], name, each.estimate[i], *each.ends[i])
        for each in told
        for i, name in enumerate(STATISTICS)
        if (each.kind, name) != ("difference", "bias")
    ]
    told_of = ["judge", "reference", "kind", "statistic"]
    table = pd.DataFrame(rows, columns=[*told_of, "estimate", "ci_low", "ci_high"])
    table["n_targets"] = int(kept.sum())
    table["n_animals"] = clusters.number if clusters.known else np.nan
    left_out = int((~kept).sum())
    note = f"{left_out} targets that not all scored are left out" if left_out else ""
    if not kept.any():
        note = "no target was scored by all"
    elif clusters.number < 2:
        note = f"one {'animal' if clusters.known else 'target'}: no interval"
    table["note"] = note
    if clusters.number > 1:
        table.loc[table["ci_low"].isna(), "note"] = "perfect, so there is no interval"
        table.loc[table["estimate"].isna(), "note"] = "no variation: not defined"
    return table


def _with_ci(row: Mapping[Hashable, Any]) -> str:
    estimate, low, high = (row[key] for key in ("estimate", "ci_low", "ci_high"))
    told = f"{estimate:.2f}"
    return told if np.isnan(low) else f"{told} (95 % CI {low:.2f} to {high:.2f})"
