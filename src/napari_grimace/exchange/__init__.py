"""Files for other programs: tables, archives, pictures and annotated videos."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "archive": ["iter_write_zip", "write_zip"],
        "cells": ["harmless"],
        "columns": ["Column", "describe_columns"],
        "figures": ["overview"],
        "frames": ["find_video"],
        "overlay": ["iter_write_overlay", "write_overlay"],
        "passes": ["RaterPass", "one_pass"],
        "scores_sheet": ["Imported", "import_scores"],
        "sheets": ["write_xlsx"],
        "tables": ["describe_table", "frame_table", "write_csv"],
    },
)
