"""A unit, or one side of it, is selected to be scored: by who rates, or who learns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from psygnal import Signal

from napari_grimace.errors import GrimaceError
from napari_grimace.widgets.notices import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance

    from napari_grimace.recording.record import Value
    from napari_grimace.scales.scale import Unit

P = ParamSpec("P")


class _Telling(Protocol):
    """Something that tells when it has changed."""

    @property
    def changed(self) -> SignalInstance: ...


Who = TypeVar("Who", bound=_Telling)


def guarded(
    act: Callable[Concatenate[Who, P], None],
) -> Callable[Concatenate[Who, P], None]:
    """Show errors in the window, and say afterwards that something was done."""

    @wraps(act)
    def acted(who: Who, /, *args: P.args, **options: P.kwargs) -> None:
        try:
            act(who, *args, **options)
        except (GrimaceError, OSError) as error:
            tell(error)
        who.changed.emit()

    return acted


class Selecting(ABC):
    """Somebody who scores unit by unit.

    Attributes
    ----------
    changed
        Emitted when something was selected or set.
    unit, side
        Name of the selected unit, and of its region where one side is selected.
    """

    changed = Signal()

    def __init__(self) -> None:
        self.unit = ""
        self.side = ""

    @property
    @abstractmethod
    def units(self) -> tuple[Unit, ...]:
        """Units that are scored; one with two regions may be scored side by side."""

    @abstractmethod
    def value_of(self, unit: Unit) -> Value:
        """Give what is set for the selected side of a unit, else for the unit."""

    @abstractmethod
    def score(self, value: Value) -> None:
        """Score the selected unit or side, and go on to what has no score yet."""

    def toggle(self, unit: str, value: Value) -> None:
        """Score a unit, or its selected side; if that is its score, take it away."""
        self.select(unit, self.side if self.unit == unit else "")
        (chosen,) = [one for one in self.units if one.name == unit]
        self.score(None if self.value_of(chosen) == value else value)

    @guarded
    def select(self, unit: str, side: str = "") -> None:
        """Select a unit, or one side of it, to be scored."""
        self.pick(unit, side)

    def pick(self, unit: str, side: str = "") -> None:
        """Select, without saying so."""
        regions = self.regions_of(unit)
        self.unit = unit if regions else ""
        self.side = side if side in regions and len(regions) > 1 else ""

    @guarded
    def step_unit(self, by: int) -> None:
        """Select the next unit of the scale, or with -1 the one before."""
        names = [unit.name for unit in self.units]
        if names:
            place = names.index(self.unit) + by if self.unit in names else 0
            self.pick(names[place % len(names)])

    @guarded
    def turn_side(self) -> None:
        """Select in turn one side of the unit, the other, and both together."""
        regions = self.regions_of(self.unit)
        turns = ("", *regions) if len(regions) > 1 else ("",)
        place = turns.index(self.side) + 1 if self.side in turns else 0
        self.pick(self.unit, turns[place % len(turns)])

    def regions_of(self, unit: str) -> tuple[str, ...]:
        """Regions that show a unit; none where it is not scored."""
        return next((u.regions for u in self.units if u.name == unit), ())
