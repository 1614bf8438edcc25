"""The study: many recordings and what a sample sheet tells of them."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "scores": ["scores_dataset"],
        "summary": ["summarise"],
        "table": ["as_frame_scores", "frame_scores", "scale_of"],
        "tree": ["make_study", "sheet_of"],
    },
)
