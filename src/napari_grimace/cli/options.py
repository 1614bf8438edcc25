"""Options that several commands share, with their help."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Setting(StrEnum):
    """How often a frame is looked at."""

    fast = "fast"
    accurate = "accurate"


ScaleOption = Annotated[
    str,
    typer.Option(
        "--scale",
        "-s",
        help="Grimace scale: mgs-black, mgs, rgs, rgs-no-whiskers, or the file of "
        "your own.",
    ),
]
RateOption = Annotated[
    float | None, typer.Option("--rate", "-r", help="Frames per second of video.")
]
FramesOption = Annotated[
    str | None,
    typer.Option(
        "--frames",
        help="Frame numbers and ranges, from 0: 0,30,60 or 0-299 or 0-299:10.",
    ),
]
CountOption = Annotated[
    int | None, typer.Option("--count", help="So many frames, evenly spread.")
]
EveryOption = Annotated[
    int | None, typer.Option("--every", help="Every so many frames.")
]
RoiOption = Annotated[
    str | None,
    typer.Option(
        "--roi",
        help="Part of the picture, in pixels: Y_MIN,X_MIN,Y_MAX,X_MAX.",
        metavar="Y,X,Y,X",
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option("--device", "-d", help="auto, cpu, cuda (NVIDIA) or mps (Apple)."),
]
SettingOption = Annotated[
    Setting,
    typer.Option(
        "--setting", help="fast, or accurate: each frame is looked at several times."
    ),
]
DetectorOption = Annotated[
    str | None,
    typer.Option(
        "--detector",
        help="Model that finds faces: a name or its folder.",
        metavar="NAME",
    ),
]
ScorerOption = Annotated[
    str | None,
    typer.Option(
        "--scorer", help="Model that scores: a name or its folder.", metavar="NAME"
    ),
]
RaterOption = Annotated[
    str | None,
    typer.Option(
        "--rater",
        help="Whose scores, where the recording has several raters (napari-grimace "
        "info lists them).",
    ),
]
MinUnitsOption = Annotated[
    int | None,
    typer.Option(
        "--min-units",
        help="Form totals from so many scored units where the scale asks for more; "
        "they are then called rescaled.",
    ),
]
SeveralFacesOption = Annotated[
    bool,
    typer.Option("--several-faces", help="Totals also of frames with several faces."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Folder for the results; by default beside each video."
    ),
]
ZipOption = Annotated[
    bool, typer.Option("--zip", help="Also a zip of the table and the frames.")
]
XlsxOption = Annotated[
    bool, typer.Option("--xlsx", help="Also a table like that of Automated-RGS.")
]
OverlayOption = Annotated[
    bool,
    typer.Option("--overlay", help="Also a copy of the video with scores drawn in."),
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume/--no-resume",
        help="Go on with what is scored already, or refuse to add to it.",
    ),
]
BatchOption = Annotated[
    int, typer.Option("--batch", min=1, help="Frames scored together.")
]
VideosArgument = Annotated[
    list[Path],
    typer.Argument(
        help="Videos (mp4, mov, mkv, avi, webm, wmv, gif, tif), folders of images, "
        "or zarr stores.",
        metavar="VIDEO",
        show_default=False,
    ),
]


def chosen_frames(
    rate: float | None = None, frames: str | None = None, **others: int | None
) -> dict[str, Any]:
    """Give the options that say which frames, of which at most one may be given.

    Raises
    ------
    typer.BadParameter
        Two are given, or the frame numbers cannot be read.
    """
    if sum(option is not None for option in (rate, frames, *others.values())) > 1:
        names = ", ".join(f"--{name}" for name in ("rate", "frames", *others))
        raise typer.BadParameter(f"give only one of {names}")
    numbers = None if frames is None else frame_numbers(frames)
    return {"rate": rate, "frames": numbers, **others}


def frame_numbers(text: str) -> list[int]:
    """Read frame numbers and ranges such as ``0,30,60``, ``0-299`` or ``0-299:10``.

    Raises
    ------
    typer.BadParameter
        The text is not of this form.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        form = re.fullmatch(r"(\d+)(?:-(\d+)(?::([1-9]\d*))?)?", part.strip())
        if form is None:
            raise typer.BadParameter(
                f"{part.strip()!r} is no frame number or range: write for example "
                "0,30,60 or 0-299 or 0-299:10",
                param_hint="--frames",
            )
        first, last, step = form.groups()
        numbers.update(range(int(first), int(last or first) + 1, int(step or 1)))
    if not numbers:
        raise typer.BadParameter(
            "a range must not end before it begins", param_hint="--frames"
        )
    return sorted(numbers)


def edges(text: str) -> tuple[float, float, float, float]:
    """Read four edges in pixels such as ``100,200,500,800``.

    Raises
    ------
    typer.BadParameter
        The text is not of this form.
    """
    try:
        y_min, x_min, y_max, x_max = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not Y_MIN,X_MIN,Y_MAX,X_MAX: write 100,200,500,800",
            param_hint="--roi",
        ) from None
    return y_min, x_min, y_max, x_max
