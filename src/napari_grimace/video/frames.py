"""Frames one after the other, decoded ahead in the background."""

from __future__ import annotations

import queue
import threading
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.video.arrays import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_grimace.video.arrays import Video
    from napari_grimace.video.source import FrameSource

# Decoded pictures that wait to be taken.
_QUEUE_BYTES = 64 * 2**20


class _Stopped(NamedTuple):
    """What ended the decoding, unlike the errors of single frames."""

    error: BaseException


def iter_frames(
    video: Video, frames: Sequence[int] | NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Give chosen frames in order, while the next ones are decoded in the background.

    What nobody needs is skipped, memory is bounded, and closing the iterator stops
    the decoding.

    Parameters
    ----------
    video
        A path, an open source, or an array of `open_video` (or one with the same
        dimensions and a `frame` coordinate, lazy or not).
    frames
        Frame numbers, increasing.

    Yields
    ------
    tuple of int and numpy.ndarray
        Frame number, and picture (y, x, rgb) uint8, the caller's own.

    Raises
    ------
    VideoError
        If a number is not in the video, the numbers do not increase, or none of the
        frames can be decoded.

    Warns
    -----
    GrimaceWarning
        At the end, if damaged frames were left out; the message names them.
    """
    numbers = np.asarray(frames, np.int64).ravel()
    if (np.diff(numbers) <= 0).any():
        raise VideoError("Frames are read in order: give increasing frame numbers.")
    source, own = source_of(video)
    positions = positions_of(source.frames, numbers, source.attrs.get("source", ""))
    return _run(source, positions, numbers, own)


def positions_of(
    frames: NDArray[np.int64], numbers: NDArray[np.int64], name: str
) -> NDArray[np.int64]:
    """Positions of frame numbers among the (increasing) numbers a video has."""
    at = np.searchsorted(frames, numbers)
    there = at < len(frames)
    there[there] = frames[at[there]] == numbers[there]
    if not there.all():
        raise VideoError(
            f"{name or 'The video'} has no frame {numbers[~there][0]}: it has "
            f"{len(frames)} frames, numbered "
            + (f"{frames[0]} to {frames[-1]}." if len(frames) else "from 0.")
        )
    return at


def _run(
    source: FrameSource,
    positions: NDArray[np.int64],
    numbers: NDArray[np.int64],
    own: bool,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    depth = int(np.clip(_QUEUE_BYTES // max(1, np.prod(source.shape[1:])), 2, 64))
    ready: queue.Queue[Any] = queue.Queue(depth)
    stop = threading.Event()
    worker = threading.Thread(
        target=_decode,
        args=(source, positions.tolist(), ready, stop),
        name="decode frames",
        daemon=True,
    )
    number_of = dict(zip(positions.tolist(), numbers.tolist(), strict=True))
    bad: list[VideoError] = []
    worker.start()
    try:
        while True:
            item = ready.get()
            if item is None:
                break
            if isinstance(item, VideoError):
                bad.append(item)
            elif isinstance(item, _Stopped):
                raise item.error
            else:
                yield number_of[item[0]], item[1]
        _report(bad, len(numbers), source.attrs.get("source", "the video"))
    finally:
        stop.set()
        worker.join()
        if own:
            source.close()


def _decode(
    source: FrameSource,
    positions: list[int],
    ready: queue.Queue[Any],
    stop: threading.Event,
) -> None:
    def put(item: Any) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    try:
        for item in source.read(positions, on_error=put):
            put(item)
            if stop.is_set():
                return
        put(None)
    except BaseException as error:  # shown to whoever takes the frames
        put(_Stopped(error))


def _report(bad: list[VideoError], asked: int, name: str) -> None:
    if not bad:
        return
    if len(bad) == asked:
        raise bad[0]
    warnings.warn(
        f"{len(bad)} of {asked} frames of {name} could not be read and were left out. "
        f"The first: {bad[0]}",
        GrimaceWarning,
        stacklevel=3,
    )
