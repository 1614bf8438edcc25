"""Model against people, group by group, on the same frames of the same animals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.groups.independent import compare_paired
from napari_grimace.stats.groups.multiplicity import adjust
from napari_grimace.stats.groups.procedures import PROCEDURES
from napari_grimace.stats.groups.values import check_within_one_group, order_of
from napari_grimace.stats.tables import at_timepoint, check_choice, check_columns
from napari_grimace.study.names import (
    ANIMAL,
    FRAME,
    RATER,
    RECORDING,
    TIMEPOINT,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from napari_grimace.stats.groups.multiplicity import Correction
    from napari_grimace.stats.groups.per_animal import Scores

MODEL, PEOPLE = "model", "people"


class ModelAndPeople(NamedTuple):
    """A test per group, and the two values of each animal that it compares."""

    table: pd.DataFrame
    values: pd.DataFrame


def compare_model_with_people(
    scores: Scores,
    model: str,
    people: str | Sequence[str] | None = None,
    *,
    outcome: str = "total",
    by: str = "group",
    timepoint: str | None = None,
    test: Literal["wilcoxon", "paired-t"] = "wilcoxon",
    correction: Correction = "holm",
) -> ModelAndPeople:
    """Compare the scores of a model with those of people in each group of animals.

    Frames that the model and all people scored count. Each animal gets its mean over
    these frames by the model, and by people (first the mean of people for each frame);
    the test is of animals. No difference shown is not agreement: for that see
    `equivalence_test`, and for single frames the functions of `reliability`.

    Parameters
    ----------
    scores
        A study or frame scores, with the raters side by side.
    model
        Label of the model; any rater can take its place.
    people
        Label or labels of raters; by default all others.
    outcome
        ``"total"`` or an action unit.
    by
        Column that tells groups apart; a timepoint can be one.
    timepoint
        Take only this timepoint.
    test
        ``"wilcoxon"`` or ``"paired-t"``.
    correction
        For the number of groups; see `adjust`.

    Returns
    -------
    ModelAndPeople
        ``table``, a row per group: the column of `by`, ``n_animals``, ``n_frames``,
        ``mean_model``, ``mean_people``, then as the test gives it ``difference``
        (model - people), ``ci_low, ci_high, symbol, statistic, df, p, p_adjusted,
        method, note`` and ``effect_name, effect, effect_ci_low, effect_ci_high``.

        ``values``, a row per animal: the column of `by`, ``animal``, ``model``,
        ``people``, ``n_frames``.

    Raises
    ------
    GrimaceError
        If a rater, column or timepoint is unknown, an animal is in several groups, or
        no frame was scored by all.
    """
    from napari_grimace.study.table import as_frame_scores

    check_choice("test", test, ("wilcoxon", "paired-t"))
    frames = as_frame_scores(scores, several_raters=True)
    check_columns(frames, [outcome, by])
    if timepoint is not None:
        frames = at_timepoint(frames, timepoint)
    known = frames[RATER].unique()
    chosen = [people] if isinstance(people, str) else people
    others = [name for name in known if name != model] if chosen is None else [*chosen]
    for name in (model, *others):
        if name not in known:
            raise GrimaceError(
                f"There are no scores by {name!r}; there are raters {listed(known)}."
            )
    values = _by_animal(frames, model, others, outcome, by)
    rows = []
    for group in order_of(values[by]):
        rows.append(_row(values[values[by] == group], by, group, test))
    table = pd.concat(rows, ignore_index=True)
    table["p_adjusted"] = adjust(table["p"], correction)
    return ModelAndPeople(table, values)


def _by_animal(
    frames: pd.DataFrame, model: str, people: Sequence[str], outcome: str, by: str
) -> pd.DataFrame:
    """Average frames that all scored, by animal: of the model and of people."""
    if model in people:
        raise GrimaceError(f"{model!r} is among the people: it cannot be both.")
    if not people:
        raise GrimaceError(
            f"{model!r} is the only rater: there is nobody to compare with."
        )
    wide = frames.pivot(index=[RECORDING, FRAME], columns=RATER, values=outcome)
    wide = wide[[model, *people]].dropna()
    if wide.empty:
        raise GrimaceError(
            f"No frame has a value of {outcome!r} by all of {listed([model, *people])}."
        )
    told = frames[[RECORDING, ANIMAL, by]].drop_duplicates().set_index(RECORDING)
    pairs = pd.DataFrame({MODEL: wide[model], PEOPLE: wide[list(people)].mean(axis=1)})
    pairs = told.join(pairs.reset_index(FRAME), how="inner")  # in the study's order
    if by != TIMEPOINT:
        check_within_one_group(pairs.reset_index(), [by])
    parts = pairs.groupby([by, ANIMAL], sort=False, observed=True)
    means = parts[[MODEL, PEOPLE]].mean().assign(n_frames=parts.size())
    return means.reset_index()


def _row(part: pd.DataFrame, by: str, group: object, test: str) -> pd.DataFrame:
    """Test one group."""
    wide = part.set_index(ANIMAL)[[PEOPLE, MODEL]]
    _, pair = compare_paired(wide, PROCEDURES[test], control=PEOPLE)
    told = {
        by: group,
        "n_animals": len(part),
        "n_frames": int(part["n_frames"].sum()),
        "mean_model": part[MODEL].mean(),
        "mean_people": part[PEOPLE].mean(),
    }
    return pd.concat(
        [
            pd.DataFrame([told]),
            pair.drop(columns=["group", "reference", "n_group", "n_reference"]),
        ],
        axis=1,
    )
