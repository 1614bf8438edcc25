"""Rating by people: picture sets, and blind rating of frames from many recordings."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "picture_set": [
            "PictureSet",
            "crop_to_face",
            "open_picture_set",
            "write_picture_set",
        ],
    },
)
