"""What every kind of video looks like to the rest of the package."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from napari_grimace.errors import VideoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Roi = tuple[int, int, int, int]

# Decoded pictures kept for repeated looks at the same few frames.
_CACHE_BYTES = 96 * 2**20


@runtime_checkable
class FrameSource(Protocol):
    """Frames of one video, addressed by position, safe from several threads.

    Attributes
    ----------
    shape
        (frames, y, x, 3), after display rotation and the region of interest.
    dtype
        Always uint8.
    times
        Presentation time of each frame in seconds, on the clock of the file.
    frames
        Number of each frame in the original video: 0, 1, 2, ... unless the source
        is a store that keeps only some frames.
    attrs
        `source`, `source_path`, `source_size`, `identity`, `frame_rate`,
        `frame_count`, and `roi` where there is one.
    """

    shape: tuple[int, int, int, int]
    dtype: np.dtype[np.uint8]
    times: NDArray[np.float64]
    frames: NDArray[np.int64]
    attrs: dict[str, Any]

    def __len__(self) -> int: ...
    def __getitem__(self, position: int) -> NDArray[np.uint8]: ...
    def read(
        self,
        positions: Sequence[int],
        on_error: Callable[[VideoError], None] | None = None,
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Pictures at increasing positions; `on_error` gets what cannot be read."""
        ...

    def close(self) -> None:
        """Give back files and memory."""
        ...


class PictureSource(ABC):
    """The common part of all sources: region of interest, cache, lock, bounds.

    A source gives its whole pictures by `_picture`; everything else is here.

    Parameters
    ----------
    path
        File or folder.
    size
        Height and width of the whole picture, in pixels, after display rotation.
    times, frames
        See `FrameSource`; frames default to 0, 1, 2, ...
    attrs
        Whatever describes the file; what is common to all sources is added.
    roi
        (y_min, x_min, y_max, x_max) in pixels of the whole picture.
    stored
        Region of the original picture that the source holds, if not the whole;
        `roi` is given on the original picture all the same.
    """

    dtype = np.dtype(np.uint8)

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        times: NDArray[np.float64],
        attrs: dict[str, Any],
        *,
        frames: NDArray[np.int64] | None = None,
        roi: Sequence[float] | None = None,
        stored: Roi | None = None,
    ) -> None:
        self.path = path
        self.times = times
        self.frames = np.arange(len(times)) if frames is None else frames
        self._asked = None if roi is None else tuple(roi)
        box = stored or (0, 0, *size)
        region = stored if roi is None else checked_roi(roi, box, path)
        y_min, x_min, y_max, x_max = region or box
        self._window = (
            slice(y_min - box[0], y_max - box[0]),
            slice(x_min - box[1], x_max - box[1]),
        )
        self.shape = (len(times), y_max - y_min, x_max - x_min, 3)
        self.attrs = {
            "source": path.name,
            "source_path": str(path.absolute()),
            "frame_count": len(times),
            **attrs,
        }
        if region is not None:
            self.attrs["roi"] = list(region)
        self._lock = threading.RLock()
        self._cache: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._capacity = max(2, _CACHE_BYTES // max(1, math.prod(self.shape[1:])))

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, position: int) -> NDArray[np.uint8]:
        """One frame (y, x, rgb); the array is the caller's own."""
        position = self._checked(position)
        with self._lock:
            if position not in self._cache:
                self._fill(position)
            self._cache.move_to_end(position)
            return self._cache[position].copy()

    def read(
        self,
        positions: Sequence[int],
        on_error: Callable[[VideoError], None] | None = None,
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Pictures at increasing positions, past the cache."""
        for position in positions:
            try:
                with self._lock:
                    picture = self._crop(self._picture(self._checked(position)))
            except VideoError as error:
                if on_error is None:
                    raise
                on_error(error)
            else:
                yield position, picture

    def start_of(self, position: int) -> int:
        """Position of the frame from which decoding must begin to get to another.

        The frame itself, unless the video's frames build on one another.
        """
        return self._checked(position)

    @abstractmethod
    def _picture(self, position: int) -> NDArray[np.uint8]:
        """Read one whole picture (y, x, rgb)."""

    def _fill(self, position: int) -> None:
        """Put a frame, and neighbours that come cheaply, into the cache."""
        self._keep(position, self._crop(self._picture(position)))

    def _keep(self, position: int, picture: NDArray[np.uint8]) -> None:
        self._cache[position] = picture
        while len(self._cache) > self._capacity:
            self._cache.popitem(last=False)

    def _crop(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.ascontiguousarray(picture[self._window])

    def _checked(self, position: int) -> int:
        count = len(self)
        if not -count <= position < count:
            raise VideoError(
                f"{self.path.name} has frames 0 to {count - 1}; {position} is not one "
                "of them."
            )
        return int(position) % count

    def close(self) -> None:
        """Give back files and memory; a later read opens them again."""
        with self._lock:
            self._cache.clear()

    def __enter__(self) -> PictureSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy in another process opens the file for itself.
        from napari_grimace.video.opening import open_source

        return open_source, (str(self.path), self._asked)


def origin_of(source: FrameSource) -> tuple[int, int]:
    """Place (y, x) of the first pixel of a video's pictures in the full frame."""
    y_min, x_min, *_ = source.attrs.get("roi", (0, 0))
    return int(y_min), int(x_min)


def checked_roi(roi: Sequence[float], box: Roi, path: Path) -> Roi:
    """Bring a region of interest to whole pixels, inside the picture.

    Parameters
    ----------
    roi
        (y_min, x_min, y_max, x_max), pixels; fractions are rounded outwards.
    box
        The region that the source has.
    path
        Named in the message.

    Raises
    ------
    VideoError
        If the region is not four numbers, empty, or not inside the picture.
    """
    edges = [float(edge) for edge in roi]
    if len(edges) != 4 or not all(math.isfinite(edge) for edge in edges):
        raise VideoError(
            f"The region of interest for {path.name} is {list(roi)}; four numbers "
            "y_min, x_min, y_max, x_max in pixels are needed."
        )
    y_min, x_min = math.floor(edges[0]), math.floor(edges[1])
    y_max, x_max = math.ceil(edges[2]), math.ceil(edges[3])
    inside = box[0] <= y_min < y_max <= box[2] and box[1] <= x_min < x_max <= box[3]
    if not inside:
        raise VideoError(
            f"The region of interest y {edges[0]:g} to {edges[2]:g}, x {edges[1]:g} to "
            f"{edges[3]:g} does not lie in the picture of {path.name} (y {box[0]} to "
            f"{box[2]}, x {box[1]} to {box[3]}); give y_min, x_min, y_max, x_max in "
            "pixels, within it."
        )
    return y_min, x_min, y_max, x_max
