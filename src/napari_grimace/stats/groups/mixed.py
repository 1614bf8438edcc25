"""Repeated measures: a linear mixed model with the animal as random effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

PValues = Literal["wald", "bootstrap", "permutation", "all"]


@dataclass(frozen=True)
class MixedModel:
    """What a mixed model says; made by `mixed_model`, which tells the columns."""

    terms: pd.DataFrame
    coefficients: pd.DataFrame
    variance: pd.DataFrame
    means: pd.DataFrame
    contrasts: pd.DataFrame
    note: str


def mixed_model(
    table: pd.DataFrame,
    outcome: str,
    within: str | None = "timepoint",
    between: Sequence[str] = ("group",),
    animal: str = "animal",
    *,
    baseline: object = None,
    p_values: PValues = "bootstrap",
    n_resamples: int = 1999,
    seed: int = 0,
) -> MixedModel:
    """Compare groups whose animals were seen at several timepoints."""
    raise NotImplementedError
