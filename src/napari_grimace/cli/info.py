"""``napari-grimace info``: what a video or a recording holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_grimace.cli.console import complain, explain, guarded, say, show_table
from napari_grimace.cli.results import left_out_notes, summary_cells
from napari_grimace.errors import GrimaceError

if TYPE_CHECKING:
    import xarray as xr


@guarded
def info(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Videos or recordings.", metavar="PATH", show_default=False
        ),
    ],
) -> None:
    """Tell what videos and recordings hold."""
    well = True
    for path in paths:
        try:
            _tell(path)
        except (GrimaceError, OSError) as problem:
            complain(f"{path.name}: {explain(problem)}")
            well = False
    if not well:
        raise typer.Exit(1)


def _tell(path: Path) -> None:
    if is_recording(path):
        from napari_grimace.recording import open_recording

        _tell_recording(path, open_recording(path))
        return
    from napari_grimace.video import open_source

    source = open_source(path)
    try:
        _tell_video(path, source)
    finally:
        source.close()


def is_recording(path: Path) -> bool:
    """Tell a recording from a video, without reading either.

    A recording is NAME.grimace, NAME.nc, or a zarr store with a dimension ``rater``.
    """
    if path.suffix.lower() in (".grimace", ".nc"):
        return True
    return (path / "rater").is_dir() and (path / "zarr.json").is_file()


def _tell_video(path: Path, source: Any) -> None:
    frames, height, width, _ = source.shape
    rate = float(source.attrs["frame_rate"])
    times = source.times
    # The last frame is shown as long as the usual one.
    lasts = float(times[-1] - times[0]) + (1 / rate if rate else 0.0)
    say(f"{path.name}: video")
    say(f"  size: {width} x {height} px (width x height)")
    say(f"  frames: {frames}, {rate:.6g} per second, {lasts:.2f} s")
    say(f"  identity: {source.attrs['identity']}")


def _tell_recording(path: Path, recording: "xr.Dataset") -> None:
    from napari_grimace.exchange import one_pass
    from napari_grimace.recording import raters_of, subject_of

    attrs = recording.attrs
    say(f"{path.name}: recording of {attrs.get('source', 'an unnamed video')}")
    if "frame_count" in attrs and "frame_rate" in attrs:
        rate = float(attrs["frame_rate"])
        say(f"  video: {attrs['frame_count']} frames, {rate:.6g} per second")
    if "roi" in attrs:
        say(f"  roi (y_min, x_min, y_max, x_max): {attrs['roi']}")
    say(f"  identity: {attrs.get('identity', 'not known')}")
    for key, value in subject_of(recording).items():
        say(f"  {key}: {value}")
    rows, notes = [], []
    for rater in raters_of(recording):
        done = one_pass(recording, rater.label)
        rows.append((rater.label, rater.kind, rater.scale.name, *summary_cells(done)))
        notes += [f"  {note}" for note in left_out_notes(done, path)]
        if rater.kind == "model":
            learned = rater.trained_on or "data not known here"
            notes.append(f"  {rater.label}: trained on {learned}")
    header = ("rater", "kind", "scale", "frames", "with a total", "mean total")
    show_table("Raters", header, rows)
    for note in notes:
        say(note)
