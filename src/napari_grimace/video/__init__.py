"""Exact, lazy frames from any video, with their times."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "opening": ["open_source", "open_video"],
        "source": ["FrameSource"],
        "frames": ["iter_frames"],
        "browse": ["BrowsedVideo"],
        "sample": ["sample_frames"],
        "convert": ["convert_video", "iter_convert_video"],
    },
)
