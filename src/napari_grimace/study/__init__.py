"""The study: many recordings, and what a sample sheet tells of them."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "choose": ["select"],
        "gather": ["raters_in"],
        "opening": ["experiments_in", "open_study"],
        "sample": ["sample_study"],
        "scores": ["scores_dataset"],
        "stacked": ["save_study"],
        "states": ["recording_states"],
        "summary": ["summarise"],
        "table": ["as_frame_scores", "frame_scores", "scale_of", "unit_columns"],
        "tree": ["make_study", "recording_path", "sheet_of"],
        "write": ["write_study_table"],
    },
)
