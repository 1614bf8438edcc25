"""The sample video: where it lies, and how it was made.

``python -m napari_grimace.phantom.sample FOLDER`` draws it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from napari_grimace.shipped import shipped

SAMPLE = {
    "seconds": 60.0,
    "fps": 30.0,
    "size": (720, 1280),
    "seed": 21,
    "quality": 25,
    "species": "mouse",
    "coat": "black",
    "length": 0.42,
    "kind": "wall",
}
"""What `render_video` was told."""


def sample_video() -> Path:
    """Path of the sample video.

    About a minute of a rendered black mouse, 1280 x 720, 30 frames a second; the
    truth of each frame is beside it, as `sample_truth.csv`.

    Raises
    ------
    GrimaceError
        If this installation lacks it.
    """
    remedy = "python -m napari_grimace.phantom.sample FOLDER"
    return shipped("sample.mp4", "sample video", remedy)


def make_sample(folder: str | Path) -> Path:
    """Draw the sample video and its truth into a folder; takes minutes.

    Returns
    -------
    Path
        Of the video.
    """
    from napari_grimace.phantom.video import iter_render_video

    path = Path(folder) / "sample.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    for progress in iter_render_video(path, **SAMPLE):  # type: ignore[arg-type]
        if progress.done % 30 == 0:
            print(f"\r{progress.done} of {progress.total} frames", end="", flush=True)
    print()
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name one folder: python -m napari_grimace.phantom.sample FOLDER")
    print(make_sample(sys.argv[1]))
