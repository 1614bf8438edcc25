"""All raters' scores of a frame side by side, and one score for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.rater import CONSENSUS as CONSENSUS
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.schema import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import xarray as xr

    from napari_grimace.recording.record import Value
    from napari_grimace.scales.scale import Scale


@dataclass(frozen=True, slots=True)
class Opinions:
    """What raters say of one unit in one frame.

    Attributes
    ----------
    unit
        Name of the unit.
    values
        By rater: a score, ``"not_scorable"``, ``"region_not_found"``, or None for not
        rated.
    """

    unit: str
    values: Mapping[str, Value]

    @property
    def scores(self) -> list[float]:
        """The scores among the values."""
        return [value for value in self.values.values() if isinstance(value, float)]

    @property
    def spread(self) -> float:
        """Highest less lowest score; 0 where one rater or none gave a score."""
        return max(self.scores) - min(self.scores) if self.scores else 0.0

    @property
    def divided(self) -> bool:
        """Whether raters who looked say different things, not only other scores."""
        return len({value for value in self.values.values() if value is not None}) > 1


def opinions(recording: xr.Dataset, frame: int) -> list[Opinions]:
    """Give what all raters say of a frame, the most disputed unit first.

    Parameters
    ----------
    recording
        A recording that holds the frame.
    frame
        Number of the frame.

    Returns
    -------
    list of Opinions
        One for each unit; of equal spread in the recording's order, divided ones
        before others. Raters whose scale lacks the unit are left out.
    """
    one = recording[["score", "state"]].sel(frame=frame).load()
    found = []
    for column, unit in enumerate(one["unit"].values.tolist()):
        values: dict[str, Value] = {}
        for row, rater in enumerate(raters_of(recording)):
            if unit in rater.scale.unit_names:
                state = STATES[int(one["state"].values[row, column])]
                score = float(one["score"].values[row, column])
                told: Value = {"scored": score, "not_rated": None}.get(state, state)
                values[rater.label] = told
        found.append(Opinions(unit, values))
    return most_disputed(found)


def most_disputed(found: Iterable[Opinions]) -> list[Opinions]:
    """Order units by how far raters are apart, the most disputed first."""
    return sorted(found, key=lambda one: (-one.spread, not one.divided))


def people_values(raters: Iterable[Rater], told: Opinions) -> list[Value]:
    """Give what people say of a unit, each person once.

    A person who rated the frame on several occasions counts by the first of them:
    repeats tell how well a person agrees with oneself, and would weigh double here.

    Parameters
    ----------
    raters
        The recording's raters; models and the consensus are left out.
    told
        What all raters say.

    Returns
    -------
    list
        For each person (`Rater.name`), in the order of `raters`, the value of the
        earliest pass that has one; None where none has.
    """
    passes: dict[str, list[Rater]] = {}
    for rater in raters:
        if rater.kind == "person" and rater.label in told.values:
            passes.setdefault(rater.name, []).append(rater)
    values = []
    for own in passes.values():
        said = [told.values[r.label] for r in sorted(own, key=lambda r: r.occasion)]
        values.append(next((value for value in said if value is not None), None))
    return values


def mode_of(values: Iterable[Value]) -> Value:
    """Give what most say; None where nobody said anything, and on a tie.

    Parameters
    ----------
    values
        Scores or states, as in `Opinions`; None counts for nothing.
    """
    given = [value for value in values if value is not None]
    counts = {value: given.count(value) for value in given}
    most = [value for value, n in counts.items() if n == max(counts.values())]
    return most[0] if len(most) == 1 else None


def mean_of(values: Iterable[Value]) -> Value:
    """Give the mean of the scores; None where there is none."""
    scores = [value for value in values if isinstance(value, float)]
    return float(np.mean(scores)) if scores else None


def consensus_rater(recording: xr.Dataset, scale: Scale) -> Rater:
    """Describe the consensus of a recording, which may be there already.

    Raises
    ------
    RecordingError
        If somebody else has its label.
    """
    known = {rater.label: rater for rater in raters_of(recording)}
    rater = known.get(CONSENSUS)
    if rater is None:
        return Rater(
            CONSENSUS, CONSENSUS, "consensus", scale=scale, sampling="adjudicated"
        )
    if rater.kind != "consensus":
        raise RecordingError(
            f"A {rater.kind} is called {CONSENSUS!r} in this recording: give the "
            f"{rater.kind} another name, then decide."
        )
    return rater
