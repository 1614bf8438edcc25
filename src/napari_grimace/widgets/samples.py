"""Sample data, in File > Open Sample."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.phantom import sample_video as shipped_video
from napari_grimace.widgets.desk import current_desk
from napari_grimace.widgets.opening import layers_from

if TYPE_CHECKING:
    from napari_grimace.widgets.layers import LayerData


def sample_recording() -> list[LayerData]:
    """Open the sample video with its scores, by the bundled models and in truth."""
    return layers_from(copied() / "sample.grimace", current_desk())


def sample_video() -> list[LayerData]:
    """Open the sample video alone, to be scored."""
    return layers_from(copied() / "sample.mp4", current_desk())


def copied() -> Path:
    """Copy video and recording to where one may write, and give the folder.

    It lies among the temporary files: a sample is there to be tried, not to be kept.
    """
    folder = Path(tempfile.mkdtemp(prefix="grimace-sample-"))
    video = shipped_video()
    shutil.copy(video, folder)
    shutil.copytree(video.with_suffix(".grimace"), folder / "sample.grimace")
    return folder
