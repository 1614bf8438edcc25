"""Zarr stores of frames as videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.errors import VideoError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_grimace.video.source import PictureSource


def is_store(path: Path) -> bool:
    """Whether a folder is a zarr store."""
    return any((path / name).exists() for name in ("zarr.json", ".zarray", ".zgroup"))


def open_store(path: Path, roi: Sequence[float] | None = None) -> PictureSource:
    """Open a zarr store of frames."""
    raise VideoError(f"{path} cannot be opened with {roi}.")
