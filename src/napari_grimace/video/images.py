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

# A GIF in a folder of pictures is more often an animation of them than one of them.
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
# Images carry no times: they count as one frame per second, and the attributes say so.
ASSUMED = {"frame_rate": 1.0, "time_assumed": "the images carry no times: 1 frame/s"}


def image_files(folder: Path) -> list[Path]:
    """Image files of a folder, by `SUFFIXES`, in natural order; without hidden ones.

    Hidden are also the `._NAME` that macOS writes beside files on other disks.
    """
    files = (
        file
        for file in folder.iterdir()
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
    )
    return sorted(files, key=natural_key)


def natural_key(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sort key that puts img2 before img10."""
    # The parts alternate between words and decimal digits, beginning with a word.
    parts = re.split(r"(\d+)", path.name.casefold())
    numbered = ((int(part), "") if part.isdecimal() else (0, part) for part in parts)
    return list(numbered), path.name


class FolderSource(PictureSource):
    """A folder of equally sized images, in natural order of their names.

    Files of more than 8 bit per colour are brought to 8; their first, middle and last
    tell how many bits are in use.

    Parameters
    ----------
    path
        The folder; hidden files, and those with other suffixes than `SUFFIXES`, are
        passed over.
    roi
        (y_min, x_min, y_max, x_max) in pixels.

    Raises
    ------
    VideoError
        If there are no images, or their sizes differ.
    """

    def __init__(self, path: Path, roi: Sequence[float] | None = None) -> None:
        files = image_files(path)
        if not files:
            raise VideoError(
                f"The folder {path} holds no images ({', '.join(SUFFIXES)}) "
                "and is no zarr store; choose a video file, a store, or a folder that "
                "holds images."
            )
        self._files = files
        size = _common_size(files, path)
        self._depth = Depth.of(read_image(files[at]) for at in ends_of(files))
        attrs = {
            "source_size": sum(file.stat().st_size for file in files),
            "identity": files_identity(files),
            **ASSUMED,
        }
        times = np.arange(len(files), dtype=np.float64)
        super().__init__(path, size, times, attrs, roi=roi)

    def _picture(self, position: int) -> NDArray[np.uint8]:
        file = self._files[position]
        return to_rgb(read_image(file), self._depth, file)


def ends_of(files: Sequence[Path]) -> list[int]:
    """Positions of those by which the depth of a series is settled: see `Depth.of`."""
    return sorted({0, len(files) // 2, len(files) - 1})


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


def read_image(file: Path) -> NDArray[Any]:
    """Pixels (y, x[, channel]) of an image file, upright.

    Raises
    ------
    VideoError
        If it cannot be read.
    """
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
