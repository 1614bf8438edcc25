"""A window, the sample recording where it may be written, and waiting for layers."""

import shutil
import time

import numpy as np
import pytest
from long_clip import COUNT, record, write_long_clip

from napari_grimace.phantom import sample_video
from napari_grimace.recording import Rater
from napari_grimace.scales import load_scale

pytest.importorskip("qtpy", reason="the window needs Qt")


@pytest.fixture
def sample(tmp_path):
    """Folder with the sample video and its recording."""
    video = sample_video()
    shutil.copy(video, tmp_path)
    shutil.copytree(video.with_suffix(".grimace"), tmp_path / "sample.grimace")
    return tmp_path


@pytest.fixture
def wait_for(qtbot):
    """Let the window work until something is so."""

    def wait(condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "did not come"
            qtbot.wait(10)

    return wait


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """A video whose key frames lie far apart."""
    return write_long_clip(tmp_path_factory.mktemp("clips") / "long.mp4")


@pytest.fixture
def recording(clip, tmp_path):
    rater = Rater("model", "model", "model", scale=load_scale("mgs-black"), build="m 1")
    return record(tmp_path / "r.grimace", clip, rater, np.arange(0, COUNT, 40))
