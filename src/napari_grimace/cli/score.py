"""``napari-grimace score``: from videos to recordings, tables and pictures."""

from pathlib import Path
from typing import Annotated

import typer

from napari_grimace.cli.console import guarded
from napari_grimace.cli.options import (
    CountOption,
    DetectorOption,
    DeviceOption,
    EveryOption,
    FramesOption,
    RateOption,
    RoiOption,
    ScaleOption,
    ScorerOption,
    Setting,
    SettingOption,
    VideosArgument,
    edges,
    frame_numbers,
)


@guarded
def score(
    videos: VideosArgument,
    scale: ScaleOption = "mgs-black",
    rate: RateOption = None,
    frames: FramesOption = None,
    count: CountOption = None,
    every: EveryOption = None,
    roi: RoiOption = None,
    setting: SettingOption = Setting.fast,
    device: DeviceOption = "auto",
    detector: DetectorOption = None,
    scorer: ScorerOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the results; by default beside each video.",
        ),
    ] = None,
    make_zip: Annotated[
        bool, typer.Option("--zip", help="Also a zip of the table and the frames.")
    ] = False,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Also a table like that of Automated-RGS.")
    ] = False,
    overlay: Annotated[
        bool,
        typer.Option(
            "--overlay", help="Also a copy of the video with scores drawn in."
        ),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume/--no-resume",
            help="Go on with what is scored already, or refuse to add to it.",
        ),
    ] = True,
    batch: Annotated[
        int, typer.Option("--batch", min=1, help="Frames scored together.")
    ] = 8,
) -> None:
    """Score videos with a grimace scale.

    Leaves for each VIDEO a recording (VIDEO.grimace), a table (VIDEO_grimace.csv,
    explained in VIDEO_grimace_columns.txt) and an overview picture
    (VIDEO_grimace.png).

    One frame per second is scored unless --rate, --frames, --count or --every says
    otherwise. A run that was stopped goes on when the same line is given again. A
    video that cannot be scored does not stop the others; the exit status is then 1.
    """
    from napari_grimace.cli.results import Wanted
    from napari_grimace.cli.run import Run

    options = {
        "rate": rate,
        "frames": None if frames is None else frame_numbers(frames),
        "count": count,
        "every": every,
        "roi": None if roi is None else edges(roi),
        "resume": resume,
    }
    if (
        sum(options[name] is not None for name in ("rate", "frames", "count", "every"))
        > 1
    ):
        raise typer.BadParameter("give only one of --rate, --frames, --count, --every")
    run = Run.start(
        scale,
        setting=setting.value,
        detector=detector,
        scorer=scorer,
        device=device,
        batch=batch,
        options=options,
        wanted=Wanted(zip=make_zip, xlsx=xlsx, overlay=overlay),
    )
    if not run.score_all(videos, output):
        raise typer.Exit(1)
