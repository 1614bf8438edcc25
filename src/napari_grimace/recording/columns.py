"""One rater's rows on disk: zarr arrays that only grow, and never show half a block.

All arrays are cut into chunks of `ROWS` frames and always reach one empty chunk ahead.
A block is written variable by variable; the chunk of frame numbers comes last and is
what makes the rows count, so that a run killed at any moment leaves whole frames only.
Each chunk is replaced in one step (written aside, then renamed), and only the last,
incomplete one ever is. Since a chunk of frame numbers can be missing only ahead, one
that is missing elsewhere, or any variable's chunk behind it, has been lost (in a power
cut, say, before the operating system had written it); a checksum tells chunks that were
damaged.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec

from napari_grimace.errors import RecordingError
from napari_grimace.recording.schema import COORDINATES, VARIABLES, Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

ROWS = 1024  # 54,000 frames make some 750 files, and a block rewrites 0.4 MB at most

ARRAYS: dict[str, Spec] = {
    **VARIABLES,
    "time": COORDINATES["time"],
    "frame": COORDINATES["frame"],  # last: it is what makes rows count
}


_LABELLED = ("region", "unit", "measure")


class Columns:
    """The arrays of one rater's group, as they are there.

    Parameters
    ----------
    group
        The zarr group.
    """

    def __init__(self, group: zarr.Group) -> None:
        self._group = group
        self._arrays: dict[str, zarr.Array[Any]] = {}
        self._tail: dict[str, NDArray[Any]] = {}
        self._length = ROWS  # of a chunk
        # Without a layout, a run was killed before its first frame.
        attrs: dict[str, Any] = group.attrs.asdict()
        self._layout: dict[str, Any] = attrs.get("layout", {})
        if self._layout:
            self._arrays = {name: self._open(name) for name in self._layout["dims"]}
            self._length = self._arrays["frame"].chunks[0]
        self.frames: NDArray[np.int64] = self._committed()

    @property
    def dims(self) -> dict[str, tuple[str, ...]]:
        """Dimensions of the arrays, by name, those of a recording's variables."""
        return {name: tuple(dims) for name, dims in self._layout["dims"].items()}

    @property
    def labels(self) -> dict[str, list[str]]:
        """Regions, units and measures, as the first block set them."""
        return dict(self._layout["labels"])

    def path(self, name: str) -> Path:
        """Folder of an array."""
        return folder_of(self._group) / name

    def append(self, block: xr.Dataset) -> None:
        """Write the rows of a one-rater recording behind those that are there."""
        if not block.sizes["frame"]:
            return
        if not self._arrays:
            self._create(block)
        self._check_labels(block)
        self._check_alone()
        rows = {name: _rows(block, name) for name in ARRAYS}
        count, start = block.sizes["frame"], 0
        while start < count:
            place = len(self.frames) % self._length
            stop = min(count, start + self._length - place)
            self._fill(place, {name: rows[name][start:stop] for name in ARRAYS})
            start = stop

    def read(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Read rows of an array.

        Raises
        ------
        RecordingError
            If a chunk is missing or damaged; names the variable and the file.
        """
        array = self._arrays[name]
        if array.size == 0:  # no measures, say: nothing is on disk
            return np.empty((stop - start, *array.shape[1:]), array.dtype)
        for chunk in range(start // self._length, -(-stop // self._length)):
            if not self._chunk_path(name, chunk).exists():
                raise self._broken(name, chunk, "is missing")
        try:
            return np.asarray(array[start:stop])
        except Exception as error:  # codecs raise many kinds
            raise self._damaged(name, start, stop, error) from error

    def lazy(self, name: str) -> da.Array | NDArray[Any]:
        """Give an array as it is now, read when it is used."""
        array = self._arrays[name]
        shape = (len(self.frames), *array.shape[1:])
        if 0 in shape:  # no measures, say: dask cannot cut it into other chunks
            return np.empty(shape, array.dtype)
        rows = _Rows(self, name, shape, array.dtype)
        lazy: da.Array = da.from_array(rows, chunks=(self._length, *shape[1:]))  # type: ignore[no-untyped-call]
        return lazy

    def check(self) -> None:
        """Read every chunk, so that damage shows now."""
        for name in self._arrays:
            for start in range(0, len(self.frames), self._length):
                self.read(name, start, min(start + self._length, len(self.frames)))

    def _open(self, name: str) -> zarr.Array[Any]:
        # A chunk of nothing but NaN is written too: a missing one is lost. zarr does
        # not keep this with the array, so it is said each time one is opened.
        try:
            with zarr.config.set({"array.write_empty_chunks": True}):
                array = self._group[name]
            if isinstance(array, zarr.Array):
                return array
            problem = "is not an array"
        except Exception as error:
            problem = f"cannot be read ({error or type(error).__name__})"
        raise RecordingError(
            _remedy(f"{name}: {self.path(name) / 'zarr.json'} {problem}")
        )

    def _create(self, block: xr.Dataset) -> None:
        for name, spec in ARRAYS.items():
            dims = [dim for dim in spec.dims if dim != "rater"]
            tail = tuple(block.sizes[dim] for dim in dims[1:])
            self._group.create_array(
                name,
                shape=(self._length, *tail),
                # An empty dimension still needs a chunk of length 1.
                chunks=(self._length, *(max(length, 1) for length in tail)),
                dtype=spec.dtype,
                fill_value=spec.fill,
                compressors=[ZstdCodec(level=1), Crc32cCodec()],
                dimension_names=dims,
                attributes=dict(spec.attrs),
                overwrite=True,  # of what a run that was killed here has left
            )
        layout = {
            "dims": {name: list(spec.dims) for name, spec in ARRAYS.items()},
            "labels": {dim: block[dim].values.tolist() for dim in _LABELLED},
        }
        self._group.attrs["layout"] = layout  # from now on the arrays must be there
        self._layout = layout
        self._arrays = {name: self._open(name) for name in ARRAYS}

    def _committed(self) -> NDArray[np.int64]:
        if not self._arrays:
            return np.empty(0, np.int64)
        chunks = self._arrays["frame"].shape[0] // self._length
        ahead = not self._chunk_path("frame", chunks - 1).exists()
        rows = self.read("frame", 0, (chunks - ahead) * self._length)
        return rows[rows >= 0].astype(np.int64)

    def _check_labels(self, block: xr.Dataset) -> None:
        for dim, labels in self.labels.items():
            given = block[dim].values.tolist()
            if given != labels:
                raise RecordingError(
                    f"The block's {dim}s are {given}, the recording's are {labels}. "
                    "Append blocks of the same kind, or add another rater for these."
                )

    def _check_alone(self) -> None:
        """Refuse to write over what another program has appended meanwhile."""
        if self._committed_now() != len(self.frames):
            raise RecordingError(
                f"{folder_of(self._group)}: another program appends to this recording. "
                "Let one program at a time score a video, then open the recording anew."
            )

    def _committed_now(self) -> int:
        chunk = len(self.frames) // self._length
        if not self._chunk_path("frame", chunk).exists():
            return chunk * self._length
        rows = self.read("frame", chunk * self._length, (chunk + 1) * self._length)
        return chunk * self._length + int(np.count_nonzero(rows >= 0))

    def _fill(self, place: int, rows: Mapping[str, NDArray[Any]]) -> None:
        """Write rows into the last chunk, behind the `place` rows that it has."""
        chunk = len(self.frames) // self._length
        count = len(rows["frame"])
        if self._arrays["frame"].shape[0] < (chunk + 1) * self._length:
            self._grow(chunk + 1)
        tail = self._tail_of(chunk, place)
        for name, values in tail.items():
            values = tail[name] = values.copy()
            values[place : place + count] = rows[name]
            self._arrays[name][chunk * self._length : (chunk + 1) * self._length] = (
                values
            )
        self._tail = tail
        self.frames = np.concatenate([self.frames, rows["frame"]])
        self._grow(chunk + 2)

    def _grow(self, chunks: int) -> None:
        for array in self._arrays.values():
            if array.shape[0] < chunks * self._length:
                array.resize((chunks * self._length, *array.shape[1:]))

    def _tail_of(self, chunk: int, place: int) -> dict[str, NDArray[Any]]:
        """Give the last chunk's arrays, unseen behind the rows that count."""
        if place and self._tail:
            return dict(self._tail)
        tail = {}
        for name, array in self._arrays.items():
            tail[name] = np.full(
                (self._length, *array.shape[1:]), ARRAYS[name].fill, array.dtype
            )
            if place:
                start = chunk * self._length
                tail[name][:place] = self.read(name, start, start + place)
        return tail

    def _chunk_path(self, name: str, chunk: int) -> Path:
        array = self._arrays[name]
        key = array.metadata.encode_chunk_key((chunk, *(0,) * (array.ndim - 1)))
        return self.path(name) / key

    def _damaged(
        self, name: str, start: int, stop: int, error: Exception
    ) -> RecordingError:
        for chunk in range(start // self._length, -(-stop // self._length)):
            try:
                self._arrays[name][chunk * self._length : (chunk + 1) * self._length]
            except Exception as found:
                return self._broken(name, chunk, f"is damaged ({found})")
        return self._broken(name, start // self._length, f"could not be read ({error})")

    def _broken(self, name: str, chunk: int, problem: str) -> RecordingError:
        return RecordingError(
            _remedy(f"{name}: {self._chunk_path(name, chunk)} {problem}")
        )


class _Rows:
    """Rows of an array, for dask."""

    def __init__(
        self, columns: Columns, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self._columns, self._name = columns, name
        self.shape, self.ndim, self.dtype = shape, len(shape), dtype

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        start, stop, _ = key[0].indices(self.shape[0])
        rows = self._columns.read(self._name, start, max(start, stop))
        return rows[(slice(None), *key[1:])]


def _remedy(problem: str) -> str:
    return (
        f"{problem}. Put this file back from a backup; without one, remove the rater's "
        "folder from recording.zarr and score the video again. Journals stay untouched."
    )


def folder_of(group: zarr.Group) -> Path:
    """Folder of a zarr group on the local disk."""
    root = Path(str(group.store_path.store.root))  # type: ignore[attr-defined]
    return root / group.path


def _rows(block: xr.Dataset, name: str) -> NDArray[Any]:
    values = block[name]
    if "rater" in values.dims:
        values = values.isel(rater=0)
    return np.asarray(values.values)
