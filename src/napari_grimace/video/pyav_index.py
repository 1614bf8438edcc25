"""Which packet holds which frame, found without decoding."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np

from napari_grimace.errors import VideoError

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

# Up to this many packets are cheaper to decode than to flush a decoder and restart it.
STEP = 2
# Containers that do not store presentation times: there the order of the frames of
# codecs with B-frames shows only in decoding.
_WITHOUT_TIMES = {"avi", "h264", "hevc", "m4v", "mpegvideo", "vc1"}
_REORDERING = {"h264", "hevc", "vc1", "wmv3", "mpeg1video", "mpeg2video"}
# Pictures that build on all earlier ones, whatever the file calls a key frame.
_CUMULATIVE = {"gif", "apng"}
# A "nothing has changed" packet of MPEG-4 is smaller than any coded picture.
_EMPTY_MPEG4 = 10


@dataclass(frozen=True)
class PacketIndex:
    """Frames in order of presentation, and the packets that hold them.

    Attributes
    ----------
    packet
        (frame) number of the packet of each frame, counted as they lie in the file.
    start
        (frame) packet of the key frame from which decoding must begin.
    pts
        (frame) presentation time in units of `time_base`.
    frame
        (packet) frame in each packet; -1 where none is shown.
    stamp, size
        (packet) time stamp and bytes, by which a packet is known again after a seek.
    keys
        Packets at which decoding can begin, increasing.
    time_base
        Seconds per unit of `pts`.
    rate
        Frames per second as the file states it, or None.
    stopped
        Why reading ended before the end of the file, or None.
    """

    packet: NDArray[np.int64]
    start: NDArray[np.int64]
    pts: NDArray[np.int64]
    frame: NDArray[np.int64]
    stamp: NDArray[np.int64]
    size: NDArray[np.int64]
    keys: NDArray[np.int64]
    time_base: Fraction
    rate: float | None
    stopped: str | None

    def continues(self, frame: int, following: int) -> bool:
        """Whether to decode on from one wanted frame to the next, without a jump."""
        return bool(self.start[following] <= self.packet[frame] + STEP)

    @property
    def times(self) -> NDArray[np.float64]:
        """Presentation times in seconds."""
        return self.pts * float(self.time_base.numerator) / self.time_base.denominator


def open_container(path: Path) -> tuple[Any, Any]:
    """Open a file with PyAV; give its container and its video stream.

    Raises
    ------
    VideoError
        If there is no moving picture in it.
    """
    # Only local files: a playlist must not make the reader fetch anything.
    container: Any = av.open(
        str(path), metadata_errors="replace", options={"protocol_whitelist": "file"}
    )
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if container.format.name == "tty" or not streams:
        kinds = sorted({stream.type for stream in container.streams})
        what = ", ".join(kind for kind in kinds if kind != "video") or "no stream"
        container.close()
        raise VideoError(
            f"{path.name} holds no video (only {what}); choose a video file."
        )
    stream = max(streams, key=lambda s: s.codec_context.width or 0)
    for other in container.streams:
        if other is not stream:
            with contextlib.suppress(AttributeError, ValueError):
                other.discard = "all"
    stream.thread_type = "AUTO"
    return container, stream


def _is_cover(stream: Any) -> bool:
    disposition = getattr(stream, "disposition", None)
    return disposition is not None and "attached_pic" in str(disposition)


def index_packets(path: Path, *, cut: bool = False) -> PacketIndex:
    """Read through the packets of a file, and order its frames by presentation.

    Nothing is decoded, unless the file does not store presentation times and its
    codec reorders frames: then it is decoded once to see them come out.

    Parameters
    ----------
    path
        A video file.
    cut
        Whether its end is missing. Then the last packet, and frames that could come
        after a lost one, are not counted.

    Raises
    ------
    VideoError
        If there is no video in it.
    av.error.FFmpegError
        If it cannot be opened.
    """
    container, stream = open_container(path)
    with container:
        codec = stream.codec_context.name
        rows, stopped = _packets(container, stream, codec)
        rate = stream.average_rate or stream.guessed_rate
        untimed = container.format.name in _WITHOUT_TIMES
        time_base = stream.time_base
    table = np.array(rows, np.int64).reshape(-1, 6)
    pts, dts, size, key, shown, timed = table.T
    has_pts, has_dts = timed & 1 > 0, timed & 2 > 0
    stamp = _filled(pts, has_pts, dts, has_dts)
    order = np.argsort(stamp, kind="stable")
    if codec in _CUMULATIVE:
        key[1:] = 0
    untimed = untimed or not has_pts.all()
    if _must_decode(codec, untimed or _doubled(stamp[shown > 0]), size):
        out = _decoded_order(path, len(table))
        hidden = np.setdiff1d(np.arange(len(table)), out)
        order = np.concatenate([out, hidden])
        shown[:], shown[out] = 0, 1
        times = _filled(dts, has_dts, pts, has_pts) if untimed else pts
        ticks = np.sort(times[out])
    else:
        ticks = stamp[order[shown[order] > 0]]
    if cut or stopped:
        order, shown, ticks = _certain(order, shown, ticks)
    return _index(
        order=order,
        shown=shown > 0,
        ticks=ticks,
        key=key > 0,
        stamp=stamp,
        size=size,
        time_base=time_base,
        rate=float(rate) if rate else None,
        stopped=stopped,
    )


def _packets(
    container: Any, stream: Any, codec: str
) -> tuple[list[tuple[int, int, int, int, int, int]], str | None]:
    """Per packet: pts, dts, size, is key, is shown, which times are there (bits)."""
    rows: list[tuple[int, int, int, int, int, int]] = []
    corrupt: list[bool] = []
    stopped = None
    try:
        for packet in container.demux(stream):
            pts, dts, size = packet.pts, packet.dts, packet.size
            if size == 0 and pts is None and dts is None:
                continue  # the mark at the end
            shown = size > 0 and not packet.is_discard
            if shown and codec == "vp8":
                shown = bool(memoryview(packet)[0] & 0x10)
            timed = (pts is not None) + 2 * (dts is not None)
            rows.append(
                (pts or 0, dts or 0, size, packet.is_keyframe, int(shown), timed)
            )
            corrupt.append(packet.is_corrupt)
    except av.error.FFmpegError as error:
        stopped = error.strerror or str(error)
    while corrupt and corrupt[-1]:  # the packet that was cut at the end
        corrupt.pop()
        rows.pop()
        stopped = stopped or "the last packet is cut"
    return rows, stopped


def _filled(
    first: NDArray[np.int64],
    has_first: NDArray[np.bool_],
    second: NDArray[np.int64],
    has_second: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Time stamps: the first kind, else the second, else just after the one before."""
    stamp = np.where(has_first, first, second)
    for packet in np.flatnonzero(~(has_first | has_second)):
        stamp[packet] = stamp[packet - 1] + 1 if packet else 0
    return stamp


