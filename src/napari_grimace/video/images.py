"""Stacks and folders of images as videos."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from napari_grimace.errors import VideoError
from napari_grimace.video.identity import files_identity
from napari_grimace.video.pixels import Depth, to_rgb
from napari_grimace.video.source import PictureSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
# Images carry no times: they count as one frame per second, and the attributes say so.
ASSUMED = {"frame_rate": 1.0, "time_assumed": "the images carry no times: 1 frame/s"}


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Sort key that puts img2 before img10."""
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


class FolderSource(PictureSource):
    """A folder of equally sized images, in natural order of their names.

    Parameters
    ----------
    path
        The folder; files with other suffixes than those of images are passed over.
    roi
        (y_min, x_min, y_max, x_max) in pixels.

    Raises
    ------
    VideoError
        If there are no images, or their sizes differ.
    """

    def __init__(self, path: Path, roi: Sequence[float] | None = None) -> None:
        files = [
            file
            for file in path.iterdir()
            if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        ]
        if not files:
            raise VideoError(
                f"The folder {path} holds no images ({', '.join(sorted(SUFFIXES))}) "
                "and is no zarr store; choose a video file, a store, or a folder that "
                "holds images."
            )
        self._files = sorted(files, key=natural_key)
        size = _common_size(self._files, path)
        ends = [_pixels(self._files[at]) for at in (0, len(files) // 2, -1)]
        self._depth = Depth.of(ends)
        attrs = {
            "source_size": sum(file.stat().st_size for file in files),
            "identity": files_identity(self._files),
            **ASSUMED,
        }
        times = np.arange(len(files), dtype=np.float64)
        super().__init__(path, size, times, attrs, roi=roi)

    def _picture(self, position: int) -> NDArray[np.uint8]:
        file = self._files[position]
        return to_rgb(_pixels(file), self._depth, file)


def _common_size(files: list[Path], folder: Path) -> tuple[int, int]:
    first = _size(files[0])
    for file in files[1:]:
        size = _size(file)
        if size != first:
            raise VideoError(
                f"{file.name} in {folder.name} has {size[1]}x{size[0]} pixels, "
                f"{files[0].name} has {first[1]}x{first[0]}: the frames of a video "
                "have one size. Score such pictures with score_frames."
            )
    return first


def _size(file: Path) -> tuple[int, int]:
    """Height and width, upright, from the head of the file."""
    try:
        with Image.open(file) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    except (UnidentifiedImageError, OSError) as error:
        raise _unreadable(file, error) from error
    return (width, height) if turned else (height, width)


def _pixels(file: Path) -> NDArray[Any]:
    """Pixels (y, x[, channel]) of an image file, upright."""
    try:
        with Image.open(file) as image:
            if image.mode in {"P", "PA", "CMYK", "YCbCr", "LAB", "HSV", "1"}:
                upright = ImageOps.exif_transpose(image).convert("RGB")
            else:
                upright = ImageOps.exif_transpose(image)
            return np.asarray(upright)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> VideoError:
    return VideoError(
        f"{file.name} cannot be read as an image ({error}); remove it from the folder "
        "or copy it again."
    )
