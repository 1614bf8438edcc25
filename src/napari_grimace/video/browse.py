"""Frames for looking at: at once, exact, with the neighbours read ahead."""

from __future__ import annotations

import copy
import math
import threading
import warnings
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.video.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_grimace.video.source import PictureSource

    Picture = NDArray[np.uint8]

_CACHE_BYTES = 256 * 2**20
# Frames that may be decoded on the way to one while somebody waits for it: 60 ms at
# 1080p.
_QUICK = 12
_AHEAD = 32
_READ_TOGETHER = 8
_REST = 0.05  # seconds after which somebody stays at a frame
_IDLE = 2.0  # seconds


class BrowsedVideo(Stack):
    """A video as an array with four axes that is quick to leaf through.

    Each frame that is asked for is exact, except while `leafing`: then a frame that is
    a long way from its key frame is stood in for by that key frame, and is read
    afterwards, in the background. So are the frames that come next when somebody steps
    forwards or backwards. What was read is kept in a cache of bounded size. A damaged
    frame is black, with a warning.

    Parameters
    ----------
    source
        An open video, as `open_source` gives it; it belongs to this object from now on.
    cache_bytes
        Most memory for decoded pictures.

    Attributes
    ----------
    source
        The video.
    shape, dtype, ndim
        (frame, y, x, rgb), uint8, 4.
    leafing
        Whether somebody leafs through, and nobody takes the pictures for exact.
    arrived
        Called with a position, from another thread, when a frame for which another
        stood in has been read.
    previewed
        Position of the frame that was asked for last, if another stood in for it.
    damaged
        Why frames could not be read, by position.
    """

    def __init__(
        self, source: PictureSource, *, cache_bytes: int = _CACHE_BYTES
    ) -> None:
        super().__init__(source.shape)
        self.source = source
        self.arrived: Callable[[int], object] | None = None
        self.leafing = False
        self.damaged: dict[int, str] = {}
        self.previewed: int | None = None
        self._cache: OrderedDict[int, Picture] = OrderedDict()
        self._capacity = max(4, cache_bytes // max(1, math.prod(self.shape[1:])))
        self._last = 0  # asked for
        self._at = 0  # where the decoder stands
        # Guards the cache and what is wanted; woken when something new is wanted.
        self._state = threading.Condition()
        self._wanted: int | None = None
        self._awaited: int | None = None
        self._going = 0
        self._expected: int | None = None
        self._closed = False
        self._alone = False  # without a second reader
        self._reader: threading.Thread | None = None

    def __deepcopy__(self, _: dict[int, object]) -> BrowsedVideo:
        # As when a layer is duplicated: another look at the same file.
        return BrowsedVideo(copy.copy(self.source))

    def exact(self, position: int) -> bool:
        """Whether the frame at a position is at hand, so that nothing stands in."""
        with self._state:
            return position in self._cache

    def at_hand(self, position: int) -> Picture | None:
        """Give the frame at a position if it was read already; nothing else is done."""
        with self._state:
            return self._cache.get(position)

    def expect(self, position: int) -> None:
        """Read a frame in the background: somebody will soon ask for it."""
        there = 0 <= position < len(self)
        if there and not self._alone and not self.exact(position):
            with self._state:
                self._expected = position
                self._wake()

    def close(self) -> None:
        """Stop reading ahead, and give back files and memory."""
        with self._state:
            self._closed = True
            self._state.notify_all()
            reader = self._reader
        if reader is not None:
            reader.join()
        with self._state:
            self._cache.clear()
        self.source.close()

    def picture(self, position: int) -> Picture:
        """One frame (y, x, rgb); read-only."""
        if not -len(self) <= position < len(self):
            return self.source[position]  # raises, and names the video
        position %= len(self)
        step = position - self._last
        self._last = position
        awaited = None
        if self.leafing and self._far(position):
            awaited = position
            picture = self._read(self.source.start_of(position))
        else:
            picture = self._read(position)
        self.previewed = awaited
        # After a jump nobody knows what comes next.
        going = int(np.sign(step)) if abs(step) <= _QUICK else 0
        if awaited is not None or going or self._reader is not None:
            self._want(position, awaited, going)
        return picture

    def _far(self, position: int) -> bool:
        """Whether it takes long to get to a frame."""
        if self._alone or position in self.damaged or self.exact(position):
            return False
        key = self.source.start_of(position)
        start = self._at if key <= self._at < position else key
        return position - start > _QUICK

    def _read(self, position: int) -> Picture:
        with self._state:
            picture = self._cached(position)
        if picture is None:
            try:
                picture = self.source[position]
            except VideoError as error:
                # Whoever leafs past it must not be stopped.
                self.damaged[position] = str(error)
                warnings.warn(str(error), GrimaceWarning, stacklevel=4)
                picture = np.zeros(self.shape[1:], np.uint8)
            self._at = position
            self._keep(position, picture)
        return picture

    def _cached(self, position: int) -> Picture | None:
        if position in self._cache:
            self._cache.move_to_end(position)
        return self._cache.get(position)

    def _keep(self, position: int, picture: Picture) -> None:
        picture.flags.writeable = False  # it is handed to everyone who asks
        with self._state:
            if self._closed:
                return
            self._cache[position] = picture
            while len(self._cache) > self._capacity:
                self._cache.popitem(last=False)

    def _want(self, position: int, awaited: int | None, going: int) -> None:
        with self._state:
            self._wanted, self._awaited = position, awaited
            self._going = going
            self._wake()

    def _wake(self) -> None:
        """Let the reader look what is wanted; the caller holds the state."""
        self._closed = False
        if self._reader is None:
            self._reader = threading.Thread(
                target=self._read_ahead, name="read frames ahead", daemon=True
            )
            self._reader.start()
        self._state.notify_all()

    def _read_ahead(self) -> None:
        try:
            # A second reader of the file: its place in it is not that of the first.
            source = copy.copy(self.source)
            try:
                while (wanted := self._next_wanted()) is not None:
                    self._read_round(source, *wanted)
            finally:
                source.close()
        except (VideoError, OSError):
            self._go_on_alone()

    def _go_on_alone(self) -> None:
        """Read every frame when it is asked for: the file cannot be opened again.

        It was moved, say; who has it open can go on reading it.
        """
        with self._state:
            self._alone, self._reader = True, None
            awaited = self.previewed
        if awaited is not None and self.arrived is not None:
            self.arrived(awaited)

    def _next_wanted(self) -> tuple[int, int | None, int] | None:
        with self._state:
            # Idle, it ends, so that a video which nobody holds is given back.
            self._state.wait_for(
                lambda: self._wanted_anew() or self._expected is not None, _IDLE
            )
            if self._closed or (self._wanted is None and self._expected is None):
                self._reader = None
                return None
            if self._wanted is None:
                return self._last, None, 0
            wanted = self._wanted, self._awaited, self._going
            self._wanted = self._awaited = None
            return wanted

    def _wanted_anew(self) -> bool:
        return self._closed or self._wanted is not None

    def _read_round(
        self,
        source: PictureSource,
        position: int,
        awaited: int | None,
        going: int,
    ) -> None:
        if awaited is not None:
            with self._state:  # until somebody stays
                if self._state.wait_for(self._wanted_anew, _REST):
                    return
            self._read_some(source, range(awaited, awaited + 1))
            if not self.exact(awaited):
                self.damaged.setdefault(awaited, "")  # its reader will tell why
            if self.arrived is not None and not self._closed:
                self.arrived(awaited)
        with self._state:
            expected, self._expected = self._expected, None
        if expected is not None:
            self._read_some(source, range(expected, expected + 1))
        ahead = min(_AHEAD, self._capacity // 2)
        chunk = min(_READ_TOGETHER, ahead)
        for start in range(0, ahead, chunk):
            if self._wanted_anew() or not going:
                return
            first = position + 1 + start if going > 0 else position - start - chunk
            last = min(first + chunk, position + 1 + ahead, len(self))
            self._read_some(source, range(max(first, 0), last))

    def _read_some(self, source: PictureSource, positions: range) -> None:
        with self._state:
            missing = [at for at in positions if at not in self._cache]
        # A damaged frame is told when somebody comes to it.
        for at, picture in source.read(missing, on_error=_ignore):
            self._keep(at, picture)
            if self._closed:
                return


def _ignore(_: VideoError) -> None:
    return
