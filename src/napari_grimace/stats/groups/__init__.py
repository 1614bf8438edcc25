"""Comparing groups of animals."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "mixed": ["MixedModel", "mixed_model"],
    },
)
