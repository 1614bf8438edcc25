"""The columns of the per-frame table: their names, units and meaning.

The first columns stand where PainFace's csv files have them: time, number of action
units scored, then the units in the order orbital, nose, ears, whiskers (and cheek).
PainFace writes -1 for a unit that was not scored; here such cells are blank, so that
no program can add them up by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_grimace.exchange.cells import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Action units in the order of PainFace's files, and their column names.
UNIT_NAMES = {
    "orbital": "Orbital",
    "nose": "Nose",
    "ear": "Ears",
    "whiskers": "Whiskers",
    "cheek": "Cheek",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        The header cell.
    unit
        Unit of the values ("s", "px", "score", "probability", ...).
    meaning
        What the values are, in a sentence.
    """

    name: str
    unit: str
    meaning: str


TIME = Column(
    "Timestamp(s)", "s", "Presentation time of the frame, from the video's start."
)
UNITS_SCORED = Column(
    "AU Scored", "count", "Number of action units that were scored in the frame."
)
FRAME = Column("Frame", "index", "Number of the frame in the video, from 0.")
IMAGE = Column("Image", "text", "File name of the frame's picture.")
MISSING = Column(
    "Missing",
    "text",
    "Units without a score and why: not rated, not scorable, or region not found.",
)
FACES = Column(
    "Faces",
    "count",
    "Number of faces that this model found in the frame; blank for people.",
)
FLAGGED = Column(
    "Flagged",
    "0 or 1",
    "1 where the rater marked the frame for a second look; models mark those with "
    "several faces.",
)
CONFIRMED = Column("Confirmed", "0 or 1", "1 where a person confirmed the scores.")
RATER = Column("Rater", "text", "Who scored: one pass of one person or model build.")
RATER_KIND = Column("Rater kind", "text", "person, model or consensus.")
OCCASION = Column("Occasion", "count", "1 for the first pass of a rater, 2, ... after.")
SCALE = Column("Scale", "text", "Name of the grimace scale.")
BUILD = Column(
    "Model build", "text", "Name, version and hash of the model; blank for people."
)
TRAINED_ON = Column(
    "Trained on", "text", "What the model learned from; blank for people."
)
VIDEO = Column("Video", "text", "File name of the video.")


def in_painface_order(units: Iterable[str]) -> list[str]:
    """Put units in the order of PainFace's files; units that it lacks come last."""
    given, known = list(units), list(UNIT_NAMES)
    return sorted(given, key=lambda u: known.index(u) if u in known else len(known))


def total_column(*, rescaled: bool, several_faces: bool) -> Column:
    """Column of the totals, from fewer units and with several faces as was asked."""
    name, meaning = (
        "Total",
        "Grimace score of the frame by the scale's rule (sum or mean of its units); "
        "blank when fewer units were scored than the scale needs.",
    )
    if rescaled:
        name, meaning = (
            "Total (rescaled)",
            "Grimace score from fewer units than the scale needs, by choice: the mean "
            "of the scored units, times their full number where the scale's total is a "
            "sum.",
        )
    faces = (
        "Frames with several faces (column Faces) are included, by choice."
        if several_faces
        else "Blank too when several faces were found in the frame (column Faces), "
        "since nothing tells whose face was scored; include such frames with "
        "several_faces=True, on the command line --several-faces."
    )
    return Column(name, "score", f"{meaning} {faces}")


def unit_column(unit: str) -> Column:
    """Column of an action unit's score."""
    return Column(
        UNIT_NAMES.get(unit, unit.title()),
        "score",
        f"Score of the action unit {unit!r}: 0, 1 or 2 as the scale allows, or a value "
        "between where the scale averages two sides; blank where it was not scored.",
    )


def confidence_column(unit: str) -> Column:
    """Column of the probability behind a unit's score."""
    return Column(
        f"Confidence {UNIT_NAMES.get(unit, unit.title())}",
        "probability",
        f"Calibrated probability of the most probable level of {unit!r}; blank for "
        "people.",
    )


_MEASURES = {
    "sharpness": (
        "squared grey levels",
        "variance of the Laplacian at 128 px; higher is sharper. Compare within one "
        "video only.",
    ),
    "exposure": ("0 to 1", "share of pixels neither lost in the dark nor burnt out."),
    "frontality": ("0 to 1", "1 looks into the camera, near 0 is a profile."),
    "face_size": ("px", "square root of the area of the face's box."),
}


def measure_column(measure: str) -> Column:
    """Column of one measure of image quality."""
    unit, meaning = _MEASURES.get(measure, ("number", f"{measure}."))
    return Column(
        f"Quality {measure}",
        unit,
        f"Image quality of the face that this model found: {meaning} Blank for people.",
    )


def box_columns(region: str) -> list[Column]:
    """Columns of a region's box: four edges and the confidence."""
    where = "in pixels of the full frame, after display rotation"
    words = {"y": ("top", "bottom"), "x": ("left", "right")}
    edges = [
        Column(
            f"{region} {axis}_{end}(px)",
            "px",
            f"{words[axis][end == 'max'].capitalize()} edge of the box of {region!r} "
            f"{where}; pixel i covers i to i + 1.",
        )
        for end in ("min", "max")
        for axis in ("y", "x")
    ]
    confidence = Column(
        f"{region} confidence", "0 to 1", f"Detector's confidence in {region!r}."
    )
    return [*edges, confidence]


def describe_columns(columns: Iterable[Column], notes: Iterable[str] = ()) -> str:
    """Write the documentation of a table's columns.

    Parameters
    ----------
    columns
        The columns of the table (`frame_table(recording).attrs["columns"]`).
    notes
        Lines to set before the list, such as what the scores come from.

    Returns
    -------
    str
        Plain text: notes, then a line per column with name, unit and meaning.
    """
    lines = [
        *notes,
        "",
        "A blank cell: nothing was measured there. It is not 0.",
        "",
    ]
    lines += [
        f"{harmless(column.name)} [{column.unit}]: {column.meaning}"
        for column in columns
    ]
    return "\n".join(lines).lstrip("\n") + "\n"
