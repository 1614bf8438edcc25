"""A painted video with known truth in every frame."""

import pytest
from painted_animals import scene, write_video


@pytest.fixture(scope="session")
def painted_video(tmp_path_factory):
    """Ten seconds at 10 frames/s."""
    path = tmp_path_factory.mktemp("painted") / "cage 3.mp4"
    return write_video(path, (scene(number) for number in range(100)))
