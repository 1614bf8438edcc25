"""``demo``: the whole way on the sample video, with the bundled models."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from napari_grimace import grimace_score, open_recording


@pytest.mark.slow
def test_the_demo_leaves_everything_and_says_how_to_look_at_it(
    run, tmp_path: Path
) -> None:
    out = tmp_path / "grimace-demo"
    answer = run("demo", "--output", out, "--device", "cpu")
    assert answer.exit_code == 0, answer.output
    recording = open_recording(out / "sample.grimace")
    frames = recording.sizes["frame"]
    assert frames > 30
    table = pd.read_csv(out / "sample_grimace.csv")
    assert len(table) == frames
    assert (table["Trained on"] == "rendered faces").all()
    with zipfile.ZipFile(out / "sample_grimace.zip") as archive:
        pictures = [name for name in archive.namelist() if name.startswith("frames/")]
    assert len(pictures) == frames
    assert (out / "sample_grimace.png").stat().st_size > 100_000
    assert "trained on rendered faces" in answer.stdout
    assert str(out / "sample_grimace.png") in answer.stdout
    assert float(grimace_score(recording).notnull().mean()) > 0.3
