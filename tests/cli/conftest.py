"""A clip, a recording of it on disk, and a runner of the command line."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from napari_grimace.cli import app
from napari_grimace.recording import Rater, RecordingStore, rater_block
from napari_grimace.scales import load_scale
from napari_grimace.video import open_source

Run = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    """Run a command line in this process, on a wide terminal."""

    def call(*words: object) -> Any:
        runner = CliRunner(env={"COLUMNS": "300", "NO_COLOR": "1"})
        return runner.invoke(app, [str(word) for word in words])

    return call


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """20 grey frames of 160 x 120 pixels at 10 per second: no animal in them."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(20):
            shade = np.full((120, 160, 3), 40 + 4 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.fixture
def recording(clip: Path) -> Path:
    """A recording of the clip, beside it: Anna scored four frames."""
    source = open_source(clip)
    attrs = dict(source.attrs)
    source.close()
    anna = Rater("Anna", "Anna", "person", scale=load_scale("mgs-black"))
    score = np.array([[0, 0, 0, 0], [1, 2, 1, 0], [1, np.nan, 1, 0], [2, 2, 2, 2]])
    frames = np.array([0, 5, 10, 15])
    block = rater_block(anna, frames, frames / 10, score=score, video=attrs)
    path = clip.with_name("clip.grimace")
    store = RecordingStore.create(path, attrs, subject={"strain": "C57BL/6"})
    store.add_rater(anna)
    store.append("Anna", block)
    return path


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options that take models which learned nothing, so that any clip will do."""
    from untrained import write_models

    detector, scorer = write_models(tmp_path_factory.mktemp("models"))
    return ["--detector", str(detector), "--scorer", str(scorer), "--device", "cpu"]
