"""``napari-grimace demo``: the whole way on the sample video."""

from pathlib import Path
from typing import Annotated

import typer

from napari_grimace.cli.console import guarded, say
from napari_grimace.cli.launch import show
from napari_grimace.cli.options import DeviceOption


@guarded
def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the results.")
    ] = Path("grimace-demo"),
    device: DeviceOption = "auto",
    view: Annotated[
        bool, typer.Option("--view", help="Then open the result in napari.")
    ] = False,
) -> None:
    """Score the sample video, and show what comes out.

    The sample video is rendered, so that it may be given away and its true scores are
    known. It leaves a recording, a table, a zip with the frames and an overview
    picture.
    """
    from napari_grimace import phantom
    from napari_grimace.cli.results import Wanted
    from napari_grimace.cli.run import Run

    video = phantom.sample_video()
    say(f"Scoring the sample video, a rendered mouse: {video.name}, 1 frame per second")
    run = Run.start(
        "mgs-black", device=device, options={"rate": 1.0}, wanted=Wanted(zip=True)
    )
    place = run.score_one(video, output)
    run.show_summary()
    _tell_how_to_look(place)
    if view:
        show([place])


def _tell_how_to_look(place: Path) -> None:
    def name(end: str) -> Path:
        return place.with_name(f"{place.stem}_grimace{end}")

    say(
        f"""
To look at it:
  {name(".png")}   overview: open it with any picture viewer
  {name(".csv")}   a line per frame: open it with a spreadsheet program
  {name("_columns.txt")}   what its columns mean
  {name(".zip")}   the same with the frames as pictures
  {place}   the recording; its raters: napari-grimace info {place}

In napari:
  napari-grimace launch {place}

In Python:
  import napari_grimace as grimace
  recording = grimace.open_recording({str(place)!r})
  grimace.grimace_score(recording)

Your own video:
  napari-grimace score mouse.mp4 --scale mgs-black --rate 1"""
    )
