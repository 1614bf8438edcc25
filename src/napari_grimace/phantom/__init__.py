"""Rendered rodent faces with known scores, for training, tests and teaching."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "chance": ["draw_scene"],
        "renderer": ["random_render", "render"],
        "scene": ["COATS", "FRAMINGS", "SPECIES", "Animal", "Scene", "Units"],
        "truth": ["AnimalTruth", "Render"],
        "levels": [],
        "sample": ["make_sample", "sample_video"],
        "video": ["iter_render_video", "render_video"],
    },
)
