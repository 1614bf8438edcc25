"""Zarr stores of frames as videos: our own, plain arrays, OME-Zarr time series."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
import zarr.errors

import napari_grimace.video.codec  # noqa: F401  (makes the JPEG codec known to zarr)
from napari_grimace.errors import VideoError
from napari_grimace.video.identity import pictures_identity
from napari_grimace.video.images import ASSUMED
from napari_grimace.video.pixels import Depth, to_rgb
from napari_grimace.video.source import PictureSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = "napari_grimace.video"
FORMAT_VERSION = 1
_BLOCK_BYTES = 64 * 2**20
_KEPT = ("source", "source_size", "identity", "frame_rate", "frame_count", "stored_as")
_SECONDS = {"millisecond": 1e-3, "microsecond": 1e-6, "minute": 60.0, "hour": 3600.0}


def is_store(path: Path) -> bool:
    """Whether a folder is a zarr store."""
    return any((path / name).exists() for name in ("zarr.json", ".zarray", ".zgroup"))


def open_store(path: Path, roi: Sequence[float] | None = None) -> StoreSource:
    """Open a zarr store of frames.

    Parameters
    ----------
    path
        A store that `convert_video` wrote; an array (frame, y, x) or (frame, y, x, 1,
        3 or 4), alone or as the only one in its group; or an OME-Zarr image with
        time, y, x and perhaps 1 or 3 channels, of which the full resolution is taken.
    roi
        (y_min, x_min, y_max, x_max) in pixels of the original picture.

    Raises
    ------
    VideoError
        If the store is unfinished, damaged, or of another kind.
    """
    try:
        node = zarr.open(str(path), mode="r")
    except (zarr.errors.BaseZarrError, ValueError, KeyError, OSError) as error:
        raise VideoError(
            f"{path.name} cannot be opened as a zarr store ({error}); its metadata is "
            "damaged or of an unknown kind. Copy or convert it again."
        ) from error
    if isinstance(node, zarr.Array):
        return StoreSource(path, node, roi=roi, **_plain(path, node, None))
    attrs: dict[str, Any] = dict(node.attrs)
    if attrs.get("format") == FORMAT:
        return _own(path, node, attrs, roi)
    multiscales = attrs.get("multiscales") or attrs.get("ome", {}).get("multiscales")
    if multiscales:
        array, layout = _ome(path, node, multiscales[0])
        return StoreSource(path, array, roi=roi, **layout)
    array = _only_array(path, node)
    return StoreSource(path, array, roi=roi, **_plain(path, array, node))


class StoreSource(PictureSource):
    """Frames in a zarr array.

    Parameters
    ----------
    path
        The store.
    array
        The array, of any axes.
    axes
        Position of each axis of the array: letters t, y, x, c, and z of length one.
    times, frames, attrs, roi, stored
        As in `PictureSource`; without an identity in `attrs`, it is made from the
        shape, the first and the last frame.
    shards
        Frames per file, if each file must be there (an absent chunk of a foreign
        store means zeros; in our own it means that it was lost).
    """

    def __init__(
        self,
        path: Path,
        array: zarr.Array[Any],
        *,
        axes: str,
        times: NDArray[np.float64],
        attrs: dict[str, Any],
        frames: NDArray[np.int64] | None = None,
        roi: Sequence[float] | None = None,
        stored: tuple[int, int, int, int] | None = None,
        shards: int | None = None,
    ) -> None:
        self.path = path
        self._array, self._axes, self._shards = array, axes, shards
        self._block: tuple[int, NDArray[Any]] = (0, np.empty((0,)))
        self._depth = Depth()
        size = (array.shape[axes.index("y")], array.shape[axes.index("x")])
        if not len(times):
            raise VideoError(f"{path.name} holds no frames.")
        if array.dtype != np.uint8 or "identity" not in attrs:
            some = self._some(len(times))
            self._depth = Depth.of(some)
            attrs = {"identity": pictures_identity(array.shape, *some), **attrs}
        attrs = {"source_size": _bytes_in(path), **attrs}
        super().__init__(
            path, size, times, attrs, frames=frames, roi=roi, stored=stored
        )

    def _some(self, count: int) -> list[NDArray[Any]]:
        """First, middle and last frame, without those that are damaged."""
        some = []
        for position in sorted({0, count // 2, count - 1}):
            with contextlib.suppress(VideoError):
                some.append(self._pixels(position))
        return some

    def _picture(self, position: int) -> NDArray[np.uint8]:
        return to_rgb(self._pixels(position), self._depth, self.path)

    def _pixels(self, position: int) -> NDArray[Any]:
        """Pixels (y, x[, channel]); whole chunks are kept for the frames to come."""
        first, block = self._block
        if not first <= position < first + len(block):
            self._block = first, block = self._read(position)
        return np.asarray(block[position - first])

    def _read(self, position: int) -> tuple[int, NDArray[Any]]:
        array, axis = self._array, self._axes.index("t")
        each = array.chunks[axis]
        frame_bytes = array.nbytes // max(1, array.shape[axis])
        if each * frame_bytes > _BLOCK_BYTES:
            each = 1
        first = position - position % each
        last = min(first + each, array.shape[axis])
        if self._shards is not None:
            part = self.path / array.path / "c" / str(position // self._shards)
            if not (part / "0/0/0").exists():
                raise self._damaged(position, "its file is missing")
        picked = tuple(
            slice(first, last) if a == "t" else slice(None) for a in self._axes
        )
        try:
            block = np.asarray(array[picked])
        except Exception as error:  # codecs raise errors of many kinds
            raise self._damaged(position, str(error)) from error
        if "z" in self._axes:
            block = block.squeeze(self._axes.index("z"))
        axes = self._axes.replace("z", "")
        order = [axes.index(a) for a in "tyxc" if a in axes]
        return first, block.transpose(order)

    def _damaged(self, position: int, why: str) -> VideoError:
        return VideoError(
            f"Frame at position {position} of {self.path.name} cannot be read ({why}): "
            "a chunk of the store is damaged. Copy the store again, or convert the "
            "video again."
        )

    def close(self) -> None:
        """Give back the frames kept."""
        with self._lock:
            super().close()
            self._block = (0, np.empty((0,)))


def _own(
    path: Path, group: zarr.Group, attrs: dict[str, Any], roi: Sequence[float] | None
) -> StoreSource:
    if attrs.get("format_version", 0) > FORMAT_VERSION:
        raise VideoError(
            f"{path.name} was written by a newer napari-grimace; update this one."
        )
    if not attrs.get("complete"):
        raise VideoError(
            f"{path.name} is an unfinished conversion of {attrs.get('source')}; run "
            "the same conversion again to go on with it."
        )
    try:
        array = group["video"]
        frames, times = np.asarray(group["frame"]), np.asarray(group["time"])
    except Exception as error:
        raise VideoError(
            f"{path.name} is damaged ({error}); convert {attrs.get('source')} again."
        ) from error
    assert isinstance(array, zarr.Array)
    return StoreSource(
        path,
        array,
        axes="tyxc",
        times=times,
        frames=frames,
        attrs={key: attrs[key] for key in _KEPT if key in attrs},
        roi=roi,
        stored=tuple(attrs["roi"]) if "roi" in attrs else None,
        shards=(array.shards or array.chunks)[0],
    )


def _plain(
    path: Path, array: zarr.Array[Any], group: zarr.Group | None
) -> dict[str, Any]:
    if array.ndim not in {3, 4} or (
        array.ndim == 4 and array.shape[3] not in {1, 3, 4}
    ):
        raise VideoError(
            f"The array in {path.name} has the shape {array.shape}; frames are stored "
            "as (frame, y, x) or (frame, y, x, rgb)."
        )
    count = array.shape[0]
    times = np.arange(count, dtype=np.float64)
    attrs: dict[str, Any] = dict(ASSUMED)
    if group is not None and "time" in group:
        given = np.asarray(group["time"])
        if given.shape == (count,) and given.dtype.kind in "fiu":
            times = given.astype(np.float64)
            span = times[-1] - times[0]
            attrs = {"frame_rate": float((count - 1) / span) if span > 0 else 1.0}
    return {"axes": "tyxc"[: array.ndim], "times": times, "attrs": attrs}


def _only_array(path: Path, group: zarr.Group) -> zarr.Array[Any]:
    named = dict(group.arrays())
    large = [array for array in named.values() if array.ndim in {3, 4}]
    if "video" in named:
        return named["video"]
    if len(large) != 1:
        raise VideoError(
            f"{path.name} holds {len(large) or 'no'} arrays of frames "
            f"({', '.join(sorted(named)) or 'it is empty'}); open the array itself, by "
            f"its path {path.name}/NAME."
        )
    return large[0]


def _ome(
    path: Path, group: zarr.Group, image: dict[str, Any]
) -> tuple[zarr.Array[Any], dict[str, Any]]:
    """Full resolution of an OME-Zarr image (versions 0.4 and 0.5)."""
    array = group[image["datasets"][0]["path"]]
    assert isinstance(array, zarr.Array)
    described = image.get("axes") or [{"name": name} for name in "tczyx"[-array.ndim :]]
    names = [axis["name"] if isinstance(axis, dict) else axis for axis in described]
    axes = "".join(names)
    length = dict(zip(names, array.shape, strict=False))
    if "t" not in length or length.get("z", 1) != 1 or length.get("c", 1) not in {1, 3}:
        raise VideoError(
            f"{path.name} is an OME-Zarr image with axes {', '.join(names)} of lengths "
            f"{array.shape}; a video has t, y, x, at most one z, and 1 or 3 channels."
        )
    step, unit = 1.0, ""
    for transform in image["datasets"][0].get("coordinateTransformations", []):
        if transform.get("type") == "scale":
            step = float(transform["scale"][axes.index("t")])
    if isinstance(described[axes.index("t")], dict):
        unit = described[axes.index("t")].get("unit", "")
    step *= _SECONDS.get(unit, 1.0)
    timed = bool(unit) or step != 1.0
    times = np.arange(length["t"]) * step
    attrs = {"frame_rate": 1.0 / step} if timed and step > 0 else dict(ASSUMED)
    return array, {"axes": axes, "times": times, "attrs": attrs}


def _bytes_in(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
