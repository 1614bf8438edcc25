"""Whether recordings go together: one scale, and one build of the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari_grimace.recording.rater import Rater
    from napari_grimace.scales import Scale
    from napari_grimace.study.sheet import Entry


def mixed_scales(entries: Iterable[Entry]) -> list[str]:
    """Say which rows hold scores by which scale, where there are several."""
    rows: dict[Scale, dict[int, None]] = {}
    for entry in entries:
        for rater in entry.header.raters:
            rows.setdefault(rater.scale, {})[entry.number] = None
    if len(rows) < 2:
        return []
    told = "; ".join(
        f"{scale.name!r} in {_rows([*numbers])}" for scale, numbers in rows.items()
    )
    alike = len({scale.name for scale in rows}) < len(rows)
    return [
        f"scales are mixed: {told}. Numbers of different scales do not go together: "
        "make a sheet for each scale"
        + (" (scales of one name differ in their units or rules)" if alike else "")
    ]


def mixed_builds(entries: Iterable[Entry]) -> list[str]:
    """Say which rows were scored by which model builds, where no build scored all.

    A recording may be scored by several builds, or by people alone.
    """
    rows: dict[str, dict[int, None]] = {}
    scored: set[int] = set()
    for entry in entries:
        for rater in _models(entry.header.raters):
            label = rater.label
            if rater.build not in label:
                label += f" {rater.build}"
            rows.setdefault(label, {})[entry.number] = None
            scored.add(entry.number)
    if any(len(numbers) == len(scored) for numbers in rows.values()) or not rows:
        return []
    told = "; ".join(
        f"{label!r} in {_rows([*numbers])}" for label, numbers in rows.items()
    )
    return [
        f"model builds are mixed: {told}. Differences between groups could be those "
        "between builds: score all recordings with one build, or allow it "
        "(allow_mixed_builds=True, on the command line --allow-mixed-builds)"
    ]


def _models(raters: Iterable[Rater]) -> list[Rater]:
    return [rater for rater in raters if rater.kind == "model"]


def _rows(numbers: Sequence[int]) -> str:
    """Put row numbers into words: rows 2 to 5 and 9."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [str(r[0]) if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs]
    return f"row{'s' * (len(numbers) > 1)} {', '.join(told)}"
