"""Videos as zarr stores: one frame per chunk, quick to read in any order."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
import zarr.codecs

from napari_grimace.errors import VideoError
from napari_grimace.files import put_in_place
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.video.arrays import source_of
from napari_grimace.video.codec import JpegCodec
from napari_grimace.video.frames import iter_frames, positions_of
from napari_grimace.video.opening import DIMS
from napari_grimace.video.sample import sample_frames
from napari_grimace.video.stores import FORMAT, FORMAT_VERSION, is_store

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    from napari_grimace.video.source import FrameSource

SUFFIX = ".video.zarr"
# Pictures written together, as one file.
_SHARD_BYTES = 96 * 2**20
_SHARD_FRAMES = 64


def iter_convert_video(
    path: str | Path,
    output: str | Path | None = None,
    *,
    frames: Sequence[int] | NDArray[np.int64] | None = None,
    rate: float | None = None,
    roi: Sequence[float] | None = None,
    quality: int = 95,
    lossless: bool = False,
    overwrite: bool = False,
) -> Generator[Progress, None, Path]:
    """Write a video as a zarr store.

    The store is zarr v3: `video` (frame, y, x, rgb) uint8 with one frame per chunk,
    some tens of frames per file, and `frame` and `time` beside it. It keeps the
    identity of its source. It appears under its name only when it is complete; a run
    that was stopped or killed leaves NAME.part, and the same call goes on from there.

    Scores of frames stored as JPEG can differ slightly from those of the source; with
    `lossless` the frames are the same, and the store 10 to 20 times larger.

    Parameters
    ----------
    path
        Anything that `open_video` opens.
    output
        The store, NAME.video.zarr beside the source by default; `~` is the home
        folder, in both.
    frames, rate
        Only these frame numbers (increasing), or so many frames per second; all by
        default.
    roi
        Only this region: (y_min, x_min, y_max, x_max) in pixels.
    quality
        JPEG quality, 1 to 100.
    lossless
        Store the pixels as they are, compressed without loss.
    overwrite
        Replace an existing store, once the new one is complete.

    Yields
    ------
    Progress
        After each frame.

    Returns
    -------
    Path
        The store.

    Raises
    ------
    VideoError
        If the video cannot be read, the store exists, or it cannot be written; what is
        written by then is kept for the next run.

    Examples
    --------
    >>> convert_video("mouse.mp4", rate=1, roi=(0, 0, 400, 600))  # doctest: +SKIP
    PosixPath('mouse.video.zarr')
    """
    path = Path(path).expanduser()
    target = _target(path, output, overwrite)
    source, _ = source_of(path) if roi is None else (_with_roi(path, roi), True)
    with_part = target.with_name(target.name + ".part")
    try:
        numbers = _numbers(source, frames, rate)
        plan = _Plan(source, numbers, quality, lossless)
        written = 0
        try:
            group, done = plan.begin(with_part)
            with closing(plan.write(group, done)) as steps:
                for written in steps:
                    number = int(numbers[written - 1])
                    yield Progress(written, len(numbers), "converting", number)
            _finish(group)
            put_in_place(with_part, target)
        except OSError as error:
            raise VideoError(
                f"{target.name} cannot be written ({error.strerror or error}); "
                f"{written} of {len(numbers)} frames are done and kept in "
                f"{with_part.name}. Make room, or mend the permissions, and run the "
                "same conversion again: it goes on from there."
            ) from error
    finally:
        source.close()
    return target


convert_video = in_one_go(iter_convert_video, "convert_video")


def _with_roi(path: str | Path, roi: Sequence[float]) -> FrameSource:
    from napari_grimace.video.opening import open_source

    return open_source(path, roi)


def _target(path: Path, output: str | Path | None, overwrite: bool) -> Path:
    beside = path.with_name(path.stem + SUFFIX)
    target = beside if output is None else Path(output).expanduser()
    if target.suffix != ".zarr":
        raise VideoError(f"The store {target.name} must be named NAME{SUFFIX}.")
    if target.exists() and not (overwrite and is_store(target)):
        raise VideoError(
            f"{target} is there already; give another name, or ask to overwrite it."
        )
    if target.absolute() == path.absolute():
        raise VideoError(f"{target.name} would replace its own source; name another.")
    return target


def _numbers(
    source: FrameSource,
    frames: Sequence[int] | NDArray[np.int64] | None,
    rate: float | None,
) -> NDArray[np.int64]:
    if frames is None:
        return sample_frames(source, rate=rate)
    if rate is not None:
        raise VideoError("frames and rate exclude each other; give one of them.")
    numbers = np.asarray(frames, np.int64).ravel()
    if not len(numbers) or (np.diff(numbers) <= 0).any():
        raise VideoError("Give increasing frame numbers to convert, at least one.")
    positions_of(source.frames, numbers, source.attrs["source"])
    return numbers


@dataclass(frozen=True)
class _Plan:
    """One conversion: what goes in, and how."""

    source: FrameSource
    numbers: NDArray[np.int64]
    quality: int
    lossless: bool

    @property
    def shard(self) -> int:
        """Frames per file."""
        each = int(np.prod(self.source.shape[1:]))
        most = min(_SHARD_FRAMES, len(self.numbers))
        return int(np.clip(_SHARD_BYTES // each, 1, most))

    @property
    def stored_as(self) -> str:
        return "lossless" if self.lossless else f"JPEG quality {self.quality}"

    @property
    def signature(self) -> str:
        """By which a part that was left behind is known to be of the same plan."""
        attrs = self.source.attrs
        text = f"{FORMAT_VERSION} {attrs['identity']} {attrs.get('roi')} {self.shard}"
        digest = hashlib.sha256(f"{text} {self.stored_as}".encode())
        digest.update(self.numbers.tobytes())
        return digest.hexdigest()

    def begin(self, part: Path) -> tuple[zarr.Group, int]:
        """Open what an earlier run left, or start; give the frames done already."""
        if is_store(part):
            try:
                group = zarr.open_group(str(part), mode="r+")
                if group.attrs.get("signature") == self.signature:
                    return group, self._done(part)
            except (ValueError, KeyError, FileNotFoundError):
                pass  # killed while it was being created
        shutil.rmtree(part, ignore_errors=True)
        return self._create(part), 0

    def _done(self, part: Path) -> int:
        files = 0
        while (part / "video" / "c" / str(files) / "0" / "0" / "0").exists():
            files += 1
        # The last one may have been cut by the kill: write it again.
        return max(0, files - 1) * self.shard

    def _create(self, part: Path) -> zarr.Group:
        group = zarr.create_group(str(part), zarr_format=3)
        shape = (len(self.numbers), *self.source.shape[1:])
        checksum = zarr.codecs.Crc32cCodec()
        lz4 = zarr.codecs.BloscCodec(cname="lz4", shuffle="bitshuffle", typesize=1)
        group.create_array(
            "video",
            shape=shape,
            dtype="uint8",
            chunks=(1, *shape[1:]),
            shards=(self.shard, *shape[1:]),
            serializer="auto" if self.lossless else JpegCodec(self.quality),
            compressors=[lz4, checksum] if self.lossless else [checksum],
            fill_value=0,
            dimension_names=DIMS,
            config={"write_empty_chunks": True},
        )
        source = self.source
        at = positions_of(source.frames, self.numbers, source.attrs["source"])
        for name, values in (("frame", self.numbers), ("time", source.times[at])):
            group.create_array(name, data=values, dimension_names=("frame",))
        group["time"].attrs["units"] = "s"
        group["video"].attrs["coordinates"] = "time"
        attrs = {k: v for k, v in source.attrs.items() if k != "source_path"}
        # The signature comes last: without it the part is begun anew.
        group.attrs.update(
            {
                **attrs,
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "stored_as": self.stored_as,
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "complete": False,
                "signature": self.signature,
            }
        )
        return group

    def write(self, group: zarr.Group, done: int) -> Generator[int, None, None]:
        """Write the frames from `done` on; give the number written or waiting."""
        array: Any = group["video"]
        array = array.with_config({"write_empty_chunks": True})
        total, name = len(self.numbers), self.source.attrs["source"]
        pictures = iter_frames(self.source, self.numbers[done:])
        block = np.empty((self.shard, *array.shape[1:]), np.uint8)
        try:
            for at in range(done, total):
                number, picture = next(pictures, (None, None))
                if number != self.numbers[at]:
                    raise VideoError(
                        f"Frame {self.numbers[at]} of {name} is damaged; convert the "
                        "video without it: give the numbers of the other frames."
                    )
                place = at % self.shard
                block[place] = picture
                if place == self.shard - 1 or at == total - 1:
                    array[at - place : at + 1] = block[: place + 1]
                yield at + 1
        finally:
            pictures.close()  # type: ignore[attr-defined]


def _finish(group: zarr.Group) -> None:
    group.attrs["complete"] = True
    with warnings.catch_warnings():  # that only zarr-python knows such metadata
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(group.store)
