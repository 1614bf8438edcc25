"""From several experts' scores to one: the consensus, where they agree enough."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from napari_grimace.errors import GrimaceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_grimace.scales import Scale

RuleName = Literal["mode", "mean"]


@dataclass(frozen=True, slots=True)
class ConsensusRule:
    """How a consensus is formed, and where it is not.

    Attributes
    ----------
    name
        ``"mode"``: the score that most experts gave. ``"mean"``: the level nearest to
        the mean of their scores. Where two levels have an equal claim, there is no
        consensus until somebody decides.
    limit
        Highest difference between two experts, in steps from one level of the unit to
        the next (from 0 to 2 is one step where a unit has no 1). Beyond it there is no
        consensus until somebody decides.

    Raises
    ------
    GrimaceError
        If there is no such rule, or the limit is below 0.
    """

    name: RuleName = "mode"
    limit: float = 1.0

    def __post_init__(self) -> None:
        if self.name not in get_args(RuleName):
            known = " or ".join(get_args(RuleName))
            raise GrimaceError(f"The consensus is a {known}, not {self.name!r}.")
        if not self.limit >= 0:
            raise GrimaceError(
                f"The limit of the experts' differences is {self.limit}: give 0 or "
                "more steps."
            )

    def decide(
        self, scores: Sequence[float], levels: Sequence[float], step: float = 1.0
    ) -> float:
        """Give the consensus of some experts on one unit of one picture.

        Parameters
        ----------
        scores
            Their scores; NaN where an expert gave none.
        levels
            Levels that the unit may have.
        step
            From one level of the unit to the next.

        Returns
        -------
        float
            One of the levels; NaN without a score, and where somebody must decide.
        """
        given = [score for score in scores if np.isfinite(score)]
        if not given or max(given) - min(given) > self.limit * step:
            return float("nan")
        claim: list[float]
        if self.name == "mode":
            claim = [-given.count(level) for level in levels]
        else:
            claim = [abs(level - sum(given) / len(given)) for level in levels]
        best = [lv for lv, c in zip(levels, claim, strict=True) if c <= min(claim)]
        return float(best[0]) if len(best) == 1 else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Give the rule as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConsensusRule:
        """Build a rule from plain data, as `to_dict` gives it."""
        return cls(data["name"], float(data["limit"]))


def levels_of(scale: Scale, unit: str) -> tuple[float, ...]:
    """Give the scores that a unit may have, lowest first.

    Where the scale takes the mean of two sides, these are half levels too.
    """
    found = scale.unit(unit)
    levels = [float(level) for level in found.levels]
    if scale.sides == "mean" and len(found.regions) > 1:
        levels += [(a + b) / 2 for a in levels for b in levels]
    return tuple(sorted(set(levels)))


def form_consensus(
    scores: NDArray[np.floating],
    judged: NDArray[np.bool_],
    scale: Scale,
    rule: ConsensusRule,
) -> NDArray[np.float64]:
    """Form the consensus on every unit of every picture.

    Parameters
    ----------
    scores
        (rater, picture, unit): the experts' scores; units in the scale's order.
    judged
        (rater, picture, unit): whether the expert rated the unit at all; one who
        rated it without a score says that it cannot be scored, and contradicts those
        who did score it.
    scale, rule
        By which it was scored, and by which the consensus is formed.

    Returns
    -------
    (picture, unit) float64
        Levels; NaN where nobody scored, and where somebody must decide.
    """
    agreed = np.full(scores.shape[1:], np.nan)
    contradicted = (judged & np.isnan(scores)).any(axis=0)
    for column, name in enumerate(scale.unit_names):
        levels, own = levels_of(scale, name), scale.unit(name).levels
        for row in np.flatnonzero(~contradicted[:, column]):
            given = scores[:, row, column].tolist()
            agreed[row, column] = rule.decide(given, levels, own[1] - own[0])
    return agreed
