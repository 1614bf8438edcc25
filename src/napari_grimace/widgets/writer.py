"""napari saves a recording with this, when its boxes are saved."""

from __future__ import annotations

from typing import Any

from napari_grimace.errors import ExportError
from napari_grimace.recording import open_recording, save_recording
from napari_grimace.widgets.layers import KEY
from napari_grimace.widgets.view import RecordingView


def write_recording(
    path: str, layers: list[tuple[Any, dict[str, Any], str]]
) -> list[str]:
    """Save the recording that some layers show, as one file for other programs.

    Parameters
    ----------
    path
        Ending in ``.nc`` (netCDF) or ``.zarr``; `xarray.open_dataset` opens it.
    layers
        Data, attributes and type of each layer, as napari gives them.

    Returns
    -------
    list of str
        What was written.

    Raises
    ------
    ExportError
        If the layers show no recording, or several.
    """
    views = {
        view.path: view
        for _, attributes, _ in layers
        if isinstance(view := attributes.get("metadata", {}).get(KEY), RecordingView)
    }
    if len(views) != 1:
        what = "several recordings" if views else "no recording"
        raise ExportError(
            f"These layers show {what}: select the layer of boxes of one recording, "
            "then File > Save Selected Layers."
        )
    (recording,) = views
    save_recording(open_recording(recording), path)
    return [path]
