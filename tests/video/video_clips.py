"""Small clips of every kind, made with PyAV, each frame unlike any other."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

HEIGHT, WIDTH = 96, 128
COUNT = 70


def pictures(count: int = COUNT) -> Iterator[NDArray[np.uint8]]:
    """A moving texture with the frame number written as bright and dark squares."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 255, (40, 50, 3), dtype=np.uint8)
    texture = np.kron(tiles, np.ones((8, 8, 1), np.uint8))
    for number in range(count):
        picture = np.roll(texture, (2 * number, 3 * number), (0, 1))[:HEIGHT, :WIDTH]
        picture = picture.copy()
        for bit in range(8):
            value = 255 if number >> bit & 1 else 0
            picture[:8, 8 * bit : 8 * bit + 8] = value
        yield picture


def write_clip(
    path: Path,
    codec: str = "libx264",
    *,
    pixels: str = "yuv420p",
    rate: int = 30,
    count: int = COUNT,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    times_ms: Sequence[int] | None = None,
    gop: int | None = None,
    b_frames: int | None = None,
    rotation: int | None = None,
    audio: bool = False,
) -> Path:
    """Encode `pictures` to a file; times in ms make the frame rate variable."""
    unit = Fraction(1, rate) if times_ms is None else Fraction(1, 1000)
    with av.open(str(path), "w", options=container or {}) as output:
        stream: Any = output.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.codec_context.time_base = unit
        if gop is not None:
            stream.codec_context.gop_size = gop
        if b_frames is not None:
            stream.codec_context.max_b_frames = b_frames
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for number, picture in enumerate(pictures(count)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number if times_ms is None else int(times_ms[number])
            frame.time_base = unit
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def digest(picture: NDArray[Any]) -> str:
    return hashlib.md5(np.ascontiguousarray(picture).tobytes()).hexdigest()


def full_decode(path: Path, turns: int = 0) -> tuple[list[str], list[float | None]]:
    """Hashes and times of all frames, decoded one after the other by PyAV alone."""
    hashes, times = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            hashes.append(digest(np.rot90(frame.to_ndarray(format="rgb24"), turns)))
            times.append(frame.time)
    return hashes, times
