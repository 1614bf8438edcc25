"""What a grimace scale is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from napari_grimace.scales.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

Sides = Literal["level", "mean", "max"]
Total = Literal["sum", "mean"]


@dataclass(frozen=True, slots=True)
class Unit:
    """An action unit of a scale.

    Attributes
    ----------
    name, title
        Identifier, and the words shown to people.
    regions
        The regions that show it, and no other unit; two for a unit with a left and a
        right side.
    levels
        Allowed scores: 0, 1, 2, or 0, 2.
    descriptions
        For each level a sentence that says what it looks like.
    """

    name: str
    title: str
    regions: tuple[str, ...]
    levels: tuple[int, ...]
    descriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A named range of totals, such as *low* from 0 to 2; both ends belong to it.

    The next band begins above its end; a total between the two belongs to the lower.
    """

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scale:
    """A grimace scale.

    Attributes
    ----------
    name, title
        Identifier, and the words shown to people.
    species, coats
        The animals that the scale was published for.
    units
        Action units in order.
    sides
        How two sides become one score of a unit. ``"level"``: the probabilities of
        both sides are averaged and the most probable level taken; ``"mean"``: the
        mean of both sides' levels; ``"max"``: the higher of the two.
    total
        How the units' scores become a total: their ``"sum"`` or their ``"mean"``.
    min_units
        How many units must be scored for a total to be formed.
    bands
        Published ranges of the total, lowest first; empty where none are published.
    reference
        Where the scale was published.
    """

    name: str
    title: str
    species: str
    coats: tuple[str, ...]
    units: tuple[Unit, ...]
    sides: Sides
    total: Total
    min_units: int
    bands: tuple[Band, ...] = ()
    reference: str = ""

    @property
    def unit_names(self) -> tuple[str, ...]:
        """Names of the units in order."""
        return tuple(unit.name for unit in self.units)

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions to be located: face, body and what the units need, in fixed order."""
        asked = {"face", "body"}.union(*(unit.regions for unit in self.units))
        return tuple(region for region in REGIONS if region in asked)

    @property
    def max_total(self) -> float:
        """The highest total that can be reached."""
        highest = float(sum(max(unit.levels) for unit in self.units))
        return highest if self.total == "sum" else highest / len(self.units)

    def unit(self, name: str) -> Unit:
        """Give the unit of this name.

        Raises
        ------
        KeyError
            If the scale has no such unit.
        """
        for unit in self.units:
            if unit.name == name:
                return unit
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Give the scale as plain data that JSON and TOML can hold."""
        data = asdict(self)
        for unit, told in zip(self.units, data["units"], strict=True):
            told["regions"] = list(unit.regions)
            told["levels"] = {
                str(level): text
                for level, text in zip(unit.levels, unit.descriptions, strict=True)
            }
            del told["descriptions"]
        data["coats"] = list(self.coats)
        data["units"] = list(data["units"])
        data["bands"] = list(data["bands"])
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, origin: str = "") -> Scale:
        """Build a scale from plain data, as `to_dict` gives it.

        Parameters
        ----------
        data
            The scale's fields.
        origin
            The file the data come from, named in errors.

        Raises
        ------
        ScaleError
            If the data do not make a scale; names every key that is at fault.
        """
        from napari_grimace.scales.check import scale_from_dict

        return scale_from_dict(data, origin=origin)
