"""Who rated: a person, a model build, or a consensus of several."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from napari_grimace.errors import RecordingError
from napari_grimace.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Kind = Literal["person", "model", "consensus"]
KINDS: tuple[Kind, ...] = ("person", "model", "consensus")
"""Kinds of raters; the `rater_kind` coordinate holds the index."""

CONSENSUS = "consensus"
"""Label of the rater whose scores are decided from those of others."""


@dataclass(frozen=True, slots=True)
class Rater:
    """One pass of one person, model build or consensus over frames.

    Attributes
    ----------
    label
        Unique within a recording, such as ``"Anna"`` or ``"Anna (2)"``.
    name
        The person or the model, the same in all their passes.
    kind
        ``"person"``, ``"model"`` or ``"consensus"``.
    occasion
        1 for the first pass over these frames, 2 for the first repeat, and so on.
    build
        The model build, or empty.
    trained_on
        What the model learned from, such as ``"rendered faces"``; empty for people.
    scale
        The scale that was followed.
    sampling
        How the frames were chosen, in words, or empty.

    Raises
    ------
    RecordingError
        If a field cannot be kept in a recording; names every one.
    """

    label: str
    name: str
    kind: Kind
    occasion: int = 1
    build: str = ""
    trained_on: str = ""
    scale: Scale = field(kw_only=True)
    sampling: str = ""

    def __post_init__(self) -> None:
        faults = [
            f"{key} {value!r} must be a line of text"
            for key in ("label", "name", "build", "trained_on", "sampling")
            if not is_line(value := getattr(self, key))
        ]
        faults += [
            f"{key} is empty" for key in ("label", "name") if not getattr(self, key)
        ]
        if self.kind not in KINDS:
            faults.append(f"kind is {self.kind!r}, not one of {', '.join(KINDS)}")
        if self.occasion < 1:
            faults.append(f"occasion is {self.occasion}; occasions count from 1")
        if faults:
            raise RecordingError(f"Rater {self.label!r}: {'; '.join(faults)}.")

    def joined(self, other: Rater) -> Rater:
        """Give this rater with the ways of choosing frames of both."""
        ways = [way for r in (self, other) for way in r.sampling.split("; ") if way]
        return replace(self, sampling="; ".join(dict.fromkeys(ways)))

    def to_dict(self) -> dict[str, Any]:
        """Give the rater as plain data that JSON can hold."""
        plain = {key: getattr(self, key) for key in _PLAIN}
        return {**plain, "scale": self.scale.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Rater:
        """Build a rater from plain data, as `to_dict` gives it."""
        plain = {key: data[key] for key in _PLAIN}
        return cls(**plain, scale=Scale.from_dict(data["scale"]))


def check_name(rater: Rater) -> None:
    """Raise `RecordingError` where a person is called as the consensus is."""
    names = (rater.label.casefold(), rater.name.casefold())
    if rater.kind == "person" and CONSENSUS in names:
        raise RecordingError(
            f"A person cannot be called {rater.name!r}: what is decided from the "
            "scores of several people has this name. Give your own name, or initials."
        )


def check_rater(rater: Rater, raters: Iterable[Rater], place: Path) -> bool:
    """Tell whether a rater is among the raters of a recording.

    Raises
    ------
    RecordingError
        If another rater has this label, or means another scale by its name.
    """
    known = {other.label: other for other in raters}
    same = known.get(rater.label, rater)
    if same != rater:
        told, asked = same.to_dict(), rater.to_dict()
        differing = ", ".join(key for key in told if told[key] != asked[key])
        raise RecordingError(
            f"{place}: rater {rater.label!r} is there already with another "
            f"{differing}. Go on as before, or use another label."
        )
    for other in known.values():
        if other.scale.name == rater.scale.name and other.scale != rater.scale:
            raise RecordingError(
                f"{place}: rater {other.label!r} means another scale by "
                f"{rater.scale.name!r}. Give the scale another name."
            )
    return rater.label in known


_PLAIN = ("label", "name", "kind", "occasion", "build", "trained_on", "sampling")


def is_line(value: object) -> bool:
    """Tell whether a value is text that every file format can hold, on one line."""
    return isinstance(value, str) and value.isprintable()
