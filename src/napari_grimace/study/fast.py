"""Scores of a recording's folder, without the boxes and probabilities beside them.

Opening a recording takes many times as long as reading its scores alone. What is read
here is what `open_recording` would give; where anything is out of the ordinary
(journals, a rater without frames, a chunk that is not there), it is left to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from napari_grimace.recording.files import open_recording
from napari_grimace.recording.groups import open_group, stored_raters
from napari_grimace.recording.schema import SCHEMA_VERSION
from napari_grimace.study.passes import chosen, passes_of, rated_pass

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_grimace.recording.rater import Rater
    from napari_grimace.study.passes import Pass

# The frame numbers first: rows are there before their numbers are, and only then count.
_ARRAYS = ("frame", "time", "score", "state", "face_count")


def read_passes(path: Path, rater: str | None = None) -> list[Pass]:
    """Read the passes of a recording, as `passes_of` takes them out of an open one.

    Parameters
    ----------
    path
        The recording.
    rater
        As for `passes_of`.
    """
    quickly = _read_quickly(path, rater)
    return passes_of(open_recording(path), rater) if quickly is None else quickly


def _read_quickly(path: Path, rater: str | None) -> list[Pass] | None:
    root = path / "recording.zarr"
    if not root.is_dir() or any(path.glob("journals/[!.]*")):
        return None
    if open_group(root).attrs.get("schema_version") != SCHEMA_VERSION:
        return None
    stored = stored_raters(root)
    passes = []
    for i, each in chosen(list(stored.values()), rater):
        done = _read_pass(root / list(stored)[i], each)
        # Another rater may know the time of a frame.
        if done is None or (len(stored) > 1 and np.isnan(done.time).any()):
            return None
        passes.append(done)
    return passes


def _read_pass(folder: Path, rater: Rater) -> Pass | None:
    """Read one rater's rows, in order of frames; None where anything is missing."""
    try:
        layout: Any = open_group(folder).attrs["layout"]
        places = [
            layout["labels"]["unit"].index(unit) for unit in rater.scale.unit_names
        ]
        arrays = {
            name: zarr.open_array(str(folder / name), mode="r", zarr_format=3)
            for name in _ARRAYS
        }
        chunks = _committed_chunks(folder, arrays)
        rows = {name: _rows(array, chunks) for name, array in arrays.items()}
    except Exception:  # damage raises many kinds, which opening the recording tells
        return None
    counted = np.flatnonzero(rows["frame"] >= 0)
    order = counted[np.argsort(rows["frame"][counted], kind="stable")]
    frame, time, score, state, faces = (rows[name][order] for name in _ARRAYS)
    return rated_pass(rater, frame, time, score[:, places], state[:, places], faces)


def _rows(array: zarr.Array[Any], chunks: int) -> NDArray[Any]:
    return np.asarray(array[: chunks * array.chunks[0]])


def _committed_chunks(folder: Path, arrays: dict[str, zarr.Array[Any]]) -> int:
    """Count the chunks that hold rows; the arrays reach one empty chunk ahead.

    Raises
    ------
    FileNotFoundError
        If one of them is lost.
    """
    frames = arrays["frame"]
    chunks = frames.shape[0] // frames.chunks[0]
    if not (
        folder / "frame" / frames.metadata.encode_chunk_key((chunks - 1,))
    ).exists():
        chunks -= 1
    for name, array in arrays.items():
        for chunk in range(chunks):
            place = (chunk, *(0,) * (array.ndim - 1))
            (folder / name / array.metadata.encode_chunk_key(place)).stat()
    return chunks
