"""``napari-grimace convert``: a video as a zarr store."""

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_grimace.cli.console import complain, explain, follow, guarded, say
from napari_grimace.cli.options import (
    FramesOption,
    OutputOption,
    RateOption,
    RoiOption,
    VideosArgument,
    chosen_frames,
    edges,
)
from napari_grimace.errors import GrimaceError


@guarded
def convert(
    videos: VideosArgument,
    output: OutputOption = None,
    rate: RateOption = None,
    frames: FramesOption = None,
    roi: RoiOption = None,
    quality: Annotated[
        int, typer.Option(min=1, max=100, help="Quality of the JPEG pictures.")
    ] = 95,
    lossless: Annotated[
        bool,
        typer.Option("--lossless", help="Keep every pixel; 10 to 20 times larger."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace stores that are there.")
    ] = False,
) -> None:
    """Copy videos to zarr stores (VIDEO.video.zarr).

    A store opens like the video, and any frame of it at once; it is 10 to 180 times
    larger. All frames are kept unless --rate or --frames says otherwise. Scores of
    JPEG pictures can differ slightly from those of the video. A run that was stopped
    goes on when the same line is given again.
    """
    options = {
        **chosen_frames(rate, frames),
        "roi": None if roi is None else edges(roi),
        "quality": quality,
        "lossless": lossless,
        "overwrite": overwrite,
    }
    well = True
    for video in videos:
        try:
            _convert_one(video.resolve(), output, options)
        except (GrimaceError, OSError) as problem:
            complain(f"{video.name}: {explain(problem)}")
            well = False
    if not well:
        raise typer.Exit(1)


def _convert_one(video: Path, output: Path | None, options: dict[str, Any]) -> None:
    from napari_grimace.video.convert import iter_convert_video

    folder = output or video.parent
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / f"{video.stem}.video.zarr"
    say(f"written: {follow(iter_convert_video(video, store, **options), video.name)}")
