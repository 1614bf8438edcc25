"""Checks of a scale's data, with errors that name the file, the key and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from napari_grimace.errors import ScaleError
from napari_grimace.scales.regions import LEVELS, REGIONS
from napari_grimace.scales.scale import Band, Scale, Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

T = TypeVar("T")

_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_SCALE_KEYS = (
    "name",
    "title",
    "species",
    "coats",
    "units",
    "sides",
    "total",
    "min_units",
    "bands",
    "reference",
)
_UNIT_KEYS = ("name", "title", "regions", "levels")
_BAND_KEYS = ("name", "low", "high")
# Models tell three levels apart; a unit may leave out the middle one.
_LEVELS = (LEVELS, (LEVELS[0], LEVELS[-1]))
_MISSING = object()


class _Reader:
    """Takes typed values out of a table and collects what is wrong with them."""

    def __init__(
        self, table: object, keys: Collection[str], where: str, faults: list[str]
    ) -> None:
        self.where = where
        self.faults = faults
        self.table: Mapping[str, Any] = {}
        if not isinstance(table, dict):
            self.fault("", "must be a table of keys and values")
            return
        self.table = table
        for key in table:
            if key not in keys:
                self.fault(key, f"is not known; the keys are {', '.join(keys)}")

    def fault(self, key: str, problem: str) -> None:
        self.faults.append(f"`{self.where}{key}` {problem}".replace(".`", "`"))

    def take(self, key: str, kind: type[T], remedy: str, default: T | None = None) -> T:
        value = self.table.get(key, _MISSING)
        if value is _MISSING:
            if default is not None:
                return default
            self.fault(key, f"is missing: {remedy}")
            return kind()
        # A bool is an int to Python, but not to a reader of the file.
        wrong_bool = isinstance(value, bool) and kind is not bool
        if wrong_bool or not isinstance(value, kind):
            self.fault(key, f"is {value!r}: {remedy}")
            return kind()
        return value

    def text(self, key: str, remedy: str) -> str:
        value = self.take(key, str, remedy).strip()
        if not value and isinstance(self.table.get(key), str):
            self.fault(key, f"is empty: {remedy}")
        return value

    def name(self) -> str:
        remedy = "give a short name such as 'my-scale': a-z, 0-9, '-' and '_'"
        value = self.text("name", remedy)
        if value and not _NAME.fullmatch(value):
            self.fault("name", f"is {value!r}: {remedy}")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        remedy = "give one of " + ", ".join(repr(choice) for choice in choices)
        value = self.text(key, remedy)
        if value and value not in choices:
            self.fault(key, f"is {value!r}: {remedy}")
        return value

    def texts(self, key: str, remedy: str) -> tuple[str, ...]:
        values = self.take(key, list, remedy)
        if not all(isinstance(value, str) and value for value in values):
            self.fault(key, f"is {values!r}: {remedy}")
            return ()
        return tuple(values)

    def number(self, key: str) -> float:
        value = self.table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(key, f"is {value!r}: give a number")
            return 0.0
        return float(value)


def scale_from_dict(data: Mapping[str, Any], *, origin: str = "") -> Scale:
    """Build a scale from plain data; see `Scale.from_dict`."""
    faults: list[str] = []
    table = _Reader(dict(data), _SCALE_KEYS, "", faults)
    units = tuple(
        _unit(given, f"units[{i}].", faults)
        for i, given in enumerate(
            table.take("units", list, "give at least one [[units]] table")
        )
    )
    scale = Scale(
        name=table.name(),
        title=table.text("title", "give the scale's name in words"),
        species=table.choice("species", ("mouse", "rat")),
        coats=table.texts("coats", "give a list of coat colours, such as ['black']"),
        units=units,
        sides=table.choice("sides", ("level", "mean", "max")),  # type: ignore[arg-type]
        total=table.choice("total", ("sum", "mean")),  # type: ignore[arg-type]
        min_units=table.take(
            "min_units", int, "give how many units a total needs, as a whole number"
        ),
        bands=tuple(
            _band(given, f"bands[{i}].", faults)
            for i, given in enumerate(
                table.take("bands", list, "give [[bands]] tables", default=[])
            )
        ),
        reference=table.take("reference", str, "give a citation", default=""),
    )
    if not faults:
        _whole(scale, table)
    if faults:
        raise ScaleError(_message(origin or f"scale {scale.name!r}", faults))
    return scale


def _unit(given: object, where: str, faults: list[str]) -> Unit:
    table = _Reader(given, _UNIT_KEYS, where, faults)
    levels = table.take("levels", dict, "give a sentence for each level, as 0 = '...'")
    allowed = {str(level): level for level in LEVELS}
    kept = sorted((allowed[str(k)], v) for k, v in levels.items() if str(k) in allowed)
    whole = len(kept) == len(levels)
    if levels and not (whole and tuple(level for level, _ in kept) in _LEVELS):
        told = ", ".join(str(key) for key in levels)
        table.fault("levels", f"has {told}: give 0, 1 and 2, or 0 and 2")
    elif not levels and table.table.get("levels") == {}:
        table.fault("levels", "is empty: give 0, 1 and 2, or 0 and 2")
    for level, words in kept:
        if not isinstance(words, str) or not words.strip():
            table.fault(
                f"levels.{level}", "says nothing: say what the level looks like"
            )
    regions = table.texts("regions", "give the regions that show the unit")
    if not regions and table.table.get("regions") == []:
        table.fault("regions", f"is empty: give some of {', '.join(REGIONS)}")
    for region in regions:
        if region not in REGIONS:
            table.fault(
                "regions", f"has {region!r}: the regions are {', '.join(REGIONS)}"
            )
    return Unit(
        name=table.name(),
        title=table.text("title", "give the unit's name in words"),
        regions=regions,
        levels=tuple(level for level, _ in kept),
        descriptions=tuple(str(words) for _, words in kept),
    )


def _band(given: object, where: str, faults: list[str]) -> Band:
    table = _Reader(given, _BAND_KEYS, where, faults)
    return Band(table.name(), table.number("low"), table.number("high"))


def _whole(scale: Scale, table: _Reader) -> None:
    """Check what concerns several keys at once."""
    count = len(scale.units)
    if not count:
        table.fault("units", "is empty: give at least one [[units]] table")
        return
    for name in sorted({n for n in scale.unit_names if scale.unit_names.count(n) > 1}):
        table.fault("units", f"names {name!r} twice: give each unit its own name")
    _check_regions(scale, table)
    if not 1 <= scale.min_units <= count:
        table.fault("min_units", f"is {scale.min_units}: give 1 to {count}")
    _check_bands(scale, table)


def _check_regions(scale: Scale, table: _Reader) -> None:
    # A region is scored once, by the levels of its unit.
    owner: dict[str, str] = {}
    for i, unit in enumerate(scale.units):
        for region in unit.regions:
            if region in owner:
                table.fault(
                    f"units[{i}].regions",
                    f"has {region!r}, which {owner[region]!r} has already: give each "
                    "region to one unit, once",
                )
            owner[region] = unit.name


def _check_bands(scale: Scale, table: _Reader) -> None:
    names = [band.name for band in scale.bands]
    if len(set(names)) < len(names):
        table.fault("bands", "names a band twice: give each band its own name")
    for i, band in enumerate(scale.bands):
        apart = i == 0 or scale.bands[i - 1].high < band.low
        if not (apart and 0 <= band.low <= band.high <= scale.max_total):
            table.fault(
                f"bands[{i}]",
                f"goes from {band.low:g} to {band.high:g}: give the bands from low to "
                "high, each beginning above the end of the one before (both ends "
                f"belong to a band), within 0 to {scale.max_total:g}",
            )


def _message(origin: str, faults: list[str]) -> str:
    if len(faults) == 1:
        return f"{origin}: {faults[0]}."
    lines = "".join(f"\n- {fault}" for fault in faults)
    return f"{origin}: {len(faults)} things to mend:{lines}"
