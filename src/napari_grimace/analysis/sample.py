"""The sample recording: the sample video, scored, with the truth of what was drawn.

``python -m napari_grimace.analysis.sample FOLDER`` makes it again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import zarr

from napari_grimace.analysis.pipeline import score_video
from napari_grimace.recording.build import rater_block
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.store import RecordingStore
from napari_grimace.scales import EDGES, LEVELS, UNIT_OF_REGION, load_scale
from napari_grimace.scales.scoring import combine_sides

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.scales.scale import Scale

NAME = "sample.grimace"
SCALE = "mgs-black"
RATE = 1.0  # frames/s
TRUTH = "truth of the render"
"""Label of the rater that holds what was drawn."""

SUBJECT = {"species": "mouse", "source": "rendered"}


def make_sample_recording(folder: str | Path) -> Path:
    """Score a folder's sample video with the bundled models, and add the truth.

    Parameters
    ----------
    folder
        Holds `sample.mp4` and `sample_truth.csv`; the recording goes beside them.

    Returns
    -------
    Path
        The recording.
    """
    folder = Path(folder)
    path = folder / NAME
    scored: xr.Dataset = score_video(
        folder / "sample.mp4", SCALE, rate=RATE, output=path, subject=SUBJECT
    )
    truth = truth_block(folder / "sample_truth.csv", scored)
    store = RecordingStore.open(path)
    store.add_rater(truth_rater())
    store.append(TRUTH, truth)
    # The recording goes to other machines: its video is found beside it.
    del zarr.open_group(path / "recording.zarr", mode="r+").attrs["source_path"]
    return path


def truth_rater() -> Rater:
    """Describe what was drawn as a rater of the sample recording."""
    return Rater(TRUTH, TRUTH, "consensus", scale=load_scale(SCALE))


def truth_block(table: Path, scored: xr.Dataset) -> xr.Dataset:
    """Give the truth of a rendered video on the frames of a recording.

    Parameters
    ----------
    table
        What `render_video` wrote beside the video.
    scored
        The recording.

    Returns
    -------
    Dataset
        A recording of the rater `TRUTH`.
    """
    rater = truth_rater()
    truth = pd.read_csv(table).set_index("frame").loc[scored["frame"].values]
    regions = rater.scale.regions
    box = [truth[[f"{region}_{edge}" for edge in EDGES]] for region in regions]
    level = {region: _levels(truth, region, rater.scale) for region in regions}
    return rater_block(
        rater,
        scored["frame"].values,
        scored["time"].values,
        box=np.stack(box, axis=1),
        region_score=np.stack([level[region] for region in regions], axis=1),
        score=np.stack(
            [_score(level, unit.name, rater.scale) for unit in rater.scale.units],
            axis=1,
        ),
    )


def _levels(truth: pd.DataFrame, region: str, scale: Scale) -> NDArray[np.float64]:
    if region not in UNIT_OF_REGION:
        return np.full(len(truth), np.nan)
    if scale.unit(UNIT_OF_REGION[region]).levels == LEVELS:
        return np.asarray(truth[f"{region}_level"], np.float64)
    intensity = np.asarray(truth[f"{region}_intensity"], np.float64)
    return np.where(np.isnan(intensity), np.nan, 2.0 * (intensity >= 0.5))


def _score(
    level: dict[str, NDArray[np.float64]], name: str, scale: Scale
) -> NDArray[np.float32]:
    unit = scale.unit(name)
    sides = np.stack([level[region] for region in unit.regions], axis=1)
    certain = np.where(
        np.isnan(sides)[..., None], np.nan, sides[..., None] == np.array(LEVELS)
    )
    certain[..., [lv for lv in LEVELS if lv not in unit.levels]] = np.nan
    return combine_sides(certain, levels=unit.levels, sides=scale.sides)[1]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name one folder: python -m napari_grimace.analysis.sample FOLDER")
    print(make_sample_recording(sys.argv[1]))
