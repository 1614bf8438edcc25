"""Frames far apart, decoded by several decoders at once."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

from napari_grimace.errors import VideoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Run = list[int]
    Found = list[tuple[int, NDArray[np.uint8] | VideoError]]
    Reader = Callable[[int, set[int], bool], NDArray[np.uint8]]

# A run is decoded in one go; longer ones are better off with one threaded decoder.
_LONGEST_RUN = 4
_FEWEST_RUNS = 6
_BYTES = 64 * 2**20


def runs_of(
    positions: Sequence[int], continues: Callable[[int, int], bool]
) -> list[Run]:
    """Split wanted frames where decoding jumps from one to the next."""
    runs: list[Run] = []
    for position in positions:
        if runs and continues(runs[-1][-1], position):
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs


def workers_for(runs: list[Run], frame_bytes: int) -> int:
    """How many decoders to use: one, unless there are many short runs."""
    longest = max(map(len, runs), default=0)
    if longest > _LONGEST_RUN or len(runs) < _FEWEST_RUNS:
        return 1
    room = _BYTES // max(1, frame_bytes * longest)
    return max(1, min(_cores(), 8, room, len(runs) // 2))


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def read_runs(
    runs: list[Run],
    workers: int,
    make_reader: Callable[[], tuple[Reader, Callable[[], None]]],
) -> Iterator[tuple[int, NDArray[np.uint8] | VideoError]]:
    """Decode runs side by side; give their frames in order.

    Parameters
    ----------
    runs
        Frames that one decoder takes in one go.
    workers
        Number of decoders.
    make_reader
        Opens the file once more; gives how to read a frame, and how to close.
    """
    free: SimpleQueue[Reader] = SimpleQueue()
    closers: list[Callable[[], None]] = []

    def work(run: Run) -> Found:
        reader = free.get()
        try:
            return [_attempt(reader, run, at) for at in range(len(run))]
        finally:
            free.put(reader)

    waiting: deque[Future[Found]] = deque()
    with ThreadPoolExecutor(workers, "decode runs") as pool:
        try:
            for _ in range(workers):
                reader, close = make_reader()
                closers.append(close)
                free.put(reader)
            for run in runs:
                waiting.append(pool.submit(work, run))
                if len(waiting) > workers:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
            for close in closers:
                close()


def _attempt(
    reader: Reader, run: Run, at: int
) -> tuple[int, NDArray[np.uint8] | VideoError]:
    try:
        return run[at], reader(run[at], set(run), at + 1 < len(run))
    except VideoError as error:
        return run[at], error
