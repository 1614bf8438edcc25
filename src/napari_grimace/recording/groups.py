"""Groups of a recording's zarr store: one for each rater."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zarr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.rater import Rater

if TYPE_CHECKING:
    from pathlib import Path


def stored_raters(path: Path) -> list[Rater]:
    """Read the raters of a recording's folder, in the order they were added."""
    found: list[tuple[int, Rater]] = []
    for folder in sorted((path / "recording.zarr").iterdir()):
        # A run killed while it added a rater can leave a folder with nothing in it.
        if any(folder.glob("**/zarr.json")):
            attrs: dict[str, Any] = open_group(folder).attrs.asdict()
            try:
                found.append((int(attrs["order"]), Rater.from_dict(attrs["rater"])))
            except (KeyError, TypeError, ValueError) as error:
                raise _damaged(folder, f"does not tell the rater: {error!r}") from error
    return [rater for _, rater in sorted(found, key=lambda item: item[0])]


def open_group(folder: Path) -> zarr.Group:
    """Open a group, for reading until something is written to it."""
    try:
        return zarr.open_group(str(folder), mode="r+", zarr_format=3)
    except Exception as error:  # damaged metadata raise many kinds
        raise _damaged(folder, str(error)) from error


def _damaged(folder: Path, problem: str) -> RecordingError:
    return RecordingError(
        f"{folder / 'zarr.json'}: is missing or damaged ({problem}). Put it back "
        "from a backup."
    )
