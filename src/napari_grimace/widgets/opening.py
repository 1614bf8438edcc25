"""Videos and recordings become layers of a viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from napari_grimace.errors import ExportError, RecordingError
from napari_grimace.exchange import find_video
from napari_grimace.exchange.frames import check_video
from napari_grimace.recording import open_recording
from napari_grimace.recording.store import SUFFIX
from napari_grimace.video import open_source
from napari_grimace.widgets.layers import recording_layers, video_layer
from napari_grimace.widgets.view import RecordingView

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from napari_grimace.video.source import PictureSource
    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.layers import LayerData

OPEN_ALREADY: list[LayerData] = [cast("LayerData", (None,))]
"""What a reader of napari's gives when there is nothing to add."""


def layers_from(path: Path, desk: Desk | None) -> list[LayerData]:
    """Give the layers of a video or of a recording.

    Parameters
    ----------
    path
        A video or a recording.
    desk
        Of the viewer for which they are: a recording's video is not opened again where
        it is open; a recording that is open is only read again, and `OPEN_ALREADY`
        given.

    Raises
    ------
    VideoError, RecordingError
        It cannot be read, or the recording's video is not found or is another one.
    """
    if path.suffix != SUFFIX:
        return [video_layer(_opened(path), leafing=desk is not None)]
    view = None if desk is None else desk.find(path)
    if desk is not None and view is not None:
        desk.activate(view)
        desk.read(view)
        return OPEN_ALREADY
    return _of_recording(path, desk)


def _of_recording(path: Path, desk: Desk | None) -> list[LayerData]:
    recording = open_recording(path)
    video = None if desk is None else _open_video(recording, desk)
    if video is not None:
        return recording_layers(RecordingView(path, video, recording))
    try:
        place = find_video(recording, path)
    except ExportError as error:
        source = recording.attrs.get("source", "no name kept")
        raise RecordingError(
            f"The video of {path.name} ({source}) is neither where it was scored nor "
            "beside the recording. Drag the video into the window first and then the "
            "recording, or put the video beside the recording. Nothing is lost."
        ) from error
    source = _opened(place)
    check_video(recording, source.attrs)
    shown = video_layer(source, leafing=desk is not None)
    return [shown, *recording_layers(RecordingView(path, source, recording))]


def _open_video(recording: xr.Dataset, desk: Desk) -> PictureSource | None:
    """Give the recording's video if a layer shows it."""
    identity = recording.attrs.get("identity")
    for _, video in desk.videos:
        if identity == video.source.attrs["identity"]:
            return video.source
    return None


def _opened(path: Path) -> PictureSource:
    return cast("PictureSource", open_source(path))
