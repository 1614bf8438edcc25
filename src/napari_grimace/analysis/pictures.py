"""Single pictures: an array, or image files of any sizes."""

from __future__ import annotations

import contextlib
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from napari_grimace.errors import GrimaceWarning, VideoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_grimace.video.pixels import Depth


class Pictures(Protocol):
    """Pictures that are read one at a time."""

    names: list[str]
    source: str

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Picture as (y, x, rgb); raises VideoError where it cannot be read."""
        ...


def as_pictures(images: Any) -> Pictures:
    """Take an array, a list of arrays or files, a file, or a folder of files.

    Raises
    ------
    VideoError
        There is no picture, or the array has another shape or type than a picture's.
    """
    if isinstance(images, (str, Path)):
        return FilePictures(_files(Path(images).expanduser()))
    if not hasattr(images, "ndim"):
        items = list(images)
        if items and all(isinstance(item, (str, Path)) for item in items):
            return FilePictures([Path(item).expanduser() for item in items])
        return ArrayPictures(items)
    return ArrayPictures(_stack(images))


class ArrayPictures:
    """Pictures in arrays, looked at one by one, so that a lazy array stays lazy."""

    source = "array"

    def __init__(self, arrays: Sequence[Any]) -> None:
        if len(arrays) == 0:
            raise VideoError("There is no picture to score: the array is empty.")
        self._arrays = arrays
        self.names = [str(index) for index in range(len(arrays))]

    def __len__(self) -> int:
        return len(self._arrays)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        return as_rgb(np.asarray(self._arrays[index]), f"picture {index}")


class FilePictures:
    """Image files, read as the frames of an image folder are: upright, with 8 bit."""

    def __init__(self, paths: Sequence[Path]) -> None:
        missing = [str(path) for path in paths if not path.is_file()]
        if missing:
            raise VideoError(f"No such image file: {', '.join(missing[:5])}.")
        self._paths = list(paths)
        parents = {path.parent for path in paths}
        self.source = parents.pop().resolve().name if len(parents) == 1 else "pictures"
        same = len({path.name for path in paths}) == len(paths)
        self.names = [path.name if same else str(path) for path in paths]

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        from napari_grimace.video.images import read_image
        from napari_grimace.video.pixels import to_rgb

        path = self._paths[index]
        return to_rgb(read_image(path), self._depth, path)

    @cached_property
    def _depth(self) -> Depth:
        from napari_grimace.video.images import ends_of, read_image
        from napari_grimace.video.pixels import Depth

        some = []
        for index in ends_of(self._paths):
            with contextlib.suppress(VideoError):
                some.append(read_image(self._paths[index]))
        return Depth.of(some)


def readable(
    pictures: Pictures,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Give number and picture, leaving out those that cannot be read.

    A GrimaceWarning at the end names what was left out.

    Raises
    ------
    VideoError
        None of them can be read.
    """
    problems: list[str] = []
    for index in range(len(pictures)):
        try:
            picture = pictures[index]
        except VideoError as error:
            problems.append(str(error))
            continue
        yield index, picture
    if len(problems) == len(pictures):
        raise VideoError(f"No picture of {pictures.source} can be read. {problems[0]}")
    if problems:
        warnings.warn(
            f"{len(problems)} of {len(pictures)} pictures cannot be read and are "
            f"left out: {' '.join(problems[:5])}",
            GrimaceWarning,
            stacklevel=2,
        )


def as_rgb(array: NDArray[Any], what: str = "the picture") -> NDArray[np.uint8]:
    """Make (y, x, rgb) uint8 of a grey, RGB or RGBA picture.

    Parameters
    ----------
    array
        (y, x), (y, x, 1), (y, x, rgb) or (y, x, rgba); uint8, or floating point from 0
        to 1. Transparency is left out.
    what
        How messages call it.

    Raises
    ------
    VideoError
        Another shape or type.
    """
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4) or not array.size:
        raise VideoError(
            f"{what} has the shape {array.shape}: give (y, x), (y, x, rgb) or a list "
            "of such."
        )
    if array.dtype != np.uint8:
        array = _eight_bit(array, what)
    colours = array[..., :3] if array.shape[-1] > 1 else np.repeat(array, 3, axis=-1)
    return np.ascontiguousarray(colours)


def _eight_bit(array: NDArray[Any], what: str) -> NDArray[np.uint8]:
    if not np.issubdtype(array.dtype, np.floating):
        raise VideoError(
            f"{what} is of type {array.dtype}: convert it to uint8 (0 to 255), or to "
            "floating point from 0 to 1."
        )
    # A comparison that is also false for NaN.
    if not (array.min() >= 0 and array.max() <= 1):
        raise VideoError(
            f"{what} holds floating point values outside 0 to 1: divide by the largest "
            "value that its camera gives."
        )
    return np.asarray(np.rint(array * 255), np.uint8)


def _stack(images: Any) -> Any:
    """Give an array of one or several pictures a first dimension of pictures."""
    several = images.ndim == 4 or (images.ndim == 3 and images.shape[-1] not in (3, 4))
    return images if several else images[None]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    from napari_grimace.video.images import SUFFIXES, image_files

    files = image_files(path)
    if not files:
        raise VideoError(
            f"The folder {path} holds no image file ({', '.join(SUFFIXES)})."
        )
    return files
