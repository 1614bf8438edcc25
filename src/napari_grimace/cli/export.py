"""``napari-grimace export``: a recording in the files of other programs."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_grimace.cli.console import follow, guarded, say
from napari_grimace.cli.options import MinUnitsOption, RaterOption, SeveralFacesOption
from napari_grimace.errors import ExportError, GrimaceWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr


@guarded
def export(
    recording: Annotated[
        Path,
        typer.Argument(
            help="A recording (NAME.grimace, .nc or .zarr).", show_default=False
        ),
    ],
    outputs: Annotated[
        list[Path],
        typer.Argument(
            help="Files to write; the suffix says what: .csv, .xlsx, .zip (table and "
            "frames), .nc, .zarr, .png, .pdf or .svg (overview), .mp4 (video with "
            "scores drawn in).",
            metavar="OUTPUT",
            show_default=False,
        ),
    ],
    rater: RaterOption = None,
    video: Annotated[
        Path | None,
        typer.Option(help="The video, if it is not where it was scored."),
    ] = None,
    boxes: Annotated[
        bool, typer.Option("--boxes", help="Boxes in the csv too.")
    ] = False,
    min_units: MinUnitsOption = None,
    several_faces: SeveralFacesOption = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there.")
    ] = False,
) -> None:
    """Write a recording as table, pictures, video or dataset.

    For example: napari-grimace export mouse.grimace scores.csv overview.png
    """
    from napari_grimace.recording import open_recording

    for output in outputs:
        _check_free(output, overwrite)
    opened = open_recording(recording)
    job = Job(recording, opened, video, rater, boxes, min_units, several_faces)
    for output in outputs:
        WRITERS[output.suffix.lower()](job, output)
        say(f"written: {output}")


def _check_free(output: Path, overwrite: bool) -> None:
    """Refuse an unknown suffix, and to replace what is there, before any work."""
    from napari_grimace.cli.results import columns_path

    suffix = output.suffix.lower()
    if suffix not in WRITERS:
        raise typer.BadParameter(
            f"{output.name}: the suffix must be one of {', '.join(WRITERS)}"
        )
    for path in [output, columns_path(output)] if suffix == ".csv" else [output]:
        if path.is_dir() and suffix != ".zarr":
            raise ExportError(
                f"{path} is a folder, and is not replaced: choose another name."
            )
        if path.exists() and not overwrite:
            raise ExportError(
                f"{path} is there already: choose another name, or add --overwrite."
            )


@dataclass(frozen=True)
class Job:
    """What is exported, and how."""

    place: Path
    recording: "xr.Dataset"
    given_video: Path | None
    rater: str | None
    boxes: bool
    min_units: int | None
    several_faces: bool

    @property
    def video(self) -> Path:
        """The recording's video; raises ExportError if it is not found."""
        from napari_grimace.exchange import find_video

        return self.given_video or find_video(self.recording, self.place)

    def csv(self, path: Path) -> None:
        """Write the per-frame table, and a text that explains its columns."""
        from napari_grimace.cli.results import write_csv_and_columns

        write_csv_and_columns(
            self.recording,
            path,
            rater=self.rater,
            boxes=self.boxes,
            min_units=self.min_units,
            several_faces=self.several_faces,
        )

    def xlsx(self, path: Path) -> None:
        """Write the sheet of Automated-RGS."""
        from napari_grimace.exchange import write_xlsx

        write_xlsx(
            self.recording, path, rater=self.rater, several_faces=self.several_faces
        )

    def zip(self, path: Path) -> None:
        """Write the table and the frames."""
        from napari_grimace.exchange import iter_write_zip

        work = iter_write_zip(
            self.recording,
            self.video,
            path,
            rater=self.rater,
            min_units=self.min_units,
            several_faces=self.several_faces,
        )
        follow(work, path.name)

    def dataset(self, path: Path) -> None:
        """Write the recording as one dataset."""
        from napari_grimace.recording import save_recording

        save_recording(self.recording, path)

    def overview(self, path: Path) -> None:
        """Draw the overview; without example frames where the video is not found."""
        from napari_grimace import exchange

        try:
            video = self.video
        except ExportError as problem:
            message = f"{path.name} has no example frames: {problem}"
            warnings.warn(message, GrimaceWarning, stacklevel=2)
            video = None
        exchange.overview(
            self.recording,
            video,
            path,
            rater=self.rater,
            min_units=self.min_units,
            several_faces=self.several_faces,
        )

    def overlay(self, path: Path) -> None:
        """Write a copy of the video with boxes and scores."""
        from napari_grimace.exchange import iter_write_overlay

        work = iter_write_overlay(
            self.recording,
            self.video,
            path,
            rater=self.rater,
            several_faces=self.several_faces,
        )
        follow(work, path.name)


WRITERS: "dict[str, Callable[[Job, Path], None]]" = {
    ".csv": Job.csv,
    ".xlsx": Job.xlsx,
    ".zip": Job.zip,
    ".nc": Job.dataset,
    ".zarr": Job.dataset,
    ".png": Job.overview,
    ".pdf": Job.overview,
    ".svg": Job.overview,
    ".mp4": Job.overlay,
}
