"""Open any video: as a source of frames, or as a lazy labelled array."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import av.error
import numpy as np

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.video.containers import looks_like_text, missing_bytes
from napari_grimace.video.source import origin_of
from napari_grimace.video.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.video.source import FrameSource

DIMS = ("frame", "y", "x", "rgb")


def open_source(path: str | Path, roi: Sequence[float] | None = None) -> FrameSource:
    """Open a video, a stack or folder of images, or a zarr store.

    Parameters
    ----------
    path
        A file that PyAV decodes (mp4, mov, mkv, avi, webm, wmv, ...), a TIFF with
        several pages, an animated GIF, a folder of equally sized images (BMP, JPEG,
        PNG, TIFF, WebP; in natural order, without hidden files), or a zarr store of
        frames. Pictures of 10 to 16 bit are brought to 8, by as many bits as the
        first, middle and last of them use.
    roi
        Region of interest (y_min, x_min, y_max, x_max) in pixels after display
        rotation; fractions are rounded outwards.

    Returns
    -------
    FrameSource

    Raises
    ------
    VideoError
        If there is no such file, it holds no video, or the region is not inside it.

    Warns
    -----
    GrimaceWarning
        If the file is cut short; the message says how many frames can be had.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise VideoError(f"There is no file or folder {path}; check the name.")
    try:
        if path.is_dir():
            return _open_folder(path, roi)
        if path.stat().st_size == 0:
            raise VideoError(f"{path.name} is empty (0 bytes); copy it again.")
        if path.suffix.lower() in {".tif", ".tiff"}:
            from napari_grimace.video.tiff import TiffSource

            return TiffSource(path, roi)
        return _open_file(path, roi)
    except PermissionError as error:
        raise VideoError(
            f"{path} may not be read by this user; change its permissions."
        ) from error


def _open_folder(path: Path, roi: Sequence[float] | None) -> FrameSource:
    from napari_grimace.video.stores import is_store, open_store

    if is_store(path):
        return open_store(path, roi)
    from napari_grimace.video.images import FolderSource

    return FolderSource(path, roi)


def _open_file(path: Path, roi: Sequence[float] | None) -> FrameSource:
    from napari_grimace.video.pyav_source import PyAVSource, examine

    missing = missing_bytes(path)
    cut = f"{path.name} is cut short (at least {missing:,} bytes are missing)"
    cut = cut if missing else ""
    try:
        index = examine(path, cut=missing > 0).index
    except av.error.FFmpegError as error:
        raise VideoError(_why_not(path, cut, error)) from error
    if cut or index.stopped:
        many, end = len(index.packet), index.times[-1] if len(index.times) else 0.0
        what = cut or f"{path.name} is damaged ({index.stopped})"
        warnings.warn(
            f"{what}: only {many} frames, up to {end:.2f} s, can be read. "
            "Copy it again if there is a whole one.",
            GrimaceWarning,
            stacklevel=4,
        )
    return PyAVSource(path, roi)


def _why_not(path: Path, cut: str, error: av.error.FFmpegError) -> str:
    if looks_like_text(path):
        return f"{path.name} is a text file, not a video; choose a video file."
    if cut:
        return (
            f"{cut} before the table of its frames: no frame can be read. Copy it "
            "again, or have a repair program rebuild it from a whole video of the "
            "same camera."
        )
    return (
        f"{path.name} cannot be read as a video ({error.strerror or error}). If it "
        "plays elsewhere, export it as mp4 (H.264) and open that."
    )


def open_video(path: str | Path, roi: Sequence[float] | None = None) -> xr.DataArray:
    """Open a video as a lazy array; frames are decoded when they are asked for.

    Parameters
    ----------
    path, roi
        As in `open_source`.

    Returns
    -------
    xarray.DataArray
        `video` (frame, y, x, rgb), uint8, one frame per dask chunk, with the frame
        number and the presentation time in seconds along `frame`, and the numbers of
        the full frame's pixels along `y` and `x`, so that boxes keep their place in an
        array that is cropped. Attributes: `source`, `source_path`, `source_size`
        (bytes), `identity`, `frame_rate` (frames/s, mean) and `frame_count` of the
        original video, `roi` where there is one.

    Raises
    ------
    VideoError
        As `open_source`.

    Warns
    -----
    GrimaceWarning
        As `open_source`.

    Examples
    --------
    >>> video = open_video("mouse.mp4")  # doctest: +SKIP
    >>> video.sel(frame=100).values.shape  # doctest: +SKIP
    (1080, 1920, 3)
    """
    return to_array(open_source(path, roi))


def to_array(source: FrameSource) -> xr.DataArray:
    """Wrap a source as the lazy array that `open_video` describes."""
    import dask.array as da
    import xarray as xr

    data = da.from_array(  # type: ignore[no-untyped-call]
        _Lazy(source),
        chunks=(1, *source.shape[1:]),
        name=lazy_name(source),
        asarray=False,
        fancy=False,
        meta=np.empty((0, 0, 0, 0), np.uint8),
    )
    time = ("frame", source.times, {"units": "s"})
    y_min, x_min = origin_of(source)
    _, height, width, _ = source.shape
    return xr.DataArray(
        data,
        dims=DIMS,
        coords={
            "frame": source.frames,
            "time": time,
            "y": np.arange(y_min, y_min + height),
            "x": np.arange(x_min, x_min + width),
        },
        name="video",
        attrs=dict(source.attrs),
    )


def lazy_name(source: FrameSource) -> str:
    """Name of the untouched lazy array of a source; changes with any operation."""
    attrs = source.attrs
    text = repr((attrs["source_path"], attrs["identity"], attrs.get("roi")))
    return f"video-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


class _Lazy(Stack):
    """A source as an array with four axes, for dask."""

    def __init__(self, source: FrameSource) -> None:
        super().__init__(source.shape)
        self.source = source

    def picture(self, position: int) -> NDArray[np.uint8]:
        """One frame (y, x, rgb)."""
        return self.source[position]
