"""A zip of the per-frame table and the frames as pictures."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from napari_grimace.exchange.columns import FRAME
from napari_grimace.exchange.frames import matching_video
from napari_grimace.exchange.tables import (
    describe_table,
    frame_table,
    with_pictures,
    write_table,
)
from napari_grimace.files import written_whole
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.video import iter_frames

if TYPE_CHECKING:
    from collections.abc import Generator

    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.exchange.frames import Video

PictureFormat = Literal["jpg", "png"]

PICTURES: PictureFormat = "jpg"
"""Format of pictures, and end of their names, unless another is asked for."""

# Pillow's name and options of each format.
_PACKING: dict[PictureFormat, tuple[str, dict[str, int]]] = {
    "jpg": ("JPEG", {"quality": 95}),
    "png": ("PNG", {"compress_level": 3}),
}


def picture_name(source: str, frame: int, suffix: PictureFormat = PICTURES) -> str:
    """Name the picture of a frame after its video and number."""
    stem = re.sub(r"[^\w.-]+", "_", Path(source).stem) or "frame"
    return f"{stem}_{frame:06d}.{suffix}"


def iter_write_zip(
    recording: xr.Dataset,
    video: Video,
    path: str | Path,
    *,
    rater: str | None = None,
    min_units: int | None = None,
    several_faces: bool = False,
    pictures: PictureFormat = PICTURES,
) -> Generator[Progress, None, None]:
    """Write the per-frame table and the frames as pictures into one zip.

    The zip holds ``scores.csv`` (with boxes and the pictures' names), ``columns.txt``
    that explains its columns, and ``frames/``. One frame is in memory at a time.

    Parameters
    ----------
    recording
        A recording.
    video
        Its video: a path, or what `open_video` gives.
    path
        The zip file to write.
    rater, min_units, several_faces
        As for `frame_table`.
    pictures
        "jpg" (quality 95) or "png" (lossless, several times larger).

    Yields
    ------
    Progress
        After each picture. Closing the generator cancels; no zip is then left.

    Raises
    ------
    ExportError
        There is no rater, or not this one.
    RecordingError
        The video is not that of the recording.
    """
    table = frame_table(
        recording,
        rater=rater,
        boxes=True,
        min_units=min_units,
        several_faces=several_faces,
    )
    frames = np.unique(table[FRAME.name].to_numpy())
    source = str(recording.attrs.get("source", ""))
    names = {frame: picture_name(source, frame, pictures) for frame in frames.tolist()}
    with (
        matching_video(recording, video) as opened,
        written_whole(path) as aside,
        zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        _add_table(archive, with_pictures(table, names))
        for count, (frame, image) in enumerate(iter_frames(opened, frames), 1):
            # Pictures are packed already: deflating them again only takes time.
            entry = zipfile.ZipInfo(f"frames/{names[frame]}")
            archive.writestr(entry, _packed(image, pictures))
            yield Progress(count, len(frames), "frames written", frame)


write_zip = in_one_go(iter_write_zip, "write_zip")


def _add_table(archive: zipfile.ZipFile, table: pd.DataFrame) -> None:
    with (
        archive.open("scores.csv", "w") as entry,
        io.TextIOWrapper(entry, "utf-8", newline="") as file,
    ):
        write_table(table, file)
    archive.writestr("columns.txt", describe_table(table))


def _packed(image: NDArray[np.uint8], pictures: PictureFormat) -> bytes:
    kind, options = _PACKING[pictures]
    packed = io.BytesIO()
    Image.fromarray(image).save(packed, kind, **options)
    return packed.getvalue()
