"""Names of the face regions that are located and of the action units that are scored.

Left and right are those of the image, divided by the centre line of the face box.
"""

REGIONS = (
    "face",
    "body",
    "orbital_left",
    "orbital_right",
    "ear_left",
    "ear_right",
    "nose",
    "whiskers",
    "cheek",
)
"""All regions, in the order of the `region` dimension."""

DETECTOR_CLASSES = ("face", "body", "orbital", "ear", "nose", "whiskers", "cheek")
"""What a detector tells apart; sides are told apart by the face's centre line."""

EDGES = ("y_min", "x_min", "y_max", "x_max")
"""Edges of a box, continuous pixels of the full frame after display rotation."""

UNITS = ("orbital", "nose", "cheek", "ear", "whiskers")
"""The action units of the published scales, in the order of the `unit` dimension."""

LEVELS = (0, 1, 2)
"""Scores that a unit may have: absent, moderate, obvious."""

UNIT_OF_REGION = {
    "orbital_left": "orbital",
    "orbital_right": "orbital",
    "ear_left": "ear",
    "ear_right": "ear",
    "nose": "nose",
    "whiskers": "whiskers",
    "cheek": "cheek",
}
"""The action unit that a region shows; the face and the body show none."""
