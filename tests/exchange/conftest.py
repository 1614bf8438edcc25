"""A small clip and recordings of it, with values that are easy to recognise."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import xarray as xr

from napari_grimace.recording import Rater, rater_block
from napari_grimace.scales import REGIONS, load_scale
from napari_grimace.video import open_source

FRAMES = 40
RATE = 10
FACE = (20.0, 40.0, 100.0, 120.0)
BOXES = {
    "face": FACE,
    "orbital_left": (40.0, 50.0, 55.0, 70.0),
    "orbital_right": (40.0, 90.0, 55.0, 110.0),
    "ear_left": (20.0, 40.0, 38.0, 60.0),
    "ear_right": (20.0, 100.0, 38.0, 120.0),
    "nose": (60.0, 70.0, 75.0, 90.0),
    "whiskers": (62.0, 45.0, 95.0, 115.0),
}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 grey frames of 160 x 120 pixels at 10 per second, each of its own shade."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=Fraction(RATE))
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(FRAMES):
            shade = np.full((120, 160, 3), 40 + 4 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def clip_attrs(clip: Path) -> dict[str, Any]:
    """What the clip says of itself."""
    source = open_source(clip)
    try:
        return dict(source.attrs)
    finally:
        source.close()


@pytest.fixture
def one_rater_recording(clip_attrs: dict[str, Any]) -> Callable[..., xr.Dataset]:
    """Make a recording of the clip: every fifth frame, one rater."""

    def make(**changes: Any) -> xr.Dataset:
        scale = load_scale(changes.pop("scale", "mgs-black"))
        face_count = changes.pop("face_count", np.ones(FRAMES // 5))
        rater = {"label": "Anna", "name": "Anna", "kind": "person", **changes}
        frames = np.arange(0, FRAMES, 5)
        units = scale.unit_names
        score = np.array([[min(2, f // 15)] * len(units) for f in frames], np.float32)
        score[:, units.index("nose")] = np.where(frames > 20, 2, 0)
        score[2, units.index("ear")] = np.nan  # one unit missing: no total
        box = np.full((len(frames), len(REGIONS), 4), np.nan, np.float32)
        for region, edges in BOXES.items():
            box[:, REGIONS.index(region)] = edges
        box[2, [REGIONS.index("ear_left"), REGIONS.index("ear_right")]] = np.nan
        return rater_block(
            Rater(scale=scale, **rater),
            frames,
            frames / RATE,
            box=box,
            box_confidence=np.where(np.isfinite(box).all(-1), 0.9, np.nan),
            score=score,
            probability=_probabilities(score, scale) if "build" in rater else None,
            quality={"sharpness": np.linspace(0, 1, len(frames))},
            face_count=face_count,
            video=clip_attrs,
        )

    return make


def _probabilities(score: np.ndarray, scale: Any) -> np.ndarray:
    probability = np.full((*score.shape, 3), 0.1, np.float32)
    for index, level in np.ndenumerate(score):
        probability[(*index, int(np.nan_to_num(level)))] = 0.8
    for place, unit in enumerate(scale.units):
        missing = [level for level in range(3) if level not in unit.levels]
        probability[:, place, missing] = np.nan
    return probability
