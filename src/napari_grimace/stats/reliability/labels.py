"""What labels of raters tell: whose pass it is, and who is no rater of his own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from napari_grimace.recording.rater import CONSENSUS

if TYPE_CHECKING:
    from collections.abc import Iterable

_REPEATED = re.compile(r"(?P<name>.+) \((?P<occasion>\d+)\)")


def name_and_occasion(label: str) -> tuple[str, int]:
    """Give the rater and the occasion that a label tells, such as ``"Anna (2)"``."""
    found = _REPEATED.fullmatch(label)
    return (found["name"], int(found["occasion"])) if found else (label, 1)


def not_independent(labels: Iterable[Any]) -> str:
    """Say which of these are no raters of their own; empty if all are.

    Passes of one rater among those of others, and the consensus of the others. Passes
    of one rater alone are what is compared.
    """
    told = [name_and_occasion(str(label))[0] for label in labels]
    names = list(dict.fromkeys(told))
    several = [name for name in names if told.count(name) > 1]
    parts = []
    if several and len(names) > 1:
        parts.append(
            f"passes of {', '.join(several)} count as different raters: give one of "
            "each"
        )
    if CONSENSUS in names and len(names) > 1:
        parts.append(
            f"the {CONSENSUS} counts as a rater, though it is decided from the others: "
            "leave it out"
        )
    return "; ".join(parts)
