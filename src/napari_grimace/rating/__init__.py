"""Rating by people: in recordings and blind, corrections, consensus, what is next."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "blind": [
            "BlindSet",
            "open_blind_set",
            "pictures_done",
            "progress",
            "viewing_times",
        ],
        "blind_build": ["build_blind_set", "iter_build_blind_set"],
        "blind_choice": ["BlindSpec"],
        "blind_finish": ["Copied", "finish_blind_set"],
        "blind_key": ["BlindKey", "find_recording", "key_path", "read_key"],
        "blind_sheet": ["export_blind_sheet"],
        "blind_sheet_read": ["import_blind_sheet"],
        "confirmation": ["Confirmation", "confirmations", "confirmed_frames"],
        "consensus": [
            "Opinions",
            "consensus_rater",
            "mean_of",
            "mode_of",
            "opinions",
            "people_values",
        ],
        "boxes": ["copied", "interpolated"],
        "queue": ["beside", "frames_to_look_at", "spot_check"],
        "rating": ["Rating"],
        "proposal": ["Proposal", "propose"],
        "picture_set": [
            "PictureSet",
            "crop_to_face",
            "open_picture_set",
            "write_picture_set",
        ],
    },
)
