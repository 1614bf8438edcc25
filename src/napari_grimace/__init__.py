"""Grimace scores for mice and rats from video.

The public names are loaded when they are first used, so that importing the package
is quick.
"""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "analysis": ["iter_score_video", "pick_frames", "score_frames", "score_video"],
        "models": ["list_models", "load_detector", "load_scorer"],
        "recording": [
            "grimace_score",
            "open_recording",
            "save_recording",
            "units_scored",
        ],
        "scales": ["list_scales", "load_scale"],
        "study": ["open_study"],
        "video": ["convert_video", "open_video", "sample_frames"],
        "exchange": [],
        "phantom": [],
        "rating": [],
        "stats": [],
        "teaching": [],
        "training": [],
    },
)
