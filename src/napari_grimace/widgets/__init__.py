"""The window: napari's layers and dock widgets over the library's rooms.

Nothing here is imported by the other rooms; Qt and napari come in when a name is used.
"""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "desk": ["Desk", "desk_of"],
        "launch": ["launch"],
        "readout": ["ReadoutWidget"],
        "score": ["ScoreWidget"],
        "timeline": ["TimelineWidget"],
    },
)
