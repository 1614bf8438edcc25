"""What scoring leaves: tables and pictures beside the recording, and a summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_grimace.cli.console import follow

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from napari_grimace.exchange import RaterPass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files asked for beyond the recording, its csv and its overview picture."""

    zip: bool = False
    xlsx: bool = False
    overlay: bool = False


def write_results(
    recording: xr.Dataset, video: Path, place: Path, rater: str, wanted: Wanted
) -> None:
    """Write tables and pictures of one rater beside a recording.

    Parameters
    ----------
    recording
        The recording.
    video
        Its video.
    place
        Where the recording is; the files are called ``NAME_grimace.csv`` and so on.
    rater
        Whose scores.
    wanted
        What is to be written beyond csv, column list and overview.
    """
    from napari_grimace import exchange

    def beside(suffix: str) -> Path:
        return place.with_name(f"{place.stem}_grimace{suffix}")

    write_csv_and_columns(recording, beside(".csv"), rater=rater)
    exchange.overview(recording, video, beside(".png"), rater=rater)
    if wanted.xlsx:
        exchange.write_xlsx(recording, beside(".xlsx"), rater=rater)
    if wanted.zip:
        path = beside(".zip")
        work = exchange.iter_write_zip(recording, video, path, rater=rater)
        follow(work, path.name)
    if wanted.overlay:
        path = beside(".mp4")
        work = exchange.iter_write_overlay(recording, video, path, rater=rater)
        follow(work, path.name)


def columns_path(path: Path) -> Path:
    """Place of the text that explains a csv's columns: beside it."""
    return path.with_name(f"{path.stem}_columns.txt")


def write_csv_and_columns(
    recording: xr.Dataset,
    path: Path,
    *,
    rater: str | None = None,
    boxes: bool = False,
    min_units: int | None = None,
    several_faces: bool = False,
) -> None:
    """Write the per-frame csv, and beside it a text that explains its columns."""
    from napari_grimace import exchange
    from napari_grimace.files import written_whole

    options = {
        "rater": rater,
        "boxes": boxes,
        "min_units": min_units,
        "several_faces": several_faces,
    }
    exchange.write_csv(recording, path, **options)
    words = exchange.describe_table(exchange.frame_table(recording, **options))
    with written_whole(columns_path(path)) as aside:
        aside.write_text(words, encoding="utf-8")


def left_out_notes(done: RaterPass, place: Path) -> list[str]:
    """Say, if so, that frames with several faces have no total, and the remedy."""
    count = int(done.left_out.sum())
    if not count:
        return []
    return [
        f"{place.name}: {count} of {len(done.frames)} frames have no total because "
        "several faces were found in them. To include them: napari-grimace export "
        f"{place} scores.csv --several-faces"
    ]


def summary_cells(done: RaterPass) -> tuple[str, str, str]:
    """Frames, share with a total, and mean total, as cells of a table."""
    import numpy as np

    frames, total = len(done.frames), done.total[np.isfinite(done.total)]
    share = f"{len(total) / frames:.0%}" if frames else "-"
    mean = f"{total.mean():.2f} of {done.scale.max_total:g}" if len(total) else "-"
    return str(frames), share, mean
