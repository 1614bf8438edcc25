"""Sample data, in File > Open Sample."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.phantom import sample_video as shipped_video
from napari_grimace.widgets.desk import read_for_viewers

if TYPE_CHECKING:
    from napari_grimace.widgets.layers import LayerData

_copies: list[tempfile.TemporaryDirectory[str]] = []


def sample_recording() -> list[LayerData]:
    """Open the sample video with its scores, by the bundled models and in truth."""
    return read_for_viewers(copied() / "sample.grimace")


def sample_video() -> list[LayerData]:
    """Open the sample video alone, to be scored."""
    return read_for_viewers(copied() / "sample.mp4")


def copied() -> Path:
    """Copy video and recording to where one may write, and give the folder.

    It goes when the program ends: a sample is there to be tried, not to be kept.
    """
    kept = tempfile.TemporaryDirectory(
        prefix="grimace-sample-", ignore_cleanup_errors=True
    )
    _copies.append(kept)
    folder = Path(kept.name)
    video = shipped_video()
    shutil.copy(video, folder)
    shutil.copytree(video.with_suffix(".grimace"), folder / "sample.grimace")
    return folder
