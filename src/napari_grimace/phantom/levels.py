"""Thresholds that turn continuous action-unit parameters into scores."""

from __future__ import annotations

from typing import Final

LEVEL_1: Final = 1 / 3
"""Intensity from which a unit is scored 1."""
LEVEL_2: Final = 2 / 3
"""Intensity from which a unit is scored 2."""
TWO_LEVEL_2: Final = (LEVEL_1 + LEVEL_2) / 2
"""Intensity from which a unit that has only the scores 0 and 2 is scored 2."""
IN_PAIN: Final = 0.5
"""Latent pain from which an animal is drawn in pain."""


def level_of(intensity: float, *, two_levels: bool = False) -> int:
    """Score of a unit drawn at an intensity.

    Parameters
    ----------
    intensity
        Action-unit parameter, 0 (absent) to 1 (extreme).
    two_levels
        Whether the scale scores the unit 0 or 2 only, as PainFace does the nose.

    Returns
    -------
    int
        0, 1 or 2.
    """
    if two_levels:
        return 2 if intensity >= TWO_LEVEL_2 else 0
    return int(intensity >= LEVEL_1) + int(intensity >= LEVEL_2)


def eye_aperture(tightening: float) -> float:
    """Height of the eye's opening, in parts of the open eye's.

    Falls slowly first, so that score 1 runs from 0.85 to 0.5 of the opening, and
    score 2 from half open to shut, as the published scales describe them.
    """
    return float(1 - max(0.0, min(1.0, tightening)) ** 1.7)
