"""A window, the sample recording where it may be written, and waiting for layers."""

import shutil
import time

import pytest

from napari_grimace.phantom import sample_video

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
