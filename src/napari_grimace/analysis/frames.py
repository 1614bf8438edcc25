"""Scores of single pictures."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.progress import Progress, in_one_go

from .batches import Rows
from .pictures import as_pictures, readable
from .raters import load_analyser, rater_of
from .sinks import block

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    import xarray as xr

    from napari_grimace.models.protocols import Detector, Scorer, Setting
    from napari_grimace.scales.scale import Scale


def iter_score_frames(
    images: Any,
    scale: str | Path | Scale = "mgs-black",
    *,
    detector: str | Path | Detector | None = None,
    scorer: str | Path | Scorer | None = None,
    device: str = "auto",
    setting: Setting = "fast",
    batch: int = 8,
    subject: Mapping[str, Any] | None = None,
) -> Generator[Progress, None, xr.Dataset]:
    """Score single pictures with a grimace scale.

    Parameters
    ----------
    images
        A folder of image files, a list of image files or of arrays, or an array:
        (n, y, x, rgb), (y, x, rgb), (n, y, x) or (y, x). Arrays are uint8, or floating
        point from 0 to 1. Files may have any sizes and are read one by one; those of a
        folder as `open_video` takes them: in the order of their names, with picture 2
        before picture 10, without hidden ones and GIFs. Files of more than 8 bit per
        colour are brought to 8, by as many bits as the first, middle and last file
        use. Three dimensions are one colour picture if the last has length 3 or 4,
        else several grey ones.
    scale, detector, scorer, device, setting, batch, subject
        As in `iter_score_video`.

    Yields
    ------
    Progress
        After each batch. Closing the generator cancels.

    Returns
    -------
    Dataset
        A recording in memory. `frame` counts the pictures from 0, `time` is NaN, and a
        coordinate `name` along `frame` holds the file.

    Raises
    ------
    VideoError
        There is no picture, none can be read, or an array is of another shape or type.
    ScaleError, ModelError
        There is no such scale or model, or the model does not serve the scale.

    Warns
    -----
    GrimaceWarning
        Some files cannot be read, and are left out.
    """
    pictures = as_pictures(images)
    analyser = load_analyser(
        scale,
        detector=detector,
        scorer=scorer,
        device=device,
        setting=setting,
        batch=batch,
    )
    digest, total = hashlib.sha256(), len(pictures)
    parts: list[Rows] = []
    yield Progress(0, total, "scoring")
    stream = readable(pictures)
    while some := list(islice(stream, analyser.batch)):
        numbers = np.array([number for number, _ in some])
        images = [image for _, image in some]
        for image in images:
            digest.update(repr(image.shape).encode() + image.tobytes())
        parts.append(analyser.rows(numbers, np.full(len(numbers), np.nan), images))
        yield Progress(int(numbers[-1]) + 1, total, "scoring", int(numbers[-1]))
    rows = Rows.join(parts)
    made_of = {
        "source": pictures.source,
        "identity": digest.hexdigest(),
        "frame_count": total,
    }
    rater = rater_of(analyser, f"{len(rows)} pictures")
    recording = block(rater, rows, made_of, subject)
    names = np.array([pictures.names[number] for number in rows.frame], dtype=object)
    return recording.assign_coords(name=("frame", names))


score_frames = in_one_go(iter_score_frames, "score_frames")
