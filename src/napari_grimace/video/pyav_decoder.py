"""Exact frames from a packet index: decode forward, skip what nobody needs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np

from napari_grimace.errors import VideoError
from napari_grimace.video.pyav_index import STEP, open_container

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

    from napari_grimace.video.pyav_index import PacketIndex

# Decoders that pass over frames to which no other refers, leaving the others exact.
# Elsewhere (dav1d settles it once, at opening) every frame on the way is decoded.
_SKIPPING = {
    "h264",
    "hevc",
    "mpeg1video",
    "mpeg2video",
    "mpeg4",
    "vc1",
    "wmv3",
}
# Up to this many packets are read past; beyond, the file is searched.
_SKIM = 600
# A decoder that has not given a frame after this many further packets never will.
_DELAY = 100


class Decoder:
    """A decoder that knows where it stands; for one thread at a time.

    Packets carry their number as time stamp into the decoder, so that every frame
    that comes out names the packet it was coded in: this holds whatever the file says
    about times, and whatever the decoder reorders, delays or drops.

    Parameters
    ----------
    path
        The video file.
    index
        Its packets.
    threads
        Threads of the decoder; 0 stands for as many as there are cores.
    """

    def __init__(self, path: Path, index: PacketIndex, threads: int = 0) -> None:
        self._path = path
        self._index = index
        self._threads = threads
        self._packet_of = index.packet.tolist()
        self._frame_in = index.frame.tolist()
        self._start_of = index.start.tolist()
        self._coming: set[int] = set()
        self._ready: dict[int, Any] = {}
        self._open()

    def _open(self) -> None:
        self._container, self._stream = open_container(self._path)
        self._context = self._stream.codec_context
        self._context.thread_count = self._threads
        self._skips = self._context.name in _SKIPPING
        self._packets: Iterator[Any] = self._container.demux(self._stream)
        self._ahead: list[Any] = []
        self._next = 0
        self._key: int | None = None
        self._primed = False

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def get(self, frame: int, wanted: Container[int], *, more: bool) -> Any:
        """Decode one frame.

        Parameters
        ----------
        frame
            Its number.
        wanted
            Frames that will be asked for soon, with this one; all others may be
            skipped on the way.
        more
            Whether one of them comes soon enough after this frame for the decoder to
            run on. If not, decoding stops at this frame.

        Returns
        -------
        av.VideoFrame

        Raises
        ------
        VideoError
            If the decoder does not give the frame.
        """
        if frame in self._ready:
            return self._ready.pop(frame)
        for key in self._starts(frame):
            if not self._reaches(frame, key):
                self._restart(key)
            found = self._advance(frame, wanted, more)
            if found is not None:
                return found
            self._drain()
        raise VideoError(
            f"Frame {frame} of {self._path.name} is damaged and cannot be decoded; "
            "leave it out, or make a fresh copy of the file."
        )

    def _starts(self, frame: int) -> Iterator[int]:
        """Where to begin: the key frame, or, if that fails, some before it."""
        keys = self._index.keys
        at = int(np.searchsorted(keys, self._start_of[frame]))
        for back in (0, 1, 2, 4, 8):
            if back == 0 or back <= at:
                yield int(keys[at - back])

    def _reaches(self, frame: int, key: int) -> bool:
        """Whether the decoder gets to the frame by going on from where it is."""
        if self._key is None or self._key > key:
            return False
        if frame in self._coming:
            return True
        return self._packet_of[frame] >= self._next and key <= self._next + STEP

    def _advance(self, frame: int, wanted: Container[int], more: bool) -> Any:
        last = self._packet_of[frame]
        while frame not in self._ready:
            enough = last + _DELAY if more else last
            if self._next > enough or not self._feed(wanted):
                self._drain()
                break
        return self._ready.pop(frame, None)

    def _feed(self, wanted: Container[int]) -> bool:
        packet = self._read()
        if packet is None:
            return False
        frame = self._frame_in[self._next - 1]
        needed = frame >= 0 and frame in wanted
        mode = "NONREF" if self._skips and not needed else "DEFAULT"
        if self._context.skip_frame != mode:
            self._context.skip_frame = mode
        if needed:
            self._coming.add(frame)
        packet.pts = self._next - 1
        self._decode(packet)
        return True

    def _decode(self, packet: Any | None) -> None:
        # A damaged packet costs its own frame; the decoder goes on.
        with contextlib.suppress(av.error.InvalidDataError):
            for picture in self._context.decode(packet):
                if picture.pts is None:
                    continue
                frame = self._frame_in[picture.pts]
                if frame in self._coming:
                    self._coming.discard(frame)
                    # Leading pictures need frames from before the key frame.
                    if self._key is not None and self._start_of[frame] >= self._key:
                        self._ready[frame] = picture

    def _drain(self) -> None:
        """Take out what the decoder still holds; it then needs a key frame."""
        if self._key is not None:
            self._decode(None)
        self._context.flush_buffers()
        self._coming.clear()
        self._key = None

    def _restart(self, key: int) -> None:
        self._context.flush_buffers()
        self._coming.clear()
        self._ready.clear()
        if not self._primed:
            self._prime(key)
        if not self._next <= key <= self._next + _SKIM:
            self._seek(key)
        while self._next < key and self._read() is not None:
            pass
        self._key = key

    def _prime(self, key: int) -> None:
        """Show a fresh decoder the first packet of the file.

        The name of the encoder stands there, and decoders go by it: x264 before build
        151 coded 4:4:4 pictures differently, which shows in every later frame.
        """
        self._primed = True
        if key > 0 and (packet := self._read()) is not None:
            self._key = packet.pts = 0
            self._decode(packet)
            self._drain()

    def _read(self) -> Any | None:
        if self._next >= len(self._frame_in):
            return None
        try:
            packet = self._ahead.pop() if self._ahead else next(self._packets)
        except (av.error.FFmpegError, StopIteration):
            return None
        self._next += 1
        return packet

    def _seek(self, key: int) -> None:
        """Go to a packet at or before a key frame, and make sure which it is."""
        index = self._index
        at = int(np.searchsorted(index.keys, key))
        for back in (0, 1, 3):
            if back > at:
                break
            target = int(index.stamp[index.keys[at - back]])
            with contextlib.suppress(av.error.FFmpegError, StopIteration):
                self._container.seek(target, stream=self._stream)
                self._packets = self._container.demux(self._stream)
                packet = next(self._packets)
                number = self._number(packet)
                if number is not None and number <= key:
                    self._ahead, self._next = [packet], number
                    return
        self._container.close()
        self._open()
        self._prime(key)

    def _number(self, packet: Any) -> int | None:
        """Tell which packet this is, by time stamp and size; None if in doubt."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return None
        index = self._index
        same = np.flatnonzero((index.stamp == stamp) & (index.size == packet.size))
        return int(same[0]) if len(same) == 1 else None
