"""JPEG as a codec of zarr v3: one picture per chunk."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from PIL import Image
from zarr.abc.codec import ArrayBytesCodec
from zarr.registry import register_codec

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer

NAME = "napari_grimace.jpeg"


@dataclass(frozen=True)
class JpegCodec(ArrayBytesCodec):
    """Chunks (..., y, x, 3) of uint8, leading axes of length one, as JPEG files.

    Registered with zarr under `napari_grimace.jpeg`; an entry point makes it known to
    every program in the same environment. Colour keeps its full resolution (4:4:4): at
    half resolution files are a twentieth smaller, but edges of colours differ.

    Parameters
    ----------
    quality
        1 to 100, as in other programs.
    """

    is_fixed_size = False
    quality: int = 95

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise ValueError(f"JPEG quality goes from 1 to 100, not {self.quality}")

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read the codec's entry in the metadata of an array."""
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> dict[str, Any]:
        """Entry for the metadata of an array."""
        return {"name": NAME, "configuration": {"quality": self.quality}}

    def validate(self, *, shape: Any, dtype: Any, chunk_grid: Any) -> None:
        """Refuse arrays that are no colour pictures."""
        del chunk_grid
        if dtype.to_native_dtype() != np.uint8 or len(shape) < 3 or shape[-1] != 3:
            raise ValueError(
                f"{NAME} stores uint8 pictures (..., y, x, 3), not {shape}"
            )

    def _encode_sync(self, chunk: NDBuffer, spec: ArraySpec) -> Buffer:
        picture = np.ascontiguousarray(chunk.as_numpy_array())
        stream = io.BytesIO()
        image = Image.fromarray(picture.reshape(picture.shape[-3:]))
        image.save(stream, "JPEG", quality=self.quality, subsampling="4:4:4")
        return spec.prototype.buffer.from_bytes(stream.getvalue())

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> NDBuffer:
        with Image.open(io.BytesIO(data.to_bytes()), formats=["JPEG"]) as image:
            picture = np.asarray(image).reshape(spec.shape)
        return spec.prototype.nd_buffer.from_numpy_array(picture)

    async def _encode_single(self, chunk: NDBuffer, spec: ArraySpec) -> Buffer:
        return await asyncio.to_thread(self._encode_sync, chunk, spec)

    async def _decode_single(self, data: Buffer, spec: ArraySpec) -> NDBuffer:
        return await asyncio.to_thread(self._decode_sync, data, spec)

    def compute_encoded_size(
        self, input_byte_length: int, chunk_spec: ArraySpec
    ) -> int:
        """Not known beforehand."""
        raise NotImplementedError


register_codec(NAME, JpegCodec)
