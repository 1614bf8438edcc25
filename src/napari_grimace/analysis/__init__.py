"""From a video to a scored recording, and picking frames that are fit for rating."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "pipeline": ["iter_score_video", "score_video"],
        "frames": ["iter_score_frames", "score_frames"],
        "pick": ["facing_frames", "pick_frames", "scorable"],
        "look": ["QuickLook", "iter_quick_look", "quick_look"],
        "quality": ["MEASURES", "measure"],
        "sinks": ["recording_path"],
    },
)
