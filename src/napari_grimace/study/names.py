"""What the columns of a study's tables are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.recording.schema import COORDINATES, VARIABLES, VIDEO_ATTRS
from napari_grimace.scales import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

RECORDING, ANIMAL, GROUP, TIMEPOINT = "recording", "animal", "group", "timepoint"
"""Columns that every row of a study has: text, empty where nothing is told."""

KEYS = (RECORDING, ANIMAL, GROUP, TIMEPOINT)

PATH, ROI, EXPERIMENT, SCALE = "path", "roi", "experiment", "scale"

RATER, FRAME, TIME = "rater", "frame", "time"
UNITS_SCORED, TOTAL = "units_scored", "total"

FRAME_COLUMNS = (RATER, FRAME, TIME, UNITS_SCORED, TOTAL)
"""Columns of frame scores beside those of the sample sheet and of the units."""

SUMMARY_COLUMNS = ("start", "end", "n_frames", "n_used", "share_all_units")
"""Columns of a summary that frame scores lack."""

TAKEN = {
    *(RECORDING, "columns", "scales", "schema_version", "software", "created"),
    *("subject", "about", "video"),
    *FRAME_COLUMNS,
    *SUMMARY_COLUMNS,
    *UNITS,
    *COORDINATES,
    *VARIABLES,
    *VIDEO_ATTRS,
}
"""Names that mean something in tables and recordings, for no further column."""


def listed(names: Iterable[object], most: int = 12) -> str:
    """Put names into a line, and say how many more there are."""
    all_names = [str(name) for name in names]
    shown = ", ".join(map(repr, all_names[:most])) or "none"
    more = len(all_names) - most
    return f"{shown} and {more} more" if more > 0 else shown
