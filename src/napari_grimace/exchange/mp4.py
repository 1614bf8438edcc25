"""H.264 files written frame by frame."""

from __future__ import annotations

import errno
from contextlib import closing, suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Self, cast

import numpy as np

from napari_grimace.errors import ExportError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from av import VideoStream
    from numpy.typing import NDArray

_CLOCK = Fraction(1, 90_000)  # fine enough for the times of any video
# Some builds of FFmpeg lack x264; the others make larger or coarser files.
_ENCODERS = ("libx264", "libopenh264", "mpeg4")


class Mp4Writer:
    """An mp4 file that takes frames with their times; it is begun by the first.

    Parameters
    ----------
    path
        The file.
    frame_rate
        Frames per second, as a hint to players; the times given count.
    comment
        Kept in the file's metadata.

    Raises
    ------
    ExportError
        There is no encoder.
    """

    def __init__(self, path: Path, frame_rate: float, comment: str = "") -> None:
        import av

        self._path = path
        self._file = av.open(str(path), "w", format="mp4")
        self._file.metadata["comment"] = comment
        rate = Fraction(max(frame_rate, 1)).limit_denominator(1001)
        self._stream = cast("VideoStream", self._file.add_stream(_encoder(), rate=rate))
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _CLOCK
        self._last = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            with closing(self._file):
                self._file.mux(self._stream.encode(None))
            return
        # The file is thrown away; that it cannot be ended well is no news.
        with suppress(OSError):
            self._file.close()

    def add(self, image: NDArray[np.uint8], time: float) -> None:
        """Append a frame (y, x, rgb) that is shown at `time`, in seconds.

        Raises
        ------
        ExportError
            With the first frame: the file cannot be opened, or not be encoded so.
        """
        import av

        height, width = image.shape[:2]
        # Colour is stored for blocks of 2 x 2 pixels: odd sides grow by one.
        even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        if self._last < 0:
            self._begin(*even.shape[:2])
        frame = av.VideoFrame.from_ndarray(even, format="rgb24")
        frame.time_base = _CLOCK
        # Two frames with one time cannot be stored: the later moves by a tick.
        self._last = frame.pts = max(round(time / _CLOCK), self._last + 1)
        self._file.mux(self._stream.encode(frame))

    def _begin(self, height: int, width: int) -> None:
        from av.error import FFmpegError

        self._stream.height, self._stream.width = height, width
        try:
            self._file.start_encoding()
        except FFmpegError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise  # the folder is the right one, only full
            raise ExportError(
                f"{self._path.parent}: no video of {width} x {height} px can be "
                f"written there ({error.strerror}): choose a folder that is there and "
                "that you may write to."
            ) from error


def _encoder() -> str:
    import av

    for name in _ENCODERS:
        if name in av.codecs_available:
            return name
    raise ExportError(
        "this installation of PyAV can write no mp4: install av from the package index"
    )