def _certain(
    order: NDArray[np.int64], shown: NDArray[np.int64], ticks: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Leave out the frames whose number is in doubt at the end of a cut file.

    A lost packet can be shown before one that is there, but no earlier than the
    reordering seen in the rest of the file allows.
    """
    count = len(order)
    if not count:
        return order, shown, ticks
    earlier = int((order - np.arange(count)).max())
    kept = shown.copy()
    kept[order[max(0, count - 1 - earlier) :]] = 0
    kept[count - 1] = 0
    return order, kept, ticks[: int(kept.sum())]


def _doubled(stamp: NDArray[np.int64]) -> bool:
    """Whether two frames claim the same time, as parts of an edit list can."""
    return len(np.unique(stamp)) < len(stamp)


def _must_decode(codec: str, unclear: bool, size: NDArray[np.int64]) -> bool:
    if codec in _REORDERING:
        return unclear
    return codec == "mpeg4" and bool((size <= _EMPTY_MPEG4).any())


def _decoded_order(path: Path, count: int) -> NDArray[np.int64]:
    """Packets in the order in which their frames come out of the decoder."""
    container, stream = open_container(path)
    order: list[int] = []
    with container:
        packets = container.demux(stream)
        for number in range(count):
            packet = next(packets)
            packet.pts = number
            with contextlib.suppress(av.error.InvalidDataError):
                order += [frame.pts for frame in stream.codec_context.decode(packet)]
        with contextlib.suppress(av.error.InvalidDataError):
            order += [frame.pts for frame in stream.codec_context.decode(None)]
    return np.array([n for n in order if n is not None], np.int64)


def _index(
    *,
    order: NDArray[np.int64],
    shown: NDArray[np.bool_],
    ticks: NDArray[np.int64],
    key: NDArray[np.bool_],
    stamp: NDArray[np.int64],
    size: NDArray[np.int64],
    time_base: Fraction,
    rate: float | None,
    stopped: str | None,
) -> PacketIndex:
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    packet = order[shown[order]]
    frame = np.full(len(order), -1)
    frame[packet] = np.arange(len(packet))
    key = key.copy()
    key[:1] = True
    keys = np.flatnonzero(key)
    # Decoding starts at the last key frame that lies before the frame in the file and
    # is shown before it: leading pictures of an open group need the group before.
    which = np.searchsorted(keys, packet, side="right") - 1
    while (late := (which > 0) & (rank[keys[which]] > rank[packet])).any():
        which[late] -= 1
    return PacketIndex(
        packet=packet,
        start=keys[which] if len(keys) else packet,
        pts=ticks,
        frame=frame,
        stamp=stamp,
        size=size,
        keys=keys,
        time_base=time_base,
        rate=rate,
        stopped=stopped,
    )
