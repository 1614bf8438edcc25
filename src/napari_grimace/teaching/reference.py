"""Reference sets: pictures whose right scores are known, to learn and be tested on.

The right scores are the truth of what was drawn, or what experts agree on. Experts are
the people who rated the set's recording; the consensus follows from their scores by the
set's rule, and from what was decided by hand, and is never stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr

from napari_grimace.errors import GrimaceError, RecordingError
from napari_grimace.rating.picture_set import PictureSet, open_picture_set
from napari_grimace.recording.access import raters_of
from napari_grimace.recording.journal_files import read_journals
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.replay import notes_in
from napari_grimace.recording.schema import NOT_RATED, text
from napari_grimace.scales.scoring import total
from napari_grimace.teaching.consensus import (
    ConsensusRule,
    form_consensus,
    levels_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_grimace.scales import Scale

Mode = Literal["practice", "test"]
MODES: tuple[Mode, ...] = ("practice", "test")

RENDERED = "rendered faces"
"""The fact `origin` of a set whose pictures were drawn."""

CONSENSUS = "consensus"
"""Label of the rater who holds what was decided by hand."""

EXAMPLE = "example:"
"""Begins the note of a picture that shows some units especially well."""


@dataclass(frozen=True, eq=False)
class ReferenceSet:
    """Pictures with their right scores.

    Attributes
    ----------
    pictures
        The set's folder; pictures count from 1.
    experts
        The experts, with one pass each; none where the truth is known.
    expert_scores
        (rater, picture, unit) float64; NaN where the expert gave no score.
    rated
        (rater, picture, unit) bool: whether the expert rated it at all, be it as not
        scorable.
    judge
        Who holds the truth, or what was decided by hand.
    consensus
        (picture, unit) float64: the right scores; NaN where there are none.
    to_decide
        (picture, unit) bool: experts rated it, but somebody must still decide.
    marked
        For each picture that was chosen as an example, the units it exemplifies.
    rule
        How the consensus was formed.
    """

    pictures: PictureSet
    experts: tuple[Rater, ...]
    expert_scores: xr.DataArray
    rated: xr.DataArray
    judge: Rater
    consensus: xr.DataArray
    to_decide: xr.DataArray
    marked: Mapping[int, tuple[str, ...]]
    rule: ConsensusRule

    @property
    def scale(self) -> Scale:
        """The scale that is taught."""
        return self.pictures.scale

    @property
    def title(self) -> str:
        """What the set is called."""
        return self.pictures.title

    @property
    def short_hash(self) -> str:
        """The first eight letters of the hash over the pictures."""
        return self.pictures.hash[:8]

    @property
    def rendered(self) -> bool:
        """Whether the pictures were drawn, and show no real animal."""
        return self.pictures.facts.get("origin") == RENDERED

    def levels(self, unit: str) -> tuple[float, ...]:
        """Give the scores that a unit may have."""
        return levels_of(self.scale, unit)

    def check_level(self, unit: str, value: object) -> None:
        """Raise `GrimaceError` for a number that is none of a unit's levels."""
        if isinstance(value, bool | int | float) and (
            isinstance(value, bool) or value not in self.levels(unit)
        ):
            levels = ", ".join(f"{level:g}" for level in self.levels(unit))
            raise GrimaceError(
                f"{unit} has the levels {levels}, not {value!r}: give one of them, or "
                "'not_scorable'."
            )

    def units_of(self, picture: int) -> tuple[str, ...]:
        """Give the units of a picture whose right score is known."""
        known = np.isfinite(self.consensus.sel(picture=picture).values)
        return tuple(np.array(self.scale.unit_names, object)[known])

    def asked_in(self, mode: Mode) -> dict[int, tuple[str, ...]]:
        """Give the pictures of a practice or a test, and the units to ask of each.

        Asked is what has a right score, and in a test also what is left to decide:
        experts are compared with each other there too, and these are the hard ones.
        Where the set's facts hold a list of pictures by the mode's name, it is those
        of the list.
        """
        asked = np.isfinite(self.consensus.values)
        if mode == "test":
            asked |= self.to_decide.values
        wanted = self.pictures.facts.get(mode)
        names = np.array(self.scale.unit_names, object)
        return {
            number: tuple(names[row])
            for number, row in enumerate(asked, start=1)
            if row.any() and (wanted is None or number in wanted)
        }

    def places(self, asked: Mapping[int, Sequence[str]]) -> xr.DataArray:
        """Tell (picture, unit) bool which units of which pictures are named."""
        told = [
            [unit in asked.get(picture, ()) for unit in self.scale.unit_names]
            for picture in self.consensus["picture"].values.tolist()
        ]
        return self.consensus.copy(data=np.array(told, bool))

    def totals(self, scores: xr.DataArray | None = None) -> xr.DataArray:
        """Form totals (picture) by the scale's rule; of the consensus by default."""
        scores = self.consensus if scores is None else scores
        formed = total(scores.transpose(..., "unit").values, self.scale)
        return scores.isel(unit=0, drop=True).copy(data=formed)

    def examples(self, unit: str, level: float) -> list[int]:
        """Give pictures that show a level of a unit.

        Parameters
        ----------
        unit, level
            Which.

        Returns
        -------
        list of int
            Those that were marked as examples of the unit, by `mark_example`; where
            there are none, all with this right score.
        """
        right = self.consensus.sel(unit=unit)
        showing = right["picture"].values[right.values == level].tolist()
        chosen = [n for n in showing if unit in self.marked.get(n, ())]
        return chosen or showing


