"""Ratings: what several raters gave the same targets, as a table targets x raters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.study.names import FRAME, KEYS, TIME

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


_OF_TARGETS = {*KEYS, FRAME, TIME, "target", "image"}
"""Columns that tell the target; beside them those that pandas makes of an index."""


class Clusters(NamedTuple):
    """Which targets belong together, as frames of one animal do."""

    code: NDArray[np.intp]
    """(target) number of the animal, from 0."""
    number: int
    """Number of animals; of targets where nothing tells the animal."""
    known: bool
    """Whether targets are told apart by animal."""

    def chosen(self, kept: NDArray[Any]) -> Clusters:
        """Keep some targets: animals are numbered anew, they may have lost all."""
        names, code = np.unique(self.code[kept], return_inverse=True)
        return Clusters(code, len(names), self.known)


def as_ratings(ratings: pd.DataFrame | ArrayLike) -> pd.DataFrame:
    """Give ratings as a table of numbers, whatever they come as.

    Parameters
    ----------
    ratings
        (target, rater): a table with a column for each rater, or an array. NaN where
        a rater did not rate.

    Returns
    -------
    DataFrame
        float64, a row for each target and a column for each rater.

    Raises
    ------
    GrimaceError
        If there are not two dimensions, a column is none of a rater, a rater is there
        twice, or a rating is no number.
    """
    if isinstance(ratings, pd.DataFrame):
        table = ratings
        _check_columns(table)
    else:
        values = np.asarray(ratings)
        if values.ndim != 2:
            raise GrimaceError(
                f"ratings have {values.ndim} dimensions: give target, rater."
            )
        names = [f"rater {i + 1}" for i in range(values.shape[1])]
        table = pd.DataFrame(values, columns=names)
    if not table.columns.is_unique:
        again = table.columns[table.columns.duplicated()][0]
        raise GrimaceError(f"Rater {again!r} is there twice: give each a label.")
    if any(dtype.kind == "O" for dtype in table.dtypes):
        table = table.where(table.notna())  # pandas' NA is no float
    try:
        numbers = table.astype(np.float64)
    except (TypeError, ValueError):
        raise GrimaceError(_no_number(table)) from None
    if np.isinf(numbers.to_numpy()).any():
        raise GrimaceError("A rating is infinite: code what is missing as NaN.")
    return numbers


def check_codes(scores: NDArray[np.float64]) -> None:
    """Raise where -1 or 9 stand alone beyond scores from 0 on, or from 0 to 2."""
    given = scores[np.isfinite(scores)]
    for code, most in ((-1, np.inf), (9, 2)):
        others = given[given != code]
        low = others.min(initial=0) >= 0 and others.max(initial=0) <= most
        if len(others) < len(given) and low and len(others):
            raise GrimaceError(
                f"{len(given) - len(others)} ratings are {code}: code what was not "
                "scored as missing (NaN). If it is a score, name the levels (levels=), "
                "or add the same number to all: agreement stays as it is."
            )


def as_pair(a: ArrayLike, b: ArrayLike) -> pd.DataFrame:
    """Give the scores of two raters as ratings; series are matched by their index."""
    if isinstance(a, pd.Series) and isinstance(b, pd.Series):
        if not (a.index.is_unique and b.index.is_unique):
            raise GrimaceError(
                "A target is there twice in one rater's scores: give each target once."
            )
        return as_ratings(pd.concat({"a": a, "b": b}, axis=1))
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape or first.ndim != 1:
        raise GrimaceError(
            f"One rater gave {first.shape} scores, the other {second.shape}: give both "
            "raters' scores of the same things."
        )
    return as_ratings(pd.DataFrame({"a": first, "b": second}))


def clusters_of(ratings: pd.DataFrame, by: str | ArrayLike | None) -> Clusters:
    """Tell which targets belong together.

    Parameters
    ----------
    ratings
        Ratings.
    by
        Level of the index that names the animal, or a label for each target. With
        None, or ``"animal"`` where the index has no such level, each target stands
        alone.

    Raises
    ------
    GrimaceError
        If there is no such level, the number of labels is not that of targets, or a
        label is missing.
    """
    named = [str(name) for name in ratings.index.names if name is not None]
    if isinstance(by, str) and by not in named:
        if by != "animal":
            raise GrimaceError(
                f"The ratings' index has no level {by!r}; it has "
                f"{', '.join(map(repr, named)) or 'no names'}."
            )
        by = None
    if by is None:
        return Clusters(np.arange(len(ratings)), len(ratings), known=False)
    if isinstance(by, str):
        labels: Any = ratings.index.get_level_values(by)
    else:
        labels = pd.Index(np.asarray(by))
        if len(labels) != len(ratings):
            raise GrimaceError(
                f"There are {len(labels)} labels of animals for {len(ratings)} "
                "targets: give one for each target."
            )
    missing = pd.isna(labels) | (labels == "")
    if missing.any():
        raise GrimaceError(
            f"{int(missing.sum())} targets have no animal: name it, or give by=None."
        )
    code, names = pd.factorize(labels)
    return Clusters(code, len(names), known=True)


def _check_columns(table: pd.DataFrame) -> None:
    """Raise where a column tells the target: its numbers are no scores by a rater."""
    for name in table.columns:
        plain = str(name).casefold()
        if plain in _OF_TARGETS or plain.startswith("unnamed: "):
            raise GrimaceError(
                f"Column {name!r} is none of a rater: ratings have a column for each "
                "rater, and what tells the targets is the index "
                f"(table.set_index([{name!r}]))."
            )


def _no_number(table: pd.DataFrame) -> str:
    """Say which rating is no number."""
    for name in table:
        wrong = pd.to_numeric(table[name], errors="coerce").isna() & table[name].notna()
        if wrong.any():
            where, value = table.index[wrong][0], table[name][wrong].iloc[0]
            return (
                f"Rater {name!r} gave {value!r} to target {where!r}, which is no "
                "number: code levels as numbers, and what is missing as NaN."
            )
    return "The ratings are no numbers."
