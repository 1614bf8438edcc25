"""What the installed package carries."""

from importlib.metadata import distribution

import pytest


@pytest.fixture(scope="module")
def installed() -> list[str]:
    """Files of the installed distribution; an editable checkout has none to look at."""
    files = [path.as_posix() for path in distribution("napari-grimace").files or []]
    if "napari_grimace/__init__.py" not in files:
        pytest.skip("napari-grimace is installed from its checkout, not from a wheel")
    return files


@pytest.mark.parametrize(
    "file",
    [
        "napari_grimace/py.typed",
        "napari_grimace/scales/data/mgs-black.toml",
        "napari_grimace/sample_data/sample.mp4",
        "napari_grimace/sample_data/sample_truth.csv",
        "napari_grimace/sample_data/simulated_study.nc",
        "napari_grimace/sample_data/sample.grimace/recording.zarr/zarr.json",
        "napari_grimace/sample_data/course.reference/set.json",
        "napari_grimace/sample_data/course.reference/pictures/0001.png",
        "napari_grimace/sample_data/course.reference/ratings.grimace/recording.zarr/"
        "zarr.json",
        "napari_grimace/napari.yaml",
        "napari_grimace/models/bundled/renders-detector/card.toml",
        "napari_grimace/models/bundled/renders-detector/weights.safetensors",
        "napari_grimace/models/bundled/renders-scorer/card.toml",
        "napari_grimace/models/bundled/renders-scorer/weights.safetensors",
    ],
)
def test_the_wheel_carries(file: str, installed: list[str]) -> None:
    assert file in installed


def test_the_command_is_installed() -> None:
    scripts = distribution("napari-grimace").entry_points.select(
        group="console_scripts"
    )
    assert [script.value for script in scripts] == ["napari_grimace.cli:main"]
