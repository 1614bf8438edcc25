"""Figures of studies: each takes and returns axes."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "style": ["GROUP_COLOURS", "new_axes", "save_figure"],
    },
)
