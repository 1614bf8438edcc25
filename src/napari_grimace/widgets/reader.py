"""napari opens videos and recordings with this."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.widgets.layers import LayerData


def get_reader(path: str | list[str]) -> Callable[[Any], list[LayerData]] | None:
    """Give a function that reads a video or a recording; None for anything else.

    Parameters
    ----------
    path
        A video file, a folder of images, a video store or a recording. Of several
        (a stack) none is taken: each video is one layer.
    """
    paths = [path] if isinstance(path, str) else list(path)
    return _read if len(paths) == 1 and _is_ours(Path(paths[0])) else None


def _is_ours(path: Path) -> bool:
    if not path.is_dir():
        return True  # the manifest has chosen by suffix
    # Other zarr stores are left to napari: of those, few are videos.
    if path.name.lower().endswith((".grimace", ".video.zarr", ".blind")):
        return True
    from napari_grimace.video.images import image_files

    return bool(image_files(path))


def _read(path: str | list[str], stack: bool = False) -> list[LayerData]:  # noqa: ARG001
    from napari_grimace.widgets.desk import read_for_viewers

    place = Path(path if isinstance(path, str) else path[0])
    return read_for_viewers(place)
