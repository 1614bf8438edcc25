"""How many bytes a video file says it has: evidence that it was cut short."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"


def missing_bytes(path: Path) -> int:
    """How many bytes a file lacks at least, by its own structure; 0 if none."""
    announced = announced_size(path)
    return 0 if announced is None else max(0, announced - path.stat().st_size)


def announced_size(path: Path) -> int | None:
    """Bytes that the container's own structure asks for; None where it does not say.

    Parameters
    ----------
    path
        A video file: MP4 and MOV, AVI, Matroska and WebM, ASF and WMV are understood.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(12)
        if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
            return _boxes(stream, size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            return _riff(stream, size)
        if head[:4] == _EBML:
            return _matroska(stream)
        stream.seek(0)
        if stream.read(16) == _ASF:
            return _asf(stream)
    return None


def looks_like_text(path: Path) -> bool:
    """Whether the beginning of a file is readable text."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode()
    return all(letter.isprintable() or letter in "\r\n\t\f\ufeff" for letter in text)


def _boxes(stream: BinaryIO, size: int) -> int | None:
    """Follow the top-level boxes; 0 as length means up to the end of the file."""
    at, table = 0, False
    while at + 8 <= size:
        stream.seek(at)
        length, kind = struct.unpack(">I4s", stream.read(8))
        if length == 1:
            long = stream.read(8)
            length = struct.unpack(">Q", long)[0] if len(long) == 8 else size - at
        if length == 0:
            return size
        if length < 8 or not kind.isascii():
            return None
        table = table or kind == b"moov"
        at += length
    # A whole file has its table; one that ends at a box before it lacks at least that.
    return at if table or at > size else size + 1


def _riff(stream: BinaryIO, size: int) -> int | None:
    at = 0
    while at + 12 <= size:
        stream.seek(at)
        kind, length, form = struct.unpack("<4sI4s", stream.read(12))
        if kind != b"RIFF" or form not in {b"AVI ", b"AVIX"}:
            return size
        if length in {0, 0xFFFFFFFF}:  # never closed by the program that wrote it
            return None
        at += 8 + length + length % 2
    return min(at, size) if at - size == 1 else at


def _matroska(stream: BinaryIO) -> int | None:
    stream.seek(4)
    header = _vint(stream)
    if header is None:
        return None
    stream.seek(header, 1)
    if stream.read(4) != _SEGMENT:
        return None
    length = _vint(stream)
    return None if length is None else stream.tell() + length


def _vint(stream: BinaryIO) -> int | None:
    """Variable-length integer of EBML; None if unknown (all ones) or unreadable."""
    first = stream.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0x7F >> more)]) + stream.read(more))
    return None if value == (1 << 7 * (more + 1)) - 1 else value


def _asf(stream: BinaryIO) -> int | None:
    stream.seek(16)
    header = stream.read(14)
    if len(header) < 14:
        return None
    (length,) = struct.unpack("<Q", header[:8])
    body = stream.read(min(length, 2**20))
    at = body.find(_ASF_PROPERTIES)
    if at < 0 or len(body) < at + 48:
        return None
    return int(struct.unpack("<Q", body[at + 40 : at + 48])[0]) or None
