"""Videos and recordings become layers of a viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from napari_grimace.errors import ExportError, RecordingError
from napari_grimace.exchange import find_video
from napari_grimace.exchange.frames import check_video
from napari_grimace.rating.blind import open_blind_set
from napari_grimace.recording import open_recording
from napari_grimace.recording.store import SUFFIX
from napari_grimace.video import open_source
from napari_grimace.widgets.alone import close_sets
from napari_grimace.widgets.layers import recording_layers, video_layer
from napari_grimace.widgets.view import RecordingView

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from napari_grimace.video.source import PictureSource
    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.layers import LayerData

BLIND, RATINGS = ".blind", "ratings.grimace"
OPEN_ALREADY: list[LayerData] = [cast("LayerData", (None,))]
"""What a reader of napari's gives when there is nothing to add."""


def layers_from(
    path: Path, desk: Desk | None, *, leafing: bool = False
) -> list[LayerData]:
    """Give the layers of a video or of a recording.

    Parameters
    ----------
    path
        A video or a recording.
    desk
        Of the viewer for which they are, if that is known: a recording's video is not
        opened again where it is open; of a recording that is open only the layers that
        are missing are given, or `OPEN_ALREADY`.
    leafing
        As for `video_layer`.

    Raises
    ------
    VideoError, RecordingError
        It cannot be read, or the recording's video is not found or is another one.
    """
    path = _whole_set(path)
    if path.suffix == BLIND:
        return _of_blind_set(path, desk, leafing=leafing)
    if desk is not None:
        close_sets(desk)
    return _of_video_or_recording(path, desk, leafing=leafing)


def _of_video_or_recording(
    path: Path, desk: Desk | None, *, leafing: bool
) -> list[LayerData]:
    if path.suffix != SUFFIX:
        return [video_layer(_opened(path), leafing=leafing)]
    view = None if desk is None else desk.find(path)
    if desk is None or view is None:
        return _of_recording(path, desk, leafing=leafing)
    desk.activate(view)
    desk.read(view)
    there = {type(layer).__name__.lower() for layer in desk.layers_of(view)}
    missing = [parts for parts in recording_layers(view) if parts[2] not in there]
    if desk.video_of(view) is None:
        source = cast("PictureSource", view.source)
        missing.insert(0, video_layer(source, leafing=leafing))
    return missing or OPEN_ALREADY


def _whole_set(path: Path) -> Path:
    """Give the blind set of which a path is the ratings; else the path itself.

    As an ordinary recording the ratings would show one rater the others' scores.
    """
    holder = path.resolve().parent
    return holder if path.name == RATINGS and holder.suffix == BLIND else path


def _of_blind_set(path: Path, desk: Desk | None, *, leafing: bool) -> list[LayerData]:
    """Give the layers of a blind set; nothing else of Grimace stays open beside it."""
    blind = open_blind_set(path)
    place = path / RATINGS
    if desk is not None:
        view = desk.find(place)
        if view is not None:
            desk.activate(view)
            return OPEN_ALREADY
        desk.close_all()
    source = _opened(blind.pictures)
    view = RecordingView(place, source, blind=blind)
    pictures, options, kind = video_layer(source, leafing=leafing)
    shown = [parts for parts in recording_layers(view) if parts[2] == "shapes"]
    return [(pictures, {**options, "name": f"pictures {view.name}"}, kind), *shown]


def _of_recording(path: Path, desk: Desk | None, *, leafing: bool) -> list[LayerData]:
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
    shown = video_layer(source, leafing=leafing)
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
