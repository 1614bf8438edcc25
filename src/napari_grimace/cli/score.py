"""``napari-grimace score``: from videos to recordings, tables and pictures."""

import typer

from napari_grimace.cli.console import guarded
from napari_grimace.cli.options import (
    BatchOption,
    CountOption,
    DetectorOption,
    DeviceOption,
    EveryOption,
    FramesOption,
    OutputOption,
    OverlayOption,
    RateOption,
    ResumeOption,
    RoiOption,
    ScaleOption,
    ScorerOption,
    Setting,
    SettingOption,
    VideosArgument,
    XlsxOption,
    ZipOption,
    chosen_frames,
    edges,
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
    output: OutputOption = None,
    make_zip: ZipOption = False,
    xlsx: XlsxOption = False,
    overlay: OverlayOption = False,
    resume: ResumeOption = True,
    batch: BatchOption = 8,
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

    options = chosen_frames(rate, frames, count=count, every=every)
    options |= {"roi": None if roi is None else edges(roi), "resume": resume}
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