def open_reference(path: str | Path, *, check: bool = False) -> ReferenceSet:
    """Open a reference set.

    Parameters
    ----------
    path
        Its folder, ``NAME.reference``.
    check
        Compare all pictures with the set's hash.

    Raises
    ------
    RecordingError
        If it is no reference set, is damaged, or somebody rated it on another scale.

    Warns
    -----
    GrimaceWarning
        As `open_recording`.
    """
    pictures = open_picture_set(path, check=check)
    if pictures.kind != "reference":
        raise RecordingError(
            f"{path}: is a {pictures.kind} set, not a reference set. Give the path of "
            "a folder NAME.reference."
        )
    recording = pictures.store.read()
    raters = raters_of(recording)
    _check_scales(pictures, raters)
    experts = first_passes(raters)
    rule = ConsensusRule.from_dict(
        pictures.facts.get("consensus", ConsensusRule().to_dict())
    )
    scores, rated = _scores(recording, pictures, experts)
    judge = judge_of(pictures.scale, raters)
    decisions, decided = _scores(
        recording, pictures, [judge] if judge in raters else []
    )
    by_hand = decided.any(axis=0)
    right = form_consensus(scores, rated, pictures.scale, rule)
    right[by_hand] = decisions[:, by_hand].sum(axis=0)
    scored = np.isfinite(scores).any(axis=0)
    labels = {"rater": [expert.label for expert in experts]}
    return ReferenceSet(
        pictures,
        tuple(experts),
        _array(pictures, scores, labels),
        _array(pictures, rated, labels),
        judge,
        _array(pictures, right),
        _array(pictures, scored & np.isnan(right) & ~by_hand),
        _marked(pictures, judge),
        rule,
    )


def first_passes(raters: Sequence[Rater]) -> list[Rater]:
    """Give each person's first pass: nobody counts twice in a consensus."""
    first: dict[str, Rater] = {}
    for rater in sorted(raters, key=lambda rater: rater.occasion):
        if rater.kind == "person":
            first.setdefault(rater.name, rater)
    return [rater for rater in raters if rater in first.values()]


def judge_of(scale: Scale, raters: Sequence[Rater]) -> Rater:
    """Give the rater who holds the truth or what was decided, perhaps not there yet.

    Raises
    ------
    RecordingError
        If there are several.
    """
    found = [rater for rater in raters if rater.kind == "consensus"]
    if len(found) > 1:
        raise RecordingError(
            f"This reference set holds the consensus {found[0].label!r} and another, "
            f"{found[1].label!r}: it can have one. Build the set anew."
        )
    return found[0] if found else Rater(CONSENSUS, CONSENSUS, "consensus", scale=scale)


def _scores(
    recording: xr.Dataset, pictures: PictureSet, raters: Sequence[Rater]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give scores (rater, picture, unit), and whether the unit was rated at all."""
    labels = [rater.label for rater in raters]
    names = list(pictures.scale.unit_names)
    if not labels:
        shape = (0, pictures.count, len(names))
        return np.empty(shape), np.empty(shape, bool)
    of_people = recording[["score", "state"]].sel(rater=labels, unit=names)
    whole = of_people.reindex(
        frame=np.arange(pictures.count), fill_value={"score": np.nan, "state": 0}
    )
    return (
        whole["score"].values.astype(np.float64),
        np.asarray(whole["state"].values != NOT_RATED),
    )


def _array(
    pictures: PictureSet,
    values: NDArray[Any],
    raters: Mapping[str, Sequence[str]] | None = None,
) -> xr.DataArray:
    coords = {
        **{dim: text(labels) for dim, labels in (raters or {}).items()},
        "picture": np.arange(1, pictures.count + 1),
        "unit": text(pictures.scale.unit_names),
    }
    return xr.DataArray(values, coords, list(coords))


def _marked(pictures: PictureSet, judge: Rater) -> dict[int, tuple[str, ...]]:
    """Read from the judge's notes which pictures exemplify which units."""
    notes = notes_in(read_journals(pictures.store.journals, judge.label))
    return {
        frame + 1: tuple(note.removeprefix(EXAMPLE).replace(",", " ").split())
        for frame, note in notes.items()
        if note.startswith(EXAMPLE)
    }


def _check_scales(pictures: PictureSet, raters: Sequence[Rater]) -> None:
    for rater in raters:
        if rater.scale != pictures.scale:
            raise RecordingError(
                f"{pictures.path}: rater {rater.label!r} followed another scale than "
                f"the set's, {pictures.scale.name!r} ({rater.scale.name!r}). Take that "
                "rater's journals out of ratings.grimace/journals."
            )
