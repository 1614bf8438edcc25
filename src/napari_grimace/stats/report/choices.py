"""What a report on a study is about: whose scores, which outcome, which groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari_grimace.errors import StudyError
from napari_grimace.study import raters_in, sheet_of
from napari_grimace.study.names import TIMEPOINT, TOTAL, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

    from napari_grimace.scales import Scale


@dataclass(frozen=True, slots=True)
class Choices:
    """What is compared, and how.

    Attributes
    ----------
    rater
        Label of the rater whose scores are compared, or the name that a model has in
        all its builds; None: the one model that scored most recordings, or the only
        rater.
    outcome
        ``"total"`` or an action unit.
    by
        Column of the sample sheet that tells the groups.
    control
        The group that others are compared with; None: all pairs.
    timepoint
        Where animals have several; None: the last that the sheet names.
    window
        Start and end in s; None: whole recordings.
    error
        Error of a recording's mean that is allowed when frames are sampled, in points;
        None: a sixteenth of the scale's highest total (0.5 of 8).
    """

    rater: str | None = None
    outcome: str = TOTAL
    by: str = "group"
    control: str | None = None
    timepoint: str | None = None
    window: tuple[float, float] | None = None
    error: float | None = None

    def allowed_error(self, scale: Scale) -> float:
        """Give the error that is allowed, in points of the scale."""
        return scale.max_total / 16 if self.error is None else self.error


def settled(study: xr.DataTree, choices: Choices) -> Choices:
    """Fill in what was left open, by the rules that `Choices` states, and check it.

    Raises
    ------
    StudyError
        If a rater, outcome, column, group or timepoint is unknown, no rater can be
        chosen, or a number is not as said.
    """
    sheet = sheet_of(study)
    rater = choices.rater or main_rater(study)
    raters = [one for each in raters_in(study).values() for one in each]
    theirs = [one for one in raters if rater in (one.label, one.name)]
    labels = dict.fromkeys(one.label for one in raters)
    _check_known("rater", rater, [rater] if theirs else labels)
    units = dict.fromkeys(u for one in theirs for u in one.scale.unit_names)
    _check_known("outcome", choices.outcome, [TOTAL, *units])
    _check_known("column", choices.by, list(sheet))
    if choices.control is not None:
        _check_known("group", choices.control, sheet[choices.by].unique())
    timepoints = [name for name in dict.fromkeys(sheet[TIMEPOINT]) if name]
    timepoint = choices.timepoint or (timepoints[-1] if timepoints else None)
    if timepoint is not None:
        _check_known("timepoint", timepoint, timepoints)
    _check_numbers(choices)
    return replace(choices, rater=rater, timepoint=timepoint)


def _check_known(what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise StudyError(f"There is no {what} {name!r}, only {listed(known)}.")


def _check_numbers(choices: Choices) -> None:
    window, error = choices.window, choices.error
    if window is not None and not 0 <= window[0] < window[1]:
        raise StudyError(
            f"The window is {window[0]:g} to {window[1]:g} s: give a start from 0 and "
            "an end after it."
        )
    if error is not None and not error > 0:
        raise StudyError(f"The error is {error:g}: give points above 0.")


def main_rater(study: xr.DataTree) -> str:
    """Give the label of the model that scored most recordings, or of the only rater.

    Parameters
    ----------
    study
        A study.

    Raises
    ------
    StudyError
        If nobody scored anything, or several did equally often.
    """
    counts: dict[str, int] = {}
    models: set[str] = set()
    for raters in raters_in(study).values():
        for rater in raters:
            counts[rater.label] = counts.get(rater.label, 0) + 1
            if rater.kind == "model":
                models.add(rater.label)
    candidates = sorted(models or counts, key=lambda label: -counts[label])
    if not candidates:
        raise StudyError("Nobody has scored anything in these recordings.")
    if len(candidates) > 1 and counts[candidates[0]] == counts[candidates[1]]:
        raise StudyError(
            f"These are scores of several raters: {listed(candidates)}. Choose one "
            "(rater=, on the command line --rater)."
        )
    return candidates[0]
