"""Video files, read with PyAV."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from av.video.reformatter import VideoReformatter

from napari_grimace.errors import VideoError
from napari_grimace.video.containers import missing_bytes
from napari_grimace.video.identity import file_identity
from napari_grimace.video.orientation import Orientation
from napari_grimace.video.pyav_decoder import Decoder
from napari_grimace.video.pyav_index import PacketIndex, index_packets
from napari_grimace.video.pyav_parallel import read_runs, runs_of, workers_for
from napari_grimace.video.source import PictureSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_grimace.video.pyav_parallel import Reader

# Frames marked as wanted ahead of sequential reading.
_AHEAD = 64
# Frames decoded together when somebody steps backwards.
_BACK = 8


@dataclass(frozen=True)
class VideoFile:
    """What is known of a video file before its frames are read."""

    index: PacketIndex
    size: tuple[int, int]
    orientation: Orientation
    identity: str


def examine(path: Path, *, cut: bool = False) -> VideoFile:
    """Index a file and look at its first frame; remembered for unchanged files.

    Parameters
    ----------
    path
        The file.
    cut
        Whether its end is known to be missing.

    Raises
    ------
    VideoError
        If no frame can be decoded.
    """
    stat = path.stat()
    return _examine(path, cut, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _examine(path: Path, cut: bool, size: int, _modified: int) -> VideoFile:
    index = index_packets(path, cut=cut)
    decoder = Decoder(path, index)
    try:
        first = _first(decoder, path, len(index.packet))
    finally:
        decoder.close()
    orientation = Orientation.of_frame(first)
    identity = file_identity(path, size, index.pts, index.time_base)
    shape = orientation.size(first.height, first.width)
    return VideoFile(index, shape, orientation, identity)


def _first(decoder: Decoder, path: Path, count: int) -> Any:
    for number in range(min(count, 30)):
        try:
            return decoder.get(number, {number}, more=False)
        except VideoError:
            continue
    raise VideoError(
        f"No frame of {path.name} can be decoded: it is empty, damaged, or coded in a "
        "way that this reader does not know. Copy or export the video again."
    )


class PyAVSource(PictureSource):
    """Frames of a video file, exact to the frame.

    Parameters
    ----------
    path
        The file.
    roi
        (y_min, x_min, y_max, x_max) in pixels, after display rotation.
    """

    def __init__(self, path: Path, roi: Sequence[float] | None = None) -> None:
        file = examine(path, cut=missing_bytes(path) > 0)
        times = file.index.times
        attrs = {
            "source_size": path.stat().st_size,
            "identity": file.identity,
            "frame_rate": frame_rate(times, file.index.rate),
        }
        super().__init__(path, file.size, times, attrs, roi=roi)
        self._file = file
        self._decoder: Decoder | None = None
        self._reformatter = VideoReformatter()
        self._last = -1

    def read(
        self,
        positions: Sequence[int],
        on_error: Callable[[VideoError], None] | None = None,
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Pictures at increasing positions; what lies between is skipped."""
        positions = [self._checked(position) for position in positions]
        runs = runs_of(positions, self._file.index.continues)
        workers = workers_for(runs, math.prod(self.shape[1:]))
        found = (
            read_runs(runs, workers, self._reader)
            if workers > 1
            else self._read_on(runs)
        )
        for position, picture in found:
            if not isinstance(picture, VideoError):
                yield position, picture
            elif on_error is None:
                raise picture
            else:
                on_error(picture)

    def _read_on(
        self, runs: list[list[int]]
    ) -> Iterator[tuple[int, NDArray[np.uint8] | VideoError]]:
        """One decoder, threaded within, run by run."""
        wanted = {position for run in runs for position in run}
        for run in runs:
            for position in run:
                try:
                    with self._lock:
                        self._last = -2
                        frame = self._running().get(
                            position, wanted, more=position != run[-1]
                        )
                        picture = self._crop(self._convert(frame))
                except VideoError as error:
                    yield position, error
                else:
                    yield position, picture

    def _reader(self) -> tuple[Reader, Callable[[], None]]:
        """Open the file once more, for one of several decoders at work."""
        decoder = Decoder(self.path, self._file.index, threads=1)
        reformatter = VideoReformatter()

        def read(position: int, wanted: set[int], more: bool) -> NDArray[np.uint8]:
            frame = decoder.get(position, wanted, more=more)
            return self._crop(self._convert(frame, reformatter))

        return read, decoder.close

    def start_of(self, position: int) -> int:
        """Position of the key frame from which decoding must begin."""
        index = self._file.index
        key = int(index.frame[index.start[self._checked(position)]])
        # A key frame that is not shown, or is shown later: nothing can stand in.
        return key if 0 <= key <= position else position

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        with self._lock:
            super().close()
            if self._decoder is not None:
                self._decoder.close()
                self._decoder = None

    def _running(self) -> Decoder:
        if self._decoder is None:
            self._decoder = Decoder(self.path, self._file.index)
        return self._decoder

    def _picture(self, position: int) -> NDArray[np.uint8]:
        return self._convert(self._running().get(position, {position}, more=False))

    def _fill(self, position: int) -> None:
        """Decode one frame; stepping forwards or backwards also what comes next."""
        last, self._last = self._last, position
        decoder = self._running()
        if position == last + 1:
            ahead = range(position, min(position + _AHEAD, len(self)))
            frame = decoder.get(position, ahead, more=True)
            self._keep(position, self._crop(self._convert(frame)))
        elif position == last - 1:
            room = min(_BACK, self._capacity - 1)
            before = range(max(0, position - room + 1), position + 1)
            for number in before:
                frame = decoder.get(number, before, more=number < position)
                self._keep(number, self._crop(self._convert(frame)))
        else:
            super()._fill(position)

    def _convert(
        self, frame: Any, reformatter: VideoReformatter | None = None
    ) -> NDArray[np.uint8]:
        """To rgb24 as PyAV's `to_ndarray` does it, upright."""
        rgb = (reformatter or self._reformatter).reformat(frame, format="rgb24")
        pixels = cast("NDArray[np.uint8]", rgb.to_ndarray())
        picture = self._file.orientation.turn(pixels)
        if picture.shape[:2] != self._file.size:
            raise VideoError(
                f"The picture size of {self.path.name} changes from "
                f"{self._file.size[1]}x{self._file.size[0]} to "
                f"{picture.shape[1]}x{picture.shape[0]} pixels within the video; "
                "export it at one size."
            )
        # A frame that needed no conversion still belongs to the decoder.
        return picture.copy() if rgb is frame else picture


def frame_rate(times: NDArray[np.float64], stated: float | None) -> float:
    """Frames per second: as stated where the times bear it out, else their mean."""
    if len(times) < 2 or times[-1] <= times[0]:
        return stated or float("nan")
    mean = float((len(times) - 1) / (times[-1] - times[0]))
    if stated and abs(stated / mean - 1) < 2e-3:
        return stated
    return mean
