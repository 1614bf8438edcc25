"""The study: many recordings, and what a sample sheet tells of them."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "choose": ["select"],
        "gather": ["raters_in"],
        "opening": ["open_study"],
        "scores": ["scores_dataset"],
        "stacked": ["save_study"],
        "summary": ["summarise"],
        "table": ["as_frame_scores", "frame_scores", "scale_of", "unit_columns"],
        "tree": ["make_study", "sheet_of"],
    },
)
