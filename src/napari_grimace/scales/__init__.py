"""Grimace scales as data: what is scored, in which levels, how totals are formed."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "regions": [
            "DETECTOR_CLASSES",
            "EDGES",
            "LEVELS",
            "REGIONS",
            "UNITS",
            "UNIT_OF_REGION",
        ],
        "scale": ["Band", "Scale", "Unit"],
        "library": ["list_scales", "load_scale"],
        "scoring": ["band_of", "combine_sides", "total"],
    },
)
