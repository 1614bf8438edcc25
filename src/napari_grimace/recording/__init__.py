"""The recording: who rated which frame of a video how, in memory and on disk."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "rater": ["KINDS", "Rater"],
        "schema": [
            "NOT_FOUND",
            "NOT_RATED",
            "NOT_SCORABLE",
            "SCHEMA_VERSION",
            "SCORED",
            "STATES",
        ],
        "build": ["new_recording", "rater_block"],
        "access": ["raters_of", "scales_of", "subject_of", "video_of"],
        "rules": ["validate_recording"],
        "store": ["RecordingStore"],
        "files": ["open_recording", "save_recording"],
        "merge": ["join_raters", "merge_recordings"],
        "derive": ["box_in_force", "grimace_score", "grimace_state", "units_scored"],
        "record": ["Change", "Record"],
        "journal": ["JournalWriter"],
        "journal_files": ["Journal", "read_journals"],
        "resolve": ["Conflict"],
        "replay": ["notes_in"],
        "reading": ["PersonPass"],
        "rename": ["rename_rater"],
        "copies": ["back_up", "merge_folders"],
    },
)
